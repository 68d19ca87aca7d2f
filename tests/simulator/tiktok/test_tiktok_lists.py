"""TikTok's door over real HTTP: who may come in, the envelope, pages, filters, and everything it must refuse."""

from typing import Any

import httpx
import pytest

from simulator.tiktok_ads.call import Limits

OK, NO_PERMISSION, INVALID = 0, 40001, 40002


@pytest.mark.parametrize(
    ("headers", "code"),
    [({}, 40104), ({"Access-Token": "made-up"}, 40105)],
    ids=["no token", "unknown token"],
)
def test_a_bad_token_is_told_by_its_code_in_a_200(reading: Any, headers: dict[str, str], code: int) -> None:
    url = f"{reading.sim.base_url}/open_api/v1.3/campaign/get/"
    response = httpx.get(url, params={"advertiser_id": reading.id}, headers=headers)
    assert reading.told(response)["code"] == code


def test_a_revoked_token_is_invalid_and_works_again_once_restored(writing: Any) -> None:
    writing.sim.faults.revoke("tiktok_ads", writing.id)
    assert writing.get("campaign/get/")["code"] == 40105
    writing.sim.faults.restore("tiktok_ads", writing.id)
    assert writing.get("campaign/get/")["code"] == OK


def test_somebody_elses_advertiser_and_an_unknown_one_are_refused_alike(reading: Any) -> None:
    for advertiser in (reading.other().id, "7000000000000000000"):
        assert reading.get("campaign/get/", advertiser_id=advertiser)["code"] == NO_PERMISSION


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/open_api/v1.3/campaign/get", 40400),
        ("/open_api/v1.3/nothing/get/", 40400),
        ("/open_api/v1.2/campaign/get/", 40006),
    ],
    ids=["no trailing slash", "unknown path", "another version"],
)
def test_paths_are_exact(reading: Any, path: str, code: int) -> None:
    response = reading.client.get(f"{reading.sim.base_url}{path}", params={"advertiser_id": reading.id})
    assert reading.told(response)["code"] == code


def test_the_first_page_may_come_without_its_number_and_holds_ten(reading: Any) -> None:
    data = reading.get("ad/get/")["data"]
    assert data["page_info"] == {"page": 1, "page_size": 10, "total_number": 11, "total_page": 2}
    assert len(data["list"]) == 10


def test_pages_are_full_but_for_the_last_and_hold_every_row_once(reading: Any) -> None:
    everything = {"secondary_status": "AD_STATUS_ALL"}
    pages = [reading.get("ad/get/", page=page, page_size=5, filtering=everything)["data"] for page in (1, 2, 3)]
    assert [len(page["list"]) for page in pages] == [5, 5, 2]
    assert {page["page_info"]["total_number"] for page in pages} == {12}
    assert {page["page_info"]["total_page"] for page in pages} == {3}
    assert len({row["ad_id"] for page in pages for row in page["list"]}) == 12
    assert reading.get("ad/get/", page=4, page_size=5, filtering=everything)["data"]["list"] == []


@pytest.mark.parametrize("params", [{"page_size": 1001}, {"page_size": 0}, {"page": 0}, {"page": "first"}])
def test_pages_out_of_range_are_refused(reading: Any, params: dict[str, Any]) -> None:
    assert reading.get("ad/get/", **params)["code"] == INVALID


def test_deleted_ads_are_hidden_until_asked_for(reading: Any) -> None:
    world = reading.sim.world
    gone = {ad.id for ad in world.objects("tiktok_ads", reading.id, "ad") if ad.status == "deleted"}
    assert len(gone) == 1
    shown = {row["ad_id"] for row in reading.rows("ad/get/")}
    assert not gone & shown
    everything = reading.rows("ad/get/", filtering={"secondary_status": "AD_STATUS_ALL"})
    assert gone == {row["ad_id"] for row in everything} - shown
    only = reading.rows("ad/get/", filtering={"primary_status": "STATUS_DELETE"})
    assert gone == {row["ad_id"] for row in only}


def test_ids_are_text_of_nineteen_digits(reading: Any) -> None:
    for path, field in (("campaign/get/", "campaign_id"), ("adgroup/get/", "adgroup_id"), ("ad/get/", "ad_id")):
        for row in reading.rows(path):
            assert isinstance(row[field], str)
            assert int(row[field]) > 2**53


def test_filters_choose_by_id_name_and_parent(reading: Any) -> None:
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
def test_a_wrong_filter_is_refused(reading: Any, filtering: Any) -> None:
    assert reading.get("campaign/get/", filtering=filtering)["code"] == INVALID


def test_only_the_fields_asked_for_come_back(reading: Any) -> None:
    rows = reading.rows("campaign/get/", fields=["campaign_id", "budget", "no_such_field"])
    assert all(set(row) == {"campaign_id", "budget"} for row in rows)


def test_an_ad_under_a_paused_campaign_says_so_and_keeps_its_own_switch(writing: Any) -> None:
    ad = writing.rows("ad/get/")[0]
    writing.post("campaign/status/update/", campaign_ids=[ad["campaign_id"]], operation_status="DISABLE")
    after = writing.rows("ad/get/", filtering={"ad_ids": [ad["ad_id"]]})[0]
    assert (ad["secondary_status"], after["secondary_status"]) == (
        "AD_STATUS_DELIVERY_OK",
        "AD_STATUS_CAMPAIGN_DISABLE",
    )
    assert after["operation_status"] == "ENABLE"


def test_an_advertiser_above_its_quota_is_refused_until_it_slows_down(limited: Any) -> None:
    with limited(Limits(calls_per_second=1)) as caller:
        answers = [caller.get("campaign/get/") for _ in range(8)]
        assert answers[0]["code"] == OK
        refused = next(answer for answer in answers if answer["code"] != OK)
        assert (refused["code"], f"Advertiser ({caller.id})'s QPS (2) reaches QPS limit 1" in refused["message"]) == (
            40133,
            True,
        )


def test_advertisers_are_told_for_a_token_and_by_id(reading: Any) -> None:
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
    assert reading.post("oauth2/access_token/", app_id="a", secret="s", auth_code="guess")["code"] == 40110


def test_an_ads_film_is_described(reading: Any) -> None:
    video = reading.rows("ad/get/")[0]["video_id"]
    found = reading.get("file/video/ad/info/", video_ids=[video, "v0"])["data"]["list"]
    assert [row["video_id"] for row in found] == [video]
