"""What a dollar buys in the practice world: steady by default, so that a test may calculate in its head."""

from decimal import Decimal

PER_USD: dict[str, Decimal] = {
    "USD": Decimal(1),
    "EUR": Decimal("0.92"),
    "GBP": Decimal("0.79"),
    "JPY": Decimal(150),
    "INR": Decimal(84),
    "TON": Decimal("0.2"),
}
# Currencies in which no platform reports a fraction.
WHOLE = frozenset({"JPY", "KRW", "CLP", "VND", "HUF", "TWD", "ISK", "IDR", "COP", "CRC", "PYG"})


def decimals(currency: str) -> int:
    return 0 if currency in WHOLE else 2
