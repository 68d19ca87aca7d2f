"""Changes made through Meta's door: what arrives, what is refused before it is sent, and what a lost answer leaves."""

import hashlib
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from connectors.ad_platform import (
    AccountRef,
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
from connectors.meta_ads.audiences import LARGEST_UPLOAD
from connectors.meta_ads.client import MetaClient
from connectors.meta_ads.control import MetaControl
from connectors.taxonomy import NotFound, NotSupported, OutcomeUnknown, PermissionDenied, Rejected
from connectors.transport import new_client
from simulator.meta_ads.door import DOOR
from simulator.serving import Sim, serve
from simulator.world.model import AdObject

HTTP = new_client(timeout_seconds=10)


def control_of(sim: Sim, number: int = 0, **secrets: str) -> MetaControl:
    credential = sim.credential("meta_ads", number)
    held = {f"META_ACCOUNT_1_{name}": text for name, text in {**credential.fields, **secrets}.items()}
    ports = Ports(
        clock=sim.world.now,
        wall_clock=lambda: datetime.now(UTC),
        sleep=lambda seconds: None,
        secret=held.get,
        base_url=sim.base_url,
    )
    ref = AccountRef(party="meta_ads", account_id=credential.account_id, credential_prefix="META_ACCOUNT_1")
    return MetaControl(MetaClient(ref, ports, client=HTTP, rng=random.Random(5)))


@pytest.fixture(scope="module")
def sim() -> Iterator[Sim]:
    with serve(scenario="tiny", seed=3, specs=(DOOR,)) as sim:
        yield sim


@pytest.fixture
def control(sim: Sim) -> Iterator[MetaControl]:
    sim.log.clear()
    yield control_of(sim, PAGE_ID="4242")
    sim.faults.clear()


def stored(sim: Sim, level: Any, object_id: str) -> AdObject:
    found = sim.world.find("meta_ads", level, object_id)
    assert found is not None
    return found


def writes(sim: Sim) -> int:
    return sum(seen.method != "GET" for seen in sim.log.all("meta_ads"))


def usd(amount: str) -> Money:
    return Money(Decimal(amount), "USD")


def campaign(name: str, budget: Money | None = None, **more: Any) -> CampaignDraft:
    return CampaignDraft(name=name, objective=Objective.TRAFFIC, daily_budget=budget, **more)


class TestReading:
    def test_an_object_is_read_with_its_budget_parent_and_status(self, sim: Sim, control: MetaControl) -> None:
        for group in sim.world.objects("meta_ads", sim.credential("meta_ads").account_id, "ad_group"):
            state = control.read(Level.AD_GROUP, group.id)
            assert (state.name, state.parent_id, state.status) == (group.name, group.parent_id, Status.ACTIVE)
            assert (state.daily_budget.amount if state.daily_budget else None) == group.daily_budget

    def test_yen_are_not_hundredths(self, sim: Sim) -> None:
        groups = sim.world.objects("meta_ads", sim.credential("meta_ads", 1).account_id, "campaign")
        with_budget = next(each for each in groups if each.daily_budget is not None)
        assert control_of(sim, 1).read(Level.CAMPAIGN, with_budget.id).daily_budget == Money(
            with_budget.daily_budget or Decimal(0), "JPY"
        )

    def test_unknown_objects_and_those_of_other_accounts_are_not_read(self, sim: Sim, control: MetaControl) -> None:
        with pytest.raises(NotFound):
            control.read(Level.AD, "404")
        other = sim.world.objects("meta_ads", sim.credential("meta_ads", 1).account_id, "ad")[0]
        with pytest.raises(PermissionDenied):
            control.read(Level.AD, other.id)

    def test_a_name_is_found_only_when_it_is_exactly_the_same(self, sim: Sim, control: MetaControl) -> None:
        control.create_campaign(campaign("Names (weir-7)", usd("10")))
        found = control.find_by_name(Level.CAMPAIGN, "Names (weir-7)")
        assert found is not None
        assert found.daily_budget == usd("10")
        assert control.find_by_name(Level.CAMPAIGN, "Names (weir-") is None
        assert control.find_by_name(Level.AD, "Names (weir-7)") is None


class TestStatus:
    @pytest.mark.parametrize("level", [Level.CAMPAIGN, Level.AD_GROUP, Level.AD])
    def test_pausing_and_resuming_reach_the_platform(self, sim: Sim, control: MetaControl, level: Level) -> None:
        things = sim.world.objects("meta_ads", sim.credential("meta_ads").account_id, level.value)
        active = next(each for each in things if each.status == "active")
        control.set_status(level, active.id, Status.PAUSED)
        assert stored(sim, level.value, active.id).status == "paused"
        control.set_status(level, active.id, Status.ACTIVE)
        assert stored(sim, level.value, active.id).status == "active"

    def test_a_status_that_is_already_there_is_not_sent(self, sim: Sim, control: MetaControl) -> None:
        ad = sim.world.objects("meta_ads", sim.credential("meta_ads").account_id, "ad")[0]
        control.set_status(Level.AD, ad.id, Status(ad.status))
        assert writes(sim) == 0

    def test_unknown_is_not_a_status_one_can_set(self, control: MetaControl) -> None:
        with pytest.raises(Rejected, match="not a status"):
            control.set_status(Level.AD, "1", Status.UNKNOWN)


class TestBudgets:
    def test_a_campaigns_own_budget_is_set_there(self, sim: Sim, control: MetaControl) -> None:
        made = control.create_campaign(campaign("CBO", usd("20")))
        control.set_daily_budget(Level.CAMPAIGN, made, usd("22.50"))
        assert stored(sim, "campaign", made).daily_budget == Decimal("22.50")
        before = writes(sim)
        control.set_daily_budget(Level.CAMPAIGN, made, usd("22.5"))
        assert writes(sim) == before  # nothing new is not sent

    def test_a_budget_is_refused_at_the_level_that_does_not_carry_it(self, sim: Sim, control: MetaControl) -> None:
        carrying = control.create_campaign(campaign("carries", usd("20")))
        below = control.create_ad_group(AdGroupDraft(name="below", campaign_id=carrying, countries=["US"]))
        empty = control.create_campaign(campaign("carries none"))
        before = writes(sim)
        with pytest.raises(Rejected, match="its campaign carries it"):
            control.set_daily_budget(Level.AD_GROUP, below, usd("10"))
        with pytest.raises(Rejected, match="its ad sets carry theirs"):
            control.set_daily_budget(Level.CAMPAIGN, empty, usd("10"))
        with pytest.raises(NotSupported):
            control.set_daily_budget(Level.AD, "1", usd("10"))
        assert writes(sim) == before

    def test_a_lifetime_budget_is_not_turned_into_a_daily_one(self, control: MetaControl) -> None:
        made = control.create_campaign(campaign("lifetime", None, extras={"lifetime_budget": 90000}))
        with pytest.raises(Rejected, match="lifetime budget"):
            control.set_daily_budget(Level.CAMPAIGN, made, usd("10"))

    def test_another_currency_or_too_fine_an_amount_is_refused_before_it_is_sent(
        self, sim: Sim, control: MetaControl
    ) -> None:
        made = control.create_campaign(campaign("money", usd("20")))
        before = writes(sim)
        with pytest.raises(Rejected, match="currency is USD"):
            control.set_daily_budget(Level.CAMPAIGN, made, Money(Decimal(10), "EUR"))
        with pytest.raises(Rejected, match="cannot be expressed"):
            control.set_daily_budget(Level.CAMPAIGN, made, usd("10.005"))
        assert writes(sim) == before

    def test_too_small_a_budget_is_the_platforms_refusal(self, control: MetaControl) -> None:
        made = control.create_campaign(campaign("small", usd("20")))
        with pytest.raises(Rejected, match=r"1885272.*too low.*It blames: daily_budget"):
            control.set_daily_budget(Level.CAMPAIGN, made, usd("0.50"))


class TestCreating:
    def test_a_whole_ad_from_campaign_to_creative(self, sim: Sim, control: MetaControl) -> None:
        parent = control.create_campaign(campaign("Whole 🍂 weir-1"))
        starts = datetime(2026, 11, 6, 8, tzinfo=UTC)
        group = control.create_ad_group(
            AdGroupDraft(
                name="Whole set weir-1",
                campaign_id=parent,
                daily_budget=usd("15"),
                countries=["US", "CA"],
                starts_at=starts,
            )
        )
        creative = CreativeDraft(
            name="Whole creative weir-1",
            text="Come and see.",
            headline="A calm river",
            landing_page="https://shop.example/river?utm_source=meta_ads",
            call_to_action="SHOP_NOW",
        )
        ad = control.create_ad(AdDraft(name="Whole ad weir-1", ad_group_id=group, creative=creative))
        made = stored(sim, "ad", ad)
        assert (made.parent_id, made.status) == (group, "paused")
        assert made.attributes["landing_page"] == creative.landing_page
        shown = stored(sim, "creative", made.attributes["creative_id"])
        assert (shown.name, shown.attributes["text"], shown.attributes["headline"]) == (
            creative.name,
            creative.text,
            creative.headline,
        )
        assert shown.attributes["object_story_spec"]["page_id"] == "4242"
        ad_set = stored(sim, "ad_group", group)
        assert ad_set.daily_budget == 15
        assert ad_set.attributes["targeting"]["geo_locations"] == {"countries": ["US", "CA"]}
        assert ad_set.attributes["start_time"] == "2026-11-06T08:00:00+0000"

    def test_what_carries_the_name_already_is_not_made_again(self, sim: Sim, control: MetaControl) -> None:
        first = control.create_campaign(campaign("once weir-2", usd("10")))
        before = writes(sim)
        assert control.create_campaign(campaign("once weir-2", usd("10"))) == first
        assert writes(sim) == before

    def test_a_lost_answer_leaves_the_outcome_unknown_and_the_name_settles_it(
        self, sim: Sim, control: MetaControl
    ) -> None:
        sim.faults.switch_on("reset_after_write", count=1)
        with pytest.raises(OutcomeUnknown):
            control.create_campaign(campaign("lost weir-3", usd("10")))
        found = control.find_by_name(Level.CAMPAIGN, "lost weir-3")
        assert found is not None
        assert control.create_campaign(campaign("lost weir-3", usd("10"))) == found.id
        account = sim.credential("meta_ads").account_id
        assert [each.name for each in sim.world.objects("meta_ads", account, "campaign")].count("lost weir-3") == 1

    @pytest.mark.parametrize("kind", ["reset", "server_error", "malformed", "html", "truncated"])
    def test_no_write_is_repeated_on_its_own(self, sim: Sim, control: MetaControl, kind: Any) -> None:
        sim.faults.switch_on(kind, method="POST", count=1)
        with pytest.raises(OutcomeUnknown, match="Read the object back"):
            control.create_campaign(campaign(f"not repeated {kind}", usd("10")))
        control.find_by_name(Level.CAMPAIGN, "anything")  # by its answer, the server has noted what came before
        assert writes(sim) == 1

    def test_an_ad_set_needs_its_budget_where_the_campaign_has_none(self, sim: Sim, control: MetaControl) -> None:
        carrying = control.create_campaign(campaign("has one", usd("20")))
        empty = control.create_campaign(campaign("has none"))
        before = writes(sim)
        with pytest.raises(Rejected, match="cannot have one"):
            control.create_ad_group(
                AdGroupDraft(name="s1", campaign_id=carrying, countries=["US"], daily_budget=usd("5"))
            )
        with pytest.raises(Rejected, match="needs one"):
            control.create_ad_group(AdGroupDraft(name="s2", campaign_id=empty, countries=["US"]))
        assert writes(sim) == before

    def test_a_creative_without_a_page_says_which_variable_to_set(self, sim: Sim) -> None:
        draft = CreativeDraft(name="no page", text="t", landing_page="https://shop.example/")
        with pytest.raises(Rejected, match="META_ACCOUNT_1_PAGE_ID"):
            control_of(sim).create_creative(draft)

    def test_an_ad_needs_exactly_one_creative(self, control: MetaControl) -> None:
        with pytest.raises(Rejected, match="either a creative or"):
            control.create_ad(AdDraft(name="two", ad_group_id="1"))

    def test_conversion_goals_and_european_ads_pass_through_the_extras(self, sim: Sim, control: MetaControl) -> None:
        parent = control.create_campaign(CampaignDraft(name="EU weir-4", objective=Objective.SALES))
        draft = AdGroupDraft(name="EU set weir-4", campaign_id=parent, countries=["DE"], daily_budget=usd("15"))
        with pytest.raises(Rejected, match="dsa_beneficiary"):
            control.create_ad_group(draft)
        extras = {
            "optimization_goal": "OFFSITE_CONVERSIONS",
            "promoted_object": {"pixel_id": "1", "custom_event_type": "PURCHASE"},
            "dsa_beneficiary": "Larkspur",
            "dsa_payor": "Larkspur",
        }
        made = control.create_ad_group(
            AdGroupDraft(
                name="EU set weir-4", campaign_id=parent, countries=["DE"], daily_budget=usd("15"), extras=extras
            )
        )
        assert stored(sim, "ad_group", made).attributes["dsa_payor"] == "Larkspur"


class TestAudiences:
    def test_people_come_and_go_and_the_counts_add_up(self, sim: Sim, control: MetaControl) -> None:
        audience = control.create_audience("readers weir-5")
        assert control.create_audience("readers weir-5") == audience
        people = [hashlib.sha256(f"{n}@example.test".encode()).hexdigest() for n in range(5)]
        receipt = control.sync_audience(audience, add=people, remove=[])
        assert (receipt.received, receipt.invalid) == (5, 0)
        receipt = control.sync_audience(audience, add=[], remove=people[:2])
        assert (receipt.received, receipt.invalid) == (2, 0)
        assert stored(sim, "audience", audience).attributes["size"] == 3

    def test_large_audiences_go_up_in_parts_of_one_session(self, sim: Sim, control: MetaControl) -> None:
        audience = control.create_audience("large weir-6")
        before = writes(sim)
        people = [f"{n:064x}" for n in range(LARGEST_UPLOAD + 1)]
        receipt = control.sync_audience(audience, add=people, remove=[])
        assert receipt.received == LARGEST_UPLOAD + 1
        assert stored(sim, "audience", audience).attributes["size"] == LARGEST_UPLOAD + 1
        assert writes(sim) - before == 2

    def test_plain_addresses_are_refused_and_not_repeated_in_the_message(self, sim: Sim, control: MetaControl) -> None:
        before = writes(sim)
        with pytest.raises(Rejected, match="1 of 2") as caught:
            control.sync_audience("1", add=["a@example.test", "0" * 64], remove=[])
        assert "example.test" not in str(caught.value)
        assert writes(sim) == before


def test_pausing_and_more_money_change_what_happens_next() -> None:
    with serve(scenario="tiny", seed=3, specs=(DOOR,)) as sim:
        control, account = control_of(sim), sim.credential("meta_ads").account_id
        campaigns = sim.world.objects("meta_ads", account, "campaign")
        with_budget = next(each for each in campaigns if each.daily_budget is not None)
        other = next(each for each in campaigns if each.id != with_budget.id)
        control.set_status(Level.CAMPAIGN, other.id, Status.PAUSED)
        assert with_budget.daily_budget is not None
        more = (with_budget.daily_budget * 3).quantize(Decimal("0.01"))
        control.set_daily_budget(Level.CAMPAIGN, with_budget.id, usd(str(more)))
        today = sim.world.now().date()
        sim.control.advance(days=4)

        def spent(campaign_id: str, since_days: int, until_days: int) -> Decimal:
            days = (today + timedelta(days=since_days), today + timedelta(days=until_days))
            return sum(
                (row.spend for row in sim.world.ad_days("meta_ads", account, *days) if row.campaign_id == campaign_id),
                Decimal(0),
            )

        assert spent(other.id, -4, -1) > 0
        assert spent(other.id, 1, 4) == 0
        assert spent(with_budget.id, 1, 4) > spent(with_budget.id, -4, -1) * Decimal("1.5")
