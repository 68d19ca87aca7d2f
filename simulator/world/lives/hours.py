"""At which instant of a UTC day people of a market do something: mostly in their own evening."""

import numpy as np

from simulator.world.luck import Floats, Ints
from simulator.world.markets import TRAFFIC_BY_HOUR

_CLOCKS = np.array([-6 * 3600, 3600, 9 * 3600, 5 * 3600 + 1800], dtype=np.int64)  # by market, winter time
_BOUNDS = np.concatenate([[0.0], np.cumsum(TRAFFIC_BY_HOUR) / TRAFFIC_BY_HOUR.sum()])
_ORDINAL_OF_EPOCH = 719_163


def instants_of_day(day: int, markets: Ints, luck: Floats) -> Ints:
    """`day`: an ordinal. The hour follows the market's clock, the day stays the UTC day."""
    local = np.interp(luck, _BOUNDS, np.arange(25) * 3600.0).astype(np.int64)
    return (day - _ORDINAL_OF_EPOCH) * 86_400 + (local - _CLOCKS[markets]) % 86_400
