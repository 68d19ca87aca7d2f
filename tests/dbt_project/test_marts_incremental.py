"""Builds after every kind of load: what the incremental models hold is what a build from scratch holds, row for row.

One history, told in steps that each touch days of their own, so that no step is saved by another's touch. The same
history is built on both engines and compared with a fresh DuckDB build after every step.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest

MARTS = ("fct_ad_daily", "fct_ad_daily_restatements", "fct_spend_daily", "fct_missing_rates_daily")
BERLIN = {"currency": "EUR", "timezone": "Europe/Berlin"}
LONDON = {"currency": "GBP", "timezone": "Europe/London"}
TOKYO = {"currency": "JPY", "timezone": "Asia/Tokyo"}


def at(month: int, day: int, hour: int = 5) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


def on(month: int, day: int) -> date:
    return date(2026, month, day)


def tiktok_day(day: date, ad: str, spend: str, conversions: str = "1") -> dict:
    metrics = {"campaign_id": "c1", "adgroup_id": "g1", "spend": spend, "impressions": "100", "clicks": "3"}
    claims = {"complete_payment": conversions, "total_complete_payment_rate": "10.00"}
    return {"dimensions": {"ad_id": ad, "stat_time_day": f"{day} 00:00:00"}, "metrics": {**metrics, **claims}}


def x_day(day: date, ad: str, micros: int) -> dict:
    metrics = {"impressions": 10, "clicks": None, "billed_charge_local_micro": micros, "conversion_purchases": None}
    return {"id": ad, "date": str(day), "placement": "ALL_ON_TWITTER", "metrics": metrics}


def rate(day: date, currency: str, usd: str) -> dict:
    return {"date": str(day), "currency": currency, "usd_per_unit": usd}


def brought(day: date, platform: str, account: str, spend: str) -> dict:
    ids = {"platform": platform, "account_id": account, "campaign_id": "c1", "ad_group_id": "", "ad_id": ""}
    return {**ids, "creative_id": "", "date": str(day), "currency": "USD", "spend": spend}


def first_pulls(mill) -> None:
    """Days of three accounts: one with two ads, one whose ad nobody has placed yet, one whose currency has no rate."""
    rows = [
        tiktok_day(on(10, 1), "a1", "10.00"),
        tiktok_day(on(10, 2), "a1", "20.00"),
        tiktok_day(on(10, 2), "a2", "5.00"),
        tiktok_day(on(10, 3), "a1", "30.00"),
    ]
    mill.land("tiktok_ads", "ad_daily", "t1", rows, at=at(10, 3, 23), window=(on(10, 1), on(10, 4)), **BERLIN)
    old = [tiktok_day(on(9, 10), "a1", "7.00")]
    mill.land("tiktok_ads", "ad_daily", "t1", old, at=at(10, 4, 6), window=(on(9, 10), on(9, 11)), **BERLIN)
    unplaced = [x_day(on(9, 15), "p1", 1_500_000_000)]
    mill.land("x_ads", "ad_daily", "x1", unplaced, at=at(9, 16), window=(on(9, 15), on(9, 16)), **TOKYO)
    unrated = [x_day(on(9, 20), "p2", 8_000_000)]
    mill.land("x_ads", "ad_daily", "x2", unrated, at=at(9, 21), window=(on(9, 20), on(9, 21)), **LONDON)
    rates = [rate(on(10, 1), "EUR", "1.10"), rate(on(10, 2), "EUR", "1.20"), rate(on(9, 15), "JPY", "0.0066")]
    mill.land("markets", "fx_rates", "files", rates, at=at(10, 4), currency=None, timezone=None, complete=False)


def calendars_parents_and_rates(mill) -> None:
    """Berlin makes 3 October, read at eleven p.m. UTC, a whole day; an ad finds its campaign; a rate is late."""
    account = {"advertiser_id": "t1", "name": "T", "currency": "EUR", "timezone": "Europe/Berlin"}
    mill.land("tiktok_ads", "accounts", "t1", [account], at=at(10, 4, 7), **BERLIN)
    mill.land("x_ads", "ads", "x1", [{"id": "p1", "line_item_id": "l1", "tweet_id": "1"}], at=at(10, 4, 7), **TOKYO)
    line_item = {"id": "l1", "campaign_id": "xc", "name": "L", "entity_status": "ACTIVE"}
    mill.land("x_ads", "ad_groups", "x1", [line_item], at=at(10, 4, 7), **TOKYO)
    late = [rate(on(9, 10), "EUR", "1.30"), rate(on(9, 20), "GBP", "1.25")]
    mill.land("markets", "fx_rates", "files", late, at=at(10, 4, 7), currency=None, timezone=None, complete=False)


def restated(mill) -> None:
    """One number changes, one ad vanishes, a day is emptied, a day is new."""
    rows = [
        tiktok_day(on(10, 1), "a1", "10.00"),
        tiktok_day(on(10, 2), "a1", "19.50", conversions="4"),
        tiktok_day(on(10, 4), "a1", "40.00", conversions="-"),
    ]
    mill.land("tiktok_ads", "ad_daily", "t1", rows, at=at(10, 5), window=(on(10, 1), on(10, 5)), **BERLIN)


def ripened_late_and_brought(mill) -> None:
    """A month later other days are asked for; a pull older than what is loaded turns up; a file tells of more days."""
    rows = [tiktok_day(on(10, 31), "a1", "1.00")]
    mill.land("tiktok_ads", "ad_daily", "t1", rows, at=at(11, 5), window=(on(10, 31), on(11, 1)), **BERLIN)
    older = [tiktok_day(on(9, 10), "a1", "6.00")]
    mill.land("tiktok_ads", "ad_daily", "t1", older, at=at(10, 3), window=(on(9, 10), on(9, 11)), **BERLIN)
    rows = [
        brought(on(8, 1), "reddit_ads", "r1", "3.00"),
        brought(on(9, 1), "tiktok_ads", "t1", "4.00"),
        brought(on(10, 2), "tiktok_ads", "t1", "19.50"),
    ]
    mill.land("imported_ads", "ad_daily", "files", rows, at=at(11, 6), currency=None, timezone=None, complete=False)


def backfilled(mill) -> None:
    """The connector pulls a day that a file had told of: the file's row goes."""
    rows = [tiktok_day(on(9, 1), "a1", "4.25")]
    mill.land("tiktok_ads", "ad_daily", "t1", rows, at=at(11, 7), window=(on(9, 1), on(9, 2)), **BERLIN)


STEPS: tuple[Callable, ...] = (first_pulls, calendars_parents_and_rates, restated, ripened_late_and_brought, backfilled)
KNOWN = "platform, account_id, ad_id, date_day, currency, spend_local, impressions, reported_conversions"
# Between two pulls, at the very instant of one, and on the other engine.
INSTANTS = (
    ("duckdb", "2026-10-04 05:30+00"),
    ("duckdb", "2026-10-05 05:00+00"),
    ("postgres", "2026-10-05 05:00+00"),
)
EVERYTHING = ("--select", *(f"+{mart}" for mart in MARTS))
KINDS = ("table", "incremental")  # views stay as they are
TABLES = ("--select", *(f"+{mart},config.materialized:{kind}" for mart in MARTS for kind in KINDS))


@dataclass(frozen=True)
class Told:
    """What the marts held after each step, on each engine and built from scratch; the mills stand after the last."""

    mills: dict[str, Any]
    after: dict[str, dict[str, dict[str, list]]]  # step → mill → mart → rows
    ledger: dict[tuple[str, str], list]  # engine and instant → what the ledger says was known then


@pytest.fixture(scope="module")
def told(tmp_path_factory, manifests, new_mills) -> Told:
    mills = new_mills(tmp_path_factory.mktemp("history"), "duckdb", "postgres", "scratch")
    after: dict[str, dict[str, dict[str, list]]] = {}
    for step in STEPS:
        step(mills["duckdb"])
        select = TABLES if after else EVERYTHING
        mills["duckdb"].build(*select)
        mills["postgres"].build(*select)
        mills["scratch"].build("--full-refresh", *select)
        after[step.__name__] = {name: {mart: mill.mart(mart) for mart in MARTS} for name, mill in mills.items()}
    return Told(mills, after, {(engine, at): known_at(mills[engine], at) for engine, at in INSTANTS})


def known_at(mill, instant: str) -> list:
    return mill.query(f"""
        select {KNOWN} from marts.fct_ad_daily_restatements
        where known_from <= timestamptz '{instant}' and (known_to is null or known_to > timestamptz '{instant}')
        order by {KNOWN}
    """)


@pytest.mark.parametrize("engine", ["duckdb", "postgres"])
@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.__name__)
def test_incremental_is_a_build_from_scratch(told, step, engine):
    found = told.after[step.__name__]

    for mart in MARTS:
        assert found[engine][mart] == found["scratch"][mart], mart


def test_the_last_build_is_what_the_story_says(told):
    """Calculated by hand from the steps above; the dates say which of them each row comes from."""
    rows = told.mills["duckdb"].query("""
        select date_day::text, source_party, ad_id, campaign_id, spend_local::text, spend_usd::text,
            reported_conversions::text, is_partial_day, is_final, first_seen_at::text, last_changed_at::text
        from marts.fct_ad_daily order by 1, 3
    """)

    assert [row[:7] for row in rows] == [
        ("2026-08-01", "imported_ads", "campaign:c1", "c1", "3.000000", "3.000000", None),
        ("2026-09-01", "tiktok_ads", "a1", "c1", "4.250000", None, "1.000000"),
        ("2026-09-10", "tiktok_ads", "a1", "c1", "7.000000", "9.100000", "1.000000"),
        ("2026-09-15", "x_ads", "p1", "xc", "1500.000000", "9.900000", "0.000000"),
        ("2026-09-20", "x_ads", "p2", None, "8.000000", "10.000000", "0.000000"),
        ("2026-10-01", "tiktok_ads", "a1", "c1", "10.000000", "11.000000", "1.000000"),
        ("2026-10-02", "tiktok_ads", "a1", "c1", "19.500000", "23.400000", "4.000000"),
        ("2026-10-04", "tiktok_ads", "a1", "c1", "40.000000", None, None),
        ("2026-10-31", "tiktok_ads", "a1", "c1", "1.000000", None, "1.000000"),
    ]
    assert {row[0]: row[7:9] for row in rows} == {
        "2026-08-01": (False, True),  # brought, and its day is over
        "2026-09-01": (False, True),  # first read when its look-back of 28 days had passed
        "2026-09-10": (False, False),  # 35 days old, but its last pull changed it, and that was at 24 days
        "2026-09-15": (False, False),  # the account was last asked a day later
        "2026-09-20": (False, False),
        "2026-10-01": (False, True),  # unchanged on 5 October, and 37 days old by the newest pull
        "2026-10-02": (False, False),  # changed on 5 October, and not asked for since
        "2026-10-04": (False, False),
        "2026-10-31": (False, False),
    }
    assert rows[2][9:] == ("2026-10-03 05:00:00+00", "2026-10-04 06:00:00+00")


def test_a_build_as_of_an_instant_is_the_build_of_that_time(told):
    """The day that an older pull changed afterwards is left out: what it says was not known then."""
    mill = told.mills["duckdb"]

    mill.build(*TABLES, variables={"as_of": "2026-10-05T12:00:00+00:00"})

    then = told.after["restated"]["duckdb"]
    for mart in MARTS:
        assert without(mill.mart(mart), "2026-09-10") == without(then[mart], "2026-09-10"), mart


@pytest.mark.parametrize(("engine", "instant"), INSTANTS)
def test_the_ledger_answers_what_was_known_at_an_instant(told, engine, instant):
    mill = told.mills[engine]

    mill.build(*TABLES, variables={"as_of": instant})

    assert mill.query(f"select {KNOWN} from marts.fct_ad_daily order by {KNOWN}") == told.ledger[engine, instant]


def test_building_the_newest_again_leaves_no_trace_of_an_instant(told):
    mill = told.mills["duckdb"]
    mill.build(*TABLES, variables={"as_of": "2026-10-04 00:00+00"})

    mill.build(*TABLES)

    for mart in MARTS:
        assert mill.mart(mart) == told.after["backfilled"]["duckdb"][mart], mart


def without(rows: list, day: str) -> list:
    return [row for row in rows if day not in row]
