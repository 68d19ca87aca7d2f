"""What platforms report: sums that add up, windows that nest, days that ripen, and local days of 23 to 25 hours."""

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from simulator.truth import Truth
from simulator.world.calendar import local_day
from simulator.world.model import AdDay
from simulator.world.practice import PracticeWorld
from simulator.world.scenario import META_EU, META_US, TIKTOK_US, TINY, X_EU, X_IN, X_US, Scenario

ONE_EACH: Scenario = replace(TINY, accounts=(META_US, X_US, TIKTOK_US), history_days=6)
PARTIES = ("meta_ads", "x_ads", "tiktok_ads")
Place = tuple[str, str, str, date]


@pytest.fixture(scope="module")
def history() -> dict[datetime, dict[Place, AdDay]]:
    """Every ad-day of six days as known at their end, and again every two days for five weeks."""
    world = PracticeWorld(replace(ONE_EACH, start=datetime(2026, 10, 10, tzinfo=UTC)), seed=11)
    since, until = world.opened_at().date() - timedelta(days=1), world.now().date() - timedelta(days=1)
    known: dict[datetime, dict[Place, AdDay]] = {}
    for _ in range(18):
        known[world.now()] = {
            (party, row.ad_id, row.slice, row.day): row
            for party in PARTIES
            for account in world.accounts(party)
            for row in world.ad_days(party, account.id, since, until)
        }
        world.advance(timedelta(days=2))
    return known


def test_claims_only_ripen_while_their_row_exists(history):
    views = list(history.values())
    grown = 0
    for before, after in pairwise(views):
        for place in before.keys() & after.keys():
            for kind, claimed in before[place].claims.items():
                later = after[place].claims[kind]
                for name in ("click_1d", "click_7d", "click_28d", "view_1d"):
                    assert getattr(later, name) >= getattr(claimed, name)
                    assert getattr(later, f"value_{name}") >= getattr(claimed, f"value_{name}")
                grown += later != claimed
    assert grown > 20


def test_longer_click_windows_hold_the_shorter_ones(history):
    for known in history.values():
        for row in known.values():
            for claimed in row.claims.values():
                assert claimed.click_28d >= claimed.click_7d >= claimed.click_1d
                assert claimed.value_click_28d >= claimed.value_click_7d >= claimed.value_click_1d


def test_a_day_stops_changing_after_its_platforms_look_back(history):
    """Spend, clicks and impressions within a fortnight, claims within 28 days and three days of lateness."""
    instants, last = list(history), list(history.values())[-1]
    for instant in instants:
        for place, row in last.items():
            age = instant - datetime.combine(place[3], datetime.min.time(), tzinfo=UTC)
            then = history[instant].get(place)
            if age > timedelta(days=16):
                assert then is not None
                assert (then.impressions, then.clicks, then.spend) == (row.impressions, row.clicks, row.spend)
            if age > timedelta(days=33):
                assert then == row
    assert max(instants) - min(instants) > timedelta(days=33)


def test_spend_is_restated_mostly_downwards_and_x_only_after_three_days(history):
    first, last = next(iter(history.values())), list(history.values())[-1]
    changes: dict[str, list[Decimal]] = defaultdict(list)
    for place in first.keys() & last.keys():
        changes[place[0]].append(last[place].spend - first[place].spend)
    assert all(any(change < 0 for change in changes[party]) for party in ("meta_ads", "x_ads"))
    assert sum(change < 0 for change in changes["x_ads"]) > sum(change > 0 for change in changes["x_ads"])
    three_days = list(history.values())[1]  # two days later: the newest days are between one and three days old
    newest = max(place[3] for place in first)
    for place in first.keys() & three_days.keys():
        if place[0] == "x_ads" and place[3] == newest:
            assert three_days[place].spend >= first[place].spend


def test_some_rows_vanish_entirely_and_none_comes_back():
    world = PracticeWorld(replace(ONE_EACH, history_days=30, ads=6, start=datetime(2026, 10, 1, tzinfo=UTC)), seed=3)
    since, until = world.opened_at().date() - timedelta(days=1), world.now().date() + timedelta(days=1)

    def places() -> set[Place]:
        return {
            (party, row.ad_id, row.slice, row.day)
            for party in PARTIES
            for account in world.accounts(party)
            for row in world.ad_days(party, account.id, since, until)
        }

    before = places()
    world.advance(timedelta(days=16))
    after = places()
    assert before - after
    assert not {place for place in after - before if place[3] < world.now().date() - timedelta(days=17)}


@pytest.mark.parametrize("plan", [META_US, META_EU, X_EU, X_IN], ids=lambda plan: f"{plan.party} {plan.timezone}")
def test_the_hours_of_a_day_sum_to_the_day_and_count_the_clock_changes(plan):
    world = PracticeWorld(replace(TINY, accounts=(plan,)), seed=2)
    account = world.accounts(plan.party)[0]
    hours = {
        day: world.hour_shares(plan.party, account.id, day)
        for day in (date(2026, 10, 24), date(2026, 10, 25), date(2026, 10, 31), date(2026, 11, 1))
    }
    assert all(sum(shares) == pytest.approx(1.0, abs=1e-9) for shares in hours.values())
    # Summer time ended on 25 October 2026 in Europe and on 1 November 2026 in the United States; India has none.
    long_day = {"Europe/Berlin": date(2026, 10, 25), "America/Los_Angeles": date(2026, 11, 1)}.get(plan.timezone)
    assert {day: len(shares) for day, shares in hours.items()} == {day: 25 if day == long_day else 24 for day in hours}


def test_a_spring_day_has_23_hours_and_spends_in_every_one():
    spring = replace(TINY, accounts=(META_US,), start=datetime(2027, 3, 16, tzinfo=UTC), history_days=5)
    world = PracticeWorld(spring, seed=2)
    shares = world.hour_shares("meta_ads", world.accounts("meta_ads")[0].id, date(2027, 3, 14))
    assert len(shares) == 23
    assert all(share > 0 for share in shares)


def test_a_local_day_starts_where_its_calendar_says():
    assert local_day("Asia/Kolkata", date(2026, 11, 2)).start == datetime(2026, 11, 1, 18, 30, tzinfo=UTC).timestamp()
    assert local_day("America/Los_Angeles", date(2026, 11, 1)).length == 50
    assert local_day("America/Los_Angeles", date(2027, 3, 14)).length == 46


def test_today_holds_only_the_hours_that_passed_and_tomorrow_nothing():
    world = PracticeWorld(ONE_EACH, seed=4)
    account = world.accounts("meta_ads")[0]
    today = date(2026, 11, 4)  # 22:00 in Los Angeles when the world opens
    early = world.hour_shares("meta_ads", account.id, today)
    assert len(early) == 24
    assert early[21] > 0
    assert early[22:] == [0.0, 0.0]
    before = sum(row.impressions for row in world.ad_days("meta_ads", account.id, today, today + timedelta(days=1)))
    world.advance(timedelta(hours=1))
    after = sum(row.impressions for row in world.ad_days("meta_ads", account.id, today, today + timedelta(days=9)))
    assert 0 < before < after


def test_account_totals_are_their_ads_plus_a_remainder_under_a_hundredth():
    world = PracticeWorld(replace(ONE_EACH, history_days=40), seed=5)
    unexplained = 0
    for party in PARTIES:
        account = world.accounts(party)[0]
        window = (world.opened_at().date() - timedelta(days=1), world.now().date() + timedelta(days=1))
        by_day: dict[date, list[AdDay]] = defaultdict(list)
        for row in world.ad_days(party, account.id, *window):
            by_day[row.day].append(row)
        totals = world.account_days(party, account.id, *window)
        assert [total.day for total in totals] == sorted(by_day)
        for total in totals:
            rows = by_day[total.day]
            spend = sum((row.spend for row in rows), Decimal(0))
            assert spend <= total.spend <= spend * Decimal("1.01") + Decimal("0.01")
            assert total.clicks == sum(row.clicks for row in rows)
            assert total.impressions >= sum(row.impressions for row in rows)
            for kind, claimed in total.claims.items():
                assert claimed.click_28d == sum(row.claims[kind].click_28d for row in rows if kind in row.claims)
            unexplained += total.spend > spend
    assert 0.05 < unexplained / 120 < 0.35


def test_rows_are_ordered_and_possible():
    world = PracticeWorld(TINY, seed=6)
    for party in PARTIES:
        for account in world.accounts(party):
            rows = world.ad_days(party, account.id, date(2026, 10, 1), date(2026, 12, 1))
            assert [(row.day, row.ad_id, row.slice) for row in rows] == sorted(
                (row.day, row.ad_id, row.slice) for row in rows
            )
            for row in rows:
                assert 0 < row.reach <= row.impressions
                assert 0 <= row.link_clicks <= row.clicks <= row.impressions
                assert row.spend >= 0
                if account.currency == "JPY":
                    assert row.spend == int(row.spend)


def test_windows_are_half_open():
    world = PracticeWorld(ONE_EACH, seed=7)
    account = world.accounts("x_ads")[0]
    one = world.ad_days("x_ads", account.id, date(2026, 11, 1), date(2026, 11, 2))
    assert {row.day for row in one} == {date(2026, 11, 1)}
    assert world.ad_days("x_ads", account.id, date(2026, 11, 1), date(2026, 11, 1)) == []
    assert world.ad_days("x_ads", "no such account", date(2026, 11, 1), date(2026, 11, 2)) == []


def test_platforms_together_claim_more_than_ads_caused_and_than_they_caused_each():
    world = PracticeWorld(replace(ONE_EACH, history_days=40, organic_orders_per_day=40.0), seed=8)
    for party in PARTIES:
        account = world.accounts(party)[0]
        window = (world.opened_at().date() - timedelta(days=1), world.now().date() + timedelta(days=1))
        rows = world.ad_days(party, account.id, *window)
        claimed = sum(row.claims[kind].click_28d + row.claims[kind].view_1d for row in rows for kind in row.claims)
        caused = sum(row.so_far for row in Truth(world).caused(party, account.id, *window))
        assert claimed > 1.1 * caused


def test_every_order_happened_once_and_its_cause_lies_before_it():
    world = PracticeWorld(TINY, seed=9)
    orders = world.orders(world.opened_at(), world.now())
    assert len({order.id for order in orders}) == len(orders)
    assert [order.at for order in orders] == sorted(order.at for order in orders)
    caused = [order for order in orders if order.ad_id is not None]
    assert caused
    assert len(caused) < len(orders)
    assert all(order.clicked_at is not None and order.clicked_at <= order.at for order in caused)
    assert {order.kind for order in orders} == {"sign_up", "add_to_cart", "purchase"}
    assert all((order.value_usd > 0) == (order.kind != "sign_up") for order in orders)
    middle = world.opened_at() + timedelta(days=7)
    assert [*world.orders(world.opened_at(), middle), *world.orders(middle, world.now())] == list(orders)
