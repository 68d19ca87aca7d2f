"""The landing zone: a pull is there as a whole or visibly unfinished, verbatim, and without secrets."""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connectors.ad_platform import DayWindow
from connectors.landing.layout import LandingLayout, Stream
from connectors.landing.locks import Busy
from connectors.landing.manifest import Manifest, Pull
from connectors.landing.pending import find_pending, mark_all_pending
from connectors.landing.pull_writer import PullExists, PullWriter
from connectors.landing.verbatim import canonical_json

STREAM = Stream("practice_ads", "ad_daily", "a1")


class Killed(BaseException):
    """Stands for the end of the process: nothing is tidied up."""


def a_pull(pull_id: str = "p1", hour: int = 6) -> Pull:
    return Pull(
        pull_id=pull_id,
        party="practice_ads",
        entity="ad_daily",
        account_id="a1",
        pulled_at=datetime(2026, 11, 1, hour, tzinfo=UTC),
        window=DayWindow(date(2026, 10, 1), date(2026, 10, 4)),
        currency="EUR",
        timezone="Europe/Berlin",
    )


def land(
    landing: Path, pull: Pull, *given: dict[str, object], rows: Iterable[dict[str, object]] = (), secrets: Any = ()
) -> PullWriter:
    with PullWriter(landing, pull, sleep=lambda seconds: None, secrets=secrets) as writer:
        for row in given or rows:
            writer.write(dict(row))
    return writer


def interrupted(landing: Path, pull: Pull, *, step: str) -> None:
    """A pull whose process ends at a step: only its locks go, as the system takes them back."""

    def stop(reached: str) -> None:
        if reached == step:
            raise Killed

    writer = PullWriter(landing, pull, sleep=lambda seconds: None, on_step=stop)
    writer.__enter__()
    writer.write({"a": 1})
    with pytest.raises(Killed):
        writer.__exit__(None, None, None)


def test_a_pull_lands_as_lines_and_a_manifest_with_checksum(tmp_path: Path) -> None:
    land(tmp_path, a_pull(), {"b": 1, "a": "ü"}, {"b": 2})
    folder = tmp_path / "practice_ads" / "ad_daily" / "a1"
    assert sorted(os.listdir(folder)) == ["20261101T060000Z-p1.jsonl", "20261101T060000Z-p1.manifest.json"]
    content = (folder / "20261101T060000Z-p1.jsonl").read_bytes()
    assert content == '{"a":"ü","b":1}\n{"b":2}\n'.encode()
    manifest = json.loads((folder / "20261101T060000Z-p1.manifest.json").read_text())
    assert manifest == {
        "pull_id": "p1",
        "party": "practice_ads",
        "entity": "ad_daily",
        "account_id": "a1",
        "currency": "EUR",
        "timezone": "Europe/Berlin",
        "since": "2026-10-01",
        "until": "2026-10-04",
        "complete": True,
        "pulled_at": "2026-11-01T06:00:00+00:00",
        "rows": 2,
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    assert Manifest.from_json(json.dumps(manifest)).pull == a_pull()


def test_an_empty_answer_is_a_finished_pull(tmp_path: Path) -> None:
    writer = land(tmp_path, a_pull())
    assert writer.manifest is not None
    assert (writer.manifest.rows, writer.manifest.bytes) == (0, 0)
    assert [pull.stem for pull in find_pending(tmp_path).landed] == ["20261101T060000Z-p1"]


@pytest.mark.parametrize(
    ("step", "left_behind"),
    [("rows written", "20261101T060000Z-p1.jsonl.partial"), ("data renamed", "20261101T060000Z-p1.jsonl")],
)
def test_an_interrupted_pull_is_reported_and_moved_aside_by_the_next(
    tmp_path: Path, step: str, left_behind: str
) -> None:
    interrupted(tmp_path, a_pull(), step=step)
    pending = find_pending(tmp_path)
    assert pending.landed == ()
    assert [pull.stem for pull in pending.unfinished] == ["20261101T060000Z-p1"]
    assert "interrupted" in pending.unfinished[0].message

    after = land(tmp_path, a_pull("p2", hour=7), {"a": 2})

    assert after.set_aside == (left_behind,)
    assert (LandingLayout(tmp_path).unfinished(STREAM) / left_behind).read_bytes() == b'{"a":1}\n'
    pending = find_pending(tmp_path)
    assert [pull.stem for pull in pending.landed] == ["20261101T070000Z-p2"]
    assert pending.unfinished == ()


def test_a_pull_interrupted_after_its_manifest_is_finished(tmp_path: Path) -> None:
    interrupted(tmp_path, a_pull(), step="manifest written")
    assert [pull.stem for pull in find_pending(tmp_path).landed] == ["20261101T060000Z-p1"]


def test_rows_that_came_before_a_failure_are_kept_aside_and_never_loaded(tmp_path: Path) -> None:
    def answer() -> Iterator[dict[str, object]]:
        yield {"a": 1}
        raise ConnectionError

    with pytest.raises(ConnectionError):
        land(tmp_path, a_pull(), rows=answer())
    pending = find_pending(tmp_path)
    assert (pending.landed, pending.unfinished) == ((), ())
    assert [path.name for path in LandingLayout(tmp_path).unfinished(STREAM).iterdir()] == [
        "20261101T060000Z-p1.jsonl.partial"
    ]


def test_a_second_pull_of_a_stream_waits_for_the_first_and_gives_up(tmp_path: Path) -> None:
    slept: list[float] = []
    with PullWriter(tmp_path, a_pull(), sleep=slept.append) as first:
        first.write({"a": 1})
        second = PullWriter(tmp_path, a_pull("p2", hour=7), sleep=slept.append, wait_seconds=0.2)
        with pytest.raises(Busy, match="practice_ads/ad_daily/a1 is held by another process"), second:
            pass
    assert slept == [0.05] * 4
    assert [pull.stem for pull in find_pending(tmp_path).landed] == ["20261101T060000Z-p1"]


def test_a_landed_pull_is_never_overwritten(tmp_path: Path) -> None:
    land(tmp_path, a_pull(), {"a": 1})
    with pytest.raises(PullExists):
        land(tmp_path, a_pull(), {"a": 2})
    data = tmp_path / "practice_ads" / "ad_daily" / "a1" / "20261101T060000Z-p1.jsonl"
    assert data.read_bytes() == b'{"a":1}\n'


def test_secrets_never_land(tmp_path: Path) -> None:
    row = {
        "next": "https://graph.example/v26.0/act_1/ads?after=abc&access_token=EAAmadeup123&limit=5",
        "echo": 'the token is "made/up\\token-99"',
    }
    land(tmp_path, a_pull(), row, secrets=('made/up\\token-99"',))
    text = (tmp_path / "practice_ads" / "ad_daily" / "a1" / "20261101T060000Z-p1.jsonl").read_text()
    assert "EAAmadeup123" not in text
    assert "token-99" not in text
    assert json.loads(text)["next"] == "https://graph.example/v26.0/act_1/ads?after=abc&access_token=[withheld]&limit=5"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": 1, "a": [2, {"d": 1, "c": 2}]}, '{"a":[2,{"c":2,"d":1}],"b":1}'),
        ({"spend": Decimal("0.10")}, '{"spend":0.1}'),
        ({"spend": Decimal("12345678901234567890.123456789")}, '{"spend":"12345678901234567890.123456789"}'),
        ({"impressions": Decimal("5E+3")}, '{"impressions":5000}'),
        ({"rate": float("nan")}, '{"rate":"nan"}'),
        ({"text": "a\nb\u2028"}, '{"text":"a\\nb\u2028"}'),
    ],
)
def test_an_object_always_gives_the_same_exact_line(value: dict[str, object], text: str) -> None:
    assert canonical_json(value) == text


def test_half_a_character_does_not_stop_a_pull(tmp_path: Path) -> None:
    writer = land(tmp_path, a_pull(), {"text": "\ud83d"})
    assert writer.manifest is not None
    assert writer.manifest.rows == 1
    data = tmp_path / "practice_ads" / "ad_daily" / "a1" / "20261101T060000Z-p1.jsonl"
    assert data.read_bytes() == b'{"text":"\\ud83d"}\n'


@pytest.mark.parametrize("name", ["../other", "a/b", "", ".hidden", "_pending", "a b"])
def test_no_identifier_leads_out_of_its_folder(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be a file's name"):
        Pull(pull_id="p1", party="p", entity="e", account_id=name, pulled_at=datetime(2026, 1, 1, tzinfo=UTC))


def test_everything_that_ever_landed_can_be_marked_again(tmp_path: Path) -> None:
    land(tmp_path, a_pull(), {"a": 1})
    land(tmp_path, a_pull("p2", hour=7), {"a": 1})
    for pull in find_pending(tmp_path).landed:
        pull.marker.unlink()
    assert find_pending(tmp_path).landed == ()
    assert mark_all_pending(tmp_path) == 2
    assert len(find_pending(tmp_path).landed) == 2
