"""Makes a person nobody's in one entity: the pulls that landed, the lake's rows, what stands in quarantine, the known
keys. All of it changes in one commit.

Rows stay, so that counts and sums stay; who they speak of goes: see `connectors.people.scrubbing`. Before anything is
committed, every file is checked to hold as many rows as before, and the same values in all columns that are not text.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from connectors.entity_schema import EntitySchema, Kind, Type
from connectors.lake.columns import EXTRA, identity
from connectors.lake.layout import write_parquet
from connectors.lake.rewriting import Rewriting
from connectors.landing.erasing import manifest_after, rewrite_lines
from connectors.landing.layout import DATA, LandingLayout, Stream
from connectors.people.person import Person
from connectors.people.scrubbing import Scrubber
from connectors.people.text_columns import as_before, as_plain, is_text

_ORDER = ("_valid_from", "_valid_to", "_pull_id", "_landing_line")  # of versions of one thing


class SumsMoved(Exception):
    """A defect in erasing, found before anything was written."""


@dataclass(frozen=True, kw_only=True)
class Erased:
    """What was changed in one place."""

    lines: int = 0  # of landed files
    rows: int = 0  # of the lake
    quarantined: int = 0

    @property
    def is_any(self) -> bool:
        return bool(self.lines or self.rows or self.quarantined)


@dataclass
class EntityEraser:
    party: str
    entity: str
    schema: EntitySchema | None  # None: it lands, and nobody knows its shape
    person: Person
    rewriting: Rewriting
    _keys_changed: bool = False

    def erase(self, streams: Sequence[Stream]) -> Erased:
        """Stages and commits. The caller holds the locks of the streams, in the landing zone and in the lake."""
        lines = sum(self._landed(stream) for stream in streams)
        layout = self.rewriting.layout
        rows = sum(self._raw(path) for path in sorted(layout.entity(self.party, self.entity).rglob("*.parquet")))
        aside = layout.root / "quarantine" / self.party / self.entity
        quarantined = sum(self._quarantine(path) for path in sorted(aside.rglob("*.parquet")))
        if self._keys_changed and self.schema is not None and self.schema.kind is Kind.APPEND:
            self._forget_keys(self.schema)
        self.rewriting.commit()
        return Erased(lines=lines, rows=rows, quarantined=quarantined)

    def _landed(self, stream: Stream) -> int:
        scrubber = Scrubber(self.person, self.schema)
        lines = 0
        for data in sorted((LandingLayout(self.rewriting.landing).root / stream.path).glob(f"*{DATA}")):
            staged = self.rewriting.staged_in_landing()
            rewritten = rewrite_lines(data, staged, scrubber.line, needles=self.person.needles)
            if rewritten is not None:
                self.rewriting.moves(staged, data)
                manifest = manifest_after(data, rewritten)
                if manifest is not None:
                    self.rewriting.writes(*manifest)
                lines += rewritten.changed
        return lines

    def _raw(self, path: Path) -> int:
        table = pq.read_table(path, partitioning=None)
        mask = spoken_of(table, self.person, self.schema)
        places = np.flatnonzero(mask)
        if not len(places):
            return 0
        scrubber = Scrubber(self.person, self.schema)
        names = _scrubbed_columns(table, self.schema)
        plain = pa.table({name: as_plain(table[name]) for name in names})
        before = plain.take(pa.array(places)).to_pylist()
        after = [{**row, **scrubber.columns(row)} for row in before]
        changed = _with_values(table, names, mask, after)
        if changed.equals(table):
            return 0
        _check_kept(table, changed, path)
        if self.schema is not None and self.schema.kind is not Kind.APPEND:
            order = [*identity(self.schema), *(name for name in _ORDER if name in table.column_names)]
            changed = changed.sort_by([(name, "ascending") for name in order])
        self._replace(path, changed)
        pairs = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
        keys = [name for name in names if self.schema is not None and name in self.schema.key]
        self._keys_changed |= any(old[name] != new[name] for old, new in pairs for name in keys)
        return len(pairs)

    def _quarantine(self, path: Path) -> int:
        table = pq.read_table(path, partitioning=None)
        scrubber = Scrubber(self.person, self.schema)
        before = table.select(["reasons", "text"]).to_pylist()
        after = [
            {"reasons": _or_none(scrubber.reasons, row["reasons"]), "text": _or_none(scrubber.line, row["text"])}
            for row in before
        ]
        if after == before:
            return 0
        changed = _with_values(table, ["reasons", "text"], np.ones(table.num_rows, bool), after)
        _check_kept(table, changed, path)
        self._replace(path, changed)
        return sum(old != new for old, new in zip(before, after, strict=True))

    def _replace(self, path: Path, table: pa.Table) -> None:
        staged = self.rewriting.staged()
        write_parquet(staged, table)
        self.rewriting.moves(staged, path)

    def _forget_keys(self, schema: EntitySchema) -> None:
        """The hashes of the keys are other ones now: the next load reads them from the lake again."""
        layout = self.rewriting.layout
        self.rewriting.removes(layout.facts_state(schema.party, schema.entity))
        for path in layout.known_keys(schema.party, schema.entity).glob("*.npy"):
            self.rewriting.removes(path)


def spoken_of(table: pa.Table, person: Person, schema: EntitySchema | None) -> np.ndarray:
    """Rows in which the person may be spoken of: perhaps a few more, never one less."""
    mask = np.zeros(table.num_rows, bool)
    short = pa.array(person.short_values, pa.string())
    columns = schema.columns if schema else ()
    ids = {column.name for column in columns if column.identifies}
    free = {"payload", EXTRA, *(column.name for column in columns if column.type is Type.JSON)}
    for name in table.column_names:
        if not is_text(table[name].type):
            continue
        column = as_plain(table[name])
        if person.pattern:
            mask |= _true("match_substring_regex", column, pc.MatchSubstringOptions(person.pattern))
            mask |= _true("match_substring", column, pc.MatchSubstringOptions("\\u"))
        if len(short) and name in ids:
            mask |= _true("is_in", column, pc.SetLookupOptions(short))
        if name in free:
            for value in person.short_values:
                mask |= _true("match_substring", column, pc.MatchSubstringOptions(value))
    return mask


def _scrubbed_columns(table: pa.Table, schema: EntitySchema | None) -> list[str]:
    known = {column.name for column in schema.columns} if schema else set()
    names = [*known, "payload", EXTRA]
    return [name for name in table.column_names if name in names and is_text(table[name].type)]


def _with_values(
    table: pa.Table, names: Sequence[str], mask: np.ndarray, rows: Sequence[Mapping[str, str | None]]
) -> pa.Table:
    where = pa.array(mask)
    for name in names:
        column = as_plain(table[name]).combine_chunks()
        values = pa.array([row[name] for row in rows], column.type)
        place = table.column_names.index(name)
        changed = pc.call_function("replace_with_mask", [column, where, values])
        table = table.set_column(place, table.schema.field(name), as_before(changed, table[name].type))
    return table


def _check_kept(before: pa.Table, after: pa.Table, path: Path) -> None:
    kept = [name for name in before.column_names if not is_text(before[name].type)]
    if before.num_rows != after.num_rows or not before.select(kept).equals(after.select(kept)):
        raise SumsMoved(f"{path}: erasing changed more than texts; nothing was written")


def _true(function: str, column: pa.ChunkedArray, options: pc.FunctionOptions) -> np.ndarray:
    found = pc.call_function(function, [column], options)
    return pc.call_function("coalesce", [found, pa.scalar(False)]).to_numpy()


def _or_none(change: Callable[[str], str], text: str | None) -> str | None:
    return None if text is None else change(text)
