"""Reads a file that a person brings (JSONL, JSON, CSV with any usual delimiter, Parquet) as lines of JSON objects.

What the columns mean is the schema's; here only their names and notation are understood. What cannot be read as a
whole ends in one message that says what to change; a single bad row is kept and judged with the others. Files are read
bit by bit, whatever their size; only a JSON list has to be held whole.
"""

import codecs
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from connectors.entity_schema import EntitySchema, Kind
from connectors.landing.brought_table import read_table
from connectors.landing.brought_words import UnreadableFile, landing_line, needs
from connectors.landing.verbatim import canonical_json

__all__ = ["Brought", "UnreadableFile", "listed", "read_brought"]

_HEAD = 1 << 16
_BLOCK = 1 << 20
_ROWS_AT_ONCE = 10_000
_LARGEST_LIST = 256 << 20
_COMPRESSED = {
    b"\x1f\x8b": "compressed with gzip",
    b"PK\x03\x04": "a zip archive or a spreadsheet",
    b"BZh": "compressed with bzip2",
    b"\xfd7zXZ": "compressed with xz",
    b"\x28\xb5\x2f\xfd": "compressed with zstd",
    b"\xd0\xcf\x11\xe0": "an old spreadsheet",
}


@dataclass(frozen=True, kw_only=True)
class Brought:
    notation: str  # e.g. "CSV, semicolon, decimal comma"
    lines: Iterable[str]  # canonical JSON, or the text itself where it is not JSON; read once, while the file is open
    share: Callable[[int], float]  # how much of the file has been read, 0 to 1, after so many lines


def listed(lines: Sequence[str], *, notation: str) -> Brought:
    """Lines that are all there already."""
    return Brought(notation=notation, lines=lines, share=lambda rows: rows / len(lines))


def read_brought(file: BinaryIO, schema: EntitySchema) -> Brought:
    """Raises `UnreadableFile` here or, where that shows only further on, while the lines are read."""
    head = _from_start(file).read(_HEAD)
    for magic, what in _COMPRESSED.items():
        if head.startswith(magic):
            raise UnreadableFile(f"it is {what}; unpack it, or save it as CSV, and bring that")
    if head[:4] == b"PAR1":
        return _parquet(file, schema)
    encoding = "utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    first = _first_sign(file, encoding)
    if first == "[":
        return _json_list(file, schema, encoding)
    if first == "{":
        return Brought(notation="JSONL", lines=_json_lines(file, schema, encoding), share=_share_of_bytes(file))
    notation, lines = read_table(lambda: _texts(file, encoding), schema)
    return Brought(notation=notation, lines=lines, share=_share_of_bytes(file))


def _from_start(file: BinaryIO) -> BinaryIO:
    file.seek(0)
    return file


def _share_of_bytes(file: BinaryIO) -> Callable[[int], float]:
    size = file.seek(0, io.SEEK_END)
    return lambda rows: min(1.0, file.tell() / size)  # it may have grown meanwhile


def _first_sign(file: BinaryIO, encoding: str) -> str:
    """The first character that is not blank. On the way the whole file is proven to be text."""
    decoder, first, at = codecs.getincrementaldecoder(encoding)(), "", 0
    _from_start(file)
    while True:
        block = file.read(_BLOCK)
        try:
            text = decoder.decode(block, final=not block)
        except UnicodeDecodeError as error:
            name = encoding.upper().removesuffix("-SIG")
            remedy = "save the file as UTF-8 and bring it again"
            raise UnreadableFile(f"byte {at + error.start} is not {name}; {remedy}") from error
        first = first or text.lstrip()[:1]
        at += len(block)
        if not block:
            break
    if not first:
        raise UnreadableFile("the file is empty")
    return first


def _texts(file: BinaryIO, encoding: str) -> Iterator[str]:
    """The lines of a text with their ends as they are; only a line feed ends one."""
    text = io.TextIOWrapper(_from_start(file), encoding=encoding, newline="\n")
    try:
        yield from (line for line in text)  # not from the text itself: left early, it would close the file
    finally:
        if not file.closed:
            text.detach()  # the file is somebody else's to close


def _json_lines(file: BinaryIO, schema: EntitySchema, encoding: str) -> Iterator[str]:
    # Of facts nothing is compared but their key, so what can be read is left as it was written.
    verbatim = schema.kind is Kind.APPEND
    for line in _texts(file, encoding):
        text = line.strip()
        if text:
            yield text if verbatim else _json_line(text, schema)


def _json_line(line: str, schema: EntitySchema) -> str:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return line
    return landing_line(value, schema) if isinstance(value, dict) else line


def _json_list(file: BinaryIO, schema: EntitySchema, encoding: str) -> Brought:
    content = _from_start(file).read(_LARGEST_LIST + 1)
    if len(content) > _LARGEST_LIST:
        raise UnreadableFile(f"it is a JSON list of more than {_LARGEST_LIST >> 20} MB; bring it as JSON lines")
    try:
        values = json.loads(content.decode(encoding))
    except (ValueError, RecursionError) as error:
        raise UnreadableFile(f"it begins like a JSON list but is not one: {error}") from error
    lines = [landing_line(value, schema) if isinstance(value, dict) else json.dumps(value) for value in values]
    return listed(lines, notation="JSON list")


def _parquet(file: BinaryIO, schema: EntitySchema) -> Brought:
    try:
        found = pq.ParquetFile(_from_start(file))
    except (pa.ArrowException, OSError) as error:
        raise UnreadableFile(f"it begins like a Parquet file but cannot be read: {error}") from error
    needs(schema, found.schema_arrow.names, notation="Parquet")
    rows_in_all = found.metadata.num_rows
    return Brought(notation="Parquet", lines=_parquet_lines(found, schema), share=lambda rows: rows / rows_in_all)


def _parquet_lines(found: pq.ParquetFile, schema: EntitySchema) -> Iterator[str]:
    try:
        for batch in found.iter_batches(batch_size=_ROWS_AT_ONCE):
            for row in batch.to_pylist():
                yield _parquet_line(row, schema)
    except (pa.ArrowException, OSError) as error:
        raise UnreadableFile(f"it is a Parquet file that is damaged further on: {error}") from error


def _parquet_line(row: dict[str, Any], schema: EntitySchema) -> str:
    """What JSON has no word for (bytes, a time of day) is told as text: the row's own column judges it."""
    try:
        return landing_line(row, schema)
    except TypeError:
        plain = {name: value if _can_be_json(value) else str(value) for name, value in row.items()}
        return landing_line(plain, schema)


def _can_be_json(value: Any) -> bool:
    try:
        canonical_json(value)
    except TypeError:
        return False
    return True
