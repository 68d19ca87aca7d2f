"""One mart as one Parquet file, the same bytes whichever engine holds it: canonical types, sorted rows.

Engines differ in type names, in collation and in the order they give rows back; everything that could show in a file
is settled here, in one DuckDB query.
"""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from connectors.lake.sql import fill, quoted

_ROW_GROUP = 122_880
_CANONICAL: tuple[tuple[str, str], ...] = (  # the first that fits; names of DuckDB and of Postgres
    (r"(tinyint|smallint|integer|bigint|u\w*int\w*|int\d?)", "bigint"),
    (r"hugeint", "decimal(38, 0)"),
    (r"(float|real|double.*)", "double"),
    (r"(decimal|numeric).*", "decimal(38, 9)"),
    (r"boolean", "boolean"),
    (r"date", "date"),
    (r"(timestamp.* with time zone|timestamptz)", "timestamptz"),
    (r"timestamp.*", "timestamp"),
    (r"(varchar|text|uuid|character.*|enum.*|user-defined)", "varchar"),
)
_NESTED = "json"  # lists, structs and JSON: kept as minified JSON text


def canonical_type(engine_type: str) -> str:
    name = engine_type.lower()
    if name.endswith("[]"):
        return _NESTED
    for pattern, canonical in _CANONICAL:
        if re.fullmatch(pattern, name):
            return canonical
    return _NESTED


def canonical_select(columns: Sequence[tuple[str, str]], *, relation: str) -> str:
    """Selects a relation of DuckDB with canonical types; `columns` are names with the types they have now."""
    selected = ", ".join(_cast(name, engine_type) for name, engine_type in columns)
    return fill("select {selected} from {relation}", selected=selected, relation=relation)


def _cast(name: str, engine_type: str) -> str:
    canonical = canonical_type(engine_type)
    value = quoted(name)
    if canonical == _NESTED:
        value = value if engine_type.lower() in ("json", "jsonb") else f"to_json({value})"
        return f"json({value}::varchar)::varchar as {quoted(name)}"
    return f"{value}::{canonical} as {quoted(name)}"


def write_sorted(connection: duckdb.DuckDBPyConnection, query: str, path: Path) -> int:
    """Writes a query's rows in a settled order, holding one row group in memory at a time."""
    reader = connection.sql(fill("select * from ({query}) order by all", query=query)).to_arrow_reader(_ROW_GROUP)
    rows = 0
    with pq.ParquetWriter(path, reader.schema, compression="zstd") as writer:
        for group in _row_groups(reader, reader.schema):
            writer.write_table(group, row_group_size=_ROW_GROUP)
            rows += group.num_rows
    return rows


def _row_groups(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Iterable[pa.Table]:
    """Tables of exactly `_ROW_GROUP` rows (the last one may be shorter), however the batches were cut."""
    waiting = schema.empty_table()
    for batch in batches:
        waiting = pa.concat_tables([waiting, pa.Table.from_batches([batch])])
        while waiting.num_rows >= _ROW_GROUP:
            yield waiting.slice(0, _ROW_GROUP).combine_chunks()
            waiting = waiting.slice(_ROW_GROUP)
    if waiting.num_rows:
        yield waiting.combine_chunks()
