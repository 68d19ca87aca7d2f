"""What the lake says of pulls: every distinct version with its span, vanished rows ended, nothing dropped silently."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from connectors.entity_schema import Column, Type

SPANS = (
    "select ad_id, spend::varchar, strftime(_valid_from, '%H:%M'), strftime(_valid_to, '%H:%M'), _pull_id "
    "from {lake} order by 1, _valid_from"
)


def counts(record: Any) -> tuple[int, int, int, int]:
    return (record.counts.landed, record.counts.raw, record.counts.duplicates, record.counts.quarantined)


def test_a_row_is_typed_and_says_where_it_came_from(practice: Any, make_ad_day: Callable[..., Any]) -> None:
    practice.pull([make_ad_day(0, "7", "12.50", clicks=3)], hour=0)
    practice.load()
    rows = practice.query(
        "select date::varchar, ad_id, spend, typeof(spend), clicks, actions, account_id, account_currency, "
        "account_timezone, _valid_from::varchar, _valid_to, _pull_id, _landing_file, _landing_line, payload from {lake}"
    )
    payload = (
        '{"actions":[{"type":"purchase","value":"1"}],"ad_id":"7","date":"2026-10-01",'
        '"metrics":{"clicks":3,"spend":"12.50"}}'
    )
    assert len(rows) == 1
    assert rows[0][:2] == ("2026-10-01", "7")
    assert str(rows[0][2]) == "12.500000000"
    assert rows[0][3:] == (
        "DECIMAL(38,9)",
        3,
        '[{"type":"purchase","value":"1"}]',
        "a1",
        "USD",
        "Europe/Berlin",
        "2026-11-01 06:00:00+00",
        None,
        "p0000",
        "practice_ads/ad_daily/a1/20261101T060000Z-p0000.jsonl",
        1,
        payload,
    )
    assert list(practice.content("raw")) == ["raw/practice_ads/ad_daily/date=2026-10-01/a1.parquet"]


def test_restated_unchanged_and_vanished_rows(practice: Any, make_ad_day: Callable[..., Any]) -> None:
    practice.pull([make_ad_day(0, "1", "1.00"), make_ad_day(0, "2", "2.00"), make_ad_day(1, "3", "3.00")], hour=0)
    practice.pull([make_ad_day(0, "1", "1.50"), make_ad_day(0, "2", "2.00")], hour=1)
    practice.pull([make_ad_day(0, "1", "1.50"), make_ad_day(1, "3", "3.00")], hour=2)
    first, second, third = practice.load().loads
    assert practice.query(SPANS) == [
        ("1", "1.000000000", "06:00", "07:00", "p0000"),
        ("1", "1.500000000", "07:00", None, "p0010"),
        ("2", "2.000000000", "06:00", "08:00", "p0000"),
        ("3", "3.000000000", "06:00", "07:00", "p0000"),
        ("3", "3.000000000", "08:00", None, "p0020"),
    ]
    assert [counts(record) for record in (first, second, third)] == [(3, 3, 0, 0), (2, 1, 1, 0), (2, 1, 1, 0)]
    assert [record.vanished for record in (first, second, third)] == [0, 1, 1]
    assert [[day.day for day in record.days] for record in (first, second, third)] == [[1, 2], [1, 2], [1, 2]]


def test_an_empty_answer_ends_what_its_window_held_and_nothing_else(
    practice: Any, make_ad_day: Callable[..., Any]
) -> None:
    practice.pull([make_ad_day(day, "1", "1.00") for day in range(3)], hour=0)
    practice.pull([], hour=1, days=(1, 3))
    practice.load()
    assert practice.query("select date::varchar, _valid_to is null from {lake} order by 1") == [
        ("2026-10-01", True),
        ("2026-10-02", False),
        ("2026-10-03", False),
    ]


def test_the_same_key_twice_in_one_pull_keeps_the_last_and_counts_the_other(
    practice: Any, make_ad_day: Callable[..., Any]
) -> None:
    rows = [
        make_ad_day(0, "1", "1.00"),
        make_ad_day(0, "1", "2.00"),
        make_ad_day(0, "2", "5"),
        make_ad_day(0, "2", "5"),
    ]
    practice.pull(rows, hour=0)
    (record,) = practice.load().loads
    assert counts(record) == (4, 2, 2, 0)
    assert practice.query("select ad_id, spend::varchar, _landing_line from {lake} order by 1") == [
        ("1", "2.000000000", 2),
        ("2", "5.000000000", 4),
    ]


@pytest.mark.parametrize(
    ("line", "reasons"),
    [
        ('{"date":"2026-10-01","ad_id"', "the line is not JSON"),
        ("[1, 2]", "the line is JSON, but not an object"),
        ('{"date":"2026-10-01","ad_id":"1","metrics":{"spend":"1,5"}}', 'spend is "1,5", not a decimal(38, 9)'),
        ('{"date":"2026-10-01","ad_id":"1","metrics":{"clicks":1.5}}', 'clicks is "1.5", not a whole number'),
        ('{"date":"2026-10-01","metrics":{}}', "ad_id, part of the key, is missing"),
        (
            '{"date":"2026-10-04","ad_id":"1"}',
            "the day 2026-10-04 lies outside the pull's window 2026-10-01 to 2026-10-04 (exclusive)",
        ),
        (
            '{"date":"01.10.2026","metrics":{"spend":"x","clicks":"y"}}',
            'date is "01.10.2026", not a date; spend is "x", not a decimal(38, 9); clicks is "y", not a whole number; '
            "ad_id, part of the key, is missing",
        ),
        (
            '{"date":"2026-10-01T22:00:00Z","ad_id":"1"}',
            'date is "2026-10-01T22:00:00Z", not a date',
        ),
    ],
)
def test_what_cannot_be_read_is_kept_with_every_reason(
    practice: Any, make_ad_day: Callable[..., Any], line: str, reasons: str
) -> None:
    practice.pull([make_ad_day(0, "9", "1.00"), line], hour=0)
    (record,) = practice.load().loads
    assert counts(record) == (2, 1, 0, 1)
    name = "quarantine/practice_ads/ad_daily/a1/20261101T060000Z-p0000.parquet"
    assert list(practice.content("quarantine")) == [name]
    assert record.quarantine_file == name
    rows = practice.query(
        f"select reasons, landing_line, landed_rows, text, pull_id from '{practice.lake_root / name}'"
    )
    assert rows == [(reasons, 2, 1, line, "p0000")]


@pytest.mark.parametrize(
    ("text", "is_read"),
    [
        ("2026-10-01T12:00:00+0200", True),
        ("2026-10-01T12:00:00Z", True),
        ("2026-10-01 12:00:00.123456 UTC", True),
        (1790848800, True),  # seconds
        (1790848800000, True),  # milliseconds
        ("2026-10-01T12:00:00", False),
        ("2026-10-01", False),
        ("yesterday", False),
    ],
)
def test_an_instant_without_a_zone_is_refused_not_guessed(
    practice: Any, practice_schemas: dict[str, Any], text: Any, is_read: bool
) -> None:
    practice.pull([{"id": "c1", "updated": text}], hour=0, schema=practice_schemas["campaigns"])
    (record,) = practice.load().loads
    assert record.counts.quarantined == (0 if is_read else 1)


def test_a_text_that_means_no_value_is_null(practice: Any, make_ad_day: Callable[..., Any]) -> None:
    practice.pull([make_ad_day(0, "1", "-")], hour=0)
    practice.load()
    assert practice.query("select spend from {lake}") == [(None,)]


def test_objects_keep_every_version_with_the_instant_we_saw_it(practice: Any, practice_schemas: Any) -> None:
    schema = practice_schemas["campaigns"]
    practice.pull([{"id": "c1", "name": "one"}, {"id": "c2", "name": "two"}], hour=0, schema=schema)
    practice.pull([{"id": "c1", "name": "uno"}], hour=1, schema=schema)
    practice.pull([{"id": "c1", "name": "uno"}], hour=2, schema=schema)
    loads = practice.load().loads
    assert practice.query(
        "select name, _valid_to is null from {lake} order by campaign_id, _valid_from", entity="campaigns"
    ) == [("one", False), ("uno", True), ("two", False)]
    assert [(record.is_whole, record.days) for record in loads] == [(True, ()), (True, ()), (False, ())]
    assert list(practice.content("raw")) == ["raw/practice_ads/campaigns/a1.parquet"]


def test_facts_that_never_change_keep_what_was_received_first(practice: Any, practice_schemas: Any) -> None:
    schema = practice_schemas["posts"]
    first = {"id": 1, "at": "2026-10-01T23:30:00-02:00", "text": "first"}
    practice.pull([first, {**first, "text": "second"}], hour=0, schema=schema)
    practice.pull([{**first, "text": "third"}, {"id": 2, "at": 1790848800, "text": "new"}], hour=1, schema=schema)
    one, two = practice.load().loads
    assert (counts(one), counts(two)) == ((2, 1, 1, 0), (2, 1, 1, 0))
    assert practice.query("select post_id, text, _day::varchar from {lake} order by 1", entity="posts") == [
        (1, "first", "2026-10-02"),  # 23:30 at two hours west is the next day in UTC
        (2, "new", "2026-10-01"),
    ]
    days = {name.split("/")[3] for name in practice.content("raw")}
    assert days == {"date=2026-10-01", "date=2026-10-02"}


def test_what_a_partial_answer_does_not_mention_stays(practice: Any, make_ad_day: Callable[..., Any]) -> None:
    practice.pull([make_ad_day(0, "1", "1.00"), make_ad_day(0, "2", "2.00")], hour=0, complete=False)
    practice.pull([make_ad_day(0, "1", "1.50")], hour=1, complete=False)
    loads = practice.load().loads
    assert practice.query("select ad_id, spend::varchar from {lake} where _valid_to is null order by 1") == [
        ("1", "1.500000000"),
        ("2", "2.000000000"),
    ]
    assert [record.vanished for record in loads] == [0, 0]


def test_an_account_that_changes_its_currency_says_something_new(
    practice: Any, make_ad_day: Callable[..., Any]
) -> None:
    practice.pull([make_ad_day(0, "1", "1.00")], hour=0)
    practice.pull([make_ad_day(0, "1", "1.00")], hour=1, currency="EUR")
    practice.load()
    assert practice.query("select account_currency, _valid_to is null from {lake} order by _valid_from") == [
        ("USD", False),
        ("EUR", True),
    ]


def test_a_changed_schema_builds_the_lake_again_from_landing(
    practice: Any, make_ad_day: Callable[..., Any], practice_schemas: Any
) -> None:
    practice.pull([make_ad_day(0, "1", "1.00", clicks=4), make_ad_day(1, "2", "2.00", clicks="many")], hour=0)
    practice.pull([make_ad_day(0, "1", "1.25", clicks=4)], hour=1)
    assert practice.load().loads[0].counts.quarantined == 1
    daily = practice_schemas["daily"]
    columns = [column for column in daily.columns if column.name != "clicks"]
    columns.append(Column("clicks_said", Type.TEXT, "$.metrics.clicks", "Clicks, as said."))
    practice.schemas = [replace(daily, columns=tuple(columns)), practice_schemas["campaigns"]]
    again = practice.load().loads
    assert [counts(record) for record in again] == [(2, 2, 0, 0), (1, 1, 0, 0)]
    assert practice.query("select ad_id, clicks_said, _pull_id from {lake} order by 1, _valid_from") == [
        ("1", "4", "p0000"),
        ("1", "4", "p0010"),
        ("2", "many", "p0000"),
    ]
    assert practice.content("quarantine") == {}
    assert practice.load().loads == ()


def test_payloads_are_json_whatever_was_in_them(practice: Any) -> None:
    row = {"date": "2026-10-01", "ad_id": "a\u0000b", "metrics": {"spend": 1e-7, "clicks": 3.0}, "x": [float("inf")]}
    practice.pull([row], hour=0)
    (record,) = practice.load().loads
    assert record.counts.quarantined == 0
    ((ad_id, spend, clicks, payload),) = practice.query("select ad_id, spend::varchar, clicks, payload from {lake}")
    assert (ad_id, spend, clicks) == ("a\ufffdb", "0.000000100", 3)
    assert json.loads(payload)["x"] == ["inf"]
