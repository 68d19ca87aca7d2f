"""What the notations of brought files share: how a column is called in a file, and how a row becomes a line."""

from collections.abc import Sequence
from typing import Any

from connectors.entity_schema import Column, EntitySchema, Type
from connectors.landing.verbatim import canonical_json


class UnreadableFile(Exception):
    """The whole file cannot be understood. The message says what to change; nothing of it was taken."""


def header_of(column: Column) -> str:
    return column.path.removeprefix("$.").strip('"')


def needs(schema: EntitySchema, header: Sequence[str], *, notation: str) -> None:
    """Refuses a table that cannot hold a single good row."""
    found = {name.strip().lower() for name in header}
    missing = [header_of(each) for each in schema.columns if each.required and header_of(each).lower() not in found]
    missing += [" or ".join(group) for group in schema.one_of if not found & set(group)]
    if missing:
        raise UnreadableFile(
            f"read as {notation} it has the columns {', '.join(header)[:300]!r}; missing: {', '.join(missing)}. Give "
            "the first line these names, separated by comma, semicolon, tab or pipe"
        )


def landing_line(row: dict[str, Any], schema: EntitySchema) -> str:
    """A part of the key that the file does not go down to is the empty text, so that the key stays whole."""
    for column in schema.columns:
        optional_key = column.name in schema.key and not column.required and column.type is Type.TEXT
        if optional_key and row.get(header_of(column)) is None:
            row = {**row, header_of(column): ""}
    return canonical_json(row)
