"""`weir build`: from what has landed to marts that readers see, the same bytes for the same data."""

import hashlib
from pathlib import Path

import pytest

from apps.cli.failures import ExitCode, explain
from connectors.warehouse.dbt_process import DbtFailed
from simulator.serving import Sim


def contents(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.slow
def test_the_same_data_gives_the_same_build_under_the_same_name(weir, home: Path, practice: Sim) -> None:
    assert weir("ingest", "--party", "tiktok_ads").code == 0
    unseen = weir("build", "--no-publish", "--json")
    assert (unseen.code, unseen.json["build_id"], unseen.json["marts"]) == (0, None, None), unseen.err
    assert weir("query", "select 1").code == 4

    first = weir("build", "--json")
    assert first.code == 0, first.err
    assert first.json["as_of"] == "2026-11-05T06:00:00+00:00"  # the world's clock at the pull, not the wall's
    assert first.json["marts"]["fct_ad_daily"] > 0
    before = contents(home / "published" / "builds")
    again = weir("build", "--full-refresh", "--json")
    assert again.json["build_id"] == first.json["build_id"]
    assert contents(home / "published" / "builds") == before

    counted = weir("query", "select count(*) as n from fct_ad_daily", "--json").json
    assert counted == [{"n": first.json["marts"]["fct_ad_daily"]}]

    earlier = weir("build", "--as-of", "2026-11-01T00:00:00Z", "--json")
    assert earlier.json["as_of"] == "2026-11-01T00:00:00+00:00"
    assert earlier.json["marts"]["fct_ad_daily"] == 0  # nothing had been pulled by then
    assert "fct_ad_daily" in weir("build").out


@pytest.mark.parametrize("text", ["2026-11-01", "2026-11-01T06:00:00", "yesterday"])
def test_an_instant_without_a_zone_is_refused(weir, home: Path, text: str) -> None:
    ended = weir("build", "--as-of", text)
    assert ended.code == 2
    assert repr(text) in ended.err
    assert "2026-11-20T06:00:00Z" in ended.err
    assert not home.exists()


def test_there_is_nothing_to_build_from_before_anything_is_loaded(weir) -> None:
    ended = weir("build")
    assert ended.code == 4
    assert "weir ingest" in ended.err


def test_a_failed_model_is_named_and_readers_keep_what_they_have() -> None:
    failed = DbtFailed("dbt: 1 failed, 3 were not tried because of it", failures=("fct_ad_daily: no such column",))
    told = explain(failed)
    assert told.code is ExitCode.FOUND_WRONG
    assert "fct_ad_daily: no such column" in told.what
    assert "readers keep" in told.remedy
