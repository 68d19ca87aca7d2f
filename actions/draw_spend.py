"""Pictures of what was spent: daily spend by platform, stacked, as PNG bytes for Dagster's metadata and for reports.

Drawing only; the numbers are read from the published marts by the callers.
"""

from collections.abc import Mapping
from datetime import date
from io import BytesIO

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
from matplotlib.figure import Figure

# Told apart also by people who confuse red and green (Okabe and Ito's palette); further platforms start over.
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")


def draw_daily_spend(
    spend: Mapping[str, Mapping[date, float]], *, currency: str, partial_from: date | None = None
) -> bytes:
    """`spend` is platform → day → amount; a day that is absent or null had no known spend and is drawn as a gap."""
    days = sorted({day for by_day in spend.values() for day in by_day})
    figure = Figure(figsize=(8, 3), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    floor = [0.0] * len(days)
    for index, platform in enumerate(sorted(spend)):
        heights = [spend[platform].get(day, float("nan")) for day in days]
        axes.bar(
            [float(date2num(day)) for day in days],
            heights,
            width=1.0,
            bottom=floor,
            label=platform,
            color=COLOURS[index % len(COLOURS)],
        )
        floor = [below + (0.0 if height != height else height) for below, height in zip(floor, heights, strict=True)]
    if partial_from is not None and days and partial_from <= days[-1]:
        begins, ends = (float(date2num(day)) for day in (partial_from, days[-1]))
        axes.axvspan(begins - 0.5, ends + 0.5, color="grey", alpha=0.15, lw=0)
        place = ("data", "axes fraction")
        axes.annotate("not yet whole", (begins - 0.5, 1), xycoords=place, va="top", ha="right", fontsize=8)
    axes.xaxis_date()
    axes.set_ylabel(f"spend a day ({currency})")
    locator = AutoDateLocator()
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_ylim(bottom=0)
    if spend:
        axes.legend(frameon=False, ncols=len(spend), loc="lower left", bbox_to_anchor=(0, 1.0))
    picture = BytesIO()
    figure.savefig(picture, format="png", metadata={"Software": None})
    return picture.getvalue()
