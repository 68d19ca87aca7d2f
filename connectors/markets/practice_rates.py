"""Made-up exchange rates for practice and tests: steady by default, wandering a little when a seed is given.

They land like anybody's file of rates; no real number of Weir's ever rests on them.
"""

import random
from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import Decimal

from connectors.ad_platform import DayWindow, Row

# Units of the currency for one dollar.
PER_USD: Mapping[str, Decimal] = {
    "USD": Decimal(1),
    "EUR": Decimal("0.92"),
    "GBP": Decimal("0.79"),
    "JPY": Decimal(150),
    "INR": Decimal(84),
    "TON": Decimal("0.2"),
}
_NINE_PLACES = Decimal("0.000000001")
_LARGEST_STEP = 0.01  # a wandering rate moves by at most one per cent a day


def practice_rates(
    window: DayWindow, *, seed: int | None = None, per_usd: Mapping[str, Decimal] = PER_USD
) -> Iterator[Row]:
    """One row a day and currency, in the shape of `markets/fx_rates`."""
    rng = None if seed is None else random.Random(seed)
    rates = dict(per_usd)
    for number in range((window.until - window.since).days):
        day = window.since + timedelta(days=number)
        for currency in sorted(rates):
            usd_per_unit = (1 / rates[currency]).quantize(_NINE_PLACES)
            yield {"date": day.isoformat(), "currency": currency, "usd_per_unit": str(usd_per_unit)}
            if rng is not None and currency != "USD":
                rates[currency] *= 1 + Decimal(str(round(rng.uniform(-_LARGEST_STEP, _LARGEST_STEP), 6)))
