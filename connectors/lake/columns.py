"""The columns of every lake file: the schema's own, then where each version came from and how long it held.

Types are said once here, for DuckDB; the Parquet files, the raw views and the Postgres tables all follow.
"""

import hashlib
import json

from connectors.entity_schema import EntitySchema, Type

ACCOUNT = ("account_id", "account_currency", "account_timezone")

ORIGIN: tuple[tuple[str, str], ...] = (
    ("_valid_from", "timestamptz"),
    ("_valid_to", "timestamptz"),
    ("_pull_id", "varchar"),
    ("_landing_file", "varchar"),
    ("_landing_line", "bigint"),
)

_DUCKDB: dict[Type, str] = {
    Type.TEXT: "varchar",
    Type.INTEGER: "bigint",
    Type.DECIMAL: "decimal(38, 9)",
    Type.BOOLEAN: "boolean",
    Type.DATE: "date",
    Type.INSTANT: "timestamptz",
    Type.JSON: "varchar",  # canonical JSON text, on every engine
}


def lake_columns(schema: EntitySchema) -> tuple[tuple[str, str], ...]:
    """Name and DuckDB type of every column of a lake file, in order."""
    own = tuple((column.name, _DUCKDB[column.type]) for column in schema.columns)
    return (*own, ("payload", "varchar"), *((name, "varchar") for name in account_columns(schema)), *ORIGIN)


def account_columns(schema: EntitySchema) -> tuple[str, ...]:
    """The manifest's account columns. A schema that reports one itself (a file about many accounts) keeps its own."""
    own = {column.name for column in schema.columns}
    return tuple(name for name in ACCOUNT if name not in own)


def identity(schema: EntitySchema) -> tuple[str, ...]:
    """What identifies a row inside its stream: the key, and the day it is filed under."""
    return schema.key if schema.day is None or schema.day in schema.key else (*schema.key, schema.day)


def day_type(schema: EntitySchema) -> Type | None:
    if schema.day is None:
        return None
    return next(column.type for column in schema.columns if column.name == schema.day)


def fingerprint(schema: EntitySchema) -> str:
    """Changes when the same landed rows would give other lake rows: the lake is then rebuilt from landing."""
    columns = [
        [column.name, column.type, column.path, column.required, list(column.null_texts)] for column in schema.columns
    ]
    shape = [schema.kind, columns, list(schema.key), schema.day]
    return hashlib.sha256(json.dumps(shape).encode()).hexdigest()
