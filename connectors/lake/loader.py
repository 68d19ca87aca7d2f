"""Loads pending pulls into the lake: which streams wait, one after the other, each under its own lock.

One stream failing never stops the others: what went wrong is returned beside what was loaded. How one batch of a
stream becomes files is in `connectors.lake.batch`.
"""

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from connectors.ad_platform import Clock, Sleep
from connectors.entity_schema import EntitySchema
from connectors.lake.batch import BatchLoader
from connectors.lake.columns import fingerprint
from connectors.lake.journal import Hook, Journal
from connectors.lake.layout import LakeLayout
from connectors.lake.load_log import LoadRecord
from connectors.lake.sql import in_memory
from connectors.landing.durable import write_atomically
from connectors.landing.layout import Stream
from connectors.landing.locks import hold_lock
from connectors.landing.pending import LandedPull, UnfinishedPull, find_pending, known_streams

_BATCH = 32  # pulls whose partitions are read and written once, together


@dataclass(frozen=True, kw_only=True)
class LoadFailure:
    """A stream that could not be loaded. Its pulls still wait and nothing of it was changed."""

    stream: Stream
    error: Exception

    @property
    def message(self) -> str:
        return f"{self.stream.path}: {type(self.error).__name__}: {self.error}"


@dataclass(frozen=True, kw_only=True)
class LoadReport:
    loads: tuple[LoadRecord, ...]
    unfinished: tuple[UnfinishedPull, ...]
    unknown: tuple[Stream, ...]  # landed, but no schema is known for them; they keep waiting
    failures: tuple[LoadFailure, ...]

    @property
    def refused(self) -> tuple[LoadRecord, ...]:
        return tuple(record for record in self.loads if record.status == "refused")


@dataclass(frozen=True, kw_only=True)
class Lake:
    """A lake and the landing zone it is loaded from. Time is handed in; `on_step` hears of every step of a commit."""

    landing: Path
    root: Path
    schemas: Sequence[EntitySchema]
    clock: Clock
    sleep: Sleep
    wait_seconds: float = 30.0
    on_step: Hook = lambda step: None

    def load_pulls(self, *, wanted: Callable[[Stream], bool] = lambda stream: True) -> LoadReport:
        """Loads every finished pull that waits, in the order the pulls were asked."""
        schemas = {(schema.party, schema.entity): schema for schema in self.schemas}
        layout = LakeLayout(self.root)
        journal = Journal(layout, self.landing, sleep=self.sleep, on_step=self.on_step)
        loads: list[LoadRecord] = []
        failures: list[LoadFailure] = []
        journal.finish_interrupted()
        with in_memory() as connection:
            for schema in self.schemas:
                self._follow_schema(schema, layout, journal, connection, loads, failures)
            pending = find_pending(self.landing)
            waiting = _by_stream([pull for pull in pending.landed if wanted(pull.stream)])
            for stream, pulls in waiting.items():
                schema = schemas.get((stream.party, stream.entity))
                if schema is None:
                    continue
                loader = BatchLoader(
                    layout, journal, connection, schema, stream, landing=self.landing, clock=self.clock
                )
                self._guarded(loader, loads, failures, lambda loader=loader, pulls=pulls: _in_batches(loader, pulls))
        return LoadReport(
            loads=tuple(loads),
            unfinished=tuple(pull for pull in pending.unfinished if wanted(pull.stream)),
            unknown=tuple(stream for stream in waiting if (stream.party, stream.entity) not in schemas),
            failures=tuple(failures),
        )

    def _follow_schema(
        self,
        schema: EntitySchema,
        layout: LakeLayout,
        journal: Journal,
        connection: duckdb.DuckDBPyConnection,
        loads: list[LoadRecord],
        failures: list[LoadFailure],
    ) -> None:
        """A schema that changed gives other lake rows: its streams are built again from what has landed."""
        path = layout.schema_state(schema.party, schema.entity)
        known = json.loads(path.read_text())["fingerprint"] if path.exists() else None
        wanted = fingerprint(schema)
        if known == wanted:
            return
        failed_before = len(failures)
        if known is not None:
            for stream in known_streams(self.landing, schema.party, schema.entity):
                loader = BatchLoader(
                    layout, journal, connection, schema, stream, landing=self.landing, clock=self.clock
                )
                self._guarded(loader, loads, failures, loader.load_everything)
        if len(failures) == failed_before:
            write_atomically(path, json.dumps({"fingerprint": wanted}) + "\n")

    def _guarded(
        self,
        loader: BatchLoader,
        loads: list[LoadRecord],
        failures: list[LoadFailure],
        work: Callable[[], Sequence[LoadRecord]],
    ) -> None:
        stream, layout = loader.stream, loader.layout
        what = f"loading {stream.path}"
        try:
            with hold_lock(layout.stream_lock(stream), what=what, sleep=self.sleep, wait_seconds=self.wait_seconds):
                loader.journal.finish_interrupted()
                shutil.rmtree(layout.staging(stream), ignore_errors=True)
                loads.extend(work())
        except Exception as error:  # whatever it is, it is reported, and the other streams go on
            failures.append(LoadFailure(stream=stream, error=error))


def _in_batches(loader: BatchLoader, pulls: Sequence[LandedPull]) -> list[LoadRecord]:
    still_waiting = [pull for pull in pulls if pull.marker.exists()]
    records: list[LoadRecord] = []
    for start in range(0, len(still_waiting), _BATCH):
        records += loader.load(still_waiting[start : start + _BATCH])
    return records


def _by_stream(pulls: Sequence[LandedPull]) -> Mapping[Stream, list[LandedPull]]:
    grouped: dict[Stream, list[LandedPull]] = {}
    for pull in pulls:
        grouped.setdefault(pull.stream, []).append(pull)
    for waiting in grouped.values():
        waiting.sort(key=lambda pull: pull.order)
    return grouped
