"""Which ids stand together in the lake's rows, and what else only somebody's own rows say of them.

Read once into the engine's memory, as distinct pairs; whose they are is decided in `connectors.people.closure`.
"""

from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from connectors.entity_schema import Column, EntitySchema, Type
from connectors.lake.layout import LakeLayout
from connectors.lake.sql import fill, in_memory, literal, quoted
from connectors.people.identifiers import RANK, UNIT, UNIT_OF, Identifier

_ADDRESS = r"[^@\s]+@[^@\s]+\.[^@\s]+"
_LONGEST_NAME = 80  # longer texts are words, not names
_ROWS = "read_parquet([{files}], hive_partitioning = false, union_by_name = true)"
_PAIRS = """
    insert into seen select distinct {left_kind}, {left}, {right_kind}, {right} from {rows}
    where coalesce(trim({left}), '') <> '' and coalesce(trim({right}), '') <> ''
"""
_WORDS = """
    select distinct trim({name}) from {rows}
    where length(trim({name})) between 1 and {longest} and ({theirs})
"""


@dataclass(frozen=True)
class Identities:
    connection: duckdb.DuckDBPyConnection
    entities: Mapping[EntitySchema, str]  # their rows, as a relation

    def of(self, value: str) -> tuple[Identifier, ...]:
        """Every kind of id that a text is found as; a unit of an experiment only where it is nothing else."""
        query = (
            "select distinct kind, value from seen where value = $value or (kind = 'email' and value = lower($value))"
        )
        rows = self.connection.execute(query, {"value": value.strip()}).fetchall()
        found = sorted((Identifier(*row) for row in rows), key=lambda each: -RANK[each.kind])
        known = [each for each in found if each.kind != UNIT]
        return tuple(known if any(each.kind in UNIT_OF for each in known) else found)

    def beside(self, ids: Iterable[Identifier]) -> Mapping[Identifier, frozenset[Identifier]]:
        asked = list(ids)
        found: dict[Identifier, set[Identifier]] = {each: set() for each in asked}
        table = pa.table({"kind": [each.kind for each in asked], "value": [each.value for each in asked]})
        if asked:
            self.connection.register("asked", table)
            query = "select seen.* from seen inner join asked using (kind, value)"
            for kind, value, other_kind, other in self.connection.execute(query).fetchall():
                if (kind, value) != (other_kind, other):
                    found[Identifier(kind, value)].add(Identifier(other_kind, other))
            self.connection.unregister("asked")
        return {each: frozenset(others) for each, others in found.items()}

    def contained(self, ids: Sequence[Identifier]) -> tuple[str, ...]:
        """Ids that are a part of somebody else's."""
        query = """
            select 1 from seen where contains(lower(value), lower($value)) and lower(value) <> lower($value)
                and not list_contains($theirs, value) limit 1
        """
        theirs = [each.value for each in ids]
        found = (self.connection.execute(query, {"value": value, "theirs": theirs}).fetchall() for value in theirs)
        return tuple(value for value, rows in zip(theirs, found, strict=True) if rows)

    def words(self, ids: Sequence[Identifier]) -> frozenset[str]:
        """Names and the like, from rows that hold one of these ids."""
        found: set[str] = set()
        for schema, rows in self.entities.items():
            for column in schema.columns:
                if column.personal and not column.identifies and column.type is Type.TEXT:
                    query = fill(
                        _WORDS,
                        name=quoted(column.name),
                        rows=rows,
                        longest=str(_LONGEST_NAME),
                        theirs=theirs_sql(schema, ids),
                    )
                    found |= {row[0] for row in self.connection.execute(query).fetchall()}
        return frozenset(found)


@contextmanager
def identities(lake: Path, schemas: Sequence[EntitySchema]) -> Generator[Identities]:
    layout = LakeLayout(lake)
    with in_memory() as connection:
        connection.execute("create temp table seen (kind varchar, value varchar, other_kind varchar, other varchar)")
        entities: dict[EntitySchema, str] = {}
        for schema in schemas:
            columns = [column for column in schema.columns if column.identifies]
            files = sorted(layout.entity(schema.party, schema.entity).rglob("*.parquet")) if columns else []
            if files:
                rows = fill(_ROWS, files=", ".join(literal(path.as_posix()) for path in files))
                entities[schema] = rows
                _read(connection, rows, columns)
        yield Identities(connection, entities)


def theirs_sql(schema: EntitySchema, ids: Sequence[Identifier]) -> str:
    """Whether a row holds one of the ids, where ids of its kind stand."""
    tests: list[str] = []
    for column in schema.columns:
        if column.identifies:
            kinds = (UNIT, *UNIT_OF) if column.identifies == UNIT else (column.identifies,)
            values = [each.value for each in ids if each.kind in kinds]
            if values:
                listed = ", ".join(literal(value) for value in values)
                tests.append(f"{_value(column)} in ({listed})")
    return " or ".join(tests) or "false"


def _read(connection: duckdb.DuckDBPyConnection, rows: str, columns: Sequence[Column]) -> None:
    for left in columns:
        for right in columns:
            parts = {"left": _value(left), "left_kind": _kind(left), "right": _value(right), "right_kind": _kind(right)}
            connection.execute(fill(_PAIRS, rows=rows, **parts))


def _kind(column: Column) -> str:
    if column.identifies != "handle":
        return literal(column.identifies)
    return f"case when regexp_full_match({quoted(column.name)}, {literal(_ADDRESS)}) then 'email' else 'handle' end"


def _value(column: Column) -> str:
    name = quoted(column.name)
    if column.identifies == "email":
        return f"lower(trim({name}))"
    if column.identifies == "handle":
        return f"case when regexp_full_match({name}, {literal(_ADDRESS)}) then lower(trim({name})) else {name} end"
    return name
