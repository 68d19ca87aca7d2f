"""Takes a person out of files that are nobody's but a program's own: event logs, outputs of runs, reports.

A database of SQLite gets the pseudonyms and is written anew. In any other file the id is overwritten in its place,
letter by letter, so that a program that is just writing to it goes on where it was.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from connectors.lake.sql import fill, quoted
from connectors.people.person import Person
from connectors.people.searching import Search

_SQLITE = b"SQLite format 3\x00"
_WAIT_SECONDS = 30.0
_BLANK = b"x"
_UPDATE = "update {table} set {name} = told({name}) where speaks({name})"


def mask_file(path: Path, person: Person, search: Search) -> int:
    """Gives in how many places, or rows, it spoke of the person."""
    try:
        with path.open("rb") as file:
            is_database = file.read(len(_SQLITE)) == _SQLITE
    except FileNotFoundError:
        return 0
    return _mask_database(path, person) if is_database else _overwrite(path, search)


def _overwrite(path: Path, search: Search) -> int:
    places = search.places(path)
    if places:
        with path.open("r+b") as file:
            for at, length in places:
                file.seek(at)
                file.write(_BLANK * length)
            file.flush()
            os.fsync(file.fileno())
    return len(places)


def _mask_database(path: Path, person: Person) -> int:
    with closing(sqlite3.connect(path, timeout=_WAIT_SECONDS, isolation_level=None)) as connection:
        connection.create_function("speaks", 1, lambda value: isinstance(value, str) and person.is_named(value))
        connection.create_function("told", 1, person.replaced)
        connection.execute("pragma secure_delete = on")
        changed = sum(
            connection.execute(fill(_UPDATE, table=table, name=name)).rowcount for table, name in _columns(connection)
        )
        if changed:
            connection.execute("vacuum")
        connection.execute("pragma wal_checkpoint(truncate)")
    return changed


def _columns(connection: sqlite3.Connection) -> Iterator[tuple[str, str]]:
    tables = connection.execute("select name from sqlite_master where type = 'table' and name not like 'sqlite_%'")
    for (table,) in tables.fetchall():
        for column in connection.execute(fill("pragma table_info({table})", table=quoted(table))).fetchall():
            yield quoted(table), quoted(column[1])
