"""The one typed settings object. Every WEIR_ variable is a field here, with what happens without it; `.env.example` is
written from these fields.

Nothing is read on import or behind anybody's back: `read_settings` is handed the variables. Platform accounts have
variables of their own, found by `weir.accounts`.
"""

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from weir.clocks import Clock, business_clock
from weir.environments import ENVIRONMENTS, Deed, Environment, reasons_against
from weir.home import Home

PREFIX = "WEIR_"
EMBEDDED = "duckdb"
POSTGRES = "postgresql+psycopg2"
_NEEDED_BY_HOST = "an error if WEIR_DAGSTER_PG_HOST is set"
DayName = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class SettingsError(ValueError):
    """Variables that cannot be used, all of them, by name. Never quotes a secret."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        self.problems = problems
        super().__init__("; ".join(problems))


def _setting(
    default: Any,
    description: str,
    *,
    without: str,
    gt: float | None = None,
    ge: float | None = None,
    le: float | None = None,
) -> Any:
    return Field(default=default, description=description, json_schema_extra={"without": without}, gt=gt, ge=ge, le=le)


class Settings(BaseSettings):
    model_config = SettingsConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, validate_default=True)

    environment: Literal["dev", "staging", "production"] = _setting(
        "dev", "dev, staging or production: what may be done to the outside world", without="dev, which may do nothing"
    )
    home: Path = _setting(
        Path(".weir"), "The folder that holds everything a run makes", without=".weir in the current folder"
    )
    dry_run: bool = _setting(True, "Whether changes are rehearsed and not made", without="everything is rehearsed")
    live: bool = _setting(
        False,
        "The explicit switch that production needs besides WEIR_DRY_RUN=false",
        without="production may not change, spend or send anything",
    )
    warehouse: SecretStr = _setting(
        SecretStr(EMBEDDED),
        f"{EMBEDDED}, or {POSTGRES}://user:password@host:port/database",
        without="DuckDB in WEIR_HOME/warehouse.duckdb",
    )
    ledger_url: SecretStr | None = _setting(
        None, f"sqlite:////absolute/path, or {POSTGRES}://…", without="SQLite in WEIR_HOME/ledger.sqlite"
    )
    dagster_pg_host: str | None = _setting(
        None, "The Postgres server that holds Dagster's runs and schedules", without="SQLite in WEIR_HOME/dagster"
    )
    dagster_pg_port: int = _setting(5432, "Its port", without="5432", ge=1, le=65535)
    dagster_pg_user: str | None = _setting(None, "Its user", without=_NEEDED_BY_HOST)
    dagster_pg_password: SecretStr | None = _setting(None, "Its password", without=_NEEDED_BY_HOST)
    dagster_pg_dbname: str | None = _setting(None, "Its database", without=_NEEDED_BY_HOST)
    alert_webhook_url: SecretStr | None = _setting(
        None, "Where failures are told to the team (a JSON POST)", without="failures show in Dagster and the logs only"
    )
    timezone: str = _setting("UTC", "IANA zone of the workspace's days and weeks", without="UTC")
    week_start: DayName = _setting("monday", "The day a week begins with", without="monday")
    base_currency: str = _setting("USD", "ISO 4217 code that money is converted to", without="USD")
    practice_clock_url: str | None = _setting(
        None, "The clock of a running simulator: http://127.0.0.1:<port>/sim/clock", without="days are real days"
    )
    first_day: date = _setting(
        date(2026, 1, 1),
        "The first day there are partitions for; nothing older is ever asked for",
        without="2026-01-01",
    )
    pull_history_days: int = _setting(90, "How far back an account's first pull reaches", without="90", ge=1, le=1095)
    pull_parallel_accounts: int = _setting(4, "How many accounts are pulled at once", without="4", ge=1, le=64)
    pull_timeout_seconds: float = _setting(60.0, "How long one answer may take", without="60", gt=0, le=600)
    late_after_hours: float = _setting(
        48.0, "An event received so long after it occurred is marked late", without="48", gt=0, le=8760
    )
    collector_host: str = _setting("127.0.0.1", "Where the collector listens", without="127.0.0.1")
    collector_port: int = _setting(8600, "Its port", without="8600", ge=0, le=65535)
    collector_max_body_bytes: int = _setting(
        1 << 20, "The largest request it reads, unpacked too", without="1048576", ge=1 << 10, le=64 << 20
    )
    collector_max_batch: int = _setting(1000, "The most events in one request", without="1000", ge=1, le=100_000)
    collector_max_event_bytes: int = _setting(32 << 10, "The largest event", without="32768", ge=1 << 8, le=1 << 20)
    collector_events_per_second: int = _setting(
        50_000, "What one source may send, unless WEIR_SOURCE_<NAME>_EVENTS_PER_SECOND says else", without="50000", ge=1
    )
    collector_future_seconds: int = _setting(
        300, "How far ahead of the clock an event may lie", without="300", ge=0, le=86_400
    )
    collector_oldest_days: int = _setting(
        400, "How old an event may be; older ones are brought as files", without="400", ge=1, le=36_500
    )
    collector_segment_bytes: int = _setting(
        32 << 20, "How large a segment grows before it lands", without="33554432", ge=1 << 10, le=1 << 30
    )
    collector_segment_seconds: float = _setting(
        30.0, "How long a segment stays open before it lands", without="30", gt=0, le=86_400
    )
    collector_cookie_domain: str | None = _setting(
        None,
        "The domain that the collector shares with the sites that use /weir.js, such as shop.example",
        without="links and sites tell visitors apart each on its own",
    )
    collector_whop_secret: SecretStr | None = _setting(
        None,
        "The ws_… secret of the Whop webhook; while it changes, the new and the old one, separated by a space",
        without="/webhooks/whop is closed",
    )
    collector_meta_app_secret: SecretStr | None = _setting(
        None, "The secret of the Meta app that sends webhooks", without="/webhooks/meta is closed"
    )
    collector_meta_verify_token: SecretStr | None = _setting(
        None, "The verify token given to Meta with the webhook's address", without="the address cannot be verified"
    )
    collector_mail_secret: SecretStr | None = _setting(
        None, "The whsec_… secret of the mail provider's webhook", without="/webhooks/mail is closed"
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)  # what was handed in, and never the surroundings

    @field_validator("home")
    @classmethod
    def _make_absolute(cls, home: Path) -> Path:
        return home.expanduser().absolute()

    @field_validator("warehouse")
    @classmethod
    def _check_warehouse(cls, warehouse: SecretStr) -> SecretStr:
        _refuse_address(warehouse, allowed=(POSTGRES,), words=(EMBEDDED,))
        return warehouse

    @field_validator("ledger_url")
    @classmethod
    def _check_ledger_url(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None:
            _refuse_address(url, allowed=("sqlite", POSTGRES))
        return url

    @field_validator("alert_webhook_url", "practice_clock_url")
    @classmethod
    def _check_web_address(cls, url: SecretStr | str | None) -> SecretStr | str | None:
        if url is not None:
            _refuse_address(url, allowed=("http", "https"))
        return url

    @field_validator("timezone")
    @classmethod
    def _check_timezone(cls, timezone: str) -> str:
        try:
            ZoneInfo(timezone)
        except (LookupError, ValueError, OSError) as error:
            raise ValueError(f"{timezone!r} is not an IANA time zone, such as Europe/Berlin") from error
        return timezone

    @field_validator("base_currency")
    @classmethod
    def _check_currency(cls, currency: str) -> str:
        if not re.fullmatch(r"[A-Z]{3}", currency):
            raise ValueError(f"{currency!r} is not an ISO 4217 code, such as EUR")
        return currency

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        if self.environment == "production" and self.practice_clock_url is not None:
            raise ValueError("WEIR_PRACTICE_CLOCK_URL cannot be set in production, where days are real")
        parts = {"user": self.dagster_pg_user, "password": self.dagster_pg_password, "dbname": self.dagster_pg_dbname}
        missing = [variable(f"dagster_pg_{part}") for part, value in parts.items() if value is None]
        if self.dagster_pg_host is not None and missing:
            raise ValueError(f"WEIR_DAGSTER_PG_HOST is set, so these are needed too: {', '.join(missing)}")
        return self

    @property
    def layout(self) -> Home:
        return Home(self.home)

    @property
    def warehouse_is_postgres(self) -> bool:
        return self.warehouse.get_secret_value() != EMBEDDED

    @property
    def dagster_is_on_postgres(self) -> bool:
        return self.dagster_pg_host is not None

    @property
    def ledger_address(self) -> SecretStr:
        """Where the ledger is, embedded default included."""
        return self.ledger_url or SecretStr(f"sqlite:///{self.layout.ledger}")

    @property
    def surroundings(self) -> Environment:
        return ENVIRONMENTS[self.environment]

    def business_clock(self) -> Clock:
        return business_clock(self.practice_clock_url)

    def reasons_against(self, deed: Deed, *, target: str | None = None) -> tuple[str, ...]:
        """Why the deed may only be rehearsed; empty when it may be done for real."""
        return reasons_against(
            deed,
            environment=self.surroundings,
            dry_run=self.dry_run,
            live=self.live,
            practice_clock_url=self.practice_clock_url,
            target=target,
        )


def variable(field: str) -> str:
    return f"{PREFIX}{field.upper()}"


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Reads the WEIR_ variables of a mapping, normally `with_env_file(os.environ)`. Blank is the same as not set."""
    given = {
        field: environ[variable(field)].strip()
        for field in Settings.model_fields
        if environ.get(variable(field), "").strip()
    }
    try:
        return Settings.model_validate(given)
    except ValidationError as error:
        raise SettingsError(tuple(_told(each) for each in error.errors(include_input=False))) from None


def _refuse_address(url: SecretStr | str, *, allowed: tuple[str, ...], words: tuple[str, ...] = ()) -> None:
    text = url.get_secret_value() if isinstance(url, SecretStr) else url
    if text in words:
        return
    scheme, separator, rest = text.partition("://")
    if scheme not in allowed or not separator or (scheme != "sqlite" and not urlsplit(f"x://{rest}").hostname):
        forms = " or ".join([*words, *(f"{each}://…" for each in allowed)])
        raise ValueError(f"must be {forms}")
    if rest.partition("/")[0].count("@") > 1:
        raise ValueError("has more than one @ before the host: write the one in a password as %40")


def _told(error: Any) -> str:
    reason = str(error["ctx"]["error"]) if error["type"] == "value_error" else error["msg"]
    return f"{variable(str(error['loc'][0]))}: {reason}" if error["loc"] else reason
