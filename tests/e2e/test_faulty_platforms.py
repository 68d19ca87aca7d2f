"""Ninety days of every platform while one call in twenty meets each kind of fault: the same tables in the end."""

from collections import Counter
from dataclasses import dataclass, replace
from decimal import Decimal

import pytest

from actions.ingest_accounts import Ending
from simulator.faults import FAULT_KINDS
from simulator.serving import serve
from simulator.world.scenario import PRACTICE, TELEGRAM_GAMES, TELEGRAM_NEWS, AccountPlan

RATE = 0.05
SEED = 5
HISTORY = 90
MOST_RUNS = 4  # a call fails for good once in some thousands; its account is then asked again
TELEGRAM_TOKENS = replace(TELEGRAM_NEWS, name="Larkspur Tokens")
ACCOUNTS: tuple[AccountPlan, ...] = (*(plan for plan in PRACTICE.accounts if plan.party != "telegram"),)
SCENARIO = replace(
    PRACTICE,
    name="three accounts each",
    history_days=HISTORY,
    accounts=(*ACCOUNTS, TELEGRAM_NEWS, TELEGRAM_GAMES, TELEGRAM_TOKENS),
    campaigns=2,
    ad_groups=1,
    ads=1,
    people=20_000,
    campaign_budget_usd=Decimal(60),
)


@dataclass(frozen=True)
class Proof:
    lake: dict[str, bytes]
    marts: dict[str, bytes]
    requests: int
    faults: Counter


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("faulty") / "home"


@pytest.fixture(scope="module")
def undisturbed(place_at, home) -> Proof:
    with serve(scenario=SCENARIO, seed=SEED) as sim:
        place = place_at(sim, home)
        place.bring_rates(since=sim.world.opened_at(), days=HISTORY + 2)
        place.ingest("first")
        place.build("clean")
        proof = Proof(place.lake(), place.marts(), len(sim.log.all()), Counter())
        place.empty()
    return proof


@pytest.fixture(scope="module")
def disturbed(place_at, home, undisturbed):
    """Pulled through all faults at once. An account whose pull fails is pulled again, as the next run would."""
    with serve(scenario=SCENARIO, seed=SEED) as sim:
        place = place_at(sim, home)
        place.bring_rates(since=sim.world.opened_at(), days=HISTORY + 2)
        for kind in FAULT_KINDS:
            sim.faults.switch_on(kind, rate=RATE, seconds=0.01)
        waiting = place.house.all_accounts()
        for run in range(MOST_RUNS):
            outcomes = place.pull(f"run-{run}", accounts=waiting)
            assert {outcome.ending for outcome in outcomes.values()} <= {Ending.LANDED, Ending.FAILED_FOR_NOW}
            waiting = [account for account, outcome in outcomes.items() if outcome.ending is not Ending.LANDED]
        assert waiting == []
        met = Counter(seen.fault for seen in sim.log.all())
        sim.faults.clear()
        assert place.load().problems == ()
        place.build("after faults")
        yield place, met


def test_every_kind_of_fault_was_met_by_every_platform(disturbed):
    place, met = disturbed
    reads = set(FAULT_KINDS) - {"reset_after_write"}  # pulling writes nothing
    assert {kind for kind in met if kind} == reads
    for party in ("meta_ads", "x_ads", "tiktok_ads", "telegram"):
        seen = place.sim.log.all(party)
        struck = sum(each.fault is not None for each in seen)
        assert struck >= len(seen) * RATE, f"{party}: {struck} of {len(seen)} calls"


def test_faults_leave_no_trace_in_the_lake(undisturbed, disturbed, difference):
    place, _ = disturbed
    assert difference(undisturbed.lake, place.lake()) == []


def test_faults_leave_no_trace_in_the_marts(undisturbed, disturbed, difference):
    place, _ = disturbed
    assert difference(undisturbed.marts, place.marts()) == []
    assert len(undisturbed.marts) >= 8


def test_all_ninety_days_of_three_accounts_of_three_platforms_are_there(disturbed):
    place, _ = disturbed
    query = (
        "select platform, count(distinct account_id), count(distinct date_day) from fct_ad_daily group by 1 order by 1"
    )
    found = place.ask(query)
    assert [(platform, accounts) for platform, accounts, _ in found] == [
        ("meta_ads", 3),
        ("tiktok_ads", 3),
        ("x_ads", 3),
    ]
    assert all(days >= HISTORY for _, _, days in found), found


def test_pulling_again_changes_nothing(disturbed, difference):
    """The same virtual instant, the whole look-back: every row is a duplicate, and no published byte differs."""
    place, _ = disturbed
    before, marts = place.lake(), place.marts()
    counts = place.counts()
    landed = place.ingest("z-again")
    assert landed.counts.landed > 500
    said = [(each.party, each.entity, each.account_id, each.counts) for each in landed.load.loads if each.counts.raw]
    assert said == []
    assert landed.counts.landed == landed.counts.duplicates
    after = place.counts()
    assert (after.raw, after.landed) == (counts.raw, counts.landed + landed.counts.landed)
    assert difference(before, place.lake()) == []
    place.build("again")
    assert difference(marts, place.marts()) == []
