"""Credit against worked examples, against walking every path of the chain, and against the formula over all sets."""

from fractions import Fraction
from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.attribution import (
    Path,
    conversions_within,
    markov_credit,
    removal_effects,
    shapley,
    shapley_of_paths,
    without_repeats,
)

CHANNELS = ("A", "B", "C", "D")
some_paths = st.lists(
    st.builds(Path, st.lists(st.sampled_from(CHANNELS), min_size=1, max_size=5).map(tuple), st.booleans()),
    min_size=1,
    max_size=8,
)


def test_the_worked_example_of_three_journeys():
    """A then B converts, A leads nowhere, B converts. To convert: 2/3. Without A half of it, without B all of it."""
    paths = [Path(("A", "B"), True), Path(("A",), False), Path(("B",), True)]

    # From the start: A 2/3, B 1/3. A goes on to B in 1 of 2. B always converts. 2/3 * 1/2 + 1/3 = 2/3.
    assert removal_effects(paths) == pytest.approx({"A": 0.5, "B": 1.0})
    assert markov_credit(paths) == pytest.approx({"A": 2 / 3, "B": 4 / 3})
    assert shapley_of_paths(paths) == pytest.approx({"A": 0.5, "B": 1.5})


def test_a_channel_of_failures_only_has_no_effect_and_no_credit():
    paths = [Path(("A",), True), Path(("B",), False)]

    assert removal_effects(paths) == {"A": 1.0, "B": 0.0}
    assert markov_credit(paths) == {"A": 1.0, "B": 0.0}
    assert shapley_of_paths(paths) == {"A": 1.0, "B": 0.0}


def test_where_nothing_converts_nobody_has_credit():
    assert markov_credit([Path(("A", "B"), False)]) == {"A": 0.0, "B": 0.0}


def test_repeats_in_a_row_are_one_step():
    assert without_repeats(("A", "A", "B", "A")) == ("A", "B", "A")


def chance_to_convert(paths, without=None):
    """The same chain in fractions, solved by substituting one state after the other."""
    moves: dict[str, dict[str, Fraction]] = {}
    for path in paths:
        states = ("start", *path.channels, "yes" if path.converts else "no")
        for before, after in pairwise(states):
            moves.setdefault(before, {}).setdefault(after, Fraction(0))
            moves[before][after] += 1
    odds = {
        before: {("no" if after == without else after): Fraction(0) for after in found}
        for before, found in moves.items()
    }
    for before, found in moves.items():
        for after, times in found.items():
            odds[before]["no" if after == without else after] += times / sum(found.values())
    for state in sorted(odds.keys() - {"start"}):
        gone = odds.pop(state)
        again = gone.pop(state, Fraction(0))
        for found in odds.values():
            share = found.pop(state, None)
            for after, odd in gone.items() if share is not None else ():
                found[after] = found.get(after, Fraction(0)) + share * odd / (1 - again)
    return odds["start"].get("yes", Fraction(0))


@given(some_paths)
def test_removal_effects_are_what_the_chain_loses_without_the_channel(paths):
    whole = chance_to_convert(paths)
    channels = {channel for path in paths for channel in path.channels}
    expected = {
        channel: float(1 - chance_to_convert(paths, without=channel) / whole) if whole else 0.0 for channel in channels
    }

    assert removal_effects(paths) == pytest.approx(expected, abs=1e-12)


@given(some_paths)
def test_all_credit_is_all_conversions(paths):
    conversions = sum(path.converts for path in paths)

    assert sum(markov_credit(paths).values()) == pytest.approx(conversions)
    assert sum(shapley_of_paths(paths).values()) == pytest.approx(conversions)


@given(some_paths)
def test_equal_shares_are_the_shapley_values_over_all_sets(paths):
    channels = sorted({channel for path in paths for channel in path.channels})
    by_sets = shapley(channels, conversions_within(paths), exact_up_to=12, samples=0, rng=np.random.default_rng(0))

    assert shapley_of_paths(paths) == pytest.approx({channel: share.value for channel, share in by_sets.items()})
    assert {share.error for share in by_sets.values()} == {0.0}


def test_the_formula_over_sets_is_the_mean_over_all_orders():
    """The classic of the gloves: one left and two right ones, a pair is worth 1."""

    def worth(gloves):
        return float("left" in gloves and len(gloves) > 1)

    players = ("left", "right 1", "right 2")
    gains = dict.fromkeys(players, 0.0)
    for order in permutations(players):
        for nth, player in enumerate(order):
            gains[player] += (worth(frozenset(order[: nth + 1])) - worth(frozenset(order[:nth]))) / 6
    found = shapley(players, worth, exact_up_to=3, samples=0, rng=np.random.default_rng(0))

    assert {player: share.value for player, share in found.items()} == pytest.approx(gains)
    assert gains == pytest.approx({"left": 2 / 3, "right 1": 1 / 6, "right 2": 1 / 6})


@settings(max_examples=5)
@given(st.integers(0, 2**32 - 1))
def test_beyond_the_limit_values_are_sampled_and_their_error_is_told(seed):
    rng = np.random.default_rng(seed)
    paths = [Path(tuple(f"c{place}" for place in rng.choice(14, size=3, replace=False)), True) for _ in range(30)]
    channels = [f"c{place}" for place in range(14)]
    exact = shapley_of_paths(paths)
    sampled = shapley(channels, conversions_within(paths), exact_up_to=12, samples=400, rng=rng)

    # Six standard errors: one in a billion for a normal mean; a channel on no path never gains anything.
    assert sum(share.value for share in sampled.values()) == pytest.approx(30)
    for channel, share in sampled.items():
        assert abs(share.value - exact.get(channel, 0.0)) <= 6 * share.error + 1e-12
        assert (share.error > 0) == (channel in exact)
