"""How the lake stands: what was loaded of whom and when, and what was set aside, as relations and as small answers.

Asks the load log and the quarantine only; the rows themselves are asked through the warehouse and the published marts.
"""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from connectors.lake.layout import LakeLayout
from connectors.lake.load_log import COLUMNS as LOG_COLUMNS
from connectors.lake.load_views import loads_sql
from connectors.lake.sql import fill, in_memory, literal, quoted
from connectors.lake.versions import Counts

QUARANTINE_COLUMNS: tuple[tuple[str, str], ...] = (
    ("party", "varchar"),
    ("entity", "varchar"),
    ("account_id", "varchar"),
    ("pull_id", "varchar"),
    ("pulled_at", "timestamptz"),
    ("landing_file", "varchar"),
    ("landing_line", "bigint"),
    ("landed_rows", "bigint"),
    ("reasons", "varchar"),
    ("text", "varchar"),
)

NO_ROWS = Counts(landed=0, raw=0, duplicates=0, quarantined=0)


@dataclass(frozen=True, kw_only=True)
class SetAside:
    """One row that could not be read, and every reason why."""

    file: str
    line: int | None
    reasons: str


@dataclass(frozen=True)
class Standing:
    lake: Path

    def counts(self, *, party: str, entity: str) -> Counts:
        """Over all loads ever, corrections included: landed = raw + duplicates + quarantined."""
        return self.all_counts().get((party, entity), NO_ROWS)

    def all_counts(self) -> Mapping[tuple[str, str], Counts]:
        """By party and entity, from one reading of the log."""
        names = ("landed", "raw", "duplicates", "quarantined")
        sums = ", ".join(f"coalesce(sum({name}), 0)::bigint" for name in names)
        query = fill("select party, entity, {sums} from log group by party, entity", sums=sums)
        with self._asking() as connection:
            rows = connection.execute(query).fetchall()
        return {(party, entity): Counts(**dict(zip(names, each, strict=True))) for party, entity, *each in rows}

    def newest_pulls(self, *, party: str, account_id: str) -> Mapping[str, datetime]:
        """When the newest loaded pull of each entity of an account was asked; absent: nothing was ever loaded."""
        query = """
            select entity, max(pulled_at) from log
            where party = $party and account_id = $account_id and status = 'loaded' group by entity
        """
        with self._asking() as connection:
            return dict(connection.execute(query, {"party": party, "account_id": account_id}).fetchall())

    def newest_pull(self) -> datetime | None:
        """The instant of the newest pull or file that is loaded, of whatever party: how far knowledge reaches."""
        with self._asking() as connection:
            row = connection.execute("select max(pulled_at) from log where status = 'loaded'").fetchone()
        return row[0] if row else None

    def set_aside(self, *, party: str, entity: str, most: int) -> Sequence[SetAside]:
        """The newest rows in quarantine."""
        query = """
            select landing_file, landing_line, reasons from quarantine
            where party = $party and entity = $entity order by pulled_at desc, landing_file, landing_line limit $most
        """
        with self._asking() as connection:
            rows = connection.execute(query, {"party": party, "entity": entity, "most": most}).fetchall()
        return [SetAside(file=file, line=line, reasons=reasons) for file, line, reasons in rows]

    @contextmanager
    def _asking(self) -> Generator[duckdb.DuckDBPyConnection]:
        layout = LakeLayout(self.lake)
        with in_memory() as connection:
            connection.execute(fill("create view log as {loads}", loads=loads_sql(log_relation(layout))))
            connection.execute(fill("create view quarantine as {rows}", rows=quarantine_sql(layout)))
            yield connection


def log_relation(layout: LakeLayout) -> str:
    """The load log as a relation, empty where nothing was loaded yet."""
    if next(layout.loads.glob("*.jsonl"), None) is None:
        return f"({empty_sql(LOG_COLUMNS)})"
    columns = ", ".join(f"{quoted(name)}: {literal(type_)}" for name, type_ in LOG_COLUMNS)
    files = literal((layout.loads / "*.jsonl").as_posix())
    return f"read_json({files}, format = 'newline_delimited', columns = {{{columns}}})"


def quarantine_sql(layout: LakeLayout) -> str:
    if next((layout.root / "quarantine").rglob("*.parquet"), None) is None:
        return empty_sql(QUARANTINE_COLUMNS)
    files = literal((layout.root / "quarantine" / "*" / "*" / "*" / "*.parquet").as_posix())
    names = ", ".join(name for name, _ in QUARANTINE_COLUMNS)
    return fill("select {names} from read_parquet({files}, hive_partitioning = false)", names=names, files=files)


def empty_sql(columns: Sequence[tuple[str, str]]) -> str:
    nulls = ", ".join(f"null::{type_} as {quoted(name)}" for name, type_ in columns)
    return fill("select {nulls} where false", nulls=nulls)
