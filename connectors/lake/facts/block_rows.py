"""The good rows of one block, in the engine: typed, judged, told apart by their keys, written day by day.

Knows one block at a time; what is known from before, and what becomes of the files, is for
`connectors.lake.facts.batch`.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from connectors.entity_schema import EntitySchema, Type
from connectors.lake.columns import EXTRA, FILED_UNDER, account_columns, day_type
from connectors.lake.facts.blocks import Block
from connectors.lake.facts.known_keys import Array
from connectors.lake.facts.reading import careful_sql, quick_sql
from connectors.lake.sql import fill, literal, quoted
from connectors.landing.pending import LandedPull

KEY_HALVES = "(h >> 64)::ubigint as upper, (h & 18446744073709551615::uhugeint)::ubigint as lower"
_KEYS = """
    select _n as n, _pull as pull, {halves}
    from (select _n, _pull, md5_number({key}) as h from block_rows b inner join pulls p on p.pull = b._pull)
"""
_WRITE = """
    copy (
        select {columns} from block_rows b inner join pulls p on p.pull = b._pull
        where b._day is not distinct from {day}
    ) to {path} (format parquet, compression zstd, compression_level 1, parquet_version v2)
"""
_QUARANTINE = """
    select p.party, p.entity, p.account_id, p.pull_id, p.pulled_at, p.landing_file, bad.number as landing_line,
        1::bigint as landed_rows, bad.reasons, replace(bad.text, chr(0), '\ufffd') as text
    from bad inner join pulls p using (pull) where pull = $pull order by bad.number
"""


@dataclass(frozen=True)
class BlockKeys:
    """The keys of the good rows; the arrays run alike."""

    n: Array
    pull: Array
    upper: Array
    lower: Array


class BlockRows:
    def __init__(self, connection: duckdb.DuckDBPyConnection, schema: EntitySchema, *, late_after: timedelta) -> None:
        self._con = connection
        self._reader = connection.cursor()  # reads the next block while the last one is worked on
        self._reader.execute("set timezone = 'UTC'")
        self._schema = schema
        self._quick = quick_sql(schema, lines="lines")
        self._columns = _lake_values(schema, late_after=late_after)

    def begin(self, pulls: Sequence[LandedPull]) -> None:
        """Before the blocks of these pulls. Only those with a manifest will have lines."""
        facts = [(place, landed, landed.manifest.pull) for place, landed in enumerate(pulls) if landed.manifest]
        columns = {
            "pull": pa.array([place for place, _, _ in facts], pa.int32()),
            "party": pa.array([pull.party for _, _, pull in facts], pa.string()),
            "entity": pa.array([pull.entity for _, _, pull in facts], pa.string()),
            "account_id": pa.array([pull.account_id for _, _, pull in facts], pa.string()),
            "pull_id": pa.array([pull.pull_id for _, _, pull in facts], pa.string()),
            "landing_file": pa.array([landed.file for _, landed, _ in facts], pa.string()),
            "pulled_at": pa.array([pull.pulled_at for _, _, pull in facts], pa.timestamp("us", tz="UTC")),
        }
        self._make("pulls", "select * from given", given=pa.table(columns))
        self._run("create or replace table bad (pull integer, number bigint, reasons varchar, text varchar)")

    def each(self, blocks: Iterator[Block]) -> Iterator[None]:
        """One block after the other: its good rows are the rows at hand until the next one is asked for."""
        with ThreadPoolExecutor(1) as ahead:
            coming = ahead.submit(self._read_next, blocks)
            while coming.result():
                self._run("drop table if exists block_rows")
                self._run("alter table coming_rows rename to block_rows")
                coming = ahead.submit(self._read_next, blocks)
                yield

    def _read_next(self, blocks: Iterator[Block]) -> bool:
        block = next(blocks, None)
        if block is not None:
            self._read(block)
        return block is not None

    def _read(self, block: Block) -> None:
        """The block's good rows become those that come; the bad ones are added to those of the pulls."""
        reader = self._reader
        reader.register("lines", block.lines)
        try:
            if not (block.is_plain and self._read_quickly()):
                judged = careful_sql(self._schema, lines="lines", not_utf8=block.not_utf8)
                reader.execute(fill("create or replace temp table judged as {judged}", judged=judged))
                reader.execute(
                    "insert into bad select _pull, _number, _reasons, _text from judged where _reasons <> ''"
                )
                reader.execute(
                    "create or replace table coming_rows as "
                    "select * exclude (_reasons, _text) from judged where _reasons = ''"
                )
                reader.execute("drop table judged")
        finally:
            reader.unregister("lines")

    def _read_quickly(self) -> bool:
        if self._quick is None:
            return False
        try:
            self._reader.execute(fill("create or replace table coming_rows as {quick}", quick=self._quick))
        except duckdb.InvalidInputException:  # a line that is not JSON
            return False
        return not self._reader.execute("select count(*) from coming_rows where not _sound").fetchall()[0][0]

    def keys(self) -> BlockKeys:
        key = key_sql([block_value(self._schema, name) for name in self._schema.key])
        found = self._numbers(fill(_KEYS, halves=KEY_HALVES, key=key))
        return BlockKeys(found["n"], found["pull"], found["upper"], found["lower"])

    def drop(self, numbers: Array) -> None:
        if len(numbers):
            self._con.register("dropped", pa.table({"n": pa.array(numbers)}))
            self._run("delete from block_rows where _n in (select n from dropped)")
            self._con.unregister("dropped")

    def days(self, *, only: Array | None = None) -> list[tuple[int, date | None, int]]:
        """Pull, day and how many rows there are of it, among all or some."""
        which = "true"
        if only is not None:
            self._make("chosen", "select * from given", given=pa.table({"n": pa.array(only)}))
            which = "_n in (select n from chosen)"
        query = "select _pull, _day, count(*) from block_rows where {which} group by all order by all"
        return self._con.execute(fill(query, which=which)).fetchall()

    def write(self, day: date | None, path: Path) -> None:
        filed = "null" if day is None else f"date '{day}'"
        self._run(_WRITE, columns=self._columns, day=filed, path=literal(path.as_posix()))

    def bad_pulls(self) -> frozenset[int]:
        """The pulls with lines that could not be read."""
        return frozenset(row[0] for row in self._con.execute("select distinct pull from bad").fetchall())

    def quarantine(self, pull: int | None) -> pa.Table:
        return self._con.sql(_QUARANTINE, params={"pull": pull}).to_arrow_table()

    def _make(self, table: str, query: str, *, given: pa.Table) -> None:
        self._con.register("given", given)
        self._run("create or replace temp table {table} as {query}", table=table, query=query)
        self._con.unregister("given")

    def _numbers(self, query: str) -> dict[str, np.ndarray]:
        table = self._con.sql(query).to_arrow_table()
        return {name: table[name].to_numpy() for name in table.column_names}

    def _run(self, template: str, **parts: str) -> None:
        self._con.execute(fill(template, **parts))


def key_sql(parts: Sequence[str]) -> str:
    """The key as one text, in such a way that two different keys never give the same."""
    texts = [f"{part}::varchar" for part in parts]
    return texts[0] if len(texts) == 1 else f"to_json([{', '.join(texts)}])::varchar"


def block_value(schema: EntitySchema, name: str) -> str:
    """A lake column of a block's row that is the schema's own or the account's."""
    return f"p.{name}" if name in account_columns(schema) else f"b.{quoted(name)}"


def _lake_values(schema: EntitySchema, *, late_after: timedelta) -> str:
    names = {column.name: column for column in schema.columns}
    told = "received_at" in names and names["received_at"].type is Type.INSTANT
    received = "coalesce(b.received_at, p.pulled_at)" if told else "p.pulled_at"
    late, filed = "null::boolean", ()
    if schema.day is not None and day_type(schema) is Type.INSTANT:
        microseconds = int(late_after.total_seconds() * 1_000_000)
        late = f"epoch_us({received}) - epoch_us(b.{quoted(schema.day)}) > {microseconds}"
        filed = (f"b._day as {FILED_UNDER}",)
    receipt = ("p.pull_id as _pull_id", "p.landing_file as _landing_file", "b._number as _landing_line")
    own = (block_value(schema, name) for name in (*names, *account_columns(schema)))
    return ", ".join([*own, f"b.{EXTRA}", f"{received} as _received_at", f"{late} as is_late", *receipt, *filed])
