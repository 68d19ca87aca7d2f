"""The raw schema follows the lake, alike on DuckDB and on Postgres."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import psycopg2
import pytest

from connectors.entity_schema import Column, Type
from connectors.warehouse.duckdb_warehouse import DuckDbWarehouse
from connectors.warehouse.postgres_warehouse import PostgresWarehouse
from connectors.warehouse.warehouse import Warehouse, WarehouseBusy

Ask = Callable[[str], list[tuple[Any, ...]]]

COLUMNS = (
    "date, ad_id, spend, clicks, actions, payload, account_id, account_currency, account_timezone, "
    "_valid_from, _valid_to, _pull_id, _landing_file, _landing_line"
)
LOAD_COLUMNS = (
    "load_seq, pull_id, party, entity, account_id, since, until, pulled_at, loaded_at, status, landed, raw, "
    "duplicates, quarantined, vanished, landing_file, message"
)


def no_sleep(seconds: float) -> None:
    return None


def duckdb_of(practice: Any) -> DuckDbWarehouse:
    return DuckDbWarehouse(
        path=practice.root / "warehouse.duckdb",
        lake=practice.lake_root,
        schemas=practice.schemas,
        sleep=no_sleep,
        wait_seconds=0.3,
    )


def postgres_of(practice: Any, url: str) -> PostgresWarehouse:
    return PostgresWarehouse(url=url, lake=practice.lake_root, schemas=practice.schemas)


def asking_duckdb(practice: Any) -> Ask:
    def ask(query: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(practice.root / "warehouse.duckdb")) as connection:
            connection.execute("set timezone = 'UTC'")
            return connection.execute(query).fetchall()

    return ask


def asking_postgres(url: str) -> Ask:
    def ask(query: str) -> list[tuple[Any, ...]]:
        with closing(psycopg2.connect(url.replace("+psycopg2", ""))) as connection, connection.cursor() as cursor:
            cursor.execute("set timezone = 'UTC'")
            cursor.execute(query)
            rows = cursor.fetchall() if cursor.description else []
            connection.commit()
            return rows

    return ask


@pytest.fixture(params=["duckdb", "postgres"])
def warehouse(request: pytest.FixtureRequest, practice: Any) -> Iterator[tuple[Callable[[], Warehouse], Ask]]:
    """How the warehouse of the practice home is opened (its schemas may change), and how it is asked."""
    if request.param == "duckdb":
        yield (lambda: duckdb_of(practice)), asking_duckdb(practice)
    else:
        url = request.getfixturevalue("postgres_url")
        yield (lambda: postgres_of(practice, url)), asking_postgres(url)


def test_entities_without_files_are_typed_and_empty(practice: Any, warehouse: Any) -> None:
    open_warehouse, ask = warehouse
    sync = open_warehouse().sync_raw()
    assert (sync.relations, sync.last_load_seq) == (6, 0)
    assert ask(f"select {COLUMNS} from raw.practice_ads__ad_daily") == []
    assert ask(f"select {LOAD_COLUMNS} from raw.loads") == []
    assert ask("select load_seq, party, entity, account_id, date_day from raw.touched_days") == []
    assert ask("select reasons, landed_rows from raw.quarantine") == []
    types = ask(
        "select column_name, data_type from information_schema.columns "
        "where table_schema = 'raw' and table_name = 'practice_ads__ad_daily' order by column_name"
    )
    found = {name: type_.split("(")[0].lower() for name, type_ in types if name != "_lake_file"}
    spelled = {"numeric": "decimal", "text": "varchar"}
    assert {name: spelled.get(type_, type_) for name, type_ in found.items()} == {
        "date": "date",
        "ad_id": "varchar",
        "spend": "decimal",
        "clicks": "bigint",
        "actions": "varchar",
        "payload": "varchar",
        "account_id": "varchar",
        "account_currency": "varchar",
        "account_timezone": "varchar",
        "_valid_from": "timestamp with time zone",
        "_valid_to": "timestamp with time zone",
        "_pull_id": "varchar",
        "_landing_file": "varchar",
        "_landing_line": "bigint",
    }


def test_both_engines_hold_the_same_rows_after_every_load(
    practice: Any, practice_schemas: Any, make_ad_day: Callable[..., Any], postgres_url: str
) -> None:
    asks = [asking_duckdb(practice), asking_postgres(postgres_url)]

    def same(query: str) -> list[tuple[Any, ...]]:
        practice.load()
        for warehouse in (duckdb_of(practice), postgres_of(practice, postgres_url)):
            warehouse.sync_raw()
        one, other = (ask(query) for ask in asks)
        assert one == other
        return one

    rows = f"select {COLUMNS} from raw.practice_ads__ad_daily order by date, ad_id, _valid_from, account_id"
    practice.pull([make_ad_day(0, 'a "quoted"\n\\N', "1.10"), make_ad_day(1, "b", "-"), "not json"], hour=0)
    practice.pull([make_ad_day(0, "a", "5", clicks=None)], hour=0, account="a2")
    assert len(same(rows)) == 3
    practice.pull([make_ad_day(0, "c", "2.00")], hour=1)
    practice.pull(
        [{"id": "c1", "name": ""}, {"id": "c2", "active": True}], hour=1, schema=practice_schemas["campaigns"]
    )
    assert len(same(rows)) == 4
    practice.pull([make_ad_day(0, "late", "9.00")], hour=0.5)
    assert len(same(rows)) == 5
    campaigns = same("select campaign_id, name, is_active, updated_at from raw.practice_ads__campaigns order by 1")
    assert campaigns == [("c1", "", None, None), ("c2", None, True, None)]
    loads = same(f"select {LOAD_COLUMNS} from raw.loads order by load_seq")
    assert [row[0] for row in loads] == [1, 2, 3, 4, 5]
    assert sum(row[10] for row in loads) == sum(row[11] + row[12] + row[13] for row in loads) == 8
    touched = same("select load_seq, party, entity, account_id, date_day from raw.touched_days order by 1, 5")
    assert [(row[0], row[3], row[4].isoformat()) for row in touched if row[0] in (1, 2)] == [
        (1, "a1", "2026-10-01"),
        (1, "a1", "2026-10-02"),
        (2, "a2", "2026-10-01"),
    ]
    assert same("select reasons, landing_line, text from raw.quarantine") == [("the line is not JSON", 3, "not json")]


def test_the_sum_of_raw_is_the_number_of_versions_also_after_late_pulls(
    practice: Any, make_ad_day: Callable[..., Any], warehouse: Any
) -> None:
    open_warehouse, ask = warehouse
    for hour, spend in ((0, "1"), (3, "1"), (1, "2"), (2, "1")):
        practice.pull([make_ad_day(0, "A", spend)], hour=hour)
        practice.load()
        open_warehouse().sync_raw()
        assert ask("select sum(raw) from raw.loads") == ask("select count(*) from raw.practice_ads__ad_daily")
    assert ask("select pull_id, raw, duplicates from raw.loads order by pulled_at") == [
        ("p0000", 1, 0),
        ("p0010", 1, 0),
        ("p0020", 1, 0),
        ("p0030", 0, 1),
    ]


def test_a_second_sync_changes_nothing(practice: Any, make_ad_day: Callable[..., Any], warehouse: Any) -> None:
    open_warehouse, _ = warehouse
    practice.pull([make_ad_day(0, "A", "1")], hour=0)
    practice.load()
    open_warehouse().sync_raw()
    again = open_warehouse().sync_raw()
    assert (again.renewed, again.files, again.rows, again.last_load_seq) == (0, 0, 0, 1)


def test_a_new_column_appears_after_the_next_load(
    practice: Any, practice_schemas: Any, make_ad_day: Callable[..., Any], warehouse: Any
) -> None:
    open_warehouse, ask = warehouse
    practice.pull([make_ad_day(0, "A", "1")], hour=0)
    practice.load()
    open_warehouse().sync_raw()
    daily = practice_schemas["daily"]
    said = Column("first_action", Type.TEXT, "$.actions[0].type", "The first claim.")
    practice.schemas = [replace(daily, columns=(*daily.columns, said))]
    practice.load()
    open_warehouse().sync_raw()
    assert ask("select ad_id, first_action from raw.practice_ads__ad_daily") == [("A", "purchase")]


def test_a_lake_that_was_built_again_replaces_what_postgres_held(
    practice: Any, make_ad_day: Callable[..., Any], postgres_url: str
) -> None:
    practice.pull([make_ad_day(0, "old", "1")], hour=0)
    practice.load()
    postgres_of(practice, postgres_url).sync_raw()
    other = practice.sibling("other")
    other.pull([make_ad_day(1, "new", "1")], hour=5)
    other.load()
    postgres_of(other, postgres_url).sync_raw()
    ask = asking_postgres(postgres_url)
    assert ask("select ad_id from raw.practice_ads__ad_daily") == [("new",)]
    assert ask("select pull_id from raw.loads") == [("p0050",)]


def test_a_filter_on_the_day_opens_only_its_files(practice: Any, make_ad_day: Callable[..., Any]) -> None:
    practice.pull([make_ad_day(day, "A", "1") for day in range(3)], hour=0)
    practice.load()
    duckdb_of(practice).sync_raw()
    (practice.lake_root / "raw/practice_ads/ad_daily/date=2026-10-03/a1.parquet").write_bytes(b"PAR1 rubbish PAR1")
    ask = asking_duckdb(practice)
    assert ask("select count(*) from raw.practice_ads__ad_daily where date <= '2026-10-02'") == [(2,)]
    with pytest.raises(duckdb.Error):
        ask("select count(ad_id) from raw.practice_ads__ad_daily")


def test_the_writer_holds_the_file_alone_and_the_next_gives_up_clearly(practice: Any) -> None:
    """A second process is needed: within one, DuckDB shares the file between connections."""
    holding = duckdb_of(practice)
    slept: list[float] = []
    program = (
        "import sys, pathlib\n"
        "from connectors.warehouse.duckdb_warehouse import DuckDbWarehouse\n"
        "slept = []\n"
        "path = pathlib.Path(sys.argv[1])\n"
        "house = DuckDbWarehouse(path=path, lake=path.parent, schemas=[], sleep=slept.append, wait_seconds=0.3)\n"
        "try:\n"
        "    house.sync_raw()\n"
        "except Exception as error:\n"
        "    print(type(error).__name__, len(slept), error)\n"
    )
    with holding.writing():
        said = subprocess.run([sys.executable, "-c", program, str(holding.path)], capture_output=True, text=True).stdout
    assert slept == []
    assert said.startswith(f"{WarehouseBusy.__name__} 3 ")
    assert "notebooks read published snapshots instead" in said
    assert (
        subprocess.run([sys.executable, "-c", program, str(holding.path)], capture_output=True, text=True).stdout == ""
    )


def test_the_address_of_postgres_shows_no_password(tmp_path: Path) -> None:
    warehouse = PostgresWarehouse(
        url="postgresql+psycopg2://weir:made-up-word@db.example/weir", lake=tmp_path, schemas=[]
    )
    assert repr(warehouse) == "PostgresWarehouse(postgresql+psycopg2://weir:***@db.example/weir)"
