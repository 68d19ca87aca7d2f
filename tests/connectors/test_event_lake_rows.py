"""What one row of facts says in the lake, what becomes of lines that cannot be read, and what the warehouses see."""

import json
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import psycopg2
import pytest

from connectors.entity_schema import Column, EntitySchema, Kind, Type
from connectors.lake.standing import Standing
from connectors.warehouse.duckdb_warehouse import DuckDbWarehouse
from connectors.warehouse.postgres_warehouse import PostgresWarehouse

EVENTS = EntitySchema(
    party="practice_app",
    entity="events",
    kind=Kind.APPEND,
    description="One event.",
    columns=(
        Column("event_id", Type.TEXT, "$.event_id", "The event.", required=True),
        Column("user_id", Type.TEXT, "$.user_id", "Who."),
        Column("occurred_at", Type.INSTANT, "$.occurred_at", "When.", required=True),
        Column("received_at", Type.INSTANT, "$.received_at", "When it was taken down."),
        Column("value", Type.DECIMAL, "$.value", "Its worth."),
        Column("properties", Type.JSON, "$.properties", "What else."),
    ),
    key=("event_id",),
    day="occurred_at",
)
COUNTRY = Column("country", Type.TEXT, "$.country", "Where.")


@pytest.fixture
def home(practice: Any) -> Any:
    practice.schemas = (EVENTS,)
    return practice


def event(key: str, *, day: int = 1, **more: Any) -> dict[str, Any]:
    return {"event_id": key, "occurred_at": f"2026-10-{day:02d}T10:00:00Z", **more}


def ask(home: Any, query: str) -> list[tuple[Any, ...]]:
    """Through the warehouse's raw schema, as the models do."""
    path = home.root / "warehouse.duckdb"
    warehouse = DuckDbWarehouse(path=path, lake=home.lake_root, schemas=home.schemas, sleep=lambda seconds: None)
    warehouse.sync_raw()
    with duckdb.connect(str(path)) as connection:
        connection.execute("set timezone = 'UTC'")
        return connection.execute(query).fetchall()


def counts(record: Any) -> tuple[int, int, int, int]:
    return (record.counts.landed, record.counts.raw, record.counts.duplicates, record.counts.quarantined)


def test_a_row_says_what_was_told_when_it_came_and_where_from(home: Any) -> None:
    said = event("e1", user_id=7, value="12.90", properties={"b": [1, {"c": "d"}], "a": "ü"}, mood="good", tags=["x"])
    home.pull([said, event("e2", received_at="2026-10-02T08:30:00+02:00")], hour=0, schema=EVENTS, account="web")
    home.load()
    columns = (
        "event_id, user_id, value::varchar, properties, extra, account_id, _received_at::varchar, is_late, _pull_id, "
        "_landing_file, _landing_line, _day::varchar"
    )
    file = "practice_app/events/web/20261101T060000Z-p0000.jsonl"
    one, two = ask(home, f"select {columns} from raw.practice_app__events order by 1")
    assert one[:4] == ("e1", "7", "12.900000000", '{"a":"ü","b":[1,{"c":"d"}]}')
    assert json.loads(one[4]) == {"mood": "good", "tags": ["x"]}
    assert one[5:] == ("web", "2026-11-01 06:00:00+00", True, "p0000", file, 1, "2026-10-01")
    assert two[1:5] == (None, None, None, None)
    assert two[5:] == ("web", "2026-10-02 06:30:00+00", False, "p0000", file, 2, "2026-10-01")


@pytest.mark.parametrize(
    ("received", "is_late"),
    [("2026-10-03T10:00:00Z", False), ("2026-10-03T10:00:00.000001Z", True), ("2026-09-30T10:00:00Z", False)],
)
def test_what_is_received_more_than_two_days_after_it_occurred_is_late(home: Any, received: str, is_late: bool) -> None:
    home.pull([event("e1", received_at=received)], hour=0, schema=EVENTS)
    home.load()
    assert ask(home, "select is_late, _day::varchar from raw.practice_app__events") == [(is_late, "2026-10-01")]


def test_how_late_is_late_can_be_said(home: Any) -> None:
    home.pull([event("e1", received_at="2026-10-01T10:31:00Z")], hour=0, schema=EVENTS)
    replace(home.lake, late_after=timedelta(minutes=30)).load_pulls()
    assert ask(home, "select is_late from raw.practice_app__events") == [(True,)]


def test_one_event_told_by_two_sources_on_two_days_is_there_once(home: Any) -> None:
    home.pull([event("e1", day=1)], hour=0, schema=EVENTS, account="web")
    home.load()
    home.pull([event("e1", day=2), event("e2", day=2)], hour=1, schema=EVENTS, account="server")
    (record,) = home.load().loads
    assert counts(record) == (2, 1, 1, 0)
    assert [day.isoformat() for day in record.days] == ["2026-10-02"]
    rows = ask(home, "select event_id, account_id, _day::varchar from raw.practice_app__events order by 1")
    assert rows == [("e1", "web", "2026-10-01"), ("e2", "server", "2026-10-02")]


LINES = (
    (b'{"event_id":"e9"', "the line is not JSON"),
    (b"", "the line is not JSON"),
    (b'["e9"]', "the line is JSON, but not an object"),
    (b'{"event_id":"e9","occurred_at":"2026-10-01T10:00:00"}', "occurred_at is "),
    (b'{"occurred_at":"2026-10-01T10:00:00Z"}', "event_id, part of the key, is missing"),
    (b'{"event_id":"e9","occurred_at":"2026-10-01T10:00:00Z","value":"1,5"}', 'value is "1,5", not a decimal(38, 9)'),
    (b'{"event_id":"e\xff9","occurred_at":"2026-10-01T10:00:00Z"}', "the line is not UTF-8"),
    (b'{"_problem":"it came from the future","row":{}}', "it came from the future"),
)


def test_each_line_that_cannot_be_read_is_set_aside_with_file_line_reason_and_text(home: Any) -> None:
    good = json.dumps(event("e1")).encode()
    home.land_bytes(b"\n".join([good, *(line for line, _ in LINES), good]), hour=0, schema=EVENTS)
    (record,) = home.load().loads
    assert counts(record) == (len(LINES) + 2, 1, 1, len(LINES))
    found = ask(home, "select landing_file, landing_line, reasons, text, landed_rows from raw.quarantine order by 2")
    assert {row[0] for row in found} == {"practice_app/events/a1/20261101T060000Z-p0000.jsonl"}
    assert [row[1] for row in found] == list(range(2, 2 + len(LINES)))
    for (line, reason), (_, _, reasons, text, rows) in zip(LINES, found, strict=True):
        assert reasons.startswith(reason)
        assert (text, rows) == (line.decode(errors="replace"), 1)
    assert Standing(home.lake_root).set_aside(party="practice_app", entity="events", most=1)[0].line == 2


def test_a_nul_in_a_text_is_replaced_and_breaks_nothing(home: Any) -> None:
    home.land_bytes(
        b'{"event_id":"e1","occurred_at":"2026-10-01T10:00:00Z","user_id":"a\\u0000b"}\n', hour=0, schema=EVENTS
    )
    home.load()
    assert ask(home, "select user_id from raw.practice_app__events") == [("a\ufffdb",)]


def test_a_line_far_longer_than_a_block_is_read(home: Any) -> None:
    home.block_bytes = 256
    long = event("long", properties={"text": "x" * 5000})
    home.pull([event("e1"), long, event("e2")], hour=0, schema=EVENTS)
    (record,) = home.load().loads
    assert counts(record) == (3, 3, 0, 0)
    rows = ask(home, "select event_id, length(properties), _landing_line from raw.practice_app__events order by 3")
    assert rows == [("e1", None, 1), ("long", 5011, 2), ("e2", None, 3)]


def test_a_damaged_file_is_refused_as_a_whole_and_the_others_of_its_batch_are_loaded(home: Any) -> None:
    home.pull([event("e1"), event("e2")], hour=0, schema=EVENTS, account="web")
    home.pull([event("e3")], hour=1, schema=EVENTS, account="server")
    data = home.landing / "practice_app/events/web/20261101T060000Z-p0000.jsonl"
    data.write_bytes(data.read_bytes().replace(b"e2", b"e9"))
    report = home.load()
    (refused,) = report.refused
    assert "does not match the checksum in its manifest" in refused.message
    assert counts(refused) == (2, 0, 0, 2)
    assert ask(home, "select event_id from raw.practice_app__events") == [("e3",)]
    whole = Standing(home.lake_root).counts(party="practice_app", entity="events")
    assert (whole.landed, whole.raw, whole.duplicates, whole.quarantined) == (3, 1, 0, 2)


def test_days_that_a_load_does_not_touch_are_not_even_opened(home: Any) -> None:
    home.pull([event("e1", day=5)], hour=0, schema=EVENTS)
    home.load()
    (old,) = (home.lake_root / "raw/practice_app/events").rglob("*.parquet")
    old.write_bytes(b"rubbish")
    home.pull([event("e1", day=2), event("e2", day=2)], hour=1, schema=EVENTS)
    (record,) = home.load().loads
    assert counts(record) == (2, 1, 1, 0)
    assert old.read_bytes() == b"rubbish"
    # A filter on the day opens its files alone.
    assert ask(home, "select event_id from raw.practice_app__events where _day = '2026-10-02'") == [("e2",)]


def test_many_small_files_of_a_day_become_few_and_the_rows_stay(home: Any) -> None:
    for number in range(20):
        home.pull([event(f"e{number:02d}"), event("e00", day=3)], hour=number, schema=EVENTS)
        home.load()
    folder = home.lake_root / "raw/practice_app/events"
    assert len(list(folder.glob("date=2026-10-01/*.parquet"))) < 8
    rows = ask(home, "select event_id, _pull_id from raw.practice_app__events order by 1")
    assert rows == [(f"e{number:02d}", f"p{number * 10:04d}") for number in range(20)]


@pytest.mark.parametrize("damage", ["lost state", "lost run", "cut run", "other run"])
def test_keys_that_are_lost_or_broken_are_read_from_the_lake_again(home: Any, damage: str) -> None:
    for number in range(3):
        home.pull([event(f"e{number}"), event(f"f{number}", day=2)], hour=number, schema=EVENTS)
        home.load()
    state = home.lake_root / "_state/practice_app/events"
    (run,) = (state / "_keys").glob("*.npy")
    if damage == "lost state":
        (state / "_facts.json").unlink()
    elif damage == "lost run":
        run.unlink()
    elif damage == "cut run":
        run.write_bytes(run.read_bytes()[:-8])
    else:
        run.write_bytes(run.read_bytes()[:-8] + bytes(8))
    home.pull([event("e0"), event("f1", day=5), event("e9")], hour=9, schema=EVENTS)
    (record,) = home.load().loads
    assert counts(record) == (3, 1, 2, 0)
    keys = [row[0] for row in ask(home, "select event_id from raw.practice_app__events order by 1")]
    assert keys == ["e0", "e1", "e2", "e9", "f0", "f1", "f2"]


def test_a_column_that_is_gained_is_empty_in_old_files_which_stay(home: Any) -> None:
    home.pull([event("e1", mood="good")], hour=0, schema=EVENTS)
    home.load()
    before = home.content("raw")
    home.schemas = (replace(EVENTS, columns=(*EVENTS.columns, COUNTRY)),)
    home.load()
    assert ask(home, "select event_id, country, extra from raw.practice_app__events") == [
        ("e1", None, '{"mood":"good"}')
    ]
    home.pull([event("e2", country="DE"), event("e1", country="FR")], hour=1, schema=EVENTS)
    (record,) = home.load().loads
    assert counts(record) == (2, 1, 1, 0)
    assert before.items() <= home.content("raw").items()
    rows = ask(home, "select event_id, country, extra from raw.practice_app__events order by 1")
    assert rows == [("e1", None, '{"mood":"good"}'), ("e2", "DE", None)]


@pytest.mark.parametrize("wanted", [Type.TEXT, Type.INTEGER])
def test_a_gained_column_that_old_rows_can_fill_is_filled_from_landing(home: Any, wanted: Type) -> None:
    """What was an unknown field is one of the schema's now, with its type: a row may have to be quarantined for it."""
    home.pull([event("e1", country="DE"), event("e2", country=49)], hour=0, schema=EVENTS)
    home.load()
    home.schemas = (replace(EVENTS, columns=(*EVENTS.columns, replace(COUNTRY, type=wanted))),)
    home.load()
    rows = ask(home, "select event_id, country::varchar, extra from raw.practice_app__events order by 1")
    whole = Standing(home.lake_root).counts(party="practice_app", entity="events")
    if wanted is Type.TEXT:
        assert rows == [("e1", "DE", None), ("e2", "49", None)]
        assert (whole.landed, whole.raw, whole.quarantined) == (2, 2, 0)
    else:
        assert rows == [("e2", "49", None)]
        assert (whole.landed, whole.raw, whole.quarantined) == (2, 1, 1)


def test_a_column_that_is_given_up_goes_back_to_the_unknown_fields(home: Any) -> None:
    home.pull([event("e1", value="1.5")], hour=0, schema=EVENTS)
    home.load()
    home.schemas = (replace(EVENTS, columns=tuple(each for each in EVENTS.columns if each.name != "value")),)
    home.load()
    assert ask(home, "select event_id, extra from raw.practice_app__events") == [("e1", '{"value":"1.5"}')]


def test_a_schema_that_needs_landed_files_that_are_gone_changes_nothing(home: Any) -> None:
    home.pull([event("e1", country="DE")], hour=0, schema=EVENTS)
    home.load()
    before = home.content("raw")
    lost = home.landing / "practice_app/events/a1/20261101T060000Z-p0000.jsonl"
    kept = lost.read_bytes()
    lost.unlink()
    home.schemas = (replace(EVENTS, columns=(*EVENTS.columns, COUNTRY)),)
    home.pull([event("e2", country="FR")], hour=1, schema=EVENTS)
    report = home.lake.load_pulls()
    (failure,) = report.failures
    assert "practice_app/events/a1/20261101T060000Z-p0000.jsonl" in failure.message
    assert (report.loads, home.content("raw")) == ((), before)
    lost.write_bytes(kept)
    home.load()
    rows = ask(home, "select event_id, country from raw.practice_app__events order by 1")
    assert rows == [("e1", "DE"), ("e2", "FR")]


@pytest.fixture
def both(home: Any, postgres_url: str) -> Any:
    """Asks both warehouses after bringing them in line, and takes no difference."""

    def ask_both(query: str) -> list[tuple[Any, ...]]:
        one = ask(home, query)
        PostgresWarehouse(url=postgres_url, lake=home.lake_root, schemas=home.schemas).sync_raw()
        with closing(psycopg2.connect(postgres_url.replace("+psycopg2", ""))) as connection:
            cursor = connection.cursor()
            cursor.execute("set timezone = 'UTC'")
            cursor.execute(query)
            other = cursor.fetchall()
        assert one == other
        return one

    return ask_both


def test_both_warehouses_hold_the_same_after_every_load(home: Any, both: Any) -> None:
    everything = (
        "select event_id, user_id, occurred_at, received_at, value, properties, extra, account_id, _received_at, "
        "is_late, _pull_id, _landing_file, _landing_line, _day from raw.practice_app__events order by 1"
    )
    loads = "select load_seq, status, landed, raw, duplicates, quarantined from raw.loads order by load_seq"
    assert both(everything) == []
    home.pull([event("e1", day=1, user_id='a "b"\n'), event("e2", day=2, value=1), "no"], hour=2, schema=EVENTS)
    home.load()
    assert len(both(everything)) == 2
    # An older pull comes late: it told e1 first, on another day.
    home.pull([event("e1", day=3), event("e3", day=3)], hour=1, schema=EVENTS, account="server")
    home.load()
    rows = both(everything)
    assert [(row[0], row[7], row[13].day) for row in rows] == [
        ("e1", "server", 3),
        ("e2", "a1", 2),
        ("e3", "server", 3),
    ]
    assert both(loads) == [(1, "loaded", 3, 1, 1, 1), (2, "loaded", 2, 2, 0, 0)]
    for number in range(10):  # files are merged meanwhile, which no row shows
        home.pull([event(f"f{number}", day=2)], hour=5 + number, schema=EVENTS)
        home.load()
    assert len(both(everything)) == 13
    home.wait_again()
    home.load()
    assert len(both(everything)) == 13
    home.schemas = (replace(EVENTS, columns=(*EVENTS.columns, COUNTRY)),)
    home.load()
    assert len(both(everything)) == 13
    home.pull([event("g", country="DE")], hour=20, schema=EVENTS)
    home.load()
    assert both("select country, count(*) from raw.practice_app__events group by 1 order by 1") == [
        ("DE", 1),
        (None, 13),
    ]
    days = both("select distinct date_day from raw.touched_days order by 1")
    assert [row[0].day for row in days] == [1, 2, 3]


def test_the_load_log_and_the_files_tell_of_facts(home: Any) -> None:
    home.pull([event("e1", day=1), event("e2", day=2)], hour=0, schema=EVENTS)
    (record,) = home.load().loads
    assert (record.party, record.entity, record.account_id, record.is_whole) == ("practice_app", "events", "a1", False)
    assert [day.isoformat() for day in record.days] == ["2026-10-01", "2026-10-02"]
    names = [Path(name).parent.name for name in home.content("raw")]
    assert names == ["date=2026-10-01", "date=2026-10-02"]
