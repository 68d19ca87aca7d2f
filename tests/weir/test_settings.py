"""Settings: safe without any variable, every bad one named at once, no secret ever shown, nothing read by itself."""

import subprocess
import sys
from pathlib import Path

import pytest

from weir.env_file import unknown_variables, with_env_file
from weir.settings import Settings, SettingsError, read_settings

SECRET = "hunter2-not-for-anybody"
DATABASE = f"postgresql+psycopg2://weir:{SECRET}@db.example.com:5432/weir"


def test_without_variables_everything_is_embedded_and_rehearsed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = read_settings({})
    assert settings.environment == "dev"
    assert settings.dry_run is True
    assert settings.live is False
    assert settings.home == tmp_path / ".weir"
    assert not settings.warehouse_is_postgres
    assert not settings.dagster_is_on_postgres
    assert settings.ledger_address.get_secret_value() == f"sqlite:///{tmp_path}/.weir/ledger.sqlite"
    assert (settings.timezone, settings.week_start, settings.base_currency) == ("UTC", "monday", "USD")


def test_every_variable_is_taken() -> None:
    settings = read_settings(
        {
            "WEIR_ENVIRONMENT": "production",
            "WEIR_HOME": "/srv/weir",
            "WEIR_DRY_RUN": "false",
            "WEIR_LIVE": "true",
            "WEIR_WAREHOUSE": DATABASE,
            "WEIR_LEDGER_URL": DATABASE,
            "WEIR_DAGSTER_PG_HOST": "db.example.com",
            "WEIR_DAGSTER_PG_PORT": "6432",
            "WEIR_DAGSTER_PG_USER": "dagster",
            "WEIR_DAGSTER_PG_PASSWORD": SECRET,
            "WEIR_DAGSTER_PG_DBNAME": "dagster",
            "WEIR_ALERT_WEBHOOK_URL": f"https://alerts.example.com/{SECRET}",
            "WEIR_TIMEZONE": "Europe/Berlin",
            "WEIR_WEEK_START": "sunday",
            "WEIR_BASE_CURRENCY": "EUR",
            "WEIR_PULL_HISTORY_DAYS": "400",
            "WEIR_PULL_PARALLEL_ACCOUNTS": "2",
            "WEIR_PULL_TIMEOUT_SECONDS": "12.5",
        }
    )
    assert settings.environment == "production"
    assert settings.home == Path("/srv/weir")
    assert (settings.dry_run, settings.live) == (False, True)
    assert settings.warehouse_is_postgres
    assert settings.ledger_address.get_secret_value() == DATABASE
    assert settings.dagster_is_on_postgres
    assert settings.dagster_pg_port == 6432
    assert (settings.timezone, settings.week_start, settings.base_currency) == ("Europe/Berlin", "sunday", "EUR")
    assert (settings.pull_history_days, settings.pull_parallel_accounts) == (400, 2)
    assert settings.pull_timeout_seconds == 12.5
    for shown in (repr(settings), str(settings), settings.model_dump_json()):
        assert SECRET not in shown


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("WEIR_ENVIRONMENT", "prod", "'dev', 'staging' or 'production'"),
        ("WEIR_DRY_RUN", "perhaps", "boolean"),
        ("WEIR_TIMEZONE", "Mars/Olympus", "not an IANA time zone"),
        ("WEIR_TIMEZONE", "../../etc/passwd", "not an IANA time zone"),
        ("WEIR_WEEK_START", "someday", "'monday'"),
        ("WEIR_BASE_CURRENCY", "usd", "ISO 4217"),
        ("WEIR_WAREHOUSE", f"postgresql://weir:{SECRET}@host/db", "postgresql+psycopg2://"),
        ("WEIR_WAREHOUSE", f"postgresql+psycopg2://weir:{SECRET}@me@host/db", "%40"),
        ("WEIR_WAREHOUSE", "postgresql+psycopg2://", "duckdb or postgresql+psycopg2://"),
        ("WEIR_LEDGER_URL", f"mysql://weir:{SECRET}@host/db", "sqlite"),
        ("WEIR_ALERT_WEBHOOK_URL", f"ftp://host/{SECRET}", "http"),
        ("WEIR_PRACTICE_CLOCK_URL", "127.0.0.1:8765", "http"),
        ("WEIR_PULL_HISTORY_DAYS", "0", "greater than or equal to 1"),
        ("WEIR_PULL_PARALLEL_ACCOUNTS", "1000", "less than or equal to 64"),
        ("WEIR_PULL_TIMEOUT_SECONDS", "nan", "less than or equal to 600"),
        ("WEIR_DAGSTER_PG_PORT", "70000", "less than or equal to 65535"),
    ],
)
def test_a_bad_variable_is_named_with_what_it_takes_and_never_quoted(name: str, value: str, said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings({name: value})
    assert len(caught.value.problems) == 1
    assert caught.value.problems[0].startswith(f"{name}: ")
    assert said in str(caught.value)
    assert SECRET not in str(caught.value)


def test_all_bad_variables_are_told_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings({"WEIR_TIMEZONE": "Nowhere", "WEIR_BASE_CURRENCY": "$", "WEIR_LIVE": "2"})
    assert [problem.split(":")[0] for problem in caught.value.problems] == [
        "WEIR_LIVE",
        "WEIR_TIMEZONE",
        "WEIR_BASE_CURRENCY",
    ]


def test_production_refuses_a_practice_clock() -> None:
    with pytest.raises(SettingsError, match="WEIR_PRACTICE_CLOCK_URL cannot be set in production"):
        read_settings({"WEIR_ENVIRONMENT": "production", "WEIR_PRACTICE_CLOCK_URL": "http://127.0.0.1:1/sim/clock"})


def test_dagster_on_postgres_names_what_is_missing() -> None:
    with pytest.raises(SettingsError, match="needed too: WEIR_DAGSTER_PG_PASSWORD, WEIR_DAGSTER_PG_DBNAME"):
        read_settings({"WEIR_DAGSTER_PG_HOST": "db", "WEIR_DAGSTER_PG_USER": "dagster"})


def test_a_blank_variable_is_not_set() -> None:
    assert read_settings({"WEIR_TIMEZONE": " ", "WEIR_WAREHOUSE": ""}) == read_settings({})


def test_only_the_given_variables_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEIR_TIMEZONE", "Europe/Berlin")
    (tmp_path / ".env").write_text("WEIR_BASE_CURRENCY=EUR\n")
    monkeypatch.chdir(tmp_path)
    assert read_settings({}).timezone == "UTC"
    assert read_settings({}).base_currency == "USD"


def test_an_env_file_fills_gaps_and_never_overrides(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("WEIR_TIMEZONE=Europe/Berlin\nWEIR_BASE_CURRENCY=EUR\nMETA_ACCOUNT_1_TOKEN=with$PATH#and\n")
    together = with_env_file({"WEIR_TIMEZONE": "Asia/Tokyo"}, path=file)
    assert together["WEIR_TIMEZONE"] == "Asia/Tokyo"
    assert together["WEIR_BASE_CURRENCY"] == "EUR"
    assert together["META_ACCOUNT_1_TOKEN"] == "with$PATH#and"
    assert with_env_file({"A": "1"}, path=tmp_path / "none") == {"A": "1"}


def test_a_misspelt_variable_is_pointed_out() -> None:
    assert unknown_variables({"WEIR_DRYRUN": "false", "WEIR_HOME": "x", "OTHER": "y"}) == (
        "WEIR_DRYRUN has no effect; did you mean WEIR_DRY_RUN?",
    )


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings().live = True


def test_importing_weir_reads_and_loads_nothing() -> None:
    heavy = "import sys, weir; print([m for m in ('duckdb', 'pydantic', 'httpx', 'pandas') if m in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", heavy], text=True).strip() == "[]"
