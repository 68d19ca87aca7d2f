"""Loads waiting pulls of one entity's facts, of all its accounts: of one key the first received stays, on whatever day.

Files are added and never written again, so a load costs what has landed and nothing of what is there. A batch is
committed as a whole; what is read and held at once is a block of it. The caller holds the entity's lock.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np

from connectors.ad_platform import Clock
from connectors.entity_schema import EntitySchema
from connectors.lake.facts.again import remember_again
from connectors.lake.facts.block_rows import BlockRows
from connectors.lake.facts.blocks import Landed
from connectors.lake.facts.compaction import compact
from connectors.lake.facts.known_keys import Array, BrokenRun, Keys, Run, in_order, merged, swallowed, write_run
from connectors.lake.facts.replaced import Replaced
from connectors.lake.facts.schema_change import (
    could_fill,
    gained,
    known_state,
    refuse_without_history,
    schema_state,
)
from connectors.lake.facts.state import State, read_state
from connectors.lake.journal import Journal
from connectors.lake.layout import LakeLayout
from connectors.lake.load_log import LoadRecord
from connectors.lake.staged import StagedCommit
from connectors.lake.versions import Counts, CountsDoNotAddUp
from connectors.landing.durable import write_atomically
from connectors.landing.layout import all_accounts
from connectors.landing.pending import LandedPull, mark_all_pending

_BYTES_AT_ONCE = 1 << 30  # of pulls that are committed together
_PULLS_AT_ONCE = 4096
_FEW = 8  # runs of this batch's keys that are looked through one by one


@dataclass
class _Batch:
    pulls: Sequence[LandedPull]
    before: list[Keys]  # runs in the lake
    fresh: list[Keys] = field(default_factory=list)  # keys that this batch adds
    seen: list[Keys] = field(default_factory=list)  # known keys whose rows this batch has settled
    known: Counter[int] = field(default_factory=Counter)  # by pull: rows that the lake holds from this very line
    duplicates: Counter[int] = field(default_factory=Counter)  # by pull
    rows: Counter[int] = field(default_factory=Counter)  # by pull: rows that are added
    days: dict[int, set[date | None]] = field(default_factory=dict)
    bad: frozenset[int] = frozenset()  # pulls with lines that could not be read
    files: int = 0


class FactLoader:
    def __init__(
        self,
        layout: LakeLayout,
        journal: Journal,
        connection: duckdb.DuckDBPyConnection,
        schema: EntitySchema,
        *,
        landing: Path,
        clock: Clock,
        late_after: timedelta,
        block_bytes: int,
    ) -> None:
        self.layout = layout
        self.journal = journal
        self.schema = schema
        self.stream = all_accounts(schema.party, schema.entity)
        self._con = connection
        self._rows = BlockRows(connection, schema, late_after=late_after)
        self._landing = landing
        self._clock = clock
        self._block_bytes = block_bytes
        self._folder = layout.known_keys(schema.party, schema.entity)

    def load(self, pulls: Sequence[LandedPull]) -> list[LoadRecord]:
        """Loads a few waiting pulls in order of receipt."""
        state, before = self._remembered()
        batch = _Batch(pulls, before=before)
        staged = StagedCommit(self.layout, self.stream, landing=self._landing)
        replaced = Replaced(self._con, self.schema, self.layout, self._landing)
        landed = Landed(pulls, block_bytes=self._block_bytes)
        self._rows.begin(pulls)
        for _ in self._rows.each(landed.blocks()):
            self._settle(batch, state, replaced)
            self._write(batch, state, staged)
        batch.bad = self._rows.bad_pulls()
        loaded_at = self._clock()
        records = [self._record(batch, landed, place, staged, loaded_at) for place in range(len(pulls))]
        records += replaced.stage(staged, loaded_at=loaded_at)
        taken = [pull.order for place, pull in enumerate(pulls) if place not in landed.refused]
        path = self.layout.facts_state(self.schema.party, self.schema.entity)
        staged.write(path, state.after(taken, runs=self._runs(batch, state, staged)).to_fields())
        staged.settles(pulls)
        return staged.commit(records, self.journal, loaded_at=loaded_at)

    def load_all(self, pulls: Sequence[LandedPull]) -> list[LoadRecord]:
        """Loads waiting pulls, batch by batch."""
        records: list[LoadRecord] = []
        for batch in _batches([pull for pull in pulls if pull.marker.exists()]):
            loaded = self.load(batch)
            self._compact({day for record in loaded for day in record.partitions})
            records += loaded
        return records

    def follow_schema(self) -> list[LoadRecord]:
        """Makes what is in the lake fit the schema; where it has to be loaded again, everything waits after this."""
        known = known_state(self.schema, self.layout)
        place = self.layout.schema_state(self.schema.party, self.schema.entity)
        if known is None:
            write_atomically(place, schema_state(self.schema, has_grown=False).text())
            return []
        added = gained(self.schema, known=known)
        if added is None or could_fill(added, self.schema, self.layout, connection=self._con):
            refuse_without_history(self.schema, self.layout, self._landing, connection=self._con)
            self._forget_everything()
        else:
            write_atomically(place, schema_state(self.schema, has_grown=True).text())
        return []

    def _forget_everything(self) -> None:
        ours = (self.schema.party, self.schema.entity)
        mark_all_pending(self._landing, wanted=lambda stream: (stream.party, stream.entity) == ours)
        staged = StagedCommit(self.layout, self.stream, landing=self._landing)
        for path in (*self.layout.all_facts(*ours), *self._folder.glob("*.npy"), self.layout.facts_state(*ours)):
            staged.removes(path)
        staged.write(self.layout.schema_state(*ours), asdict(schema_state(self.schema, has_grown=False)))
        staged.commit_files(self.journal)

    def _compact(self, days: Iterable[date | None]) -> None:
        compact(self.layout, self.schema, days, connection=self._con, journal=self.journal, landing=self._landing)

    def _remembered(self) -> tuple[State, list[Keys]]:
        path = self.layout.facts_state(self.schema.party, self.schema.entity)
        try:
            state = read_state(path)
            if path.exists() or not self.layout.all_facts(self.schema.party, self.schema.entity):
                return state, [run.opened(self._folder) for run in state.runs]
        except BrokenRun:
            pass
        state = remember_again(
            self.layout, self.schema, connection=self._con, journal=self.journal, landing=self._landing
        )
        return state, [run.opened(self._folder) for run in state.runs]

    def _settle(self, batch: _Batch, state: State, replaced: Replaced) -> None:
        """Leaves of the block's rows those that the lake does not hold yet."""
        keys = self._rows.keys()
        order = in_order(keys.upper, keys.lower, keys.n)
        upper, lower = keys.upper[order], keys.lower[order]
        first = np.ones(len(order), bool)
        first[1:] = (upper[1:] != upper[:-1]) | (lower[1:] != lower[:-1])
        order = order[first]
        wanted = Keys(upper[first], lower[first])
        settled = _among([*batch.fresh, *batch.seen], wanted)
        known = ~settled & _among(batch.before, wanted)
        taken = ~settled & ~known
        batch.fresh = _few([*batch.fresh, Keys(wanted.upper[taken], wanted.lower[taken])])
        late = known & _come_before(batch.pulls, keys.pull[order], state)
        dropped, held = np.ones(len(keys.n), bool), np.zeros(len(keys.n), bool)
        dropped[order[taken]] = False
        if late.any():
            batch.seen = _few([*batch.seen, Keys(wanted.upper[late], wanted.lower[late])])
            found = replaced.judge(batch.pulls, keys.n[order[late]])
            dropped &= ~np.isin(keys.n, found.replacing)
            held = np.isin(keys.n, found.held)
            for pull, day, _ in self._rows.days(only=found.held):
                batch.days.setdefault(pull, set()).add(day)
        batch.known.update(keys.pull[held].tolist())
        batch.duplicates.update(keys.pull[dropped & ~held].tolist())
        self._rows.drop(keys.n[dropped])

    def _write(self, batch: _Batch, state: State, staged: StagedCommit) -> None:
        days: set[date | None] = set()
        for pull, day, count in self._rows.days():
            batch.rows[pull] += count
            batch.days.setdefault(pull, set()).add(day)
            days.add(day)
        for day in sorted(days, key=lambda each: each or date.min):
            folder = self.layout.facts(self.schema.party, self.schema.entity, day)
            name = f"{state.batch + 1:010d}-{batch.files:06d}.parquet"
            self._rows.write(day, staged.file(name, folder / name))
            batch.files += 1

    def _record(
        self, batch: _Batch, landed: Landed, place: int, staged: StagedCommit, loaded_at: datetime
    ) -> LoadRecord:
        pull = batch.pulls[place]
        if place in landed.refused or pull.manifest is None:
            return staged.refused(pull, landed.refused[place], loaded_at=loaded_at)
        told = pull.manifest.pull
        quarantined = self._rows.quarantine(place if place in batch.bad else None)
        raw = batch.rows[place] + batch.known[place]
        bad = quarantined.num_rows
        counts = Counts(landed=landed.rows[place], raw=raw, duplicates=batch.duplicates[place], quarantined=bad)
        if counts.landed != counts.raw + counts.duplicates + counts.quarantined:
            raise CountsDoNotAddUp(f"{pull.file}: {counts}")
        days = batch.days.get(place, set())
        return LoadRecord(
            status="loaded",
            pull_id=told.pull_id,
            party=told.party,
            entity=told.entity,
            account_id=told.account_id,
            since=told.window.since if told.window else None,
            until=told.window.until if told.window else None,
            pulled_at=told.pulled_at,
            loaded_at=loaded_at,
            counts=counts,
            landing_file=pull.file,
            quarantine_file=staged.quarantine(pull.stream, pull.stem, quarantined),
            days=tuple(sorted(day for day in days if day is not None)),
            is_whole=None in days,
        )

    def _runs(self, batch: _Batch, state: State, staged: StagedCommit) -> tuple[Run, ...]:
        new = sum(map(len, batch.fresh))
        if not new:
            return state.runs
        gone = swallowed(state.runs, new)
        name = f"{state.batch + 1:010d}.npy"
        parts = [*batch.fresh, *(batch.before[state.runs.index(run)] for run in gone)]
        run = write_run(staged.file(name, self._folder / name), parts)
        for each in gone:
            staged.removes(self._folder / each.name)
        return (*(each for each in state.runs if each not in gone), run)


def _batches(pulls: Sequence[LandedPull]) -> Iterator[Sequence[LandedPull]]:
    batch: list[LandedPull] = []
    size = 0
    for pull in pulls:
        batch.append(pull)
        size += pull.manifest.bytes if pull.manifest else 0
        if size >= _BYTES_AT_ONCE or len(batch) >= _PULLS_AT_ONCE:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _among(runs: Iterable[Keys], wanted: Keys) -> Array:
    found = np.zeros(len(wanted), bool)
    for run in runs:
        found |= run.among(wanted)
    return found


def _few(runs: list[Keys]) -> list[Keys]:
    runs = [run for run in runs if len(run)]
    return runs if len(runs) <= _FEW else [merged(runs)]


def _come_before(pulls: Sequence[LandedPull], pull: Array, state: State) -> Array:
    """Whether a pull was received before one that is loaded: what it says may be older than what the lake holds."""
    if state.newest is None:
        return np.zeros(len(pull), bool)
    late = np.array([each.order <= state.newest for each in pulls], bool)
    return late[pull]
