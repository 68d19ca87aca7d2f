"""Every click on an ad, remembered as counts by half-hour and cell, and unfolded one by one when somebody asks.

Who clicked, and when exactly, is a function of the click's key, the same one from which `simulator.world.outcomes`
draws what follows; so a visit on the website and the order it leads to are about one person and one instant.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simulator.world.calendar import Segment
from simulator.world.columns import record
from simulator.world.luck import Floats, Ints, Keys, mixed, uniforms
from simulator.world.orders import SIGN_UP, Orders

_COUNTED = record(start=np.int64, length=np.int64, cell=np.int64, clicks=np.int64, signing=np.int64)


@dataclass(frozen=True)
class Clicks:
    """Single clicks, one row each. `signs_up`: this one leads to a sign-up, at once or days later."""

    key: Keys
    cell: Ints
    at: Ints
    signs_up: np.ndarray

    @property
    def size(self) -> int:
        return self.key.size


class ClickLog:
    def __init__(self) -> None:
        self._counted: list[np.ndarray] = []
        self._starts: list[int] = []  # of each remembered stretch

    def remember(self, stretch: Sequence[Segment], clicks: Ints, caused: Orders) -> None:
        """`caused`: what these clicks lead to, of which the sign-ups tell which clicks were followed."""
        row, cell = np.nonzero(clicks)
        starts = np.array([segment.start for segment in stretch], dtype=np.int64)
        made = np.zeros(row.size, dtype=_COUNTED)
        made["start"], made["cell"], made["clicks"] = starts[row], cell, clicks[row, cell]
        made["length"] = np.array([segment.end - segment.start for segment in stretch], dtype=np.int64)[row]
        signing = np.zeros(clicks.shape, dtype=np.int64)
        sign_ups = caused[caused["kind"] == SIGN_UP]
        np.add.at(signing, (np.searchsorted(starts, sign_ups["click_at"], side="right") - 1, sign_ups["cell"]), 1)
        made["signing"] = signing[row, cell]
        self._counted.append(made)
        self._starts.append(stretch[0].start)

    def between(self, since: int, until: int, *, cell_keys: Keys) -> Clicks:
        """The clicks of the segments that begin in a half-open stretch of time."""
        first = max(0, int(np.searchsorted(self._starts, since, side="right")) - 1)
        last = int(np.searchsorted(self._starts, until, side="left"))
        counted = np.concatenate([np.zeros(0, dtype=_COUNTED), *self._counted[first:last]])
        counted = counted[(counted["start"] >= since) & (counted["start"] < until)]
        times = counted["clicks"]
        one_by_one = np.repeat(counted, times)
        nth = np.arange(one_by_one.size) - np.repeat(np.cumsum(times) - times, times)
        key = mixed(cell_keys[one_by_one["cell"]], one_by_one["start"], nth, 24)
        return Clicks(
            key=key,
            cell=one_by_one["cell"],
            at=one_by_one["start"] + (first_luck(key) * one_by_one["length"]).astype(np.int64),
            signs_up=nth < one_by_one["signing"],
        )


def first_luck(key: Keys) -> Floats:
    """How far into its segment a click falls; drawn here and in `simulator.world.outcomes` alike."""
    return uniforms(key, 1)


def clicking_person_luck(key: Keys) -> Floats:
    """Which inhabitant of the market clicked; the same draw by which an order finds its person."""
    return uniforms(key, 4)
