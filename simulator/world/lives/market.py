"""The price of the product's token, hour by hour, and what moved enough to be told: the same for everybody."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from math import exp

from simulator.world.calendar import moment
from simulator.world.luck import key_of, normals

SYMBOL = "BUX"
_HOUR = 3600
_MEAN = 0.05  # US dollars
_PULL = 0.02  # towards the mean, an hour
_SPREAD = 0.012  # of the logarithm, an hour
_TOLD_EVERY = 6  # hours
_LARGE = 0.10
_MEMORY = 24 * 14  # hours after which an earlier step has all but faded


@dataclass(frozen=True, kw_only=True)
class PriceMove:
    at: datetime
    price_usd: float
    change_24h: float


@lru_cache(maxsize=4096)
def _step(seed: int, hour: int) -> float:
    calm, wild = normals(key_of(seed, "token price"), hour, 1), normals(key_of(seed, "token price"), hour // 48, 2)
    return float(_SPREAD * (calm[0] + 0.6 * wild[0] * (hour % 48 < 6)))


@lru_cache(maxsize=4096)
def price(seed: int, hour: int) -> float:
    """A wandering that is drawn back to its mean; each hour depends on the last fortnight only."""
    level = 0.0
    for back in range(_MEMORY, -1, -1):
        level = level * (1.0 - _PULL) + _step(seed, hour - back)
    return round(_MEAN * exp(level), 6)


def moves(seed: int, since: int, until: int) -> list[PriceMove]:
    """Every six hours, and in between whenever a day's move passes ten percent."""
    told = []
    for hour in range(-(-since // _HOUR), -(-until // _HOUR)):
        now, before = price(seed, hour), price(seed, hour - 24)
        change = now / before - 1.0
        earlier = price(seed, hour - 1) / price(seed, hour - 25) - 1.0
        if hour % _TOLD_EVERY == 0 or abs(change) >= _LARGE > abs(earlier):
            told.append(PriceMove(at=moment(hour * _HOUR), price_usd=now, change_24h=round(change, 6)))
    return told


def prices(seed: int, since: datetime, until: datetime) -> list[tuple[datetime, float]]:
    """Hourly closes in a half-open stretch of time."""
    first = -(-int(since.timestamp()) // _HOUR)
    last = -(-int(until.timestamp()) // _HOUR)
    return [(moment(hour * _HOUR), price(seed, hour)) for hour in range(first, last)]
