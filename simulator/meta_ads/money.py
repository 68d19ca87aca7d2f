"""The platform's two ways of writing money: integer minor units for budgets, decimal major units for what was spent."""

from decimal import Decimal, InvalidOperation

from simulator.meta_ads.errors import invalid

# The platform's own table, which is not ISO 4217: every other currency counts in hundredths, the dinars too.
_WHOLE_UNITS = frozenset({"CLP", "COP", "CRC", "HUF", "ISK", "IDR", "JPY", "KRW", "PYG", "TWD", "VND"})

# What one US dollar buys, roughly: only minimum budgets are made of it.
_PER_DOLLAR = {
    "CLP": 950, "COP": 4000, "CRC": 510, "HUF": 360, "ISK": 138, "IDR": 15800, "JPY": 150, "KRW": 1350, "PYG": 7300,
    "TWD": 32, "VND": 25000,
}  # fmt: skip


def offset(currency: str) -> int:
    return 1 if currency in _WHOLE_UNITS else 100


def minor(amount: Decimal, currency: str) -> str:
    """Digits as the platform writes them; a fraction of a minor unit is cut off."""
    return str(int(amount * offset(currency)))


def major(text: str, currency: str, *, field: str) -> Decimal:
    """A budget as it was sent, in major units; anything but positive digits is refused."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise invalid(f"Param {field} must be an integer", field) from None
    if not text.strip().isdigit() or value <= 0:
        raise invalid(f"Param {field} must be a positive integer in the currency's minor unit", field)
    return value / offset(currency)


def minimum_daily_budget(currency: str) -> int:
    """In minor units, for budgets charged by impressions: about one US dollar."""
    return _PER_DOLLAR.get(currency, 1) * offset(currency)


def minimum_budgets(currency: str) -> dict[str, object]:
    least = minimum_daily_budget(currency)
    return {
        "currency": currency,
        "min_daily_budget_imp": least,
        "min_daily_budget_high_freq": least * 5,
        "min_daily_budget_low_freq": least * 40,
        "min_daily_budget_video_views": least,
    }


def plain(amount: Decimal) -> str:
    """A decimal without exponent or trailing noise, at least two places where there is a fraction."""
    text = f"{amount:f}"
    if "." not in text:
        return text
    whole, fraction = text.split(".")
    fraction = fraction.rstrip("0")
    return f"{whole}.{fraction.ljust(2, '0')}" if fraction else whole
