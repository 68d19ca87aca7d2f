"""What happened on each account-local day, kept apart by account and day, so that reading a window never costs history.

These are the true numbers as delivery and outcomes made them; what a platform says about them at some instant is worked
out by `simulator.world.restatement`.
"""

from dataclasses import dataclass, field

import numpy as np

from simulator.world.attention import CLAIM, Claims
from simulator.world.luck import Ints


@dataclass
class DayBook:
    """One account's day. Columns follow the account's own list of cells, which only grows."""

    impressions: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    clicks: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    spend: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    hourly_spend: Ints = field(default_factory=lambda: np.zeros(25, dtype=np.int64))
    _claims: list[Claims] = field(default_factory=list)

    def add(self, impressions: Ints, clicks: Ints, spend: Ints) -> None:
        self.impressions = _added(self.impressions, impressions)
        self.clicks = _added(self.clicks, clicks)
        self.spend = _added(self.spend, spend)

    def add_claims(self, claims: Claims) -> None:
        self._claims.append(claims)

    def claims(self) -> Claims:
        if len(self._claims) != 1:
            self._claims = [np.concatenate([np.zeros(0, dtype=CLAIM), *self._claims])]
        return self._claims[0]


def _added(before: Ints, more: Ints) -> Ints:
    if before.size == more.size:
        return before + more
    return np.pad(before, (0, more.size - before.size)) + more


class DayBooks:
    def __init__(self) -> None:
        self._books: dict[tuple[int, int], DayBook] = {}

    def opened(self, account: int, day: int) -> DayBook:
        return self._books.setdefault((account, day), DayBook())

    def find(self, account: int, day: int) -> DayBook | None:
        return self._books.get((account, day))
