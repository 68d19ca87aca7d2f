"""When a pull is loaded after one that was received later: of a key that both tell, the one received first stays.

So what lies in the lake follows from what has landed, not from the order of loading. This is asked only of keys that
are known, of pulls that come late; that a row is really put in another's place is rare.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from connectors.entity_schema import EntitySchema
from connectors.lake.facts.block_rows import block_value
from connectors.lake.facts.known_keys import Array
from connectors.lake.layout import LakeLayout, day_of
from connectors.lake.load_log import LoadRecord, replaced_record
from connectors.lake.sql import fill, literal, quoted
from connectors.lake.staged import StagedCommit
from connectors.landing.layout import LandingLayout
from connectors.landing.pending import LandedPull, landed_file

Origin = tuple[str, int]  # landing file and line

_SUSPECTS = """
    create or replace temp table suspects as
    select b._n, b._pull, b._number, b._day, {keys} from block_rows b inner join pulls p on p.pull = b._pull
    where b._n in (select n from asked)
"""
_HELD = """
    select s._n, s._pull, s._number, l._landing_file, l._landing_line, l.filename
    from read_parquet({files}, filename = true, hive_partitioning = false, union_by_name = true) l
    inner join suspects s on {match}
"""
_WITHOUT = """
    copy (
        select * from read_parquet({path}, hive_partitioning = false) rows
        where not exists (select 1 from gone where gone.file = _landing_file and gone.line = _landing_line)
    ) to {staged} (format parquet, compression zstd, parquet_version v2)
"""


@dataclass(frozen=True)
class Judged:
    held: Array  # rows that the lake holds from this very line: loaded before
    replacing: Array  # rows that were received before the one that the lake holds


@dataclass
class Replaced:
    connection: duckdb.DuckDBPyConnection
    schema: EntitySchema
    layout: LakeLayout
    landing: Path
    _gone: dict[Path, set[Origin]] = field(default_factory=dict)  # by lake file
    _landed: dict[str, LandedPull] = field(default_factory=dict)
    _loading: set[str] = field(default_factory=set)  # files whose counts this batch says anew

    def judge(self, pulls: Sequence[LandedPull], numbers: Array) -> Judged:
        """Of rows of the block whose keys the lake holds."""
        self._loading.update(pull.file for pull in pulls)
        held, replacing = [], []
        for number, place, line, file, held_line, lake_file in self._find(numbers):
            pull = pulls[place]
            if (file, held_line) == (pull.file, line):
                held.append(number)
            elif self._was_first((pull, line), (self._pull_of(file), held_line)):
                replacing.append(number)
                self._gone.setdefault(Path(lake_file), set()).add((file, held_line))
        return Judged(np.array(held, np.int64), np.array(replacing, np.int64))

    def stage(self, staged: StagedCommit, *, loaded_at: datetime) -> list[LoadRecord]:
        """Takes the rows that were replaced out of their files; gives the corrections of their pulls' counts."""
        lost: dict[str, Counter[Path]] = {}
        for number, (path, origins) in enumerate(sorted(self._gone.items())):
            leave_out(self.connection, path, origins, staged.file(f"replaced-{number}.parquet", path))
            for file, _ in origins:
                lost.setdefault(file, Counter())[path] += 1
        return [self._correction(file, paths, loaded_at) for file, paths in lost.items()]

    def _correction(self, file: str, paths: Mapping[Path, int], loaded_at: datetime) -> LoadRecord:
        """What a pull lost to another became its duplicates; where it is loaded again just now, its counts say so."""
        rows = 0 if file in self._loading else sum(paths.values())
        days = {day_of(path) for path in paths}
        return replaced_record(self._pull_of(file), rows, days=days, loaded_at=loaded_at)

    def _find(self, numbers: Array) -> list[tuple[int, int, int, str, int, str]]:
        """First where the same thing told twice normally lies, under its own day; the rest among everything."""
        schema = self.schema
        keys = ", ".join(f"{block_value(schema, name)} as {quoted(name)}" for name in schema.key)
        match = " and ".join(f"l.{quoted(name)} = s.{quoted(name)}" for name in schema.key)
        self.connection.register("asked", pa.table({"n": pa.array(numbers)}))
        self.connection.execute(fill(_SUSPECTS, keys=keys))
        self.connection.unregister("asked")
        days = self.connection.execute("select distinct _day from suspects").fetchall()
        own = [
            path for (day,) in days for path in self.layout.facts(schema.party, schema.entity, day).glob("*.parquet")
        ]
        found = self._matches(own, match)
        if len(found) < len(numbers):
            self.connection.register("done", pa.table({"n": pa.array([row[0] for row in found], pa.int64())}))
            self.connection.execute("delete from suspects where _n in (select n from done)")
            self.connection.unregister("done")
            every = self.layout.all_facts(schema.party, schema.entity)
            found += self._matches([path for path in every if path not in own], match)
        return found

    def _matches(self, paths: Sequence[Path], match: str) -> list[tuple[int, int, int, str, int, str]]:
        if not paths:
            return []
        files = f"[{', '.join(literal(path.as_posix()) for path in paths)}]"
        return self.connection.execute(fill(_HELD, files=files, match=match)).fetchall()

    def _pull_of(self, file: str) -> LandedPull:
        if file not in self._landed:
            self._landed[file] = landed_file(LandingLayout(self.landing), file)
        return self._landed[file]

    def _was_first(self, candidate: tuple[LandedPull, int], held: tuple[LandedPull, int]) -> bool:
        """What cannot be told any more, because its manifest is gone, stays as it is."""
        if held[0].manifest is None:
            return False
        return (*candidate[0].order, candidate[1]) < (*held[0].order, held[1])


def leave_out(connection: duckdb.DuckDBPyConnection, path: Path, origins: set[Origin], staged: Path) -> None:
    """Writes a lake file again without some rows."""
    files, lines = zip(*sorted(origins), strict=True)
    connection.register("gone", pa.table({"file": pa.array(files), "line": pa.array(lines, pa.int64())}))
    connection.execute(fill(_WITHOUT, path=literal(path.as_posix()), staged=literal(staged.as_posix())))
    connection.unregister("gone")
