"""What a purchase is worth: the Gamma-Gamma model of Fader and Hardie (2013).

Each person's purchases scatter round a mean of their own, and the means over people; how often somebody buys is held to
say nothing about how much. How often is `analysis.purchase_counts`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import digamma, gammaln

from analysis.likelihood import Fit, Floats, NotIdentified, maximise

_FEWEST = 10  # people with repeated purchases; three parameters of fewer are a guess


@dataclass(frozen=True, kw_only=True)
class PurchaseValues:
    """A purchase is Gamma(p, rate of its person), the rates are Gamma(q, gamma)."""

    p: float
    q: float
    gamma: float

    @staticmethod
    def of(parameters: Sequence[float] | Floats) -> "PurchaseValues":
        p, q, gamma = (float(each) for each in parameters)
        return PurchaseValues(p=p, q=q, gamma=gamma)

    def log_likelihood(self, repeats: Floats, means: Floats) -> float:
        return _value_and_gradient(np.log([self.p, self.q, self.gamma]), repeats, means)[0]

    def expected(self, repeats: Floats, means: Floats) -> Floats:
        """The mean value of their purchases to come; of whom nothing is known, the mean over people.

        NaN where it has none: with q at or below 1 the tail of the means over people is too heavy.
        """
        weight = self.p * repeats
        known = np.where(repeats > 0, means, 0.0)
        divisor = weight + self.q - 1
        return np.where(
            divisor > 0, self.p * (self.gamma + repeats * known) / np.where(divisor > 0, divisor, 1), np.nan
        )

    def drawn(self, repeats: Floats, means: Floats, *, purchases: Floats, rng: np.random.Generator) -> Floats:
        """One future each: what so many purchases come to."""
        known = np.where(repeats > 0, means, 0.0)
        rates = rng.gamma(self.p * repeats + self.q, 1 / (self.gamma + repeats * known))
        rates = np.maximum(rates, np.finfo(float).tiny)
        buys = purchases > 0
        return np.where(buys, rng.gamma(np.where(buys, self.p * purchases, 1.0)) / rates, 0.0)


def fit_purchase_values(repeats: Floats, means: Floats) -> Fit:
    """Parameters p, q, gamma by maximum likelihood, from each person's number of repeated purchases and their mean."""
    if np.any(repeats < 1) or np.any(~np.isfinite(means)) or np.any(means <= 0):
        raise ValueError("the value of purchases is fitted to people who bought again, with means above zero")
    if repeats.size < _FEWEST:
        raise NotIdentified(f"{repeats.size} people have bought again at a known price; at least {_FEWEST} are needed")
    unit = float(np.mean(means))
    fit = maximise(
        lambda logs: _value_and_gradient(logs, repeats, means / unit),
        start=np.log([2.0, 3.0, 1.0]),
        observations=repeats.size,
    )
    logs = fit.logs + np.log([1.0, 1.0, unit])
    return fit.shifted(logs - fit.logs, log_likelihood=_value_and_gradient(logs, repeats, means)[0])


def _value_and_gradient(logs: Floats, repeats: Floats, means: Floats) -> tuple[float, Floats]:
    p, q, gamma = np.exp(logs)
    weight, totals = p * repeats, repeats * means
    spread = np.log(totals + gamma)
    value = np.sum(
        gammaln(weight + q)
        - gammaln(weight)
        - gammaln(q)
        + q * np.log(gamma)
        + weight * np.log(totals)
        - np.log(means)
        - (weight + q) * spread
    )
    by_p = np.sum(repeats * (digamma(weight + q) - digamma(weight) + np.log(totals) - spread))
    by_q = np.sum(digamma(weight + q) - digamma(q) + np.log(gamma) - spread)
    by_gamma = np.sum(q / gamma - (weight + q) / (totals + gamma))
    return float(value), np.array([by_p * p, by_q * q, by_gamma * gamma])
