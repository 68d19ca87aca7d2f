"""What the TikTok connector pulls over HTTP equals what the practice world holds true, whatever the network does."""

import json
import random
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest

from connectors.ad_platform import AccountRef, Ask, DayWindow, Ports, Row
from connectors.registry import ad_platform
from connectors.taxonomy import (
    AuthExpired,
    PartyError,
    PermissionDenied,
    RateLimited,
    Rejected,
    SplitRequest,
    TransientError,
)
from connectors.tiktok_ads.client import TikTokClient
from connectors.tiktok_ads.judging import CutOff, judge
from connectors.tiktok_ads.reports import TikTokReports
from connectors.transport import Call, Reply
from simulator.faults import FaultKind
from simulator.serving import Sim, serve
from simulator.tiktok_ads.call import Limits
from simulator.tiktok_ads.door import DOOR, spec
from simulator.world.model import AdDay
from simulator.world.scenario import TIKTOK_EU, TIKTOK_JP, TIKTOK_US, TINY

SCENARIO = replace(TINY, accounts=(TIKTOK_US, TIKTOK_EU, TIKTOK_JP), history_days=70, campaigns=3, ads=3)
EVERYTHING = DayWindow(date(2026, 8, 20), date(2026, 11, 6))  # longer than two reports, from before the first day
OBJECTS = ("accounts", "campaigns", "ad_groups", "ads", "creatives")
DAILY = ("ad_daily", "account_daily")


class Puller:
    """One account's reports, with a sleep that only writes down how long it was asked to last."""

    def __init__(self, sim: Sim, number: int = 0, *, page_size: int = 1000, token: str | None = None) -> None:
        held = sim.credential("tiktok_ads", number)
        self.sim, self.id = sim, held.account_id
        self.slept: list[float] = []
        self.said: list[str] = []
        self.ports = Ports(
            clock=sim.world.now,
            wall_clock=lambda: datetime.now(UTC),
            sleep=self.slept.append,
            secret={"TIKTOK_ACCOUNT_1_TOKEN": token or held.fields["TOKEN"]}.get,
            base_url=sim.base_url,
            on_progress=self.said.append,
        )
        self.account = AccountRef(party="tiktok_ads", account_id=self.id, credential_prefix="TIKTOK_ACCOUNT_1")
        client = TikTokClient(self.account, self.ports, page_size=page_size, rng=random.Random(1))
        self.client, self.reports = client, TikTokReports(client)

    def rows(self, entity: str, window: DayWindow = EVERYTHING) -> list[Row]:
        return list(self.reports.rows(Ask(entity=entity, window=window if entity in DAILY else None)))

    def all_rows(self) -> dict[str, list[str]]:
        return {entity: sorted(map(canonical, self.rows(entity))) for entity in (*OBJECTS, *DAILY)}

    def truth(self, window: DayWindow = EVERYTHING) -> list[AdDay]:
        return list(self.sim.world.ad_days("tiktok_ads", self.id, window.since, window.until))


def canonical(row: Any) -> str:
    return json.dumps(row, sort_keys=True)


@pytest.fixture(scope="module")
def sim() -> Iterator[Sim]:
    with serve(scenario=SCENARIO, seed=7, specs=[DOOR]) as running:
        yield running


@pytest.fixture(autouse=True)
def without_faults(sim: Sim) -> Iterator[None]:
    yield
    sim.faults.clear()
    sim.log.clear()


def whole(counts: Any) -> str:
    return "-" if counts is None else str(counts.click_7d + counts.view_1d)


@pytest.mark.parametrize("number", [0, 1, 2], ids=["New York", "Madrid", "Tokyo"])
def test_ad_days_equal_the_worlds_own(sim: Sim, number: int) -> None:
    puller = Puller(sim, number)
    told = {
        (row["dimensions"]["ad_id"], row["dimensions"]["stat_time_day"][:10]): (
            Decimal(row["metrics"]["spend"]),
            *(int(row["metrics"][name]) for name in ("impressions", "clicks", "reach", "video_play_actions")),
            row["metrics"]["complete_payment"],
            (row["metrics"]["campaign_id"], row["metrics"]["adgroup_id"]),
        )
        for row in puller.rows("ad_daily")
    }
    truth = {
        (day.ad_id, str(day.day)): (
            day.spend,
            *(day.impressions, day.clicks, day.reach, day.video_views),
            whole(day.claims.get("purchase")),
            (day.campaign_id, day.ad_group_id),
        )
        for day in puller.truth()
    }
    assert len(truth) > 200
    assert told == truth


def test_account_days_equal_the_worlds_own(sim: Sim) -> None:
    puller = Puller(sim)
    truth = sim.world.account_days("tiktok_ads", puller.id, EVERYTHING.since, EVERYTHING.until)
    told = {
        row["dimensions"]["stat_time_day"][:10]: Decimal(row["metrics"]["spend"])
        for row in puller.rows("account_daily")
    }
    assert told == {str(day.day): day.spend for day in truth}


def test_every_object_is_pulled_deleted_ones_included(sim: Sim) -> None:
    puller = Puller(sim)
    for entity, level, field in (
        ("campaigns", "campaign", "campaign_id"),
        ("ad_groups", "ad_group", "adgroup_id"),
        ("ads", "ad", "ad_id"),
        ("creatives", "ad", "ad_id"),
    ):
        world = sim.world.objects("tiktok_ads", puller.id, level)
        assert {row[field] for row in puller.rows(entity)} == {each.id for each in world}
    assert any(ad.status == "deleted" for ad in sim.world.objects("tiktok_ads", puller.id, "ad"))


def test_the_profile_names_currency_and_zone(sim: Sim) -> None:
    profile = Puller(sim, 2).reports.profile()
    assert (profile.name, profile.currency, profile.timezone) == ("ラークスパー", "JPY", "Asia/Tokyo")


def test_small_pages_bring_the_same_rows(sim: Sim) -> None:
    window = DayWindow(date(2026, 10, 1), date(2026, 10, 20))
    for entity in ("ads", "ad_daily"):
        assert Puller(sim, page_size=7).rows(entity, window) == Puller(sim).rows(entity, window)


def test_no_report_asks_for_more_than_thirty_days_and_each_day_once(sim: Sim) -> None:
    puller = Puller(sim)
    asked: list[tuple[date, date]] = []
    get = puller.client.get

    def noting(path: str, params: Any) -> dict[str, Any]:
        if path == "report/integrated/get":
            asked.append((date.fromisoformat(params["start_date"]), date.fromisoformat(params["end_date"])))
        return get(path, params)

    puller.client.get = noting
    puller.rows("ad_daily")
    days = [start.toordinal() + step for start, end in asked for step in range((end - start).days + 1)]
    assert days == list(range(EVERYTHING.since.toordinal(), EVERYTHING.until.toordinal()))
    assert max((end - start).days + 1 for start, end in asked) == 30


def tight_door(sim: Sim, limits: Limits) -> AbstractContextManager[Sim]:
    """The same world behind a door that says no sooner."""
    return serve(world=sim.world, specs=[spec(limits=limits)])


FAULTS: tuple[FaultKind, ...] = ("server_error", "reset", "malformed", "truncated", "html", "rate_limited")


def test_faults_at_five_percent_of_calls_change_no_row(sim: Sim) -> None:
    quiet = Puller(sim).all_rows()
    for kind in FAULTS:
        sim.faults.switch_on(kind, rate=0.05)
    noisy = Puller(sim, page_size=25)
    assert noisy.all_rows() == quiet
    assert noisy.client.transport.usage.retries > 0, "no fault struck, so nothing was shown"
    assert Puller(sim, page_size=25).all_rows() == quiet


def test_a_refused_burst_is_waited_out_for_five_minutes(sim: Sim) -> None:
    sim.faults.switch_on("rate_limited", count=1)
    puller = Puller(sim)
    assert len(puller.rows("campaigns")) == 3
    assert puller.slept == [300.0]
    assert "QPS" in puller.said[0]


def test_a_lasting_lock_out_is_given_up_after_an_hour_of_waiting(sim: Sim) -> None:
    sim.faults.switch_on("rate_limited")
    puller = Puller(sim)
    with pytest.raises(RateLimited, match="quota is used up"):
        puller.rows("campaigns")
    assert sum(puller.slept) == 3600.0


def test_a_report_that_is_too_large_is_halved_until_it_is_answered(sim: Sim) -> None:
    with tight_door(sim, Limits(report_rows=60)) as tight:
        puller = Puller(tight)
        rows = puller.rows("ad_daily")
        assert len(rows) == len(puller.truth()) > 600
        assert len({canonical(row["dimensions"]) for row in rows}) == len(rows)


def test_a_day_that_is_too_large_by_itself_rises_after_a_few_tries(sim: Sim) -> None:
    with tight_door(sim, Limits(report_rows=3)) as tight, pytest.raises(SplitRequest, match="40067"):
        Puller(tight).rows("ad_daily", DayWindow(date(2026, 10, 20), date(2026, 10, 21)))


def test_a_report_that_is_cut_off_is_asked_by_campaigns(sim: Sim) -> None:
    with tight_door(sim, Limits(report_ads=4)) as tight:
        puller = Puller(tight)
        window = DayWindow(date(2026, 10, 20), date(2026, 10, 25))
        rows = puller.rows("ad_daily", window)
        assert sorted((row["dimensions"]["ad_id"], row["dimensions"]["stat_time_day"]) for row in rows) == sorted(
            (day.ad_id, f"{day.day} 00:00:00") for day in puller.truth(window)
        )


def test_a_campaign_too_large_for_any_report_is_an_error_and_not_a_shorter_answer(sim: Sim) -> None:
    with tight_door(sim, Limits(report_ads=2)) as tight, pytest.raises(CutOff):
        Puller(tight).rows("ad_daily", DayWindow(date(2026, 10, 20), date(2026, 10, 21)))


def test_a_revoked_token_ends_in_one_message_without_the_token(sim: Sim) -> None:
    puller = Puller(sim)
    sim.faults.revoke("tiktok_ads", puller.id)
    with pytest.raises(AuthExpired, match=r"\[40105\].*Renew the credential") as caught:
        puller.rows("campaigns")
    assert puller.slept == []
    assert sim.credential("tiktok_ads").fields["TOKEN"] not in str(caught.value)


def test_an_advertiser_of_somebody_else_is_a_matter_of_permission(sim: Sim) -> None:
    other = sim.credential("tiktok_ads", 1).fields["TOKEN"]
    with pytest.raises(PermissionDenied, match="40001"):
        Puller(sim, 0, token=other).reports.profile()


def test_without_a_token_nothing_is_asked(sim: Sim) -> None:
    account = AccountRef(party="tiktok_ads", account_id="1", credential_prefix="TIKTOK_ACCOUNT_9")
    with pytest.raises(AuthExpired, match="Set TIKTOK_ACCOUNT_9_TOKEN"):
        ad_platform("tiktok_ads").reports(account, replace(Puller(sim).ports, secret={}.get))


def test_a_question_without_a_window_or_entity_is_refused(sim: Sim) -> None:
    with pytest.raises(Rejected, match="window"):
        list(Puller(sim).reports.rows(Ask(entity="ad_daily")))
    with pytest.raises(Rejected, match="no entity"):
        list(Puller(sim).reports.rows(Ask(entity="weather")))


def test_a_gateways_page_that_never_ends_is_told_as_html(sim: Sim) -> None:
    sim.faults.switch_on("html", status=200)
    with pytest.raises(TransientError, match="an HTML page"):
        Puller(sim).rows("campaigns")


def reply(status: int, body: Any, headers: dict[str, str] | None = None) -> Reply:
    return Reply(
        party="tiktok_ads",
        account_id="1",
        call=Call(method="GET", path="open_api/v1.3/campaign/get/"),
        status=status,
        headers=httpx.Headers(headers or {}),
        body=body if isinstance(body, bytes) else json.dumps(body).encode(),
        received_at=datetime(2026, 11, 1, tzinfo=UTC),
        redact=lambda text: text,
    )


@pytest.mark.parametrize(
    ("codes", "kind"),
    [
        ((40016, 40100, 40132, 40133, 61000), "RateLimited"),
        ((40200, 40201, 40202, 40700, 50000, 50002, 51010, 52000, 60001), "TransientError"),
        ((40067,), "SplitRequest"),
        ((40102, 40103, 40104, 40105, 40107, 40113), "AuthExpired"),
        ((40001, 40003, 40118), "PermissionDenied"),
        ((40007,), "NotFound"),
        ((40000, 40002, 40006, 40051, 20001, 49999), "Rejected"),
        ((40050,), "Conflict"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_code_of_the_contract_has_its_class(codes: tuple[int, ...], kind: str) -> None:
    for code in codes:
        with pytest.raises(PartyError, match=str(code)) as caught:
            judge(reply(200, {"code": code, "message": "no", "request_id": "r", "data": {}}))
        assert type(caught.value).__name__ == kind


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (200, {"message": "no code"}, "TransientError"),
        (200, [], "TransientError"),
        (200, b"", "TransientError"),
        (200, b'{"code": 0, "da', "TransientError"),
        (502, b"<html>", "TransientError"),
        (401, {"code": 40105, "message": "m", "data": {}}, "AuthExpired"),
        (404, b"<html>", "NotFound"),
        (429, b"", "RateLimited"),
    ],
)
def test_answers_outside_the_envelope_are_judged_too(status: int, body: Any, kind: str) -> None:
    with pytest.raises(PartyError) as caught:
        judge(reply(status, body))
    assert type(caught.value).__name__ == kind


def test_data_that_is_absent_is_no_rows() -> None:
    assert judge(reply(200, {"code": 0, "message": "OK", "data": None})) == {}
