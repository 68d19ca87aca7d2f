"""What Meta's door makes of the world's numbers: sums, texts, absent zeros, windows, hours, and webhook payloads."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.meta_ads import money, webhooks
from simulator.meta_ads.door import DOOR
from simulator.meta_ads.metrics import Sums, render
from simulator.meta_ads.question import Days, Question
from simulator.serving import Sim, serve
from simulator.world.model import AdAccount, AdDay, Claimed

EVERY_STATUS = [
    {"field": "ad.effective_status", "operator": "IN", "value": ["ACTIVE", "PAUSED", "ARCHIVED", "DELETED"]}
]
SINCE, UNTIL = date(2026, 10, 23), date(2026, 11, 5)  # half-open; Los Angeles sets its clocks back on 1 November


@pytest.fixture(scope="module")
def sim() -> Iterator[Sim]:
    with serve(scenario="tiny", seed=3, specs=(DOOR,)) as sim:
        yield sim


def insights(
    sim: Sim, *, since: date = SINCE, until: date = UNTIL, node: str = "", **params: Any
) -> list[dict[str, Any]]:
    credential = sim.credential("meta_ads")
    asked = {
        "access_token": credential.fields["TOKEN"],
        "limit": "900",
        "time_range": {"since": since.isoformat(), "until": (until - timedelta(days=1)).isoformat()},
        **params,
    }
    encoded = {name: value if isinstance(value, str) else json.dumps(value) for name, value in asked.items()}
    return httpx.get(f"{sim.base_url}/v26.0/{node or 'act_' + credential.account_id}/insights", params=encoded).json()[
        "data"
    ]


def truth(sim: Sim, *, since: date = SINCE, until: date = UNTIL) -> list[AdDay]:
    return list(sim.world.ad_days("meta_ads", sim.credential("meta_ads").account_id, since, until))


def rendered(sums: Sums, *fields: str, windows: tuple[str, ...] = ()) -> dict[str, Any]:
    question = Question(
        level="ad",
        spans=(Days(SINCE, SINCE),),
        increment=1,
        fields=fields,
        breakdowns=(),
        windows=windows,
        filters=(),
        sort=(),
    )
    account = AdAccount(
        party="meta_ads",
        id="123",
        name="n",
        currency="USD",
        timezone="UTC",
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    return render(sums, question, account, Days(SINCE, SINCE), names={"ad_id": "3"}, split={})


def test_the_published_row_is_written_digit_for_digit() -> None:
    # The real row printed in contract 1.3.
    sums = Sums(impressions=489, clicks=7, link_clicks=5, reach=470, spend=Decimal("0.71"))
    fields = "account_id account_currency ad_id impressions clicks inline_link_clicks spend reach frequency cpc cpm ctr"
    assert rendered(sums, *fields.split()) == {
        "account_id": "123",
        "account_currency": "USD",
        "ad_id": "3",
        "impressions": "489",
        "clicks": "7",
        "inline_link_clicks": "5",
        "spend": "0.71",
        "reach": "470",
        "frequency": "1.040426",
        "cpc": "0.101429",
        "cpm": "1.451943",
        "ctr": "1.431493",
        "date_start": "2026-10-23",
        "date_stop": "2026-10-23",
    }


def test_what_is_nothing_is_absent_and_not_zero() -> None:
    row = rendered(Sums(impressions=10, spend=Decimal(0)), "impressions", "spend", "clicks", "cpc", "actions", "reach")
    assert row == {"impressions": "10", "spend": "0", "date_start": "2026-10-23", "date_stop": "2026-10-23"}


def test_windows_are_columns_of_their_own_and_value_is_seven_days_click_and_one_day_view() -> None:
    bought = Claimed(
        click_1d=1,
        click_7d=2,
        click_28d=4,
        view_1d=1,
        value_click_7d=Decimal("59.98"),
        value_click_28d=Decimal("119.96"),
        value_view_1d=Decimal("29.99"),
    )
    windows = ("1d_click", "7d_click", "28d_click", "1d_view", "1d_ev")
    row = rendered(
        Sums(impressions=9, spend=Decimal("10.00"), claims={"purchase": bought}),
        "actions",
        "action_values",
        "purchase_roas",
        windows=windows,
    )
    by_type = {each["action_type"]: each for each in row["actions"]}
    assert set(by_type) == {
        "omni_purchase",
        "purchase",
        "offsite_conversion.fb_pixel_purchase",
        "web_in_store_purchase",
    }
    assert by_type["purchase"] == {
        "action_type": "purchase",
        "value": "3",
        "1d_click": "1",
        "7d_click": "2",
        "28d_click": "4",
        "1d_view": "1",
    }
    assert row["action_values"][0] == {
        "action_type": "omni_purchase",
        "value": "89.97",
        "7d_click": "59.98",
        "28d_click": "119.96",
        "1d_view": "29.99",
    }
    assert row["purchase_roas"] == [{"action_type": "omni_purchase", "value": "8.997000"}]


def test_ad_rows_are_the_worlds_ad_days_and_days_without_delivery_give_none(sim: Sim) -> None:
    rows = insights(
        sim,
        level="ad",
        time_increment="1",
        fields="ad_id,campaign_id,adset_id,impressions,clicks,inline_link_clicks,spend,reach",
        breakdowns=["publisher_platform"],
        filtering=EVERY_STATUS,
    )
    expected = {
        (day.ad_id, day.day.isoformat(), day.slice): (
            day.campaign_id,
            day.ad_group_id,
            day.impressions,
            day.clicks,
            day.link_clicks,
            day.spend,
            day.reach,
        )
        for day in truth(sim)
    }
    found = {
        (row["ad_id"], row["date_start"], row["publisher_platform"]): (
            row["campaign_id"],
            row["adset_id"],
            int(row["impressions"]),
            int(row.get("clicks", 0)),
            int(row.get("inline_link_clicks", 0)),
            Decimal(row["spend"]),
            int(row.get("reach", 0)),
        )
        for row in rows
    }
    assert found == expected
    assert len(rows) == len(expected) > 50


@pytest.mark.parametrize(("level", "key"), [("campaign", "campaign_id"), ("adset", "adset_id"), ("ad", "ad_id")])
@pytest.mark.parametrize("increment", ["1", "3", "monthly", "all_days"])
def test_every_level_and_step_adds_up_to_the_same_spend(sim: Sim, level: str, key: str, increment: str) -> None:
    rows = insights(
        sim, level=level, time_increment=increment, fields=f"{key},spend,impressions", filtering=EVERY_STATUS
    )
    assert sum(Decimal(row["spend"]) for row in rows) == sum(day.spend for day in truth(sim))
    assert len({(row[key], row["date_start"]) for row in rows}) == len(rows)
    steps = {"1": 13, "3": 5, "monthly": 2, "all_days": 1}  # 23 October to 4 November, both included
    assert len({(row["date_start"], row["date_stop"]) for row in rows}) == steps[increment]


def test_account_rows_are_the_accounts_own_totals(sim: Sim) -> None:
    rows = insights(sim, time_increment="1", fields="spend,impressions,clicks,inline_link_clicks")
    days = sim.world.account_days("meta_ads", sim.credential("meta_ads").account_id, SINCE, UNTIL)
    assert {row["date_start"]: (Decimal(row["spend"]), int(row["impressions"])) for row in rows} == {
        day.day.isoformat(): (day.spend, day.impressions) for day in days
    }
    assert sum(int(row["inline_link_clicks"]) for row in rows) == sum(day.link_clicks for day in truth(sim))


def test_rows_of_deleted_ads_need_to_be_asked_for_and_their_parents_hold_them_anyway(sim: Sim) -> None:
    deleted = {
        ad.id
        for ad in sim.world.objects("meta_ads", sim.credential("meta_ads").account_id, "ad")
        if ad.status in ("deleted", "archived")
    }
    assert deleted & {day.ad_id for day in truth(sim)}
    assert not deleted & {row["ad_id"] for row in insights(sim, level="ad", fields="ad_id")}
    assert deleted & {row["ad_id"] for row in insights(sim, level="ad", fields="ad_id", filtering=EVERY_STATUS)}
    (own,) = insights(sim, node=next(iter(deleted)), fields="spend,ad_id")
    assert own["ad_id"] in deleted
    spend = sum(Decimal(row["spend"]) for row in insights(sim, level="campaign", fields="spend"))
    assert spend == sum(day.spend for day in truth(sim))


def test_hours_add_up_to_their_day_also_when_the_clocks_go_back(sim: Sim) -> None:
    hourly = "hourly_stats_aggregated_by_advertiser_time_zone"
    rows = insights(
        sim,
        level="account",
        time_increment="1",
        fields="spend,impressions,reach",
        breakdowns=[hourly],
    )
    for day in sorted({each.day for each in truth(sim)}):
        hours = [row for row in rows if row["date_start"] == day.isoformat()]
        assert sum(int(row["impressions"]) for row in hours) == sum(
            each.impressions for each in truth(sim) if each.day == day
        )
        assert sum(Decimal(row["spend"]) for row in hours) == sum(each.spend for each in truth(sim) if each.day == day)
        assert len({row[hourly] for row in hours}) == len(hours) <= 24
    assert any(row[hourly] == "13:00:00 - 13:59:59" for row in rows)
    assert not any("reach" in row for row in rows)


def test_a_filter_on_a_metric_and_an_order_are_obeyed(sim: Sim) -> None:
    rows = insights(
        sim,
        level="ad",
        time_increment="1",
        fields="spend,impressions",
        filtering=[*EVERY_STATUS, {"field": "impressions", "operator": "GREATER_THAN", "value": 900}],
        sort=["spend_descending"],
    )
    assert rows
    assert min(int(row["impressions"]) for row in rows) > 900
    spends = [Decimal(row["spend"]) for row in rows]
    assert spends == sorted(spends, reverse=True)


def test_a_breakdown_the_world_does_not_have_comes_back_whole(sim: Sim) -> None:
    rows = insights(sim, level="account", fields="spend", breakdowns=["age", "gender"])
    assert {(row["age"], row["gender"]) for row in rows} == {("unknown", "unknown")}


@pytest.mark.parametrize(
    ("currency", "amount", "digits"),
    [
        ("USD", "50.00", "5000"),
        ("JPY", "5000", "5000"),
        ("HUF", "999", "999"),
        ("TWD", "7", "7"),
        ("KWD", "1.25", "125"),
    ],
)
def test_minor_units_follow_the_platforms_table_and_not_iso_4217(currency: str, amount: str, digits: str) -> None:
    assert money.minor(Decimal(amount), currency) == digits
    assert money.major(digits, currency, field="daily_budget") == Decimal(amount)


@given(st.decimals(min_value=0, max_value=10**9, places=4))
def test_decimals_are_written_plainly_and_lose_nothing(amount: Decimal) -> None:
    text = money.plain(amount)
    assert Decimal(text) == amount
    assert "E" not in text


def test_the_published_webhook_vector() -> None:
    at = datetime.fromtimestamp(1782862117, UTC)
    body = webhooks.notification(account_id="123", at=at, field="effective_status", value={})
    assert body == (
        b'{"object":"ad_account","entry":[{"id":"123","time":1782862117,'
        b'"changes":[{"field":"effective_status","value":{}}]}]}'
    )
    expected = "21e59b1c53939e9a78ebec4f44279dbaa470d5cff768c64d2cb5550cd3ff76fd"  # contract 1.7
    assert webhooks.signature(body, app_secret="secret") == f"sha256={expected}"


def test_webhook_fields_and_the_challenge_are_the_platforms() -> None:
    with pytest.raises(ValueError, match="unknown webhook field"):
        webhooks.notification(account_id="1", at=datetime(2026, 1, 1, tzinfo=UTC), field="weather", value={})
    assert webhooks.challenge(verify_token="v", challenge="c") == {
        "hub.mode": "subscribe",
        "hub.challenge": "c",
        "hub.verify_token": "v",
    }
