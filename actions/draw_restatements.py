"""A picture of what platforms said again: claimed conversions of past days, added and taken back since they were first
told, by platform, as PNG bytes. Drawing only; the numbers come from the callers.
"""

from collections.abc import Mapping
from datetime import date
from io import BytesIO

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
from matplotlib.figure import Figure

from actions.draw_spend import COLOURS


def draw_restatements(changes: Mapping[str, Mapping[date, float]], *, since: str) -> bytes:
    """`changes` is platform → day → conversions more (or fewer) than were first claimed; `since` says since when."""
    days = sorted({day for by_day in changes.values() for day in by_day})
    figure = Figure(figsize=(8, 3), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    above, below = [0.0] * len(days), [0.0] * len(days)
    for index, platform in enumerate(sorted(changes)):
        heights = [changes[platform].get(day, 0.0) for day in days]
        bottom = [below[at] if height < 0 else above[at] for at, height in enumerate(heights)]
        axes.bar(
            [float(date2num(day)) for day in days],
            heights,
            width=0.9,
            bottom=bottom,
            label=platform,
            color=COLOURS[index % len(COLOURS)],
        )
        above = [at + max(height, 0.0) for at, height in zip(above, heights, strict=True)]
        below = [at + min(height, 0.0) for at, height in zip(below, heights, strict=True)]
    axes.axhline(0, color="black", lw=0.6)
    axes.xaxis_date()
    axes.set_ylabel("claimed conversions,\nchange since " + since)
    locator = AutoDateLocator()
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    axes.spines[["top", "right"]].set_visible(False)
    if changes:
        axes.legend(frameon=False, ncols=len(changes), loc="lower left", bbox_to_anchor=(0, 1.0))
    picture = BytesIO()
    figure.savefig(picture, format="png", metadata={"Software": None})
    return picture.getvalue()
