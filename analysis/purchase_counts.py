"""How often somebody will buy again, and whether they still do: the BG/NBD model of Fader, Hardie and Lee (2005).

While somebody is alive they buy at a rate of their own, gamma over people; after each purchase they leave for good with
a probability of their own, beta over people. What a purchase is worth is `analysis.purchase_values`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.integrate import quad
from scipy.special import betaincinv, digamma, expit, gammaln, hyp2f1

from analysis.likelihood import Fit, Floats, NotIdentified, maximise

_NEAR_A_POLE = 1e-5
_FEWEST_REPEATED = 10  # people who bought again; four parameters of fewer are a guess


@dataclass(frozen=True, kw_only=True)
class Histories:
    """One entry a buyer. The first purchase begins the count: `repeats` are those after it, `recency` is when the last
    of them was and `age` how long the person has been watched, both since the first, in one unit of time."""

    repeats: Floats
    recency: Floats
    age: Floats

    def __post_init__(self) -> None:
        problems = {
            "lengths differ": len({self.repeats.shape, self.recency.shape, self.age.shape}) > 1,
            "a number is missing or below zero": not all(
                np.all(np.isfinite(each) & (each >= 0)) for each in (self.repeats, self.recency, self.age)
            ),
        }
        if not any(problems.values()):
            problems |= {
                "a last purchase lies after the end of the watch": bool(np.any(self.recency > self.age)),
                "a last purchase without repeats": bool(np.any((self.repeats == 0) & (self.recency > 0))),
                "repeats that are no whole numbers": bool(np.any(self.repeats != np.floor(self.repeats))),
            }
        found = [problem for problem, is_there in problems.items() if is_there]
        if found:
            raise ValueError(f"these are no purchase histories: {'; '.join(found)}")

    def __len__(self) -> int:
        return self.repeats.size

    def some(self, chosen: slice) -> "Histories":
        return Histories(repeats=self.repeats[chosen], recency=self.recency[chosen], age=self.age[chosen])


@dataclass(frozen=True, kw_only=True)
class PurchaseCounts:
    """Gamma(r, alpha) of purchase rates, Beta(a, b) of the chance to leave after a purchase."""

    r: float
    alpha: float
    a: float
    b: float

    @staticmethod
    def of(parameters: Sequence[float] | Floats) -> "PurchaseCounts":
        r, alpha, a, b = (float(each) for each in parameters)
        return PurchaseCounts(r=r, alpha=alpha, a=a, b=b)

    def log_likelihood(self, histories: Histories) -> float:
        return _value_and_gradient(np.log([self.r, self.alpha, self.a, self.b]), histories)[0]

    def alive(self, histories: Histories) -> Floats:
        """The probability that they have not left; nobody leaves before a repeated purchase in this model."""
        x = histories.repeats
        left = np.log(self.a) - np.log(self.b + np.maximum(x, 1) - 1)
        left += (self.r + x) * np.log((self.alpha + histories.age) / (self.alpha + histories.recency))
        return np.where(x == 0, 1.0, expit(-left))

    def expected(self, histories: Histories, *, time: float) -> Floats:
        """Purchases to come within `time` from the end of the watch."""
        return self.alive(histories) * self._expected_of_the_living(histories.repeats, histories.age, time)

    def expected_of_new(self, time: float) -> float:
        """Purchases after the first within `time`, of somebody of whom nothing else is known."""
        return float(self._expected_of_the_living(np.zeros(1), np.zeros(1), time)[0])

    def _expected_of_the_living(self, x: Floats, age: Floats, time: float) -> Floats:
        """Euler's transformation of the published form: its arguments stay small however often somebody has bought.

        Both forms divide nothing by nothing where a or a + b is 1; there the two sides are averaged.
        """
        if min(abs(self.a - 1), abs(self.a + self.b - 1)) < _NEAR_A_POLE:
            sides = (self.a - 2 * _NEAR_A_POLE, self.a + 2 * _NEAR_A_POLE)
            nearby = [PurchaseCounts(r=self.r, alpha=self.alpha, a=a, b=self.b) for a in sides]
            return np.mean([each._expected_of_the_living(x, age, time) for each in nearby], axis=0)
        z = time / (self.alpha + age + time)
        c = self.a + self.b + x - 1
        still = (1 - z) ** (self.a - 1) * hyp2f1(self.a + self.b - 1 - self.r, self.a - 1, c, z)
        expected = c / (self.a - 1) * (1 - still)
        # Where hundreds of purchases in no time meet a far horizon, scipy's function gives up; that is seldom.
        for place in np.flatnonzero(~np.isfinite(expected)):
            expected[place] = self._integrated(x[place], age[place], time)
        return expected

    def _integrated(self, x: float, age: float, time: float) -> float:
        """The same for one person: what each chance to leave would let them buy, over what is believed of it."""

        def purchases(believed: float) -> float:
            leaving = max(betaincinv(self.a, self.b + x, believed), np.finfo(float).tiny)
            return -np.expm1(-(self.r + x) * np.log1p(leaving * time / (self.alpha + age))) / leaving

        return quad(purchases, 0, 1, limit=200, epsabs=0, epsrel=1e-8)[0]

    def drawn(self, histories: Histories, *, time: float, rng: np.random.Generator) -> Floats:
        """One future each: how many purchases `time` brings."""
        x, size = histories.repeats, len(histories)
        alive = rng.random(size) < self.alive(histories)
        rates = rng.gamma(self.r + x, 1 / (self.alpha + histories.age))
        leaving = np.maximum(rng.beta(self.a, self.b + x), np.finfo(float).tiny)
        most = rng.geometric(leaving)  # the purchase after which they leave
        return np.where(alive, np.minimum(rng.poisson(rates * time), most), 0).astype(float)


def fit_purchase_counts(histories: Histories) -> Fit:
    """Parameters r, alpha, a, b by maximum likelihood."""
    repeated = int(np.count_nonzero(histories.repeats))
    if repeated < _FEWEST_REPEATED:
        raise NotIdentified(f"{repeated} people have bought again; at least {_FEWEST_REPEATED} are needed")
    unit = float(np.mean(histories.age))
    scaled = Histories(
        repeats=histories.repeats,
        recency=np.minimum(histories.recency / unit, histories.age / unit),
        age=histories.age / unit,
    )
    fit = maximise(lambda logs: _value_and_gradient(logs, scaled), start=np.zeros(4), observations=len(histories))
    logs = fit.logs + np.log([1.0, unit, 1.0, 1.0])
    return fit.shifted(logs - fit.logs, log_likelihood=_value_and_gradient(logs, histories)[0])


def _value_and_gradient(logs: Floats, histories: Histories) -> tuple[float, Floats]:
    """Sum over people, and its slope by each logarithm. What depends on the count alone is summed by counts."""
    r, alpha, a, b = np.exp(logs)
    counts, people = np.unique(histories.repeats, return_counts=True)
    value = float(
        people
        @ (
            gammaln(r + counts)
            - gammaln(r)
            + r * np.log(alpha)
            + gammaln(a + b)
            - gammaln(a + b + counts)
            + gammaln(b + counts)
            - gammaln(b)
        )
    )
    by_r = people @ (digamma(r + counts) - digamma(r) + np.log(alpha))
    by_a = people @ (digamma(a + b) - digamma(a + b + counts))
    by_b = by_a + people @ (digamma(b + counts) - digamma(b))

    x, again = histories.repeats, histories.repeats > 0
    before = b + np.maximum(x, 1) - 1
    since_age, since_last = np.log(alpha + histories.age), np.log(alpha + histories.recency)
    stayed = -(r + x) * since_age
    left = np.where(again, np.log(a) - np.log(before) - (r + x) * since_last, -np.inf)
    either = np.logaddexp(stayed, left)
    has_left = np.exp(left - either)
    value += float(np.sum(either))
    by_r -= np.sum((1 - has_left) * since_age + has_left * since_last)
    by_alpha = len(histories) * r / alpha - np.sum(
        (r + x) * ((1 - has_left) / (alpha + histories.age) + has_left / (alpha + histories.recency))
    )
    by_a += np.sum(has_left) / a
    by_b -= np.sum(has_left / before)
    return value, np.array([by_r * r, by_alpha * alpha, by_a * a, by_b * b])
