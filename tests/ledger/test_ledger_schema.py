"""The schema: migrations lead to the tables as declared, whoever else is starting; a later one is left alone."""

from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect, text

from ledger.connect import VERSION_TABLE, SchemaState, connect, schema_state, upgrade
from ledger.errors import LedgerIsNewer, LedgerUnreachable
from ledger.tables import Base

SECRET = "hunter2-not-for-anybody"


def test_migrations_from_empty_give_the_declared_tables(empty_ledger: Engine) -> None:
    assert schema_state(empty_ledger) is SchemaState.ABSENT
    upgrade(empty_ledger)
    assert schema_state(empty_ledger) is SchemaState.CURRENT
    with empty_ledger.connect() as connection:
        options = {"version_table": VERSION_TABLE, "compare_type": True, "compare_server_default": True}
        assert compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata) == []
        checks = {
            f"{table}.{check['name']}"
            for table in Base.metadata.tables
            for check in inspect(connection).get_check_constraints(table)
        }
    assert checks == {
        "config_versions.ck_config_versions_version_from_one",
        "watermarks.ck_watermarks_somewhere",
        "audit_head.ck_audit_head_only_one",
    }


def test_upgrading_twice_changes_nothing(ledger: Engine) -> None:
    with ledger.connect() as connection:
        before = connection.execute(text("select * from audit_head")).all()
    upgrade(ledger)
    with ledger.connect() as connection:
        assert connection.execute(text("select * from audit_head")).all() == before


def test_many_programs_may_start_at_once(empty_ledger: Engine, start_program: Any) -> None:
    programs = [start_program("sys.stdin.readline()\nupgrade(engine)\nprint('ready')") for _ in range(4)]
    for program in programs:
        program.stdin.write("go\n")
        program.stdin.flush()
    for program in programs:
        said, complained = program.communicate()
        assert (said, complained, program.returncode) == ("ready\n", "", 0)
    assert schema_state(empty_ledger) is SchemaState.CURRENT


def test_a_migration_that_is_killed_leaves_an_empty_database_that_the_next_starter_migrates(
    empty_ledger: Engine, start_program: Any
) -> None:
    killed_midway = """
        @event.listens_for(engine, "before_cursor_execute")
        def stop(connection, cursor, statement, *rest):
            if "audit_head" in statement:
                os.kill(os.getpid(), 9)
        upgrade(engine)
    """
    assert start_program(killed_midway).wait() == -9
    assert schema_state(empty_ledger) is SchemaState.ABSENT
    with empty_ledger.connect() as connection:
        assert inspect(connection).get_table_names() == []
    upgrade(empty_ledger)
    assert schema_state(empty_ledger) is SchemaState.CURRENT


def test_a_schema_of_a_later_release_is_refused_and_left_as_it_is(ledger: Engine) -> None:
    with ledger.begin() as connection:
        connection.execute(text(f"update {VERSION_TABLE} set version_num = '9999'"))
    assert schema_state(ledger) is SchemaState.NEWER
    with pytest.raises(LedgerIsNewer, match=r"has schema 9999, this release knows up to 0002; run the release"):
        upgrade(ledger)
    with ledger.connect() as connection:
        assert connection.execute(text(f"select version_num from {VERSION_TABLE}")).scalar() == "9999"


def test_another_programs_alembic_table_in_the_same_database_is_not_touched(empty_ledger: Engine) -> None:
    with empty_ledger.begin() as connection:
        connection.execute(text("create table alembic_version (version_num varchar(32) not null)"))
        connection.execute(text("insert into alembic_version values ('theirs')"))
    upgrade(empty_ledger)
    with empty_ledger.connect() as connection:
        assert connection.execute(text("select version_num from alembic_version")).scalar() == "theirs"


def test_sqlite_keeps_a_write_ahead_log_foreign_keys_and_every_commit(tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path}/ledger.sqlite")
    upgrade(engine)
    with engine.connect() as connection:
        pragmas = {
            name: connection.execute(text(f"pragma {name}")).scalar() for name in ("journal_mode", "foreign_keys")
        }
        assert pragmas == {"journal_mode": "wal", "foreign_keys": 1}
        assert connection.execute(text("pragma synchronous")).scalar() == 2  # FULL


@pytest.mark.parametrize(
    "address",
    [
        f"postgresql://weir:{SECRET}@127.0.0.1/weir",
        f"mysql://weir:{SECRET}@127.0.0.1/weir",
        f"no address at all {SECRET}",
        "sqlite://",
        "sqlite:///:memory:",
    ],
)
def test_an_address_that_is_no_ledgers_is_refused_without_its_password(address: str) -> None:
    with pytest.raises(LedgerUnreachable) as caught:
        connect(address)
    assert SECRET not in str(caught.value)


def test_a_ledger_that_cannot_be_reached_says_where_and_what_to_check(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not a database, but long enough to be taken for one\n" * 100)
    for address in (
        f"sqlite:///{tmp_path}/no/such/folder/ledger.sqlite",
        f"sqlite:///{tmp_path}/notes.txt",
        f"postgresql+psycopg2://weir:{SECRET}@127.0.0.1:1/weir",
    ):
        with pytest.raises(LedgerUnreachable, match="check WEIR_LEDGER_URL") as caught:
            upgrade(connect(address))
        assert SECRET not in str(caught.value)
