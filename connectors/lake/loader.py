"""Loads pending pulls into the lake: which streams wait, one after the other, each under its own lock.

One stream failing never stops the others: what went wrong is returned beside what was loaded. How one batch of a
stream becomes files is in `connectors.lake.batch`; facts are loaded for all accounts of an entity together, by
`connectors.lake.facts.batch`.
"""

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import duckdb

from connectors.ad_platform import Clock, Sleep
from connectors.entity_schema import EntitySchema, Kind
from connectors.lake.batch import BatchLoader
from connectors.lake.facts.batch import FactLoader
from connectors.lake.facts.blocks import BLOCK_BYTES
from connectors.lake.facts.engine import facts_engine
from connectors.lake.facts.schema_change import NO_SCHEMA, is_changed, schema_state
from connectors.lake.journal import Hook, Journal
from connectors.lake.layout import LakeLayout
from connectors.lake.load_log import LoadRecord
from connectors.lake.sql import in_memory
from connectors.landing.durable import write_atomically
from connectors.landing.layout import Stream, all_accounts
from connectors.landing.locks import hold_lock
from connectors.landing.pending import LandedPull, UnfinishedPull, find_pending, known_streams

_BATCH = 32  # pulls whose partitions are read and written once, together
LATE_AFTER = timedelta(hours=48)


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
    late_after: timedelta = LATE_AFTER  # facts received so long after they occurred are marked late
    block_bytes: int = BLOCK_BYTES  # of landed facts, held in memory at once
    on_step: Hook = lambda step: None
    screen: Callable[[Sequence[LandedPull]], Sequence[LandedPull]] = lambda pulls: pulls  # before they are loaded

    def ask_again(self, party: str, entity: str) -> None:
        """With the next load, everything that ever landed of an entity is loaded as if for the first time."""
        path = LakeLayout(self.root).schema_state(party, entity)
        if path.exists():
            write_atomically(path, NO_SCHEMA.text())

    def load_pulls(self, *, wanted: Callable[[Stream], bool] = lambda stream: True) -> LoadReport:
        """Loads every finished pull that waits, in the order the pulls were asked."""
        schemas = {(schema.party, schema.entity): schema for schema in self.schemas}
        layout = LakeLayout(self.root)
        journal = Journal(layout, self.landing, sleep=self.sleep, on_step=self.on_step)
        loads: list[LoadRecord] = []
        failures: list[LoadFailure] = []
        journal.finish_interrupted()
        ours = [schema for schema in self.schemas if wanted(all_accounts(schema.party, schema.entity))]
        changed = [schema for schema in ours if is_changed(schema, layout)]
        changed_facts = [schema for schema in changed if schema.kind is Kind.APPEND]
        changed_versions = [schema for schema in changed if schema.kind is not Kind.APPEND]
        self._follow_fact_schemas(changed_facts, layout, journal, loads, failures)
        pending = find_pending(self.landing)
        waiting = _by_stream(self.screen([pull for pull in pending.landed if wanted(pull.stream)]))
        known = {s: schemas[s.party, s.entity] for s in waiting if (s.party, s.entity) in schemas}
        versioned = {stream: schema for stream, schema in known.items() if schema.kind is not Kind.APPEND}
        if versioned or changed_versions:  # an engine takes longer to start than to find that nothing waits
            with in_memory() as connection:
                for schema in changed_versions:
                    self._follow_schema(schema, layout, journal, connection, loads, failures)
                for stream, schema in versioned.items():
                    loader = BatchLoader(
                        layout, journal, connection, schema, stream, landing=self.landing, clock=self.clock
                    )
                    pulls = waiting[stream]
                    self._guarded(
                        loader, loads, failures, lambda loader=loader, pulls=pulls: _in_batches(loader, pulls)
                    )
        self._load_facts(waiting, layout, journal, loads, failures)
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
        failed_before = len(failures)
        if path.exists():
            for stream in known_streams(self.landing, schema.party, schema.entity):
                loader = BatchLoader(
                    layout, journal, connection, schema, stream, landing=self.landing, clock=self.clock
                )
                self._guarded(loader, loads, failures, loader.load_everything)
        if len(failures) == failed_before:
            write_atomically(path, schema_state(schema, has_grown=False).text())

    def _follow_fact_schemas(
        self,
        changed: Sequence[EntitySchema],
        layout: LakeLayout,
        journal: Journal,
        loads: list[LoadRecord],
        failures: list[LoadFailure],
    ) -> None:
        """Where facts have to be loaded again for another schema, all their pulls wait again after this."""
        for schema in changed:
            with facts_engine(layout) as connection:
                loader = self._fact_loader(schema, layout, journal, connection)
                self._guarded(loader, loads, failures, loader.follow_schema)

    def _load_facts(
        self,
        waiting: Mapping[Stream, Sequence[LandedPull]],
        layout: LakeLayout,
        journal: Journal,
        loads: list[LoadRecord],
        failures: list[LoadFailure],
    ) -> None:
        for schema in self.schemas:
            ours = (schema.party, schema.entity)
            pulls = [pull for stream, some in waiting.items() if (stream.party, stream.entity) == ours for pull in some]
            # A schema that could not be followed holds its entity up: its files would no longer fit each other.
            if pulls and schema.kind is Kind.APPEND and not is_changed(schema, layout):
                pulls.sort(key=lambda pull: pull.order)
                with facts_engine(layout) as connection:
                    loader = self._fact_loader(schema, layout, journal, connection)
                    self._guarded(loader, loads, failures, lambda loader=loader, pulls=pulls: loader.load_all(pulls))

    def _fact_loader(
        self, schema: EntitySchema, layout: LakeLayout, journal: Journal, connection: duckdb.DuckDBPyConnection
    ) -> FactLoader:
        return FactLoader(
            layout,
            journal,
            connection,
            schema,
            landing=self.landing,
            clock=self.clock,
            late_after=self.late_after,
            block_bytes=self.block_bytes,
        )

    def _guarded(
        self,
        loader: BatchLoader | FactLoader,
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
