"""One batch's files on their way into the lake: written under staging names, then handed to the journal at once.

What the rows are is decided before (`connectors.lake.batch`); how they move without half a step is the journal's.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from connectors.lake.journal import Commit, Journal
from connectors.lake.layout import LakeLayout, write_parquet
from connectors.lake.load_log import LoadRecord, last_load_seq, month_file, refused_record
from connectors.landing.durable import make_folder, remove
from connectors.landing.layout import Stream
from connectors.landing.pending import DamagedPull, LandedPull


class StagedCommit:
    def __init__(self, layout: LakeLayout, stream: Stream, *, landing: Path) -> None:
        self._layout = layout
        self._stream = stream
        self._landing = landing
        self._staging = layout.staging(stream)
        self._commit = Commit()
        make_folder(self._staging)

    def partitions(self, tables: Mapping[date | None, pa.Table]) -> dict[date | None, Path]:
        """Stages the partitions whose bytes differ from what stands there; gives their places."""
        changed: dict[date | None, Path] = {}
        for day, table in tables.items():
            place = self._layout.partition(self._stream, day)
            staged = self._staging / f"{day or 'all'}.parquet"
            write_parquet(staged, table)
            if table.num_rows and not (place.exists() and place.read_bytes() == staged.read_bytes()):
                self._commit.moves.append((self._relative(staged), self._relative(place)))
                changed[day] = place
                continue
            remove(staged)
            if not table.num_rows and place.exists():
                self.removes(place)
                changed[day] = place
        return changed

    def file(self, name: str, place: Path) -> Path:
        """Where to write a file that is to take its place with the commit."""
        staged = self._staging / name
        self._commit.moves.append((self._relative(staged), self._relative(place)))
        return staged

    def removes(self, place: Path) -> None:
        self._commit.removes.append(self._relative(place))

    def quarantine(self, stream: Stream, stem: str, table: pa.Table) -> str | None:
        """Stages what could not be read of a pull; gives its place, or None when all could be read."""
        place = self._layout.quarantine(stream, stem)
        if not table.num_rows:
            if place.exists():  # of a load with an older schema
                self.removes(place)
            return None
        write_parquet(self.file(f"quarantine-{stream.account_id}-{stem}.parquet", place), table)
        return self._relative(place)

    def refused(self, landed: LandedPull, error: DamagedPull, *, loaded_at: datetime) -> LoadRecord:
        """A damaged file stands in quarantine as one entry that counts for all its rows."""
        message = str(error).replace(f"{self._landing}/", "landing/")
        manifest, stream = landed.manifest, landed.stream
        columns = {
            "party": pa.array([stream.party]),
            "entity": pa.array([stream.entity]),
            "account_id": pa.array([stream.account_id]),
            "pull_id": pa.array([manifest.pull.pull_id if manifest else landed.stem]),
            "pulled_at": pa.array([manifest.pull.pulled_at if manifest else None], pa.timestamp("us", tz="UTC")),
            "landing_file": pa.array([landed.file]),
            "landing_line": pa.array([None], pa.int64()),
            "landed_rows": pa.array([manifest.rows if manifest else 0], pa.int64()),
            "reasons": pa.array([message]),
            "text": pa.array([None], pa.string()),
        }
        place = self.quarantine(stream, landed.stem, pa.table(columns)) or ""
        return refused_record(landed, stream, message=message, quarantine_file=place, loaded_at=loaded_at)

    def write(self, path: Path, state: dict[str, Any]) -> None:
        self._commit.writes[self._relative(path)] = json.dumps(state) + "\n"

    def settles(self, batch: Sequence[LandedPull]) -> None:
        """These pulls wait no longer once the commit is done."""
        self._commit.markers = [landed.marker.relative_to(self._landing).as_posix() for landed in batch]

    def commit(self, records: Sequence[LoadRecord], journal: Journal, *, loaded_at: datetime) -> list[LoadRecord]:
        with journal.committing():
            first = last_load_seq(self._layout) + 1
            numbered = [replace(record, load_seq=first + place) for place, record in enumerate(records)]
            if numbered:
                self._commit.append_to = month_file(loaded_at)
                self._commit.append_text = "".join(record.line() for record in numbered)
                self.write(self._layout.last_seq, {"load_seq": numbered[-1].load_seq})
            journal.commit(self._commit)
        return numbered

    def commit_files(self, journal: Journal) -> None:
        """For what changes nothing that the load log tells."""
        with journal.committing():
            journal.commit(self._commit)

    def _relative(self, path: Path) -> str:
        return path.relative_to(self._layout.root).as_posix()
