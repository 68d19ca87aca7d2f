"""Getting rows into and out of Postgres at COPY speed, and the shape of a table as Postgres tells it.

Knows nothing of the lake: it is handed Parquet files, names and types.
"""

import io
from collections.abc import Iterable, Sequence
from pathlib import Path

import psycopg2.extensions
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from connectors.lake.sql import fill, literal, quoted
from connectors.warehouse.canonical_parquet import canonical_type

Cursor = psycopg2.extensions.cursor

FILE_COLUMN = "_lake_file"  # which lake file a row came from: the unit that is replaced
_COPY_BYTES = 8 << 20
_POSTGRES = {"varchar": "text", "decimal(38, 9)": "numeric(38,9)", "timestamptz": "timestamp with time zone"}


def postgres_type(duckdb_type: str) -> str:
    """The type as Postgres itself spells it."""
    return _POSTGRES.get(duckdb_type, duckdb_type)


def shape_of(cursor: Cursor, schema: str, table: str) -> list[tuple[str, str]]:
    cursor.execute(
        "select attname, format_type(atttypid, atttypmod) from pg_attribute "
        "where attrelid = to_regclass(%s) and attnum > 0 and not attisdropped order by attnum",
        (f"{quoted(schema)}.{quoted(table)}",),
    )
    return [(str(name), str(type_)) for name, type_ in cursor.fetchall()]


def replace_files(
    cursor: Cursor, table: str, columns: Sequence[str], files: Iterable[tuple[str, Path]], *, is_new: bool
) -> int:
    """Replaces the rows of some files, told apart by name; a file that is gone leaves none. Gives the rows written."""
    listed = list(files)
    if not is_new:
        statement = fill("delete from {table} where {file} = any(%s)", table=table, file=FILE_COLUMN)
        cursor.execute(statement, ([name for name, _ in listed],))
    names = ", ".join(quoted(column) for column in (*columns, FILE_COLUMN))
    statement = fill("copy {table} ({names}) from stdin (format csv)", table=table, names=names)
    rows = 0
    waiting = io.BytesIO()
    for name, path in listed:
        if not path.exists():
            continue
        read = pq.read_table(path, columns=list(columns), partitioning=None)
        read = read.append_column(FILE_COLUMN, pa.array([name] * read.num_rows, pa.string()))
        pyarrow.csv.write_csv(read, waiting, pyarrow.csv.WriteOptions(include_header=False))
        rows += read.num_rows
        if waiting.tell() > _COPY_BYTES:
            _flush(cursor, statement, waiting)
    _flush(cursor, statement, waiting)
    return rows


def copy_rows(cursor: Cursor, table: str, columns: Sequence[str], batches: Iterable[pa.RecordBatch]) -> int:
    """Adds rows; gives how many."""
    names = ", ".join(quoted(column) for column in columns)
    statement = fill("copy {table} ({names}) from stdin (format csv)", table=table, names=names)
    rows = 0
    waiting = io.BytesIO()
    for batch in batches:
        pyarrow.csv.write_csv(batch, waiting, pyarrow.csv.WriteOptions(include_header=False))
        rows += batch.num_rows
        if waiting.tell() > _COPY_BYTES:
            _flush(cursor, statement, waiting)
    _flush(cursor, statement, waiting)
    return rows


def export_csv(cursor: Cursor, relation: str, columns: Sequence[tuple[str, str]], path: Path) -> str:
    """Writes a relation as CSV; gives DuckDB's way of reading it back, where an empty text is not a missing one."""
    selected = ", ".join(_exported(name, type_) for name, type_ in columns)
    query = fill("select {selected} from {relation}", selected=selected, relation=relation)
    with path.open("wb") as file:
        cursor.copy_expert(fill("copy ({query}) to stdout (format csv)", query=query), file)
    types = ", ".join(f"{literal(name)}: {literal(_read_as(type_))}" for name, type_ in columns)
    return fill(
        "read_csv({path}, header = false, auto_detect = false, delim = ',', quote = '\"', escape = '\"', nullstr = '', "
        "allow_quoted_nulls = false, max_line_size = 67108864, columns = {{{types}}})",
        path=literal(path.as_posix()),
        types=types,
    )


def _exported(name: str, postgres: str) -> str:
    return f"to_json({quoted(name)})::text" if canonical_type(postgres) == "json" else quoted(name)


def _read_as(postgres: str) -> str:
    return canonical_type(postgres)


def _flush(cursor: Cursor, statement: str, waiting: io.BytesIO) -> None:
    if waiting.tell():
        waiting.seek(0)
        cursor.copy_expert(statement, waiting)
        waiting.seek(0)
        waiting.truncate()
