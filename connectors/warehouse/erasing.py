"""What a warehouse needs so that a person leaves it: it is a function of the lake, so it is thrown away and made anew.

DuckDB: the file goes, and with it every page that was ever freed in it. Postgres: the raw tables go and the models are
built in full, which gives every table a new file. Published builds that still hold the person are withdrawn.
"""

import shutil
from collections.abc import Sequence
from contextlib import closing

import psycopg2
import pyarrow as pa
from sqlalchemy import make_url

from connectors.lake.sql import fill, quoted
from connectors.landing.durable import remove, sync_folder
from connectors.people.searching import Search, Searched
from connectors.warehouse.duckdb_warehouse import DuckDbWarehouse
from connectors.warehouse.postgres_copy import Cursor
from connectors.warehouse.postgres_warehouse import PostgresWarehouse
from connectors.warehouse.published import Published, current_build
from connectors.warehouse.warehouse import RAW, Warehouse

_READ_AT_ONCE = 50_000
_TABLES = """
    select n.nspname, c.relname from pg_class c inner join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'm', 'p') and n.nspname <> 'information_schema' and n.nspname !~ '^pg_' order by 1, 2
"""
_TEXTS = """
    select a.attname from pg_attribute a where a.attrelid = to_regclass(%s) and a.attnum > 0 and not a.attisdropped
        and format_type(a.atttypid, null) in ('text', 'character varying', 'json', 'jsonb', 'character')
    order by a.attnum
"""


def forget_everything(warehouse: Warehouse) -> None:
    """The next build makes it again from the lake. Only for the holder of the lock of builds."""
    match warehouse:
        case DuckDbWarehouse():
            if warehouse.path.exists():
                with warehouse.writing():  # waits for whoever holds it
                    pass
            for path in (warehouse.path, warehouse.path.with_name(warehouse.path.name + ".wal")):
                remove(path)
            if warehouse.path.parent.is_dir():
                sync_folder(warehouse.path.parent)
        case PostgresWarehouse():
            with warehouse.transaction() as cursor:
                cursor.execute(fill("drop schema if exists {raw} cascade", raw=RAW))
        case _:
            raise TypeError(f"nobody knows how a person leaves a {type(warehouse).__name__}")


def give_room_back(warehouse: Warehouse) -> None:
    """Postgres keeps what stood in tables that went: the samples of their values, in room that is freed."""
    if isinstance(warehouse, PostgresWarehouse):
        address = make_url(warehouse.url).set(drivername="postgresql").render_as_string(hide_password=False)
        with closing(psycopg2.connect(address)) as connection:
            connection.autocommit = True
            connection.cursor().execute("vacuum (full) pg_catalog.pg_statistic")


def search_tables(warehouse: Warehouse, search: Search) -> Searched:
    """Every text of every table, the models' too."""
    match warehouse:
        case DuckDbWarehouse():
            return _search_duckdb(warehouse, search)
        case PostgresWarehouse():
            with warehouse.transaction() as cursor:
                return _search_postgres(cursor, search)
        case _:
            raise TypeError(f"nobody knows how to search a {type(warehouse).__name__}")


def withdraw_builds(published: Published, search: Search) -> tuple[str, ...]:
    """Deletes every build but the current one in which the person is found, and what a crashed try left."""
    builds = published.root / "builds"
    if not builds.is_dir():
        return ()
    current = current_build(published.root).folder.name if (published.root / "current").exists() else None
    gone: list[str] = []
    for folder in sorted(builds.iterdir()):
        if folder.name == current:
            continue
        files = [path for path in folder.rglob("*") if path.is_file()]
        if folder.name.startswith(".") or search.files(folder.name, files).found:
            shutil.rmtree(folder)
            remove(published.root / "superseded" / folder.name)
            gone.append(folder.name)
    sync_folder(builds)
    return tuple(gone)


def _search_duckdb(warehouse: DuckDbWarehouse, search: Search) -> Searched:
    if not warehouse.path.exists():
        return Searched(place="warehouse tables")
    rows = found = 0
    first = ""
    with warehouse.writing() as connection:
        tables = connection.execute("select schema_name, table_name from duckdb_tables() order by all").fetchall()
        for schema, name in tables:
            relation = f"{quoted(schema)}.{quoted(name)}"
            reader = connection.sql(fill("select * from {relation}", relation=relation)).to_arrow_reader(_READ_AT_ONCE)
            for batch in reader:
                read, hits = search.table(pa.Table.from_batches([batch]))
                rows, found = rows + read, found + hits
                first = first or (relation if hits else "")
    return Searched(place="warehouse tables", files=len(tables), rows=rows, found=found, first=first)


def _search_postgres(cursor: Cursor, search: Search) -> Searched:
    rows = found = 0
    first = ""
    cursor.execute(_TABLES)
    tables = [f"{quoted(schema)}.{quoted(name)}" for schema, name in cursor.fetchall()]
    for relation in tables:
        read, hits = _search_relation(cursor, relation, _texts_of(cursor, relation), search)
        rows, found = rows + read, found + hits
        first = first or (relation if hits else "")
    samples = ("most_common_vals", "histogram_bounds")
    _, hits = _search_relation(cursor, "pg_catalog.pg_stats", samples, search)
    return Searched(place="warehouse tables", files=len(tables), rows=rows, found=found + hits, first=first)


def _texts_of(cursor: Cursor, relation: str) -> Sequence[str]:
    cursor.execute(_TEXTS, (relation,))
    return [str(row[0]) for row in cursor.fetchall()]


def _search_relation(cursor: Cursor, relation: str, names: Sequence[str], search: Search) -> tuple[int, int]:
    cursor.execute(fill("select count(*) from {relation}", relation=relation))
    (row,) = cursor.fetchall()
    found = 0
    for name in names:
        query = fill("select distinct {name}::text from {relation}", name=quoted(name), relation=relation)
        cursor.execute(query)
        while some := cursor.fetchmany(_READ_AT_ONCE):
            found += search.table(pa.table({name: pa.array([each[0] for each in some], pa.string())}))[1]
    return int(row[0]), found
