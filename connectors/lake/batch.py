"""Loads a batch of one stream's pulls: checks the files, folds them into versions, commits what changed.

Only the touched partitions are read and written, so a day's load costs the same after a year. Pulls that arrive out
of order are put in their place by building the touched partitions again from landing. The caller holds the stream's
lock; what is written where is in `connectors.lake.staged`.
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from connectors.ad_platform import Clock
from connectors.entity_schema import EntitySchema, Kind
from connectors.lake.journal import Journal
from connectors.lake.layout import LakeLayout, day_of
from connectors.lake.load_log import LoadRecord, loaded_record, recount_record
from connectors.lake.staged import StagedCommit
from connectors.lake.versions import Applied, Parsed, Versions
from connectors.landing.layout import Stream
from connectors.landing.pending import DamagedPull, LandedPull, checked_content, history


class HistoryGone(Exception):
    """A rebuild needs landed files that are no longer there; going on would lose versions."""


@dataclass(frozen=True)
class _Read:
    """What checking and parsing some pulls gave."""

    parsed: list[Parsed]
    refused: list[tuple[LandedPull, DamagedPull]]


@dataclass(frozen=True, kw_only=True)
class _Folded:
    """What a batch comes to."""

    tables: dict[date | None, pa.Table]  # the new content of the partitions that may have changed
    applied: dict[str, Applied]  # by landing file, for the pulls of the batch
    recounts: list[tuple[Parsed, int]] = field(default_factory=list)  # earlier pulls, and how many more versions


class BatchLoader:
    def __init__(
        self,
        layout: LakeLayout,
        journal: Journal,
        connection: duckdb.DuckDBPyConnection,
        schema: EntitySchema,
        stream: Stream,
        *,
        landing: Path,
        clock: Clock,
    ) -> None:
        self.layout = layout
        self.journal = journal
        self.stream = stream
        self._schema = schema
        self._landing = landing
        self._clock = clock
        self._versions = Versions(connection, schema)

    def load(self, batch: Sequence[LandedPull]) -> list[LoadRecord]:
        """Loads a few waiting pulls, oldest first."""
        read = self._read(batch, prefix="batch")
        last = self._last()
        if last is not None and read.parsed and read.parsed[0].pull.order <= last:
            earlier = [pull for pull in self._history() if not pull.marker.exists()]
            folded = self._rebuilt(read.parsed, earlier, days=self._touchable(read.parsed))
        else:
            folded = self._continued(read.parsed)
        return self._commit(batch, read, folded)

    def load_everything(self) -> list[LoadRecord]:
        """Builds the stream again from all that has been loaded, as if it were loaded for the first time."""
        pulls = [pull for pull in self._history() if not pull.marker.exists()]
        read = self._read(pulls, prefix="batch")
        days = self._touchable(read.parsed) | {day_of(path) for path in self.layout.partitions(self.stream)}
        return self._commit(pulls, read, self._rebuilt(read.parsed, [], days=days))

    def _read(self, pulls: Iterable[LandedPull], *, prefix: str) -> _Read:
        read = _Read([], [])
        for place, landed in enumerate(pulls):
            try:
                content = checked_content(landed)
            except DamagedPull as error:
                read.refused.append((landed, error))
                continue
            if landed.manifest is not None:
                pull, table = landed.manifest.pull, f"{prefix}_{place}"
                read.parsed.append(self._versions.parse(content, pull, landing_file=landed.file, table=table))
        return read

    def _touchable(self, parsed: Iterable[Parsed]) -> set[date | None]:
        return {day for pull in parsed for day in self._versions.days(pull)}

    def _continued(self, parsed: Sequence[Parsed]) -> _Folded:
        self._versions.open(self._standing(self._touchable(parsed)))
        applied = {pull.landing_file: self._versions.apply(pull) for pull in parsed}
        changed = _sorted({day for result in applied.values() for day in result.days})
        return _Folded(tables=self._versions.partitions(changed), applied=applied)

    def _rebuilt(self, parsed: Sequence[Parsed], earlier: Sequence[LandedPull], *, days: set[date | None]) -> _Folded:
        """Folds everything that ever landed about some days, oldest first, whatever the order of arrival was."""
        before = Counter(self._versions.raw_by_file_in(self._standing(days)))
        known = self._read([pull for pull in earlier if self._may_touch(pull, days)], prefix="earlier").parsed
        gone = before.keys() - {pull.landing_file for pull in (*known, *parsed)}
        if gone:
            raise HistoryGone(
                f"building {self.stream.path} again needs these landed files, which are missing or damaged: "
                f"{', '.join(sorted(gone))}. Put them back; until then nothing is changed and the pull keeps waiting."
            )
        self._versions.open([])
        known = [self._versions.restrict(pull, days) for pull in known]
        everything = sorted([*known, *parsed], key=lambda pull: pull.pull.order)
        applied = {pull.landing_file: self._versions.apply(pull) for pull in everything}
        after = Counter(self._versions.raw_by_file())
        changes = ((pull, after[pull.landing_file] - before[pull.landing_file]) for pull in known)
        return _Folded(
            tables=self._versions.partitions(_sorted(days)),
            applied=applied,
            recounts=[(pull, change) for pull, change in changes if change],
        )

    def _standing(self, days: Iterable[date | None]) -> list[Path]:
        paths = (self.layout.partition(self.stream, day) for day in _sorted(days))
        return [path for path in paths if path.exists()]

    def _may_touch(self, landed: LandedPull, days: set[date | None]) -> bool:
        window = landed.manifest.pull.window if landed.manifest else None
        if window is None or self._schema.kind is not Kind.WINDOWED:
            return True
        return any(day is not None and window.since <= day < window.until for day in days)

    def _commit(self, batch: Sequence[LandedPull], read: _Read, folded: _Folded) -> list[LoadRecord]:
        staged = StagedCommit(self.layout, self.stream, landing=self._landing)
        changed = staged.partitions(folded.tables)
        loaded_at = self._clock()
        records = [
            loaded_record(
                pull,
                folded.applied[pull.landing_file],
                changed=changed,
                quarantine_file=staged.quarantine(self.stream, pull.pull.stem, self._versions.quarantine(pull)),
                loaded_at=loaded_at,
            )
            for pull in read.parsed
        ]
        records = _all_said(records, changed)
        records += [staged.refused(landed, error, loaded_at=loaded_at) for landed, error in read.refused]
        records += [recount_record(pull, change, loaded_at=loaded_at) for pull, change in folded.recounts]
        self._remember_last(read.parsed, staged)
        staged.settles(batch)
        return staged.commit(records, self.journal, loaded_at=loaded_at)

    def _history(self) -> list[LandedPull]:
        return sorted(history(self._landing, self.stream), key=lambda pull: pull.order)

    def _last(self) -> tuple[datetime, str] | None:
        path = self.layout.state(self.stream)
        if not path.exists():
            return None
        state = json.loads(path.read_text())
        return (datetime.fromisoformat(state["pulled_at"]), state["pull_id"])

    def _remember_last(self, parsed: Sequence[Parsed], staged: StagedCommit) -> None:
        newest = max((pull.pull.order for pull in parsed), default=None)
        before = self._last()
        if newest is not None and (before is None or newest > before):
            staged.write(self.layout.state(self.stream), {"pulled_at": newest[0].isoformat(), "pull_id": newest[1]})


def _all_said(records: list[LoadRecord], changed: Iterable[date | None]) -> list[LoadRecord]:
    """A late pull can change a day it says nothing about (a neighbour's version now starts elsewhere): the first record
    of the batch names it, so that whoever follows the log misses nothing."""
    unsaid = set(changed) - {day for record in records for day in record.partitions}
    if not (unsaid and records):
        return records
    days = sorted({*records[0].days, *(day for day in unsaid if day is not None)})
    return [replace(records[0], days=tuple(days), is_whole=records[0].is_whole or None in unsaid), *records[1:]]


def _sorted(days: Iterable[date | None]) -> list[date | None]:
    return sorted(days, key=lambda day: day or date.min)
