"""Money on X: whole micros of the major unit in every currency, and never finer than the currency's smallest unit."""

from decimal import Decimal

from connectors.ad_platform import Money
from connectors.taxonomy import Rejected, Said

MICRO = 1_000_000
DECIMALS = {"VND": 0, "KRW": 0, "CLP": 0, "JPY": 0, "KWD": 3, "IQD": 3, "BHD": 3, "TND": 3}
USUAL_DECIMALS = 2


def to_micros(money: Money, *, currency: str, said: Said) -> int:
    """Refuses other currencies, amounts of nothing or less, and fractions the currency does not have."""
    if money.currency != currency:
        raise Rejected(said, remedy=f"The account counts in {currency}; {money.currency} cannot be set there.")
    if not money.amount.is_finite() or money.amount <= 0:
        raise Rejected(said, remedy=f"A budget must be above zero; {money.amount} is not.")
    decimals = DECIMALS.get(currency, USUAL_DECIMALS)
    smallest = Decimal(1).scaleb(-decimals)
    if money.amount % smallest:
        raise Rejected(said, remedy=f"{money.amount} {currency} cannot be expressed: the smallest unit is {smallest}.")
    return int(money.amount * MICRO)


def from_micros(micros: int | None, *, currency: str) -> Money | None:
    return None if micros is None else Money(Decimal(micros) / MICRO, currency)
