"""Reads delimited text: which sign splits it, whether numbers have a decimal comma, and each row as JSON.

Cells are texts and stay what they are, also those that a spreadsheet would take for a formula.
"""

import csv
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from connectors.entity_schema import Column, EntitySchema, Type
from connectors.landing.brought_words import UnreadableFile, header_of, landing_line, needs
from connectors.landing.layout import PROBLEM

_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
_NUMBERS = (Type.DECIMAL, Type.INTEGER)
_DECIMAL_COMMA = re.compile(r"-?(\d{1,3}(\.\d{3})+|\d+),\d+")
_COULD_BE_THOUSANDS = re.compile(r"-?\d{1,3},\d{3}")

Texts = Callable[[], Iterator[str]]  # the file's lines, from the first one each time


def read_table(texts: Texts, schema: EntitySchema) -> tuple[str, Iterator[str]]:
    """The notation, and the rows as lines."""
    header_line = next(texts()).strip("\r\n")
    known = {header_of(column).lower(): column for column in schema.columns}
    headers = {
        delimiter: [cell.strip() for cell in next(csv.reader([header_line], delimiter=delimiter), [])]
        for delimiter in _DELIMITERS
    }
    delimiter = max(headers, key=lambda tried: sum(cell.lower() in known for cell in headers[tried]))
    header, name = headers[delimiter], _DELIMITERS[delimiter]
    needs(schema, header, notation=f"CSV split by {name}")
    twice = [cell for cell, times in Counter(cell.lower() for cell in header).items() if times > 1 and cell in known]
    if twice:
        raise UnreadableFile(f"the first line names {', '.join(twice)} more than once; keep one of each")
    decimal_comma = delimiter != "," and _has_decimal_comma(_rows(texts, delimiter), header, known)
    lines = (
        landing_line(_row(row, header, known, decimal_comma=decimal_comma), schema) for row in _rows(texts, delimiter)
    )
    return f"CSV, {name}" + (", decimal comma" if decimal_comma else ""), lines


def _rows(texts: Texts, delimiter: str) -> Iterator[list[str]]:
    """The rows after the first line that are not blank."""
    reader = csv.reader(texts(), delimiter=delimiter)
    try:
        next(reader)
        for row in reader:
            if any(cell.strip() for cell in row):
                yield row
    except csv.Error as error:
        why = f"line {reader.line_num} cannot be read as a table ({error}); is a quotation mark left open there?"
        raise UnreadableFile(why) from error


def _row(
    row: Sequence[str], header: Sequence[str], known: Mapping[str, Column], *, decimal_comma: bool
) -> dict[str, Any]:
    if len(row) != len(header):
        return {"_cells": list(row), PROBLEM: f"{len(row)} cells where the header has {len(header)}"}
    values: dict[str, Any] = {}
    for name, cell in zip(header, row, strict=True):
        column, value = known.get(name.lower()), cell.strip()
        if not value:
            continue
        values[name if column is None else header_of(column)] = _value(value, column, decimal_comma=decimal_comma)
    return values


def _value(cell: str, column: Column | None, *, decimal_comma: bool) -> Any:
    if column is None:
        return cell
    if column.type in _NUMBERS and decimal_comma and _DECIMAL_COMMA.fullmatch(cell):
        return cell.replace(".", "").replace(",", ".")
    if column.type is Type.JSON and cell[0] in "{[":
        try:
            return json.loads(cell)
        except (ValueError, RecursionError):
            return cell
    return cell


def _has_decimal_comma(rows: Iterator[Sequence[str]], header: Sequence[str], known: Mapping[str, Column]) -> bool:
    """True only where some number leaves no doubt: "1,5" does, "1,500" could be one and a half thousand."""
    numeric = [
        place for place, name in enumerate(header) if name.lower() in known and known[name.lower()].type in _NUMBERS
    ]
    cells = (row[place].strip() for row in rows if len(row) == len(header) for place in numeric)
    return any(_DECIMAL_COMMA.fullmatch(cell) and not _COULD_BE_THOUSANDS.fullmatch(cell) for cell in cells)
