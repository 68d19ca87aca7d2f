"""Which rows are taken: the quick judgement of a whole batch and the slow one of a row, held together."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.collector.batch import read_batch
from apps.collector.kinds import Bounds
from apps.collector.limits import DEPTH, Limits
from apps.collector.rules import EVENTS, TOUCHES, is_deeper

NOW = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
LIMITS = Limits(
    body_bytes=1 << 20,
    batch_events=1000,
    event_bytes=2000,
    events_per_second=1000,
    future=timedelta(minutes=5),
    age=timedelta(days=400),
    segment_bytes=1 << 20,
    segment_seconds=60,
)
BOUNDS = Bounds(oldest=LIMITS.oldest(NOW), newest=LIMITS.newest(NOW))
GOOD = {"event_id": "e1", "event_type": "signup", "occurred_at": "2026-11-20T06:00:00Z", "user_id": "u1"}

instants = st.one_of(
    st.integers(0, 126_230_400).map(lambda seconds: f"{datetime.fromtimestamp(1704067200 + seconds, UTC):%FT%TZ}"),
    st.sampled_from(
        [
            "2026-11-20T06:05:00Z",
            "2026-11-20T06:05:00.000001Z",
            "2026-11-20T08:04:59+02:00",
            "2026-02-30T00:00:00Z",
            "2026-11-20T06:00:00",
            "2026-11-20",
            "2026-W47-5T06:00:00Z",
            "20261120T060000Z",
            "2026-11-20T06:00:00,5Z",
            "\uff12026-11-20T06:00:00Z",
            "2026-11-20T06:00:00Z\n",
            "2026-11-20T06:00:00Z\n2026-11-20T06:00:00Z",
            "0001-01-01T00:00:00+14:00",
            "9999-12-31T23:59:59-14:00",
            "",
        ]
    ),
)
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text()
)
anything = st.recursive(
    scalars, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(), inner, max_size=3))
)
texts = st.one_of(st.text(max_size=140), st.sampled_from(["u1", "x" * 128, "x" * 129, "a\x00", "é", "a b", "\x7f"]))
rows = st.one_of(
    anything,
    st.fixed_dictionaries(
        {},
        optional={
            "event_id": st.one_of(texts, scalars),
            "user_id": st.one_of(texts, scalars),
            "anonymous_id": st.one_of(texts, scalars),
            "event_type": texts,
            "occurred_at": st.one_of(instants, scalars),
            "received_at": scalars,
            "source_app": texts,
            "value": st.one_of(scalars, st.sampled_from(["12.90", "1e3", "-5", "", "9" * 30, 10**30])),
            "currency": st.one_of(texts, st.sampled_from(["EUR", "eur", "BTC", "E"])),
            "properties": anything,
            "something_else": anything,
        },
    ).map(lambda row: {**GOOD, **row}),
)


@given(st.lists(rows, min_size=1, max_size=5))
def test_the_quick_judgement_of_a_batch_is_the_slow_one_of_each_row(batch: list[Any]) -> None:
    batch = json.loads(json.dumps(batch))
    try:
        lines = [orjson.dumps(row) for row in batch]
    except orjson.JSONEncodeError:
        return  # such rows never get here: they are read with care and judged one by one
    quick = EVENTS.are_sound(batch, lines, bounds=BOUNDS, row_bytes=2000)
    slow = [EVENTS.why_not(row, line, bounds=BOUNDS, row_bytes=2000) for row, line in zip(batch, lines, strict=True)]
    if quick:
        assert not any(slow)
    elif not any(slow):
        assert any(line.count(b"{") + line.count(b"[") > 2 for line in lines), "only brackets may make it look again"


@given(anything, st.integers(1, 6))
def test_depth_is_counted_as_a_person_would(value: Any, most: int) -> None:
    def depth(part: Any) -> int:
        if isinstance(part, dict):
            return 1 + max(map(depth, part.values()), default=0)
        return 1 + max(map(depth, part), default=0) if isinstance(part, list) else 0

    assert is_deeper(value, most) == (depth(value) > most)


@given(st.lists(rows, min_size=1, max_size=4), st.booleans())
def test_what_is_taken_lands_as_it_was_said_and_every_row_is_answered_for(batch: list[Any], spaced: bool) -> None:
    separators = None if spaced else (",", ":")
    body = json.dumps({"events": batch}, separators=separators, ensure_ascii=spaced).encode()
    read = read_batch(body, rules=EVENTS, now=NOW, limits=LIMITS)
    assert read.taken + len(read.refusals) == len(batch)
    refused = {refusal.index for refusal in read.refusals}
    said = [row for index, row in enumerate(batch) if index not in refused]
    landed = [json.loads(line) for line in read.content.split(b"\n")[:-1]]
    assert [{name: value for name, value in row.items() if name != "received_at"} for row in landed] == said
    assert all(row["received_at"] == "2026-11-20T06:00:00.000000Z" for row in landed)
    for refusal in read.refusals:
        assert json.loads(refusal.line)["_problem"] == "; ".join(refusal.reasons) != ""


def test_numbers_keep_every_digit_that_a_double_would_lose() -> None:
    body = b'{"events":[{"event_id":"e1","event_type":"t","user_id":"u","occurred_at":"2026-11-20T06:00:00Z",'
    body += b'"properties":{"big":123456789012345678901234567890,"fine":0.1,"exact":0.12345678901234567890123}}]}'
    read = read_batch(body, rules=EVENTS, now=NOW, limits=LIMITS)
    assert b'"big":123456789012345678901234567890' in read.content
    assert b'"fine":0.1,' in read.content.replace(b"}", b",")
    assert b'"exact":"0.12345678901234567890123"' in read.content


def test_every_reason_is_given_and_not_the_first_alone() -> None:
    row = {"event_id": 5, "occurred_at": "2026-11-20T06:00:00", "value": "a lot", "currency": "euro"}
    read = read_batch(orjson.dumps({"events": [row]}), rules=EVENTS, now=NOW, limits=LIMITS)
    assert read.refusals[0].reasons == (
        "event_type is missing",
        "neither user_id nor anonymous_id is there",
        "event_id is the number 5, not text",
        "occurred_at: '2026-11-20T06:00:00' has no time zone; write it as 2026-11-20T06:00:00Z",
        'value is "a lot", not a decimal such as "12.90"',
        "currency is \"euro\", not a currency's or token's code such as EUR",
    )


@pytest.mark.parametrize(
    ("occurred_at", "is_taken"),
    [
        ("2026-11-20T06:05:00Z", True),
        ("2026-11-20T06:05:00.000001Z", False),
        ("2026-11-20T07:05:00+01:00", True),
        ("2025-10-16T06:00:00Z", True),
        ("2025-10-16T05:59:59.999999Z", False),
        ("2026-11-20T06:00:00.123456789Z", True),
    ],
)
def test_an_event_lies_between_400_days_ago_and_five_minutes_ahead(occurred_at: str, is_taken: bool) -> None:
    body = orjson.dumps({"events": [{**GOOD, "occurred_at": occurred_at}]})
    assert bool(read_batch(body, rules=EVENTS, now=NOW, limits=LIMITS).taken) is is_taken


def test_as_deep_as_allowed_is_taken_and_one_deeper_is_not() -> None:
    def nested(levels: int) -> dict[str, Any]:
        return {"in": nested(levels - 1)} if levels else {}

    rows = [{**GOOD, "properties": nested(DEPTH - 2)}, {**GOOD, "properties": nested(DEPTH - 1)}]
    read = read_batch(orjson.dumps({"events": rows}), rules=EVENTS, now=NOW, limits=LIMITS)
    assert [refusal.index for refusal in read.refusals] == [1]
    assert read.refusals[0].reasons == (f"it is nested deeper than {DEPTH}",)


def test_many_containers_side_by_side_are_not_deep() -> None:
    row = {**GOOD, "properties": {"items": [{"id": str(number)} for number in range(40)]}}
    assert read_batch(orjson.dumps({"events": [row]}), rules=EVENTS, now=NOW, limits=LIMITS).taken == 1


def test_a_touch_needs_somebody_and_a_known_kind() -> None:
    touch = {"touch_id": "t1", "occurred_at": "2026-11-20T06:00:00Z", "anonymous_id": "a1", "touch_kind": "click"}
    rows = [touch, {**touch, "touch_kind": "glance"}, {**touch, "anonymous_id": None}]
    read = read_batch(orjson.dumps({"touches": rows}), rules=TOUCHES, now=NOW, limits=LIMITS)
    assert [refusal.reasons for refusal in read.refusals] == [
        ('touch_kind is "glance", not one of visit, click, view',),
        ("neither user_id nor anonymous_id is there",),
    ]
