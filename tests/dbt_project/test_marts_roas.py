"""From landed spend, arrivals and sales to returns: every unit, day and gap on both engines, calculated by hand.

Then the tables are damaged on purpose: a named test has to notice.
"""

import shutil
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

pytestmark = pytest.mark.slow
ENGINES = ("duckdb", "postgres")
NEW_YORK = {"currency": "USD", "timezone": "America/New_York"}
FILES = {"currency": None, "timezone": None, "complete": False}
LAST_PULL = datetime(2026, 9, 15, 12, tzinfo=UTC)
PAID = {"touch_kind": "click", "utm_source": "facebook", "utm_medium": "cpc", "platform": "meta_ads"}


def august(day: int, hour: int = 12) -> str:
    return datetime(2026, 8, day, hour, tzinfo=UTC).isoformat()


def land_ads(mill) -> None:
    """One ad whose first day was told too low until the fourth; a platform that only files tell of."""
    account = {"id": "act_m", "account_id": "m", "name": "Shop", "currency": "USD", "timezone_name": "America/New_York"}
    mill.land("meta_ads", "accounts", "m", [account], at=LAST_PULL, **NEW_YORK)
    ad = {"id": "a1", "account_id": "m", "adset_id": "s", "campaign_id": "c", "creative": {"id": "picture"}}
    mill.land("meta_ads", "ads", "m", [ad], at=LAST_PULL, **NEW_YORK)
    for pulled_at, spend in ((datetime(2026, 8, 2, 15, tzinfo=UTC), "9"), (datetime(2026, 8, 4, 15, tzinfo=UTC), "10")):
        window = (date(2026, 8, 1), date(2026, 8, pulled_at.day))
        rows = [ad_day(1, spend, claims="3", value="60"), ad_day(2, "2")][: pulled_at.day - 1]
        mill.land("meta_ads", "ad_daily", "m", rows, at=pulled_at, window=window, **NEW_YORK)
    mill.land("meta_ads", "ad_daily", "m", [], at=LAST_PULL, window=(date(2026, 9, 1), date(2026, 9, 15)), **NEW_YORK)
    reddit = {"platform": "reddit_ads", "account_id": "r", "campaign_id": "rc", "ad_group_id": "", "ad_id": ""}
    reddit |= {"creative_id": "", "date": "2026-08-01", "currency": "USD", "spend": "4", "impressions": 7}
    mill.land("imported_ads", "ad_daily", "files", [reddit], at=LAST_PULL, **FILES)


def ad_day(day: int, spend: str, *, claims: str = "0", value: str = "0") -> dict[str, object]:
    ids = {"account_id": "m", "account_currency": "USD", "campaign_id": "c", "adset_id": "s", "ad_id": "a1"}
    days = {"date_start": f"2026-08-0{day}", "date_stop": f"2026-08-0{day}", "publisher_platform": "facebook"}
    claimed = {
        "actions": [{"action_type": "omni_purchase", "value": claims}],
        "action_values": [{"action_type": "omni_purchase", "value": value}],
    }
    return {**ids, **days, "spend": spend, "impressions": "100", "clicks": "5", **claimed}


def land_people(mill) -> None:
    """Ann clicks late in the evening of New York, Ben reads a mail and pays in euros, Cid buys out of nowhere."""
    touches = [
        {"touch_id": "t1", "user_id": "ann", "occurred_at": august(2, 2), **PAID, "campaign_id": "c", "ad_id": "a1"},
        {"touch_id": "t2", "user_id": "ben", "occurred_at": august(1, 10), "utm_source": "n", "utm_medium": "email"},
        {
            **{"touch_id": "t3", "user_id": "dan", "occurred_at": august(1, 9), "touch_kind": "click"},
            **{"utm_source": "reddit", "utm_medium": "cpc", "platform": "reddit_ads", "campaign_id": "rc"},
        },
    ]
    orders = [
        {"order_id": "o1", "user_id": "ann", "occurred_at": august(3), "amount": "20", "currency": "USD"},
        {"order_id": "o2", "user_id": "ann", "occurred_at": august(20), "amount": "30", "currency": "USD"},
        {"order_id": "o3", "user_id": "ben", "occurred_at": august(1), "amount": "10", "currency": "EUR"},
        {"order_id": "o4", "user_id": "cid", "occurred_at": august(2), "amount": "8", "currency": "USD"},
        {"order_id": "o5", "user_id": "ben", "occurred_at": august(4), "amount": "1", "currency": "EUR"},
    ]
    refunds = [{"refund_id": "r1", "order_id": "o1", "occurred_at": august(10), "amount": "5", "currency": "USD"}]
    events = [
        {"event_id": "e1", "user_id": "ann", "event_type": "read", "occurred_at": august(8, 20)},
        {"event_id": "e2", "user_id": "dan", "event_type": "read", "occurred_at": august(7)},
    ]
    rates = [{"date": "2026-08-01", "currency": "EUR", "usd_per_unit": "1.2"}]
    for entity, rows in {"touches": touches, "orders": orders, "refunds": refunds, "events": events}.items():
        mill.land("product", entity, "files", rows, at=LAST_PULL, **FILES)
    mill.land("markets", "fx_rates", "files", rates, at=LAST_PULL, **FILES)


@pytest.fixture(scope="module")
def built(tmp_path_factory, new_mills):
    mills = new_mills(tmp_path_factory.mktemp("roas"), *ENGINES)
    land_ads(mills["duckdb"])
    land_people(mills["duckdb"])
    for mill in mills.values():
        mill.build("--select", "+marts.roas", "+marts.attribution")
    return mills


@pytest.mark.parametrize("engine", ENGINES)
def test_credit_stands_beside_the_spend_that_brought_it(built, engine):
    rows = built[engine].query("""
        select line, platform, ad_id, creative_id, channel, date_day, spend_usd, attributed_conversions,
            attributed_value_usd, attributed_value_by_conversion_day_usd, roas, over_claim_ratio, rows_without_rate
        from marts.fct_roas_daily order by line, platform, date_day
    """)

    # 20 dollars less 5 on the evening of the 1st in New York; 10 euros are 12 dollars, 1 euro of the 4th has no rate.
    paid = ("Paid Social",)
    expected = [
        ("ads", "meta_ads", "a1", "picture", *paid, 1, "10", "1", "15", "0", "1.5", "3", 0),
        ("ads", "meta_ads", "a1", "picture", *paid, 2, "2", "0", "0", "0", "0", None, 0),
        ("ads", "meta_ads", "a1", "picture", *paid, 3, None, "0", "0", "20", None, None, 0),
        ("ads", "meta_ads", "a1", "picture", *paid, 10, None, "0", "0", "-5", None, None, 0),
        ("ads", "reddit_ads", "campaign:rc", None, *paid, 1, "4", "0", "0", "0", "0", None, 0),
        ("other", None, None, None, "Email", 1, None, "2", None, "12", None, None, 1),
        ("other", None, None, None, "Email", 4, None, "0", "0", None, None, None, 0),
        ("unattributed", None, None, None, "Unattributed", 2, None, "1", "8", "8", None, None, 0),
        ("unattributed", None, None, None, "Unattributed", 20, None, "1", "30", "30", None, None, 0),
    ]
    assert rows == [
        (*line[:5], date(2026, 8, line[5]), *(each if each is None else Decimal(each) for each in line[6:12]), line[12])
        for line in expected
    ]


@pytest.mark.parametrize("engine", ENGINES)
def test_the_curve_follows_the_people_of_a_day(built, engine):
    rows = built[engine].query("""
        select day_number, is_ripe, people, spend_usd, value_usd, payback_day from marts.fct_roas_curve
        where level = 'channel' and channel = 'Paid Social' and acquired_day = date '2026-08-01'
            and day_number in (0, 1, 2, 8, 9, 18, 19, 44, 45, 90) order by 1
    """)

    # Ann and Dan cost 14. Ann buys on day 2, has 5 back on day 9 and buys again on day 19. Day 45 is not over anywhere.
    values = {0: "0", 1: "0", 2: "20", 8: "20", 9: "15", 18: "15", 19: "45", 44: "45", 45: None, 90: None}
    assert rows == [
        (day, day < 45, 2, Decimal(14), None if value is None else Decimal(value), 2) for day, value in values.items()
    ]


@pytest.mark.parametrize("engine", ENGINES)
def test_people_cost_what_was_spent_on_their_day_and_campaign(built, engine):
    rows = built[engine].query("""
        select campaign_id, users, spend_usd, cac_usd, ltv_90_usd, payback_day, users_active_after_7_days
        from marts.fct_acquisition_daily where spend_usd is not null and users > 0 order by 1
    """)

    # In New York Ann read on the evening of the 8th, a week after the 1st; Dan read on the 7th, the sixth day.
    assert rows == [
        ("c", 1, Decimal(10), Decimal(10), None, 2, 1),
        ("rc", 1, Decimal(4), Decimal(4), None, None, 0),
    ]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_young_day_is_set_against_what_became_of_it(built, engine):
    rows = built[engine].query("""
        select age_days, account_days, spend_usd, final_spend_usd, spend_usd_factor from marts.fct_restatement_curve
        where platform = 'meta_ads' and age_days in (0, 1, 2, 3, 28) order by 1
    """)

    # The 1st was told as 9 on the day after and as 10 from the 4th; the 2nd was first told on the 4th, two days after.
    assert [tuple(map(str, row)) for row in rows] == [
        ("0", "0", "None", "None", "None"),
        ("1", "1", "9.000000", "10.000000", "1.111111111"),
        ("2", "2", "11.000000", "12.000000", "1.090909091"),
        ("3", "2", "12.000000", "12.000000", "1.000000000"),
        ("28", "2", "12.000000", "12.000000", "1.000000000"),
    ]


def test_both_engines_hold_the_same_rows(built):
    for name in built["duckdb"].warehouse.marts():
        assert built["duckdb"].mart(name) == built["postgres"].mart(name), name


@pytest.mark.parametrize("engine", ENGINES)
def test_what_comes_in_comes_out(built, engine):
    result = built[engine].dbt.run("test", "--select", *sorted(NOTICING))

    told = {each.node.name: each.status for each in result.result}
    assert {name: told[name] for name in NOTICING} == dict.fromkeys(NOTICING, "pass")


WHOLE = "assert_credit_of_a_conversion_is_one_in_every_model"
ALL = "assert_credited_and_unattributed_are_all_conversions"
CHANNELS = "assert_credit_of_channels_is_all_conversions"
INSIDE = "assert_touches_are_credited_inside_their_window"
SALES = "assert_goals_of_sales_hold_sales_less_refunds"
ONCE = "assert_a_conversion_is_taken_back_at_most_once"
ONE_SALE = "assert_an_order_and_its_payment_are_one_sale"
SPEND = "assert_spend_in_fct_ad_daily_is_spend_in_fct_roas_daily"
CREDIT = "assert_credit_in_fct_roas_daily_is_credit_of_the_goal"
ROLLUPS = "assert_rollups_of_roas_hold_what_fct_roas_daily_holds"
COHORTS = "assert_everybody_is_in_one_cohort_of_each_level"
UNRIPE = "assert_unripe_days_of_the_curve_are_null"
FINAL = "assert_factors_of_restatement_are_one_at_the_final_age"
DAMAGE = [
    ("update marts.fct_touch_credit set credit = credit - 0.000000001 where model = 'linear'", {WHOLE}),
    ("delete from marts.fct_touch_credit where touch_id is null", {WHOLE, ALL, CREDIT}),
    ("insert into marts.fct_touch_credit select * from marts.fct_touch_credit where touch_id = 't2'", {WHOLE, ALL}),
    ("update marts.fct_touch_credit set value_local = value_local + 0.000001 where touch_id = 't1'", {ALL}),
    ("update marts.fct_conversions set currency = 'USD'", {ALL, CHANNELS, SALES}),
    ("update marts.fct_conversions set value_local = -value_local where kind = 'refund'", {ALL, CHANNELS, SALES}),
    ("update marts.fct_channel_credit set conversions = 0 where not is_attributed", {CHANNELS}),
    ("update marts.fct_touch_credit set touch_id = 't3' where touch_id = 't2'", {INSIDE}),
    ("update marts.dim_touches set occurred_at = occurred_at - interval '8' day where touch_id = 't1'", {INSIDE}),
    ("delete from intermediate.int_refunds__unified", {SALES}),
    ("insert into intermediate.int_sales__unified select * from intermediate.int_sales__unified", {SALES, ONE_SALE}),
    ("update marts.fct_conversions set conversions = -2 where kind = 'refund'", {ONCE, ALL, CHANNELS, SALES}),
    ("update marts.fct_roas_daily set spend_usd = 2 * spend_usd where line = 'ads'", {SPEND, ROLLUPS}),
    ("delete from marts.fct_roas_daily where line = 'unattributed'", {CREDIT, ROLLUPS}),
    ("update marts.fct_roas_daily set attributed_conversions = 0 where line = 'other'", {CREDIT, ROLLUPS}),
    ("update marts.fct_roas_by_creative set impressions = impressions + 1", {ROLLUPS}),
    ("delete from marts.fct_roas_curve where level = 'creative' and platform = 'meta_ads'", {COHORTS}),
    ("update marts.fct_roas_curve set value_usd = 0 where day_number = 90", {UNRIPE}),
    ("update marts.fct_restatement_curve set spend_usd = 0 where age_days = 28", {FINAL}),
]
NOTICING = set().union(*(noticed_by for _, noticed_by in DAMAGE))


@pytest.mark.parametrize(("damage", "noticed_by"), DAMAGE)
def test_damage_is_noticed(built, tmp_path, damage, noticed_by):
    mill = built["duckdb"]
    whole = shutil.copy(mill.warehouse.path, tmp_path / "whole.duckdb")
    try:
        mill.query(damage)
        result = mill.dbt.run("test", "--select", *sorted(noticed_by))
    finally:
        shutil.copy(whole, mill.warehouse.path)

    assert {each.node.name for each in result.result if each.status == "fail"} == noticed_by
