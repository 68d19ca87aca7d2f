"""What a changed schema means for the facts in the lake: nothing, where it only gained columns that they cannot fill.

Their files stay then, and the new columns are empty there. After any other change everything is loaded again from
landing.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import duckdb

from connectors.entity_schema import Column, EntitySchema
from connectors.lake.batch import HistoryGone
from connectors.lake.columns import EXTRA, fingerprint
from connectors.lake.layout import LakeLayout
from connectors.lake.sql import fill, literal

_CAME_FROM = "select distinct _landing_file from read_parquet([{files}], hive_partitioning = false)"
_ANY = """
    select 1 from read_parquet([{files}], hive_partitioning = false, union_by_name = true)
    where {extra} is not null and ({carried}) limit 1
"""


@dataclass(frozen=True, kw_only=True)
class SchemaState:
    """The schema that the lake's facts were loaded with."""

    fingerprint: str
    columns: tuple[str, ...]
    has_grown: bool

    def text(self) -> str:
        return json.dumps(asdict(self)) + "\n"


def schema_state(schema: EntitySchema, *, has_grown: bool) -> SchemaState:
    names = tuple(column.name for column in schema.columns)
    return SchemaState(fingerprint=fingerprint(schema), columns=names, has_grown=has_grown)


def known_state(schema: EntitySchema, layout: LakeLayout) -> SchemaState | None:
    path = layout.schema_state(schema.party, schema.entity)
    if not path.exists():
        return None
    fields = json.loads(path.read_text())
    return SchemaState(
        fingerprint=fields["fingerprint"],
        columns=tuple(fields.get("columns", ())),
        has_grown=fields.get("has_grown", False),
    )


NO_SCHEMA = SchemaState(fingerprint="", columns=(), has_grown=False)  # what any schema has changed from


def is_changed(schema: EntitySchema, layout: LakeLayout) -> bool:
    known = known_state(schema, layout)
    return known is None or known.fingerprint != fingerprint(schema)


def has_grown(schema: EntitySchema, layout: LakeLayout) -> bool:
    """Whether there may be files without some of the columns."""
    known = known_state(schema, layout)
    return known is not None and known.has_grown


def gained(schema: EntitySchema, *, known: SchemaState) -> tuple[Column, ...] | None:
    """The columns that the schema gained, where nothing else of it changed and no row has to have them."""
    earlier = replace(schema, columns=tuple(column for column in schema.columns if column.name in known.columns))
    added = tuple(column for column in schema.columns if column.name not in known.columns)
    if fingerprint(earlier) != known.fingerprint or any(column.required for column in added):
        return None
    return added


def refuse_without_history(
    schema: EntitySchema, layout: LakeLayout, landing: Path, *, connection: duckdb.DuckDBPyConnection
) -> None:
    """Raises where a landed file is gone that rows in the lake came from: loading again would lose them."""
    files = layout.all_facts(schema.party, schema.entity)
    if not files:
        return
    query = fill(_CAME_FROM, files=", ".join(literal(path.as_posix()) for path in files))
    gone = sorted(file for (file,) in connection.execute(query).fetchall() if not (landing / file).exists())
    if gone:
        raise HistoryGone(
            f"the schema of {schema.party}/{schema.entity} changed, and loading it again needs landed files that are "
            f"missing: {', '.join(gone[:5])}{' …' if len(gone) > 5 else ''} ({len(gone)} in all). Put them back; until "
            "then nothing is changed and the entity's pulls keep waiting."
        )


def could_fill(
    columns: Sequence[Column], schema: EntitySchema, layout: LakeLayout, *, connection: duckdb.DuckDBPyConnection
) -> bool:
    """Whether a row in the lake has what one of the new columns is read from: it is kept with the unknown fields."""
    files = layout.all_facts(schema.party, schema.entity)
    if not files:
        return False
    query = fill(
        _ANY,
        files=", ".join(literal(path.as_posix()) for path in files),
        extra=EXTRA,
        carried=" or ".join(f"json_exists({EXTRA}, {literal(column.path)})" for column in columns),
    )
    return connection.execute(query).fetchone() is not None
