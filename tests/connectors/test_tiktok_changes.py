"""What the TikTok connector changes: exact budgets, single creates, outcomes that are known or called unknown."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.ad_platform import (
    AccountRef,
    AdControl,
    AdDraft,
    AdGroupDraft,
    CampaignDraft,
    CreativeDraft,
    Level,
    Money,
    Objective,
    Ports,
    Status,
)
from connectors.registry import ad_platform
from connectors.taxonomy import NotFound, NotSupported, OutcomeUnknown, Rejected
from connectors.tiktok_ads.budgets import UnusableBudget, amount_on_the_wire
from connectors.tiktok_ads.drafts import request_id_for
from simulator.serving import Sim, serve
from simulator.tiktok_ads.door import DOOR
from simulator.world.model import AdObject
from simulator.world.scenario import TIKTOK_JP, TIKTOK_US, TINY

SCENARIO = replace(TINY, accounts=(TIKTOK_US, TIKTOK_JP), history_days=3)
USD, JPY = 0, 1


@pytest.fixture
def sim() -> Iterator[Sim]:
    with serve(scenario=SCENARIO, seed=7, specs=[DOOR]) as running:
        yield running


def control(sim: Sim, number: int = USD) -> AdControl:
    held = sim.credential("tiktok_ads", number)
    ports = Ports(
        clock=sim.world.now,
        wall_clock=lambda: datetime.now(UTC),
        sleep=lambda seconds: None,
        secret={"TIKTOK_ACCOUNT_1_TOKEN": held.fields["TOKEN"]}.get,
        base_url=sim.base_url,
    )
    make = ad_platform("tiktok_ads").control
    assert make is not None
    return make(AccountRef(party="tiktok_ads", account_id=held.account_id, credential_prefix="TIKTOK_ACCOUNT_1"), ports)


def objects(sim: Sim, level: Any, number: int = USD) -> list[AdObject]:
    return list(sim.world.objects("tiktok_ads", sim.credential("tiktok_ads", number).account_id, level))


def carrier(sim: Sim, number: int = USD) -> tuple[Level, AdObject]:
    """An object whose own daily budget can be changed."""
    found = next(
        each for each in (*objects(sim, "campaign", number), *objects(sim, "ad_group", number)) if each.daily_budget
    )
    return Level(found.level), found


def usd(amount: str) -> Money:
    return Money(Decimal(amount), "USD")


def spend_on(sim: Sim, day: date) -> Decimal:
    account = sim.credential("tiktok_ads", USD).account_id
    days = sim.world.ad_days("tiktok_ads", account, day, date.fromordinal(day.toordinal() + 1))
    return sum((each.spend for each in days), Decimal(0))


def test_a_paused_campaign_stops_delivering_and_goes_on_when_resumed(sim: Sim) -> None:
    hand = control(sim)
    for campaign in objects(sim, "campaign"):
        hand.set_status(Level.CAMPAIGN, campaign.id, Status.PAUSED)
    assert {hand.read(Level.CAMPAIGN, each.id).status for each in objects(sim, "campaign")} == {Status.PAUSED}
    sim.control.advance(days=2)
    assert spend_on(sim, date(2026, 11, 6)) == 0
    for campaign in objects(sim, "campaign"):
        hand.set_status(Level.CAMPAIGN, campaign.id, Status.ACTIVE)
    sim.control.advance(days=2)
    assert spend_on(sim, date(2026, 11, 8)) > 0


def test_a_larger_budget_spends_more(sim: Sim) -> None:
    level, found = carrier(sim)
    hand = control(sim)
    hand.set_daily_budget(level, found.id, usd("900"))
    assert hand.read(level, found.id).daily_budget == usd("900")
    before = spend_on(sim, date(2026, 11, 4))
    sim.control.advance(days=3)
    assert spend_on(sim, date(2026, 11, 6)) > before * 2


@pytest.mark.parametrize(
    ("number", "money", "said"),
    [
        (USD, usd("19.99"), "floor of"),
        (USD, usd("60.005"), "no fraction smaller than 0.01"),
        (USD, Money(Decimal(60), "EUR"), "in EUR, the account spends USD"),
        (USD, usd("10000000"), "ceiling of 10000000"),
        (USD, usd("NaN"), "not an amount"),
        (JPY, Money(Decimal("1999"), "JPY"), "floor of"),
        (JPY, Money(Decimal("9000.5"), "JPY"), "the currency has no fractions"),
    ],
)
def test_a_budget_the_platform_cannot_hold_is_refused_before_it_is_sent(
    sim: Sim, number: int, money: Money, said: str
) -> None:
    level, found = carrier(sim, number)
    hand = control(sim, number)
    sim.log.clear()
    with pytest.raises(Rejected, match=said):
        hand.set_daily_budget(level, found.id, money)
    assert not [seen for seen in sim.log.all() if seen.method == "POST"]
    assert sim.world.find("tiktok_ads", found.level, found.id) == found


def test_a_level_without_its_own_budget_says_so(sim: Sim) -> None:
    bare = next(each for each in (*objects(sim, "campaign"), *objects(sim, "ad_group")) if each.daily_budget is None)
    with pytest.raises(Rejected, match=r"carries no daily budget \(BUDGET_MODE_INFINITE\)"):
        control(sim).set_daily_budget(Level(bare.level), bare.id, usd("100"))
    with pytest.raises(Rejected, match="an ad carries no budget"):
        control(sim).set_daily_budget(Level.AD, objects(sim, "ad")[0].id, usd("100"))


def test_less_than_what_is_spent_is_the_platforms_own_refusal(sim: Sim) -> None:
    level, found = carrier(sim)
    hand = control(sim)
    hand.set_daily_budget(level, found.id, usd("900"))
    sim.control.advance(hours=16)
    with pytest.raises(Rejected, match=r"\[40002\].*105%"):
        hand.set_daily_budget(level, found.id, usd("50.01"))


def draft(name: str = "Herbst [w-1]", **changes: Any) -> CampaignDraft:
    return CampaignDraft(name=name, objective=Objective.SALES, **changes)


def test_everything_from_the_campaign_to_its_ad_is_created_paused(sim: Sim) -> None:
    hand = control(sim)
    campaign = hand.create_campaign(draft(daily_budget=usd("60")))
    group = hand.create_ad_group(AdGroupDraft(name="Leser [w-2]", campaign_id=campaign, countries=("US", "DE")))
    look = CreativeDraft(
        name="Fluss",
        text="Come and see.",
        landing_page="https://larkspur.example/?ttclid=__CLICKID__",
        image_ref="v10033g50000example",
        extras={"identity_type": "CUSTOMIZED_USER", "identity_id": "7000000000000000001"},
    )
    ad = hand.create_ad(AdDraft(name="Fluss v1 [w-3]", ad_group_id=group, creative=look))
    states = [hand.read(Level.CAMPAIGN, campaign), hand.read(Level.AD_GROUP, group), hand.read(Level.AD, ad)]
    assert [state.status for state in states] == [Status.PAUSED] * 3
    assert [state.parent_id for state in states] == [None, campaign, group]
    assert [state.daily_budget for state in states] == [usd("60"), None, None]
    assert states[1].raw["location_ids"] == ["6252001", "2921044"]  # GeoNames: United States, Germany
    assert states[2].raw["landing_page_url"] == look.landing_page


def test_what_is_created_active_delivers_and_is_held_to_its_budget(sim: Sim) -> None:
    hand = control(sim)
    campaign = hand.create_campaign(draft(daily_budget=usd("100"), status=Status.ACTIVE))
    group = hand.create_ad_group(AdGroupDraft(name="g", campaign_id=campaign, status=Status.ACTIVE))
    who = {"identity_type": "CUSTOMIZED_USER", "identity_id": "7000000000000000001"}
    look = CreativeDraft(name="c", text="t", landing_page="https://larkspur.example/", image_ref="v1", extras=who)
    ad = hand.create_ad(AdDraft(name="a", ad_group_id=group, creative=look, status=Status.ACTIVE))
    sim.control.advance(days=3)
    account = sim.credential("tiktok_ads").account_id
    days = sim.world.ad_days("tiktok_ads", account, date(2026, 11, 5), date(2026, 11, 9))
    spends = [day.spend for day in days if day.ad_id == ad]
    assert len(spends) >= 3
    assert 0 < max(spends) < 125  # a platform may overshoot a day's budget, by a quarter at most


def test_the_same_draft_is_created_once_however_often_it_is_asked(sim: Sim) -> None:
    first = control(sim).create_campaign(draft())
    assert [control(sim).create_campaign(draft()) for _ in range(2)] == [first, first]
    assert [each.id for each in objects(sim, "campaign") if each.name == draft().name] == [first]
    group = AdGroupDraft(name="Leser", campaign_id=first, daily_budget=usd("20"))
    ids = {control(sim).create_ad_group(group) for _ in range(2)}
    assert {each.id for each in objects(sim, "ad_group") if each.name == "Leser"} == ids
    assert len(ids) == 1


def test_a_create_whose_answer_was_lost_is_unknown_and_a_repeat_finds_it(sim: Sim) -> None:
    sim.faults.switch_on("reset_after_write", path="campaign/create", count=1)
    hand = control(sim)
    with pytest.raises(OutcomeUnknown, match="Read the object back"):
        hand.create_campaign(draft())
    found = hand.find_by_name(Level.CAMPAIGN, draft().name)
    assert found is not None
    assert hand.create_campaign(draft()) == found.id
    assert len([each for each in objects(sim, "campaign") if each.name == draft().name]) == 1


@pytest.mark.parametrize("kind", ["reset", "truncated", "malformed", "server_error"])
def test_a_change_without_a_readable_answer_is_never_repeated(sim: Sim, kind: Any) -> None:
    campaign = objects(sim, "campaign")[0]
    sim.faults.switch_on(kind, path="status/update")
    with pytest.raises(OutcomeUnknown):
        control(sim).set_status(Level.CAMPAIGN, campaign.id, Status.PAUSED)
    assert len([seen for seen in sim.log.all() if "status/update" in seen.path]) == 1


def test_a_rate_limited_change_is_made_once_the_wait_is_over(sim: Sim) -> None:
    campaign = objects(sim, "campaign")[0]
    sim.faults.switch_on("rate_limited", path="status/update", count=2)
    control(sim).set_status(Level.CAMPAIGN, campaign.id, Status.PAUSED)
    assert objects(sim, "campaign")[0].status == "paused"


def test_only_the_very_name_is_found_and_what_exists_before_what_is_gone(sim: Sim) -> None:
    hand = control(sim)
    longer = hand.create_campaign(draft("Herbst [w-10]"))
    assert hand.find_by_name(Level.CAMPAIGN, "Herbst [w-1]") is None
    gone = hand.create_campaign(draft("Herbst [w-1]"))
    hand.set_status(Level.CAMPAIGN, gone, Status.DELETED)
    found = hand.find_by_name(Level.CAMPAIGN, "Herbst [w-1]")
    assert (found and (found.id, found.status)) == (gone, Status.DELETED)
    account = sim.credential("tiktok_ads").account_id
    again = sim.world.create("tiktok_ads", account, "campaign", name="Herbst [w-1]")
    found = hand.find_by_name(Level.CAMPAIGN, "Herbst [w-1]")
    assert found is not None
    assert found.id == again.id != longer


def test_what_tiktok_does_not_have_is_said_plainly(sim: Sim) -> None:
    hand = control(sim)
    with pytest.raises(NotSupported, match="create_ad"):
        hand.create_creative(CreativeDraft(name="c", text="t", landing_page="https://larkspur.example/"))
    with pytest.raises(NotSupported, match="archived"):
        hand.set_status(Level.CAMPAIGN, objects(sim, "campaign")[0].id, Status.ARCHIVED)
    with pytest.raises(NotFound):
        hand.read(Level.AD, "1800000000000000000")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"image_ref": None}, "an ad shows something"),
        ({"extras": {}}, "identity_type and identity_id"),
    ],
)
def test_an_incomplete_ad_is_refused_before_it_is_sent(sim: Sim, change: dict[str, Any], said: str) -> None:
    look = CreativeDraft(
        name="c",
        text="t",
        landing_page="https://larkspur.example/",
        image_ref="v1",
        extras={"identity_type": "CUSTOMIZED_USER", "identity_id": "1"},
    )
    wrong = AdDraft(name="a", ad_group_id=objects(sim, "ad_group")[0].id, creative=replace(look, **change))
    with pytest.raises(Rejected, match=said):
        control(sim).create_ad(wrong)


def test_countries_without_a_known_location_are_refused(sim: Sim) -> None:
    wrong = AdGroupDraft(name="g", campaign_id=objects(sim, "campaign")[0].id, countries=("US", "ZZ"))
    with pytest.raises(Rejected, match="no location id is known for ZZ"):
        control(sim).create_ad_group(wrong)


def test_an_audience_takes_hashes_and_gives_account_of_all_of_them(sim: Sim) -> None:
    hand = control(sim)
    audience = hand.create_audience("readers")
    people = [f"{number:064x}" for number in range(7)]
    receipt = hand.sync_audience(audience, add=people, remove=people[:2])
    assert (receipt.audience_id, receipt.received, receipt.invalid) == (audience, 9, 0)
    assert hand.sync_audience(audience, add=[], remove=[]).received == 0


def test_a_plain_address_is_refused_and_not_repeated_in_the_message(sim: Sim) -> None:
    hand = control(sim)
    audience = hand.create_audience("readers")
    sim.log.clear()
    with pytest.raises(Rejected, match="value 2 is not") as caught:
        hand.sync_audience(audience, add=["a" * 64, "ann@larkspur.example"], remove=[])
    assert "ann@" not in str(caught.value)
    assert sim.log.all() == []


cents = st.integers(min_value=0, max_value=10**9).map(lambda number: Decimal(number) / 100)
levels = st.sampled_from([Level.CAMPAIGN, Level.AD_GROUP])
# Dollars: 50 a campaign, 20 an ad group. Yen: a hundred times that, and no fractions.
FLOORS = {
    ("USD", Level.CAMPAIGN): 50,
    ("USD", Level.AD_GROUP): 20,
    ("JPY", Level.CAMPAIGN): 5000,
    ("JPY", Level.AD_GROUP): 2000,
}


@given(amount=cents, level=levels, currency=st.sampled_from(["USD", "JPY"]))
def test_a_budget_is_sent_exactly_or_not_at_all(amount: Decimal, level: Level, currency: str) -> None:
    fits = amount >= FLOORS[currency, level] and (currency == "USD" or amount == int(amount)) and amount < 10_000_000
    try:
        sent = amount_on_the_wire(Money(amount, currency), level=level, account_currency=currency)
    except UnusableBudget:
        assert not fits
    else:
        assert fits
        assert Decimal(str(sent)) == amount


@given(
    amount=st.decimals(allow_nan=True, allow_infinity=True) | st.decimals(min_value=0, max_value=10**4), level=levels
)
def test_no_amount_of_any_precision_gets_past_the_smallest_unit(amount: Decimal, level: Level) -> None:
    try:
        sent = amount_on_the_wire(Money(amount, "USD"), level=level, account_currency="USD")
    except UnusableBudget:
        return
    assert Decimal(str(sent)) == amount
    assert amount == amount.quantize(Decimal("0.01"))


@given(names=st.lists(st.text(), unique=True, max_size=5))
def test_request_ids_are_numbers_of_their_own_that_fit_the_platform(names: list[str]) -> None:
    ids = [request_id_for("1", Level.CAMPAIGN, name) for name in names]
    assert len(set(ids)) == len(names)
    assert ids == [request_id_for("1", Level.CAMPAIGN, name) for name in names]
    assert all(each.isdigit() and int(each) < 2**63 for each in ids)
