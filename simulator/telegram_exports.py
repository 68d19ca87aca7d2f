"""Telegram Ads as its share page exports them: two files for each ad, named .csv, tab-separated, decimal commas.

There is no API for these numbers; people download the files and drop them where they are imported from.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Literal

from simulator.world.luck import key_of, uniform

_BOM = "\ufeff"


@dataclass(frozen=True, kw_only=True)
class TelegramAdDay:
    ad_id: str
    day: date
    views: int
    clicks: int
    joined: int
    spent: Decimal


@dataclass(frozen=True, kw_only=True)
class ExportStyle:
    """How one download looks; real ones differ by account and by the spreadsheet they went through."""

    goal: Literal["Joined", "Started bot"] = "Joined"
    currency: Literal["TON", "EUR"] = "TON"
    byte_order_mark: bool = False
    day_format: str = "%Y-%m-%d"


def ad_days(*, seed: int, ad_id: str, since: date, until: date) -> list[TelegramAdDay]:
    """A Telegram ad's days, half-open; a function of the seed, so that the same export can be made again."""
    days: list[TelegramAdDay] = []
    for number in range((until - since).days):
        day = since + timedelta(days=number)
        views = 900 + key_of(seed, "telegram views", ad_id, day.isoformat()) % 2200
        clicks = int(views * (0.004 + 0.01 * uniform(seed, "telegram clicks", ad_id, day.isoformat())))
        joined = int(clicks * (0.15 + 0.4 * uniform(seed, "telegram joined", ad_id, day.isoformat())))
        price = Decimal(40 + key_of(seed, "telegram price", ad_id) % 60) / 100  # per thousand views
        spent = (price * views / 1000).quantize(Decimal("0.01"))
        days.append(TelegramAdDay(ad_id=ad_id, day=day, views=views, clicks=clicks, joined=joined, spent=spent))
    return days


def export_files(days: Sequence[TelegramAdDay], folder: Path, *, style: ExportStyle | None = None) -> tuple[Path, Path]:
    """Writes the counts and the spend of one ad; returns both paths."""
    if not days or len({day.ad_id for day in days}) != 1:
        raise ValueError("an export holds the days of exactly one ad")
    chosen = style or ExportStyle()
    folder.mkdir(parents=True, exist_ok=True)
    counts, spend = folder / f"{days[0].ad_id}_stats.csv", folder / f"{days[0].ad_id}_budget.csv"
    _write(
        counts,
        ["date", "Views", "Clicks", chosen.goal],
        [[f"{row.day:{chosen.day_format}}", str(row.views), str(row.clicks), str(row.joined)] for row in days],
        style=chosen,
    )
    _write(
        spend,
        ["date", f"Spent budget, {chosen.currency}"],
        [[f"{row.day:{chosen.day_format}}", f"{row.spent:.2f}".replace(".", ",")] for row in days],
        style=chosen,
    )
    return counts, spend


def _write(path: Path, header: list[str], rows: list[list[str]], *, style: ExportStyle) -> None:
    lines = ["\t".join(row) for row in (header, *rows)]
    text = (_BOM if style.byte_order_mark else "") + "\n".join(lines) + "\n"
    path.write_bytes(text.encode())
