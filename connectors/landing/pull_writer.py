"""Writes one pull into the landing zone, so that it is there as a whole or visibly unfinished.

The data file first, then the mark that it waits to be loaded, then the manifest; each is durable before the next. A
crash in between leaves a pull without a manifest: the next pull of the same stream moves it aside.
"""

import hashlib
import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

from connectors.ad_platform import Sleep
from connectors.landing.durable import PARTIAL, make_folder, remove, sync_folder, write_atomically
from connectors.landing.layout import DATA, LandingLayout, Stream, stream_of
from connectors.landing.locks import hold_lock
from connectors.landing.manifest import Manifest, Pull
from connectors.landing.verbatim import canonical_json, encoded, withhold


class PullExists(Exception):
    """A pull of this instant and id has landed before; landed files are never edited."""


class PullWriter:
    """`with PullWriter(landing, pull, …) as writer: writer.write(row)`; leaving the block cleanly finishes the pull."""

    def __init__(
        self,
        landing: Path,
        pull: Pull,
        *,
        sleep: Sleep,
        secrets: Sequence[str] = (),
        wait_seconds: float = 0.0,
        on_step: Callable[[str], None] = lambda step: None,
    ) -> None:
        self._layout = LandingLayout(landing)
        self._pull = pull
        self._stream = stream_of(pull)
        self._secrets = tuple(secrets)
        self._sleep = sleep
        self._wait_seconds = wait_seconds
        self._on_step = on_step
        self._open = ExitStack()
        self._sha256 = hashlib.sha256()
        self._rows = 0
        self._bytes = 0
        self.set_aside: tuple[str, ...] = ()  # what earlier, interrupted pulls left and this one moved away
        self.manifest: Manifest | None = None

    @property
    def _data(self) -> Path:
        return self._layout.data(self._stream, self._pull.stem)

    @property
    def _partial(self) -> Path:
        return self._data.with_name(self._data.name + PARTIAL)

    def __enter__(self) -> "PullWriter":
        what = f"the pull of {self._stream.path}"
        with ExitStack() as entering:
            lock = self._layout.lock(self._stream)
            entering.enter_context(hold_lock(lock, what=what, sleep=self._sleep, wait_seconds=self._wait_seconds))
            if self._layout.manifest(self._stream, self._pull.stem).exists():
                raise PullExists(f"{self._data} has landed before; give every pull an id of its own")
            self.set_aside = set_unfinished_aside(self._layout, self._stream)
            make_folder(self._data.parent)
            write_atomically(self._layout.marker(self._stream, self._pull.stem), "")
            self._file = entering.enter_context(self._partial.open("wb", buffering=1 << 20))
            self._open = entering.pop_all()
        return self

    def write(self, row: dict[str, Any]) -> None:
        self.write_line(canonical_json(row))

    def write_line(self, line: str) -> None:
        """A line that may not even be JSON (from somebody's file): it lands as it is and is judged when loaded."""
        content = encoded(on_one_line(withhold(line, secrets=self._secrets))) + b"\n"
        self._file.write(content)
        self._sha256.update(content)
        self._rows += 1
        self._bytes += len(content)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._open:
            if kind is None:
                self._finish()
            else:
                self._file.close()
                if not self._rows:
                    remove(self._partial)
                set_unfinished_aside(self._layout, self._stream)

    def _finish(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())
        self._on_step("rows written")
        self._partial.replace(self._data)
        sync_folder(self._data.parent)
        self._on_step("data renamed")
        self.manifest = Manifest(pull=self._pull, rows=self._rows, bytes=self._bytes, sha256=self._sha256.hexdigest())
        write_atomically(self._layout.manifest(self._stream, self._pull.stem), self.manifest.to_json())
        self._on_step("manifest written")


def on_one_line(text: str) -> str:
    return text.replace("\r", " ").replace("\n", " ")


def set_unfinished_aside(layout: LandingLayout, stream: Stream) -> tuple[str, ...]:
    """Moves what has no manifest to `_unfinished/`. Only for the holder of the stream's lock: no writer lives then."""
    moved: list[str] = []
    markers = layout.pending / stream.path
    if not markers.is_dir():
        return ()
    for marker in sorted(markers.iterdir()):
        if marker.name.endswith(PARTIAL) or layout.manifest(stream, marker.name).exists():
            continue
        folder = layout.root / stream.path
        for name in (marker.name + DATA + PARTIAL, marker.name + DATA):
            if (folder / name).exists():
                make_folder(layout.unfinished(stream))
                (folder / name).replace(layout.unfinished(stream) / name)
                sync_folder(layout.unfinished(stream))
                moved.append(name)
        remove(marker)
    return tuple(moved)
