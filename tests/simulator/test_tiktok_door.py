"""TikTok's door over real HTTP: the envelope, lists, reports and tasks, and everything it must refuse."""

import csv
import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import ROUND_UP, Decimal
from typing import Any

import httpx
import pytest

from simulator.serving import Sim, serve
from simulator.tiktok_ads.call import Limits
from simulator.tiktok_ads.door import DOOR, spec
from simulator.world.scenario import TIKTOK_JP, TIKTOK_US, TINY

SCENARIO = replace(TINY, accounts=(TIKTOK_US, TIKTOK_JP), history_days=40, campaigns=3, ads=4)
OK, PARTIAL, NO_PERMISSION, INVALID, MISSING, DUPLICATE = 0, 20001, 40001, 40002, 40007, 40050


class Caller:
    """Speaks as a client does: JSON text in queries, JSON bodies, the token in its header."""

    def __init__(self, sim: Sim, number: int = 0) -> None:
        held = sim.credential("tiktok_ads", number)
        self.sim, self.id, self.token = sim, held.account_id, held.fields["TOKEN"]
        self.client = httpx.Client(base_url=f"{sim.base_url}/open_api/v1.3/", headers={"Access-Token": self.token})

    def raw(self, path: str, **params: Any) -> httpx.Response:
        texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in params.items()}
        return self.client.get(path, params={"advertiser_id": self.id, **texts})

    def get(self, path: str, **params: Any) -> dict[str, Any]:
        response = self.raw(path, **params)
        assert response.status_code == 200
        return response.json()

    def post(self, path: str, **body: Any) -> dict[str, Any]:
        response = self.client.post(path, json={"advertiser_id": self.id, **body})
        assert response.status_code == 200
        return response.json()

    def rows(self, path: str, **params: Any) -> list[dict[str, Any]]:
        answer = self.get(path, page_size="1000", **params)
        assert answer["code"] == OK, answer
        return answer["data"]["list"]

    def report(self, **params: Any) -> dict[str, Any]:
        asked = {
            "report_type": "BASIC",
            "data_level": "AUCTION_AD",
            "dimensions": ["ad_id", "stat_time_day"],
            "metrics": ["spend", "impressions"],
            "start_date": "2026-11-01",
            "end_date": "2026-11-03",
            "page_size": "1000",
        }
        return self.get("report/integrated/get/", **{**asked, **params})


@pytest.fixture(scope="module")
def reading() -> Iterator[Caller]:
    with serve(scenario=SCENARIO, seed=7, specs=[DOOR]) as sim:
        yield Caller(sim)


@pytest.fixture
def writing() -> Iterator[Caller]:
    small = replace(TINY, accounts=(TIKTOK_US, TIKTOK_JP), history_days=3, people=1_000)
    with serve(scenario=small, seed=7, specs=[DOOR]) as sim:
        yield Caller(sim)


def code_of(answer: dict[str, Any]) -> int:
    assert set(answer) == {"code", "message", "request_id", "data"}
    assert isinstance(answer["data"], dict), "a generic loader reads `list` from `data`, so it stays an object"
    return answer["code"]


EVERY = [{"field_name": "ad_status", "filter_type": "IN", "filter_value": '["STATUS_ALL"]'}]


@pytest.mark.parametrize(
    ("headers", "code"),
    [({}, 40104), ({"Access-Token": "made-up"}, 40105)],
    ids=["no token", "unknown token"],
)
def test_a_bad_token_is_told_by_its_code_in_a_200(reading: Caller, headers: dict[str, str], code: int) -> None:
    url = f"{reading.sim.base_url}/open_api/v1.3/campaign/get/"
    response = httpx.get(url, params={"advertiser_id": reading.id}, headers=headers)
    assert (response.status_code, code_of(response.json())) == (200, code)


def test_a_revoked_token_is_invalid_and_works_again_once_restored(writing: Caller) -> None:
    writing.sim.faults.revoke("tiktok_ads", writing.id)
    assert code_of(writing.get("campaign/get/")) == 40105
    writing.sim.faults.restore("tiktok_ads", writing.id)
    assert code_of(writing.get("campaign/get/")) == OK


def test_somebody_elses_advertiser_and_an_unknown_one_are_refused_alike(reading: Caller) -> None:
    other = reading.sim.credential("tiktok_ads", 1).account_id
    for advertiser in (other, "7000000000000000000"):
        assert code_of(reading.get("campaign/get/", advertiser_id=advertiser)) == NO_PERMISSION


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/open_api/v1.3/campaign/get", 40400),
        ("/open_api/v1.3/nothing/get/", 40400),
        ("/open_api/v1.2/campaign/get/", 40006),
    ],
    ids=["no trailing slash", "unknown path", "another version"],
)
def test_paths_are_exact(reading: Caller, path: str, code: int) -> None:
    response = reading.client.get(f"{reading.sim.base_url}{path}", params={"advertiser_id": reading.id})
    assert (response.status_code, code_of(response.json())) == (200, code)


def test_the_first_page_may_come_without_its_number_and_holds_ten(reading: Caller) -> None:
    data = reading.get("ad/get/")["data"]
    assert data["page_info"] == {"page": 1, "page_size": 10, "total_number": 11, "total_page": 2}
    assert len(data["list"]) == 10


def test_pages_are_full_but_for_the_last_and_hold_every_row_once(reading: Caller) -> None:
    everything = {"secondary_status": "AD_STATUS_ALL"}
    pages = [reading.get("ad/get/", page=page, page_size=5, filtering=everything)["data"] for page in (1, 2, 3)]
    assert [len(page["list"]) for page in pages] == [5, 5, 2]
    assert {page["page_info"]["total_number"] for page in pages} == {12}
    assert {page["page_info"]["total_page"] for page in pages} == {3}
    assert len({row["ad_id"] for page in pages for row in page["list"]}) == 12
    assert reading.get("ad/get/", page=4, page_size=5, filtering=everything)["data"]["list"] == []


@pytest.mark.parametrize("params", [{"page_size": 1001}, {"page_size": 0}, {"page": 0}, {"page": "first"}])
def test_pages_out_of_range_are_refused(reading: Caller, params: dict[str, Any]) -> None:
    assert code_of(reading.get("ad/get/", **params)) == INVALID


def test_deleted_ads_are_hidden_until_asked_for(reading: Caller) -> None:
    world = reading.sim.world
    gone = {ad.id for ad in world.objects("tiktok_ads", reading.id, "ad") if ad.status == "deleted"}
    assert len(gone) == 1
    shown = {row["ad_id"] for row in reading.rows("ad/get/")}
    assert not gone & shown
    everything = reading.rows("ad/get/", filtering={"secondary_status": "AD_STATUS_ALL"})
    assert gone == {row["ad_id"] for row in everything} - shown
    only = reading.rows("ad/get/", filtering={"primary_status": "STATUS_DELETE"})
    assert gone == {row["ad_id"] for row in only}


def test_ids_are_text_of_nineteen_digits(reading: Caller) -> None:
    for path, field in (("campaign/get/", "campaign_id"), ("adgroup/get/", "adgroup_id"), ("ad/get/", "ad_id")):
        for row in reading.rows(path):
            assert isinstance(row[field], str)
            assert int(row[field]) > 2**53


def test_filters_choose_by_id_name_and_parent(reading: Caller) -> None:
    first = reading.rows("campaign/get/")[0]
    by_id = reading.rows("campaign/get/", filtering={"campaign_ids": [first["campaign_id"]]})
    assert [row["campaign_id"] for row in by_id] == [first["campaign_id"]]
    fragment = first["campaign_name"][2:9].upper()
    assert first in reading.rows("campaign/get/", filtering={"campaign_name": fragment})
    groups = reading.rows("adgroup/get/", filtering={"campaign_ids": [first["campaign_id"]]})
    assert {row["campaign_id"] for row in groups} == {first["campaign_id"]}


@pytest.mark.parametrize(
    "filtering",
    ["not json", {"colour": "blue"}, {"campaign_ids": [17]}, {"secondary_status": "AD_STATUS_ALL"}, ["a list"]],
    ids=["not JSON", "unknown field", "a number as id", "another level's status", "a list"],
)
def test_a_wrong_filter_is_refused(reading: Caller, filtering: Any) -> None:
    assert code_of(reading.get("campaign/get/", filtering=filtering)) == INVALID


def test_only_the_fields_asked_for_come_back(reading: Caller) -> None:
    rows = reading.rows("campaign/get/", fields=["campaign_id", "budget", "no_such_field"])
    assert all(set(row) == {"campaign_id", "budget"} for row in rows)


def test_an_ad_under_a_paused_campaign_says_so_and_keeps_its_own_switch(writing: Caller) -> None:
    ad = writing.rows("ad/get/")[0]
    writing.post("campaign/status/update/", campaign_ids=[ad["campaign_id"]], operation_status="DISABLE")
    after = writing.rows("ad/get/", filtering={"ad_ids": [ad["ad_id"]]})[0]
    assert (ad["secondary_status"], after["secondary_status"]) == (
        "AD_STATUS_DELIVERY_OK",
        "AD_STATUS_CAMPAIGN_DISABLE",
    )
    assert after["operation_status"] == "ENABLE"


def test_a_report_equals_the_worlds_days(reading: Caller) -> None:
    rows = reading.report(filtering=EVERY)["data"]["list"]
    told = {(row["dimensions"]["ad_id"], row["dimensions"]["stat_time_day"]): row["metrics"] for row in rows}
    truth = reading.sim.world.ad_days("tiktok_ads", reading.id, date(2026, 11, 1), date(2026, 11, 4))
    assert truth
    assert {key: (Decimal(each["spend"]), int(each["impressions"])) for key, each in told.items()} == {
        (day.ad_id, f"{day.day} 00:00:00"): (day.spend, day.impressions) for day in truth
    }


def test_metrics_are_texts_ratios_follow_and_the_unknown_is_a_dash(reading: Caller) -> None:
    names = ["spend", "impressions", "clicks", "ctr", "cpm", "likes", "campaign_name", "ad_id_v2"]
    for row in reading.report(metrics=names, filtering=EVERY)["data"]["list"]:
        said = row["metrics"]
        assert list(said) == names
        assert all(isinstance(value, str) for value in said.values())
        assert said["likes"] == said["ad_id_v2"] == "-"
        assert said["ctr"] == f"{Decimal(said['clicks']) * 100 / Decimal(said['impressions']):.2f}"
        assert said["campaign_name"] != "-"


def test_conversions_are_seven_day_clicks_and_one_day_views(reading: Caller) -> None:
    days = reading.sim.world.ad_days("tiktok_ads", reading.id, date(2026, 11, 1), date(2026, 11, 4))
    expected = {}
    for day in days:
        claimed = day.claims.get("purchase")
        expected[day.ad_id, f"{day.day} 00:00:00"] = str(claimed.click_7d + claimed.view_1d) if claimed else "-"
    rows = reading.report(metrics=["complete_payment"], filtering=EVERY)["data"]["list"]
    assert {tuple(row["dimensions"].values()): row["metrics"]["complete_payment"] for row in rows} == expected
    assert any(value not in ("-", "0") for value in expected.values())


def test_without_a_status_filter_a_deleted_ads_spend_is_missing_from_the_total(reading: Caller) -> None:
    span = {"start_date": "2026-10-15", "end_date": "2026-11-05"}
    hidden = reading.report(enable_total_metrics="True", **span)["data"]["total_metrics"]["spend"]
    whole = reading.report(enable_total_metrics="True", filtering=EVERY, **span)["data"]["total_metrics"]["spend"]
    account = reading.sim.world.account_days("tiktok_ads", reading.id, date(2026, 10, 15), date(2026, 11, 6))
    assert Decimal(hidden) < Decimal(whole) <= sum(day.spend for day in account)


def test_the_account_level_tells_the_accounts_own_days(reading: Caller) -> None:
    asked = {"data_level": "AUCTION_ADVERTISER", "dimensions": ["advertiser_id", "stat_time_day"]}
    rows = reading.report(**asked)["data"]["list"]
    truth = reading.sim.world.account_days("tiktok_ads", reading.id, date(2026, 11, 1), date(2026, 11, 4))
    assert {row["dimensions"]["stat_time_day"][:10]: Decimal(row["metrics"]["spend"]) for row in rows} == {
        str(day.day): day.spend for day in truth
    }


def test_hours_add_up_to_their_day(reading: Caller) -> None:
    asked = {"data_level": "AUCTION_ADVERTISER", "start_date": "2026-11-01", "end_date": "2026-11-01"}
    metrics = ["spend", "impressions", "clicks"]
    hours = reading.report(dimensions=["advertiser_id", "stat_time_hour"], metrics=metrics, **asked)["data"]["list"]
    day = reading.report(dimensions=["advertiser_id", "stat_time_day"], metrics=metrics, **asked)["data"]["list"][0]
    assert len({row["dimensions"]["stat_time_hour"] for row in hours}) == len(hours) > 12
    for name in metrics:
        assert sum(Decimal(row["metrics"][name]) for row in hours) == Decimal(day["metrics"][name])


def test_rows_are_ordered_by_the_field_asked_for(reading: Caller) -> None:
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
def test_a_wrong_question_is_refused(reading: Caller, changed: dict[str, Any]) -> None:
    assert code_of(reading.report(**changed)) == INVALID


@pytest.mark.parametrize(
    "changed",
    [
        {"start_date": "2026-10-05", "end_date": "2026-11-03"},
        {"dimensions": ["ad_id", "stat_time_hour"], "end_date": "2026-11-01"},
        {"dimensions": ["ad_id"], "start_date": "2025-11-04"},
    ],
    ids=["30 days", "one day by hours", "365 days in one"],
)
def test_the_longest_spans_are_answered(reading: Caller, changed: dict[str, Any]) -> None:
    assert code_of(reading.report(**changed)) == OK


def test_a_report_task_ends_in_a_file_with_the_same_rows(reading: Caller) -> None:
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
    assert code_of(reading.get("report/task/download/", task_id=task)) == 40201
    statuses = [reading.get("report/task/check/", task_id=task)["data"]["status"] for _ in range(3)]
    assert statuses == ["QUEUING", "PROCESSING", "SUCCESS"]
    text = reading.raw("report/task/download/", task_id=task).text
    told = {(row["ad_id"], row["stat_time_day"]): row["spend"] for row in csv.DictReader(io.StringIO(text))}
    rows = reading.report(filtering=EVERY)["data"]["list"]
    assert told == {tuple(row["dimensions"].values()): row["metrics"]["spend"] for row in rows}


def test_a_download_link_needs_no_token(reading: Caller) -> None:
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


def test_a_canceled_task_never_finishes(reading: Caller) -> None:
    asked = {"report_type": "BASIC", "data_level": "AUCTION_AD", "dimensions": ["ad_id"]}
    dated = {"start_date": "2026-11-01", "end_date": "2026-11-03"}
    task = reading.post("report/task/create/", **asked, **dated)["data"]["task_id"]
    assert code_of(reading.post("report/task/cancel/", task_id=task)) == OK
    for _ in range(4):
        assert reading.get("report/task/check/", task_id=task)["data"]["status"] == "CANCELED"


def test_small_limits_make_reports_too_large_or_cut_off() -> None:
    limits = Limits(report_rows=20, report_ads=5)
    with serve(scenario=SCENARIO, seed=7, specs=[spec(limits=limits)]) as sim:
        caller = Caller(sim)
        month = {"start_date": "2026-10-05", "end_date": "2026-11-03", "filtering": EVERY}
        assert code_of(caller.report(**month)) == 40067
        one_day = caller.raw(
            "report/integrated/get/",
            report_type="BASIC",
            data_level="AUCTION_AD",
            dimensions=["ad_id"],
            start_date="2026-10-05",
            end_date="2026-10-05",
        )
        assert "x-tt-ads-throttle" in one_day.headers


def test_an_advertiser_above_its_quota_is_refused_until_it_slows_down() -> None:
    with serve(scenario=SCENARIO, seed=7, specs=[spec(limits=Limits(calls_per_second=1))]) as sim:
        caller = Caller(sim)
        answers = [caller.get("campaign/get/") for _ in range(8)]
        assert code_of(answers[0]) == OK
        refused = next(answer for answer in answers if answer["code"] != OK)
        assert (refused["code"], f"Advertiser ({caller.id})'s QPS (2) reaches QPS limit 1" in refused["message"]) == (
            40133,
            True,
        )


def test_advertisers_are_told_for_a_token_and_by_id(reading: Caller) -> None:
    mine = reading.get("oauth2/advertiser/get/", app_id="a", secret="s")["data"]["list"]
    assert [row["advertiser_id"] for row in mine] == [reading.id]
    info = reading.get("advertiser/info/", advertiser_ids=[reading.id])["data"]["list"][0]
    assert (info["currency"], info["timezone"], info["display_timezone"]) == (
        "USD",
        "America/New_York",
        "America/New_York",
    )
    exchanged = reading.post("oauth2/access_token/", app_id="a", secret="s", auth_code=reading.token)["data"]
    assert exchanged["advertiser_ids"] == [reading.id]
    assert code_of(reading.post("oauth2/access_token/", app_id="a", secret="s", auth_code="guess")) == 40110


def test_a_campaign_is_created_once_for_a_request_id(writing: Caller) -> None:
    body = {"campaign_name": "c", "objective_type": "TRAFFIC", "budget_mode": "BUDGET_MODE_DAY", "request_id": "17"}
    refused = writing.post("campaign/create/", **body, budget=49.99)
    made = writing.post("campaign/create/", **body, budget=50)
    again = writing.post("campaign/create/", **body, budget=50)
    assert [code_of(each) for each in (refused, made, again)] == [INVALID, OK, DUPLICATE]
    named = writing.rows("campaign/get/", filtering={"campaign_name": "c"})
    assert [row["campaign_id"] for row in named if row["campaign_name"] == "c"] == [made["data"]["campaign_id"]]


@pytest.mark.parametrize(
    ("number", "budget", "code"),
    [
        *[(0, 50, OK), (0, 49.99, INVALID), (0, 50.005, INVALID), (0, 10_000_000, INVALID), (0, "50", INVALID)],
        *[(1, 5000, OK), (1, 4999, INVALID), (1, 5000.5, INVALID)],
    ],
)
def test_campaign_budgets_obey_the_floor_of_their_currency(
    writing: Caller, number: int, budget: Any, code: int
) -> None:
    caller = Caller(writing.sim, number)
    body = {"campaign_name": "c", "objective_type": "REACH", "budget_mode": "BUDGET_MODE_DAY", "budget": budget}
    assert code_of(caller.post("campaign/create/", **body)) == code


GROUP = {
    "adgroup_name": "g",
    "billing_event": "CPC",
    "optimization_goal": "CLICK",
    "pacing": "PACING_MODE_SMOOTH",
    "schedule_type": "SCHEDULE_FROM_NOW",
    "schedule_start_time": "2026-11-06 00:00:00",
}


@pytest.mark.parametrize(
    ("campaign", "group", "code"),
    [
        ({}, {"budget_mode": "BUDGET_MODE_DAY", "budget": 20}, OK),
        ({}, {"budget_mode": "BUDGET_MODE_DAY", "budget": 19.99}, INVALID),
        ({}, {"budget_mode": "BUDGET_MODE_DYNAMIC_DAILY_BUDGET", "budget": 20}, OK),
        ({}, {"budget_mode": "BUDGET_MODE_INFINITE"}, INVALID),
        ({}, {"budget_mode": "BUDGET_MODE_TOTAL", "budget": 500}, INVALID),
        ({}, {}, INVALID),
        ({"budget_mode": "BUDGET_MODE_DAY", "budget": 60, "budget_optimize_on": True}, {}, OK),
        ({}, {"budget_mode": "BUDGET_MODE_DAY", "budget": 20, "pacing": None}, INVALID),
    ],
    ids=["floor", "below", "dynamic", "none at all", "total without an end", "unsaid", "shared", "without pacing"],
)
def test_ad_groups_need_a_budget_unless_their_campaign_shares_one(
    writing: Caller, campaign: dict[str, Any], group: dict[str, Any], code: int
) -> None:
    made = writing.post("campaign/create/", campaign_name="c", objective_type="TRAFFIC", **campaign)["data"]
    body = {**GROUP, **group, "campaign_id": made["campaign_id"]}
    assert code_of(writing.post("adgroup/create/", **body)) == code


def test_a_total_budget_covers_the_floor_of_every_day(writing: Caller) -> None:
    made = writing.post("campaign/create/", campaign_name="c", objective_type="TRAFFIC")["data"]
    body = {**GROUP, "campaign_id": made["campaign_id"], "budget_mode": "BUDGET_MODE_TOTAL"}
    body |= {"schedule_type": "SCHEDULE_START_END", "schedule_end_time": "2026-11-11 00:00:00"}
    assert code_of(writing.post("adgroup/create/", **body, budget=99)) == INVALID  # five days at 20
    assert code_of(writing.post("adgroup/create/", **body, budget=100)) == OK


def test_a_new_budget_covers_105_percent_of_todays_spend(writing: Caller) -> None:
    world = writing.sim.world
    objects = [
        *world.objects("tiktok_ads", writing.id, "campaign"),
        *world.objects("tiktok_ads", writing.id, "ad_group"),
    ]
    carrier = next(each for each in objects if each.daily_budget is not None)
    level = {"campaign": "campaign", "ad_group": "adgroup"}[carrier.level]

    def change(budget: float) -> int:
        return code_of(writing.post(f"{level}/update/", **{f"{level}_id": carrier.id}, budget=budget))

    assert change(500.0) == OK
    writing.sim.control.advance(hours=16)  # from one in the morning to five in the afternoon, New York
    today = date(2026, 11, 5)
    days = world.ad_days("tiktok_ads", writing.id, today, today + timedelta(days=1))
    spent = sum((day.spend for day in days if carrier.id in (day.campaign_id, day.ad_group_id)), Decimal(0))
    assert spent > 60, "otherwise the floor alone would refuse the budgets below"
    assert change(float(spent)) == INVALID
    assert change(float((spent * Decimal("1.05")).quantize(Decimal("0.01"), ROUND_UP))) == OK


def test_twenty_ids_may_be_switched_and_twenty_one_may_not(writing: Caller) -> None:
    made = [
        writing.post("campaign/create/", campaign_name=f"c{number}", objective_type="REACH")["data"]["campaign_id"]
        for number in range(21)
    ]
    assert code_of(writing.post("campaign/status/update/", campaign_ids=made, operation_status="DISABLE")) == INVALID
    answer = writing.post("campaign/status/update/", campaign_ids=made[:20], operation_status="DISABLE")
    assert (code_of(answer), answer["data"]) == (OK, {"campaign_ids": made[:20], "status": "DISABLE"})


def test_ad_groups_may_be_switched_in_part_and_nothing_else_may(writing: Caller) -> None:
    group = writing.rows("adgroup/get/")[0]["adgroup_id"]
    ids = [group, "1800000000000000000"]
    whole = writing.post("adgroup/status/update/", adgroup_ids=ids, operation_status="DISABLE")
    assert code_of(whole) == MISSING
    assert writing.rows("adgroup/get/", filtering={"adgroup_ids": [group]})[0]["operation_status"] == "ENABLE"
    part = writing.post(
        "adgroup/status/update/", adgroup_ids=ids, operation_status="DISABLE", allow_partial_success=True
    )
    assert (code_of(part), part["data"]["adgroup_ids"]) == (PARTIAL, [group])
    assert [error["adgroup_id"] for error in part["data"]["errors"]] == [ids[1]]


def test_what_is_deleted_stays_deleted(writing: Caller) -> None:
    ad = writing.rows("ad/get/")[0]["ad_id"]
    assert code_of(writing.post("ad/status/update/", ad_ids=[ad], operation_status="DELETE")) == OK
    assert code_of(writing.post("ad/status/update/", ad_ids=[ad], operation_status="ENABLE")) == INVALID


CREATIVE = {
    "ad_name": "a",
    "ad_format": "SINGLE_VIDEO",
    "ad_text": "Come and see.",
    "video_id": "v10033g50000example",
    "identity_type": "CUSTOMIZED_USER",
    "identity_id": "7000000000000000001",
    "landing_page_url": "https://larkspur.example/",
}


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({}, OK),
        ({"ad_format": "SINGLE_IMAGE"}, INVALID),
        ({"ad_format": "SINGLE_IMAGE", "image_ids": ["i1"]}, OK),
        ({"video_id": None}, INVALID),
        ({"identity_id": None}, INVALID),
        ({"ad_text": "x" * 101}, INVALID),
    ],
    ids=["a film", "a picture without one", "a picture", "a film without one", "nobody's", "too long"],
)
def test_ads_carry_their_creative(writing: Caller, changed: dict[str, Any], code: int) -> None:
    group = writing.rows("adgroup/get/")[0]["adgroup_id"]
    answer = writing.post("ad/create/", adgroup_id=group, creatives=[{**CREATIVE, **changed}])
    assert code_of(answer) == code
    if code == OK:
        row = writing.rows("ad/get/", filtering={"ad_ids": answer["data"]["ad_ids"]})[0]
        assert (row["ad_name"], row["adgroup_id"], row["ad_text"]) == ("a", group, "Come and see.")


def test_an_ads_film_is_described(reading: Caller) -> None:
    video = reading.rows("ad/get/")[0]["video_id"]
    found = reading.get("file/video/ad/info/", video_ids=[video, "v0"])["data"]["list"]
    assert [row["video_id"] for row in found] == [video]


def upload(caller: Caller, content: bytes, **fields: str) -> dict[str, Any]:
    signature = hashlib.md5(content).hexdigest()
    data = {"advertiser_id": caller.id, "calculate_type": "EMAIL_SHA256", "file_signature": signature, **fields}
    files = {"file": ("people.txt", content, "text/plain")}
    return caller.client.post("dmp/custom_audience/file/upload/", data=data, files=files).json()


def test_audiences_are_made_from_files_of_hashes(writing: Caller) -> None:
    hashes = [hashlib.sha256(f"{number}@larkspur.example".encode()).hexdigest() for number in range(5)]
    one = upload(writing, "\n".join(hashes[:3]).encode())["data"]["file_path"]
    two = upload(writing, "\n".join(hashes[2:]).encode())["data"]["file_path"]
    made = writing.post(
        "dmp/custom_audience/create/", custom_audience_name="a", file_paths=[one], calculate_type="EMAIL_SHA256"
    )["data"]["custom_audience_id"]

    def size() -> int:
        found = writing.get("dmp/custom_audience/get/", custom_audience_ids=[made])["data"]["list"]
        return found[0]["audience_details"]["cover_num"]

    sizes = [size()]
    for action in ("APPEND", "REMOVE", "REPLACE"):
        body = {"custom_audience_id": made, "action": action, "file_paths": [two]}
        assert code_of(writing.post("dmp/custom_audience/update/", **body)) == OK
        sizes.append(size())
    assert sizes == [3, 5, 2, 3]


def test_plain_addresses_and_wrong_checksums_are_refused(writing: Caller) -> None:
    assert code_of(upload(writing, b"ann@larkspur.example")) == 40062
    assert code_of(upload(writing, b"a" * 64, file_signature="0" * 32)) == 40900
    assert code_of(upload(writing, b"")) == 40906
