"""Lifetime value against published figures, another implementation, quadrature, and worlds whose truth is known."""

from dataclasses import replace
from importlib.resources import files

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifetimes import BetaGeoFitter, GammaGammaFitter
from scipy.integrate import quad
from scipy.special import betaincinv

from analysis.lifetime_value import Buyers, expect, fit_lifetime_model, foresee
from analysis.likelihood import NotIdentified
from analysis.purchase_counts import Histories, PurchaseCounts, fit_purchase_counts
from analysis.purchase_counts import _value_and_gradient as counts_likelihood
from analysis.purchase_values import PurchaseValues, fit_purchase_values
from analysis.purchase_values import _value_and_gradient as values_likelihood

PUBLISHED_COUNTS = PurchaseCounts(r=0.243, alpha=4.414, a=0.793, b=2.426)
PUBLISHED_VALUES = PurchaseValues(p=6.25, q=3.74, gamma=15.44)


def histories(repeats, recency, age):
    return Histories(
        repeats=np.asarray(repeats, dtype=float),
        recency=np.asarray(recency, dtype=float),
        age=np.asarray(age, dtype=float),
    )


def one(repeats, recency, age):
    return histories([repeats], [recency], [age])


@pytest.fixture(scope="module")
def cdnow():
    table = pd.read_csv(files("lifetimes") / "datasets" / "cdnow_customers_summary_with_transactions.csv")
    again = table["x"] > 0
    return Buyers(
        histories=histories(table["x"], table["t_x"], table["T"]), means=np.where(again, table["zbar"], np.nan)
    )


@pytest.fixture(scope="module")
def fitted(cdnow):
    return fit_lifetime_model(cdnow)


def test_the_published_parameters_of_how_often_come_out(fitted):
    found = fitted.purchase_counts

    assert (found.r, found.alpha) == (pytest.approx(0.243, abs=0.0005), pytest.approx(4.414, abs=0.0005))
    assert (found.a, found.b) == (pytest.approx(0.793, abs=0.0005), pytest.approx(2.426, abs=0.0005))
    assert fitted.counts.log_likelihood == pytest.approx(-9582.4, abs=0.05)


def test_the_published_parameters_of_how_much_come_out(fitted):
    found = fitted.purchase_values

    assert (found.p, found.q, found.gamma) == (
        pytest.approx(6.25, abs=0.005),
        pytest.approx(3.74, abs=0.005),
        pytest.approx(15.44, abs=0.01),
    )


def test_the_published_expectations_come_out():
    """The first customers of the published example: 39 weeks ahead, and what a purchase of theirs is worth."""
    assert PUBLISHED_COUNTS.expected(one(2, 30.43, 38.86), time=39)[0] == pytest.approx(1.226, abs=0.001)

    worth = PUBLISHED_VALUES.expected(np.array([2.0, 1.0, 0.0]), np.array([22.35, 11.77, np.nan]))
    assert worth == pytest.approx([24.66, 18.91, 35.2], abs=0.05)


def test_another_implementation_fits_and_expects_the_same(cdnow, fitted):
    seen = cdnow.histories
    theirs = BetaGeoFitter().fit(seen.repeats, seen.recency, seen.age)
    again = seen.repeats > 0
    worth = GammaGammaFitter().fit(seen.repeats[again], cdnow.means[again])

    assert fitted.counts.parameters == pytest.approx(theirs.params_.to_numpy(), rel=2e-4)
    assert fitted.values.parameters == pytest.approx(worth.params_.to_numpy(), rel=2e-4)
    assert np.sqrt(np.diag(fitted.counts.covariance)) * fitted.counts.parameters == pytest.approx(
        theirs.standard_errors_.to_numpy(), rel=0.01
    )
    same = PurchaseCounts.of(theirs.params_.to_numpy())
    expected = theirs.conditional_expected_number_of_purchases_up_to_time(26, seen.repeats, seen.recency, seen.age)
    alive = theirs.conditional_probability_alive(seen.repeats, seen.recency, seen.age)
    assert same.expected(seen, time=26) == pytest.approx(np.asarray(expected), rel=1e-8)
    assert same.alive(seen) == pytest.approx(alive, rel=1e-12)
    assert same.expected_of_new(26) == pytest.approx(theirs.expected_number_of_purchases_up_to_time(26), rel=1e-8)


parameters = st.floats(0.05, 8.0)


@st.composite
def a_history(draw):
    age = draw(st.floats(0.5, 400))
    repeats = draw(st.integers(0, 300))
    return one(repeats, draw(st.floats(0, 1)) * age if repeats else 0, age)


@given(r=parameters, alpha=st.floats(0.5, 60), a=parameters, b=parameters, seen=a_history(), time=st.floats(0.1, 500))
@settings(max_examples=150, deadline=None)
def test_the_closed_form_is_the_integral_it_solves(r, alpha, a, b, seen, time):
    check_closed_form(PurchaseCounts(r=r, alpha=alpha, a=a, b=b), seen, time)


@pytest.mark.parametrize("a", [1.0, 1.0 - 1e-9, 1.0 + 2e-6, 0.6, 0.6 + 1e-12])
@pytest.mark.parametrize("repeats", [0, 1, 40])
def test_it_is_so_where_the_closed_form_divides_nothing_by_nothing(a, repeats):
    """At a = 1, and at a + b = 1 for who never bought again."""
    seen = one(repeats, 20 if repeats else 0, 50)
    check_closed_form(PurchaseCounts(r=0.7, alpha=9.0, a=a, b=0.4), seen, 90.0)


def test_hundreds_of_purchases_in_no_time_are_no_trouble_to_a_far_horizon():
    """40-digit arithmetic gives the second figure; scipy's hypergeometric function gives none here."""
    model = PurchaseCounts(r=0.05, alpha=0.5, a=0.05, b=0.05)

    assert model.expected(one(300, 0.5, 0.5), time=100)[0] == pytest.approx(25002.7232512656, rel=1e-6)


def check_closed_form(model, seen, time):
    """Given a chance p to leave after each purchase: (1 - E[exp(-rate p t)]) / p, over what is believed of p."""
    x, age = float(seen.repeats[0]), float(seen.age[0])

    def purchases(p):
        gone = (model.r + x) * np.log1p(p * time / (model.alpha + age))
        return -np.expm1(-gone) / p

    # By quantiles of p the integrand is bounded, however the density runs off at 0.
    integral = quad(
        lambda share: purchases(max(betaincinv(model.a, model.b + x, share), 1e-300)),
        0,
        1,
        limit=400,
        epsabs=0,
        epsrel=1e-7,
    )
    assert model.expected(seen, time=time)[0] == pytest.approx(model.alive(seen)[0] * integral[0], rel=2e-4)


@given(logs=st.lists(st.floats(-2, 2), min_size=4, max_size=4), seed=st.integers(0, 10_000))
@settings(max_examples=60, deadline=None)
def test_gradients_are_the_slopes_of_the_likelihoods(logs, seed):
    rng = np.random.default_rng(seed)
    repeats = rng.integers(0, 9, size=40).astype(float)
    age = rng.uniform(1, 50, size=40)
    seen = histories(repeats, np.where(repeats > 0, rng.random(40) * age, 0), age)
    check_slopes(lambda at: counts_likelihood(at, seen), np.array(logs))
    spent = rng.gamma(2, 10, size=40) + 0.1
    check_slopes(lambda at: values_likelihood(at, repeats + 1, spent), np.array(logs[:3]))


def check_slopes(likelihood, at):
    told = likelihood(at)[1]
    steps = np.eye(at.size) * 1e-5
    slopes = [(likelihood(at + step)[0] - likelihood(at - step)[0]) / 2e-5 for step in steps]
    assert told == pytest.approx(slopes, rel=1e-4, abs=1e-3)


def world(rng, *, people, counts, values, span, ahead):
    """Each person's purchases told one after the other, as the models are worded; then what `ahead` brought."""
    rows = []
    for _ in range(people):
        rate, leaving = rng.gamma(counts.r, 1 / counts.alpha), rng.beta(counts.a, counts.b)
        worth = rng.gamma(values.q, 1 / values.gamma)
        age, now, alive, times, spent, later = rng.uniform(span / 3, span), 0.0, True, [], [], 0.0
        while alive:
            now += rng.exponential(1 / max(rate, 1e-12))
            if now > age + ahead:
                break
            price = rng.gamma(values.p) / worth
            if now <= age:
                times.append(now)
                spent.append(price)
            else:
                later += price
            alive = rng.random() >= leaving
        rows.append((len(times), times[-1] if times else 0.0, age, np.mean(spent) if spent else np.nan, later))
    repeats, recency, age, means, later = (np.array(each) for each in zip(*rows, strict=True))
    return Buyers(histories=histories(repeats, recency, age), means=means), later


TRUE_COUNTS = PurchaseCounts(r=0.8, alpha=12.0, a=0.9, b=3.0)
TRUE_VALUES = PurchaseValues(p=4.0, q=4.0, gamma=30.0)


@pytest.mark.parametrize("seed", range(3))
def test_parameters_of_a_simulated_world_are_recovered_within_four_standard_errors(seed):
    rng = np.random.default_rng(seed)
    buyers, _ = world(rng, people=2_500, counts=TRUE_COUNTS, values=TRUE_VALUES, span=150, ahead=0)
    model = fit_lifetime_model(buyers)

    for fit, true in ((model.counts, [0.8, 12, 0.9, 3]), (model.values, [4, 4, 30])):
        assert np.abs(fit.logs - np.log(true)) == pytest.approx(0, abs=4 * np.sqrt(np.diag(fit.covariance)).max())
        assert np.all(np.abs(fit.logs - np.log(true)) < 4 * np.sqrt(np.diag(fit.covariance)))


def test_nine_of_ten_cohorts_spend_within_their_ninety_percent_range():
    """40 worlds of two cohorts: 72 of 80 expected to hold, 63 or fewer at a chance of 0.3 %, all at 0.02 %."""
    held, spent_within = 0, []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        buyers, later = world(rng, people=300, counts=TRUE_COUNTS, values=TRUE_VALUES, span=150, ahead=60)
        groups = np.arange(300) % 2
        found = foresee(fit_lifetime_model(buyers), buyers, time=60, groups=groups, share=0.9, draws=150, rng=rng)
        totals = np.bincount(groups, weights=later)
        held += int(np.sum((found.group_low <= totals) & (totals <= found.group_high)))
        spent_within.append(np.mean((found.low <= later) & (later <= found.high)))
    assert 64 <= held <= 79
    # People's ranges begin at nothing for most, so they hold more than they must, never fewer.
    assert 0.89 <= np.mean(spent_within) <= 0.97


def test_ranges_lie_round_what_is_expected_and_repeat_with_their_seed(cdnow, fitted):
    some = cdnow.some(slice(0, 500))
    groups = np.zeros(500, dtype=np.int64)

    def ranges(seed):
        rng = np.random.default_rng(seed)
        return foresee(fitted, some, time=26, groups=groups, share=0.9, draws=100, rng=rng)

    first, again, other = ranges(1), ranges(1), ranges(2)
    total = expect(fitted, some, time=26).spend.sum()
    assert first.group_low[0] < total < first.group_high[0]
    assert np.all(first.low <= first.high)
    assert np.array_equal(first.high, again.high)
    assert np.array_equal(first.group_low, again.group_low)
    assert not np.array_equal(first.high, other.high)


@given(x=st.integers(1, 60), silence=st.floats(0, 0.98), more=st.floats(0.01, 0.9), time=st.floats(1, 300))
def test_longer_silence_is_a_worse_sign_and_more_time_brings_no_less(x, silence, more, time):
    model, age = PUBLISHED_COUNTS, 100.0
    heard, quieter = one(x, age * (1 - silence * (1 - more)), age), one(x, age * (1 - silence), age)

    assert model.alive(quieter)[0] <= model.alive(heard)[0] + 1e-15
    assert 0 <= model.alive(quieter)[0] <= 1
    assert model.expected(heard, time=time)[0] <= model.expected(heard, time=time * (1 + more))[0] * (1 + 1e-9)
    # Between purchases each may only leave: nobody is expected to buy faster than the rate believed of the living.
    assert model.expected(heard, time=time)[0] <= (model.r + x) / (model.alpha + age) * time * (1 + 1e-9)


@given(x=st.integers(0, 40), mean=st.floats(0.5, 5_000))
def test_a_purchase_is_expected_to_be_worth_something_between_the_person_and_everybody(x, mean):
    everybody = PUBLISHED_VALUES.expected(np.zeros(1), np.full(1, np.nan))[0]
    expected = PUBLISHED_VALUES.expected(np.array([float(x)]), np.array([mean if x else np.nan]))[0]

    assert min(everybody, mean if x else everybody) * (1 - 1e-12) <= expected
    assert expected <= max(everybody, mean if x else everybody) * (1 + 1e-12)


def test_units_of_time_and_money_change_nothing_but_their_own_parameter(cdnow, fitted):
    seen = cdnow.histories
    in_days = histories(seen.repeats, seen.recency * 7, seen.age * 7)
    model = fit_lifetime_model(Buyers(histories=in_days, means=cdnow.means * 100))

    assert model.counts.parameters == pytest.approx(fitted.counts.parameters * [1, 7, 1, 1], rel=1e-5)
    assert model.values.parameters == pytest.approx(fitted.values.parameters * [1, 1, 100], rel=1e-5)
    assert model.counts.covariance == pytest.approx(fitted.counts.covariance, rel=1e-3)


def test_people_whose_prices_are_not_known_are_worth_what_everybody_is(fitted):
    unpriced = Buyers(histories=one(5, 30, 40), means=np.array([np.nan]))
    everybody = Buyers(histories=one(0, 0, 40), means=np.array([np.nan]))

    worth = expect(fitted, unpriced, time=10).value_of_purchase
    assert worth == pytest.approx(expect(fitted, everybody, time=10).value_of_purchase)


def test_where_the_mean_over_people_has_no_end_it_is_not_a_number():
    heavy = PurchaseValues(p=2.0, q=0.9, gamma=10.0)

    worth = heavy.expected(np.array([0.0, 3.0]), np.array([np.nan, 20.0]))
    assert np.isnan(worth[0])
    assert worth[1] == pytest.approx(2 * (10 + 60) / (6 + 0.9 - 1))


@pytest.mark.parametrize(
    ("repeats", "recency"),
    [([0.0] * 200, [0.0] * 200), ([0.0] * 195 + [1.0] * 5, [0.0] * 195 + [3.0] * 5)],
)
def test_too_few_who_bought_again_say_nothing(repeats, recency):
    with pytest.raises(NotIdentified, match="at least 10 are needed"):
        fit_purchase_counts(histories(repeats, recency, [10.0] * 200))


def test_people_who_are_all_alike_say_nothing_of_how_people_differ():
    with pytest.raises(NotIdentified, match="more repeated purchases"):
        fit_purchase_values(np.full(50, 3.0), np.full(50, 20.0))


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"repeats": [1.5]}, "no whole numbers"),
        ({"recency": [60.0]}, "after the end of the watch"),
        ({"repeats": [0.0]}, "without repeats"),
        ({"age": [float("nan")]}, "missing or below zero"),
        ({"age": [50.0, 50.0]}, "lengths differ"),
    ],
)
def test_what_is_no_history_is_refused(wrong, why):
    with pytest.raises(ValueError, match=why):
        replace(one(2, 30, 50), **{name: np.array(value) for name, value in wrong.items()})
