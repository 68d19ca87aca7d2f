"""Looks for a person in files of any kind: the proof that nothing is left, and where something is.

Parquet is read column by column, packed text is unpacked, everything else is searched byte by byte. Between the parts
of a database's file nothing separates one text from the next, so there any place counts at which the id is written,
unless somebody else's id is known to contain it.
"""

import re
import zlib
from collections.abc import Collection, Generator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from connectors.people.person import Person
from connectors.people.text_columns import as_plain

_BLOCK = 16 << 20
_OVERLAP = 1 << 10
_SNIFFED = 1 << 13


@dataclass(frozen=True, kw_only=True)
class Searched:
    """One place."""

    place: str
    files: int = 0
    rows: int = 0  # of tables; what has no rows is told in bytes
    bytes: int = 0
    found: int = 0
    first: str = ""  # the first file or table in which something was found


@dataclass(frozen=True)
class Search:
    person: Person
    id_columns: frozenset[str]  # names of columns that hold ids, where short ids are looked for
    contained: Collection[str] = ()  # ids that somebody else's id contains

    def files(self, place: str, paths: Collection[Path]) -> Searched:
        rows = size = found = 0
        first = ""
        for path in sorted(paths):
            try:
                file_rows, hits = self._file(path)
                size += path.stat().st_size
            except FileNotFoundError:  # a live file that went meanwhile
                continue
            hits += self.person.is_named(path.name)
            rows += file_rows
            found += hits
            first = first or (path.as_posix() if hits else "")
        return Searched(place=place, files=len(paths), rows=rows, bytes=size, found=found, first=first)

    def _file(self, path: Path) -> tuple[int, int]:
        with path.open("rb") as file:
            head = file.read(_SNIFFED)
        if head[:4] == b"PAR1":
            try:
                table = pq.read_table(path, partitioning=None)
            except (pa.ArrowException, OSError):  # somebody's broken file: its bytes are all that there is
                return 0, self._bytes(path, is_text=False)
            rows, found = self.table(table)
            return rows, found + self._bytes(path, is_text=False)
        if head[:2] == b"\x1f\x8b":
            try:
                content = zlib.decompress(path.read_bytes(), 31)
            except zlib.error:
                content = b""
            return 0, len(self._in_text.findall(content))
        return 0, self._bytes(path, is_text=b"\x00" not in head)

    def table(self, table: pa.Table) -> tuple[int, int]:
        found = 0
        for name in table.column_names:
            column = as_plain(table[name])
            values = column.to_pylist() if pa.types.is_nested(column.type) else column.unique().to_pylist()
            for value in values:
                text = value if isinstance(value, str) else "" if value is None else str(value)
                found += self.person.is_named(text) or (name in self.id_columns and text in self.person.short_values)
        return table.num_rows, found

    def _bytes(self, path: Path, *, is_text: bool) -> int:
        pattern = self._in_text if is_text else self._in_binary
        return sum(len(pattern.findall(block)) for block in _blocks(path) if self._may_speak(block))

    def places(self, path: Path) -> list[tuple[int, int]]:
        """Where in a file the person is named, and how many bytes long."""
        with path.open("rb") as file:
            is_binary = b"\x00" in file.read(_SNIFFED)
        pattern = self._in_binary if is_binary else _compiled(self.person.bounded)
        content = path.read_bytes()
        return [(found.start(), found.end() - found.start()) for found in pattern.finditer(content)]

    def _may_speak(self, block: bytes) -> bool:
        small = block.lower()
        return any(needle in small for needle in self.person.needles)

    @cached_property
    def _in_text(self) -> re.Pattern[bytes]:
        short = "|".join(re.escape(value) for value in self.person.short_values)
        names = "|".join(sorted(re.escape(name) for name in self.id_columns))
        cells = [rf'"(?:{names})"\s*:\s*"?(?:{short})"?\s*[,}}\]\s]'] if short and names else []
        return _compiled([*self.person.bounded, *cells])

    @cached_property
    def _in_binary(self) -> re.Pattern[bytes]:
        whole = set(self.contained)
        return _compiled(
            bounded if spelling in whole else f"(?i:{re.escape(spelling)})" if "@" in spelling else re.escape(spelling)
            for spelling, bounded in zip(self.person.spellings, self.person.bounded, strict=True)
        )


def _compiled(patterns: Collection[str] | Generator[str]) -> re.Pattern[bytes]:
    listed = list(patterns)
    return re.compile("|".join(listed).encode("utf-8", "surrogatepass") if listed else rb"(?!)")


def _blocks(path: Path) -> Generator[bytes]:
    with path.open("rb", buffering=0) as file:
        rest = b""
        while read := file.read(_BLOCK):
            yield rest + read
            rest = read[-_OVERLAP:]
