"""How a stream of events arrives in practice: some twice, some late, some in the wrong order. Off unless asked for.

Which row suffers what is a function of the seed and of the row's id, so the same call makes the same mess. Nothing is
ever lost here.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from simulator.world.luck import uniform

Row = dict[str, Any]
_WINDOW = 500  # rows within which one may be overtaken by others


@dataclass(frozen=True, kw_only=True)
class Disorder:
    """Shares of all rows, between 0 and 1."""

    duplicates: float = 0.0  # sent a second time, a little later
    late: float = 0.0  # sent after everything else of the stretch
    reordered: float = 0.0  # overtaken by rows that happened later

    def __post_init__(self) -> None:
        for name in ("duplicates", "late", "reordered"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ValueError(f"{name} is a share between 0 and 1, not {getattr(self, name)}")


def disordered(rows: Iterable[Row], disorder: Disorder, *, id_column: str, seed: int) -> Iterator[Row]:
    held: list[Row] = []
    window: list[tuple[float, int, Row]] = []
    for place, row in enumerate(rows):
        key = str(row[id_column])
        if uniform(seed, "late row", key) < disorder.late:
            held.append(row)
            continue
        behind = uniform(seed, "row behind", key) if uniform(seed, "row reordered", key) < disorder.reordered else 0.0
        window.append((place + behind * _WINDOW, place, row))
        if uniform(seed, "row twice", key) < disorder.duplicates:
            window.append((place + _WINDOW * uniform(seed, "row again", key), place, row))
        if len(window) >= 4 * _WINDOW:
            window.sort(key=lambda each: each[:2])
            ready, window = window[:_WINDOW], window[_WINDOW:]
            yield from (row for _, _, row in ready)
    yield from (row for _, _, row in sorted(window, key=lambda each: each[:2]))
    yield from held
