"""Daily and lifetime budgets as platforms keep them: paced over the local day, and not a hard cap on a single day.

Campaigns and ad groups alike can hold a budget; one `Budgets` table holds one level.
"""

from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.world.columns import Columns
from simulator.world.luck import Floats, Ints, uniforms
from simulator.world.markets import PlatformTraits

_RARE = 0.05  # share of days on which the rare overspend happens
_LIFETIME_DAYS = 14  # a lifetime budget without an end is spread over so many days
_LIFETIME_MARGIN = 0.995  # pacing stops just short of a lifetime budget, which is never overspent


class Budgets:
    def __init__(self, *, seed_key: int) -> None:
        self._seed_key = seed_key
        self.table = Columns(
            key=np.uint64, zone=np.int64, daily=float, lifetime=float, usual=float, rare=float, weekly=bool,
            spent_today=float, spent_ever=float, carry=float, day=np.int64, factor=float, cap=float,
        )  # fmt: skip

    def add(self, *, key: int, zone: int, traits: PlatformTraits) -> int:
        return self.table.append(
            key=key, zone=zone, daily=np.nan, lifetime=np.nan, usual=traits.overspend, rare=traits.rare_overspend,
            weekly=traits.weekly_cap, spent_today=0.0, spent_ever=0.0, carry=0.0, day=-1, factor=1.0, cap=np.inf,
        )  # fmt: skip

    def set(self, row: int, *, daily: Decimal | None, lifetime: Decimal | None) -> None:
        self.table["daily"][row] = np.nan if daily is None else float(daily)
        self.table["lifetime"][row] = np.nan if lifetime is None else float(lifetime)
        self._set_caps(np.array([row]))

    def open_days(self, day_by_zone: Ints) -> None:
        """Where a new local day has begun: yesterday's spend is settled and today's allowance is drawn."""
        table = self.table
        today = day_by_zone[table["zone"]]
        rows = np.flatnonzero(table["day"] != today)
        if not rows.size:
            return
        known = table["day"][rows] >= 0
        unspent = np.where(known, self._base(rows) - table["spent_today"][rows], 0.0)
        sunday = (today[rows] % 7) == 0  # ordinal day 7 of the calendar was a Sunday
        table["carry"][rows] = np.where(sunday | ~known, 0.0, table["carry"][rows] + unspent)
        table["spent_today"][rows] = 0.0
        table["day"][rows] = today[rows]
        mood = uniforms(table["key"][rows] ^ np.uint64(self._seed_key), today[rows], 1)
        size = uniforms(table["key"][rows] ^ np.uint64(self._seed_key), today[rows], 2)
        usual, rare = table["usual"][rows], table["rare"][rows]
        table["factor"][rows] = np.where(
            mood < _RARE, 1.0 + usual + (rare - usual) * size, 1.0 + usual * (2 * size - 1)
        )
        self._set_caps(rows)

    def room(self) -> Floats:
        """What may still be spent today; infinite where nothing is set at this level."""
        table = self.table
        left = table["cap"] - table["spent_today"]
        lifetime = table["lifetime"] * _LIFETIME_MARGIN - table["spent_ever"]
        return np.maximum(np.where(np.isfinite(lifetime), np.minimum(left, lifetime), left), 0.0)

    def spend(self, amounts: NDArray[Any]) -> None:
        self.table["spent_today"][:] += amounts
        self.table["spent_ever"][:] += amounts

    def _base(self, rows: Ints) -> Floats:
        daily, lifetime = self.table["daily"][rows], self.table["lifetime"][rows]
        base = np.where(np.isfinite(daily), daily, lifetime / _LIFETIME_DAYS)
        return np.where(np.isfinite(base), base, 0.0)

    def _set_caps(self, rows: Ints) -> None:
        table = self.table
        base = self._base(rows)
        limited = np.isfinite(table["daily"][rows]) | np.isfinite(table["lifetime"][rows])
        days_left = 7 - table["day"][rows] % 7  # of the week that began on Sunday, today included
        week = np.where(table["weekly"][rows], base * days_left + table["carry"][rows], np.inf)
        wanted = np.minimum(base * table["factor"][rows], np.maximum(week, 0.0))
        table["cap"][rows] = np.where(limited, wanted, np.inf)
