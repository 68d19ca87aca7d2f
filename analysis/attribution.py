"""Which channels conversions are owed to, by the two models of the textbook: Markov chains and Shapley values.

Paths in, credit out. The warehouse computes the same from its own tables (`int_channels__removal_effects`,
`fct_channel_credit`); here it can be computed for any paths, and Shapley for any way of valuing channels together.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, groupby

import numpy as np
from numpy.typing import NDArray

Worth = Callable[[frozenset[str]], float]


@dataclass(frozen=True)
class Path:
    """Channels in the order in which somebody came by them. A converting path has one at least."""

    channels: tuple[str, ...]
    converts: bool


@dataclass(frozen=True)
class Share:
    """A channel's Shapley value. The error is the estimate's standard error; 0 where the value is exact."""

    value: float
    error: float = 0.0


def without_repeats(channels: Iterable[str]) -> tuple[str, ...]:
    """Repeats in a row are one step."""
    return tuple(channel for channel, _ in groupby(channels))


def removal_effects(paths: Sequence[Path]) -> dict[str, float]:
    """The share of conversions that is lost when every way through a channel leads nowhere, in closed form.

    The paths are one absorbing Markov chain. With Q the moves between channels, s the first steps and r the steps to a
    conversion, N = (I - Q)^-1 counts visits: s N r is the probability to convert. A channel c is reached with
    probability (s N)_c / N_cc and converts from there with (N r)_c, and the product is what is lost without it.
    """
    channels = sorted({channel for path in paths for channel in path.channels})
    if not any(path.converts for path in paths):
        return dict.fromkeys(channels, 0.0)
    first, between, last = _chain(paths, channels)
    visits = np.linalg.inv(np.eye(len(channels)) - between)
    reached = first @ visits / np.diag(visits)
    converting = visits @ last
    lost = np.clip(reached * converting / (first @ converting), 0.0, 1.0)
    return dict(zip(channels, lost.tolist(), strict=True))


def markov_credit(paths: Sequence[Path]) -> dict[str, float]:
    """Removal effects, made to add up to the number of conversions."""
    effects = removal_effects(paths)
    total, conversions = math.fsum(effects.values()), sum(path.converts for path in paths)
    return {channel: conversions * effect / total if total else 0.0 for channel, effect in effects.items()}


def conversions_within(paths: Iterable[Path]) -> Worth:
    """What a set of channels is worth: the conversions whose channels all lie in it."""
    found = Counter(frozenset(path.channels) for path in paths if path.converts)
    return lambda channels: sum(times for path, times in found.items() if path <= channels)


def shapley_of_paths(paths: Iterable[Path]) -> dict[str, float]:
    """The exact Shapley values of `conversions_within`, for any number of channels.

    That worth is a sum over conversions, each of which is worth 1 to the sets that hold all its channels and 0 to all
    others. In such a game the path's channels are interchangeable and all others add nothing, so each of the path's has
    an equal share; and the Shapley value of a sum of games is the sum of theirs.
    """
    credit: Counter[str] = Counter()
    for path in paths:
        distinct = set(path.channels)
        credit.update({channel: 0.0 for channel in distinct})
        if path.converts:
            credit.update({channel: 1 / len(distinct) for channel in distinct})
    return dict(credit)


def shapley(
    channels: Sequence[str], worth: Worth, *, exact_up_to: int, samples: int, rng: np.random.Generator
) -> Mapping[str, Share]:
    """Exact up to that many channels, by all sets of them; beyond, the mean over random orders, with its error."""
    if len(channels) <= exact_up_to:
        return {channel: Share(value) for channel, value in _shapley_exact(channels, worth).items()}
    gains = np.empty((samples, len(channels)))
    for sample in range(samples):
        before, joined = worth(frozenset()), set[str]()
        for place in rng.permutation(len(channels)):
            joined.add(channels[place])
            after = worth(frozenset(joined))
            gains[sample, place], before = after - before, after
    errors = gains.std(axis=0, ddof=1) / math.sqrt(samples)
    return {
        channel: Share(float(value), float(error))
        for channel, value, error in zip(channels, gains.mean(axis=0), errors, strict=True)
    }


def _shapley_exact(channels: Sequence[str], worth: Worth) -> dict[str, float]:
    known = {
        frozenset(members): worth(frozenset(members))
        for size in range(len(channels) + 1)
        for members in combinations(channels, size)
    }
    ways = {size: 1 / (len(channels) * math.comb(len(channels) - 1, size)) for size in range(len(channels))}
    return {
        channel: math.fsum(
            ways[len(members)] * (known[members | {channel}] - value)
            for members, value in known.items()
            if channel not in members
        )
        for channel in channels
    }


def _chain(
    paths: Iterable[Path], channels: Sequence[str]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """The probabilities of first steps, of moves between channels, and of the step to a conversion."""
    place = {channel: nth for nth, channel in enumerate(channels)}
    size = len(channels)
    counts = np.zeros((size + 1, size + 2))  # from: channels and the start; to: channels, a conversion, nothing
    for path in paths:
        places = [size, *(place[channel] for channel in path.channels)]
        for before, after in zip(places, [*places[1:], size if path.converts else size + 1], strict=True):
            counts[before, after] += 1
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    return shares[size, :size], shares[:size, :size], shares[:size, size]
