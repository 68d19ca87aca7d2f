"""What budgets, pauses, new ads and wear do to delivery, from the instant they are set."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from simulator.world.model import AdObject
from simulator.world.practice import PracticeWorld
from simulator.world.scenario import META_JP, META_US, TIKTOK_US, TINY, X_IN, X_US, AccountPlan, Scenario

# Overspend a platform allows itself on one day, as the practice world promises it (contracts name Meta's 75 %).
ALLOWANCE = {"meta_ads": Decimal("1.75"), "x_ads": Decimal("1.05"), "tiktok_ads": Decimal("1.05")}


def world_with(plan: AccountPlan, *, seed: int = 1, days: int = 2, **changes: object) -> PracticeWorld:
    scenario: Scenario = replace(TINY, accounts=(plan,), history_days=days, **changes)
    return PracticeWorld(scenario, seed=seed)


def only_account(world: PracticeWorld, party: str) -> str:
    return world.accounts(party)[0].id


def new_campaign(world: PracticeWorld, party: str, *, daily: int | None, lifetime: int | None = None) -> AdObject:
    """A campaign with one ad group and two ads, all running."""
    account = only_account(world, party)
    campaign = world.create(
        party, account, "campaign", name="new", status="active",
        daily_budget=None if daily is None else Decimal(daily),
        lifetime_budget=None if lifetime is None else Decimal(lifetime),
    )  # fmt: skip
    group = world.create(party, account, "ad_group", name="group", parent_id=campaign.id, status="active")
    for number in range(2):
        world.create(party, account, "ad", name=f"ad {number}", parent_id=group.id, status="active")
    return campaign


def totals(world: PracticeWorld, campaign: AdObject, since: date, until: date) -> tuple[int, int, Decimal]:
    rows = [
        row
        for row in world.ad_days(campaign.party, campaign.account_id, since, until)
        if row.campaign_id == campaign.id
    ]
    spend = sum((row.spend for row in rows), Decimal(0))
    return sum(row.impressions for row in rows), sum(row.clicks for row in rows), spend


def always(world: PracticeWorld) -> tuple[date, date]:
    return world.opened_at().date() - timedelta(days=1), world.now().date() + timedelta(days=2)


@pytest.mark.parametrize(
    "plan", [META_US, META_JP, X_US, X_IN, TIKTOK_US], ids=lambda plan: f"{plan.party} {plan.currency}"
)
def test_daily_budgets_are_respected_within_the_platforms_overspend(plan):
    world = world_with(plan, days=40)
    party, account = plan.party, only_account(world, plan.party)
    since, until = always(world)
    spent: dict[tuple[str, date], Decimal] = {}
    for row in world.ad_days(party, account, since, until):
        for level, owner in (("campaign", row.campaign_id), ("ad_group", row.ad_group_id)):
            found = world.find(party, level, owner)
            if found is not None and found.daily_budget is not None:
                spent[owner, row.day] = spent.get((owner, row.day), Decimal(0)) + row.spend / found.daily_budget
    assert len(spent) > 60
    assert max(spent.values()) <= ALLOWANCE[party]
    assert max(spent.values()) > 1  # a daily budget is not a hard cap on any of them
    middle = sorted(spent.values())[len(spent) // 2]
    assert Decimal("0.85") < middle < Decimal("1.1")


def test_meta_never_spends_more_than_seven_budgets_in_a_week():
    world = world_with(META_US, days=60)
    since, until = always(world)
    for campaign in world.objects("meta_ads", only_account(world, "meta_ads"), "campaign"):
        holders = [campaign, *world.objects("meta_ads", campaign.account_id, "ad_group")]
        budget = sum(
            (each.daily_budget for each in holders
             if each.daily_budget is not None and campaign.id in (each.id, each.parent_id)), Decimal(0),
        )  # fmt: skip
        sunday = since + timedelta(days=(6 - since.weekday()) % 7)
        while sunday + timedelta(days=7) <= until:
            _, _, spend = totals(world, campaign, sunday, sunday + timedelta(days=7))
            assert spend <= 7 * budget * Decimal("1.005")
            sunday += timedelta(days=7)


def test_a_lifetime_budget_is_never_overspent():
    world = world_with(X_US)
    campaign = new_campaign(world, "x_ads", daily=None, lifetime=100)
    world.advance(timedelta(days=30))
    _, _, spend = totals(world, campaign, *always(world))
    assert Decimal(90) < spend <= Decimal(100)


def test_a_campaign_without_any_budget_is_not_delivered():
    world = world_with(X_US)
    campaign = new_campaign(world, "x_ads", daily=None)
    world.advance(timedelta(days=2))
    assert totals(world, campaign, *always(world)) == (0, 0, Decimal(0))


@pytest.mark.parametrize("level", ["campaign", "ad_group", "ad"])
@pytest.mark.parametrize("change", ["paused", "deleted"])
def test_what_is_switched_off_stops_at_that_instant(level, change):
    world = world_with(TIKTOK_US)
    account = only_account(world, "tiktok_ads")
    ads = [ad for ad in world.objects("tiktok_ads", account, "ad") if ad.status == "active"]
    chosen = ads[0]
    group = world.find("tiktok_ads", "ad_group", chosen.parent_id or "")
    assert group is not None
    target = {"ad": chosen.id, "ad_group": group.id, "campaign": group.parent_id or ""}[level]
    world.advance(timedelta(hours=3, minutes=17))  # in the middle of a half-hour
    today = world.now().date()

    def impressions() -> int:
        rows = world.ad_days("tiktok_ads", account, today - timedelta(days=1), today + timedelta(days=9))
        return sum(row.impressions for row in rows if row.ad_id == chosen.id)

    world.update("tiktok_ads", level, target, status=change)
    at_the_change = impressions()
    world.advance(timedelta(hours=5))
    assert impressions() == at_the_change > 0
    if change == "paused":
        world.update("tiktok_ads", level, target, status="active")
        world.advance(timedelta(hours=5))
        assert impressions() > at_the_change


def test_a_pause_inside_a_half_hour_keeps_the_minutes_before_it():
    early, late = world_with(TIKTOK_US), world_with(TIKTOK_US)
    for world, minutes in ((early, 1), (late, 29)):
        world.advance(timedelta(hours=8, minutes=minutes))
        for campaign in world.objects("tiktok_ads", only_account(world, "tiktok_ads"), "campaign"):
            world.update("tiktok_ads", "campaign", campaign.id, status="paused")
        world.advance(timedelta(hours=2))
    account, today = only_account(early, "tiktok_ads"), date(2026, 11, 5)
    window = (today, today + timedelta(days=1))
    shown = [sum(row.impressions for row in world.ad_days("tiktok_ads", account, *window)) for world in (early, late)]
    assert shown[0] < shown[1]


def test_more_budget_buys_more_and_each_further_dollar_less():
    bought: list[tuple[int, Decimal]] = []
    for daily in (20, 80, 320, 1280):
        world = world_with(X_US, seed=12)
        campaign = new_campaign(world, "x_ads", daily=daily)
        world.advance(timedelta(days=6))
        impressions, _, spend = totals(world, campaign, *always(world))
        bought.append((impressions, spend))
    impressions = [each for each, _ in bought]
    assert impressions == sorted(impressions)
    per_dollar = [Decimal(each) / spend for each, spend in bought]
    assert per_dollar == sorted(per_dollar, reverse=True)
    assert per_dollar[-1] < per_dollar[0] / 2


def test_a_raised_budget_shows_on_the_same_day():
    raised, kept = world_with(X_US), world_with(X_US)
    campaign = raised.objects("x_ads", only_account(raised, "x_ads"), "campaign")[0]
    for world in (raised, kept):
        world.advance(timedelta(hours=10))
    raised.update("x_ads", "campaign", campaign.id, daily_budget=(campaign.daily_budget or Decimal(0)) * 3)
    for world in (raised, kept):
        world.advance(timedelta(hours=6))
    day = date(2026, 11, 5)
    spent = [totals(world, campaign, day, day + timedelta(days=1))[2] for world in (raised, kept)]
    assert spent[0] > spent[1] * Decimal("1.3")


def test_people_tire_of_what_they_see_often():
    world = world_with(X_US, seed=3)
    campaign = new_campaign(world, "x_ads", daily=400)
    world.advance(timedelta(days=28))
    start = date(2026, 11, 6)
    fresh = totals(world, campaign, start, start + timedelta(days=4))
    worn = totals(world, campaign, start + timedelta(days=22), start + timedelta(days=26))
    assert worn[1] / worn[0] < 0.85 * fresh[1] / fresh[0]


def test_a_new_ad_in_a_worn_group_is_fresh():
    world = world_with(X_US, seed=3)
    campaign = new_campaign(world, "x_ads", daily=400)
    world.advance(timedelta(days=25))
    group = next(
        each for each in world.objects("x_ads", campaign.account_id, "ad_group") if each.parent_id == campaign.id
    )
    worn = next(each for each in world.objects("x_ads", campaign.account_id, "ad") if each.parent_id == group.id)
    added = world.create(
        "x_ads", campaign.account_id, "ad", name="again", parent_id=group.id, status="active",
        attributes={"creative_id": worn.id},  # the very same creative
    )  # fmt: skip
    world.advance(timedelta(days=4))
    rows = world.ad_days("x_ads", campaign.account_id, date(2026, 12, 1), date(2026, 12, 4))
    rate = {
        each.id: sum(row.clicks for row in rows if row.ad_id == each.id)
        / sum(row.impressions for row in rows if row.ad_id == each.id)
        for each in (worn, added)
    }
    assert rate[added.id] > 1.2 * rate[worn.id]


def test_a_suspended_account_stops_and_the_others_go_on():
    world = PracticeWorld(replace(TINY, history_days=2), seed=4)
    first, second = world.accounts("meta_ads")
    world.set_account_status("meta_ads", first.id, "suspended")
    since = world.now()
    world.advance(timedelta(days=2))
    day = (since + timedelta(days=1)).date()
    assert world.ad_days("meta_ads", first.id, day, day + timedelta(days=3)) == []
    assert world.ad_days("meta_ads", second.id, day, day + timedelta(days=3)) != []
    world.set_account_status("meta_ads", first.id, "active")
    world.advance(timedelta(days=1))
    assert world.ad_days("meta_ads", first.id, day, day + timedelta(days=4)) != []


def test_evenings_bring_more_than_nights():
    world = world_with(META_US, days=10)
    shares = world.hour_shares("meta_ads", only_account(world, "meta_ads"), date(2026, 10, 30))
    assert sum(shares[18:22]) > 3 * sum(shares[1:5])


def test_objects_keep_their_platforms_style_of_identifier():
    world = PracticeWorld(TINY, seed=5)
    for party, pattern in (("meta_ads", str.isdigit), ("x_ads", str.isalnum), ("tiktok_ads", str.isdigit)):
        account = world.accounts(party)[0]
        for level in ("campaign", "ad_group", "ad"):
            ids = [each.id for each in world.objects(party, account.id, level)]
            assert len(set(ids)) == len(ids)
            assert all(pattern(each) for each in ids)
            if party == "tiktok_ads":
                assert all(int(each) > 2**53 and len(each) == 19 for each in ids)
            if party == "meta_ads":
                assert all(len(each) == 17 for each in ids)
            if party == "x_ads":
                assert all(4 <= len(each) <= 6 for each in ids)
    assert all(int(account.id) < -(10**12) for account in world.accounts("telegram"))


def test_changes_that_make_no_sense_are_refused():
    world = PracticeWorld(TINY, seed=5)
    account = world.accounts("x_ads")[0]
    ad = world.objects("x_ads", account.id, "ad")[0]
    with pytest.raises(KeyError):
        world.create("x_ads", account.id, "ad", name="orphan", parent_id="nothing")
    with pytest.raises(KeyError):
        world.create("x_ads", "nobody", "campaign", name="lost")
    with pytest.raises(KeyError):
        world.update("x_ads", "ad", "nothing", status="paused")
    with pytest.raises(ValueError, match="parent_id"):
        world.update("x_ads", "ad", ad.id, parent_id="elsewhere")


def test_an_update_keeps_the_old_version_and_merges_attributes():
    world = PracticeWorld(TINY, seed=5)
    account = world.accounts("meta_ads")[0]
    before = world.objects("meta_ads", account.id, "campaign")[0]
    world.advance(timedelta(hours=1))
    after = world.update("meta_ads", "campaign", before.id, name="renamed", attributes={"note": "🎒"})
    assert (after.name, after.attributes["note"]) == ("renamed", "🎒")
    assert after.attributes["objective"] == before.attributes["objective"]
    assert "note" not in before.attributes
    assert after.updated_at == datetime(2026, 11, 5, 7, tzinfo=UTC) > before.updated_at
    assert after.created_at == before.created_at
