"""From the platforms' own words to the marts: every unit, claim and gap, on both engines, calculated by hand.

Then the marts are damaged on purpose: each conservation test has to notice.
"""

import shutil
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

DAY = date(2026, 11, 2)
NEXT = date(2026, 11, 3)
MORNING_AFTER = datetime(2026, 11, 3, 15, tzinfo=UTC)  # the third of November everywhere from Honolulu to Tokyo
ENGINES = ("duckdb", "postgres")
NEW_YORK = {"currency": "USD", "timezone": "America/New_York"}
TOKYO = {"currency": "JPY", "timezone": "Asia/Tokyo"}
BERLIN = {"currency": "EUR", "timezone": "Europe/Berlin"}


def land_everything(mill) -> None:
    land_meta(mill)
    land_x(mill)
    land_tiktok(mill)
    land_files(mill)


def land_meta(mill) -> None:
    """Dollars; claims by one family; a metric that is absent; an account total a little above its ads."""
    ids = {"account_id": "m1", "account_currency": "USD", "campaign_id": "c1", "adset_id": "s1", "ad_id": "a1"}
    days = {"date_start": str(DAY), "date_stop": str(DAY)}
    facebook = {
        **ids,
        **days,
        "publisher_platform": "facebook",
        "spend": "10.71",
        "impressions": "489",
        "clicks": "7",
        "actions": [{"action_type": "purchase", "value": "2"}, {"action_type": "omni_purchase", "value": "3"}],
        "action_values": [{"action_type": "omni_purchase", "value": "84.48"}],
    }
    instagram = {**ids, **days, "publisher_platform": "instagram", "spend": "0.50", "impressions": "11"}
    total = {**ids, **days, "spend": "11.25", "impressions": "500", "clicks": "7"}
    campaign = {"id": "c1", "account_id": "m1", "name": "Autumn", "status": "PAUSED", "daily_budget": "5001"}
    ask = {"at": MORNING_AFTER, "window": (DAY, NEXT), **NEW_YORK}
    mill.land("meta_ads", "ad_daily", "m1", [facebook, instagram], **ask)
    mill.land("meta_ads", "account_daily", "m1", [total], **ask)
    mill.land("meta_ads", "campaigns", "m1", [campaign], at=MORNING_AFTER, **NEW_YORK)


def land_x(mill) -> None:
    """Micros of yen in two placements; all zeros are null; the campaign is known by way of the line item."""
    spotlight = {"impressions": 7, "billed_charge_local_micro": 250_000_000, "conversion_purchases": None}
    feed = {
        "impressions": 100,
        "clicks": None,
        "billed_charge_local_micro": 1_000_000_000,
        "conversion_purchases": {"metric": 1, "sale_amount": 3_000_000_000},
    }
    rows = [
        {"id": "p1", "date": str(DAY), "placement": "ALL_ON_TWITTER", "metrics": feed},
        {"id": "p1", "date": str(DAY), "placement": "SPOTLIGHT", "metrics": spotlight},
    ]
    ask = {"at": MORNING_AFTER, **TOKYO}
    mill.land("x_ads", "ad_daily", "x1", rows, window=(DAY, NEXT), **ask)
    mill.land("x_ads", "ads", "x1", [{"id": "p1", "line_item_id": "l1", "entity_status": "ACTIVE"}], **ask)
    mill.land("x_ads", "ad_groups", "x1", [{"id": "l1", "campaign_id": "xc", "entity_status": "ACTIVE"}], **ask)


def land_tiktok(mill) -> None:
    """Euros on a day without a rate; claims TikTok could not tell."""
    metrics = {"campaign_id": "tc", "adgroup_id": "tg", "spend": "20.00", "impressions": "5830", "clicks": "69"}
    dimensions = {"ad_id": "1712345678901234567", "stat_time_day": f"{DAY} 00:00:00"}
    row = {"dimensions": dimensions, "metrics": {**metrics, "complete_payment": "-"}}
    mill.land("tiktok_ads", "ad_daily", "t1", [row], at=MORNING_AFTER, window=(DAY, NEXT), **BERLIN)


def land_files(mill) -> None:
    """Rates of the yen only; Telegram's spend in toncoins with nine decimals; a platform nobody has a connector for."""
    ask = {"at": MORNING_AFTER, "currency": None, "timezone": None, "complete": False}
    rates = [
        {"date": str(DAY), "currency": "JPY", "usd_per_unit": "0.006612"},
        {"date": str(DAY), "currency": "TON", "usd_per_unit": "5"},
    ]
    mill.land("markets", "fx_rates", "files", rates, **ask)
    telegram = {"ad": "ad 7", "date": str(DAY), "views": 900, "clicks": 9, "spend": "1.5", "currency": "TON"}
    mill.land("telegram", "ads_export", "channel", [telegram], **ask)
    reddit = {"platform": "reddit_ads", "account_id": "r1", "campaign_id": "rc", "ad_group_id": "", "ad_id": ""}
    reddit |= {"creative_id": "", "date": str(DAY), "currency": "USD", "spend": "4", "clicks": 2}
    mill.land("imported_ads", "ad_daily", "files", [reddit], **ask)


@pytest.fixture(scope="module")
def built(tmp_path_factory, new_mills):
    mills = new_mills(tmp_path_factory.mktemp("money"), *ENGINES)
    land_everything(mills["duckdb"])
    for mill in mills.values():
        mill.build()
    return mills


@pytest.mark.parametrize("engine", ENGINES)
def test_every_platform_says_the_same_thing_in_the_same_words(built, engine):
    rows = built[engine].query("""
        select platform, ad_id, breakdown, campaign_id, currency, spend_local, spend_usd, impressions, clicks,
            reported_conversions, reported_value_local, reported_value_usd
        from marts.fct_ad_daily order by 1, 2, 3
    """)

    # X: 1 000 yen at 0.006612 is 6.612 dollars, 250 yen 1.653, 3 000 yen 19.836. Telegram: 1.5 toncoins at 5 dollars.
    expected = [
        ("meta_ads", "a1", "facebook", "c1", "USD", "10.71", "10.71", 489, 7, "3", "84.48", "84.48"),
        ("meta_ads", "a1", "instagram", "c1", "USD", "0.50", "0.50", 11, 0, "0", "0", "0"),
        ("reddit_ads", "campaign:rc", "", "rc", "USD", "4", "4", None, 2, None, None, None),
        ("telegram", "ad 7", "", None, "TON", "1.5", "7.5", 900, 9, None, None, None),
        ("tiktok_ads", "1712345678901234567", "", "tc", "EUR", "20", None, 5830, 69, None, None, None),
        ("x_ads", "p1", "ALL_ON_TWITTER", "xc", "JPY", "1000", "6.612", 100, 0, "1", "3000", "19.836"),
        ("x_ads", "p1", "SPOTLIGHT", "xc", "JPY", "250", "1.653", 7, 0, "0", "0", "0"),
    ]
    assert rows == [
        tuple(Decimal(value) if place in (5, 6, 9, 10, 11) and value is not None else value for place, value in line)
        for line in map(enumerate, expected)
    ]


@pytest.mark.parametrize("engine", ENGINES)
def test_what_no_ad_explains_is_a_line_and_the_lines_are_the_total(built, engine):
    rows = built[engine].query("""
        select line, campaign_id, spend_local, impressions, clicks from marts.fct_spend_daily
        where platform = 'meta_ads' order by 1
    """)

    assert rows == [("ads", "c1", Decimal("11.21"), 500, 7), ("unexplained", None, Decimal("0.04"), 0, 0)]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_missing_rate_is_listed_with_what_waits_for_it(built, engine):
    rows = built[engine].query("select currency, date_day, ad_days, spend_local from marts.fct_missing_rates_daily")

    assert rows == [("EUR", DAY, 1, Decimal(20))]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_budget_is_in_major_units(built, engine):
    rows = built[engine].query("select campaign_id, status, daily_budget_local from marts.dim_campaign")

    assert rows == [("c1", "paused", Decimal("50.01"))]


def test_both_engines_hold_the_same_rows(built):
    for name in built["duckdb"].warehouse.marts():
        assert built["duckdb"].mart(name) == built["postgres"].mart(name), name


@pytest.mark.parametrize("engine", ENGINES)
def test_what_comes_in_comes_out(built, engine):
    result = built[engine].dbt.run("test", "--select", "test_type:data")

    assert {each.node.name for each in result.result if each.status not in ("pass", "success")} == set()


STAGED = "assert_spend_staged_is_spend_in_fct_ad_daily"
ADDED_UP = "assert_spend_in_fct_ad_daily_is_spend_in_fct_spend_daily"
LEDGER = "assert_current_versions_of_the_ledger_are_fct_ad_daily"
GRAIN = "unique_grain_fct_ad_daily_platform__account_id__ad_id__date_day__breakdown"


@pytest.mark.parametrize(
    ("damage", "noticed_by"),
    [
        (
            "update marts.fct_ad_daily set spend_local = spend_local + 0.000001 where ad_id = 'p1'",
            {STAGED, ADDED_UP, LEDGER},
        ),
        (
            "insert into marts.fct_ad_daily select * from marts.fct_ad_daily where platform = 'tiktok_ads'",
            {STAGED, ADDED_UP, GRAIN},
        ),
        (
            "update marts.fct_ad_daily set spend_usd = spend_local where currency = 'EUR'",
            {"assert_a_missing_rate_is_null_and_listed"},
        ),
        (
            "delete from marts.fct_spend_daily where line = 'unexplained'",
            {"assert_lines_of_an_account_day_add_up_to_its_own_total"},
        ),
        (
            "update marts.fct_ad_daily_restatements set known_to = known_from",
            {"assert_versions_of_an_ad_day_never_overlap", LEDGER},
        ),
        (
            "update marts.fct_ad_daily_restatements set spend_change_local = 0 where spend_local > 0",
            {"assert_changes_minus_what_vanished_are_the_current_spend"},
        ),
        (
            "update marts.fct_ad_daily set currency = null where platform = 'reddit_ads'",
            {"assert_money_never_comes_without_its_currency", ADDED_UP},
        ),
        (
            "update marts.fct_ad_daily set spend_local = null where ad_id = 'a1'",
            {"assert_what_platforms_were_asked_for_has_a_spend", STAGED, ADDED_UP, LEDGER},
        ),
    ],
)
def test_damage_is_noticed(built, tmp_path, damage, noticed_by):
    mill = built["duckdb"]
    whole = shutil.copy(mill.warehouse.path, tmp_path / "whole.duckdb")
    try:
        mill.query(damage)
        result = mill.dbt.run("test", "--select", *sorted(noticed_by))
    finally:
        shutil.copy(whole, mill.warehouse.path)

    assert {each.node.name for each in result.result if each.status == "fail"} == noticed_by
