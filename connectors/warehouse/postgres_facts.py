"""A Postgres table of facts follows the lake by landing files: what the load log names since the last time is replaced.

Lake files are merged now and then, which changes no row; so a row is known by the landed file that it came from.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from connectors.entity_schema import EntitySchema, Type
from connectors.lake.columns import FILED_UNDER, day_type, lake_columns
from connectors.lake.layout import LakeLayout
from connectors.lake.load_log import LoadRecord
from connectors.lake.sql import fill, in_memory, literal, quoted
from connectors.lake.standing import empty_sql
from connectors.warehouse.postgres_copy import Cursor, copy_rows

LANDING_FILE = "_landing_file"
_ROWS_AT_ONCE = 50_000
_READ = """
    select {names} from (
        {empty} union all by name
        select * from read_parquet([{files}], hive_partitioning = false, union_by_name = true) where {which}
    )
"""


@dataclass(frozen=True, kw_only=True)
class Brought:
    files: int
    rows: int


def bring_facts(
    cursor: Cursor,
    table: str,
    schema: EntitySchema,
    layout: LakeLayout,
    records: Sequence[LoadRecord],
    *,
    is_new: bool,
) -> Brought:
    """`records` are those of the entity since the last time; a new table takes everything there is."""
    if is_new:
        paths, which = layout.all_facts(schema.party, schema.entity), "true"
    else:
        days = {day for record in records for day in record.partitions}
        touched = {record.landing_file for record in records}
        again = {record.landing_file for record in records if record.status in ("loaded", "refused")}
        _delete(cursor, table, schema, touched=touched, again=again, days=days)
        paths = [path for day in days for path in layout.facts(schema.party, schema.entity, day).glob("*.parquet")]
        which = fill("list_contains([{files}], {file})", files=_texts(touched), file=LANDING_FILE)
    if not paths:
        return Brought(files=0, rows=0)
    columns = lake_columns(schema)
    query = fill(
        _READ,
        names=", ".join(quoted(name) for name, _ in columns),
        empty=empty_sql(columns),
        files=_texts(path.as_posix() for path in paths),
        which=which,
    )
    with in_memory() as connection:
        rows = connection.sql(query).to_arrow_reader(_ROWS_AT_ONCE)
        return Brought(files=len(paths), rows=copy_rows(cursor, table, [name for name, _ in columns], rows))


def _delete(
    cursor: Cursor, table: str, schema: EntitySchema, *, touched: set[str], again: set[str], days: set[date | None]
) -> None:
    """Files that were loaded go as a whole; of others what lies on the days that changed."""
    statement = fill("delete from {table} where {file} = any(%s)", table=table, file=LANDING_FILE)
    cursor.execute(statement, (sorted(again),))
    day = schema.day if day_type(schema) is Type.DATE else FILED_UNDER
    if schema.day is None:
        cursor.execute(statement, (sorted(touched - again),))
    else:
        statement += fill(" and {day} = any(%s::date[])", day=quoted(day or ""))
        cursor.execute(statement, (sorted(touched - again), sorted(each for each in days if each is not None)))


def _texts(texts: Iterable[str]) -> str:
    return ", ".join(literal(text) for text in sorted(texts))
