"""What must not move when a person is made nobody: rows, sums of all that is counted, first and last instants, how
many differ. Compared before and after, as exact texts.
"""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import duckdb

from connectors.entity_schema import Column, EntitySchema, Type
from connectors.lake.layout import LakeLayout
from connectors.lake.sql import fill, in_memory, literal, quoted
from connectors.lake.standing import Standing

Measures = Mapping[str, str]  # by the name of what was measured
_NUMBERS = ("BIGINT", "INTEGER", "HUGEINT", "SMALLINT", "TINYINT", "DECIMAL", "UBIGINT", "UINTEGER")
_TIMES = ("DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE")


def lake_sums(lake: Path, schemas: Sequence[EntitySchema]) -> dict[str, Measures]:
    """By entity; only those that hold something."""
    layout, found = LakeLayout(lake), {}
    counts = Standing(lake).all_counts()
    with in_memory() as connection:
        for schema in schemas:
            files = sorted(layout.entity(schema.party, schema.entity).rglob("*.parquet"))
            if files:
                listed = ", ".join(literal(path.as_posix()) for path in files)
                rows = f"read_parquet([{listed}], hive_partitioning = false, union_by_name = true)"
                texts = [column.name for column in schema.columns if _is_counted(column)]
                found[f"lake {schema.name}"] = measures(connection, rows, texts=texts)
            if (schema.party, schema.entity) in counts:
                count = counts[schema.party, schema.entity]
                names = ("landed", "raw", "duplicates", "quarantined")
                found[f"loads {schema.name}"] = {name: str(getattr(count, name)) for name in names}
    return found


def mart_sums(folder: Path, marts: Collection[str], *, part: str) -> dict[str, Measures]:
    """Of a published build."""
    with in_memory() as connection:
        return {
            f"mart {name}": measures(
                connection, f"read_parquet({literal((folder / name / part).as_posix())})", texts=()
            )
            for name in sorted(marts)
        }


def measures(connection: duckdb.DuckDBPyConnection, rows: str, *, texts: Collection[str]) -> Measures:
    described = connection.execute(fill("describe select * from {rows}", rows=rows)).fetchall()
    wanted = {"rows": "count(*)"}
    for name, type_, *_ in described:
        column = quoted(name)
        if type_.startswith(_NUMBERS):
            wanted[f"sum of {name}"] = f"sum({column})"
        elif type_ in ("DOUBLE", "FLOAT"):
            wanted[f"sum of {name}"] = f"sum(try_cast({column} as decimal(38, 9)))"
        elif type_ == "BOOLEAN":
            wanted[f"true {name}"] = f"count_if({column})"
        elif type_ in _TIMES:
            wanted[f"first {name}"] = f"min({column})"
            wanted[f"last {name}"] = f"max({column})"
        elif name in texts:
            wanted[f"rows with {name}"] = f"count({column})"
            wanted[f"different {name}"] = f"count(distinct {column})"
    selected = ", ".join(f"({expression})::varchar" for expression in wanted.values())
    (row,) = connection.execute(fill("select {selected} from {rows}", selected=selected, rows=rows)).fetchall()
    return {name: str(value) for name, value in zip(wanted, row, strict=True) if value is not None}


def _is_counted(column: Column) -> bool:
    """Ids stay apart and statuses stay what they were; free words may become the same."""
    return column.type is Type.TEXT and bool(column.identifies or column.required or column.choices)


def moved(before: Mapping[str, Measures], after: Mapping[str, Measures]) -> list[str]:
    """Sentences; empty where everything is as it was."""
    said: list[str] = []
    for place in sorted(before.keys() | after.keys()):
        old, new = before.get(place, {}), after.get(place, {})
        for name in sorted(old.keys() | new.keys()):
            if old.get(name) != new.get(name):
                said.append(f"{place}: {name} was {old.get(name, 'absent')}, is {new.get(name, 'absent')}")
    return said
