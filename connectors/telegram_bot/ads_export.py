"""Telegram Ads exports, read into rows: one ad's views and clicks from one file, its spend from another, by day.

Good days go on; a line that cannot be read is handed back with its reason and remedy, and its day waits with it, since
half a day's numbers would look like a whole day's. Landing the rows is the caller's.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from connectors.ad_platform import Row
from connectors.telegram_bot import export_numbers
from connectors.telegram_bot.export_numbers import Unreadable
from connectors.telegram_bot.export_table import DELIMITERS, ExportFile, Line, Table, UnreadableExport, read_table

COUNTS = ("views", "clicks", "joined", "started_bot", "actions")
_Value = int | Decimal | None


@dataclass(frozen=True, kw_only=True)
class RefusedLine:
    file: str
    line: int
    column: str | None
    reason: str
    remedy: str
    text: str

    def __str__(self) -> str:
        column = f", column {self.column!r}" if self.column else ""
        return f"{self.file}, line {self.line}{column}: {self.reason}. {self.remedy}"


@dataclass(frozen=True, kw_only=True)
class ReadFile:
    """What was found out about a file: its checksum tells whether it was brought before."""

    name: str
    sha256: str
    delimiter: str  # in words: tab, semicolon, comma
    columns: tuple[str, ...]
    unknown_headers: tuple[str, ...]
    lines: int
    totals_left_out: int  # summary lines at the end of some exports


@dataclass(frozen=True, kw_only=True)
class ExportReading:
    rows: tuple[Row, ...]
    refused: tuple[RefusedLine, ...]
    files: tuple[ReadFile, ...]


@dataclass(kw_only=True)
class _Days:
    """One file's good numbers by day, and the days that must wait."""

    sums: dict[date, dict[str, _Value]] = field(default_factory=dict)
    seen: dict[datetime, tuple[int, dict[str, _Value]]] = field(default_factory=dict)
    waiting: set[date] = field(default_factory=set)
    refused: list[RefusedLine] = field(default_factory=list)
    totals: int = 0


def read_export(files: Sequence[ExportFile], *, ad: str, currency: str | None = None) -> ExportReading:
    """The rows of one ad. `currency` is for exports whose header does not name it; where both do, they must agree."""
    if not files:
        raise ValueError("no file was given")
    tables = [read_table(file) for file in files]
    _check_columns(tables)
    spent_in = _currency(tables, currency)
    by_table = [(table, _days_of(table)) for table in tables]
    waiting = {day for _, days in by_table for day in days.waiting}
    known = sorted({day for _, days in by_table for day in days.sums} - waiting)
    rows = [_row(ad, day, by_table, spent_in) for day in known]
    return ExportReading(
        rows=tuple(rows),
        refused=tuple(line for _, days in by_table for line in days.refused),
        files=tuple(
            ReadFile(
                name=table.file.name,
                sha256=table.file.sha256,
                delimiter=DELIMITERS[table.delimiter],
                columns=tuple(table.columns),
                unknown_headers=table.unknown_headers,
                lines=len(table.lines),
                totals_left_out=days.totals,
            )
            for table, days in by_table
        ),
    )


def _check_columns(tables: Sequence[Table]) -> None:
    """Together the files must tell views and spend, and no two of them the same thing."""
    told: dict[str, Table] = {}
    for table in tables:
        for column in table.columns:
            if column != "date" and column in told:
                raise UnreadableExport(
                    file=table.file.name,
                    column=table.headers[table.columns[column]],
                    reason=f"{told[column].file.name} has this column too",
                    remedy="Bring one ad at a time, each of its two files once.",
                )
            told[column] = table
    for column, what in (("views", "views and clicks"), ("spend", "spent budget")):
        if column not in told:
            raise UnreadableExport(
                file=", ".join(table.file.name for table in tables),
                column=column,
                reason="the column is missing in every file",
                remedy=f"Bring the export with {what} together with the others.",
            )


def _currency(tables: Sequence[Table], given: str | None) -> str:
    table = next(table for table in tables if "spend" in table.columns)
    header = table.headers[table.columns["spend"]]
    if table.currency and given and table.currency != given.upper():
        raise UnreadableExport(
            file=table.file.name,
            line=1,
            column=header,
            reason=f"the file counts in {table.currency}, {given.upper()} was said",
            remedy="Leave the currency out; the file names it.",
        )
    found = table.currency or (given.upper() if given else None)
    if found not in ("TON", "EUR"):
        raise UnreadableExport(
            file=table.file.name,
            line=1,
            column=header,
            reason="the currency is not known",
            remedy="Say the currency when importing: TON or EUR.",
        )
    return found


def _days_of(table: Table) -> _Days:
    days = _Days()
    mark = export_numbers.decimal_mark(table.texts("spend")) if "spend" in table.columns else None
    for line in table.lines:
        if line.cells[0].strip().lower().startswith("total"):
            days.totals += 1
            continue
        _take(table, line, days, mark)
    for at, (_, values) in sorted(days.seen.items()):
        sums = days.sums.setdefault(at.date(), dict.fromkeys(values))
        for column, value in values.items():
            before = sums[column]
            sums[column] = before if value is None else value if before is None else before + value
    return days


def _take(table: Table, line: Line, days: _Days, mark: str | None) -> None:
    """One line's numbers, or the reason why it is refused; a day of which a line is refused waits."""
    date_place = table.columns["date"]
    date_header = table.headers[date_place]
    try:
        at = export_numbers.moment(line.cells[date_place] if date_place < len(line.cells) else "")
    except Unreadable as error:
        days.refused.append(_refused(table, line, date_header, error))
        return
    column: str | None = None
    try:
        if len(line.cells) != len(table.headers):
            raise Unreadable(
                f"{len(line.cells)} cells instead of {len(table.headers)}",
                "Export the file again; in a comma-separated file a decimal comma needs quotes.",
            )
        values: dict[str, _Value] = {}
        for name, place in table.columns.items():
            if name != "date":
                column = table.headers[place]
                text = line.cells[place]
                values[name] = export_numbers.amount(text, mark=mark) if name == "spend" else export_numbers.count(text)
    except Unreadable as error:
        days.waiting.add(at.date())
        days.refused.append(_refused(table, line, column, error))
        return
    if at not in days.seen:
        days.seen[at] = (line.number, values)
        return
    first, told = days.seen[at]
    reason = f"{line.cells[date_place]!r} was told on line {first} already"
    if told != values:
        days.waiting.add(at.date())
        reason += ", with other numbers"
    days.refused.append(_refused(table, line, date_header, Unreadable(reason, "Keep one of the two lines.")))


def _refused(table: Table, line: Line, column: str | None, error: Unreadable) -> RefusedLine:
    return RefusedLine(
        file=table.file.name,
        line=line.number,
        column=column,
        reason=error.reason,
        remedy=error.remedy,
        text=table.delimiter.join(line.cells),
    )


def _row(ad: str, day: date, by_table: Sequence[tuple[Table, _Days]], currency: str) -> Row:
    """What no file tells of a day is null, which is not zero."""
    told: dict[str, _Value] = {}
    for _, days in by_table:
        told |= days.sums.get(day, {})
    spend = told.get("spend")
    return {
        "ad": ad,
        "date": day.isoformat(),
        **{name: told.get(name) for name in COUNTS},
        "spend": None if spend is None else f"{Decimal(spend).normalize():f}",
        "currency": currency,
        "files": [table.file.sha256 for table, _ in by_table],
    }
