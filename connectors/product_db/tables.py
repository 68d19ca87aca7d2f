"""Reading one mapped table: checks it against the mapping, writes its query, turns its rows into landing rows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from psycopg2.extensions import connection as Connection
from psycopg2.sql import SQL, Composable, Identifier, Literal

from connectors.ad_platform import Row
from connectors.product_db.mapping import Object, Source, Table, Text, Value

_NAIVE = "timestamp without time zone"
_INSTANTS = (_NAIVE, "timestamp with time zone")
_AT_ONCE = 5_000  # rows fetched at once
_COLUMNS = """
    select column_name, data_type from information_schema.columns
    where table_name = %s and table_schema = any(case when %s = '' then current_schemas(false) else array[%s::name] end)
"""


class DoesNotFit(ValueError):
    """A table is not as the mapping says it is. The message says what to change."""


@dataclass(frozen=True)
class CheckedTable:
    """A table that fits its mapping: `sources` names what each landing column is made of."""

    table: Table
    sources: Mapping[str, Source]
    naive: frozenset[str]  # columns whose instants need the mapping's zone

    @property
    def read_columns(self) -> tuple[str, ...]:
        """Every column of the table that is needed, once."""
        table = self.table
        needed = [*table.id_columns, table.updated_at, *([table.deleted_at] if table.deleted_at else [])]
        for source in self.sources.values():
            needed += _columns_of(source)
        return tuple(dict.fromkeys(needed))

    def query(self, *, since: datetime | None) -> Composable:
        """Everything; or what has changed since an instant, that instant included."""
        table = self.table
        changed = self._read(table.updated_at)
        conditions: list[Composable] = []
        if since is not None:
            conditions.append(SQL("{} >= {}").format(changed, Literal(since)))
        if table.deleted_at is not None and not table.tells_deletion:
            conditions.append(SQL("{} is null").format(Identifier(table.deleted_at)))
        return SQL("select {columns} from {table} where {conditions} order by {order}").format(
            columns=SQL(", ").join(
                SQL("{} as {}").format(self._read(name), Identifier(name)) for name in self.read_columns
            ),
            table=Identifier(*table.table.split(".")),
            conditions=SQL(" and ").join(conditions) if conditions else SQL("true"),
            order=SQL(", ").join([changed, *(Identifier(name) for name in table.id_columns)]),
        )

    def row(self, found: Mapping[str, Any]) -> Row:
        return {name: value for name, source in self.sources.items() if (value := _made(source, found)) is not None}

    def _read(self, name: str) -> Composable:
        column = Identifier(name)
        if name not in self.naive:
            return column
        return SQL("({} at time zone {})").format(column, Literal(self.table.zone))


def check_table(connection: Connection, table: Table) -> CheckedTable:
    schema, _, name = table.table.rpartition(".")
    with connection.cursor() as cursor:
        cursor.execute(_COLUMNS, (name, schema, schema))
        types = dict(cursor.fetchall())
    if not types:
        raise DoesNotFit(
            f"there is no table {table.table}, or this user may not read it: name it as schema.table, and grant select"
        )
    own = {column.name for column in table.schema_of_rows.columns}
    sources: dict[str, Source] = {name: name for name in own & types.keys()}
    sources |= {name: name_in_table for name, name_in_table in _marks(table).items() if name in own}
    sources |= table.columns
    checked = CheckedTable(table, sources, frozenset())
    unknown = [each for each in checked.read_columns if each not in types]
    if unknown:
        raise DoesNotFit(f"{table.table} has no {', '.join(unknown)}; it has {', '.join(sorted(types))}")
    if types[table.updated_at] not in _INSTANTS:
        raise DoesNotFit(
            f"{table.updated_at} of {table.table} is of type {types[table.updated_at]}, not an instant of change"
        )
    _needs_all(table, sources)
    naive = frozenset(each for each in checked.read_columns if types[each] == _NAIVE)
    if naive and table.zone is None:
        raise DoesNotFit(
            f"{', '.join(sorted(naive))} of {table.table} are instants without a zone: say which zone they are in, "
            "such as zone: UTC"
        )
    return CheckedTable(table, sources, naive)


def changed_rows(
    connection: Connection, checked: CheckedTable, *, since: datetime | None
) -> Iterator[tuple[Row, datetime | None]]:
    """Each row with the instant it last changed, in that order; fetched bit by bit, whatever the table's size."""
    with connection.cursor(name="weir_rows") as cursor:
        cursor.itersize = _AT_ONCE
        cursor.execute(checked.query(since=since))
        names = checked.read_columns
        for values in cursor:
            found = dict(zip(names, values, strict=True))
            yield checked.row(found), found[checked.table.updated_at]


def _marks(table: Table) -> dict[str, str]:
    marks = {"updated_at": table.updated_at}
    return marks if table.deleted_at is None else {**marks, "deleted_at": table.deleted_at}


def _needs_all(table: Table, sources: Mapping[str, Source]) -> None:
    schema = table.schema_of_rows
    missing = [column.name for column in schema.columns if column.required and column.name not in sources]
    missing += [" or ".join(group) for group in schema.one_of if not any(name in sources for name in group)]
    if missing:
        raise DoesNotFit(
            f"{table.table} does not say {', '.join(missing)} of {table.entity}: say under columns what each is made of"
        )


def _columns_of(source: Source) -> tuple[str, ...]:
    match source:
        case str():
            return (source,)
        case Text():
            return source.names
        case Object():
            return source.object
        case Value():
            return ()


def _made(source: Source, found: Mapping[str, Any]) -> Any:
    match source:
        case str():
            return _plain(found[source])
        case Text():
            return source.written({name: _plain(value) for name, value in found.items()})
        case Object():
            return {name: value for name in source.object if (value := _plain(found[name])) is not None}
        case Value():
            return source.value


def _in_utc(value: datetime) -> str:
    """Postgres knows instants without end; the driver gives its last one for them, which nobody meant."""
    return "infinity" if value.year in (MINYEAR, MAXYEAR) else value.astimezone(UTC).isoformat()


def _plain(value: Any) -> Any:
    """A value of Postgres as JSON says it: money exact, instants in UTC."""
    match value:
        case datetime():
            return _in_utc(value)
        case date() | time():
            return value.isoformat()
        case Decimal():
            return format(value, "f")
        case UUID():
            return str(value)
        case memoryview():
            raise DoesNotFit("a column holds bytes, which no landing column can: leave it out of the mapping")
    return value
