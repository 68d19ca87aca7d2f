"""The platform's official SDK, unchanged but for its base address, against the practice world's door."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from facebook_business.adobjects.ad import Ad
from facebook_business.adobjects.adaccount import AdAccount
from facebook_business.adobjects.adset import AdSet
from facebook_business.adobjects.adsinsights import AdsInsights
from facebook_business.adobjects.campaign import Campaign
from facebook_business.adobjects.customaudience import CustomAudience
from facebook_business.adobjects.user import User
from facebook_business.api import FacebookAdsApi
from facebook_business.exceptions import FacebookRequestError
from facebook_business.session import FacebookSession

from simulator.meta_ads.door import DOOR
from simulator.serving import Sim, serve

EVERY_STATUS = ["ACTIVE", "PAUSED", "ARCHIVED", "DELETED"]
TARGETING = {"geo_locations": {"countries": ["US"]}, "targeting_automation": {"advantage_audience": 0}}


@pytest.fixture(scope="module")
def sim() -> Iterator[Sim]:
    with serve(scenario="tiny", seed=3, specs=(DOOR,)) as sim:
        yield sim


@pytest.fixture
def api(sim: Sim) -> FacebookAdsApi:
    credential = sim.credential("meta_ads").fields
    session = FacebookSession("app", credential["APP_SECRET"], credential["TOKEN"])
    session.GRAPH = sim.base_url
    return FacebookAdsApi(session)


@pytest.fixture
def account(sim: Sim, api: FacebookAdsApi) -> AdAccount:
    return AdAccount(f"act_{sim.credential('meta_ads').account_id}", api=api)


def test_the_account_and_the_accounts_of_its_user(account: AdAccount, api: FacebookAdsApi) -> None:
    node = account.api_get(fields=["account_id", "currency", "timezone_name", "name"])
    assert node["currency"] == "USD"
    assert node["timezone_name"] == "America/Los_Angeles"
    assert [each["id"] for each in User("me", api=api).get_ad_accounts()] == [account["id"]]


def test_lists_are_walked_to_their_end_with_a_true_total(sim: Sim, account: AdAccount) -> None:
    truth = sim.world.objects("meta_ads", account["id"].removeprefix("act_"), "ad")
    cursor = account.get_ads(fields=["name", "effective_status"], params={"limit": 1, "effective_status": EVERY_STATUS})
    ads = list(cursor)
    assert sorted(ad["id"] for ad in ads) == sorted(ad.id for ad in truth)
    assert cursor.total() == len(truth)
    assert {ad["name"] for ad in ads} == {ad.name for ad in truth}


def test_deleted_and_archived_objects_are_hidden_unless_asked_for(sim: Sim, account: AdAccount) -> None:
    truth = sim.world.objects("meta_ads", account["id"].removeprefix("act_"), "ad")
    shown = {ad["id"] for ad in account.get_ads()}
    assert shown == {ad.id for ad in truth if ad.status in ("active", "paused")}
    assert shown != {ad.id for ad in truth}


def test_sync_insights_page_and_carry_texts_for_numbers(sim: Sim, account: AdAccount) -> None:
    params = {
        "level": "ad",
        "time_increment": 1,
        "limit": 7,
        "time_range": {"since": "2026-10-28", "until": "2026-11-02"},
        "breakdowns": [AdsInsights.Breakdowns.publisher_platform],
        "filtering": [{"field": "ad.effective_status", "operator": "IN", "value": EVERY_STATUS}],
    }
    rows = list(account.get_insights(fields=["ad_id", "impressions", "spend"], params=params))
    since, until = (sim.world.now().date() - timedelta(days=back) for back in (8, 2))
    truth = sim.world.ad_days("meta_ads", account["id"].removeprefix("act_"), since, until)
    assert len(rows) == len(truth) > 14
    assert all(isinstance(row["impressions"], str) and isinstance(row["spend"], str) for row in rows)
    assert sum(int(row["impressions"]) for row in rows) == sum(row.impressions for row in truth)


def test_async_insights_are_polled_and_read(account: AdAccount) -> None:
    params = {"level": "campaign", "time_increment": 1, "date_preset": "last_7d"}
    job = account.get_insights_async(fields=["campaign_id", "spend"], params=params)
    seen = []
    while not seen or seen[-1] != ("Job Completed", 100):
        job = job.api_get()
        seen.append((job["async_status"], job["async_percent_completion"]))
    assert seen == [("Job Not Started", 0), ("Job Running", 53), ("Job Running", 100), ("Job Completed", 100)]
    rows = list(job.get_insights(params={"limit": 3}))
    assert len(rows) == 14  # two campaigns on seven days
    assert job["account_id"] == account["id"].removeprefix("act_")


def test_a_batch_polls_several_jobs_at_once(account: AdAccount, api: FacebookAdsApi) -> None:
    jobs = [account.get_insights(fields=["spend"], params={"date_preset": "last_3d"}, is_async=True) for _ in range(2)]
    batch, states, failures = api.new_batch(), [], []
    for job in jobs:
        job.api_get(
            batch=batch,
            success=lambda response: states.append(response.json()),
            failure=lambda response: failures.append(response.json()),
        )
    batch.add("GET", "999/", failure=lambda response: failures.append(response.json()))
    batch.execute()
    assert len(states) + len(failures) == 3
    assert failures[-1]["error"]["error_subcode"] == 33


def test_a_campaign_with_its_own_budget_is_made_changed_and_paused(sim: Sim, account: AdAccount) -> None:
    campaign = account.create_campaign(
        params={
            "name": "SDK · Herbst 🍂",
            "objective": Campaign.Objective.outcome_sales,
            "status": Campaign.Status.active,
            "special_ad_categories": [],
            "daily_budget": 5000,
            "bid_strategy": Campaign.BidStrategy.lowest_cost_without_cap,
        }
    )
    campaign.api_update(params={"daily_budget": 6000, "status": Campaign.Status.paused})
    node = campaign.api_get(fields=["name", "daily_budget", "status", "objective"])
    assert (node["name"], node["daily_budget"], node["status"]) == ("SDK · Herbst 🍂", "6000", "PAUSED")
    campaign.api_delete()
    made = sim.world.find("meta_ads", "campaign", campaign["id"])
    assert made is not None
    assert made.status == "deleted"


def test_a_whole_ad_is_made_with_its_creative(account: AdAccount) -> None:
    campaign = account.create_campaign(
        params={
            "name": "SDK shop",
            "objective": "OUTCOME_SALES",
            "status": "PAUSED",
            "special_ad_categories": [],
            "is_adset_budget_sharing_enabled": False,
        }
    )
    ad_set = account.create_ad_set(
        params={
            "name": "SDK set",
            "campaign_id": campaign["id"],
            "billing_event": AdSet.BillingEvent.impressions,
            "optimization_goal": AdSet.OptimizationGoal.offsite_conversions,
            "promoted_object": {"pixel_id": "123", "custom_event_type": "PURCHASE"},
            "daily_budget": 2000,
            "targeting": TARGETING,
            "status": "PAUSED",
        }
    )
    link = {"link": "https://shop.example/a", "message": "Hallo", "call_to_action": {"type": "SHOP_NOW"}}
    creative = account.create_ad_creative(
        params={"name": "SDK picture", "object_story_spec": {"page_id": "77", "link_data": link}}
    )
    ad = account.create_ad(
        params={"name": "SDK ad", "adset_id": ad_set["id"], "creative": {"creative_id": creative["id"]}}
    )
    node = ad.api_get(fields=[Ad.Field.creative, Ad.Field.adset_id, Ad.Field.campaign_id, Ad.Field.effective_status])
    assert node["creative"]["id"] == creative["id"]
    assert (node["adset_id"], node["campaign_id"]) == (ad_set["id"], campaign["id"])
    assert [each["id"] for each in Campaign(campaign["id"], api=account.get_api()).get_ad_sets()] == [ad_set["id"]]


def test_an_audience_takes_hashed_people(account: AdAccount) -> None:
    audience = account.create_custom_audience(
        params={"name": "SDK readers", "subtype": "CUSTOM", "customer_file_source": "USER_PROVIDED_ONLY"}
    )
    people = ["a@example.test", "b@example.test"]
    answer = audience.add_users(CustomAudience.Schema.email_hash, people).json()
    assert (answer["num_received"], answer["num_invalid_entries"]) == (2, 0)
    answer = audience.remove_users(CustomAudience.Schema.email_hash, people[:1]).json()
    assert (answer["num_received"], answer["num_invalid_entries"]) == (1, 0)
    answer = audience.add_users(CustomAudience.Schema.email_hash, ["plain@example.test"], pre_hashed=True).json()
    assert answer["num_invalid_entries"] == 1


def test_a_refusal_reaches_the_sdk_with_code_and_blame(account: AdAccount) -> None:
    with pytest.raises(FacebookRequestError) as caught:
        account.create_campaign(
            params={"name": "x", "objective": "CONVERSIONS", "special_ad_categories": [], "daily_budget": 5000}
        )
    assert caught.value.api_error_code() == 100
    error = json.loads(json.dumps(caught.value.body()))["error"]
    assert error["error_data"] == {"blame_field_specs": [["objective"]]}


def test_a_wrong_app_secret_is_refused(sim: Sim) -> None:
    session = FacebookSession("app", "another secret", sim.credential("meta_ads").fields["TOKEN"])
    session.GRAPH = sim.base_url
    with pytest.raises(FacebookRequestError, match="appsecret_proof"):
        User("me", api=FacebookAdsApi(session)).api_get()
