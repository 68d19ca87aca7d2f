"""Many small files of one day become one: a day that is told minute by minute would be slow to read otherwise.

Files of one size class are merged when there are enough of them, so each row is written again only a few times,
however many loads there are. The rows stay what they are.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

import duckdb

from connectors.entity_schema import EntitySchema
from connectors.lake.journal import Journal
from connectors.lake.layout import LakeLayout
from connectors.lake.sql import fill, literal
from connectors.lake.staged import StagedCommit
from connectors.landing.layout import all_accounts

_ENOUGH = 8  # files of one size class
_SMALLEST = 16 << 10  # bytes; below it all are of one class
_LARGE = 4 << 20  # bytes; above it files are left alone
_MERGE = """
    copy (select * from read_parquet([{files}], hive_partitioning = false, union_by_name = true))
    to {staged} (format parquet, compression zstd, parquet_version v2)
"""


def compact(
    layout: LakeLayout,
    schema: EntitySchema,
    days: Iterable[date | None],
    *,
    connection: duckdb.DuckDBPyConnection,
    journal: Journal,
    landing: Path,
) -> None:
    groups = [group for day in days for group in _groups(layout.facts(schema.party, schema.entity, day))]
    if not groups:
        return
    staged = StagedCommit(layout, all_accounts(schema.party, schema.entity), landing=landing)
    for number, group in enumerate(groups):
        files = ", ".join(literal(path.as_posix()) for path in group)
        place = staged.file(f"compacted-{number}.parquet", group[0])
        connection.execute(fill(_MERGE, files=files, staged=literal(place.as_posix())))
        for path in group[1:]:
            staged.removes(path)
    staged.commit_files(journal)


def _groups(folder: Path) -> list[Sequence[Path]]:
    """Sets of files that are worth merging."""
    classes: dict[int, list[Path]] = {}
    for path in sorted(folder.glob("*.parquet")):
        size = path.stat().st_size
        if size < _LARGE:
            classes.setdefault((size // _SMALLEST).bit_length() // 3, []).append(path)
    return [paths for paths in classes.values() if len(paths) >= _ENOUGH]
