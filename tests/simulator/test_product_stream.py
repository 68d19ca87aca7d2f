"""The product as a client of a collector: its rows in the landing shapes, posted in batches, in order or in a mess."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import httpx
import pytest

from connectors.product.schemas import CONTENT, EVENTS, ORDERS, TOUCHES
from simulator.product.disorder import Disorder
from simulator.product.posting import NotTaken, Posted, Posting
from simulator.product.stream import ProductStream
from simulator.serving import Sim, serve
from simulator.world.scenario import META_US, TINY, X_US

SHORT = replace(TINY, accounts=(META_US, X_US), history_days=3, people=5_000)
SCHEMAS = {"events": EVENTS, "touches": TOUCHES, "orders": ORDERS, "content": CONTENT}
Row = dict[str, Any]


@pytest.fixture(scope="module")
def sim() -> Iterator[Sim]:
    with serve(scenario=SHORT, seed=3, specs=[]) as running:
        yield running


@pytest.fixture(scope="module")
def stream(sim: Sim) -> ProductStream:
    return ProductStream(sim.world)


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def posting(stream: ProductStream, pauses: list[float]) -> Posting:
    return Posting(stream, seed=3, sleep=pauses.append)


def rows(stream: ProductStream, entity: str = "events") -> list[Row]:
    return list(stream.rows(entity, stream.opened_at(), stream.known_until()))


def without_receipt(row: Row) -> Row:
    return {name: value for name, value in row.items() if name != "received_at"}


def post(posting: Posting, stream: ProductStream, outside: Any, **more: Any) -> Posted:
    return posting.post(
        "events", url=f"{outside.url}/v1/events", key="key-of-the-web", since=stream.opened_at(),
        until=stream.known_until(), **more,
    )  # fmt: skip


def arrived(outside: Any) -> list[Row]:
    return [row for each in outside.taken for row in each.json()["events"]]


@pytest.mark.parametrize("entity", SCHEMAS)
def test_rows_have_the_columns_of_the_landing_contract(stream, entity):
    schema = SCHEMAS[entity]
    required = {column.name for column in schema.columns if column.required}
    keys = set()
    for row in rows(stream, entity):
        assert required <= set(row)
        keys.add(tuple(row[name] for name in schema.key))
    told = {name for row in rows(stream, entity) for name in row}
    extra = {"orders": {"refunded_amount", "payment_id", "updated_at"}, "content": {"updated_at", "deleted_at"}}
    assert told <= {column.name for column in schema.columns} | extra.get(entity, set())
    assert keys


def test_every_row_is_posted_once_in_order_under_the_sources_key(stream, posting, outside):
    posted = post(posting, stream, outside, batch=64)
    expected = [without_receipt(row) for row in rows(stream)]
    assert arrived(outside) == expected
    assert (posted.rows, posted.accepted, posted.repeats) == (len(expected), len(expected), 0)
    sizes = {len(each.json()["events"]) for each in outside.taken[:-1]}
    assert (sizes, posted.batches) == ({64}, -(-len(expected) // 64))
    assert {each.headers["authorization"] for each in outside.taken} == {"Bearer key-of-the-web"}


def test_in_a_mess_rows_come_twice_late_and_out_of_order_and_none_is_lost(stream, posting, outside):
    posted = post(posting, stream, outside, disorder=Disorder(duplicates=0.1, late=0.05, reordered=0.2))
    expected = [row["event_id"] for row in rows(stream)]
    got = [row["event_id"] for row in arrived(outside)]
    times = Counter(got)
    assert set(times) == set(expected)
    assert set(times.values()) == {1, 2}
    twice = sum(number == 2 for number in times.values())
    assert posted.rows == len(got) == len(expected) + twice
    # Shares of n independent rows lie within five standard deviations of what was asked for.
    assert abs(twice - 0.095 * len(expected)) < 5 * (0.1 * 0.9 * len(expected)) ** 0.5
    place = {event: number for number, event in enumerate(expected)}
    firsts = [place[event] for event in dict.fromkeys(got)]
    assert firsts != sorted(firsts)


def test_what_is_late_comes_after_everything_else(stream, posting, outside):
    post(posting, stream, outside, disorder=Disorder(late=0.05))
    place = {row["event_id"]: number for number, row in enumerate(rows(stream))}
    got = [place[row["event_id"]] for row in arrived(outside)]
    turn = next(number for number, (one, other) in enumerate(pairwise(got), 1) if one > other)
    assert got[:turn] + got[turn:] == sorted(got[:turn]) + sorted(got[turn:])
    assert abs(len(got) - turn - 0.05 * len(got)) < 5 * (0.05 * 0.95 * len(got)) ** 0.5


def test_the_same_mess_again_is_the_same_bytes(stream, posting, outside):
    mess = Disorder(duplicates=0.1, late=0.05, reordered=0.2)
    post(posting, stream, outside, disorder=mess)
    first = [each.body for each in outside.taken]
    outside.taken.clear()
    post(posting, stream, outside, disorder=mess)
    assert [each.body for each in outside.taken] == first


def test_a_batch_that_is_not_taken_is_sent_again(stream, posting, outside, pauses):
    outside.answers = [200, 503, 429, 200]
    posted = post(posting, stream, outside, batch=500)
    assert posted.repeats == 2
    assert outside.taken[1].body == outside.taken[2].body == outside.taken[3].body
    assert len(pauses) == 2
    assert pauses[0] < pauses[1]
    assert len({row["event_id"] for row in arrived(outside)}) == posted.rows


def test_a_batch_that_is_refused_for_good_stops_the_posting_and_is_quoted(stream, posting, outside):
    outside.answers, outside.says = [401], b'{"error": "unknown key"}'
    with pytest.raises(NotTaken, match=r"HTTP 401.*unknown key"):
        post(posting, stream, outside)
    assert len(outside.taken) == 1


def test_rows_refused_by_index_are_counted_and_not_repeated(stream, posting, outside):
    outside.says = json.dumps({"accepted": 98, "refused": [{"index": 3}, {"index": 7}]}).encode()
    posted = post(posting, stream, outside, batch=100)
    assert (posted.refused_rows, posted.accepted) == (2 * posted.batches, 98 * posted.batches)
    assert len(posted.refused) == min(20, 2 * posted.batches)
    assert len(outside.taken) == posted.batches


@pytest.mark.parametrize("wrong", [{"late": 1.5}, {"duplicates": -0.1}])
def test_a_share_lies_between_nothing_and_everything(wrong):
    with pytest.raises(ValueError, match="share between 0 and 1"):
        Disorder(**wrong)


# Over HTTP.


def test_every_entity_can_be_read_as_lines(sim, stream):
    for entity in stream.entities:
        answer = httpx.get(f"{sim.base_url}/sim/product/{entity}").raise_for_status()
        assert [json.loads(line) for line in answer.text.splitlines()] == rows(stream, entity)
    some = {"since": (sim.world.now() - timedelta(hours=2)).isoformat()}
    told = httpx.get(f"{sim.base_url}/sim/product/events", params=some).text.splitlines()
    assert 0 < len(told) < len(rows(stream))


def test_posting_can_be_asked_for(sim, stream, outside):
    wanted = {"url": f"{outside.url}/v1/touches", "key": "k", "entity": "touches", "disorder": {"duplicates": 1.0}}
    answer = httpx.post(f"{sim.base_url}/sim/product/post", json=wanted, timeout=60).raise_for_status().json()
    assert answer["rows"] == 2 * len(rows(stream, "touches"))


@pytest.mark.parametrize(
    ("wanted", "status"),
    [
        ({}, 400),
        ({"url": "http://127.0.0.1:9", "entity": "orders"}, 400),
        ({"url": "http://127.0.0.1:9", "batch": 0}, 400),
        ({"url": "http://127.0.0.1:9", "speed": 2}, 400),
        ({"url": "http://127.0.0.1:9", "since": "2026-11-05T06:00:00"}, 400),
        ({"url": "http://127.0.0.1:9", "disorder": {"lost": 0.1}}, 400),
        ([], 400),
    ],
)
def test_what_cannot_be_posted_is_refused_with_the_reason(sim, wanted, status):
    answer = httpx.post(f"{sim.base_url}/sim/product/post", json=wanted, timeout=60)
    assert (answer.status_code, bool(answer.json()["error"])) == (status, True)


def test_an_unknown_entity_is_not_found(sim):
    answer = httpx.get(f"{sim.base_url}/sim/product/games")
    assert answer.status_code == 404
    assert "events, touches" in answer.json()["error"]
