"""Which webhook deliveries have been taken, also before the last start: a sender repeats them for days.

An id is remembered after its delivery is on disk. What a crash leaves unremembered still lies in a segment, and is
read from there when starting.
"""

import os
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import orjson

from apps.collector.instants import written
from apps.collector.segment_file import SEGMENTS, left_behind
from connectors.ad_platform import Clock
from connectors.landing.durable import make_folder, write_atomically
from connectors.landing.layout import Stream

DELIVERY = "delivery_id"  # the column of a landed webhook that holds its id
_KEPT = timedelta(days=31)  # senders replay for up to thirty days


class Seen:
    """`known` is asked on the event loop; `remember` writes, beside it."""

    def __init__(self, landing: Path, stream: Stream, *, clock: Clock) -> None:
        self._path = landing / SEGMENTS / "_seen" / f"{stream.slug}.txt"
        self._clock = clock
        now = clock()
        known = {delivery: at for at, delivery in _read(self._path) if at >= written(now - _KEPT)}
        for delivery in _in_segments(landing, stream):
            known.setdefault(delivery, written(now))
        self._known = set(known)
        write_atomically(self._path, "".join(f"{at} {delivery}\n" for delivery, at in known.items()))

    def known(self, delivery: str) -> bool:
        return delivery in self._known

    def remember(self, delivery: str) -> None:
        self._known.add(delivery)
        make_folder(self._path.parent)
        handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            os.write(handle, f"{written(self._clock())} {delivery}\n".encode())
            os.fsync(handle)
        finally:
            os.close(handle)


def _read(path: Path) -> Iterable[tuple[str, str]]:
    if not path.exists():
        return
    for line in path.read_text(encoding="utf-8", errors="replace").split("\n")[:-1]:  # what follows was torn off
        at, _, delivery = line.partition(" ")
        yield at, delivery


def _in_segments(landing: Path, stream: Stream) -> Iterable[str]:
    for path in left_behind(landing):
        if path.parts[-4:-1] != stream.path.parts:
            continue
        for line in path.read_bytes().split(b"\n")[:-1]:
            try:
                yield orjson.loads(line)[DELIVERY]
            except (orjson.JSONDecodeError, KeyError, TypeError):
                continue
