"""Budgets in Meta's own minor units: exact both ways for every currency, refused where they cannot be expressed."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.ad_platform import Money
from connectors.meta_ads.money import from_minor, to_minor, units_per_major
from connectors.taxonomy import Rejected, Said
from simulator.meta_ads import money as theirs

SAID = Said(party="meta_ads", call="budget")
WHOLE = ["CLP", "COP", "CRC", "HUF", "ISK", "IDR", "JPY", "KRW", "PYG", "TWD", "VND"]  # contract 1.5
HUNDREDTHS = ["USD", "EUR", "GBP", "INR", "BRL", "CHF", "MXN", "BHD", "JOD", "KWD", "TND", "UGX", "XAF"]


@pytest.mark.parametrize(
    ("amount", "currency", "digits"),
    [
        ("50.00", "USD", 5000),
        ("0.01", "EUR", 1),
        ("5000", "JPY", 5000),
        ("360", "HUF", 360),
        ("32", "TWD", 32),
        ("25000", "VND", 25000),
        ("1.25", "KWD", 125),  # three decimals in ISO 4217, hundredths here
        ("7", "UGX", 700),  # none in ISO 4217, hundredths here
    ],
)
def test_known_amounts(amount: str, currency: str, digits: int) -> None:
    assert to_minor(Money(Decimal(amount), currency), said=SAID) == digits
    assert from_minor(str(digits), currency) == Money(Decimal(amount), currency)


@given(currency=st.sampled_from(WHOLE + HUNDREDTHS), units=st.integers(1, 10**15))
def test_every_budget_the_platform_can_hold_survives_the_way_there_and_back(currency: str, units: int) -> None:
    held = from_minor(units, currency)
    assert to_minor(held, said=SAID) == units
    # The practice world's door reads the same digits as the same amount.
    assert theirs.major(str(units), currency, field="daily_budget") == held.amount
    assert theirs.minor(held.amount, currency) == str(units)


@given(currency=st.sampled_from(WHOLE + HUNDREDTHS), amount=st.decimals("0.0001", "100000", places=4))
def test_an_amount_is_expressed_exactly_or_refused_and_never_rounded(currency: str, amount: Decimal) -> None:
    money = Money(amount, currency)
    if amount * units_per_major(currency) % 1 == 0:
        assert from_minor(to_minor(money, said=SAID), currency).amount == amount
    else:
        with pytest.raises(Rejected, match="cannot be expressed"):
            to_minor(money, said=SAID)


@pytest.mark.parametrize("amount", ["0", "-1", "NaN", "Infinity"])
def test_a_budget_is_a_positive_amount(amount: str) -> None:
    with pytest.raises(Rejected, match="positive amount"):
        to_minor(Money(Decimal(amount), "USD"), said=SAID)


def test_a_tenth_of_a_yen_says_which_steps_there_are() -> None:
    with pytest.raises(Rejected, match="in steps of 1 JPY"):
        to_minor(Money(Decimal("100.5"), "JPY"), said=SAID)
