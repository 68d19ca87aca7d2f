"""The engine that loads facts: few threads and little memory, whatever is to be loaded; the rest goes to disk."""

from collections.abc import Generator
from contextlib import contextmanager

import duckdb

from connectors.lake.layout import LakeLayout
from connectors.lake.sql import fill, in_memory, literal

_THREADS = 2
_MEMORY = "1GB"


@contextmanager
def facts_engine(layout: LakeLayout) -> Generator[duckdb.DuckDBPyConnection]:
    with in_memory() as connection:
        connection.execute(f"set threads = {_THREADS}")
        connection.execute(fill("set memory_limit = {memory}", memory=literal(_MEMORY)))
        connection.execute(fill("set temp_directory = {folder}", folder=literal(layout.spill.as_posix())))
        connection.execute("set preserve_insertion_order = false")  # rows are numbered; no order has to be kept
        yield connection
