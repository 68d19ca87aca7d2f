"""What nobody should send: each is refused as a whole, or refused by index and kept with its reason; nothing crashes,
and what is odd but sound lands exactly as it was said.
"""

import gzip
import json
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest


def one(**columns: Any) -> Callable[[dict[str, Any]], bytes]:
    """A batch of one event with these columns in place of good ones; None leaves a column out."""

    def body(event: dict[str, Any]) -> bytes:
        changed = {name: value for name, value in {**event, **columns}.items() if value is not None}
        return json.dumps({"events": [changed]}).encode()

    return body


def text(old: str, new: str) -> Callable[[dict[str, Any]], bytes]:
    """A good batch, one piece of its text replaced."""

    def body(event: dict[str, Any]) -> bytes:
        said = json.dumps({"events": [event]}, separators=(",", ":"))
        assert old in said
        return said.replace(old, new, 1).encode("utf-8", errors="surrogatepass")

    return body


def literally(content: bytes) -> Callable[[dict[str, Any]], bytes]:
    return lambda event: content


def at(**shift: float) -> str:
    return (datetime.now(UTC) + timedelta(**shift)).isoformat().replace("+00:00", "Z")


def nested(levels: int) -> str:
    return '{"a":' * levels + "1" + "}" * levels


def bomb() -> bytes:
    return gzip.compress(b" " * 200_000_000, compresslevel=9)


REFUSED_WHOLE = {
    "an empty body": (literally(b""), {}, 400, "json"),
    "no JSON at all": (literally(b"hello"), {}, 400, "json"),
    "JSON that ends too soon": (literally(b'{"events":[{"event_id":"e1"'), {}, 400, "json"),
    "something after the JSON": (literally(b'{"events":[{}]} x'), {}, 400, "json"),
    "a comma too many": (literally(b'{"events":[{},]}'), {}, 400, "json"),
    "single quotes": (literally(b"{'events':[{}]}"), {}, 400, "json"),
    "NaN": (text('"user_id":"u1"', '"user_id":"u1","value":NaN'), {}, 400, "json"),
    "Infinity": (text('"user_id":"u1"', '"user_id":"u1","value":Infinity'), {}, 400, "json"),
    "bytes that are not UTF-8": (literally(b'{"events":[{"event_id":"\xff\xfe"}]}'), {}, 400, "json"),
    "UTF-16": (literally('{"events":[{}]}'.encode("utf-16")), {}, 400, "json"),
    "a byte order mark": (literally(b'\xef\xbb\xbf{"events":[{}]}'), {}, 400, "json"),
    "a raw control character": (literally(b'{"events":[{"event_id":"a\x01b"}]}'), {}, 400, "json"),
    "100,000 open brackets": (literally(b"[" * 100_000), {}, 400, "json"),
    "nested 5,000 deep": (text('"user_id":"u1"', f'"user_id":"u1","properties":{nested(5000)}'), {}, 400, "json"),
    "a list in place of an object": (literally(b'[{"event_id":"e1"}]'), {}, 400, "shape"),
    "a number in place of an object": (literally(b"5"), {}, 400, "shape"),
    "null": (literally(b"null"), {}, 400, "shape"),
    "an object without events": (literally(b"{}"), {}, 400, "shape"),
    "events that are an object": (literally(b'{"events":{"event_id":"e1"}}'), {}, 400, "shape"),
    "events that are null": (literally(b'{"events":null}'), {}, 400, "shape"),
    "no events": (literally(b'{"events":[]}'), {}, 400, "shape"),
    "a misspelt field beside events": (literally(b'{"events":[{}],"sent":1}'), {}, 400, "shape"),
    "events that are there twice": (literally(b'{"events":[{}],"events":[{}]}'), {}, 400, "json"),
    "a list of another name": (literally(b'{"touches":[{}]}'), {}, 400, "shape"),
    "1,001 events": (literally(b'{"events":[' + b"{}," * 1000 + b"{}]}"), {}, 400, "batch_events"),
    "10 MB": (literally(b'{"events":["' + b"x" * 10_000_000 + b'"]}'), {}, 413, "body_bytes"),
    "one byte more than allowed": (literally(b" " * ((1 << 20) + 1)), {}, 413, "body_bytes"),
    "a zip bomb of 200 MB": (literally(bomb()), {"content_encoding": "gzip"}, 413, "body_bytes"),
    "gzip that is not gzip": (literally(b'{"events":[{}]}'), {"content_encoding": "gzip"}, 400, "gzip"),
    "half of a gzip": (literally(gzip.compress(b'{"events":[{}]}')[:-9]), {"content_encoding": "gzip"}, 400, "gzip"),
    "two gzips": (literally(gzip.compress(b'{"events":[{}]}') * 2), {"content_encoding": "gzip"}, 400, "gzip"),
    "zlib named gzip": (literally(zlib.compress(b'{"events":[{}]}')), {"content_encoding": "gzip"}, 400, "gzip"),
    "an encoding nobody reads": (one(), {"content_encoding": "br"}, 415, "encoding"),
    "gzip in gzip": (one(), {"content_encoding": "gzip, gzip"}, 415, "encoding"),
    "a form": (literally(b"events=1"), {"content_type": "application/x-www-form-urlencoded"}, 415, "content_type"),
    "XML": (literally(b"<events/>"), {"content_type": "application/xml"}, 415, "content_type"),
    "plain text with a server's key": (one(), {"content_type": "text/plain"}, 415, "content_type"),
    "no content type": (one(), {"content_type": ""}, 415, "content_type"),
    "no key": (one(), {"authorization": ""}, 401, "key"),
    "a wrong key": (one(), {"authorization": "Bearer web-key-0123456780"}, 401, "key"),
    "a key cut short": (one(), {"authorization": "Bearer web-key-012345678"}, 401, "key"),
    "a key in a scheme of its own": (one(), {"authorization": "Basic web-key-0123456789"}, 401, "key"),
    "SQL for a key": (one(), {"authorization": "Bearer ' OR 1=1 --"}, 401, "key"),
    "a public key from nowhere": (one(), {"authorization": "Bearer page-key-0123456789"}, 403, "origin"),
    "a public key from a site that is like ours": (
        one(),
        {"authorization": "Bearer page-key-0123456789", "origin": "https://shop.example.evil.example"},
        403,
        "origin",
    ),
}
BY_INDEX = {
    "an event that is a number": (literally(b'{"events":[5]}'), "it is the number 5, not an object"),
    "an event that is a text": (literally(b'{"events":["x"]}'), 'it is "x", not an object'),
    "an event that is null": (literally(b'{"events":[null]}'), "it is null, not an object"),
    "an event that is a list": (literally(b'{"events":[[]]}'), "it is a list, not an object"),
    "an empty event": (literally(b'{"events":[{}]}'), "event_id is missing"),
    "an id that is a number": (one(event_id=17), "event_id is the number 17, not text"),
    "an id that is true": (one(event_id=True), "event_id is true, not text"),
    "an id that is a list": (one(event_id=["e1"]), "event_id is a list, not text"),
    "an empty id": (one(event_id=""), "event_id is empty"),
    "an id of 129 characters": (one(event_id="x" * 129), "event_id has 129 characters, more than 128"),
    "an id with a NUL": (one(event_id="a\x00b"), "event_id holds characters that cannot be printed"),
    "an id with a line break": (one(event_id='a\n{"event_id":"b"}'), "cannot be printed"),
    "an id that turns text round": (one(event_id="a\u202eb"), "cannot be printed"),
    "no type": (one(event_type=None), "event_type is missing"),
    "nobody": (one(user_id=None), "neither user_id nor anonymous_id is there"),
    "a user that is an object": (one(user_id={"$ne": ""}), "user_id is an object, not text"),
    "no instant": (one(occurred_at=None), "occurred_at is missing"),
    "an instant without a zone": (one(occurred_at="2026-11-20T06:00:00"), "has no time zone"),
    "a day": (one(occurred_at="2026-11-20"), "has no time zone"),
    "an instant that is a number": (one(occurred_at=1795154400), "not an instant as text"),
    "the 30th of February": (one(occurred_at="2026-02-30T00:00:00Z"), "is no instant"),
    "an instant in words": (one(occurred_at="yesterday"), "is no instant"),
    "six minutes ahead": (one(occurred_at=at(minutes=6)), "lies ahead of the collector's clock"),
    "the year 9999": (one(occurred_at="9999-12-31T23:59:59Z"), "lies ahead of the collector's clock"),
    "401 days ago": (one(occurred_at=at(days=-401)), "is too long ago"),
    "1970": (one(occurred_at="1970-01-01T00:00:00Z"), "is too long ago"),
    "the year 1 east of Greenwich": (one(occurred_at="0001-01-01T00:00:00+14:00"), "is too long ago"),
    "a time of arrival of its own": (one(received_at="2020-01-01T00:00:00Z"), "received_at is the collector's to say"),
    "a key that is there twice": (text('"user_id":"u1"', '"user_id":"u1","user_id":"u2"'), 'the key "user_id" more'),
    "a key twice deep inside": (
        text('"user_id":"u1"', '"user_id":"u1","properties":{"a":{"b":1,"b":2}}'),
        'the key "b" more than once',
    ),
    "half a surrogate pair": (text('"user_id":"u1"', '"user_id":"u\\ud800"'), "half a surrogate pair"),
    "half a surrogate pair in a key": (text('"user_id":"u1"', '"user_id":"u","\\udfff":1'), "half a surrogate pair"),
    "1e400": (text('"user_id":"u1"', '"user_id":"u1","value":1e400'), "too great or too long"),
    "a number of 5,000 digits": (text('"user_id":"u1"', f'"user_id":"u1","value":{"9" * 5000}'), "too great"),
    "10 to the 30th": (one(value=10**30), "value is too great a number"),
    "a value in words": (one(value="lots"), 'value is "lots", not a decimal'),
    "a value that is true": (one(value=True), "value is true, not a number"),
    "a formula for a value": (one(value="=1+1"), 'value is "=1+1", not a decimal'),
    "a currency in lower case": (one(currency="eur"), "not a currency's or token's code"),
    "properties that are text": (one(properties="{}"), 'properties is "{}", not an object'),
    "nested 100 deep": (text('"user_id":"u1"', f'"user_id":"u1","properties":{nested(100)}'), "deeper than 10"),
    "nested 400 deep": (text('"user_id":"u1"', f'"user_id":"u1","properties":{nested(400)}'), "deeper than 10"),
    "an event of 40,000 bytes": (one(properties={"a": "x" * 40_000}), "bytes, more than 32768"),
}
TAKEN_AS_SAID = {
    "SQL in a property": {"properties": {"q": "'; DROP TABLE events; --"}},
    "SQL for an id": {"event_id": "1' OR '1'='1"},
    "HTML": {"event_type": "<script>alert(1)</script>", "properties": {"html": "<img src=x onerror=alert(1)>"}},
    "a formula for a cell": {"source_app": "=cmd|' /C calc'!A0", "properties": {"a": "@SUM(1+1)"}},
    "a path that climbs": {"source_app": "../../etc/passwd", "user_id": "..\\..\\windows"},
    "a template": {"user_id": "{{7*7}}${7*7}", "properties": {"x": "%s%n%x"}},
    "emoji and Arabic": {"user_id": "👩‍💻".replace("\u200d", ""), "properties": {"name": "مرحبا", "z": "👩‍💻"}},
    "line breaks and quotes in a property": {"properties": {"text": 'a\n"b"\r\n\tc\u2028d\\'}},
    "a NUL in a property": {"properties": {"text": "a\x00b"}},
    "keys with odd names": {"": 1, "__proto__": {"admin": True}, "a.b": None, "$where": "1"},
    "nulls where a column may be empty": {"source_app": None, "value": None, "properties": None},
    "a decimal as text": {"value": "-0012.900000000", "currency": "TON"},
    "a column of ours from another table": {"_pull_id": "x", "payload": {"a": 1}},
}


def test_the_corpus_is_at_least_sixty() -> None:
    assert len(REFUSED_WHOLE) + len(BY_INDEX) + len(TAKEN_AS_SAID) >= 60


@pytest.mark.parametrize("name", REFUSED_WHOLE)
def test_refused_as_a_whole(shared: Any, kit: Any, name: str) -> None:
    body, headers, status, reason = REFUSED_WHOLE[name]
    answer = shared.raw(body(kit.event()), **headers)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["status"], problem["reason"]) == (status, reason)
    assert problem["remedy"]
    assert shared.client.get("/healthz").status_code == 200


@pytest.mark.parametrize("name", BY_INDEX)
def test_refused_by_index_and_the_good_one_beside_it_is_taken(shared: Any, kit: Any, name: str) -> None:
    body, reason = BY_INDEX[name]
    good = kit.event()
    bad = body(kit.event())
    both = bad[: bad.rindex(b"]}")] + b"," + json.dumps(good).encode() + b"]}"
    answer = shared.raw(both)
    assert answer.status_code == 202, answer.text
    assert answer.json()["accepted"] == 1
    (refused,) = answer.json()["refused"]
    assert refused["index"] == 0
    assert any(reason in each for each in refused["reasons"]), refused["reasons"]


@pytest.mark.parametrize("name", TAKEN_AS_SAID)
def test_odd_but_sound_is_taken(shared: Any, kit: Any, name: str) -> None:
    answer = shared.send([kit.event(**TAKEN_AS_SAID[name])])
    assert answer.json() == {"accepted": 1, "refused": []}


def test_everything_that_was_answered_with_202_has_landed_and_counts_add_up(start: Any, kit: Any) -> None:
    running = start()
    odd = {name: kit.event(**columns) for name, columns in TAKEN_AS_SAID.items()}
    reasons: list[list[str]] = []
    for body, _ in BY_INDEX.values():
        reasons += [each["reasons"] for each in running.raw(body(kit.event())).json()["refused"]]
    for event in odd.values():
        assert running.send([event]).json()["accepted"] == 1
    replayed = kit.event()
    for _ in range(3):  # a replay is a duplicate by its id; raw keeps the first
        assert running.send([replayed]).json()["accepted"] == 1
    running.stop()
    landed = kit.landed(running.home, "product/events/web")
    received = [row.pop("received_at") for row in landed]
    assert landed == [*odd.values(), replayed, replayed, replayed]
    assert all(each.endswith("Z") for each in received)
    refused = kit.landed(running.home, "product/events/web.refused")
    assert [row["_problem"] for row in refused] == ["; ".join(each) for each in reasons]
    assert len(reasons) == len(BY_INDEX)
    assert not list((running.home / "landing" / "_segments").glob("*/*/*/*.jsonl"))


def test_a_body_that_never_ends_is_cut_off(shared: Any, kit: Any) -> None:
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        while sent < 1 << 30:
            sent += 65_536
            yield b"x" * 65_536

    headers = {"authorization": f"Bearer {kit.key}", "content-type": "application/json"}
    with suppress(httpx.TransportError):  # the connection is closed under a sender that does not listen
        assert shared.client.post("/v1/events", content=endless(), headers=headers).status_code == 413
    assert sent < 64 << 20
    assert shared.client.get("/healthz").status_code == 200
    assert shared.metric('weir_collector_refused_total{reason="body_bytes"}') >= 1
