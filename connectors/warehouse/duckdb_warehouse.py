"""The warehouse as one DuckDB file: raw relations are views over the lake's Parquet, so nothing is copied.

One process writes at a time and a reader would lock the writer out; hence readers open published snapshots
(`connectors.warehouse.published`) and never this file.
"""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from connectors.ad_platform import Sleep
from connectors.entity_schema import EntitySchema, Kind, Type
from connectors.lake.columns import FILED_UNDER, day_type, lake_columns
from connectors.lake.facts.schema_change import has_grown
from connectors.lake.layout import LakeLayout
from connectors.lake.load_log import last_load_seq
from connectors.lake.load_views import loads_sql, touched_days_sql
from connectors.lake.sql import fill, literal, quoted
from connectors.lake.standing import empty_sql, log_relation, quarantine_sql
from connectors.landing.durable import make_folder
from connectors.warehouse.canonical_parquet import canonical_select, write_sorted
from connectors.warehouse.warehouse import (
    DEFINITIONS,
    MARTS,
    RAW,
    Defined,
    RawSync,
    Warehouse,
    WarehouseBusy,
    known_tables,
)

_RETRY_SECONDS = 0.1
_VIEWS = "raw._views"  # the text of each view, so that only changed ones are made again


@dataclass(frozen=True, kw_only=True)
class DuckDbWarehouse(Warehouse):
    path: Path
    lake: Path
    schemas: Sequence[EntitySchema]
    sleep: Sleep
    wait_seconds: float = 60.0

    def sync_raw(self) -> RawSync:
        layout = LakeLayout(self.lake)
        views = {name: _entity_view(layout, schema) for name, schema in known_tables(self.schemas).items()}
        log = log_relation(layout)
        views |= {
            "loads": loads_sql(log),
            "touched_days": touched_days_sql(log),
            "quarantine": quarantine_sql(layout),
        }
        with self.writing() as connection:
            connection.execute(fill("create schema if not exists {raw}", raw=RAW))
            connection.execute(fill("create table if not exists {views} (name varchar, sql varchar)", views=_VIEWS))
            known = dict(connection.execute(fill("select name, sql from {views}", views=_VIEWS)).fetchall())
            changed = [name for name, sql in views.items() if known.get(name) != sql]
            connection.begin()
            for name in changed:
                view = f"{RAW}.{quoted(name)}"
                connection.execute(fill("create or replace view {view} as {sql}", view=view, sql=views[name]))
                connection.execute(fill("delete from {views} where name = $name", views=_VIEWS), {"name": name})
                bound = {"name": name, "sql": views[name]}
                connection.execute(fill("insert into {views} values ($name, $sql)", views=_VIEWS), bound)
            connection.commit()
        return RawSync(relations=len(views), renewed=len(changed), files=0, rows=0, last_load_seq=last_load_seq(layout))

    def define(self, definitions: Sequence[Defined]) -> tuple[Defined, ...]:
        table = f"{RAW}.{DEFINITIONS}"
        rows = [[each.kind, each.name, each.body, each.source] for each in definitions]
        with self.writing() as connection:
            connection.begin()
            connection.execute(fill("create schema if not exists {raw}", raw=RAW))
            shape = "kind varchar, name varchar, body varchar, source varchar"
            connection.execute(fill("create table if not exists {table} ({shape})", table=table, shape=shape))
            select = fill("select kind, name, body, source from {table} order by kind, name", table=table)
            before = connection.execute(select).fetchall()
            connection.execute(fill("delete from {table}", table=table))
            if rows:
                connection.executemany(fill("insert into {table} values (?, ?, ?, ?)", table=table), rows)
            connection.commit()
        return tuple(Defined(kind=kind, name=name, body=body, source=source) for kind, name, body, source in before)

    def marts(self) -> tuple[str, ...]:
        with self.writing() as connection:
            query = "select table_name from information_schema.tables where table_schema = $marts order by 1"
            return tuple(row[0] for row in connection.execute(query, {"marts": MARTS}).fetchall())

    def export_mart(self, name: str, path: Path) -> int:
        with self.writing() as connection:
            query = (
                "select column_name, data_type from information_schema.columns "
                "where table_schema = $marts and table_name = $name order by ordinal_position"
            )
            columns = connection.execute(query, {"marts": MARTS, "name": name}).fetchall()
            selected = canonical_select(columns, relation=f"{MARTS}.{quoted(name)}")
            return write_sorted(connection, selected, path)

    @contextmanager
    def writing(self) -> Generator[duckdb.DuckDBPyConnection]:
        """The file, held alone; waits for at most about `wait_seconds` for whoever holds it now."""
        make_folder(self.path.parent)
        connection = self._connect()
        try:
            connection.execute("set timezone = 'UTC'")
            yield connection
        finally:
            connection.close()

    def _connect(self) -> duckdb.DuckDBPyConnection:
        waited = 0.0
        while True:
            try:
                return duckdb.connect(self.path.as_posix())
            except duckdb.IOException as error:
                if "lock" not in str(error).lower():
                    raise
                if waited >= self.wait_seconds:
                    raise WarehouseBusy(
                        f"{self.path} is being written by another process; waited {self.wait_seconds:g} s. Close what "
                        "holds it (notebooks read published snapshots instead) and run it again."
                    ) from error
            self.sleep(_RETRY_SECONDS)
            waited += _RETRY_SECONDS


def _entity_view(layout: LakeLayout, schema: EntitySchema) -> str:
    columns = lake_columns(schema)
    folder = layout.entity(schema.party, schema.entity)
    # Files of facts are never written again, so older ones may lack columns that the schema has gained since.
    grown = schema.kind is Kind.APPEND and has_grown(schema, layout)
    more = ", union_by_name = true" if grown else ""
    if next(folder.rglob("*.parquet"), None) is None:
        return empty_sql(columns)
    if day_type(schema) is None:
        names = ", ".join(quoted(name) for name, _ in columns)
        files = literal((folder / "*.parquet").as_posix())
        source = fill("read_parquet({files}, hive_partitioning = false{more})", files=files, more=more)
        return _chosen(names, source, columns, grown=grown)
    # The day is taken from the folder's name, which always agrees: a filter on it then opens only the files it needs.
    filed = schema.day if day_type(schema) is Type.DATE else FILED_UNDER
    files = literal((folder / "*" / "*.parquet").as_posix())
    names = ", ".join(f'"date" as {quoted(name)}' if name == filed else quoted(name) for name, _ in columns)
    source = "read_parquet({files}, hive_partitioning = true, hive_types = {{'date': date}}{more})"
    return _chosen(names, fill(source, files=files, more=more), columns, grown=grown)


def _chosen(names: str, source: str, columns: Sequence[tuple[str, str]], *, grown: bool) -> str:
    """Where no file may have a column yet, a relation without rows has it."""
    relation = fill("({empty} union all by name select * from {source})", empty=empty_sql(columns), source=source)
    return fill("select {names} from {relation}", names=names, relation=relation if grown else source)
