"""The columns of every lake file: the schema's own, then where each row came from and how long it held.

Types are said once here, for DuckDB; the Parquet files, the raw views and the Postgres tables all follow.
"""

import hashlib
import json

from connectors.entity_schema import EntitySchema, Kind, Type

ACCOUNT = ("account_id", "account_currency", "account_timezone")

ORIGIN: tuple[tuple[str, str], ...] = (
    ("_valid_from", "timestamptz"),
    ("_valid_to", "timestamptz"),
    ("_pull_id", "varchar"),
    ("_landing_file", "varchar"),
    ("_landing_line", "bigint"),
)

# Of facts, which never change: the fields that the schema has no column for, and how a row was received.
EXTRA = "extra"
RECEIPT: tuple[tuple[str, str], ...] = (
    ("_received_at", "timestamptz"),  # the row's own received_at, else the instant of its pull
    ("is_late", "boolean"),  # received long after it occurred; null where the schema has no instant
    ("_pull_id", "varchar"),
    ("_landing_file", "varchar"),
    ("_landing_line", "bigint"),
)
FILED_UNDER = "_day"  # the UTC day of an instant, which is the folder that the row lies in

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
    account = tuple((name, "varchar") for name in account_columns(schema))
    if schema.kind is Kind.APPEND:
        filed = ((FILED_UNDER, "date"),) if day_type(schema) is Type.INSTANT else ()
        return (*own, (EXTRA, "varchar"), *account, *RECEIPT, *filed)
    return (*own, ("payload", "varchar"), *account, *ORIGIN)


def account_columns(schema: EntitySchema) -> tuple[str, ...]:
    """The manifest's account columns. A schema that reports one itself (a file about many accounts) keeps its own."""
    own = {column.name for column in schema.columns}
    wanted = ACCOUNT[:1] if schema.kind is Kind.APPEND else ACCOUNT
    return tuple(name for name in wanted if name not in own)


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
        [column.name, column.type, column.path, column.required, list(column.null_texts), *_if_any(column.choices)]
        for column in schema.columns
    ]
    shape = [schema.kind, columns, list(schema.key), schema.day, *_if_any(schema.one_of, schema.version)]
    return hashlib.sha256(json.dumps(shape).encode()).hexdigest()


def _if_any(*rules: object) -> list[object]:
    """What only some schemas have: the fingerprints of the others stay what they were."""
    return list(rules) if any(rules) else []
