"""Which keys an entity has ever held: 128 bits of each, in sorted runs, of which the larger ones are seldom touched.

A lookup asks each run, and there are few: a new run swallows those that are not several times its size. So a day costs
the same however long the history is. What a run is made of is in the lake itself; it can be made again from there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.lib.format import open_memmap

Array = np.ndarray
_GROWTH = 4  # a run may be this many times as large as all that are newer and still be left alone
_MERGED_AT_ONCE = 1 << 20  # keys


class BrokenRun(Exception):
    """A run that is not what was written. The keys have to be read from the lake again."""


@dataclass(frozen=True)
class Keys:
    """Sorted by the upper half."""

    upper: Array
    lower: Array

    def __len__(self) -> int:
        return len(self.upper)

    def among(self, wanted: "Keys") -> Array:
        """For each wanted key, whether it is here."""
        place = np.searchsorted(self.upper, wanted.upper)
        found = np.zeros(len(wanted), bool)
        open_ = np.flatnonzero(place < len(self))
        while len(open_):  # once, but for keys whose upper halves are the same
            open_ = open_[self.upper[place[open_]] == wanted.upper[open_]]
            same = self.lower[place[open_]] == wanted.lower[open_]
            found[open_[same]] = True
            open_ = open_[~same]
            place[open_] += 1
            open_ = open_[place[open_] < len(self)]
        return found


def in_order(upper: Array, lower: Array, number: Array) -> Array:
    """The places of the keys, sorted; equal keys by their number."""
    order = np.argsort(upper)
    ordered = upper[order]
    same = ordered[1:] == ordered[:-1]
    if same.any():
        tied = np.flatnonzero(np.append(same, False) | np.insert(same, 0, False))
        those = order[tied]
        order[tied] = those[np.lexsort((number[those], lower[those], upper[those]))]
    return order


def merged(runs: Sequence[Keys]) -> Keys:
    upper, lower = (np.concatenate([getattr(run, half) for run in runs]) for half in ("upper", "lower"))
    order = np.argsort(upper, kind="stable")  # quick with what is sorted already, part by part
    return Keys(upper[order], lower[order])


@dataclass(frozen=True)
class Run:
    """A run as the state remembers it; enough to see that a file is the one that was written."""

    name: str
    keys: int
    first: int
    last: int

    def opened(self, folder: Path) -> Keys:
        path = folder / self.name
        try:
            halves = np.load(path, mmap_mode="r")
        except (OSError, ValueError) as error:
            raise BrokenRun(f"{path}: {error}") from error
        if halves.shape != (2, self.keys) or halves.dtype != np.uint64:
            raise BrokenRun(f"{path} holds {halves.shape} of {halves.dtype}, not {self.keys} keys")
        if (int(halves[0, 0]), int(halves[0, -1])) != (self.first, self.last):
            raise BrokenRun(f"{path} begins or ends with another key than was written")
        return Keys(halves[0], halves[1])


def swallowed(runs: Sequence[Run], new: int) -> list[Run]:
    """The runs that a new one of so many keys is merged with."""
    taken: list[Run] = []
    for run in sorted(runs, key=lambda each: each.keys):
        if run.keys > _GROWTH * new:
            break
        taken.append(run)
        new += run.keys
    return taken


def write_run(path: Path, parts: Sequence[Keys]) -> Run:
    """Merges sorted keys into one file, holding a small part of them in memory. There is at least one key."""
    total = sum(map(len, parts))
    halves = open_memmap(path, mode="w+", dtype=np.uint64, shape=(2, total))
    slices = total // _MERGED_AT_ONCE + 1
    bounds = [int(number * (1 << 64) // slices) for number in range(1, slices)]  # keys are spread evenly
    starts = [0] * len(parts)
    at = 0
    for bound in [*bounds, None]:
        stops = [len(p) if bound is None else int(np.searchsorted(p.upper, np.uint64(bound))) for p in parts]
        cut = [Keys(p.upper[a:b], p.lower[a:b]) for p, a, b in zip(parts, starts, stops, strict=True)]
        piece = merged(cut)
        halves[0, at : at + len(piece)] = piece.upper
        halves[1, at : at + len(piece)] = piece.lower
        at += len(piece)
        starts = stops
    halves.flush()
    return Run(name=path.name, keys=total, first=int(halves[0, 0]), last=int(halves[0, -1]))
