"""Which steps of a funnel may compete for one event, as "*" does with every other, or a step with its own repetition.

One event fills one step. Where several happen at one instant, how far they lead is a question of who takes whom: some
steps can all be filled when every set of them finds as many events as it has steps (Hall's theorem). Only sets of
steps that compete can fall short, so those are the ones listed, for the models to count.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from weir.definitions.fields import EVERY_EVENT

MOST_RIVALS = 8
ANY = {"events": frozenset({EVERY_EVENT}), "touches": frozenset({"touch"})}
INSIDE = {("click", "paid_click")}  # every paid click is a click


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a step takes."""

    entity: str
    event: str
    where: Mapping[str, Any]


def may_compete(one: Wanted, other: Wanted) -> bool:
    """False only where no event can be what both want."""
    if one.entity != other.entity:
        return False
    pair = tuple(sorted((one.event, other.event)))
    anything = ANY.get(one.entity, frozenset())
    if one.event != other.event and not anything & set(pair) and pair not in INSIDE:
        return False
    return not any(_differ(one.where[name], other.where[name]) for name in one.where.keys() & other.where.keys())


def _differ(one: Any, other: Any) -> bool:
    """Texts that differ, numbers that differ; a text and a number may be written alike."""
    if isinstance(one, str) != isinstance(other, str) or isinstance(one, bool) != isinstance(other, bool):
        return False
    return one != other


def rival_groups(steps: Sequence[Wanted]) -> list[list[int]]:
    """Steps by number from 1, grouped so that steps of different groups never compete; only groups of several."""
    groups: list[list[int]] = []
    for number, step in enumerate(steps, start=1):
        near = [group for group in groups if any(may_compete(step, steps[each - 1]) for each in group)]
        joined = sorted([number, *(each for group in near for each in group)])
        groups = [*(group for group in groups if group not in near), joined]
    return sorted(group for group in groups if len(group) > 1)


def rival_sets(group: Sequence[int]) -> list[dict[str, int]]:
    """Every set of steps in a group: `steps` with a bit for each (step 1 is bit 0), how many, its first and last."""
    return [
        {"steps": sum(1 << (each - 1) for each in some), "size": size, "lowest": min(some), "highest": max(some)}
        for size in range(1, len(group) + 1)
        for some in combinations(group, size)
    ]
