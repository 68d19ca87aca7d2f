"""TikTok's reports over real HTTP: what they say is what the world's days hold, at once or as a task with a file."""

import csv
import io
import json
from datetime import date
from decimal import Decimal
from typing import Any

import httpx
import pytest

from simulator.tiktok_ads.call import Limits

OK, INVALID = 0, 40002


EVERY = [{"field_name": "ad_status", "filter_type": "IN", "filter_value": '["STATUS_ALL"]'}]


def test_a_report_equals_the_worlds_days(reading: Any) -> None:
    rows = reading.report(filtering=EVERY)["data"]["list"]
    told = {(row["dimensions"]["ad_id"], row["dimensions"]["stat_time_day"]): row["metrics"] for row in rows}
    truth = reading.sim.world.ad_days("tiktok_ads", reading.id, date(2026, 11, 1), date(2026, 11, 4))
    assert truth
    assert {key: (Decimal(each["spend"]), int(each["impressions"])) for key, each in told.items()} == {
        (day.ad_id, f"{day.day} 00:00:00"): (day.spend, day.impressions) for day in truth
    }


def test_metrics_are_texts_ratios_follow_and_the_unknown_is_a_dash(reading: Any) -> None:
    names = ["spend", "impressions", "clicks", "ctr", "cpm", "likes", "campaign_name", "ad_id_v2"]
    for row in reading.report(metrics=names, filtering=EVERY)["data"]["list"]:
        said = row["metrics"]
        assert list(said) == names
        assert all(isinstance(value, str) for value in said.values())
        assert said["likes"] == said["ad_id_v2"] == "-"
        assert said["ctr"] == f"{Decimal(said['clicks']) * 100 / Decimal(said['impressions']):.2f}"
        assert said["campaign_name"] != "-"


def test_conversions_are_seven_day_clicks_and_one_day_views(reading: Any) -> None:
    days = reading.sim.world.ad_days("tiktok_ads", reading.id, date(2026, 11, 1), date(2026, 11, 4))
    expected = {}
    for day in days:
        claimed = day.claims.get("purchase")
        expected[day.ad_id, f"{day.day} 00:00:00"] = str(claimed.click_7d + claimed.view_1d) if claimed else "-"
    rows = reading.report(metrics=["complete_payment"], filtering=EVERY)["data"]["list"]
    assert {tuple(row["dimensions"].values()): row["metrics"]["complete_payment"] for row in rows} == expected
    assert any(value not in ("-", "0") for value in expected.values())


def test_without_a_status_filter_a_deleted_ads_spend_is_missing_from_the_total(reading: Any) -> None:
    span = {"start_date": "2026-10-15", "end_date": "2026-11-05"}
    hidden = reading.report(enable_total_metrics="True", **span)["data"]["total_metrics"]["spend"]
    whole = reading.report(enable_total_metrics="True", filtering=EVERY, **span)["data"]["total_metrics"]["spend"]
    account = reading.sim.world.account_days("tiktok_ads", reading.id, date(2026, 10, 15), date(2026, 11, 6))
    assert Decimal(hidden) < Decimal(whole) <= sum(day.spend for day in account)


def test_the_account_level_tells_the_accounts_own_days(reading: Any) -> None:
    asked = {"data_level": "AUCTION_ADVERTISER", "dimensions": ["advertiser_id", "stat_time_day"]}
    rows = reading.report(**asked)["data"]["list"]
    truth = reading.sim.world.account_days("tiktok_ads", reading.id, date(2026, 11, 1), date(2026, 11, 4))
    assert {row["dimensions"]["stat_time_day"][:10]: Decimal(row["metrics"]["spend"]) for row in rows} == {
        str(day.day): day.spend for day in truth
    }


def test_hours_add_up_to_their_day(reading: Any) -> None:
    asked = {"data_level": "AUCTION_ADVERTISER", "start_date": "2026-11-01", "end_date": "2026-11-01"}
    metrics = ["spend", "impressions", "clicks"]
    hours = reading.report(dimensions=["advertiser_id", "stat_time_hour"], metrics=metrics, **asked)["data"]["list"]
    day = reading.report(dimensions=["advertiser_id", "stat_time_day"], metrics=metrics, **asked)["data"]["list"][0]
    assert len({row["dimensions"]["stat_time_hour"] for row in hours}) == len(hours) > 12
    for name in metrics:
        assert sum(Decimal(row["metrics"][name]) for row in hours) == Decimal(day["metrics"][name])


def test_rows_are_ordered_by_the_field_asked_for(reading: Any) -> None:
    rows = reading.report(order_field="spend", order_type="DESC", filtering=EVERY)["data"]["list"]
    spends = [Decimal(row["metrics"]["spend"]) for row in rows]
    assert spends == sorted(spends, reverse=True)
    assert len(set(spends)) > 1


@pytest.mark.parametrize(
    "changed",
    [
        {"start_date": "2026-10-04", "end_date": "2026-11-03"},
        {"dimensions": ["ad_id", "stat_time_hour"]},
        {"dimensions": ["ad_id"], "start_date": "2025-11-03"},
        {"dimensions": ["campaign_id", "stat_time_day"]},
        {"dimensions": ["stat_time_day"]},
        {"dimensions": ["ad_id", "stat_time_day", "stat_time_hour"]},
        {"dimensions": ["ad_id", "gender"]},
        {"dimensions": "ad_id"},
        {"data_level": "AUCTION_PLANET"},
        {"report_type": "GUESS"},
        {"start_date": "2026-11-04"},
        {"start_date": "01.11.2026"},
        {"filtering": {"ad_status": "STATUS_ALL"}},
        {"filtering": [{"field_name": "ad_status", "filter_type": "IN", "filter_value": ["STATUS_ALL"]}]},
        {"filtering": [{"field_name": "colour", "filter_type": "IN", "filter_value": "[]"}]},
        {"query_lifetime": "true"},
        {"page_size": 1001},
        {"order_field": "clicks"},
    ],
    ids=lambda changed: json.dumps(changed)[:60],
)
def test_a_wrong_question_is_refused(reading: Any, changed: dict[str, Any]) -> None:
    assert reading.report(**changed)["code"] == INVALID


@pytest.mark.parametrize(
    "changed",
    [
        {"start_date": "2026-10-05", "end_date": "2026-11-03"},
        {"dimensions": ["ad_id", "stat_time_hour"], "end_date": "2026-11-01"},
        {"dimensions": ["ad_id"], "start_date": "2025-11-04"},
    ],
    ids=["30 days", "one day by hours", "365 days in one"],
)
def test_the_longest_spans_are_answered(reading: Any, changed: dict[str, Any]) -> None:
    assert reading.report(**changed)["code"] == OK


def test_a_report_task_ends_in_a_file_with_the_same_rows(reading: Any) -> None:
    asked = {
        "report_type": "BASIC",
        "data_level": "AUCTION_AD",
        "dimensions": ["ad_id", "stat_time_day"],
        "metrics": ["spend"],
        "start_date": "2026-11-01",
        "end_date": "2026-11-03",
        "filtering": EVERY,
        "file_name": " ",
        "enable_report_title_translation": True,
    }
    task = reading.post("report/task/create/", **asked)["data"]["task_id"]
    assert reading.get("report/task/download/", task_id=task)["code"] == 40201
    statuses = [reading.get("report/task/check/", task_id=task)["data"]["status"] for _ in range(3)]
    assert statuses == ["QUEUING", "PROCESSING", "SUCCESS"]
    text = reading.raw("report/task/download/", task_id=task).text
    told = {(row["ad_id"], row["stat_time_day"]): row["spend"] for row in csv.DictReader(io.StringIO(text))}
    rows = reading.report(filtering=EVERY)["data"]["list"]
    assert told == {tuple(row["dimensions"].values()): row["metrics"]["spend"] for row in rows}


def test_a_download_link_needs_no_token(reading: Any) -> None:
    asked = {
        "report_type": "BASIC",
        "data_level": "AUCTION_AD",
        "dimensions": ["ad_id"],
        "output_format": "CSV_DOWNLOAD",
    }
    dated = {"start_date": "2026-11-01", "end_date": "2026-11-03"}
    task = reading.post("report/task/create/", **asked, **dated)["data"]["task_id"]
    for _ in range(3):
        reading.get("report/task/check/", task_id=task)
    link = reading.get("report/task/download/", task_id=task)["data"]["download_url"]
    assert httpx.get(link).text.splitlines()[0] == "Ad ID,Spend,Impressions"


def test_a_canceled_task_never_finishes(reading: Any) -> None:
    asked = {"report_type": "BASIC", "data_level": "AUCTION_AD", "dimensions": ["ad_id"]}
    dated = {"start_date": "2026-11-01", "end_date": "2026-11-03"}
    task = reading.post("report/task/create/", **asked, **dated)["data"]["task_id"]
    assert reading.post("report/task/cancel/", task_id=task)["code"] == OK
    for _ in range(4):
        assert reading.get("report/task/check/", task_id=task)["data"]["status"] == "CANCELED"


def test_small_limits_make_reports_too_large_or_cut_off(limited: Any) -> None:
    with limited(Limits(report_rows=20, report_ads=5)) as caller:
        month = {"start_date": "2026-10-05", "end_date": "2026-11-03", "filtering": EVERY}
        assert caller.report(**month)["code"] == 40067
        one_day = caller.raw(
            "report/integrated/get/",
            report_type="BASIC",
            data_level="AUCTION_AD",
            dimensions=["ad_id"],
            start_date="2026-10-05",
            end_date="2026-10-05",
        )
        assert "x-tt-ads-throttle" in one_day.headers
