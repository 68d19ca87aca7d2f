"""What the X connector changes over HTTP: the world follows, nothing is made twice, and lost answers are settled."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

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
from connectors.taxonomy import Conflict, NotSupported, OutcomeUnknown, Rejected
from simulator.serving import Sim, serve
from simulator.world.scenario import TINY, X_US, AccountPlan
from simulator.x_ads.door import DOOR

X_JP = AccountPlan(party="x_ads", name="Larkspur 東京", market="JP", currency="JPY", timezone="Asia/Tokyo")
SCENARIO = replace(TINY, accounts=(X_US, X_JP), history_days=4)
TODAY = date(2026, 11, 5)
PAGE = "https://larkspur.example/?a=1&b=2"


class Desk:
    """One account's control, beside the world it acts on."""

    def __init__(self, sim: Sim, number: int = 0) -> None:
        held = sim.credential("x_ads", number)
        self.sim, self.id = sim, held.account_id
        environment = {f"X_ACCOUNT_1_{name}": value for name, value in held.fields.items()}
        ports = Ports(
            clock=sim.world.now,
            wall_clock=lambda: datetime.now(UTC),
            sleep=lambda seconds: None,
            secret=environment.get,
            base_url=sim.base_url,
        )
        make = ad_platform("x_ads").control
        assert make is not None
        self.control: AdControl = make(
            AccountRef(party="x_ads", account_id=self.id, credential_prefix="X_ACCOUNT_1"), ports
        )

    def objects(self, level: Any) -> list[Any]:
        return list(self.sim.world.objects("x_ads", self.id, level))

    def named(self, level: Any, name: str) -> list[Any]:
        return [each for each in self.objects(level) if each.name == name and each.status != "deleted"]

    def spend(self, days: int, **of: str) -> Decimal:
        """What the world spends from tomorrow on, over so many days."""
        until = TODAY + timedelta(days=days + 1)
        rows = self.sim.world.ad_days("x_ads", self.id, TODAY + timedelta(days=1), until)
        return sum(
            (row.spend for row in rows if all(getattr(row, name) == value for name, value in of.items())), Decimal(0)
        )

    def line_item(self, name: str, **more: Any) -> str:
        campaign = self.control.create_campaign(campaign_draft(f"campaign of {name}"))
        return self.control.create_ad_group(AdGroupDraft(name=name, campaign_id=campaign, **more))


def campaign_draft(name: str, **more: Any) -> CampaignDraft:
    usual: dict[str, Any] = {"objective": Objective.TRAFFIC, "daily_budget": Money(Decimal(20), "USD")}
    return CampaignDraft(name=name, **{**usual, **more})


@pytest.fixture(scope="module")
def served() -> Iterator[Sim]:
    with serve(scenario=SCENARIO, seed=6, specs=[DOOR]) as sim:
        yield sim


@pytest.fixture
def us(served: Sim) -> Iterator[Desk]:
    yield Desk(served)
    served.faults.clear()


@pytest.fixture
def jp(served: Sim) -> Desk:
    return Desk(served, 1)


# --- What is changed changes what happens next


def test_pauses_and_budgets_change_what_is_spent_from_then_on():
    with serve(scenario=SCENARIO, seed=6, specs=[DOOR]) as sim:
        us = Desk(sim)
        paused, cut = [each.id for each in us.objects("campaign")]
        us.control.set_status(Level.CAMPAIGN, paused, Status.PAUSED)
        us.control.set_daily_budget(Level.CAMPAIGN, cut, Money(Decimal("5.50"), "USD"))
        assert us.control.read(Level.CAMPAIGN, paused).status is Status.PAUSED
        assert us.control.read(Level.CAMPAIGN, cut).daily_budget == Money(Decimal("5.5"), "USD")
        sim.control.advance(days=8)
        assert us.spend(6, campaign_id=paused) == 0
        assert 0 < us.spend(6, campaign_id=cut) <= Decimal("5.50") * 6 * Decimal("1.5")
        us.control.set_status(Level.CAMPAIGN, paused, Status.ACTIVE)
        sim.control.advance(days=4)
        assert us.spend(11, campaign_id=paused) > 0


def test_budgets_are_written_in_the_accounts_currency(us: Desk, jp: Desk):
    campaign = jp.objects("campaign")[0].id
    jp.control.set_daily_budget(Level.CAMPAIGN, campaign, Money(Decimal(7000), "JPY"))
    assert jp.sim.world.find("x_ads", "campaign", campaign).daily_budget == Decimal(7000)
    with pytest.raises(Rejected, match="smallest unit is 1"):
        jp.control.set_daily_budget(Level.CAMPAIGN, campaign, Money(Decimal("7000.5"), "JPY"))
    with pytest.raises(Rejected, match="counts in USD"):
        us.control.set_daily_budget(Level.CAMPAIGN, us.objects("campaign")[0].id, Money(Decimal(5), "JPY"))
    assert jp.sim.world.find("x_ads", "campaign", campaign).daily_budget == Decimal(7000)


def test_a_budget_is_set_only_where_the_money_is(us: Desk):
    item = us.objects("ad_group")[0].id
    with pytest.raises(Rejected, match="Set the budget of its campaign"):
        us.control.set_daily_budget(Level.AD_GROUP, item, Money(Decimal(5), "USD"))
    campaign = us.control.create_campaign(campaign_draft("by line item", daily_budget=None))
    with pytest.raises(Rejected, match="Set the budget of its line items"):
        us.control.set_daily_budget(Level.CAMPAIGN, campaign, Money(Decimal(5), "USD"))
    draft = AdGroupDraft(name="with money", campaign_id=campaign, daily_budget=Money(Decimal(5), "USD"))
    item = us.control.create_ad_group(draft)
    us.control.set_daily_budget(Level.AD_GROUP, item, Money(Decimal("6.25"), "USD"))
    assert us.control.read(Level.AD_GROUP, item).daily_budget == Money(Decimal("6.25"), "USD")


def test_promoted_tweets_cannot_be_paused_but_can_be_deleted(us: Desk):
    ad = us.objects("ad")[0].id
    for status in (Status.PAUSED, Status.ACTIVE, Status.ARCHIVED):
        with pytest.raises(NotSupported, match="pause its line item"):
            us.control.set_status(Level.AD, ad, status)
    with pytest.raises(NotSupported, match="no budget"):
        us.control.set_daily_budget(Level.AD, ad, Money(Decimal(5), "USD"))
    us.control.set_status(Level.AD, ad, Status.DELETED)
    assert us.control.read(Level.AD, ad).status is Status.DELETED


def test_x_has_no_archive(us: Desk):
    with pytest.raises(NotSupported, match="archived"):
        us.control.set_status(Level.CAMPAIGN, us.objects("campaign")[0].id, Status.ARCHIVED)


# --- What is made is made once


def test_creating_twice_makes_one_of_everything(us: Desk):
    creative = CreativeDraft(name="tweet w-1", text="Come and see", landing_page=PAGE)
    for _ in range(2):
        campaign = us.control.create_campaign(campaign_draft("campaign w-1"))
        group = AdGroupDraft(name="group w-1", campaign_id=campaign, countries=["US", "DE"])
        item = us.control.create_ad_group(group)
        tweet = us.control.create_creative(creative)
        ad = us.control.create_ad(AdDraft(name="tweet w-1", ad_group_id=item, creative_id=tweet))
    assert [len(us.named(level, f"{level} w-1")) for level in ("campaign",)] == [1]
    assert [each.id for each in us.named("ad_group", "group w-1")] == [item]
    assert [each.id for each in us.named("creative", "tweet w-1")] == [tweet]
    assert [each.id for each in us.objects("ad") if each.parent_id == item] == [ad]
    assert us.control.find_by_name(Level.AD, "tweet w-1").id == ad
    made = us.sim.world.find("x_ads", "ad_group", item)
    assert made.status == "paused"
    assert len(made.attributes["targeting_criteria"]) == 2
    assert us.sim.world.find("x_ads", "creative", tweet).attributes["text"] == f"Come and see {PAGE}"


def test_a_line_item_has_an_end_even_if_the_draft_has_none(us: Desk):
    raw = us.control.read(Level.AD_GROUP, us.line_item("ends")).raw
    assert (raw["start_time"], raw["end_time"]) == ("2026-11-05T07:00:00Z", "2026-12-05T07:00:00Z")


def test_names_are_found_exactly_or_not_at_all(us: Desk):
    for name in ("spring", "spring sale", "Spring"):
        us.control.create_campaign(campaign_draft(name))
    assert us.control.find_by_name(Level.CAMPAIGN, "spring").name == "spring"
    assert us.control.find_by_name(Level.CAMPAIGN, "sprin") is None
    found = us.control.find_by_name(Level.CAMPAIGN, "spring sale")
    us.control.set_status(Level.CAMPAIGN, found.id, Status.DELETED)
    assert us.control.find_by_name(Level.CAMPAIGN, "spring sale") is None


def test_two_of_the_same_name_are_a_conflict_not_a_guess(us: Desk):
    first = us.control.create_campaign(campaign_draft("twin"))
    us.sim.world.create("x_ads", us.id, "campaign", name="twin")
    with pytest.raises(Conflict, match="2 campaigns named 'twin'"):
        us.control.find_by_name(Level.CAMPAIGN, "twin")
    us.control.set_status(Level.CAMPAIGN, first, Status.DELETED)


def test_a_line_item_of_that_name_elsewhere_is_not_taken_for_this_one(us: Desk):
    first = us.line_item("broad")
    other = us.control.create_campaign(campaign_draft("another campaign"))
    second = us.control.create_ad_group(AdGroupDraft(name="broad", campaign_id=other))
    assert second != first
    assert us.control.create_ad_group(AdGroupDraft(name="broad", campaign_id=other)) == second
    with pytest.raises(Conflict, match="2 line items named 'broad'"):
        us.control.find_by_name(Level.AD_GROUP, "broad")


def test_many_countries_cost_one_question_about_places(us: Desk):
    us.sim.log.clear()
    us.line_item("wide", countries=["US", "DE", "ES", "JP", "IN", "FR", "IT"])
    assert len([seen for seen in us.sim.log.all() if seen.path.endswith("/locations")]) == 1


def test_a_paused_ad_is_only_to_be_had_in_a_paused_line_item(us: Desk):
    item = us.line_item("running", status=Status.ACTIVE)
    assert us.control.read(Level.AD_GROUP, item).status is Status.ACTIVE
    creative = CreativeDraft(name="for a running one", text="Hello", landing_page=PAGE)
    with pytest.raises(NotSupported, match="Pause its line item first"):
        us.control.create_ad(AdDraft(name="resting", ad_group_id=item, creative=creative))
    running = AdDraft(name="running", ad_group_id=item, creative=creative, status=Status.ACTIVE)
    assert us.control.read(Level.AD, us.control.create_ad(running)).status is Status.ACTIVE


def test_a_headline_is_refused_where_a_tweet_has_none(us: Desk):
    draft = CreativeDraft(name="loud", text="Hello", landing_page=PAGE, headline="Buy now")
    with pytest.raises(NotSupported, match="card"):
        us.control.create_creative(draft)
    with_card = replace(draft, extras={"card_uri": "card://123"})
    tweet = us.control.create_creative(with_card)
    assert us.sim.world.find("x_ads", "creative", tweet).attributes["card_uri"] == "card://123"


def test_unknown_countries_are_refused(us: Desk):
    with pytest.raises(Rejected, match="'ZZ'"):
        us.line_item("nowhere", countries=["ZZ"])


# --- Answers that never arrive


def test_a_create_whose_answer_was_lost_is_settled_by_its_name(us: Desk):
    us.sim.faults.switch_on("reset_after_write", count=1)
    with pytest.raises(OutcomeUnknown):
        us.control.create_campaign(campaign_draft("lost answer"))
    found = us.control.find_by_name(Level.CAMPAIGN, "lost answer")
    assert found is not None
    assert us.control.create_campaign(campaign_draft("lost answer")) == found.id
    assert len(us.named("campaign", "lost answer")) == 1


def test_a_create_that_never_happened_is_settled_the_same_way(us: Desk):
    us.sim.faults.switch_on("reset", method="POST", count=1)
    with pytest.raises(OutcomeUnknown):
        us.control.create_campaign(campaign_draft("never sent"))
    assert us.control.find_by_name(Level.CAMPAIGN, "never sent") is None
    us.control.create_campaign(campaign_draft("never sent"))
    assert len(us.named("campaign", "never sent")) == 1


def test_a_pause_whose_answer_was_lost_is_settled_by_reading(us: Desk):
    campaign = us.control.create_campaign(campaign_draft("paused unseen", status=Status.ACTIVE))
    us.sim.faults.switch_on("reset_after_write", count=1)
    with pytest.raises(OutcomeUnknown):
        us.control.set_status(Level.CAMPAIGN, campaign, Status.PAUSED)
    assert us.control.read(Level.CAMPAIGN, campaign).status is Status.PAUSED


@pytest.mark.parametrize("kind", ["malformed", "server_error", "html"])
def test_a_write_answered_with_nonsense_has_an_unknown_outcome(us: Desk, kind: Any):
    us.sim.faults.switch_on(kind, method="PUT", count=1)
    with pytest.raises(OutcomeUnknown):
        us.control.set_status(Level.CAMPAIGN, us.objects("campaign")[0].id, Status.ACTIVE)


def test_a_line_item_lost_half_way_is_paused_and_finished_by_the_next_try(us: Desk):
    campaign = us.control.create_campaign(campaign_draft("half way"))
    draft = AdGroupDraft(name="half way", campaign_id=campaign, countries=["US", "JP"], status=Status.ACTIVE)
    us.sim.faults.switch_on("reset", path="targeting_criteria$", method="POST", count=1)
    with pytest.raises(OutcomeUnknown):
        us.control.create_ad_group(draft)
    assert [each.status for each in us.named("ad_group", "half way")] == ["paused"]
    item = us.control.create_ad_group(draft)
    made = us.named("ad_group", "half way")
    assert [(each.id, each.status, len(each.attributes["targeting_criteria"])) for each in made] == [
        (item, "active", 2)
    ]


def test_reads_in_between_survive_five_percent_of_faults(us: Desk):
    for kind in ("rate_limited", "server_error", "reset", "malformed", "html"):
        us.sim.faults.switch_on(kind, rate=0.05, method="GET")
    for n in range(10):
        campaign = us.control.create_campaign(campaign_draft(f"weather {n}"))
        us.control.set_daily_budget(Level.CAMPAIGN, campaign, Money(Decimal(n + 1), "USD"))
        assert us.control.find_by_name(Level.CAMPAIGN, f"weather {n}").daily_budget == Money(Decimal(n + 1), "USD")


# --- Audiences


def people(first: int, last: int) -> list[str]:
    return [f"{n:064x}" for n in range(first, last)]


def test_audiences_are_synced_in_bounded_calls_and_lost_answers_asked_again(us: Desk):
    audience = us.control.create_audience("readers")
    assert us.control.create_audience("readers") == audience
    us.sim.faults.switch_on("reset_after_write", path="users$", count=1)
    us.sim.log.clear()
    receipt = us.control.sync_audience(audience, add=people(0, 6000), remove=[])
    assert (receipt.received, receipt.invalid) == (6000, 0)
    calls = [seen for seen in us.sim.log.all() if seen.path.endswith("/users")]
    assert [seen.status for seen in calls] == [None, 200, 200, 200]
    us.control.sync_audience(audience, add=people(6000, 6010), remove=people(0, 10))
    held = us.sim.world.find("x_ads", "audience", audience).attributes["members"]
    assert set(held) == {f"email:{person}" for person in people(10, 6010)}


def test_plain_addresses_never_leave_the_house(us: Desk):
    audience = us.control.create_audience("secrets")
    us.sim.log.clear()
    for wrong in ("jane@larkspur.example", "A" * 64, "a" * 63):
        with pytest.raises(Rejected, match="SHA-256") as raised:
            us.control.sync_audience(audience, add=[*people(0, 3), wrong], remove=[])
        assert wrong not in str(raised.value)
    assert us.sim.log.all() == []
