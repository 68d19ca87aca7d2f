"""The platform's two ways of writing money: budgets are integers in a minor unit, reports are decimals in major units.

The size of the minor unit is the platform's own table, which is not ISO 4217.
"""

from decimal import Decimal

from connectors.ad_platform import Money
from connectors.taxonomy import Rejected, Said

# Currencies counted in whole units; every other one in hundredths, the three-decimal dinars too.
WHOLE_UNIT_CURRENCIES = frozenset({"CLP", "COP", "CRC", "HUF", "ISK", "IDR", "JPY", "KRW", "PYG", "TWD", "VND"})


def units_per_major(currency: str) -> int:
    return 1 if currency in WHOLE_UNIT_CURRENCIES else 100


def from_minor(digits: str | int, currency: str) -> Money:
    """A budget as the platform reports it: "5000" is 50.00 USD and 5000 JPY."""
    return Money(Decimal(int(digits)) / units_per_major(currency), currency)


def to_minor(money: Money, *, said: Said) -> int:
    """A budget as the platform takes it. An amount finer than the unit is refused, never rounded."""
    units = money.amount * units_per_major(money.currency)
    if not money.amount.is_finite() or units <= 0:
        raise Rejected(_with(said, f"a budget must be a positive amount, not {money.amount} {money.currency}"))
    if units != units.to_integral_value():
        smallest = Decimal(1) / units_per_major(money.currency)
        raise Rejected(
            _with(said, f"{money.amount} {money.currency} cannot be expressed in steps of {smallest} {money.currency}"),
            remedy="Choose an amount the platform can hold; nothing was sent.",
        )
    return int(units)


def _with(said: Said, message: str) -> Said:
    return Said(party=said.party, call=said.call, message=message, account_id=said.account_id)
