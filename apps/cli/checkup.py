"""What `weir doctor` looks at, one small check for each thing a run stands on.

A check never raises and never changes anything: it returns what it found, in one line that holds no secret.
"""

import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import duckdb
from sqlalchemy import create_engine, make_url
from sqlalchemy.exc import SQLAlchemyError

from actions.define import definitions_of
from actions.house import House
from connectors.ad_platform import AccountRef, PartySpec, Ports
from ledger.connect import SchemaState, connect, schema_state
from ledger.errors import LedgerError
from weir.accounts import BadAddress
from weir.clocks import Clock, PracticeClockSilent
from weir.definitions.reading import WORKSPACE
from weir.env_file import unknown_variables
from weir.environments import Deed
from weir.settings import Settings, SettingsError, variable
from weir.sources import SOURCE_PREFIX, configured_sources

PROJECT = Path(__file__).resolve().parents[2]


class State(StrEnum):
    OK = "ok"
    OFF = "off"  # not configured or not there yet; the message says what that disables
    WRONG = "wrong"


@dataclass(frozen=True, kw_only=True)
class Finding:
    subject: str
    state: State
    message: str


def examine(house: House, *, online: bool) -> Iterator[Finding]:
    settings = house.settings
    yield from _deeds(settings)
    for line in unknown_variables(house.environ):
        yield Finding(subject="variables", state=State.WRONG, message=line)
    yield _home(house.home.root)
    yield _ledger(settings)
    yield _warehouse(settings)
    yield _manifest(settings)
    yield _dagster(settings)
    yield _clock(settings, house.clock)
    yield _alerts(settings)
    yield from _definitions(house)
    yield from _sources(house)
    yield from _webhooks(settings)
    for problem in house.account_problems():
        yield Finding(subject="variables", state=State.WRONG, message=problem.message)
    for spec in house.parties:
        yield from _party(house, spec, online=online)


def _deeds(settings: Settings) -> Iterator[Finding]:
    for deed in Deed:
        reasons = settings.reasons_against(deed, target=settings.practice_clock_url)
        where = "in the practice world" if settings.practice_clock_url else "for real"
        yield Finding(
            subject=f"{settings.environment}: {deed}",
            state=State.OFF if reasons else State.OK,
            message=f"not for real: {'; '.join(reasons)}" if reasons else f"done {where}",
        )


def _home(root: Path) -> Finding:
    nearest = next(folder for folder in (root, *root.parents) if folder.exists())
    try:
        with tempfile.TemporaryFile(dir=nearest):
            pass
    except OSError as error:
        message = f"{root} cannot be written ({error.strerror}): set WEIR_HOME to a folder that can"
        return Finding(subject="home", state=State.WRONG, message=message)
    return Finding(
        subject="home", state=State.OK, message=f"{root}" if nearest == root else f"{root}, made when needed"
    )


def _ledger(settings: Settings) -> Finding:
    if settings.ledger_url is None and not settings.layout.ledger.exists():
        message = f"{settings.layout.ledger} is not there yet: the first command that writes makes it"
        return Finding(subject="ledger", state=State.OFF, message=message)
    try:
        engine = connect(settings.ledger_address.get_secret_value())
        state, place = schema_state(engine), engine.url.render_as_string()
    except LedgerError as error:
        return Finding(subject="ledger", state=State.WRONG, message=str(error))
    match state:
        case SchemaState.CURRENT:
            return Finding(subject="ledger", state=State.OK, message=f"{place}, schema up to date")
        case SchemaState.NEWER:
            message = f"{place} was migrated by a later release: run that one, or a later one"
            return Finding(subject="ledger", state=State.WRONG, message=message)
        case _:
            message = f"{place}, schema {state}: the first command that writes migrates it"
            return Finding(subject="ledger", state=State.OFF, message=message)


def _warehouse(settings: Settings) -> Finding:
    if settings.warehouse_is_postgres:
        url = make_url(settings.warehouse.get_secret_value())
        try:
            create_engine(url, connect_args={"connect_timeout": 10}).connect().close()
        except SQLAlchemyError as error:
            said = str(getattr(error, "orig", None) or error).strip()
            message = f"{url.render_as_string()} cannot be reached: {said}; check WEIR_WAREHOUSE"
            return Finding(subject="warehouse", state=State.WRONG, message=message)
        return Finding(subject="warehouse", state=State.OK, message=url.render_as_string())
    file = settings.layout.warehouse
    if not file.exists():
        return Finding(subject="warehouse", state=State.OFF, message=f"{file} is not there yet: `weir build` makes it")
    try:
        duckdb.connect(file, read_only=True).close()
    except duckdb.Error as error:
        if "lock" in str(error):
            return Finding(subject="warehouse", state=State.OK, message=f"{file}, being written at this moment")
        message = f"{file} cannot be opened: {error}; move it away, and `weir build` makes it anew from the lake"
        return Finding(subject="warehouse", state=State.WRONG, message=message)
    return Finding(subject="warehouse", state=State.OK, message=f"{file}")


def _manifest(settings: Settings) -> Finding:
    target = "postgres" if settings.warehouse_is_postgres else "duckdb"
    file = PROJECT / "dbt_project" / "target" / target / "manifest.json"
    if file.exists():
        return Finding(subject="dbt manifest", state=State.OK, message=f"{file}")
    message = f"{file} is missing, so nothing can be built and Dagster does not load: any of the make commands makes it"
    return Finding(subject="dbt manifest", state=State.WRONG, message=message)


def _dagster(settings: Settings) -> Finding:
    where = f"Postgres on {settings.dagster_pg_host}" if settings.dagster_is_on_postgres else settings.layout.dagster
    return Finding(subject="dagster storage", state=State.OK, message=f"{where}")


def _clock(settings: Settings, clock: Clock) -> Finding:
    try:
        now = clock()
    except PracticeClockSilent as error:
        return Finding(subject="clock", state=State.WRONG, message=str(error))
    kind = "wall clock" if settings.practice_clock_url is None else f"practice clock at {settings.practice_clock_url}"
    return Finding(subject="clock", state=State.OK, message=f"{kind}: {now:%Y-%m-%d %H:%M} UTC")


def _alerts(settings: Settings) -> Finding:
    if settings.alert_webhook_url is None:
        message = "WEIR_ALERT_WEBHOOK_URL is not set: failures show in Dagster and the logs only"
        return Finding(subject="alerts", state=State.OFF, message=message)
    return Finding(subject="alerts", state=State.OK, message="failures are told to the webhook")


def _definitions(house: House) -> Iterator[Finding]:
    read = definitions_of(house.home.definitions)
    for refusal in read.refused:
        yield Finding(subject="definitions", state=State.WRONG, message=str(refusal))
    if not read.refused:
        counts = Counter(each.kind for each in read.kept if each.kind != WORKSPACE)
        told = ", ".join(f"{count} {kind}{'s' if count > 1 else ''}" for kind, count in sorted(counts.items()))
        yield Finding(subject="definitions", state=State.OK, message=f"{told}; your own go to {house.home.definitions}")


def _sources(house: House) -> Iterator[Finding]:
    """Who may send events to the collector."""
    try:
        sources = configured_sources(house.environ)
    except SettingsError as error:
        for problem in error.problems:
            yield Finding(subject="sources", state=State.WRONG, message=problem)
        return
    if not sources:
        message = f"no source has a key, so no events are taken: set {SOURCE_PREFIX}<NAME>_KEY"
        yield Finding(subject="sources", state=State.OFF, message=message)
    for source in sources:
        who = f"pages of {', '.join(sorted(source.origins))}" if source.is_browser else "a server"
        rate = source.events_per_second or house.settings.collector_events_per_second
        message = f"{who}, up to {rate} events a second"
        yield Finding(subject=f"source {source.name}", state=State.OK, message=message)


def _webhooks(settings: Settings) -> Iterator[Finding]:
    needed = {
        "whop": ("collector_whop_secret",),
        "meta": ("collector_meta_app_secret", "collector_meta_verify_token"),
        "mail": ("collector_mail_secret",),
    }
    for sender, fields in needed.items():
        unset = [variable(field) for field in fields if getattr(settings, field) is None]
        if unset:
            message = f"closed: set {' and '.join(unset)}"
            yield Finding(subject=f"/webhooks/{sender}", state=State.OFF, message=message)
        else:
            yield Finding(subject=f"/webhooks/{sender}", state=State.OK, message="open to what its sender signed")


def _party(house: House, spec: PartySpec, *, online: bool) -> Iterator[Finding]:
    try:
        ports = house.ports(spec)
    except BadAddress as error:
        yield Finding(subject=spec.title, state=State.WRONG, message=str(error))
        return
    accounts = house.accounts(spec)
    if not accounts:
        suffixes = dict.fromkeys(("ID", *(each.suffix for each in spec.credentials if each.required)))
        names = ", ".join(f"{spec.env_prefix}_ACCOUNT_1_{suffix}" for suffix in suffixes)
        yield Finding(subject=spec.title, state=State.OFF, message=f"no account, so nothing is pulled: set {names}")
    for account in accounts:
        yield _asked(spec, account, ports) if online else _configured(spec, account, ports)


def _configured(spec: PartySpec, account: AccountRef, ports: Ports) -> Finding:
    names = [f"{account.credential_prefix}_{each.suffix}" for each in spec.credentials if not each.required]
    unset = [name for name in names if ports.secret(name) is None]
    where = f", at {ports.base_url}" if ports.base_url else ""
    message = f"configured{where}" + (f"; without {', '.join(unset)}" if unset else "")
    return Finding(subject=f"{spec.title} {account.account_id}", state=State.OK, message=message)


def _asked(spec: PartySpec, account: AccountRef, ports: Ports) -> Finding:
    subject = f"{spec.title} {account.account_id}"
    try:
        with closing(spec.reports(account, ports)) as reports:
            profile = reports.profile()
    except Exception as error:  # whatever a connector meets, the other accounts are still looked at
        return Finding(subject=subject, state=State.WRONG, message=" ".join(f"{type(error).__name__}: {error}".split()))
    facts = [f"answers as {profile.name!r}", *([profile.currency] if profile.currency else []), profile.timezone]
    message = ", ".join(facts)
    return Finding(subject=subject, state=State.OK, message=message)
