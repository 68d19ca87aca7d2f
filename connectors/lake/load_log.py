"""The log of loads: one JSON line per loaded pull, in monthly files that are only ever appended to.

It says what each pull covered, what became of its rows, and which partitions changed. The warehouse reads it to know
what to bring over; `load_seq` only grows, and a number that can be read means its files are in place.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from connectors.lake.layout import LakeLayout
from connectors.lake.versions import Applied, Counts, Parsed
from connectors.landing.layout import Stream
from connectors.landing.pending import LandedPull

# The columns of a log line, with DuckDB's types.
COLUMNS: tuple[tuple[str, str], ...] = (
    ("status", "varchar"),
    ("load_seq", "bigint"),
    ("pull_id", "varchar"),
    ("party", "varchar"),
    ("entity", "varchar"),
    ("account_id", "varchar"),
    ("since", "date"),
    ("until", "date"),
    ("pulled_at", "timestamptz"),
    ("loaded_at", "timestamptz"),
    ("landed", "bigint"),
    ("raw", "bigint"),
    ("duplicates", "bigint"),
    ("quarantined", "bigint"),
    ("vanished", "bigint"),
    ("landing_file", "varchar"),
    ("message", "varchar"),
    ("quarantine_file", "varchar"),
    ("days", "date[]"),
    ("is_whole", "boolean"),
)

_LATE = "an older pull arrived late and was put in its place"


@dataclass(frozen=True, kw_only=True)
class LoadRecord:
    """`status` is loaded, refused (a damaged file) or recount: a correction of an earlier pull's `raw`, whose
    `duplicates` moves the other way, after a pull that arrived late was put in its place."""

    status: str
    load_seq: int = 0  # given at the commit
    pull_id: str
    party: str
    entity: str
    account_id: str
    since: date | None = None
    until: date | None = None
    pulled_at: datetime | None = None
    loaded_at: datetime
    counts: Counts
    vanished: int = 0
    landing_file: str
    message: str | None = None
    quarantine_file: str | None = None  # relative to the lake
    days: tuple[date, ...] = ()  # account-local days whose rows changed
    is_whole: bool = False  # the one file of a stream without days changed

    @property
    def stream(self) -> Stream:
        return Stream(self.party, self.entity, self.account_id)

    @property
    def partitions(self) -> tuple[date | None, ...]:
        return (None,) if self.is_whole else self.days

    def line(self) -> str:
        values: dict[str, Any] = asdict(self)
        values |= values.pop("counts")
        return json.dumps(values, default=_text, ensure_ascii=False, separators=(",", ":")) + "\n"

    @staticmethod
    def from_line(line: str) -> "LoadRecord":
        values = json.loads(line)
        counts = Counts(**{name: values.pop(name) for name in ("landed", "raw", "duplicates", "quarantined")})
        for name, read in (("since", date), ("until", date), ("pulled_at", datetime), ("loaded_at", datetime)):
            values[name] = None if values[name] is None else read.fromisoformat(values[name])
        values["days"] = tuple(date.fromisoformat(day) for day in values["days"])
        return LoadRecord(counts=counts, **values)


def loaded_record(
    parsed: Parsed,
    applied: Applied,
    *,
    changed: Mapping[date | None, Any],
    quarantine_file: str | None,
    loaded_at: datetime,
) -> LoadRecord:
    """`changed` holds the partitions whose files differ now; what of it this pull touched is said of this pull."""
    pull = parsed.pull
    mine = [day for day in changed if day in applied.days]
    return LoadRecord(
        status="loaded",
        pull_id=pull.pull_id,
        party=pull.party,
        entity=pull.entity,
        account_id=pull.account_id,
        since=pull.window.since if pull.window else None,
        until=pull.window.until if pull.window else None,
        pulled_at=pull.pulled_at,
        loaded_at=loaded_at,
        counts=applied.counts,
        vanished=applied.vanished,
        landing_file=parsed.landing_file,
        quarantine_file=quarantine_file,
        days=tuple(sorted(day for day in mine if day is not None)),
        is_whole=None in mine,
    )


def refused_record(
    landed: LandedPull, stream: Stream, *, message: str, quarantine_file: str, loaded_at: datetime
) -> LoadRecord:
    """A damaged file counts with all the rows its manifest promised."""
    pull = landed.manifest.pull if landed.manifest else None
    rows = landed.manifest.rows if landed.manifest else 0
    return LoadRecord(
        status="refused",
        pull_id=pull.pull_id if pull else landed.stem,
        party=stream.party,
        entity=stream.entity,
        account_id=stream.account_id,
        since=pull.window.since if pull and pull.window else None,
        until=pull.window.until if pull and pull.window else None,
        pulled_at=pull.pulled_at if pull else None,
        loaded_at=loaded_at,
        counts=Counts(landed=rows, raw=0, duplicates=0, quarantined=rows),
        landing_file=landed.file,
        message=message,
        quarantine_file=quarantine_file,
    )


def recount_record(parsed: Parsed, change: int, *, loaded_at: datetime) -> LoadRecord:
    pull = parsed.pull
    return LoadRecord(
        status="recount",
        pull_id=pull.pull_id,
        party=pull.party,
        entity=pull.entity,
        account_id=pull.account_id,
        pulled_at=pull.pulled_at,
        loaded_at=loaded_at,
        counts=Counts(landed=0, raw=change, duplicates=-change, quarantined=0),
        landing_file=parsed.landing_file,
        message=_LATE,
    )


def replaced_record(landed: LandedPull, rows: int, *, days: Collection[date | None], loaded_at: datetime) -> LoadRecord:
    """So many facts of a pull turned out to have been received before, by one that was loaded later."""
    pull = landed.manifest.pull if landed.manifest else None
    return LoadRecord(
        status="recount",
        pull_id=pull.pull_id if pull else landed.stem,
        party=landed.stream.party,
        entity=landed.stream.entity,
        account_id=landed.stream.account_id,
        pulled_at=pull.pulled_at if pull else None,
        loaded_at=loaded_at,
        counts=Counts(landed=0, raw=-rows, duplicates=rows, quarantined=0),
        landing_file=landed.file,
        message=_LATE,
        days=tuple(sorted(day for day in days if day is not None)),
        is_whole=None in days,
    )


def last_load_seq(layout: LakeLayout) -> int:
    """The number of the last load; 0 in a lake where nothing was loaded yet."""
    return int(json.loads(layout.last_seq.read_text())["load_seq"]) if layout.last_seq.exists() else 0


def month_file(loaded_at: datetime) -> str:
    return f"loads/{loaded_at.astimezone(UTC):%Y-%m}.jsonl"


def records_after(loads: Path, load_seq: int) -> list[LoadRecord]:
    """Records with a larger number, oldest first. Reads back from the newest month and stops when it is caught up."""
    newer: list[LoadRecord] = []
    for path in sorted(loads.glob("*.jsonl"), reverse=True):
        records = list(_records(path))
        found = [record for record in records if record.load_seq > load_seq]
        newer.extend(found)
        if records and not found:
            break
    return sorted(newer, key=lambda record: record.load_seq)


def record_of(loads: Path, load_seq: int) -> LoadRecord | None:
    found = (record for record in records_after(loads, load_seq - 1) if record.load_seq == load_seq)
    return next(found, None)


def _records(path: Path) -> Iterator[LoadRecord]:
    for line in path.read_text(encoding="utf-8").splitlines():
        yield LoadRecord.from_line(line)


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"a load record holds no {type(value).__name__}")
