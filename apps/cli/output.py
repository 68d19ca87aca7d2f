"""What commands show: tables for people, JSON for programs. Data goes to standard output, everything else to the other.

Cells of a table are cut to the terminal's width only in a terminal; what is piped on is whole.
"""

import csv
import json
import math
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, is_dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

PIPED_WIDTH = 10_000
_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?")


def out() -> Console:
    return Console(width=None if sys.stdout.isatty() else PIPED_WIDTH, highlight=False)


def complaints() -> Console:
    return Console(stderr=True, highlight=False, soft_wrap=True)


def show_json(value: Any) -> None:
    sys.stdout.write(json.dumps(plain(value), ensure_ascii=False, indent=2, allow_nan=False) + "\n")


def show_table(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, title: str | None = None) -> None:
    table = Table(*columns, title=title, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(cell if isinstance(cell, Text) else Text(as_text(cell)) for cell in row))
    out().print(table)


def show_csv(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_harmless(cell) for cell in row] for row in rows)


def _harmless(cell: Any) -> str:
    """People open CSV in a spreadsheet: what it would take for a formula is marked as a text."""
    text = as_text(cell)
    is_formula = isinstance(cell, str) and text.startswith(_FORMULA_SIGNS) and not _NUMBER.fullmatch(text)
    return f"'{text}" if is_formula else text


def say(text: str) -> None:
    out().print(Text(text))


def as_text(value: Any) -> str:
    return "" if value is None else str(plain(value)) if not isinstance(value, str) else value


def plain(value: Any) -> Any:
    """JSON's own kinds. Exact numbers stay exact by going as text; what is not a number is null."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set):
        return [plain(each) for each in value]
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return str(value)


def show_json_complaint(value: Any) -> None:
    sys.stderr.write(json.dumps(plain(value), ensure_ascii=False) + "\n")
