"""From landed pulls to published marts: loads are told, failures are not hidden, builds follow each other."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from actions.load_landed import LoadIncomplete, load_landed
from actions.publish_marts import NothingBuilt, Publication, publish_marts
from connectors.ad_platform import DayWindow
from connectors.imported_ads.schemas import AD_DAILY
from connectors.lake.layout import LakeLayout
from connectors.lake.loader import Lake
from connectors.landing.layout import Stream
from connectors.landing.locks import hold_lock
from connectors.landing.manifest import Pull
from connectors.landing.pull_writer import PullWriter
from connectors.warehouse.duckdb_warehouse import DuckDbWarehouse
from connectors.warehouse.published import Published, current_build

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


def no_sleep(seconds: float) -> None:
    return None


def the_lake(home: Path) -> Lake:
    return Lake(
        landing=home / "landing",
        root=home / "lake",
        schemas=[AD_DAILY],
        clock=lambda: NOW,
        sleep=no_sleep,
        wait_seconds=0,
    )


def the_warehouse(home: Path) -> DuckDbWarehouse:
    return DuckDbWarehouse(path=home / "warehouse.duckdb", lake=home / "lake", schemas=[AD_DAILY], sleep=no_sleep)


def land(home: Path, *, account: str, hour: int, spend: str = "1.00") -> None:
    pull = Pull(
        pull_id=f"h{hour}",
        party="imported_ads",
        entity="ad_daily",
        account_id=account,
        pulled_at=NOW + timedelta(hours=hour),
        window=DayWindow(date(2026, 10, 1), date(2026, 10, 2)),
    )
    ids = {
        "platform": "p",
        "account_id": account,
        "campaign_id": "c",
        "ad_group_id": "",
        "ad_id": "",
        "creative_id": "",
    }
    with PullWriter(home / "landing", pull, sleep=no_sleep) as writer:
        writer.write({**ids, "date": "2026-10-01", "currency": "USD", "spend": spend})


def test_what_was_loaded_is_told_and_stands_in_the_warehouse(tmp_path: Path) -> None:
    land(tmp_path, account="a1", hour=0)
    land(tmp_path, account="a1", hour=1)
    land(tmp_path, account="a2", hour=0, spend="oops")
    progress: list[str] = []
    landed = load_landed(the_lake(tmp_path), warehouse=the_warehouse(tmp_path), on_progress=progress.append)
    counts = landed.counts
    assert (counts.landed, counts.raw, counts.duplicates, counts.quarantined) == (3, 1, 1, 1)
    assert (landed.problems, landed.raw is not None and landed.raw.last_load_seq) == ((), 3)
    landed.raise_failures()
    assert progress[0] == "3 pulls loaded, 0 refused, 0 streams failed"
    with the_warehouse(tmp_path).writing() as connection:
        rows = connection.execute("select account_id, spend::varchar from raw.imported_ads__ad_daily").fetchall()
    assert rows == [("a1", "1.000000000")]


def test_only_the_wanted_streams_are_loaded(tmp_path: Path) -> None:
    land(tmp_path, account="a1", hour=0)
    land(tmp_path, account="a2", hour=0)
    lake = the_lake(tmp_path)
    first = load_landed(lake, warehouse=None, wanted=lambda stream: stream.account_id == "a2")
    assert [record.account_id for record in first.load.loads] == ["a2"]
    assert first.raw is None
    assert [record.account_id for record in load_landed(lake, warehouse=None).load.loads] == ["a1"]


def test_a_stream_that_fails_is_a_problem_and_can_turn_the_run_red(tmp_path: Path) -> None:
    land(tmp_path, account="a1", hour=0)
    land(tmp_path, account="a2", hour=0)
    lock = LakeLayout(tmp_path / "lake").stream_lock(Stream("imported_ads", "ad_daily", "a1"))
    with hold_lock(lock, what="the test", sleep=no_sleep, wait_seconds=0):
        landed = load_landed(the_lake(tmp_path), warehouse=the_warehouse(tmp_path))
    assert [record.account_id for record in landed.load.loads] == ["a2"]
    assert len(landed.problems) == 1
    with pytest.raises(LoadIncomplete, match="imported_ads/ad_daily/a1: Busy"):
        landed.raise_failures()


def test_a_refused_file_is_a_problem_but_no_failure(tmp_path: Path) -> None:
    land(tmp_path, account="a1", hour=0)
    (data,) = (tmp_path / "landing").rglob("*.jsonl")
    data.write_bytes(data.read_bytes()[:-3])
    landed = load_landed(the_lake(tmp_path), warehouse=None)
    (problem,) = landed.problems
    assert problem.startswith("landing/imported_ads/ad_daily/a1/20261101T120000Z-h0.jsonl holds ")
    landed.raise_failures()


def published_by(home: Path, build_id: str, *, now: datetime = NOW, keep: int = 5) -> Publication:
    return publish_marts(
        the_warehouse(home),
        published=Published(home / "published"),
        build_id=build_id,
        as_of=NOW,
        code_version="v1",
        wall_clock=lambda: now,
        keep=keep,
        grace=timedelta(hours=1),
    )


def test_every_mart_is_published_and_old_builds_go_after_the_grace(tmp_path: Path) -> None:
    with the_warehouse(tmp_path).writing() as connection:
        connection.execute("create schema marts")
        connection.execute("create table marts.fct_spend as select 1 as spend union all select 2")
        connection.execute("create view marts.dim_campaign as select 'c' as campaign_id where false")
    first = published_by(tmp_path, "b1")
    assert dict(first.build.rows) == {"dim_campaign": 0, "fct_spend": 2}
    assert first.rows == 2
    snapshot = current_build(tmp_path / "published")
    assert (snapshot.build.build_id, snapshot.build.as_of, snapshot.build.code_version) == ("b1", NOW, "v1")
    assert all(snapshot.mart(name).is_file() for name in ("dim_campaign", "fct_spend"))
    assert published_by(tmp_path, "b2", keep=1).deleted == ()
    assert published_by(tmp_path, "b3", keep=1, now=NOW + timedelta(hours=1)).deleted == ("b1",)
    assert current_build(tmp_path / "published").build.build_id == "b3"


def test_an_empty_warehouse_never_hides_the_build_readers_have(tmp_path: Path) -> None:
    with the_warehouse(tmp_path).writing() as connection:
        connection.execute("create schema marts")
        connection.execute("create table marts.fct_spend as select 1 as spend")
    published_by(tmp_path, "b1")
    with the_warehouse(tmp_path).writing() as connection:
        connection.execute("drop table marts.fct_spend")
    with pytest.raises(NothingBuilt, match="Readers keep the build they have"):
        published_by(tmp_path, "b2")
    assert current_build(tmp_path / "published").build.build_id == "b1"
