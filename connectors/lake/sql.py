"""Small helpers round DuckDB: a connection that counts in UTC, and SQL texts whose names come from schemas.

Names and types cannot be bound as parameters, so they are quoted and filled in here; values are always bound, or
written by `literal`.
"""

from collections.abc import Generator
from contextlib import contextmanager

import duckdb


@contextmanager
def in_memory() -> Generator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        yield connection


def fill(template: str, **parts: str) -> str:
    """The SQL with each `{name}` replaced by a part that was quoted by `quoted`, `literal` or made of such parts."""
    return template.format(**parts)


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def literal_or_null(text: str | None) -> str:
    return "null::varchar" if text is None else literal(text)
