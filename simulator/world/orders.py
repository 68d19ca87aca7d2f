"""The order book: what people did that matters (sign_up, add_to_cart, purchase), when, for how much, and why.

This is what happened, whoever claims it. An order is entered when its cause occurs and becomes known at its instant;
the future ones wait.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from simulator.world.calendar import moment
from simulator.world.columns import record

KINDS = ("sign_up", "add_to_cart", "purchase")
SIGN_UP, ADD_TO_CART, PURCHASE = range(3)
ORGANIC = -1

ORDER = record(
    id=np.uint64, instant=np.int64, kind=np.int64, person=np.int64, cents=np.int64, cell=np.int64, click_at=np.int64,
    market=np.int64, number=np.int64,
)  # fmt: skip
Orders = NDArray[np.void]


@dataclass(frozen=True, kw_only=True)
class Order:
    """One conversion. `ad_id` names the ad whose click led to it; None: it would have happened anyway."""

    id: str
    person: str
    kind: str
    at: datetime
    value_usd: Decimal
    party: str | None
    account_id: str | None
    ad_id: str | None
    clicked_at: datetime | None
    purchase_number: int  # a person's first purchase is 1; 0 for the other kinds


class OrderBook:
    def __init__(self) -> None:
        self._waiting: Orders = np.zeros(0, dtype=ORDER)
        self._happened: list[Orders] = []
        self._ends: list[int] = []

    def enter(self, orders: Orders) -> None:
        if orders.size:
            self._waiting = np.concatenate([self._waiting, orders])

    def realise(self, until: int) -> Orders:
        """Orders whose instant has come, in order of time; each is given once."""
        due = self._waiting["instant"] < until
        if not due.any():
            return self._waiting[:0]
        happened = self._waiting[due]
        self._waiting = self._waiting[~due]
        happened = happened[np.lexsort((happened["id"], happened["instant"]))]
        self._happened.append(happened)
        self._ends.append(until)
        return happened

    def between(self, since: int, until: int) -> Orders:
        """What happened in a half-open stretch of time, in order."""
        first, last = np.searchsorted(self._ends, [since, until], side="right")
        chosen = self._happened[first : last + 1]
        if not chosen:
            return np.zeros(0, dtype=ORDER)
        found = np.concatenate(chosen)
        return found[(found["instant"] >= since) & (found["instant"] < until)]

    def caused_by(self, cells: NDArray[np.int64], since: int, until: int) -> Orders:
        """Orders, known or still to come, that a click on these cells in a stretch of time leads to."""
        everything = np.concatenate([*self._happened, self._waiting])
        clicked = (everything["click_at"] >= since) & (everything["click_at"] < until)
        return everything[clicked & np.isin(everything["cell"], cells)]


def order_of(row: np.void, *, person: str, party: str | None, account_id: str | None, ad_id: str | None) -> Order:
    caused = int(row["cell"]) != ORGANIC
    return Order(
        id=f"o{int(row['id']):020d}",
        person=person,
        kind=KINDS[int(row["kind"])],
        at=moment(int(row["instant"])),
        value_usd=Decimal(int(row["cents"])).scaleb(-2),
        party=party,
        account_id=account_id,
        ad_id=ad_id,
        clicked_at=moment(int(row["click_at"])) if caused else None,
        purchase_number=int(row["number"]),
    )
