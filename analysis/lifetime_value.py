"""What buyers will still spend within a time: how often they buy again times what a purchase is worth, with intervals.

An interval holds that share of the futures that the model draws, over the parameters that the data allow and over
what each person happens to do: of one person mostly nothing or something, of a cohort a range worth planning with.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.likelihood import Fit, Floats
from analysis.purchase_counts import Histories, PurchaseCounts, fit_purchase_counts
from analysis.purchase_values import PurchaseValues, fit_purchase_values

_CHUNK = 10_000  # people whose futures are held at a time


@dataclass(frozen=True, kw_only=True)
class Buyers:
    """`means` is what a repeated purchase came to on average; NaN where there was none, or none of a known price."""

    histories: Histories
    means: Floats

    def __post_init__(self) -> None:
        if self.means.shape != self.histories.repeats.shape:
            raise ValueError("these are no buyers: there is not one mean for each history")
        if np.any(self.means <= 0):
            raise ValueError("these are no buyers: a purchase is worth more than nothing")

    @property
    def priced_repeats(self) -> Floats:
        """Repeated purchases whose value is known: all of a person's or none."""
        return np.where(np.isnan(self.means), 0.0, self.histories.repeats)

    def some(self, chosen: slice) -> "Buyers":
        return Buyers(histories=self.histories.some(chosen), means=self.means[chosen])


@dataclass(frozen=True, kw_only=True)
class LifetimeModel:
    counts: Fit
    values: Fit
    correlation: float  # of how often and how much, which the model takes for none; NaN where either never differs

    @property
    def purchase_counts(self) -> PurchaseCounts:
        return PurchaseCounts.of(self.counts.parameters)

    @property
    def purchase_values(self) -> PurchaseValues:
        return PurchaseValues.of(self.values.parameters)


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """One entry a buyer: what the model expects of them within the time asked for."""

    alive: Floats
    purchases: Floats
    value_of_purchase: Floats
    spend: Floats


@dataclass(frozen=True, kw_only=True)
class Ranges:
    """Between `low` and `high` lies the asked share of the futures; one entry a buyer, and one a group for its sum."""

    low: Floats
    high: Floats
    group_low: Floats
    group_high: Floats


def fit_lifetime_model(buyers: Buyers) -> LifetimeModel:
    repeats = buyers.priced_repeats
    again = repeats > 0
    how_often, how_much = repeats[again], buyers.means[again]
    differ = again.sum() > 1 and np.ptp(how_often) > 0 and np.ptp(how_much) > 0
    return LifetimeModel(
        counts=fit_purchase_counts(buyers.histories),
        values=fit_purchase_values(how_often, how_much),
        correlation=float(np.corrcoef(how_often, how_much)[0, 1]) if differ else float("nan"),
    )


def expect(model: LifetimeModel, buyers: Buyers, *, time: float) -> Outlook:
    purchases = model.purchase_counts.expected(buyers.histories, time=time)
    value = model.purchase_values.expected(buyers.priced_repeats, buyers.means)
    return Outlook(
        alive=model.purchase_counts.alive(buyers.histories),
        purchases=purchases,
        value_of_purchase=value,
        spend=purchases * value,
    )


def foresee(
    model: LifetimeModel,
    buyers: Buyers,
    *,
    time: float,
    groups: NDArray[np.int64],
    share: float,
    draws: int,
    rng: np.random.Generator,
) -> Ranges:
    """`groups` numbers each buyer's group from 0; `share` of the futures lie inside a range, such as 0.9."""
    parameters = list(zip(model.counts.drawn(rng, draws=draws), model.values.drawn(rng, draws=draws), strict=True))
    size, tails = len(buyers.histories), [(1 - share) / 2, (1 + share) / 2]
    low, high = np.empty(size), np.empty(size)
    totals = np.zeros((draws, int(groups.max(initial=-1)) + 1))
    for begin in range(0, size, _CHUNK):
        chosen = slice(begin, min(begin + _CHUNK, size))
        futures = _futures(buyers.some(chosen), parameters, time=time, rng=rng)
        low[chosen], high[chosen] = np.quantile(futures, tails, axis=0)
        for draw, spent in enumerate(futures):
            totals[draw] += np.bincount(groups[chosen], weights=spent, minlength=totals.shape[1])
    group_low, group_high = np.quantile(totals, tails, axis=0)
    return Ranges(low=low, high=high, group_low=group_low, group_high=group_high)


def _futures(
    buyers: Buyers, parameters: Sequence[tuple[Floats, Floats]], *, time: float, rng: np.random.Generator
) -> Floats:
    """One row a draw of the parameters, one column a buyer: what is spent."""
    repeats, rows = buyers.priced_repeats, []
    for counts, values in parameters:
        purchases = PurchaseCounts.of(counts).drawn(buyers.histories, time=time, rng=rng)
        rows.append(PurchaseValues.of(values).drawn(repeats, buyers.means, purchases=purchases, rng=rng))
    return np.array(rows)
