"""Rules that hold for any landed facts at all: each key once, the first received; the order of loading leaves no trace.

What is expected comes from a replay in plain Python that knows nothing of files, blocks or indexes.
"""

import json
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from connectors.entity_schema import Column, EntitySchema, Kind, Type
from connectors.lake.facts.blocks import Landed
from connectors.lake.facts.reading import careful_sql, quick_sql
from connectors.lake.sql import in_memory
from connectors.lake.standing import Standing

EVENTS = EntitySchema(
    party="practice_app",
    entity="events",
    kind=Kind.APPEND,
    description="One event.",
    columns=(
        Column("event_id", Type.TEXT, "$.event_id", "The event.", required=True),
        Column("user_id", Type.TEXT, "$.user_id", "Who."),
        Column("kind", Type.TEXT, "$.kind", "What.", choices=("read", "buy")),
        Column("occurred_at", Type.INSTANT, "$.occurred_at", "When.", required=True),
        Column("received_at", Type.INSTANT, "$.received_at", "When it was taken down."),
        Column("value", Type.DECIMAL, "$.value", "Its worth."),
        Column("attempt", Type.INTEGER, "$.attempt", "Which try."),
        Column("is_test", Type.BOOLEAN, "$.is_test", "Whether it counts."),
        Column("born_on", Type.DATE, "$.born_on", "A day."),
        Column("properties", Type.JSON, "$.properties", "What else."),
    ),
    key=("event_id",),
    day="occurred_at",
)
HOURS = 4
BROKEN = ('{"event_id":"x1"', "[1, 2]", "", '{"event_id":"x2","occurred_at":"2026-10-01 10:00"}')


@dataclass(frozen=True)
class Line:
    key: str
    day: int
    user: str
    extra: bool

    @property
    def text(self) -> str:
        fields = {"event_id": self.key, "occurred_at": f"2026-10-0{self.day}T10:00:00Z", "user_id": self.user}
        return json.dumps({**fields, "mood": "good"} if self.extra else fields)


lines = st.one_of(
    st.builds(
        Line, key=st.sampled_from("abcdef"), day=st.integers(1, 3), user=st.sampled_from("uv"), extra=st.booleans()
    ),
    st.sampled_from(BROKEN),
)
pulls = st.tuples(st.sampled_from(["web", "app"]), st.lists(lines, max_size=6))
histories = st.lists(pulls, min_size=1, max_size=HOURS)
Rows = set[tuple[str, str, int, str | None, str]]


def land(home: Any, history: list[Any], hour: int) -> None:
    account, said = history[hour]
    texts = [line if isinstance(line, str) else line.text for line in said]
    home.pull(texts, hour=hour, schema=EVENTS, account=account, pull_id=f"p{hour}")


def replayed(history: list[Any]) -> tuple[Rows, dict[str, Counter[str]]]:
    """The rows of the lake, and what became of the lines of each pull."""
    seen: set[str] = set()
    rows: Rows = set()
    counts: dict[str, Counter[str]] = {}
    for hour, (_, said) in enumerate(history):
        found = counts.setdefault(f"p{hour}", Counter())
        for line in said:
            found["landed"] += 1
            if isinstance(line, str):
                found["quarantined"] += 1
            elif line.key in seen:
                found["duplicates"] += 1
            else:
                found["raw"] += 1
                seen.add(line.key)
                rows.add((line.key, line.user, line.day, '{"mood":"good"}' if line.extra else None, f"p{hour}"))
    return rows, counts


def rows_of(home: Any) -> Rows:
    if not home.content("raw"):
        return set()
    folder = home.lake_root / "raw" / "practice_app" / "events"
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        found = connection.execute(
            "select event_id, user_id, day(date), extra, _pull_id, _day = date, day(occurred_at) = day(date) "
            f"from read_parquet('{folder}/*/*.parquet', hive_partitioning = true)"
        ).fetchall()
    assert all(row[5] and row[6] for row in found)
    assert len(found) == len({row[0] for row in found}), "a key is there twice"
    return {row[:5] for row in found}


def counts_of(home: Any) -> dict[str, Counter[str]]:
    """By pull, as the raw view tells them: corrections included."""
    summed: dict[str, Counter[str]] = {}
    for record in home.log():
        found = summed.setdefault(record.pull_id, Counter())
        names = ("landed", "raw", "duplicates", "quarantined")
        found.update({name: getattr(record.counts, name) for name in names})
    return {pull: +found for pull, found in summed.items()}


@given(history=histories, data=st.data())
@settings(max_examples=20, deadline=None)
def test_any_order_of_arrival_and_any_batches_give_the_rows_received_first(
    practice_at: Any, history: list[Any], data: st.DataObject
) -> None:
    order = data.draw(st.permutations(range(len(history))))
    loads_after = data.draw(st.sets(st.sampled_from(range(len(history)))))
    block_bytes = data.draw(st.sampled_from([64, 300, 1 << 20]))
    with tempfile.TemporaryDirectory() as folder:
        home = practice_at(Path(folder) / "home")
        home.schemas, home.block_bytes = (EVENTS,), block_bytes
        for place, hour in enumerate(order):
            land(home, history, hour)
            if place in loads_after:
                home.load()
        home.load()
        rows, counts = replayed(history)
        assert rows_of(home) == rows
        assert counts_of(home) == {pull: +found for pull, found in counts.items()}
        whole = Standing(home.lake_root).counts(party="practice_app", entity="events")
        assert whole.landed == whole.raw + whole.duplicates + whole.quarantined
        assert whole.raw == len(rows)


@given(history=histories)
@settings(max_examples=8, deadline=None)
def test_loading_everything_that_ever_landed_again_changes_nothing(practice_at: Any, history: list[Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = practice_at(Path(folder) / "home")
        home.schemas = (EVENTS,)
        for hour in reversed(range(len(history))):
            land(home, history, hour)
            home.load()
        before = home.content()
        home.wait_again()
        home.load()
        assert home.content() == before
        rows, counts = replayed(history)
        assert rows_of(home) == rows
        whole = Standing(home.lake_root).counts(party="practice_app", entity="events")
        assert whole.raw == len(rows)
        assert whole.landed == sum(found["landed"] for found in counts.values())


texts = st.one_of(
    st.text(max_size=6),
    st.sampled_from(
        ["a", " ", "", "2026-10-01T10:00:00Z", "2026-10-01 10:00:00+02", "2026-1-1T10:00:00Z", "1790848800"]
    ),
    st.sampled_from(
        [" 2026-10-01T10:00:00Z", "2026-10-01T10:00Z", "2026-10-01", "infinity", "12.5", "1e3", "NaN", "true"]
    ),
)
values = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), texts, st.lists(st.integers(), max_size=2),
    st.dictionaries(texts, st.integers(), max_size=2), st.sampled_from([10**25, 1.5, -0.0, 1790848800, 1790848800123]),
)  # fmt: skip
fields = st.sampled_from([*(column.name for column in EVENTS.columns), "Event_ID", "mood", "_problem", "a.b", "$.kind"])
objects = st.lists(st.tuples(fields, values), max_size=8).map(
    lambda found: "{" + ",".join(f"{json.dumps(name)}:{json.dumps(value)}" for name, value in found) + "}"
)
good = {"event_id": "e", "occurred_at": "2026-10-01T10:00:00Z"}
mostly_good = st.dictionaries(fields, values, max_size=4).map(lambda more: json.dumps({**more, **good}))


@given(said=st.lists(st.one_of(objects, mostly_good), min_size=1, max_size=8))
@example(said=['{"event_id":"e","occurred_at":"2026-10-01T10:00:00Z","user_id":null,"kind":"read","mood":null}'])
@example(said=['{"event_id":"e","event_id":"f","occurred_at":"2026-10-01T10:00:00Z"}'])
@example(said=[json.dumps({**good, name: 1e16}) for name in ("user_id", "source_app", "properties", "mood", "value")])
@example(said=[json.dumps({**good, "properties": {"far": 1e16}}), json.dumps({**good, "user_id": 1.10})])
@settings(max_examples=80, deadline=None)
def test_reading_quickly_and_reading_with_care_agree(said: list[str]) -> None:
    """What the quick way calls sound, the careful way finds nothing against, and reads alike."""
    numbers = range(len(said))
    table = pa.table(
        {"_n": numbers, "_pull": [0] * len(said), "_number": numbers, "text": [f"{line}\n" for line in said]}
    )
    quick = quick_sql(EVENTS, lines="lines")
    assert quick is not None
    with in_memory() as connection:
        connection.register("lines", table)
        sound = f"select * exclude (_sound) from ({quick}) where _sound order by _n"
        careful = careful_sql(EVENTS, lines="lines", not_utf8=())
        same = f"select * exclude (_reasons, _text) from ({careful}) where _reasons = '' order by _n"
        with_care = {row[0]: row for row in connection.execute(same).fetchall()}
        if any("\\u0000" in line for line in said):
            return  # such a block is never read quickly
        quickly = {row[0]: row for row in connection.execute(sound).fetchall()}
    assert {n: repr(row) for n, row in quickly.items()} == {n: repr(with_care.get(n)) for n in quickly}
    for n in with_care.keys() - quickly.keys():  # being too careful costs time only, but never where all is plain
        assert said[n] not in (json.dumps(good),)


@pytest.mark.parametrize(
    ("event_id", "is_quick"),
    [
        ("6138e357-2641-4763-8895-954268102845", True),  # a UUID that begins as a number would
        ("1e3", True),
        ("12.5", True),
        (7, True),
        (12.5, False),
        (1e300, False),
    ],
)
def test_only_numbers_that_can_be_spelled_in_several_ways_are_left_to_the_careful_reader(
    event_id: object, is_quick: bool
) -> None:
    line = json.dumps({**good, "event_id": event_id, "user_id": "12e4", "source_app": None})
    table = pa.table({"_n": [0], "_pull": [0], "_number": [0], "text": [line]})
    with in_memory() as connection:
        connection.register("lines", table)
        assert connection.execute(f"select _sound from ({quick_sql(EVENTS, lines='lines')})").fetchall() == [
            (is_quick,)
        ]


@given(
    contents=st.lists(
        st.lists(st.binary(max_size=12).map(lambda raw: raw.replace(b"\n", b"")), max_size=6), max_size=3
    ),
    block_bytes=st.integers(4, 40),
    ends=st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_any_files_cut_into_blocks_of_any_size_are_the_same_lines(
    practice_at: Any, contents: list[list[bytes]], block_bytes: int, ends: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = practice_at(Path(folder) / "home")
        expected = []
        for hour, said in enumerate(contents):
            content = b"\n".join(said) + (b"\n" if ends and said else b"")
            whole = content.split(b"\n")
            expected += [(hour, number, line) for number, line in enumerate(whole if whole[-1] else whole[:-1], 1)]
            home.land_bytes(content, hour=hour, schema=EVENTS)
        landed = Landed(home.waiting(), block_bytes=block_bytes)
        found = []
        for block in landed.blocks():
            rows = block.lines.to_pylist()
            assert [row["_n"] for row in rows] == list(range(len(rows)))
            found += [(row["_pull"], row["_number"], row["text"]) for row in rows]
    assert found == [(pull, number, line.decode(errors="replace") + "\n") for pull, number, line in expected]
    assert sum(landed.rows) == len(expected)


def test_keys_of_several_columns_are_never_mistaken_for_each_other(practice: Any) -> None:
    schema = EntitySchema(
        party="practice_app",
        entity="pairs",
        kind=Kind.APPEND,
        description="One pair.",
        columns=(Column("one", Type.TEXT, "$.one", "One."), Column("two", Type.TEXT, "$.two", "Two.")),
        key=("one", "two"),
    )
    practice.schemas = (schema,)
    practice.pull(
        [{"one": 'a","b', "two": "c"}, {"one": "a", "two": 'b","c'}, {"one": "a", "two": 'b","c'}],
        hour=0,
        schema=schema,
    )
    (record,) = practice.load().loads
    assert (record.counts.raw, record.counts.duplicates, record.is_whole) == (2, 1, True)


@pytest.mark.parametrize(("key", "rows"), [(("update_id",), 1), (("account_id", "update_id"), 2)])
def test_a_key_may_count_for_each_account_alone(practice: Any, key: tuple[str, ...], rows: int) -> None:
    columns = (Column("update_id", Type.INTEGER, "$.update_id", "The update.", required=True),)
    schema = EntitySchema(
        party="practice_app", entity="updates", kind=Kind.APPEND, description="One.", columns=columns, key=key
    )
    practice.schemas = (schema,)
    practice.pull([{"update_id": 7}], hour=0, schema=schema, account="bot1")
    practice.pull([{"update_id": 7}], hour=1, schema=schema, account="bot2")
    practice.load()
    assert len(list((practice.lake_root / "raw/practice_app/updates").glob("*.parquet"))) == 1
    assert sum(record.counts.raw for record in practice.log()) == rows
