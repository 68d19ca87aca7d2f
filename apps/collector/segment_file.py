"""One append-only file of lines that are on disk before anybody is told so, and what is left of it after a crash.

A segment lies in landing/_segments/<party>/<entity>/<account>/ under the name that it lands with; how it lands is in
`apps.collector.sealing`.
"""

import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from connectors.landing.durable import make_folder, sync_folder
from connectors.landing.layout import DATA, Stream, stream_of
from connectors.landing.manifest import Pull

SEGMENTS = "_segments"
_BLOCK = 1 << 20
_AT_ONCE = 512  # texts in one write; systems take 1024
_NAME = re.compile(rf"\d{{8}}T\d{{6}}Z-\d{{6}}-[0-9a-z]+{re.escape(DATA)}")


@dataclass(frozen=True, kw_only=True)
class Segment:
    """A closed segment: what its manifest will say."""

    path: Path
    pull: Pull
    rows: int
    bytes: int
    sha256: str


class OpenSegment:
    """Written by one thread. `append` returns once the bytes are on disk, or raises and takes them back."""

    def __init__(self, landing: Path, stream: Stream, *, at: datetime, token: str) -> None:
        self.pull = Pull(
            pull_id=f"{at.astimezone(UTC):%f}-{token}",
            party=stream.party,
            entity=stream.entity,
            account_id=stream.account_id,
            pulled_at=at,
            complete=False,
        )
        self.path = landing / SEGMENTS / stream.path / (self.pull.stem + DATA)
        make_folder(self.path.parent)
        self._handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o644)
        sync_folder(self.path.parent)
        self._sha256 = hashlib.sha256()
        self.rows = 0
        self.bytes = 0

    def append(self, content: Sequence[bytes], *, rows: int) -> None:
        try:
            written = sum(_write_all(self._handle, part) for part in _in_parts(content))
            os.fdatasync(self._handle)  # the content and the length: all that is needed to read it again
        except BaseException:
            os.ftruncate(self._handle, self.bytes)
            raise
        for part in content:
            self._sha256.update(part)
        self.rows += rows
        self.bytes += written

    def close(self) -> Segment | None:
        """The segment as it will land; None, and no file any more, where nothing was written."""
        try:
            os.ftruncate(self._handle, self.bytes)
        finally:
            os.close(self._handle)
        if not self.rows:
            self.path.unlink()
            return None
        return Segment(
            path=self.path, pull=self.pull, rows=self.rows, bytes=self.bytes, sha256=self._sha256.hexdigest()
        )


@dataclass(frozen=True, kw_only=True)
class Recovered:
    segment: Segment | None  # None where no whole line was left
    cut: int  # bytes of a torn last line


def left_behind(landing: Path) -> Iterator[Path]:
    """Segments that a process did not get to land. Only for the holder of the collector's lock: none is open then."""
    for path in sorted((landing / SEGMENTS).glob(f"*/*/*/*{DATA}")):
        if _NAME.fullmatch(path.name):
            yield path


def recover(path: Path) -> Recovered:
    """Cuts a torn last line off: it was being written when the process died, and nobody was told that it is kept.

    Whole lines stay, told or not: an event that is sent again carries the same id.
    """
    sha256, rows, size = hashlib.sha256(), 0, 0
    with path.open("rb+") as file:
        whole = _end_of_last_line(path)
        while size < whole:
            block = file.read(min(_BLOCK, whole - size))
            sha256.update(block)
            rows += block.count(b"\n")
            size += len(block)
        cut = file.seek(0, os.SEEK_END) - whole
        file.truncate(whole)
        file.flush()
        os.fsync(file.fileno())
    if not rows:
        path.unlink()
        return Recovered(segment=None, cut=cut)
    segment = Segment(path=path, pull=_pull_of(path), rows=rows, bytes=size, sha256=sha256.hexdigest())
    return Recovered(segment=segment, cut=cut)


def stream_of_segment(segment: Segment) -> Stream:
    return stream_of(segment.pull)


def _end_of_last_line(path: Path) -> int:
    with path.open("rb") as file:
        end = file.seek(0, os.SEEK_END)
        while end:
            start = max(0, end - _BLOCK)
            file.seek(start)
            found = file.read(end - start).rfind(b"\n")
            if found >= 0:
                return start + found + 1
            end = start
    return 0


def _pull_of(path: Path) -> Pull:
    """A segment's name says all of its pull: nothing else has to survive a crash."""
    stem = path.name.removesuffix(DATA)
    second, _, pull_id = stem.partition("-")
    at = datetime.strptime(f"{second}{pull_id.partition('-')[0]}", "%Y%m%dT%H%M%SZ%f").replace(tzinfo=UTC)
    party, entity, account_id = path.parts[-4:-1]
    return Pull(pull_id=pull_id, party=party, entity=entity, account_id=account_id, pulled_at=at, complete=False)


def _in_parts(content: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    for start in range(0, len(content), _AT_ONCE):
        yield content[start : start + _AT_ONCE]


def _write_all(handle: int, content: Sequence[bytes]) -> int:
    """Without copying what is usually one long write together first."""
    size = sum(map(len, content))
    written = os.writev(handle, content)
    if written < size:
        rest = memoryview(b"".join(content))[written:]
        while rest:
            rest = rest[os.write(handle, rest) :]
    return size
