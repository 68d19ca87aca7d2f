"""What can be changed at TikTok's door: campaigns, ad groups, ads and audiences, budgets and switches."""

import hashlib
from datetime import date, timedelta
from decimal import ROUND_UP, Decimal
from typing import Any

import pytest

OK, PARTIAL, INVALID, MISSING, DUPLICATE = 0, 20001, 40002, 40007, 40050


def test_a_campaign_is_created_once_for_a_request_id(writing: Any) -> None:
    body = {"campaign_name": "c", "objective_type": "TRAFFIC", "budget_mode": "BUDGET_MODE_DAY", "request_id": "17"}
    refused = writing.post("campaign/create/", **body, budget=49.99)
    made = writing.post("campaign/create/", **body, budget=50)
    again = writing.post("campaign/create/", **body, budget=50)
    assert [each["code"] for each in (refused, made, again)] == [INVALID, OK, DUPLICATE]
    named = writing.rows("campaign/get/", filtering={"campaign_name": "c"})
    assert [row["campaign_id"] for row in named if row["campaign_name"] == "c"] == [made["data"]["campaign_id"]]


@pytest.mark.parametrize(
    ("number", "budget", "code"),
    [
        *[(0, 50, OK), (0, 49.99, INVALID), (0, 50.005, INVALID), (0, 10_000_000, INVALID), (0, "50", INVALID)],
        *[(1, 5000, OK), (1, 4999, INVALID), (1, 5000.5, INVALID)],
    ],
)
def test_campaign_budgets_obey_the_floor_of_their_currency(writing: Any, number: int, budget: Any, code: int) -> None:
    caller = (writing, writing.other())[number]
    body = {"campaign_name": "c", "objective_type": "REACH", "budget_mode": "BUDGET_MODE_DAY", "budget": budget}
    assert caller.post("campaign/create/", **body)["code"] == code


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
    writing: Any, campaign: dict[str, Any], group: dict[str, Any], code: int
) -> None:
    made = writing.post("campaign/create/", campaign_name="c", objective_type="TRAFFIC", **campaign)["data"]
    body = {**GROUP, **group, "campaign_id": made["campaign_id"]}
    assert writing.post("adgroup/create/", **body)["code"] == code


def test_a_total_budget_covers_the_floor_of_every_day(writing: Any) -> None:
    made = writing.post("campaign/create/", campaign_name="c", objective_type="TRAFFIC")["data"]
    body = {**GROUP, "campaign_id": made["campaign_id"], "budget_mode": "BUDGET_MODE_TOTAL"}
    body |= {"schedule_type": "SCHEDULE_START_END", "schedule_end_time": "2026-11-11 00:00:00"}
    assert writing.post("adgroup/create/", **body, budget=99)["code"] == INVALID  # five days at 20
    assert writing.post("adgroup/create/", **body, budget=100)["code"] == OK


def test_a_new_budget_covers_105_percent_of_todays_spend(writing: Any) -> None:
    world = writing.sim.world
    objects = [
        *world.objects("tiktok_ads", writing.id, "campaign"),
        *world.objects("tiktok_ads", writing.id, "ad_group"),
    ]
    carrier = next(each for each in objects if each.daily_budget is not None)
    level = {"campaign": "campaign", "ad_group": "adgroup"}[carrier.level]

    def change(budget: float) -> int:
        return writing.post(f"{level}/update/", **{f"{level}_id": carrier.id}, budget=budget)["code"]

    assert change(500.0) == OK
    writing.sim.control.advance(hours=16)  # from one in the morning to five in the afternoon, New York
    today = date(2026, 11, 5)
    days = world.ad_days("tiktok_ads", writing.id, today, today + timedelta(days=1))
    spent = sum((day.spend for day in days if carrier.id in (day.campaign_id, day.ad_group_id)), Decimal(0))
    assert spent > 60, "otherwise the floor alone would refuse the budgets below"
    assert change(float(spent)) == INVALID
    assert change(float((spent * Decimal("1.05")).quantize(Decimal("0.01"), ROUND_UP))) == OK


def test_twenty_ids_may_be_switched_and_twenty_one_may_not(writing: Any) -> None:
    made = [
        writing.post("campaign/create/", campaign_name=f"c{number}", objective_type="REACH")["data"]["campaign_id"]
        for number in range(21)
    ]
    assert writing.post("campaign/status/update/", campaign_ids=made, operation_status="DISABLE")["code"] == INVALID
    answer = writing.post("campaign/status/update/", campaign_ids=made[:20], operation_status="DISABLE")
    assert (answer["code"], answer["data"]) == (OK, {"campaign_ids": made[:20], "status": "DISABLE"})


def test_ad_groups_may_be_switched_in_part_and_nothing_else_may(writing: Any) -> None:
    group = writing.rows("adgroup/get/")[0]["adgroup_id"]
    ids = [group, "1800000000000000000"]
    whole = writing.post("adgroup/status/update/", adgroup_ids=ids, operation_status="DISABLE")
    assert whole["code"] == MISSING
    assert writing.rows("adgroup/get/", filtering={"adgroup_ids": [group]})[0]["operation_status"] == "ENABLE"
    part = writing.post(
        "adgroup/status/update/", adgroup_ids=ids, operation_status="DISABLE", allow_partial_success=True
    )
    assert (part["code"], part["data"]["adgroup_ids"]) == (PARTIAL, [group])
    assert [error["adgroup_id"] for error in part["data"]["errors"]] == [ids[1]]


def test_what_is_deleted_stays_deleted(writing: Any) -> None:
    ad = writing.rows("ad/get/")[0]["ad_id"]
    assert writing.post("ad/status/update/", ad_ids=[ad], operation_status="DELETE")["code"] == OK
    assert writing.post("ad/status/update/", ad_ids=[ad], operation_status="ENABLE")["code"] == INVALID


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
def test_ads_carry_their_creative(writing: Any, changed: dict[str, Any], code: int) -> None:
    group = writing.rows("adgroup/get/")[0]["adgroup_id"]
    answer = writing.post("ad/create/", adgroup_id=group, creatives=[{**CREATIVE, **changed}])
    assert answer["code"] == code
    if code == OK:
        row = writing.rows("ad/get/", filtering={"ad_ids": answer["data"]["ad_ids"]})[0]
        assert (row["ad_name"], row["adgroup_id"], row["ad_text"]) == ("a", group, "Come and see.")


def upload(caller: Any, content: bytes, **fields: str) -> dict[str, Any]:
    signature = hashlib.md5(content).hexdigest()
    data = {"advertiser_id": caller.id, "calculate_type": "EMAIL_SHA256", "file_signature": signature, **fields}
    files = {"file": ("people.txt", content, "text/plain")}
    return caller.told(caller.client.post("dmp/custom_audience/file/upload/", data=data, files=files))


def test_audiences_are_made_from_files_of_hashes(writing: Any) -> None:
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
        assert writing.post("dmp/custom_audience/update/", **body)["code"] == OK
        sizes.append(size())
    assert sizes == [3, 5, 2, 3]


def test_plain_addresses_and_wrong_checksums_are_refused(writing: Any) -> None:
    assert upload(writing, b"ann@larkspur.example")["code"] == 40062
    assert upload(writing, b"a" * 64, file_signature="0" * 32)["code"] == 40900
    assert upload(writing, b"")["code"] == 40906
