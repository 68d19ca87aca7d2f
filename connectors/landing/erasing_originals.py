"""Takes a person's rows out of files as people brought them: JSONL, a JSON list, any delimited text, Parquet.

Nobody reads these files but people: what was taken of them has landed, where the rows stay and are nobody's. So here
they simply go, and a note beside the file says how many went.
"""

import io
import json
import zlib
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from connectors.landing.durable import PARTIAL
from connectors.people.person import Person

_PACKED = (b"\x1f\x8b", b"PK\x03\x04", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd")


@dataclass(frozen=True)
class Original:
    content: bytes | None  # None: the file goes as a whole
    removed: int  # rows; 0 where nothing of the person is in it


NOTE = ".erased.txt"
_OURS = (".receipt.json", ".reason.txt", NOTE)


def erase_originals(paths: Iterable[Path], person: Person) -> Iterator[tuple[Path, bytes | None]]:
    """What is to become of the files: their new content, or None where a file is to go."""
    for path in paths:
        if not path.is_file() or path.name.endswith(PARTIAL):
            continue
        if path.name.endswith(_OURS):
            told = path.read_text(encoding="utf-8", errors="surrogateescape")
            if person.is_named(told):
                yield path, person.replaced(told).encode("utf-8", "surrogateescape")
            continue
        original = without_rows(path.read_bytes(), person)
        place = path.with_name(person.replaced(path.name))
        if not original.removed and place == path:
            continue
        if place != path:
            yield path, None
        yield place, original.content
        if any(part.startswith("_") for part in path.parts[-4:-1]):  # a file that waits to be taken has no notes
            yield place.with_name(place.name + NOTE), _note(original, place).encode()


def _note(original: Original, place: Path) -> str:
    before = place.with_name(place.name + NOTE)
    earlier = before.read_text(encoding="utf-8") if before.exists() else ""
    if original.content is None:
        return f"{earlier}{place.name} was removed: a person who is in it was erased.\n"
    rows = "row was" if original.removed == 1 else "rows were"
    return f"{earlier}{original.removed} {rows} taken out of {place.name}: the person they speak of was erased.\n"


def without_rows(content: bytes, person: Person) -> Original:
    if content[:4] == b"PAR1":
        return _parquet(content, person)
    if content.startswith(_PACKED):
        return _packed(content, person)
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        is_there = speaks_of(content.decode("latin-1"), person)
        return Original(None if is_there else content, int(is_there))
    if text.lstrip("\ufeff \t\r\n")[:1] == "[":
        return _json_list(text, content, person, encoding=encoding)
    kept: list[str] = []
    removed = 0
    for record in _records(text):
        if speaks_of(record, person):
            removed += 1
        else:
            kept.append(record)
    return Original("".join(kept).encode(encoding) if removed else content, removed)


def speaks_of(record: str, person: Person) -> bool:
    """A short id counts as a whole cell only."""
    if person.is_named(record):
        return True
    if "\\u" in record:
        try:
            return person.is_named(json.dumps(json.loads(record), ensure_ascii=False))
        except ValueError:
            return False
    cells = {cell.strip(" \"'\t\r\n") for part in record.split(",") for cell in _cells(part)}
    return not cells.isdisjoint(person.short_values)


def _cells(part: str) -> Generator[str]:
    for by_tab in part.split("\t"):
        for by_semicolon in by_tab.split(";"):
            for by_pipe in by_semicolon.split("|"):
                yield by_pipe
                yield by_pipe.partition(":")[2].rstrip("}] ")


def _records(text: str) -> Generator[str]:
    """Lines with their ends; where a quoted cell goes over several lines, all of them."""
    waiting = ""
    for line in text.splitlines(keepends=True):
        waiting += line
        if waiting.lstrip()[:1] == "{" or waiting.count('"') % 2 == 0:
            yield waiting
            waiting = ""
    if waiting:
        yield waiting


def _json_list(text: str, content: bytes, person: Person, *, encoding: str) -> Original:
    try:
        values = json.loads(text.lstrip("\ufeff"))
    except (ValueError, RecursionError):
        is_there = speaks_of(text, person)
        return Original(None if is_there else content, int(is_there))
    kept = [value for value in values if not speaks_of(_line(value), person)]
    removed = len(values) - len(kept)
    return Original(_line(kept).encode(encoding) if removed else content, removed)


def _parquet(content: bytes, person: Person) -> Original:
    try:
        table = pq.read_table(io.BytesIO(content))
    except (pa.ArrowException, OSError):
        is_there = speaks_of(content.decode("latin-1"), person)
        return Original(None if is_there else content, int(is_there))
    mask = [not speaks_of(_line(row), person) for row in table.to_pylist()]
    removed = len(mask) - sum(mask)
    if not removed:
        return Original(content, 0)
    kept = io.BytesIO()
    pq.write_table(table.filter(pa.array(mask, pa.bool_())), kept)
    return Original(kept.getvalue(), removed)


def _packed(content: bytes, person: Person) -> Original:
    """A packed file was never taken: it goes as a whole where the person is in it, or where nobody can tell."""
    try:
        if content[:2] == b"\x1f\x8b" and not speaks_of(zlib.decompress(content, 31).decode("latin-1"), person):
            return Original(content, 0)
    except zlib.error:
        pass
    return Original(None, 1)


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
