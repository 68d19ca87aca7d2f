"""Brings what people define (goals, funnels, retentions, the workspace) to where the models read it.

A definition that is wrong is refused, which is told, and the others are built. So is which of them changed since the
last build: their numbers change with no row of data behind it.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from connectors.warehouse.warehouse import Defined, Warehouse
from weir.definitions.reading import Definitions, read_definitions

SHIPPED = Path(__file__).resolve().parent.parent / "dbt_project" / "definitions"


@dataclass(frozen=True, kw_only=True)
class DefinitionsBrought:
    kept: int
    changed: tuple[str, ...]  # "funnel checkout"; new ones and those that are gone too, but not those of a first build
    refused: tuple[str, ...]


def definitions_of(own: Path) -> Definitions:
    """`own` is the folder `definitions` of a home."""
    return read_definitions(shipped=SHIPPED, own=own)


def bring_definitions(warehouse: Warehouse, *, own: Path) -> DefinitionsBrought:
    read = definitions_of(own)
    rows = [
        Defined(
            kind=each.kind,
            name=each.name,
            body=json.dumps(each.body, ensure_ascii=False, sort_keys=True),
            source=each.source,
        )
        for each in read.kept
    ]
    before = {(row.kind, row.name): row.body for row in warehouse.define(rows)}
    after = {(row.kind, row.name): row.body for row in rows}
    changed = [key for key in sorted(before.keys() | after.keys()) if before and before.get(key) != after.get(key)]
    return DefinitionsBrought(
        kept=len(rows),
        changed=tuple(" ".join(dict.fromkeys(key)) for key in changed),
        refused=tuple(str(refusal) for refusal in read.refused),
    )
