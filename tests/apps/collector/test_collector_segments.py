"""What a crash leaves of a segment is recovered to its last whole line, and lands once, whatever step was the last."""

from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from time import sleep

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.collector.sealing import land
from apps.collector.segment_file import SEGMENTS, OpenSegment, Segment, left_behind, recover
from connectors.landing.layout import LandingLayout, Stream
from connectors.landing.pending import checked_content, find_pending

AT = datetime(2026, 11, 20, 6, 0, 0, 123456, tzinfo=UTC)
STREAM = Stream("product", "events", "web")
LINES = [b'{"event_id":"1"}\n', b'{"event_id":"2"}\n', b'{"event_id":"3"}\n']


def written(landing: Path) -> Segment:
    segment = OpenSegment(landing, STREAM, at=AT, token="0123abcd")
    segment.append(LINES[:2], rows=2)
    segment.append(LINES[2:], rows=1)
    closed = segment.close()
    assert closed is not None
    return closed


def test_a_segments_name_says_all_of_its_pull(tmp_path: Path) -> None:
    closed = written(tmp_path)
    assert closed.path == tmp_path / SEGMENTS / "product/events/web/20261120T060000Z-123456-0123abcd.jsonl"
    assert recover(closed.path).segment == closed


def test_an_empty_segment_leaves_nothing(tmp_path: Path) -> None:
    segment = OpenSegment(tmp_path, STREAM, at=AT, token="0123abcd")
    assert segment.close() is None
    assert list(left_behind(tmp_path)) == []


@settings(deadline=None)
@given(st.integers(0, 51))
def test_cut_anywhere_every_whole_line_is_kept_and_nothing_else(length: int) -> None:
    with TemporaryDirectory() as folder:
        path = written(Path(folder)).path
        content = b"".join(LINES)
        assert len(content) == 51
        path.write_bytes(content[:length])
        whole = content[: length // 17 * 17]
        found = recover(path)
        assert found.cut == length - len(whole)
        assert (path.read_bytes() if path.exists() else b"") == whole
        assert (found.segment.rows if found.segment else 0) == length // 17


def state(landing: Path) -> tuple[bytes, int, list[Path]]:
    (pull,) = find_pending(landing).landed
    assert pull.manifest is not None
    return checked_content(pull), pull.manifest.rows, list(left_behind(landing))


@pytest.mark.parametrize("done", ["nothing", "mark", "data", "manifest", "everything"])
def test_landing_again_after_a_crash_at_any_step_lands_it_once(tmp_path: Path, done: str) -> None:
    segment = written(tmp_path)
    layout, stem = LandingLayout(tmp_path), segment.pull.stem
    if done != "nothing":  # what a landing that died there had made
        land(tmp_path, segment, sleep=sleep)
        data, manifest = layout.data(STREAM, stem), layout.manifest(STREAM, stem)
        if done != "everything":
            segment.path.parent.mkdir(parents=True, exist_ok=True)
            segment.path.hardlink_to(data)
        if done in ("mark", "data"):
            manifest.unlink()
        if done == "mark":
            data.unlink()
    for path in left_behind(tmp_path):
        again = recover(path).segment
        assert again is not None
        land(tmp_path, again, sleep=sleep)
    if done == "nothing":
        land(tmp_path, segment, sleep=sleep)
    assert state(tmp_path) == (b"".join(LINES), 3, [])
