"""Same seed, same calls: same bytes, however the time between was cut up. Luck does not depend on who asks first."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import get_args

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from simulator.truth import Truth
from simulator.world.luck import counts, key_of, uniforms
from simulator.world.model import Level
from simulator.world.practice import PracticeWorld
from simulator.world.scenario import TINY, Scenario

SHORT: Scenario = replace(TINY, history_days=3)
PARTIES = ("meta_ads", "x_ads", "tiktok_ads")


def everything(world: PracticeWorld) -> str:
    """All that any door or control could tell of this world, as text."""
    since, until = world.opened_at().date() - timedelta(days=1), world.now().date() + timedelta(days=2)
    truth = Truth(world)
    told: list[object] = [world.now(), world.orders(world.opened_at(), world.now())]
    for account in world.accounts("telegram"):
        told.append((account, world.channel_days(int(account.id), since, until)))
    for party in PARTIES:
        for account in world.accounts(party):
            told.append((account, world.hour_shares(party, account.id, world.now().date())))
            told.append(world.ad_days(party, account.id, since, until))
            told.append(world.account_days(party, account.id, since, until))
            told.append(truth.caused(party, account.id, since, until))
            told.append(truth.responses(party, account.id))
            told.append([world.objects(party, account.id, level) for level in get_args(Level)])
    return repr(told)


def delivery(world: PracticeWorld, party: str, account_id: str, since: date, until: date) -> list[tuple[object, ...]]:
    """What was shown, clicked and paid; claims are left out, since they look back from what happens later."""
    rows = world.ad_days(party, account_id, since, until)
    return [(row.ad_id, row.day, row.slice, row.impressions, row.clicks, row.spend) for row in rows]


def pause_first_ad(world: PracticeWorld) -> None:
    account = world.accounts("meta_ads")[0]
    world.update("meta_ads", "ad", world.objects("meta_ads", account.id, "ad")[0].id, status="paused")


def test_the_same_seed_gives_the_same_bytes_and_another_seed_does_not():
    first, again, other = (everything(PracticeWorld(SHORT, seed=seed)) for seed in (3, 3, 4))
    assert first == again
    assert first != other


@settings(max_examples=3, deadline=None)
@example(steps=[1800] * 96)
@given(steps=st.lists(st.integers(min_value=1, max_value=9 * 3600), min_size=1, max_size=12))
def test_cutting_up_an_advance_changes_nothing(steps):
    at_once, in_steps = PracticeWorld(SHORT, seed=5), PracticeWorld(SHORT, seed=5)
    for step in steps:
        in_steps.advance(timedelta(seconds=step))
    at_once.advance(timedelta(seconds=sum(steps)))
    pause_first_ad(at_once)
    pause_first_ad(in_steps)
    for world in (at_once, in_steps):
        world.advance(timedelta(hours=30))
    assert everything(at_once) == everything(in_steps)


def test_reading_changes_nothing():
    read, unread = PracticeWorld(SHORT, seed=6), PracticeWorld(SHORT, seed=6)
    for _ in range(6):
        everything(read)
        read.advance(timedelta(hours=4))
        unread.advance(timedelta(hours=4))
    assert everything(read) == everything(unread)


def test_what_happened_before_a_change_does_not_depend_on_it():
    changed, untouched = PracticeWorld(SHORT, seed=7), PracticeWorld(SHORT, seed=7)
    instant = changed.now()
    account = changed.accounts("x_ads")[0]
    campaign = changed.objects("x_ads", account.id, "campaign")[0]
    changed.update("x_ads", "campaign", campaign.id, daily_budget=Decimal(900))
    for world in (changed, untouched):
        world.advance(timedelta(days=2))
    since = changed.opened_at()
    assert changed.orders(since, instant) == untouched.orders(since, instant)
    first, last = since.date() - timedelta(days=1), instant.date() - timedelta(days=1)
    assert delivery(changed, "x_ads", account.id, first, last) == delivery(untouched, "x_ads", account.id, first, last)


def test_an_account_nobody_touched_delivers_alike_beside_one_that_was_changed():
    changed, untouched = PracticeWorld(SHORT, seed=8), PracticeWorld(SHORT, seed=8)
    pause_first_ad(changed)
    for world in (changed, untouched):
        world.advance(timedelta(days=2))
    account = changed.accounts("tiktok_ads")[0].id
    since, until = changed.opened_at().date(), changed.now().date() + timedelta(days=2)
    assert delivery(changed, "tiktok_ads", account, since, until) == delivery(
        untouched, "tiktok_ads", account, since, until
    )


def test_time_never_runs_backwards():
    with pytest.raises(ValueError, match="backwards"):
        PracticeWorld(SHORT, seed=1).advance(timedelta(seconds=-1))


def test_small_counts_follow_the_poisson_law():
    # P(0), P(≤1), P(≤2) at a mean of 1.7: 0.18268, 0.49325, 0.75722 (from e^-1.7 · Σ 1.7^k / k!).
    luck = np.array([0.1826, 0.1828, 0.4932, 0.4933, 0.7572, 0.7573])
    assert counts(np.full(6, 1.7), luck).tolist() == [0, 1, 1, 2, 2, 3]


def test_large_counts_have_the_mean_and_the_spread_of_the_poisson_law():
    luck = uniforms(key_of("a test"), np.arange(40_000))
    for mean in (0.3, 7.9, 8.1, 250.0):
        drawn = counts(np.full(luck.shape, mean), luck)
        # Five standard errors of the mean and of the variance over 40,000 draws.
        assert abs(drawn.mean() - mean) < 5 * (mean / 40_000) ** 0.5
        assert abs(drawn.var() - mean) < 5 * mean * (2.2 / 40_000) ** 0.5 + 5 * (mean / 40_000) ** 0.5


@given(luck=st.floats(min_value=1e-9, max_value=1 - 1e-9), mean=st.floats(min_value=0, max_value=50))
def test_with_the_same_luck_a_larger_mean_never_counts_less(luck, mean):
    drawn = counts(np.array([mean, mean * 1.1, mean + 1.0]), np.full(3, luck)).tolist()
    assert drawn[0] <= drawn[1] or mean * 1.1 >= 8.0 > mean  # where the two formulas meet, one may be lost
    assert drawn[2] + 1 >= drawn[0]


def test_the_world_opens_at_its_start_and_history_lies_before_it():
    world = PracticeWorld(SHORT, seed=1)
    assert world.now() == datetime(2026, 11, 5, 6, tzinfo=UTC)
    assert world.opened_at() == datetime(2026, 11, 2, 6, tzinfo=UTC)
