"""Makes a person nobody's in files of lines: landed pulls, what was left unfinished, segments of the collector.

Rows stay, so that counts and sums stay; who they speak of goes. Only the lines that may speak of the person are read
as JSON; everything else is copied byte for byte. What becomes of a line is said by `connectors.people.scrubbing`.
"""

import hashlib
import os
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from connectors.landing.layout import DATA, MANIFEST
from connectors.landing.manifest import BrokenManifest, Manifest

_BLOCK = 16 << 20
_ESCAPE = b"\\u"  # JSON may write any letter so: such a line has to be read


@dataclass(frozen=True, kw_only=True)
class Rewritten:
    """A file as it was and as it is to be."""

    changed: int  # lines
    bytes: int
    sha256: str
    sha256_before: str


def rewrite_lines(
    source: Path, staged: Path, change: Callable[[str], str], *, needles: Sequence[bytes]
) -> Rewritten | None:
    """Writes the changed file to `staged`. None, and nothing is written, where no line changes."""
    if not any(_speaks(block, needles) for block in line_blocks(source)):
        return None
    before, after = hashlib.sha256(), hashlib.sha256()
    changed = size = 0
    with staged.open("wb") as file:
        for block in line_blocks(source):
            before.update(block)
            if _speaks(block, needles):
                block, count = _changed(block, change, needles)
                changed += count
            after.update(block)
            size += file.write(block)
        file.flush()
        os.fsync(file.fileno())
    if not changed:
        staged.unlink()
        return None
    return Rewritten(changed=changed, bytes=size, sha256=after.hexdigest(), sha256_before=before.hexdigest())


def manifest_after(data: Path, rewritten: Rewritten) -> tuple[Path, str] | None:
    """The data file's manifest as it has to be now. A file that was damaged before keeps its own: it stays refused."""
    place = data.with_name(data.name.removesuffix(DATA) + MANIFEST)
    try:
        manifest = Manifest.from_json(place.read_text(encoding="utf-8"))
    except (FileNotFoundError, BrokenManifest, UnicodeDecodeError):
        return None
    if (manifest.sha256, manifest.bytes) != (rewritten.sha256_before, data.stat().st_size):
        return None
    return place, replace(manifest, bytes=rewritten.bytes, sha256=rewritten.sha256).to_json()


def spoken_lines(source: Path, needles: Sequence[bytes]) -> Iterator[str]:
    for block in line_blocks(source):
        if _speaks(block, needles):
            yield from (line.decode(errors="replace") for line in block.split(b"\n") if _speaks(line, needles))


def _changed(block: bytes, change: Callable[[str], str], needles: Sequence[bytes]) -> tuple[bytes, int]:
    lines = block.split(b"\n")
    count = 0
    for place, line in enumerate(lines):
        if _speaks(line, needles):
            text = line.decode("utf-8", "surrogateescape")
            new = change(text)
            if new != text:
                lines[place] = new.encode("utf-8", "surrogateescape")
                count += 1
    return b"\n".join(lines), count


def _speaks(content: bytes, needles: Sequence[bytes]) -> bool:
    small = content.lower()
    return _ESCAPE in small or any(needle in small for needle in needles)


def line_blocks(path: Path) -> Generator[bytes]:
    """Whole lines, many at a time."""
    with path.open("rb", buffering=0) as file:
        rest = b""
        while read := file.read(_BLOCK):
            whole = read.rfind(b"\n") + 1
            if not whole:
                rest += read
                continue
            yield rest + read[:whole]
            rest = read[whole:]
        if rest:
            yield rest
