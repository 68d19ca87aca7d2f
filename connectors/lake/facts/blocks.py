"""Landed files as blocks of lines, in the order they were received: what is read and held in memory at once.

A block may hold many small files or a part of a big one. Files are checked against their manifests here, and the next
block is got ready while the last one is worked on.
"""

from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from mmap import mmap

import numpy as np
import pyarrow as pa

from connectors.landing.pending import DamagedPull, LandedPull, check_landed

BLOCK_BYTES = 192 << 20  # some row groups: with fewer the engine's threads wait for each other
_SEARCHED = 1 << 20  # bytes searched for line ends at once: they stay in the processor's cache
_BATCH_ROWS = 8192  # rows that one thread of the engine takes at a time
_NUL = b"\\u0000"


@dataclass(frozen=True)
class Block:
    """Lines as a table: `_n` counts them over the block, `_pull` is the place of their file among the pulls, `_number`
    their number in that file, `text` what they say with its line end. It is good until the next block is asked for."""

    lines: pa.Table
    is_plain: bool  # valid UTF-8 without a NUL in it
    not_utf8: tuple[int, ...] = ()  # the lines that are not


@dataclass
class Landed:
    """The lines of some pulls. `refused` and `rows` are known when all blocks were read."""

    pulls: Sequence[LandedPull]
    block_bytes: int
    refused: dict[int, DamagedPull] = field(default_factory=dict)  # by the pull's place
    rows: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rows = [0] * len(self.pulls)

    def blocks(self) -> Iterator[Block]:
        with closing(self._filled()) as filled, ThreadPoolExecutor(1) as ahead:
            coming = ahead.submit(_next, filled)
            while (block := coming.result()) is not None:
                coming = ahead.submit(_next, filled)
                yield block

    def _filled(self) -> Generator[Block]:
        """Fills two buffers in turn: one is worked on while the other is being filled."""
        buffers = [
            mmap(-1, self.block_bytes) for _ in range(2)
        ]  # unlike a bytearray's, its pages cost when they are used
        used, spans = 0, []
        for place, landed in enumerate(self.pulls):
            try:
                check_landed(landed)
            except DamagedPull as error:
                self.refused[place] = error
                continue
            with landed.data.open("rb", buffering=0) as file:
                start = used
                while True:
                    buffer = buffers[0]
                    if used + 1 >= len(buffer):  # one byte is kept for a line end that a file may lack
                        whole = buffer.rfind(b"\n", 0, used) + 1
                        if not whole:
                            buffers[0] = _larger(buffer, 2 * len(buffer), used)  # a line longer than a block
                            continue
                        rest = bytes(memoryview(buffer)[whole:used])
                        yield self._block(buffer, [*spans, (place, start, whole)], whole)
                        buffers = [_larger(buffers[1], len(buffer), 0), buffer]
                        buffers[0][: len(rest)] = rest
                        start, used, spans = 0, len(rest), []
                        continue
                    with memoryview(buffer) as view:
                        read = file.readinto(view[used : len(buffer) - 1])
                    if not read:
                        break
                    used += read
                if used > start and buffers[0][used - 1] != 0x0A:
                    buffers[0][used] = 0x0A
                    used += 1
                spans.append((place, start, used))
        if used:
            yield self._block(buffers[0], spans, used)

    def _block(self, buffer: mmap, spans: Sequence[tuple[int, int, int]], used: int) -> Block:
        ends = _line_ends(np.frombuffer(buffer, np.uint8, used))
        upto = np.searchsorted(ends, [end for _, _, end in spans], side="right")
        counts = np.diff(upto, prepend=0)
        numbers = []
        for (place, _, _), count in zip(spans, counts.tolist(), strict=True):
            numbers.append(np.arange(self.rows[place] + 1, self.rows[place] + count + 1, dtype=np.int64))
            self.rows[place] += count
        offsets = np.concatenate(([0], ends)).astype(np.int32)
        texts = pa.StringArray.from_buffers(len(ends), pa.py_buffer(offsets), pa.py_buffer(memoryview(buffer)[:used]))
        not_utf8: tuple[int, ...] = ()
        try:
            texts.validate(full=True)
        except pa.ArrowInvalid:
            raw = texts.cast(pa.binary()).to_pylist()
            not_utf8 = tuple(n for n, each in enumerate(raw) if not _is_utf8(each))
            texts = pa.array([each.decode(errors="replace") for each in raw], pa.string())
        lines = pa.table(
            {
                "_n": pa.array(np.arange(len(ends), dtype=np.int64)),
                "_pull": pa.array(np.repeat(np.array([place for place, _, _ in spans], np.int32), counts)),
                "_number": pa.array(np.concatenate(numbers)),
                "text": texts,
            }
        )
        return Block(
            lines=pa.Table.from_batches(lines.to_batches(max_chunksize=_BATCH_ROWS)),
            is_plain=not not_utf8 and buffer.find(_NUL, 0, used) < 0,
            not_utf8=not_utf8,
        )


def _larger(buffer: mmap, size: int, used: int) -> mmap:
    """A buffer of at least a size that begins like this one."""
    if size <= len(buffer):
        return buffer
    larger = mmap(-1, size)
    larger[:used] = buffer[:used]
    return larger


def _next(blocks: Iterator[Block]) -> Block | None:
    return next(blocks, None)


def _line_ends(content: np.ndarray) -> np.ndarray:
    """One past each line end."""
    found = [
        np.flatnonzero(content[start : start + _SEARCHED] == 0x0A) + (start + 1)
        for start in range(0, len(content), _SEARCHED)
    ]
    return np.concatenate(found)


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True
