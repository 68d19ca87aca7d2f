"""An exported file as a table: its encoding, its delimiter and its columns found out from the file itself.

Files are named .csv and are tab-separated as a rule; people open and save them again with commas or semicolons. The
right delimiter is the one that makes the first line a header we know.
"""

import csv
import hashlib
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

DELIMITERS = {"\t": "tab", ";": "semicolon", ",": "comma"}
_CURRENCIES = {"ton": "TON", "eur": "EUR", "€": "EUR", "euro": "EUR", "💎": "TON"}
_NAMES = {
    "date": ("date", "day", "time", "datetime", "date and time"),
    "views": ("views", "impressions", "shows"),
    "clicks": ("clicks",),
    "joined": ("joined", "joins", "joined channel", "channel joins", "subscribed"),
    "started_bot": ("started bot", "bot started", "bot starts", "starts"),
    "actions": ("actions",),
    "spend": ("spent budget", "budget spent", "spent", "spend", "amount", "amount spent", "cost"),
}
_COLUMN_OF = {name: column for column, names in _NAMES.items() for name in names}


class UnreadableExport(Exception):
    """A whole file that cannot be taken in: where, why, and what to do."""

    def __init__(
        self, *, file: str, reason: str, remedy: str, line: int | None = None, column: str | None = None
    ) -> None:
        self.file, self.line, self.column, self.reason, self.remedy = file, line, column, reason, remedy
        where = f", line {line}" if line is not None else ""
        which = f", column {column!r}" if column is not None else ""
        super().__init__(f"{file}{where}{which}: {reason}. {remedy}")


@dataclass(frozen=True, kw_only=True)
class ExportFile:
    name: str
    content: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Line:
    number: int  # in the file, counted from 1
    cells: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Table:
    file: ExportFile
    delimiter: str
    columns: dict[str, int]  # our word for a column → its place
    headers: tuple[str, ...]  # as they are written
    currency: str | None  # said by the amount's header
    lines: tuple[Line, ...]

    @property
    def unknown_headers(self) -> tuple[str, ...]:
        return tuple(name for place, name in enumerate(self.headers) if place not in self.columns.values())

    def texts(self, column: str) -> list[str]:
        place = self.columns[column]
        return [line.cells[place] for line in self.lines if place < len(line.cells)]


def read_table(file: ExportFile) -> Table:
    text = _decoded(file)
    first = next((number for number, line in enumerate(text.splitlines(), start=1) if line.strip()), None)
    if first is None:
        raise UnreadableExport(file=file.name, reason="the file is empty", remedy="Export it again.")
    try:
        readings = [_reading(file, text, delimiter, first) for delimiter in DELIMITERS]
    except csv.Error as error:
        remedy = "Export it again; this is not a table of lines and cells."
        raise UnreadableExport(file=file.name, reason=str(error), remedy=remedy) from error
    best = max(readings, key=lambda table: (len(table.columns), "date" in table.columns))
    if len(best.headers) < 2:
        raise UnreadableExport(
            file=file.name,
            line=first,
            reason=f"the header {best.headers[0][:80]!r} cannot be split by tab, semicolon or comma",
            remedy="Export the file again, or save it tab-separated: the delimiter is wrong.",
        )
    if "date" not in best.columns:
        raise _missing(best, first, "date")
    if len(best.columns) < 2:
        raise _missing(best, first, "Views or Spent budget")
    return best


def _missing(table: Table, line: int, column: str) -> UnreadableExport:
    found = ", ".join(repr(name) for name in table.headers)
    return UnreadableExport(
        file=table.file.name,
        line=line,
        column=column,
        reason=f"the column is missing; the file ({DELIMITERS[table.delimiter]}-separated) has {found}",
        remedy="Export the file again with its header line, without renaming columns.",
    )


def _decoded(file: ExportFile) -> str:
    content = file.content
    try:
        if content.startswith((b"\xff\xfe", b"\xfe\xff")):
            return content.decode("utf-16")
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        remedy = "Save the file as UTF-8 and bring it again."
        raise UnreadableExport(file=file.name, line=line, reason="the text is not UTF-8", remedy=remedy) from error


def _reading(file: ExportFile, text: str, delimiter: str, first: int) -> Table:
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    lines: list[Line] = []
    headers: tuple[str, ...] = ()
    for raw in rows:
        cells = _without_blank_end(raw, keep=len(headers))
        if not any(cells):
            continue
        if headers:
            lines.append(Line(number=rows.line_num, cells=cells))
        else:
            headers = _joined_currency(cells)
    columns: dict[str, int] = {}
    currency: str | None = None
    for place, header in enumerate(headers):
        column, said = _column(header)
        if column is None:
            continue
        if column in columns:
            raise UnreadableExport(
                file=file.name,
                line=first,
                column=header,
                reason="two columns mean the same",
                remedy="Remove one of them.",
            )
        columns[column] = place
        currency = said or currency
    return Table(
        file=file, delimiter=delimiter, columns=columns, headers=headers, currency=currency, lines=tuple(lines)
    )


def _without_blank_end(cells: Sequence[str], *, keep: int) -> tuple[str, ...]:
    """Cells without spaces around them; empty ones beyond the header's width come from a trailing delimiter."""
    trimmed = [cell.strip() for cell in cells]
    while len(trimmed) > keep and not trimmed[-1]:
        trimmed.pop()
    return tuple(trimmed)


def _column(header: str) -> tuple[str | None, str | None]:
    """Our word for a header, and the currency it names: "Spent budget, TON", "Spent (EUR)", "Amount €"."""
    words = re.sub(r"[,()\[\]_/]", " ", header).lower().split()
    currency = _CURRENCIES.get(words[-1]) if words else None
    if currency is not None:
        words = words[:-1]
    column = _COLUMN_OF.get(" ".join(words))
    return column, currency if column == "spend" else None


def _joined_currency(cells: Sequence[str]) -> tuple[str, ...]:
    """Unless quoted, "Spent budget, TON" is two cells of a comma-separated header: a lone currency is joined on."""
    joined: list[str] = []
    for cell in cells:
        if joined and cell.lower() in _CURRENCIES:
            joined[-1] = f"{joined[-1]}, {cell}"
        else:
            joined.append(cell)
    return tuple(joined)
