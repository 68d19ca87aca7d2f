"""X's door and its numbers: windows, midnights, clock changes, nulls, placements, restatement, jobs and their files."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
import requests
from requests_oauthlib import OAuth1Session

from simulator.serving import Sim, serve
from simulator.world.scenario import TINY, X_IN, X_US
from simulator.x_ads.door import DOOR, door_spec
from simulator.x_ads.gate import Settings

PLACEMENTS = ("ALL_ON_TWITTER", "SPOTLIGHT", "TREND")
SCENARIO = replace(TINY, accounts=(X_US, X_IN), history_days=20)
DAY = {"granularity": "DAY", "placement": "ALL_ON_TWITTER", "metric_groups": "ENGAGEMENT,BILLING"}
# Los Angeles puts its clocks back on 1 November 2026: 1 November has 25 hours, from 07:00 to 08:00 UTC a day later.
CHANGE = date(2026, 11, 1)


class Account:
    def __init__(self, sim: Sim, number: int = 0) -> None:
        held = sim.credential("x_ads", number)
        self.world, self.id = sim.world, held.account_id
        self.url = f"{sim.base_url}/12/stats/accounts/{held.account_id}"
        self.jobs_url = f"{sim.base_url}/12/stats/jobs/accounts/{held.account_id}"
        self.session = OAuth1Session(
            held.fields["CONSUMER_KEY"],
            client_secret=held.fields["CONSUMER_SECRET"],
            resource_owner_key=held.fields["TOKEN"],
            resource_owner_secret=held.fields["TOKEN_SECRET"],
        )

    def ads(self) -> list[str]:
        return [each.id for each in self.world.objects("x_ads", self.id, "ad")]

    def params(self, since: str, until: str, **more: Any) -> dict[str, Any]:
        usual = {"entity": "PROMOTED_TWEET", "entity_ids": ",".join(self.ads()), **DAY}
        return {**usual, "start_time": since, "end_time": until, **more}

    def ask(self, since: str, until: str, **more: Any) -> requests.Response:
        return self.session.get(self.url, params=self.params(since, until, **more))

    def metrics(self, since: str, until: str, **more: Any) -> dict[str, dict[str, Any]]:
        answer = self.ask(since, until, **more)
        assert answer.ok, answer.text
        return {each["id"]: each["id_data"][0]["metrics"] for each in answer.json()["data"]}


@pytest.fixture(scope="module")
def sim() -> Iterator[Sim]:
    with serve(scenario=SCENARIO, seed=2, specs=[DOOR]) as sim:
        yield sim


@pytest.fixture(scope="module")
def us(sim: Sim) -> Account:
    return Account(sim)


@pytest.fixture(scope="module")
def india(sim: Sim) -> Account:
    return Account(sim, 1)


def truth(account: Account, since: date, days: int, placement: str = "ALL_ON_TWITTER") -> dict[str, list[int]]:
    """Spend in micros by ad, one number a day, from the world itself."""
    spend = {ad: [0] * days for ad in account.ads()}
    for row in account.world.ad_days("x_ads", account.id, since, since + timedelta(days=days)):
        if row.slice == placement:
            spend[row.ad_id][(row.day - since).days] += int(row.spend * 1_000_000)
    return spend


def charged(found: dict[str, dict[str, Any]], days: int) -> dict[str, list[int]]:
    return {ad: metrics["billed_charge_local_micro"] or [0] * days for ad, metrics in found.items()}


@pytest.mark.parametrize(
    ("since", "until"),
    [
        ("2026-10-29", "2026-11-04"),
        ("2026-10-29T07:00:00Z", "2026-11-04T08:00:00Z"),
        ("2026-10-29T00:00:00-0700", "2026-11-04T00:00:00-08:00"),
    ],
    ids=["bare dates", "midnights in UTC", "midnights with their offset"],
)
@pytest.mark.parametrize("placement", PLACEMENTS)
def test_days_are_the_accounts_own_and_a_day_of_25_hours_counts_as_one(
    us: Account, since: str, until: str, placement: str
):
    answer = us.ask(since, until, placement=placement).json()
    assert (answer["data_type"], answer["time_series_length"]) == ("stats", 6)
    found = charged(us.metrics(since, until, placement=placement), 6)
    assert found == truth(us, date(2026, 10, 29), 6, placement)


def test_the_three_placements_hold_different_parts_of_the_whole(us: Account):
    sums = [sum(map(sum, truth(us, date(2026, 10, 29), 6, placement).values())) for placement in PLACEMENTS]
    assert sum(1 for each in sums if each > 0) >= 2


def test_zones_with_half_hours_have_their_midnights_on_the_half_hour(india: Account):
    expected = truth(india, date(2026, 11, 1), 2)
    assert charged(india.metrics("2026-11-01", "2026-11-03"), 2) == expected
    assert charged(india.metrics("2026-10-31T18:30:00Z", "2026-11-02T18:30:00Z"), 2) == expected


@pytest.mark.parametrize(
    ("since", "until", "more", "code"),
    [
        ("2026-10-29T00:00:00Z", "2026-10-30T00:00:00Z", {}, "INVALID_TIME_WINDOW"),
        ("2026-10-31T07:00:00Z", "2026-11-02T07:00:00Z", {}, "INVALID_TIME_WINDOW"),
        ("2026-10-20", "2026-10-28", {}, "INVALID_TIME_WINDOW"),
        ("2026-10-29", "2026-10-29", {}, "INVALID_TIME_WINDOW"),
        ("2026-10-30", "2026-10-29", {}, "INVALID_TIME_WINDOW"),
        ("2026-10-29T07:30:00Z", "2026-10-30T07:00:00Z", {}, "INVALID_PARAMETER"),
        ("2026-10-29T07:00:01Z", "2026-10-30T07:00:00Z", {"granularity": "HOUR"}, "INVALID_PARAMETER"),
        ("2026-10-29T07:00:00", "2026-10-30T07:00:00Z", {}, "INVALID_PARAMETER"),
        ("yesterday", "2026-10-30", {}, "INVALID_PARAMETER"),
        ("", "2026-10-30", {}, "MISSING_PARAMETER"),
        ("2026-10-29", "2026-10-30", {"entity_ids": ",".join(f"id{n}" for n in range(21))}, "INVALID_PARAMETER"),
        ("2026-10-29", "2026-10-30", {"entity_ids": ""}, "MISSING_PARAMETER"),
        ("2026-10-29", "2026-10-30", {"entity": "GALAXY"}, "INVALID_PARAMETER"),
        ("2026-10-29", "2026-10-30", {"placement": "ALL_ON_TWITTER,TREND"}, "INVALID_PARAMETER"),
        ("2026-10-29", "2026-10-30", {"placement": ""}, "MISSING_PARAMETER"),
        ("2026-10-29", "2026-10-30", {"granularity": "WEEK"}, "INVALID_PARAMETER"),
        ("2026-10-29", "2026-10-30", {"metric_groups": "ENGAGEMENT,LUCK"}, "INVALID_PARAMETER"),
        ("2026-10-29", "2026-10-30", {"metric_groups": ""}, "MISSING_PARAMETER"),
        ("2026-10-29", "2026-10-30", {"metric_groups": "MOBILE_CONVERSION,BILLING"}, "EXCLUSIVE_PARAMETERS"),
        ("2026-10-29", "2026-10-30", {"entity": "ACCOUNT"}, "INVALID_PARAMETER"),
        ("2026-10-29", "2026-10-30", {"segmentation_type": "GENDER"}, "INVALID_PARAMETER"),
    ],
)
def test_questions_x_would_not_answer_are_refused(us: Account, since: str, until: str, more: dict[str, str], code: str):
    answer = us.ask(since, until, **more)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, code)


def test_seven_days_with_a_change_of_clocks_in_them_are_still_seven(us: Account):
    assert us.ask("2026-10-27", "2026-11-03").json()["time_series_length"] == 7
    assert us.ask("2026-10-27", "2026-11-03", granularity="HOUR").json()["time_series_length"] == 7 * 24 + 1


@pytest.mark.parametrize("day", [date(2026, 10, 30), CHANGE])
def test_hours_and_totals_add_up_to_their_day(us: Account, day: date):
    since, until = day.isoformat(), (day + timedelta(days=1)).isoformat()
    daily, hourly = us.metrics(since, until), us.metrics(since, until, granularity="HOUR")
    total = us.metrics(since, until, granularity="TOTAL")
    for ad in us.ads():
        for name in ("impressions", "clicks", "billed_charge_local_micro"):
            expected = sum(daily[ad][name] or [0])
            assert sum(hourly[ad][name] or [0]) == expected
            assert sum(total[ad][name] or [0]) == expected
            assert len(hourly[ad][name] or [0] * 25) in (24, 25)
    assert any(metrics["impressions"] for metrics in daily.values())


def test_every_id_is_answered_in_order_and_zeros_are_null(us: Account):
    asked = ["zzzzz", *us.ads()]
    answer = us.ask("2026-10-29", "2026-10-30", entity_ids=",".join(asked)).json()
    assert [each["id"] for each in answer["data"]] == asked
    assert set(answer["data"][0]["id_data"][0]["metrics"].values()) == {None}
    assert answer["data"][0]["id_data"][0]["segment"] is None


def test_levels_add_up_and_the_account_shows_engagement_only(us: Account):
    ads = us.metrics("2026-10-29", "2026-11-01")
    items = [each.id for each in us.world.objects("x_ads", us.id, "ad_group")]
    campaigns = [each.id for each in us.world.objects("x_ads", us.id, "campaign")]
    for entity, ids in (("LINE_ITEM", items), ("CAMPAIGN", campaigns)):
        found = us.metrics("2026-10-29", "2026-11-01", entity=entity, entity_ids=",".join(ids))
        for name in ("impressions", "billed_charge_local_micro"):
            totals = [sum(sum(metrics[name] or [0]) for metrics in part.values()) for part in (found, ads)]
            assert totals[0] == totals[1]
    whole = us.metrics("2026-10-29", "2026-11-01", entity="ACCOUNT", entity_ids=us.id, metric_groups="ENGAGEMENT")
    assert "billed_charge_local_micro" not in whole[us.id]


def test_funding_instruments_are_billed_what_the_account_is(us: Account, sim: Sim):
    held = us.session.get(f"{sim.base_url}/12/accounts/{us.id}/funding_instruments").json()["data"][0]["id"]
    billed = 0
    for placement in PLACEMENTS:
        asked = {"entity": "FUNDING_INSTRUMENT", "entity_ids": held, "placement": placement}
        metrics = us.metrics("2026-10-29", "2026-11-04", **asked)[held]
        billed += sum(metrics["billed_charge_local_micro"] or [0])
    days = us.world.account_days("x_ads", us.id, date(2026, 10, 29), date(2026, 11, 4))
    assert billed == sum(int(each.spend * 1_000_000) for each in days) > 0


def test_web_conversions_are_objects_of_arrays(us: Account):
    found = us.metrics("2026-10-28", "2026-11-04", metric_groups="WEB_CONVERSION")
    claimed = {ad: [0] * 7 for ad in us.ads()}
    for row in us.world.ad_days("x_ads", us.id, date(2026, 10, 28), date(2026, 11, 4)):
        if row.slice == "ALL_ON_TWITTER" and "purchase" in row.claims:
            claim = row.claims["purchase"]
            claimed[row.ad_id][(row.day - date(2026, 10, 28)).days] += claim.click_28d + claim.view_1d
    counted = {ad: (m["conversion_purchases"] or {}).get("metric") or [0] * 7 for ad, m in found.items()}
    assert counted == claimed
    assert any(map(sum, claimed.values()))
    assert all(metrics["conversion_custom"] is None for metrics in found.values())


def test_active_entities_are_those_that_delivered(us: Account):
    asked = {"entity": "PROMOTED_TWEET", "start_time": "2026-10-29T07:00:00Z", "end_time": "2026-10-31T07:00:00Z"}
    found = us.session.get(f"{us.url}/active_entities", params=asked).json()["data"]
    rows = us.world.ad_days("x_ads", us.id, date(2026, 10, 29), date(2026, 10, 31))
    expected = {ad: sorted({row.slice for row in rows if row.ad_id == ad}) for ad in {row.ad_id for row in rows}}
    assert {each["entity_id"]: each["placements"] for each in found} == expected
    assert all("2026-10-29T07:00:00Z" <= each["activity_start_time"] < each["activity_end_time"] for each in found)
    too_long = {**asked, "start_time": "2026-07-01T07:00:00Z"}
    refused = us.session.get(f"{us.url}/active_entities", params=too_long).json()
    assert refused["errors"][0]["code"] == "INVALID_TIME_WINDOW"


def poll(account: Account, job_id: str) -> dict[str, Any]:
    return account.session.get(account.jobs_url, params={"job_ids": job_id}).json()


def test_a_job_is_polled_until_its_file_is_ready_and_the_file_needs_no_signature(us: Account):
    params = us.params("2026-10-16", "2026-11-04")
    job = us.session.post(us.jobs_url, params=params).json()["data"]
    assert (job["status"], job["url"]) == ("PROCESSING", None)
    assert job["id"] > 2**53
    assert job["id_str"] == str(job["id"])
    assert poll(us, job["id_str"])["data"][0]["status"] == "PROCESSING"
    answer = poll(us, job["id_str"])
    done = answer["data"][0]
    assert (done["status"], done["expires_at"]) == ("SUCCESS", "2026-11-07T06:00:00Z")
    assert answer["next_cursor"] is not None
    beyond = {"job_ids": job["id_str"], "cursor": answer["next_cursor"]}
    assert us.session.get(us.jobs_url, params=beyond).json()["data"] == []
    files = [requests.get(done["url"] + query, timeout=10) for query in ("", "?Expires=1&Signature=x")]
    for file in files:
        assert file.headers["content-type"] == "application/gzip"
        content = json.loads(gzip.decompress(file.content))
        found = {each["id"]: each["id_data"][0]["metrics"] for each in content["data"]}
        assert charged(found, 19) == truth(us, date(2026, 10, 16), 19)


@pytest.mark.parametrize(
    ("since", "until", "more", "status"),
    [
        ("2026-07-01", "2026-09-29", {}, 201),
        ("2026-07-01", "2026-09-30", {}, 400),
        ("2026-07-01", "2026-08-15", {"segmentation_type": "GENDER"}, 201),
        ("2026-07-01", "2026-08-16", {"segmentation_type": "GENDER"}, 400),
        ("2026-07-01", "2026-07-02", {"segmentation_type": "METROS"}, 400),
    ],
)
def test_jobs_span_ninety_days_or_half_of_that_in_segments(us: Account, since: str, until: str, more: Any, status: int):
    assert us.session.post(us.jobs_url, params=us.params(since, until, **more)).status_code == status


def test_report_files_are_gone_after_two_days_and_numbers_are_restated_meanwhile():
    with serve(scenario=SCENARIO, seed=2, specs=[DOOR]) as sim:
        us = Account(sim)
        job = us.session.post(us.jobs_url, params=us.params("2026-10-30", "2026-11-05")).json()["data"]["id_str"]
        poll(us, job)
        url = poll(us, job)["data"][0]["url"]
        at_first = charged(us.metrics("2026-10-30", "2026-11-05"), 6)
        sim.control.advance(days=14)
        gone = requests.get(url, timeout=10)
        assert (gone.status_code, gone.headers["content-type"].split(";")[0]) == (404, "text/html")
        later = charged(us.metrics("2026-10-30", "2026-11-05"), 6)
        assert later == truth(us, date(2026, 10, 30), 6)
        assert sum(map(sum, later.values())) != sum(map(sum, at_first.values()))
        fell = [now < then for ad in later for now, then in zip(later[ad], at_first[ad], strict=True)]
        assert any(fell), "spend is adjusted downwards too"


def test_a_question_can_be_too_complex():
    with serve(scenario=SCENARIO, seed=2, specs=[door_spec(Settings(most_complex=20))]) as sim:
        us = Account(sim)
        assert us.ask("2026-10-29", "2026-10-31").ok
        answer = us.ask("2026-10-29", "2026-11-04")
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "REQUEST_TOO_COMPLEX")
