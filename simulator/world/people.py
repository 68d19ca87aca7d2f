"""The people of the practice world: who they are, where they live, what they like and how slowly they answer.

A person is a number; every trait is a function of it and of the seed, so a population of any size costs nothing until
it is asked about. What people order is kept in `simulator.world.orders`.
"""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import numpy as np

from simulator.world.luck import Floats, Ints, normals, uniform, uniforms
from simulator.world.markets import MARKET_TRAITS, MARKETS, THEME_TRAITS

_CHANNELS = ("email", "push", "telegram", "sms")
_CHANNEL_CHANCE = (0.7, 0.45, 0.3, 0.15)
_DEVICES = (("android", 0.45), ("ios", 0.35), ("desktop", 0.2))
_INTERESTS = (*THEME_TRAITS, "community", "token")
SPEND_SPREAD = 0.35  # standard deviation of the logarithm of what people spend relative to others
_MOST_LOYAL = 0.75
_USUAL_ORDERS_A_YEAR = 4.0


@dataclass(frozen=True, kw_only=True)
class Person:
    id: str
    number: int
    market: str
    country: str
    timezone: str
    device: str
    channels: tuple[str, ...]  # preferred first
    interests: tuple[str, ...]
    reply_delay: timedelta  # the median time until they open or answer a message
    reply_chance: float
    loyalty: float  # the chance that one purchase is followed by another
    spend_level: float  # the logarithm of what they spend relative to others
    lifetime_value: Decimal  # US dollars expected over a year once they are customers


class People:
    def __init__(self, size: int, *, seed: int) -> None:
        if size < len(MARKETS):
            raise ValueError(f"a population needs at least {len(MARKETS)} people")
        self.seed = seed
        self._key = np.uint64(0x5EED) ^ np.uint64(seed & 0xFFFFFFFFFFFFFFFF)
        bounds = [0]
        for market in MARKETS[:-1]:
            bounds.append(bounds[-1] + max(1, int(size * MARKET_TRAITS[market].people_share)))
        self._bounds = [*bounds, size]

    def __len__(self) -> int:
        return self._bounds[-1]

    def living_in(self, market: int) -> int:
        return self._bounds[market + 1] - self._bounds[market]

    def picked(self, markets: Ints, luck: Floats) -> Ints:
        """One person for each market and number between 0 and 1."""
        first = np.array(self._bounds[:-1], dtype=np.int64)[markets]
        size = np.diff(np.array(self._bounds, dtype=np.int64))[markets]
        return first + np.minimum((luck * size).astype(np.int64), size - 1)

    def loyalty(self, people: Ints) -> Floats:
        return _MOST_LOYAL * uniforms(self._key, people, 41) ** 1.5

    def spend_level(self, people: Ints) -> Floats:
        return SPEND_SPREAD * normals(self._key, people, 42)

    def name(self, number: int) -> str:
        return f"p{number:07d}"

    def market(self, number: int) -> str:
        return MARKETS[bisect_right(self._bounds, number) - 1]

    def home(self, number: int) -> tuple[str, str]:
        """Country and time zone."""
        homes = MARKET_TRAITS[self.market(number)].timezones
        return homes[int(uniform(self.seed, "home", number) * len(homes))]

    def device(self, number: int) -> str:
        return _device(uniform(self.seed, "device", number))

    def interests(self, number: int) -> tuple[str, ...]:
        """The two things a person likes best."""
        liked = sorted((uniform(self.seed, "interest", number, name), name) for name in _INTERESTS)
        return tuple(name for _, name in liked[:2])

    def market_of(self, people: Ints) -> Ints:
        """The market each of these people lives in, as its number."""
        return np.searchsorted(np.array(self._bounds[1:-1], dtype=np.int64), people, side="right")

    def person(self, number: int) -> Person:
        if not 0 <= number < len(self):
            raise KeyError(f"there is no person {number}")
        market = self.market(number)
        country, zone = self.home(number)
        wanted = sorted(
            (uniform(self.seed, "channel", number, name) / chance, name)
            for name, chance in zip(_CHANNELS, _CHANNEL_CHANCE, strict=True)
            if uniform(self.seed, "channel", number, name) < chance
        )
        interests = self.interests(number)
        just_one = np.array([number], dtype=np.int64)
        loyalty, level = float(self.loyalty(just_one)[0]), float(self.spend_level(just_one)[0])
        orders = 1.0 + min(loyalty / (1.0 - loyalty), _USUAL_ORDERS_A_YEAR)
        usual_value = THEME_TRAITS[interests[0]].order_value if interests[0] in THEME_TRAITS else 20.0
        value = orders * usual_value * float(np.exp(level)) * MARKET_TRAITS[market].price_level
        return Person(
            id=self.name(number),
            number=number,
            market=market,
            country=country,
            timezone=zone,
            device=self.device(number),
            channels=tuple(name for _, name in wanted) or ("email",),
            interests=interests,
            reply_delay=timedelta(minutes=round(3 * 300 ** uniform(self.seed, "delay", number))),
            reply_chance=round(0.05 + 0.6 * uniform(self.seed, "reply", number) ** 2, 4),
            loyalty=round(loyalty, 6),
            spend_level=round(level, 6),
            lifetime_value=Decimal(repr(round(value, 2))).quantize(Decimal("0.01")),
        )


def _device(luck: float) -> str:
    for name, share in _DEVICES:
        if luck < share:
            return name
        luck -= share
    return _DEVICES[-1][0]
