"""Rules of every erasure: whose ids are whose, what changes in which rows, what never moves."""

import json
import shutil
import tempfile
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from connectors.entity_schema import Type
from connectors.lake.erasing import EntityEraser
from connectors.lake.loader import Lake
from connectors.lake.screening import erasing_alone
from connectors.landing.layout import Stream
from connectors.landing.manifest import Pull
from connectors.landing.pending import mark_all_pending
from connectors.landing.pull_writer import PullWriter
from connectors.people.closure import NotAlone, close
from connectors.people.identifiers import RANK, WORDS, Identifier, identifier
from connectors.people.json_leaves import leaves, with_changes
from connectors.people.person import Person
from connectors.people.scrubbing import Scrubber
from connectors.product.schemas import EVENTS, ORDERS
from connectors.registry import AD_PLATFORMS, NEVER_ASKED, OTHER_PARTIES
from connectors.whop.schemas import WEBHOOKS

AT = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
USER, DEVICE = "person-4711", "device-of-4711"
U = "erased-1111111111111111"
PERSON = Person(
    {
        identifier("user", USER): "erased-1111111111111111",
        identifier("anonymous", DEVICE): "erased-2222222222222222",
        identifier("email", "rosa@example.org"): "erased-3333333333333333",
    },
    frozenset({"Rosalinde Weirich"}),
)


def ids(*pairs: str) -> frozenset[Identifier]:
    return frozenset(identifier(*pair.split(":")) for pair in pairs)


def beside(*rows: frozenset[Identifier]) -> Any:
    def asked(wanted: Iterable[Identifier]) -> Mapping[Identifier, frozenset[Identifier]]:
        return {one: frozenset({each for row in rows if one in row for each in row} - {one}) for one in wanted}

    return asked


@pytest.mark.parametrize(
    ("subject", "rows", "theirs", "shared"),
    [
        ("user:u1", [["user:u1", "anonymous:a1"]], ["user:u1", "anonymous:a1"], []),
        (
            "anonymous:a1",
            [["user:u1", "anonymous:a1"], ["user:u1", "anonymous:a2"]],
            ["user:u1", "anonymous:a1", "anonymous:a2"],
            [],
        ),
        ("user:u1", [["user:u1", "anonymous:a1"], ["user:u2", "anonymous:a1"]], ["user:u1"], ["anonymous:a1"]),
        (
            "email:r@x.org",
            [["email:r@x.org", "whop_user:w1"], ["whop_user:w1", "user:u1"]],
            ["user:u1", "whop_user:w1", "email:r@x.org"],
            [],
        ),
        (
            "user:u1",
            [["user:u1", "whop_user:w1"], ["user:u1", "whop_user:w2"]],
            ["user:u1", "whop_user:w1", "whop_user:w2"],
            [],
        ),
        (
            "user:u1",
            [["user:u1", "whop_user:w1"], ["user:u2", "whop_user:w1"], ["whop_user:w1", "email:e@x.org"]],
            ["user:u1"],
            ["whop_user:w1"],
        ),
        ("anonymous:a1", [], ["anonymous:a1"], []),
        ("lead:l1", [["lead:l1", "handle:@rosa"]], ["lead:l1", "handle:@rosa"], []),
    ],
)
def test_an_id_is_theirs_where_everybody_stronger_beside_it_is(
    subject: str, rows: list[list[str]], theirs: list[str], shared: list[str]
) -> None:
    (one,) = ids(subject)
    found = close(one, beside(*(ids(*row) for row in rows)))
    assert frozenset(found.ids) == ids(*theirs)
    assert frozenset(found.shared) == ids(*shared)


@pytest.mark.parametrize("subject", ["anonymous:a1", "email:e@x.org"])
def test_an_id_of_two_people_is_refused_and_both_are_named(subject: str) -> None:
    (one,) = ids(subject)
    with pytest.raises(NotAlone, match="seen with user id u1, user id u2"):
        close(one, beside(ids(subject, "user:u1"), ids(subject, "user:u2")))


@pytest.mark.parametrize(
    ("row", "becomes"),
    [
        ({"user_id": USER, "phone": "123"}, {"user_id": U, "phone": None}),
        ({"user_id": "other", "phone": "123"}, {"user_id": "other", "phone": "123"}),
        ({"user_id": f"{USER}0"}, {"user_id": f"{USER}0"}),
        ({"user_id": "other", "note": f"by {USER}."}, {"user_id": "other", "note": "by erased-1111111111111111."}),
        ({"user_id": "other", "u": "/?e=ROSA%40example.org"}, {"user_id": "other", "u": "/?e=erased-3333333333333333"}),
        ({"user_id": "x", "mail": "a.rosa@example.org"}, {"user_id": "x", "mail": "a.rosa@example.org"}),
        (
            {"user_id": USER, "title": "ask Rosalinde Weirich"},
            {"user_id": U, "title": "ask [erased]"},
        ),
        (
            {"user_id": USER, "properties": {"to": "bob@x.org", "score": 7}},
            {"user_id": U, "properties": {"to": "[erased]", "score": 7}},
        ),
        ({"user_id": "x", "properties": {USER: 1}}, {"user_id": "x", "properties": {U: 1}}),
        (
            {"user_id": USER, "properties": {"plan": {"name": "pro"}, "user": {"zodiac": "leo"}}},
            {"user_id": U, "properties": {"plan": {"name": "pro"}, "user": {"zodiac": None}}},
        ),
    ],
)
def test_what_becomes_of_a_row(row: dict[str, Any], becomes: dict[str, Any]) -> None:
    assert json.loads(Scrubber(PERSON, EVENTS).line(json.dumps(row))) == becomes


def test_a_short_id_is_changed_where_an_id_of_its_kind_stands_and_nowhere_else() -> None:
    short = Person({identifier("user", "42"): "erased-4444444444444444"})
    line = '{"user_id": 42, "value": 42, "properties": {"user_id": "42", "articles": "42"}}'
    assert Scrubber(short, EVENTS).line(line) == (
        '{"user_id": "erased-4444444444444444", "value": 42, '
        '"properties": {"user_id": "erased-4444444444444444", "articles": "42"}}'
    )


def test_a_row_without_ids_that_holds_one_of_theirs_elsewhere_is_theirs() -> None:
    told = {
        "delivery_id": "d1",
        "data": {"id": "mem_1", "member": DEVICE, "email": "x@example.org", "status": "joined"},
    }
    found = json.loads(Scrubber(PERSON, WEBHOOKS).line(json.dumps(told)))
    assert found["data"] == {"id": "mem_1", "member": "erased-2222222222222222", "email": None, "status": "joined"}


@pytest.mark.parametrize("line", ['{"user_id":"person-4711","na', "person-4711;Rosa", f'["{USER}"'])
def test_of_a_line_that_cannot_be_read_and_names_them_nothing_stays(line: str) -> None:
    assert Scrubber(PERSON, EVENTS).line(line) == "[erased]"


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(value=_JSON, spaces=st.sampled_from([None, 1]), escaped=st.booleans())
def test_all_but_the_changed_values_of_a_json_text_stays_byte_for_byte(value: Any, spaces: int, escaped: bool) -> None:
    text = json.dumps(value, indent=spaces, ensure_ascii=escaped)
    found = leaves(text)
    assert with_changes(text, {}) == text
    for leaf in found:
        assert json.loads(text[leaf.start : leaf.end]) == (leaf.text if leaf.is_string else json.loads(leaf.text))
    changed = with_changes(text, {leaf: "new" for leaf in found if not leaf.is_name})
    assert [leaf.text for leaf in leaves(changed) if not leaf.is_name] == ["new" for leaf in found if not leaf.is_name]


_EVENT = st.fixed_dictionaries(
    {
        "event_id": st.integers(0, 30).map("event-{}".format),
        "event_type": st.sampled_from(["login", "purchase"]),
        "occurred_at": st.sampled_from(["2026-11-18T08:00:00Z", "2026-11-19T08:00:00Z", "someday"]),
        "value": st.sampled_from([None, "1.10", "2.25"]),
    },
    optional={
        "user_id": st.sampled_from([USER, f"{USER}0", "other-1", "other-2"]),
        "anonymous_id": st.sampled_from([DEVICE, "tablet"]),
        "properties": st.sampled_from(
            [{}, {"by": USER}, {"email": "rosa@example.org", "n": 1}, {"email": "bob@example.org"}, {"text": "hé"}]
        ),
    },
)
_ROWS = "read_parquet('LAKE/raw/product/events/**/*.parquet', hive_partitioning = false)"
_COUNTED = f"select count(*), sum(value), count(distinct user_id), count(distinct anonymous_id) from {_ROWS}"
_THEIRS = f"user_id = '{USER}' or anonymous_id = '{DEVICE}' or properties like '%{USER}%' or properties like '%rosa@%'"


_SOUND = {"event_type": "login", "occurred_at": "2026-11-18T08:00:00Z"}  # a file of such rows is read the quick way


@given(rows=st.lists(_EVENT, min_size=1, max_size=12))
@example(
    [
        {**_SOUND, "event_id": "event-1", "user_id": USER, "properties": {"email": "rosa@example.org"}, "phone": "1"},
        {**_SOUND, "event_id": "event-2", "user_id": "other-1", "properties": {"by": USER}},
        {**_SOUND, "event_id": "event-3", "user_id": "other-2", "properties": {"email": "bob@example.org"}},
    ]
)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
def test_sums_never_move_nobody_elses_row_changes_and_loading_again_gives_the_same(rows: list[dict[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        home = Path(folder)
        lake = Lake(
            landing=home / "landing", root=home / "lake", schemas=[EVENTS, ORDERS], clock=lambda: AT, sleep=time.sleep
        )
        pull = Pull(pull_id="p", party="product", entity="events", account_id="app", pulled_at=AT, complete=False)
        with PullWriter(lake.landing, pull, sleep=time.sleep) as writer:
            for row in rows:
                writer.write({name: value for name, value in row.items() if value is not None})
        loaded = lake.load_pulls().loads

        def asked(query: str) -> list[Any]:
            if next((lake.root / "raw").rglob("*.parquet"), None) is None:
                return []
            return connection.execute(query.replace("LAKE", lake.root.as_posix())).fetchall()

        others = f"select * from {_ROWS} where coalesce(not ({_THEIRS}), true) order by event_id"
        kept = asked(f"select event_id from {_ROWS} where coalesce(not ({_THEIRS}), true)")
        named = ", ".join(f"'{row[0]}'" for row in kept) or "''"
        counted, theirs = asked(_COUNTED), asked(others)
        with erasing_alone(lake.landing, lake.root, sleep=time.sleep, on_step=lambda step: None) as rewriting:
            EntityEraser("product", "events", EVENTS, PERSON, rewriting).erase([Stream("product", "events", "app")])
        assert asked(_COUNTED) == counted
        assert asked(f"select * from {_ROWS} where event_id in ({named}) order by event_id") == theirs
        erased = asked(f"select * from {_ROWS} order by event_id")
        said = f"{erased}{(lake.landing / 'product' / 'events' / 'app' / f'{pull.stem}.jsonl').read_text()}"
        for one in (f"{USER}'", f'"{USER}"', DEVICE, "rosa@example.org"):
            assert one not in said
        shutil.rmtree(lake.root)
        mark_all_pending(lake.landing)
        assert [load.counts for load in lake.load_pulls().loads] == [load.counts for load in loaded]
        assert asked(f"select * from {_ROWS} order by event_id") == erased


def test_every_personal_column_of_every_schema_can_be_erased() -> None:
    """Paths are plain names, so that a landed line and a lake row change alike; ids are of a kind that is known."""
    schemas = [*NEVER_ASKED, *(schema for spec in (*AD_PLATFORMS, *OTHER_PARTIES) for schema in spec.schemas)]
    personal = [(s, column) for s in schemas for column in s.columns if column.personal or column.identifies]
    named = {"product", "whop", "messaging", "experiments", "outreach", "predictions"}
    assert {schema.party for schema, _ in personal} == named
    for _, column in personal:
        assert column.type is Type.TEXT
        assert column.path.removeprefix("$.").replace(".", "").replace("_", "").isalpha()
        assert column.identifies in ("", *RANK)
    assert RANK.keys() == WORDS.keys()
