"""The warehouse as a Postgres database, for teams: raw tables hold the lake's rows and follow it file by file.

One transaction replaces exactly the partition files the load log names since the last one; a crash or a lost
connection leaves the tables as they were, and the next sync brings over what is missing.
"""

import tempfile
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg2
from sqlalchemy.engine import make_url

from connectors.entity_schema import EntitySchema, Kind
from connectors.lake.columns import lake_columns
from connectors.lake.layout import LakeLayout
from connectors.lake.load_log import COLUMNS as LOG_COLUMNS
from connectors.lake.load_log import LoadRecord, record_of, records_after
from connectors.lake.load_views import loads_sql, touched_days_sql
from connectors.lake.sql import fill, in_memory, quoted
from connectors.lake.standing import QUARANTINE_COLUMNS
from connectors.warehouse.canonical_parquet import canonical_select, canonical_type, write_sorted
from connectors.warehouse.postgres_copy import (
    FILE_COLUMN,
    Cursor,
    export_csv,
    postgres_type,
    replace_files,
    shape_of,
)
from connectors.warehouse.postgres_facts import LANDING_FILE, bring_facts
from connectors.warehouse.warehouse import DEFINITIONS, MARTS, RAW, Defined, RawSync, Warehouse, known_tables

_LOG = "_load_log"
_QUARANTINE = "quarantine"
_ONE_SYNC_AT_A_TIME = 7_305_001  # an advisory lock's number that nobody else uses


@dataclass(frozen=True, kw_only=True)
class PostgresWarehouse(Warehouse):
    url: str  # SQLAlchemy's form, postgresql+psycopg2://…
    lake: Path
    schemas: Sequence[EntitySchema]

    def __repr__(self) -> str:
        return f"PostgresWarehouse({make_url(self.url).render_as_string(hide_password=True)})"

    def sync_raw(self) -> RawSync:
        layout = LakeLayout(self.lake)
        tables = known_tables(self.schemas)
        with self.transaction() as cursor:
            cursor.execute("select pg_advisory_xact_lock(%s)", (_ONE_SYNC_AT_A_TIME,))
            cursor.execute(fill("create schema if not exists {raw}", raw=RAW))
            renewed = _shape(cursor, tables)
            known = _last_known(cursor, layout)
            records = records_after(layout.loads, known)
            changed = _changed_partitions(records, layout)
            files = rows = 0
            for name, schema in tables.items():
                is_new = name in renewed or not known
                if is_new:
                    cursor.execute(fill("truncate {table}", table=_table(name)))
                if schema.kind is Kind.APPEND:
                    ours = [each for each in records if (each.party, each.entity) == (schema.party, schema.entity)]
                    brought = bring_facts(cursor, _table(name), schema, layout, ours, is_new=is_new)
                    files, rows = files + brought.files, rows + brought.rows
                    continue
                if is_new:
                    paths = sorted(layout.entity(schema.party, schema.entity).rglob("*.parquet"))
                else:
                    paths = sorted(changed.get(name, ()))
                columns = [column for column, _ in lake_columns(schema)]
                named = [(_name(layout, path), path) for path in paths]
                rows += replace_files(cursor, _table(name), columns, named, is_new=is_new)
                files += len(paths)
            _bring_log(cursor, layout, records)
        last = records[-1].load_seq if records else known
        return RawSync(relations=len(tables) + 3, renewed=len(renewed), files=files, rows=rows, last_load_seq=last)

    def define(self, definitions: Sequence[Defined]) -> tuple[Defined, ...]:
        table = _table(DEFINITIONS)
        with self.transaction() as cursor:
            cursor.execute("select pg_advisory_xact_lock(%s)", (_ONE_SYNC_AT_A_TIME,))
            cursor.execute(fill("create schema if not exists {raw}", raw=RAW))
            shape = "kind text, name text, body text, source text"
            cursor.execute(fill("create table if not exists {table} ({shape})", table=table, shape=shape))
            cursor.execute(fill("select kind, name, body, source from {table} order by 1, 2", table=table))
            before = cursor.fetchall()
            cursor.execute(fill("delete from {table}", table=table))
            statement = fill("insert into {table} values (%s, %s, %s, %s)", table=table)
            rows = [(each.kind, each.name, each.body, each.source) for each in definitions]
            cursor.executemany(statement, rows)
        return tuple(Defined(kind=kind, name=name, body=body, source=source) for kind, name, body, source in before)

    def marts(self) -> tuple[str, ...]:
        with self.transaction() as cursor:
            cursor.execute("select table_name from information_schema.tables where table_schema = %s", (MARTS,))
            return tuple(sorted(str(row[0]) for row in cursor.fetchall()))

    def export_mart(self, name: str, path: Path) -> int:
        with self.transaction() as cursor, tempfile.TemporaryDirectory() as folder, in_memory() as connection:
            columns = shape_of(cursor, MARTS, name)
            exported = export_csv(cursor, f"{MARTS}.{quoted(name)}", columns, Path(folder) / "mart.csv")
            canonical = [(column, canonical_type(type_)) for column, type_ in columns]
            return write_sorted(connection, canonical_select(canonical, relation=exported), path)

    @contextmanager
    def transaction(self) -> Generator[Cursor]:
        url = make_url(self.url)
        connection = psycopg2.connect(url.set(drivername="postgresql").render_as_string(hide_password=False))
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute("set timezone = 'UTC'")
                yield cursor
        finally:
            connection.close()


def _shape(cursor: Cursor, tables: Mapping[str, EntitySchema]) -> set[str]:
    """Creates what is missing and makes again what has another shape now. Gives the entities' tables it made."""
    file_column = (FILE_COLUMN, "varchar")
    wanted: dict[str, Sequence[tuple[str, str]]] = {_LOG: LOG_COLUMNS}
    wanted[_QUARANTINE] = (*QUARANTINE_COLUMNS, file_column)
    for name, schema in tables.items():
        wanted[name] = lake_columns(schema) if schema.kind is Kind.APPEND else (*lake_columns(schema), file_column)
    renewed: set[str] = set()
    for name, columns in wanted.items():
        shape = [(column, postgres_type(type_)) for column, type_ in columns]
        if shape_of(cursor, RAW, name) == shape:
            continue
        listed = ", ".join(f"{quoted(column)} {type_}" for column, type_ in shape)
        key = "landing_file" if name == _LOG else _unit(tables.get(name))
        cursor.execute(fill("drop table if exists {table} cascade", table=_table(name)))
        cursor.execute(fill("create table {table} ({listed})", table=_table(name), listed=listed))
        cursor.execute(fill("create index on {table} ({key})", table=_table(name), key=quoted(key)))
        renewed.add(name)
    log = _table(_LOG)
    if _LOG in renewed:
        cursor.execute(fill("create view {raw}.loads as {sql}", raw=RAW, sql=loads_sql(log)))
        cursor.execute(fill("create view {raw}.touched_days as {sql}", raw=RAW, sql=touched_days_sql(log)))
    if _QUARANTINE in renewed:
        cursor.execute(fill("truncate {log}", log=log))  # everything is brought over again
    return renewed & tables.keys()


def _unit(schema: EntitySchema | None) -> str:
    """What a row's neighbours, that are replaced together with it, are known by."""
    return LANDING_FILE if schema is not None and schema.kind is Kind.APPEND else FILE_COLUMN


def _last_known(cursor: Cursor, layout: LakeLayout) -> int:
    """The last load that was brought over; 0 where that was a load of another lake: everything then starts again."""
    cursor.execute(fill("select load_seq, landing_file from {log} order by 1 desc limit 1", log=_table(_LOG)))
    row = cursor.fetchone()
    ours = record_of(layout.loads, row[0]) if row else None
    if row and ours and ours.landing_file == row[1]:
        return int(row[0])
    for name in (_LOG, _QUARANTINE):
        cursor.execute(fill("truncate {table}", table=_table(name)))
    return 0


def _changed_partitions(records: Iterable[LoadRecord], layout: LakeLayout) -> dict[str, set[Path]]:
    changed: dict[str, set[Path]] = {}
    for record in records:
        paths = {layout.partition(record.stream, day) for day in record.partitions}
        changed.setdefault(f"{record.party}__{record.entity}", set()).update(paths)
    return changed


def _bring_log(cursor: Cursor, layout: LakeLayout, records: Sequence[LoadRecord]) -> None:
    if not records:
        return
    files = sorted({record.quarantine_file for record in records if record.quarantine_file})
    columns = [name for name, _ in QUARANTINE_COLUMNS]
    named = [(file, layout.root / file) for file in files]
    replace_files(cursor, _table(_QUARANTINE), columns, named, is_new=False)
    statement = fill(
        "insert into {log} ({names}) values ({places})",
        log=_table(_LOG),
        names=", ".join(quoted(name) for name, _ in LOG_COLUMNS),
        places=", ".join("%s" for _ in LOG_COLUMNS),
    )
    cursor.executemany(statement, [_values(record) for record in records])


def _values(record: LoadRecord) -> list[object]:
    values = {name: getattr(record, name, None) for name, _ in LOG_COLUMNS}
    counts = record.counts
    values |= {"landed": counts.landed, "raw": counts.raw, "duplicates": counts.duplicates}
    values |= {"quarantined": counts.quarantined, "days": list(record.days)}
    return list(values.values())


def _name(layout: LakeLayout, path: Path) -> str:
    return path.relative_to(layout.root).as_posix()


def _table(name: str) -> str:
    return f"{RAW}.{quoted(name)}"
