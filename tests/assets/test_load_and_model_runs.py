"""The load_and_model job on what three accounts and a person's files brought: one real build that every test looks at,
with a refused file, an unreadable row and a stream that somebody else holds; then builds that must not be published."""

import base64
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from assets.keys import PUBLISHED, raw_key
from connectors.lake.layout import LakeLayout
from connectors.landing.layout import all_accounts
from connectors.landing.locks import hold_lock
from connectors.landing.pending import find_pending
from connectors.warehouse.published import Build, current_build

AD_DAYS = dg.AssetKey(["marts", "fct_ad_daily"])


def drop(home: Path, party: str, entity: str, name: str, content: bytes) -> None:
    """As somebody did a minute ago."""
    file = home / "landing" / party / entity / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    a_minute_ago = datetime.now(UTC).timestamp() - 60
    os.utime(file, (a_minute_ago, a_minute_ago))


@pytest.fixture(scope="module")
def built(pulled) -> tuple[Any, dg.ExecuteInProcessResult]:
    home = pulled.house.home.root
    days = [f"2026-10-{day}" for day in range(28, 32)] + [f"2026-11-0{day}" for day in range(1, 6)]
    rates = "".join(f"{day},JPY,0.0066\n{day},USD,1\n" for day in days)
    drop(home, "markets", "fx_rates", "rates.csv", f"date,currency,usd_per_unit\n{rates}".encode())
    drop(home, "markets", "fx_rates", "broken.csv", b"\x00\xff\x00 not a table")
    ads = "date,platform,account_id,campaign_id,currency,spend\n2026-11-01,podcasts,p1,c1,USD,12.50\n"
    drop(home, "imported_ads", "ad_daily", "podcasts.csv", f"{ads}2026-11-02,podcasts,p1,c1,USD,a lot\n".encode())
    lock = LakeLayout(pulled.house.home.lake).stream_lock(all_accounts("telegram", "channel_daily"))
    with hold_lock(lock, what="somebody else", sleep=lambda seconds: None, wait_seconds=0):
        result = pulled.load_and_model()
    return pulled, result


def checks_of(result: dg.ExecuteInProcessResult) -> dict[tuple[str, str], dg.AssetCheckEvaluation]:
    return {(each.asset_key.to_user_string(), each.check_name): each for each in result.get_asset_check_evaluations()}


def build_of(practice: Any) -> Build:
    return current_build(practice.house.home.published).build


def rebuild(practice: Any, *, config: dict[str, Any] | None = None) -> dg.ExecuteInProcessResult:
    """Only the ad-days and what is published, with the tests of the former."""
    return practice.run(practice.full, "load_and_model", assets=[AD_DAYS, PUBLISHED], config=config)


def test_trouble_with_one_stream_one_file_and_one_row_holds_up_neither_build_nor_readers(built) -> None:
    practice, result = built
    assert result.success
    told = {str(event.asset_key.path[0]) for event in result.get_asset_materialization_events()}
    assert told == {"raw", "staging", "intermediate", "marts", "seeds", "published"}
    assert build_of(practice).rows["fct_ad_daily"] > 0


def test_a_load_says_counts_that_add_up(built, metadata_of) -> None:
    practice, result = built
    told = metadata_of(result, raw_key("tiktok_ads", "ad_daily"))
    assert told["landed"] == told["raw"] + told["duplicates"] + told["quarantined"] > 0
    assert told["days changed"].endswith("from 2026-10-28 to 2026-11-05")
    (load,) = told["loads"]
    assert (load["account"], load["status"]) == (practice.account("tiktok_ads").account_id, "loaded")


def test_what_could_not_be_loaded_fails_its_check_and_says_why(built) -> None:
    _, result = built
    found = {key: each for (key, name), each in checks_of(result).items() if name == "holds_all_that_landed"}
    failed = {key for key, each in found.items() if not each.passed}
    assert failed == {"raw/telegram/channel_daily", "raw/markets/fx_rates", "raw/imported_ads/ad_daily"}
    stuck, refused = found["raw/telegram/channel_daily"], found["raw/markets/fx_rates"]
    assert (stuck.severity, refused.severity) == (dg.AssetCheckSeverity.ERROR, dg.AssetCheckSeverity.ERROR)
    assert "Busy" in (stuck.description or "")
    assert "broken.csv was refused" in (refused.description or "")


def test_an_unreadable_row_is_a_warning_with_its_file_line_and_reason(built) -> None:
    _, result = built
    found = checks_of(result)["raw/imported_ads/ad_daily", "holds_all_that_landed"]
    assert found.severity == dg.AssetCheckSeverity.WARN
    assert {name: found.metadata[name].value for name in ("landed", "raw", "duplicates", "quarantined")} == {
        "landed": 2,
        "raw": 1,
        "duplicates": 0,
        "quarantined": 1,
    }
    assert "line 2" in found.metadata["why"].value
    assert "spend" in found.metadata["why"].value


def test_a_stream_that_was_stuck_is_loaded_once_it_is_free(built) -> None:
    practice, _ = built
    key = raw_key("telegram", "channel_daily")
    assert {each.stream.entity for each in find_pending(practice.house.home.landing).landed} == {"channel_daily"}
    result = practice.run(practice.full, "load_and_model", assets=[key])
    assert checks_of(result)[key.to_user_string(), "holds_all_that_landed"].passed
    assert find_pending(practice.house.home.landing).landed == ()


def test_what_is_published_says_its_marts_and_shows_the_spend(built, metadata_of) -> None:
    practice, result = built
    told = metadata_of(result, PUBLISHED)
    assert told["as of"] == practice.house.clock().isoformat()
    rows = {row["mart"]: row["rows"] for row in told["marts"]}
    assert {"fct_ad_daily", "fct_spend_daily", "dim_campaign"} <= set(rows)
    assert told["rows"] == sum(rows.values())
    caption, _, picture = told["spend"].partition("](data:image/png;base64,")
    assert caption == "![Spend a day by platform, in US dollars"
    assert base64.b64decode(picture.removesuffix(")")).startswith(b"\x89PNG\r\n\x1a\n")


def test_every_data_test_of_a_model_shows_as_a_check_that_was_evaluated(built) -> None:
    practice, result = built
    models = practice.full.resolve_assets_def(AD_DAYS)
    wanted = {spec.key for spec in models.check_specs}
    evaluated = {each.asset_check_key for each in result.get_asset_check_evaluations()}
    assert len(wanted) > 10
    assert wanted <= evaluated
    assert {key.name for key in wanted} >= {"assert_spend_in_fct_ad_daily_is_spend_in_fct_spend_daily"}


def test_checks_on_what_readers_see_were_judged_and_say_what_they_saw(built) -> None:
    practice, result = built
    found = checks_of(result)
    assert found["published/marts", "spend_reconciles"].passed
    volume = found["published/marts", "has_its_usual_volume"]
    assert volume.passed
    assert practice.account("tiktok_ads").account_id in volume.metadata["why"].value


def test_a_build_whose_data_test_fails_is_not_published_until_it_is_mended(built) -> None:
    practice, _ = built
    before = build_of(practice)
    with practice.house.warehouse.writing() as connection:
        connection.execute("insert into marts.fct_ad_daily select * from marts.fct_ad_daily limit 1")
    failed = rebuild(practice)
    assert not failed.success
    (grain,) = [each for each in failed.get_asset_check_evaluations() if "unique_grain" in each.check_name]
    assert (grain.passed, grain.severity, grain.blocking) == (False, dg.AssetCheckSeverity.ERROR, True)
    (event,) = [event for event in failed.all_events if event.event_type_value == "STEP_FAILURE"]
    assert event.step_key == "build_models"
    said = event.step_failure_data.error.cause.message
    assert "DbtFailed: dbt: " in said
    assert "unique_grain_fct_ad_daily" in said
    assert build_of(practice) == before

    with practice.house.warehouse.writing() as connection:
        connection.execute("create table once as select distinct * from marts.fct_ad_daily")
        connection.execute("delete from marts.fct_ad_daily; insert into marts.fct_ad_daily from once; drop table once")
    assert rebuild(practice).success
    assert build_of(practice) == before  # the same content is the same build


def test_an_instant_without_a_zone_is_refused_before_anything_is_built(built) -> None:
    practice, _ = built
    before = build_of(practice)
    result = rebuild(practice, config={"ops": {"build_models": {"config": {"as_of": "2026-11-05"}}}})
    assert not result.success
    (event,) = [event for event in result.all_events if event.event_type_value == "STEP_FAILURE"]
    assert "has no zone; write it as 2026-11-20T06:00:00+00:00" in str(event.step_failure_data.error)
    assert build_of(practice) == before
