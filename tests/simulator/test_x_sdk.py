"""X's own Python library runs against the door unchanged, but for the address it is pointed at."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
import twitter_ads.http
from twitter_ads.account import Account
from twitter_ads.audience import CustomAudience
from twitter_ads.campaign import Campaign, LineItem, TargetingCriteria, Tweet
from twitter_ads.client import Client
from twitter_ads.creative import PromotedTweet
from twitter_ads.cursor import Cursor
from twitter_ads.enum import GRANULARITY, METRIC_GROUP, PLACEMENT
from twitter_ads.error import BadRequest, NotAuthorized, NotFound, RateLimit

from simulator.serving import Sim, serve
from simulator.world.scenario import TINY, X_EU, X_US
from simulator.x_ads.door import DOOR

SCENARIO = replace(TINY, accounts=(X_US, X_EU), campaigns=3, history_days=12)
SINCE, UNTIL = datetime(2026, 10, 29, tzinfo=UTC), datetime(2026, 11, 4, tzinfo=UTC)  # sent as bare dates


@pytest.fixture(scope="module")
def sim() -> Iterator[Sim]:
    with serve(scenario=SCENARIO, seed=9, specs=[DOOR]) as sim:
        yield sim


@pytest.fixture
def account(sim: Sim, monkeypatch: pytest.MonkeyPatch) -> Account:
    monkeypatch.setattr(twitter_ads.http.Request, "_DEFAULT_DOMAIN", sim.base_url)
    keys = sim.credential("x_ads").fields
    client = Client(keys["CONSUMER_KEY"], keys["CONSUMER_SECRET"], keys["TOKEN"], keys["TOKEN_SECRET"])
    accounts = list(client.accounts())
    assert [each.id for each in accounts] == [keys["ID"]]
    return client.accounts(keys["ID"])


def ids(sim: Sim, account: Account, level: str) -> list[str]:
    return [each.id for each in sim.world.objects("x_ads", account.id, level) if each.status != "deleted"]


def charges(sim: Sim, account: Account, days: int = 6) -> dict[str, list[int]]:
    spend = {each.id: [0] * days for each in sim.world.objects("x_ads", account.id, "ad")}
    for row in sim.world.ad_days("x_ads", account.id, date(2026, 10, 29), date(2026, 11, 4)):
        if row.slice == "ALL_ON_TWITTER":
            spend[row.ad_id][(row.day - date(2026, 10, 29)).days] += int(row.spend * 1_000_000)
    return spend


def charged(answer: list[dict], days: int = 6) -> dict[str, list[int]]:
    found = {each["id"]: each["id_data"][0]["metrics"]["billed_charge_local_micro"] for each in answer}
    return {ad: values or [0] * days for ad, values in found.items()}


def test_it_reads_an_account_and_turns_pages(sim: Sim, account: Account):
    assert (account.name, account.timezone) == ("Larkspur US", "America/Los_Angeles")
    for cursor, level in ((account.campaigns(count=1), "campaign"), (account.line_items(count=2), "ad_group")):
        assert [each.id for each in cursor] == ids(sim, account, level)
        assert cursor.exhausted
    assert isinstance(account.campaigns(with_total_count=True), Cursor)
    assert account.campaigns(count=1, with_total_count=True).count == 3
    assert len(list(account.promoted_tweets(with_deleted=True))) == len(sim.world.objects("x_ads", account.id, "ad"))
    assert [each.currency for each in account.funding_instruments()] == ["USD"]


def test_it_reads_daily_stats(sim: Sim, account: Account):
    ads = [each.id for each in sim.world.objects("x_ads", account.id, "ad")]
    groups = [METRIC_GROUP.ENGAGEMENT, METRIC_GROUP.BILLING]
    answer = PromotedTweet.all_stats(
        account, ads, groups, start_time=SINCE, end_time=UNTIL, granularity=GRANULARITY.DAY
    )
    assert charged(answer) == charges(sim, account)
    hours = PromotedTweet.all_stats(
        account,
        ads,
        groups,
        start_time=datetime(2026, 10, 29, 7, tzinfo=UTC),
        end_time=datetime(2026, 10, 30, 7, tzinfo=UTC),
    )
    assert {ad: sum(values) for ad, values in charged(hours, 24).items()} == {
        ad: values[0] for ad, values in charges(sim, account).items()
    }


def test_it_runs_a_report_job_and_reads_its_file(sim: Sim, account: Account):
    ads = [each.id for each in sim.world.objects("x_ads", account.id, "ad")]
    job = PromotedTweet.queue_async_stats_job(
        account,
        ads,
        [METRIC_GROUP.BILLING],
        start_time=SINCE,
        end_time=UNTIL,
        granularity=GRANULARITY.DAY,
        placement=PLACEMENT.ALL_ON_TWITTER,
    )
    states = [list(PromotedTweet.async_stats_job_result(account, job_ids=[job.id])) for _ in range(2)]
    assert [[each.status for each in state] for state in states] == [["PROCESSING"], ["SUCCESS"]]
    answer = PromotedTweet.async_stats_job_data(account, states[-1][0].url)
    assert charged(answer["data"]) == charges(sim, account)


def test_it_learns_which_entities_were_active(sim: Sim, account: Account):
    active = PromotedTweet.active_entities(
        account, datetime(2026, 10, 29, 7, tzinfo=UTC), datetime(2026, 11, 4, 8, tzinfo=UTC)
    )
    rows = sim.world.ad_days("x_ads", account.id, date(2026, 10, 29), date(2026, 11, 4))
    assert {each["entity_id"] for each in active} == {row.ad_id for row in rows}


def test_it_saves_a_campaign_with_everything_it_holds(sim: Sim, account: Account):
    campaign = account.campaigns(ids(sim, account, "campaign")[0])
    campaign.entity_status = "PAUSED"
    campaign.daily_budget_amount_local_micro = 41_500_000
    campaign.name = "Herbst 秋"
    campaign.save()
    campaign.save()  # by now it holds the reasons why it is not servable, and sends that list as repeated keys
    found = sim.world.find("x_ads", "campaign", campaign.id)
    assert found is not None
    assert (found.name, found.status, str(found.daily_budget)) == ("Herbst 秋", "paused", "41.5")
    assert campaign.reasons_not_servable == ["PAUSED_BY_ADVERTISER"]


def test_it_creates_a_campaign_a_line_item_targeting_a_tweet_and_its_promotion(sim: Sim, account: Account):
    campaign = Campaign(account)
    campaign.funding_instrument_id = account.funding_instruments().first.id
    campaign.name = "made by the library"
    campaign.daily_budget_amount_local_micro = 10_000_000
    campaign.entity_status = "PAUSED"
    campaign.save()
    item = LineItem(account)
    item.campaign_id = campaign.id
    item.name = "its line item"
    item.objective, item.product_type, item.placements = "WEBSITE_CLICKS", "PROMOTED_TWEETS", ["ALL_ON_TWITTER"]
    item.start_time = datetime(2026, 11, 6, tzinfo=UTC)
    item.end_time = item.start_time + timedelta(days=10)
    item.entity_status = "PAUSED"
    item.save()
    place = next(iter(TargetingCriteria.locations(account, location_type="COUNTRIES", country_code="DE")))
    aim = TargetingCriteria(account)
    aim.line_item_id, aim.targeting_type, aim.targeting_value = item.id, "LOCATION", place["targeting_value"]
    aim.save()
    assert [each.id for each in item.targeting_criteria()] == [aim.id]
    author = account.promotable_users().first.user_id
    tweet = Tweet.create(account, text="made by the library", as_user_id=author, nullcast=True, name="t")
    promoted = PromotedTweet.attach(account, line_item_id=item.id, tweet_ids=[tweet["tweet_id"]]).first
    assert promoted.line_item_id == item.id
    promoted.delete()
    campaign.delete()
    assert campaign.deleted is True


def test_it_saves_a_batch(sim: Sim, account: Account):
    campaigns = list(account.campaigns())[-2:]
    for campaign in campaigns:
        campaign.name = f"batched {campaign.id}"
    Campaign.batch_save(account, campaigns)
    assert [sim.world.find("x_ads", "campaign", each.id).name for each in campaigns] == [
        f"batched {each.id}" for each in campaigns
    ]


def test_it_fills_an_audience(account: Account):
    audience = CustomAudience.create(account, "the library's readers")
    users = [{"operation_type": "Update", "params": {"users": [{"email": [f"{n:064x}"]} for n in range(3)]}}]
    assert audience.users(users) == (3, 3)
    assert audience.reload().audience_size == 3


def test_it_tells_errors_apart(sim: Sim, account: Account):
    with pytest.raises(NotFound):
        account.campaigns("zzzzz")
    with pytest.raises(BadRequest) as refused:
        list(account.campaigns(count=5000))
    assert refused.value.details[0]["parameter"] == "count"
    stranger = Client("a", "b", "c", "d")
    with pytest.raises(NotAuthorized):
        stranger.accounts()
    sim.faults.switch_on("rate_limited", count=1)
    with pytest.raises(RateLimit) as limited:
        account.client.accounts(account.id)
    assert int(limited.value.reset_at) > datetime.now(UTC).timestamp()
