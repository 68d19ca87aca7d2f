"""Reads a file that a person brings (JSONL, JSON, CSV with any usual delimiter, Parquet) as lines of JSON objects.

What the columns mean is the schema's; here only their names and notation are understood. What cannot be read as a
whole ends in one message that says what to change; a single bad row is kept and judged with the others.
"""

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from connectors.entity_schema import Column, EntitySchema, Type
from connectors.landing.verbatim import canonical_json

_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
_NUMBERS = (Type.DECIMAL, Type.INTEGER)
_DECIMAL_COMMA = re.compile(r"-?(\d{1,3}(\.\d{3})+|\d+),\d+")
_COULD_BE_THOUSANDS = re.compile(r"-?\d{1,3},\d{3}")


class UnreadableFile(Exception):
    """The whole file cannot be understood. The message says what to change; nothing of it was taken."""


@dataclass(frozen=True, kw_only=True)
class Brought:
    notation: str  # e.g. "CSV, semicolon, decimal comma"
    lines: tuple[str, ...]  # canonical JSON, or the text itself where it is not JSON


def read_brought(content: bytes, schema: EntitySchema) -> Brought:
    if not content.strip():
        raise UnreadableFile("the file is empty")
    if content[:4] == b"PAR1":
        return _parquet(content, schema)
    text = _text(content)
    first = text.lstrip()[:1]
    if first == "[":
        return _json_list(text, schema)
    if first == "{":
        lines = [line for line in text.split("\n") if line.strip()]
        return Brought(notation="JSONL", lines=tuple(_json_line(line.strip(), schema) for line in lines))
    return _delimited(text, schema)


def _text(content: bytes) -> str:
    try:
        if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
            return content.decode("utf-16")
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableFile(f"byte {error.start} is not UTF-8; save the file as UTF-8 and bring it again") from error


def _json_line(line: str, schema: EntitySchema) -> str:
    try:
        value = json.loads(line)
    except ValueError:
        return line
    return _line(value, schema) if isinstance(value, dict) else line


def _json_list(text: str, schema: EntitySchema) -> Brought:
    try:
        values = json.loads(text)
    except ValueError as error:
        raise UnreadableFile(f"it begins like a JSON list but is not one: {error}") from error
    lines = (_line(value, schema) if isinstance(value, dict) else json.dumps(value) for value in values)
    return Brought(notation="JSON list", lines=tuple(lines))


def _parquet(content: bytes, schema: EntitySchema) -> Brought:
    try:
        table = pq.read_table(io.BytesIO(content))
    except (pa.ArrowException, OSError) as error:
        raise UnreadableFile(f"it begins like a Parquet file but cannot be read: {error}") from error
    _needs(schema, table.column_names, notation="Parquet")
    return Brought(notation="Parquet", lines=tuple(_line(row, schema) for row in table.to_pylist()))


def _delimited(text: str, schema: EntitySchema) -> Brought:
    header_line = text.split("\n", 1)[0].strip("\r")
    known = _by_header(schema)
    headers = {
        delimiter: [cell.strip() for cell in next(csv.reader([header_line], delimiter=delimiter))]
        for delimiter in _DELIMITERS
    }
    delimiter = max(headers, key=lambda tried: sum(cell.lower() in known for cell in headers[tried]))
    header = headers[delimiter]
    name = _DELIMITERS[delimiter]
    _needs(schema, header, notation=f"CSV split by {name}")
    rows = list(csv.reader(io.StringIO(text), delimiter=delimiter))[1:]
    rows = [row for row in rows if any(cell.strip() for cell in row)]
    decimal_comma = delimiter != "," and _has_decimal_comma(rows, header, known)
    lines = tuple(_line(_row(row, header, known, decimal_comma=decimal_comma), schema) for row in rows)
    return Brought(notation=f"CSV, {name}" + (", decimal comma" if decimal_comma else ""), lines=lines)


def _row(
    row: Sequence[str], header: Sequence[str], known: Mapping[str, Column], *, decimal_comma: bool
) -> dict[str, Any]:
    if len(row) != len(header):
        return {"_cells": list(row), "_problem": f"{len(row)} cells where the header has {len(header)}"}
    values: dict[str, Any] = {}
    for name, cell in zip(header, row, strict=True):
        column, value = known.get(name.lower()), cell.strip()
        if not value:
            continue
        if column is not None and column.type in _NUMBERS and decimal_comma and _DECIMAL_COMMA.fullmatch(value):
            value = value.replace(".", "").replace(",", ".")
        values[name if column is None else _key(column)] = value
    return values


def _has_decimal_comma(rows: Sequence[Sequence[str]], header: Sequence[str], known: Mapping[str, Column]) -> bool:
    """True only where some number leaves no doubt: "1,5" does, "1,500" could be one and a half thousand."""
    numeric = [
        place for place, name in enumerate(header) if name.lower() in known and known[name.lower()].type in _NUMBERS
    ]
    cells = [row[place].strip() for row in rows if len(row) == len(header) for place in numeric]
    return any(_DECIMAL_COMMA.fullmatch(cell) and not _COULD_BE_THOUSANDS.fullmatch(cell) for cell in cells)


def _line(row: dict[str, Any], schema: EntitySchema) -> str:
    """A part of the key that the file does not go down to is the empty text, so that the key stays whole."""
    for column in schema.columns:
        optional_key = column.name in schema.key and not column.required and column.type is Type.TEXT
        if optional_key and row.get(_key(column)) is None:
            row = {**row, _key(column): ""}
    return canonical_json(row)


def _needs(schema: EntitySchema, header: Sequence[str], *, notation: str) -> None:
    found = {name.strip().lower() for name in header}
    missing = [_key(column) for column in schema.columns if column.required and _key(column).lower() not in found]
    if missing:
        raise UnreadableFile(
            f"read as {notation} it has the columns {', '.join(header)[:300]!r}; missing: {', '.join(missing)}. Give "
            "the first line these names, separated by comma, semicolon, tab or pipe"
        )


def _by_header(schema: EntitySchema) -> dict[str, Column]:
    return {_key(column).lower(): column for column in schema.columns}


def _key(column: Column) -> str:
    return column.path.removeprefix("$.").strip('"')
