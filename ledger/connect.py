"""Getting to the ledger: an engine from its address, and a schema that is up to date.

SQLite in write-ahead mode serves one machine, Postgres several. Any number of programs may start at once: one of them
migrates, the others wait.
"""

from collections.abc import Generator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from ledger.errors import LedgerIsNewer, LedgerUnreachable

TAKES_TURNS = "ledger_takes_turns"  # the execution option of connections that write
VERSION_TABLE = "ledger_schema_version"  # a database may be shared with others that use Alembic
WAIT_SECONDS = 30
_MIGRATION_LOCK = 0x6C656467657200  # "ledger" as an advisory lock of Postgres


class SchemaState(StrEnum):
    ABSENT = "absent"
    BEHIND = "behind"
    CURRENT = "current"
    NEWER = "newer"


def connect(address: str) -> Engine:
    """An engine on sqlite:////absolute/path or postgresql+psycopg2://…; connects at the first use."""
    try:
        url = make_url(address)
    except ArgumentError:
        raise LedgerUnreachable("the ledger's address is not a database URL; see WEIR_LEDGER_URL") from None
    if url.drivername == "postgresql+psycopg2":
        return create_engine(url, pool_pre_ping=True, connect_args={"connect_timeout": WAIT_SECONDS})
    if url.drivername != "sqlite" or url.database in (None, "", ":memory:"):
        raise LedgerUnreachable(
            f"the ledger cannot live at {url.render_as_string()}; "
            "give a file as sqlite:////absolute/path, or a database as postgresql+psycopg2://…"
        )
    engine = create_engine(url, connect_args={"timeout": WAIT_SECONDS})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def schema_state(engine: Engine) -> SchemaState:
    with _reaching(engine), engine.connect() as connection:
        return _state(connection)


def upgrade(engine: Engine) -> None:
    """Brings the schema up to date, whoever else is starting; refuses one from a later release."""
    if schema_state(engine) is SchemaState.CURRENT:
        return
    with _reaching(engine), engine.execution_options(**{TAKES_TURNS: True}).begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATION_LOCK})
        state = _state(connection)
        if state is SchemaState.NEWER:
            raise LedgerIsNewer(
                f"the ledger at {engine.url.render_as_string()} has schema {_revision(connection)}, this release knows "
                f"up to {_scripts().get_current_head()}; run the release that migrated it, or a later one"
            )
        if state is not SchemaState.CURRENT:
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def _state(connection: Connection) -> SchemaState:
    revision, scripts = _revision(connection), _scripts()
    if revision is None:
        return SchemaState.ABSENT
    if revision == scripts.get_current_head():
        return SchemaState.CURRENT
    known = {script.revision for script in scripts.walk_revisions()}
    return SchemaState.BEHIND if revision in known else SchemaState.NEWER


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE}).get_current_revision()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


@contextmanager
def _reaching(engine: Engine) -> Generator[None]:
    try:
        yield
    except (DBAPIError, PoolTimeout) as error:
        said = error.orig if isinstance(error, DBAPIError) else error
        raise LedgerUnreachable(
            f"the ledger at {engine.url.render_as_string()} cannot be used: {str(said).strip()}; "
            "check WEIR_LEDGER_URL, that the folder or server is there, and that it may be written"
        ) from error


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver opens no transactions by itself: `_begin_sqlite` does
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")  # a committed row survives a power cut
    connection.execute("PRAGMA journal_mode = WAL")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(TAKES_TURNS, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
