"""Did a day bring about as many rows as its neighbours? Too few often means a truncated answer that nobody refused.

Small counts are noisy, so a day is judged only when its neighbours are plentiful enough for the rule to mean something.
"""

from collections.abc import Mapping
from datetime import date
from statistics import median

from analysis.verdict import Verdict

MINIMUM_DAYS = 7  # fewer complete days than this: nothing to compare with
MINIMUM_MEDIAN = 20  # rows a day; under it, halves happen by chance


def judge_volume(rows_by_day: Mapping[date, int], *, day: date, lowest_share: float) -> Verdict:
    """`day` is complete; the days before it (at most 14 of those given) are its neighbours."""
    neighbours = [count for other, count in sorted(rows_by_day.items()) if other < day][-14:]
    if len(neighbours) < MINIMUM_DAYS:
        return Verdict(notes=(f"{len(neighbours)} earlier days; {MINIMUM_DAYS} are needed to judge {day}",))
    usual = median(neighbours)
    if usual < MINIMUM_MEDIAN:
        return Verdict(notes=(f"usually {usual:.0f} rows a day: too few to judge by",))
    got = rows_by_day.get(day, 0)
    said = f"{day}: {got} rows, usually {usual:.0f}"
    if got < lowest_share * usual:
        return Verdict((f"{said}; under {lowest_share:.0%} of it. Pull the day again, then look at the platform",))
    return Verdict(notes=(said,))
