"""Half-written files, wrong checksums, broken manifests, held locks: one clear message each, nothing else affected."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from connectors.lake.layout import LakeLayout
from connectors.lake.standing import Standing
from connectors.landing.layout import Stream
from connectors.landing.locks import Busy, hold_lock


def truncate(data: Path) -> None:
    data.write_bytes(data.read_bytes()[:-20])


def change_a_digit(data: Path) -> None:
    data.write_bytes(data.read_bytes().replace(b"7.00", b"8.00"))


def lose(data: Path) -> None:
    data.unlink()


def break_the_manifest(data: Path) -> None:
    data.with_name(data.name.replace(".jsonl", ".manifest.json")).write_text('{"pull_id": "p00')


def lie_elsewhere(data: Path) -> None:
    manifest = data.with_name(data.name.replace(".jsonl", ".manifest.json"))
    manifest.write_text(manifest.read_text().replace('"a1"', '"a9"'))


@pytest.mark.parametrize(
    ("damage", "says", "rows"),
    [
        (truncate, "half-written or edited", 2),
        (change_a_digit, "does not match the checksum in its manifest", 2),
        (lose, "is missing though its manifest is there", 2),
        (break_the_manifest, "cannot be read", 0),
        (lie_elsewhere, "but lies elsewhere", 0),
    ],
)
def test_a_damaged_pull_is_refused_as_a_whole_and_nothing_else_is_affected(
    practice: Any, make_ad_day: Callable[..., Any], damage: Callable[[Path], None], says: str, rows: int
) -> None:
    practice.pull([make_ad_day(0, "1", "1.00")], hour=0)
    practice.load()
    before = practice.content("raw")
    practice.pull([make_ad_day(0, "1", "7.00"), make_ad_day(1, "1", "7.00")], hour=1)
    practice.pull([make_ad_day(0, "1", "2.00")], hour=0, account="a2")
    damage(practice.landing / "practice_ads" / "ad_daily" / "a1" / "20261101T070000Z-p0010.jsonl")

    report = practice.load()

    (refused,) = report.refused
    assert says in refused.message
    assert "20261101T070000Z-p0010" in refused.message
    assert "pull this account and window again" in refused.message
    assert str(practice.root) not in refused.message
    assert (refused.counts.landed, refused.counts.raw, refused.counts.quarantined) == (rows, 0, rows)
    kept = practice.content("raw")
    assert {name: kept[name] for name in before} == before
    assert [record.account_id for record in report.loads if record.status == "loaded"] == ["a2"]
    ((reasons, landed_rows),) = practice.query(
        f"select reasons, landed_rows from '{practice.lake_root / refused.quarantine_file}'"
    )
    assert (reasons, landed_rows) == (refused.message, rows)
    assert practice.load().loads == ()  # said once

    practice.pull([make_ad_day(0, "1", "7.00"), make_ad_day(1, "1", "7.00")], hour=2)
    (again,) = practice.load().loads
    assert (again.status, again.counts.raw) == ("loaded", 2)
    counts = Standing(practice.lake_root).counts(party="practice_ads", entity="ad_daily")
    assert (counts.landed, counts.raw, counts.duplicates, counts.quarantined) == (4 + rows, 4, 0, rows)


def test_an_unfinished_pull_is_reported_and_never_loaded(practice: Any, make_ad_day: Callable[..., Any]) -> None:
    practice.pull([make_ad_day(0, "1", "1.00")], hour=0)
    folder = practice.landing / "practice_ads" / "ad_daily" / "a1"
    (folder / "20261101T060000Z-p0000.manifest.json").unlink()
    report = practice.load()
    assert report.loads == ()
    assert [pull.stem for pull in report.unfinished] == ["20261101T060000Z-p0000"]


def test_a_pull_of_a_party_nobody_knows_waits(practice: Any, make_ad_day: Callable[..., Any]) -> None:
    practice.pull([make_ad_day(0, "1", "1.00")], hour=0)
    known, practice.schemas = practice.schemas, []
    report = practice.load()
    assert (report.loads, report.unknown) == ((), (Stream("practice_ads", "ad_daily", "a1"),))
    practice.schemas = known
    assert len(practice.load().loads) == 1


def test_a_stream_that_is_being_loaded_is_left_alone_and_the_others_go_on(
    practice: Any, make_ad_day: Callable[..., Any]
) -> None:
    practice.pull([make_ad_day(0, "1", "1.00")], hour=0, account="a1")
    practice.pull([make_ad_day(0, "1", "1.00")], hour=0, account="a2")
    lock = LakeLayout(practice.lake_root).stream_lock(Stream("practice_ads", "ad_daily", "a1"))
    with hold_lock(lock, what="the test", sleep=lambda seconds: None, wait_seconds=0):
        report = practice.lake.load_pulls()
    (failure,) = report.failures
    assert isinstance(failure.error, Busy)
    assert "loading practice_ads/ad_daily/a1 is held by another process" in failure.message
    assert [record.account_id for record in report.loads] == ["a2"]
    assert [record.account_id for record in practice.load().loads] == ["a1"]


def test_the_cost_of_a_load_is_its_own_days(practice: Any, make_ad_day: Callable[..., Any]) -> None:
    """Files of days that a pull does not touch are not even opened: they may be rubbish."""
    practice.pull([make_ad_day(day, "1", "1.00") for day in range(3)], hour=0)
    practice.load()
    (practice.lake_root / "raw/practice_ads/ad_daily/date=2026-10-01/a1.parquet").write_bytes(b"rubbish")
    practice.pull([make_ad_day(2, "1", "2.00")], hour=1, days=(2, 3))
    (record,) = practice.load().loads
    assert [day.isoformat() for day in record.days] == ["2026-10-03"]
    names = set(practice.content("raw"))
    assert len(names) == 3


def test_the_load_log_says_what_became_of_every_pull(practice: Any, make_ad_day: Callable[..., Any]) -> None:
    practice.pull([make_ad_day(0, "1", "1.00"), "not json"], hour=0)
    practice.load()
    (line,) = (practice.lake_root / "loads" / "2026-11.jsonl").read_text().splitlines()
    assert json.loads(line) == {
        "status": "loaded",
        "load_seq": 1,
        "pull_id": "p0000",
        "party": "practice_ads",
        "entity": "ad_daily",
        "account_id": "a1",
        "since": "2026-10-01",
        "until": "2026-10-04",
        "pulled_at": "2026-11-01T06:00:00+00:00",
        "loaded_at": "2026-11-02T00:00:00+00:00",
        "vanished": 0,
        "landing_file": "practice_ads/ad_daily/a1/20261101T060000Z-p0000.jsonl",
        "message": None,
        "quarantine_file": "quarantine/practice_ads/ad_daily/a1/20261101T060000Z-p0000.parquet",
        "days": ["2026-10-01"],
        "is_whole": False,
        "landed": 2,
        "raw": 1,
        "duplicates": 0,
        "quarantined": 1,
    }
