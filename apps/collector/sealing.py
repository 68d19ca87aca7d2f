"""A closed segment becomes a landed file with its manifest, exactly once, whatever dies in between.

The order is that of every pull: the mark that it waits, the data, the manifest, each durable before the next. The data
is a second name of the segment, which is the last to go; so a crash at any step leaves what is needed to do it again.
"""

import os
from pathlib import Path

from apps.collector.segment_file import Segment, stream_of_segment
from connectors.ad_platform import Sleep
from connectors.landing.durable import make_folder, remove, sync_folder, write_atomically
from connectors.landing.layout import LandingLayout
from connectors.landing.locks import hold_lock
from connectors.landing.manifest import Manifest


def land(landing: Path, segment: Segment, *, sleep: Sleep, wait_seconds: float = 10.0) -> None:
    """Doing it twice is doing it once. Raises `Busy` while a pull of the same stream is being written."""
    layout, stream, stem = LandingLayout(landing), stream_of_segment(segment), segment.pull.stem
    lock = layout.lock(stream)
    with hold_lock(lock, what=f"landing {stream.path}", sleep=sleep, wait_seconds=wait_seconds):
        if not layout.manifest(stream, stem).exists():
            write_atomically(layout.marker(stream, stem), "")
            _name_again(segment.path, layout.data(stream, stem))
            manifest = Manifest(pull=segment.pull, rows=segment.rows, bytes=segment.bytes, sha256=segment.sha256)
            write_atomically(layout.manifest(stream, stem), manifest.to_json())
    remove(segment.path)
    sync_folder(segment.path.parent)


def _name_again(path: Path, data: Path) -> None:
    make_folder(data.parent)
    remove(data)  # an earlier try got this far
    os.link(path, data)
    sync_folder(data.parent)
