"""A person leaves everything that is held, on both warehouses, and the sums stay: looked at from outside."""

import importlib.util
import json
import shutil
import sqlite3
from pathlib import Path
from types import ModuleType
from typing import Any

import duckdb
import psycopg2
import pytest
from sqlalchemy import make_url

from actions.erase_person import ErasureReport
from actions.find_person import NobodyFound, find_person
from actions.house import House
from actions.load_landed import load_landed
from connectors.landing.layout import LandingLayout
from connectors.landing.pending import check_landed, find_pending, history, mark_all_pending, streams_of
from connectors.people.closure import NotAlone
from ledger.audit import verify
from ledger.config import config_history
from ledger.transaction import reading


def _loaded(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


driver = _loaded("erase_driver")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("template") / "home"
    driver.fill(home)
    return home


@pytest.fixture
def home(template: Path, tmp_path: Path) -> Path:
    """Moved, the raw views would still look at the template: the first build of an erasure makes them anew."""
    return shutil.copytree(template, tmp_path / "home", symlinks=True)


@pytest.fixture(scope="module")
def erased(template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ErasureReport]:
    """A home after the erasure, for those who only look."""
    home = shutil.copytree(template, tmp_path_factory.mktemp("erased") / "home", symlinks=True)
    return home, driver.erase(driver.house_of(home))


def asked(home: Path, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        return connection.execute(query.replace("HOME", home.as_posix())).fetchall()


def raw(home: Path, entity: str, columns: str) -> list[tuple[Any, ...]]:
    files = f"read_parquet('HOME/lake/raw/{entity}/**/*.parquet', hive_partitioning = false)"
    return asked(home, f"select {columns} from {files} order by all")


def everything(home: Path) -> str:
    """All that can be read in a home, by other means than those of the erasure."""
    said: list[str] = []
    for path in sorted(home.rglob("*")):
        if not path.is_file() or path.is_symlink():
            continue
        said.append(path.read_bytes().decode("latin-1"))
        if path.suffix == ".parquet":
            said += [str(row) for row in asked(home, f"select * from read_parquet('{path.as_posix()}')")]
    with sqlite3.connect(home / "ledger.sqlite") as connection:
        said += list(connection.iterdump())
    with duckdb.connect((home / "warehouse.duckdb").as_posix()) as connection:
        for schema, table in connection.execute("select schema_name, table_name from duckdb_tables()").fetchall():
            said += [str(row) for row in connection.execute(f'select * from "{schema}"."{table}"').fetchall()]
    return "\n".join(said).replace(f"{driver.PERSON}0", "somebody-else").lower()


def test_before_an_erasure_the_person_is_everywhere(home: Path) -> None:
    said = everything(home)
    assert {one.lower() in said for one in driver.IDS} == {True}
    assert driver.PERSON in (home / "warehouse.duckdb").read_bytes().decode("latin-1")


def test_nothing_of_the_person_is_left_anywhere(erased: tuple[Path, ErasureReport]) -> None:
    home, report = erased
    assert report.proof.holds, (report.proof.places, report.proof.moved)
    said = everything(home)
    for one in (*driver.IDS, driver.NAME, "rosalinde_weirich", "203.0.113.7", "Mozilla", "Ghent"):
        assert one.lower() not in said, one
    assert not (home / "_erasing.json").exists()


def test_the_sums_and_the_distinct_people_stay(erased: tuple[Path, ErasureReport]) -> None:
    home, report = erased
    counted = "count(*), sum(value)::varchar, count(distinct user_id), count(distinct anonymous_id)"
    # e7 stands in quarantine; 1.10 + 2.5; person-4711, person-0815, person-47110; the device and the tablet
    assert raw(home, "product/events", counted) == [(6, "3.600000000", 3, 2)]
    assert raw(home, "product/orders", "sum(amount)::varchar, count(distinct user_id)") == [("24.900000000", 2)]
    assert raw(home, "whop/payments", "sum(total)::varchar, count(distinct member_id)") == [("58.000000000", 2)]
    assert raw(home, "experiments/assignments", "count(*), count(distinct unit_id)") == [(3, 3)]
    assert report.proof.after["loads product/events"] == {
        "landed": "7",
        "raw": "6",
        "duplicates": "0",
        "quarantined": "1",
    }
    people = "published/current/people/part-0.parquet"
    assert asked(home, f"select count(*), sum(events), sum(worth)::varchar from 'HOME/{people}'") == [
        (4, 6, "3.600000000")  # three people, and the rows of the device before its person was known
    ]


def test_rows_of_others_stay_byte_for_byte_but_for_a_mention(home: Path) -> None:
    theirs = "* exclude (_landing_file) replace (case when event_id <> 'e3' then properties end as properties)"
    where = "read_parquet('HOME/lake/raw/product/events/**/*.parquet', hive_partitioning = false)"
    query = f"select {theirs} from {where} where event_id in ('e3', 'e5', 'e6') order by event_id"
    before = asked(home, query)
    lines = _lines(home, "product/events")
    driver.erase(driver.house_of(home))
    assert asked(home, query) == before
    after = _lines(home, "product/events")
    assert (after[4], after[5]) == (lines[4], lines[5])
    name = json.loads(after[0])["user_id"]
    assert after[2] == lines[2].replace(driver.PERSON, name)
    assert json.loads(after[2])["properties"] == {"invited": name, "email": "bob@example.org"}


def test_in_their_own_rows_only_what_is_personal_changes(
    erased: tuple[Path, ErasureReport],
) -> None:
    home, _ = erased
    first, second, _, fourth, *_ = map(json.loads, _lines(home, "product/events"))
    assert first["user_id"].startswith("erased-")
    assert len(first["user_id"]) == len("erased-") + 16
    assert first["anonymous_id"] == second["anonymous_id"] != first["user_id"]
    assert {**first, "user_id": "", "anonymous_id": "", "properties": ""} == {
        "event_id": "e1",
        "user_id": "",
        "anonymous_id": "",
        "event_type": "signup",
        "value": 1.1,
        "occurred_at": "2026-11-18T08:00:00Z",
        "properties": "",
    }
    assert (first["properties"]["plan"], first["properties"]["city"]) == ("pro", None)
    assert second["properties"] == {"article_id": "a1", "seconds": 31}
    assert (fourth["anonymous_id"], fourth["ip"]) == (driver.SHARED, None)
    (paid,) = [json.loads(line) for line in _lines(home, "whop/payments") if '"pay_1"' in line]
    assert paid["failure_message"] == "the card of [erased] expired"
    assert paid["metadata"]["user_id"] == first["user_id"]
    assert paid["total"] == {"amount": "29.00", "currency": "usd"}


def test_the_lake_is_still_a_function_of_what_has_landed(home: Path) -> None:
    house = driver.house_of(home)
    driver.erase(house)
    for stream in streams_of(home / "landing"):
        for landed in history(home / "landing", stream):
            check_landed(landed)
    columns = {
        "product/events": "* exclude (_landing_file)",
        "product/orders": "* exclude (_landing_file)",
        "whop/payments": "* exclude (_landing_file)",
        "experiments/assignments": "* exclude (_landing_file)",
        "experiments/exposures": "* exclude (_landing_file)",
    }
    before = {entity: raw(home, entity, names) for entity, names in columns.items()}
    shutil.rmtree(home / "lake")
    mark_all_pending(home / "landing")
    load_landed(house.lake, warehouse=None).raise_failures()
    assert {entity: raw(home, entity, names) for entity, names in columns.items()} == before


def test_the_ledger_tells_of_it_without_naming_anybody_and_stays_whole(
    erased: tuple[Path, ErasureReport],
) -> None:
    home, report = erased
    house = driver.house_of(home)
    with reading(house.ledger) as session:
        found = verify(session)
        assert (found.broken, found.erased) == (None, 1)
        assert config_history(session, "publish.keep_builds")[0].reason == "[erased]"
    with sqlite3.connect(home / "ledger.sqlite") as connection:
        (row,) = connection.execute("select actor, subject, detail from audit_log where verb = 'erase_person'")
    told = json.loads(row[2])
    assert row[:2] == ("person:test", report.erasure)
    assert (told["lines"], told["rows"], told["quarantined"], told["reasons"]) == (10, 9, 1, 1)
    assert len(told["fingerprints"]) == 6
    assert {place["found"] for place in told["searched"].values()} == {0}


def test_originals_refused_files_and_logs_lose_the_person_only(erased: tuple[Path, ErasureReport]) -> None:
    home, _ = erased
    refused = home / "landing" / "_refused" / "product" / "events"
    assert (refused / "bad.csv").read_text() == f"user;mail\n{driver.OTHER};bob@example.org\n"
    assert "1 row was taken out of bad.csv" in (refused / "bad.csv.erased.txt").read_text()
    (original,) = (home / "landing" / "_imports" / "product" / "events").glob("*.jsonl")
    assert [json.loads(line)["event_id"] for line in original.read_text().splitlines()] == ["e5", "e6"]
    log = (home / "dagster" / "logs" / "run.log").read_text()
    assert log == f"row of {'x' * len(driver.PERSON)} was odd\nrow of {driver.PERSON}0 was fine\n"


def test_older_builds_that_hold_the_person_are_withdrawn(erased: tuple[Path, ErasureReport], template: Path) -> None:
    home, report = erased
    (older,) = (template / "published" / "builds").iterdir()
    assert report.builds == (older.name,)
    (left,) = (home / "published" / "builds").iterdir()
    assert (home / "published" / "current").resolve() == left.resolve()


def test_what_comes_back_is_the_same_nobody_and_counts_as_told_before(home: Path) -> None:
    house: House = driver.house_of(home)
    driver.erase(house)
    paid = raw(home, "whop/payments", "user_id, customer_email, payload")
    driver.pull(house, "whop", "payments", driver.PAYMENTS, "p2")  # the look-back asks for them again
    again = [{**driver.EVENTS[0], "event_id": "e8", "properties": {"hint": f"for {driver.NAME}!"}}]
    driver.bring(house, "product/events", again)
    later = {**driver.EXPOSED[0], "occurred_at": "2026-11-19T09:00:00Z"}
    driver.bring(house, "experiments/exposures", [*driver.EXPOSED, later])
    delivery = {
        "delivery_id": "d1", "received_at": "2026-11-20T06:00:00Z", "type": "membership.updated",
        "data": {"id": "mem_1", "user_id": driver.WHOP_USER, "email": driver.EMAIL},
    }  # fmt: skip
    driver.pull(house, "whop", "webhooks", [delivery], "p3")
    loads = load_landed(house.lake, warehouse=None).load.loads
    counts = {load.pull_id: load.counts for load in loads}
    assert (counts["p2"].raw, counts["p2"].duplicates) == (0, 2)
    (exposed,) = [load.counts for load in loads if load.entity == "exposures"]
    assert (exposed.raw, exposed.duplicates) == (1, 2)  # an id is a part of their key
    assert not find_pending(home / "landing").landed
    said = everything_but_warehouse(home)
    for one in (*driver.IDS, driver.NAME):
        assert one.lower() not in said, one
    names = raw(home, "product/events", "user_id, event_id")
    assert len({user for user, event in names if event in ("e1", "e8")}) == 1
    assert raw(home, "whop/payments", "user_id, customer_email, payload") == paid


def everything_but_warehouse(home: Path) -> str:
    said: list[str] = []
    for path in sorted((home / "landing").rglob("*")) + sorted((home / "lake").rglob("*")):
        if path.suffix == ".parquet":
            said += [str(row) for row in asked(home, f"select * from read_parquet('{path.as_posix()}')")]
        elif path.is_file():
            said.append(path.read_text(errors="replace"))
    return "\n".join(said).replace(f"{driver.PERSON}0", "somebody-else").lower()


def test_erasing_twice_finds_nothing_more_and_proves_it_again(home: Path) -> None:
    house = driver.house_of(home)
    driver.erase(house)
    again = driver.erase(house, driver.EMAIL)
    assert again.proof.holds
    assert (again.erased.lines, again.erased.rows, again.texts.total) == (0, 0, 0)


def test_nobody_is_erased_by_an_id_that_others_use_or_that_is_not_there(home: Path) -> None:
    house = driver.house_of(home)
    with pytest.raises(NotAlone, match=r"seen with user id person-0815, user id person-4711"):
        find_person(house, driver.SHARED)
    with pytest.raises(NobodyFound, match="nothing is held about 'person-47'"):
        find_person(house, "person-47")


@pytest.mark.parametrize(
    "subject", [driver.PERSON, driver.DEVICE, driver.EMAIL.upper(), driver.WHOP_USER, driver.MEMBER]
)
def test_any_of_the_ids_leads_to_all_of_them(template: Path, subject: str) -> None:
    found = find_person(driver.house_of(template), subject)
    assert {one.value for one in found.closure.ids} == {
        driver.PERSON,
        driver.DEVICE,
        driver.EMAIL.lower(),
        driver.WHOP_USER,
        driver.MEMBER,
        "rosalinde_weirich",
    }
    assert [one.value for one in found.closure.shared] == [driver.SHARED]


def test_on_postgres_raw_tables_models_and_samples_lose_the_person(tmp_path: Path, postgres_url: str) -> None:
    house = driver.fill(tmp_path / "home", postgres_url)
    assert said_by_postgres(postgres_url).count(driver.WHOP_USER) > 2
    report = driver.erase(house)
    assert report.proof.holds, (report.proof.places, report.proof.moved)
    said = said_by_postgres(postgres_url).replace(f"{driver.PERSON}0", "somebody-else").lower()
    for one in driver.IDS:
        assert one.lower() not in said, one
    assert report.proof.after["mart people"]["sum of worth"] == "3.600000000"


def said_by_postgres(url: str) -> str:
    said: list[str] = []
    connection = psycopg2.connect(make_url(url).set(drivername="postgresql").render_as_string(hide_password=False))
    with connection, connection.cursor() as cursor:
        cursor.execute("select schemaname, tablename from pg_tables where schemaname in ('raw', 'marts')")
        for schema, table in cursor.fetchall():
            cursor.execute(f'select * from "{schema}"."{table}"')
            said += [str(row) for row in cursor.fetchall()]
        cursor.execute("select most_common_vals::text, histogram_bounds::text from pg_stats")
        said += [str(row) for row in cursor.fetchall()]
    connection.close()
    return "\n".join(said)


def _lines(home: Path, entity: str) -> list[str]:
    layout = LandingLayout(home / "landing")
    (folder,) = (layout.root / entity).iterdir()
    return [line for path in sorted(folder.glob("*.jsonl")) for line in path.read_text().splitlines()]
