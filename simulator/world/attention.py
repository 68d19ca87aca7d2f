"""What people have lately seen and clicked, and which platforms therefore claim an order as their own.

Platforms over-claim: whoever saw an ad within a day, or clicked one within a week, is claimed by it, even if the order
would have come anyway or came through another platform. Several may claim the same order.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.world.columns import record
from simulator.world.delivery import Delivered
from simulator.world.luck import Ints, mixed, uniforms
from simulator.world.orders import Orders

DAY = 86_400
VIEW_MEMORY = DAY
CLICK_MEMORY = 7 * DAY
_KEPT = CLICK_MEMORY + 2 * DAY

CLAIM = record(
    cell=np.int64, kind=np.int64, view=np.bool_, touch_at=np.int64, instant=np.int64, known_at=np.int64, cents=np.int64,
    caused=np.bool_, order=np.uint64,
)  # fmt: skip
Claims = NDArray[np.void]
Counts = NDArray[np.int32]


@dataclass(frozen=True)
class Claimant:
    """One platform in one market: the cells people may have met there."""

    number: int
    cells: Ints
    market: int
    people: int
    view_focus: float
    click_focus: float


class Attention:
    """A sliding memory of deliveries, long enough for every window a platform looks back through."""

    def __init__(self) -> None:
        self._times: Ints = np.zeros((0, 2), dtype=np.int64)  # start and end of each remembered segment
        self._met: dict[str, Counts] = {}  # how often each cell was seen or clicked in it
        self._totals: dict[str, Ints] = {}  # the same, summed for each claimant

    def remember(self, delivered: Delivered, clicks: Ints, claimants: Sequence[Claimant]) -> None:
        times = np.array([(segment.start, segment.end) for segment in delivered.stretch], dtype=np.int64)
        outdated = int(np.searchsorted(self._times[:, 0], times[0, 0] - _KEPT)) if len(self._times) else 0
        self._times = np.concatenate([self._times[outdated:], times])
        for name, met in (("seen", delivered.impressions), ("clicked", clicks)):
            before = self._met.get(name, np.zeros((0, 0), dtype=np.int32))[outdated:]
            self._met[name] = np.concatenate([_widened(before, met.shape[1]), met.astype(np.int32)])
            sums = np.zeros((len(met), len(claimants)), dtype=np.int64)  # of no claimant at all, where no ads are sold
            for place, each in enumerate(claimants):
                sums[:, place] = met[:, each.cells].sum(axis=1)
            totals = self._totals.get(name, np.zeros((0, len(claimants)), dtype=np.int64))[outdated:]
            self._totals[name] = np.concatenate([totals, sums])

    def claims(self, orders: Orders, claimant: Claimant) -> Claims:
        """Look-back claims on what happened; orders that the claimant's own clicks caused are claimed elsewhere."""
        chosen = orders[orders["market"] == claimant.market]
        chosen = chosen[~np.isin(chosen["cell"], claimant.cells)]
        if not chosen.size or not claimant.cells.size:
            return np.zeros(0, dtype=CLAIM)
        by_click = self._looking_back(chosen, claimant, "clicked", CLICK_MEMORY, claimant.click_focus, stream=1)
        clicked = np.isin(chosen["id"], by_click["order"])
        by_view = self._looking_back(chosen[~clicked], claimant, "seen", VIEW_MEMORY, claimant.view_focus, stream=2)
        by_view["view"] = True
        return np.concatenate([by_click, by_view])

    def _looking_back(
        self, orders: Orders, claimant: Claimant, name: str, memory: int, focus: float, *, stream: int
    ) -> Claims:
        running = np.concatenate([[0], np.cumsum(self._totals[name][:, claimant.number])])
        first = np.searchsorted(self._times[:, 0], orders["instant"] - memory, side="left")
        last = np.searchsorted(self._times[:, 1], orders["instant"], side="right")
        total = running[last] - running[np.minimum(first, last)]
        key = mixed(orders["id"], claimant.number, stream, 51)
        chance = 1.0 - np.exp(-focus * total / claimant.people)
        hits = np.flatnonzero((total > 0) & (uniforms(key, 1) < chance))
        if not hits.size:
            return np.zeros(0, dtype=CLAIM)
        luck, total = uniforms(key[hits], 2), total[hits]
        point = running[first[hits]] + np.minimum((luck * total).astype(np.int64), total - 1)
        row = np.searchsorted(running, point, side="right") - 1
        met = self._met[name][row[:, None], claimant.cells[None, :]]
        column = (np.cumsum(met, axis=1) <= (point - running[row])[:, None]).sum(axis=1)
        start, end = self._times[row, 0], self._times[row, 1]
        touch_at = start + (uniforms(key[hits], 3) * (end - start)).astype(np.int64)
        return claims_of(orders[hits], cells=claimant.cells[column], touch_at=touch_at, caused=False)


def claims_of(orders: Orders, *, cells: Ints, touch_at: Ints, caused: bool) -> Claims:
    """Claims become known a little after the order; some are modelled and arrive up to three days late."""
    made = np.zeros(orders.size, dtype=CLAIM)
    if not orders.size:
        return made
    made["cell"], made["kind"], made["touch_at"] = cells, orders["kind"], touch_at
    made["instant"], made["cents"], made["order"] = orders["instant"], orders["cents"], orders["id"]
    made["caused"] = caused
    made["known_at"] = orders["instant"] + _lag(mixed(orders["id"], cells, 52))
    return made


def _lag(key: NDArray[np.uint64]) -> Ints:
    luck = uniforms(key, 1)
    return np.where(uniforms(key, 2) < 0.12, luck * 3 * DAY, luck * 5_400.0).astype(np.int64)


def _widened(rows: Counts, cells: int) -> Counts:
    missing = cells - rows.shape[1]
    return rows if missing == 0 else np.pad(rows, ((0, 0), (0, missing)))
