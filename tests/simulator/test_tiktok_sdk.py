"""The official TikTok SDK runs against the practice world unchanged but for its host."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import business_api_client as sdk
import pytest
from business_api_client.tiktok_business.tiktok_exceptions import TiktokSDKError

from simulator.serving import serve
from simulator.tiktok_ads.door import DOOR
from simulator.world.scenario import TIKTOK_US, TINY


@dataclass(frozen=True)
class Account:
    client: sdk.ApiClient
    id: str
    token: str
    world: Any


@pytest.fixture
def account() -> Iterator[Account]:
    with serve(scenario=replace(TINY, accounts=(TIKTOK_US,)), seed=7, specs=[DOOR]) as sim:
        configuration = sdk.Configuration()
        configuration.host = sim.base_url
        client = sdk.ApiClient(configuration)
        held = sim.credential("tiktok_ads")
        yield Account(client, held.account_id, held.fields["TOKEN"], sim.world)
        client.rest_client.pool_manager.clear()


def ids(answer: dict[str, Any], field: str) -> set[str]:
    return {row[field] for row in answer["data"]["list"]}


def world_ids(account: Account, level: str) -> set[str]:
    return {each.id for each in account.world.objects("tiktok_ads", account.id, level) if each.status != "deleted"}


def test_it_lists_campaigns_ad_groups_and_ads(account: Account) -> None:
    campaigns = sdk.CampaignCreationApi(account.client).campaign_get(account.id, account.token)
    groups = sdk.AdgroupApi(account.client).adgroup_get(account.id, account.token, page=1, page_size=100)
    ads = sdk.AdApi(account.client).ad_get(account.id, account.token, fields=["ad_id", "ad_name"])
    assert ids(campaigns, "campaign_id") == world_ids(account, "campaign")
    assert ids(groups, "adgroup_id") == world_ids(account, "ad_group")
    assert ids(ads, "ad_id") == world_ids(account, "ad")


def test_its_filter_shows_deleted_ads(account: Account) -> None:
    filtering = sdk.FilteringAdGet(secondary_status="AD_STATUS_ALL")
    everything = sdk.AdApi(account.client).ad_get(account.id, account.token, filtering=filtering)
    assert ids(everything, "ad_id") == {ad.id for ad in account.world.objects("tiktok_ads", account.id, "ad")}
    assert len(ids(everything, "ad_id")) > len(world_ids(account, "ad"))


def test_it_reads_an_integrated_report(account: Account) -> None:
    answer = sdk.ReportingApi(account.client).report_integrated_get(
        "BASIC",
        account.token,
        advertiser_id=account.id,
        data_level="AUCTION_AD",
        dimensions=["ad_id", "stat_time_day"],
        metrics=["spend", "impressions", "likes"],
        start_date="2026-11-01",
        end_date="2026-11-03",
        page=1,
        page_size=1000,
        enable_total_metrics=True,
        filtering=[{"field_name": "ad_status", "filter_type": "IN", "filter_value": '["STATUS_ALL"]'}],
    )["data"]
    assert answer["list"]
    assert {row["metrics"]["likes"] for row in answer["list"]} == {"-"}
    assert int(answer["total_metrics"]["impressions"]) == sum(int(r["metrics"]["impressions"]) for r in answer["list"])


def test_it_runs_a_report_task_with_its_own_defaults(account: Account) -> None:
    reporting = sdk.ReportingApi(account.client)
    body = sdk.ReportTaskCreateBody(
        advertiser_id=account.id,
        report_type="BASIC",
        data_level="AUCTION_AD",
        dimensions=["ad_id"],
        metrics=["spend"],
        start_date="2026-11-01",
        end_date="2026-11-03",
    )
    task = reporting.report_task_create(account.token, body=body)["data"]["task_id"]
    statuses = [reporting.report_task_check(task, account.id, account.token)["data"]["status"] for _ in range(3)]
    assert statuses[-1] == "SUCCESS"


def test_it_creates_a_campaign_once(account: Account) -> None:
    campaigns = sdk.CampaignCreationApi(account.client)
    body = sdk.CampaignCreateBody(
        advertiser_id=account.id,
        campaign_name="Herbst [w1]",
        objective_type="TRAFFIC",
        budget_mode="BUDGET_MODE_DAY",
        budget=60.0,
        request_id="1234567890",
    )
    made = campaigns.campaign_create(account.token, body=body)["data"]["campaign_id"]
    with pytest.raises(TiktokSDKError, match="40050"):
        campaigns.campaign_create(account.token, body=body)
    assert account.world.find("tiktok_ads", "campaign", made).name == "Herbst [w1]"


def test_it_switches_an_ad_group_off(account: Account) -> None:
    group = next(iter(world_ids(account, "ad_group")))
    body = sdk.AdgroupStatusUpdateBody(advertiser_id=account.id, adgroup_ids=[group], operation_status="DISABLE")
    answer = sdk.AdgroupApi(account.client).adgroup_status_update(account.token, body=body)
    assert answer["data"]["adgroup_ids"] == [group]
    assert account.world.find("tiktok_ads", "ad_group", group).status == "paused"


def test_it_tells_a_wrong_token_by_its_code(account: Account) -> None:
    with pytest.raises(TiktokSDKError, match="40105"):
        sdk.CampaignCreationApi(account.client).campaign_get(account.id, "made-up")


def test_it_finds_its_advertisers(account: Account) -> None:
    mine = sdk.AuthenticationApi(account.client).oauth2_advertiser_get("app", "secret", account.token)
    info = sdk.AccountManagementApi(account.client).advertiser_info([account.id], account.token)
    assert ids(mine, "advertiser_id") == ids(info, "advertiser_id") == {account.id}
