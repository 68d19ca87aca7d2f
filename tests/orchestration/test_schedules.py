"""The timetable, ticked: one run an account, over the days that are due, with what was missed."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import dagster as dg
import pytest

from actions.house import House, open_house
from assets.day_range import RANGE_END, RANGE_START
from ledger.actors import Actor
from ledger.transaction import writing
from ledger.watermarks import advance_watermark
from orchestration.building import build_hot

DUE = datetime(2026, 11, 20, 5, 15, tzinfo=UTC)
ENVIRON = {
    "META_ACCOUNT_1_ID": "701",
    "META_ACCOUNT_1_TOKEN": "made-up-meta",
    "TIKTOK_ACCOUNT_1_ID": "801",
    "TIKTOK_ACCOUNT_1_TOKEN": "made-up-tiktok",
    "WEIR_FIRST_DAY": "2026-01-01",
}


@pytest.fixture
def house(tmp_path: Path) -> House:
    return replace(open_house({**ENVIRON, "WEIR_HOME": str(tmp_path)}), clock=lambda: DUE)


def landed_through(house: House, party: str, account: str, day: date) -> None:
    with writing(house.ledger, actor=Actor.program("test"), clock=house.clock) as turn:
        advance_watermark(turn, party=party, account_id=account, entity="ad_daily", pull_id="p", through_day=day)


def due(house: House, schedule: str, *, at: datetime = DUE) -> Mapping[str, dg.RunRequest]:
    """By account."""
    definitions = build_hot(house.environ, overrides={"house": house})
    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.build_schedule_context(
            instance=instance,
            scheduled_execution_time=at,
            repository_def=definitions.get_repository_def(),
            resources={"house": house},
        )
        requests = definitions.get_schedule_def(schedule).evaluate_tick(context).run_requests or []
    by_account = {request.tags["account"]: request for request in requests}
    assert len(by_account) == len(requests)
    return by_account


def days(request: dg.RunRequest) -> tuple[str, str]:
    return request.tags[RANGE_START], request.tags[RANGE_END]


def test_an_account_that_was_never_pulled_is_asked_for_its_whole_history(house: House) -> None:
    """Ninety days, unless set otherwise: the 22nd of August is ninety days before the 20th of November."""
    requests = due(house, "pull_every_day")
    assert {account: days(request) for account, request in requests.items()} == {
        "701": ("2026-08-22", "2026-11-20"),
        "801": ("2026-08-22", "2026-11-20"),
    }


def test_every_day_asks_for_the_look_back_of_each_platform(house: House) -> None:
    """28 days at both, counted back from the 20th."""
    for party, account in (("meta_ads", "701"), ("tiktok_ads", "801")):
        landed_through(house, party, account, date(2026, 11, 19))
    look_back = {party: house.party(party).look_back.days for party in ("meta_ads", "tiktok_ads")}
    assert look_back == {"meta_ads": 28, "tiktok_ads": 28}
    requests = due(house, "pull_every_day")
    assert {days(request) for request in requests.values()} == {("2026-10-23", "2026-11-20")}


def test_every_hour_asks_for_the_latest_days_and_for_those_one_account_missed(house: House) -> None:
    landed_through(house, "tiktok_ads", "801", date(2026, 11, 20))
    landed_through(house, "meta_ads", "701", date(2026, 11, 2))  # partial then, so it is asked for again
    assert house.party("tiktok_ads").look_back.hot_days == 3
    requests = due(house, "pull_every_hour")
    assert days(requests["801"]) == ("2026-11-17", "2026-11-20")
    assert days(requests["701"]) == ("2026-11-02", "2026-11-20")


def test_nothing_older_than_the_first_day_is_ever_asked_for(tmp_path: Path) -> None:
    late = {**ENVIRON, "WEIR_HOME": str(tmp_path), "WEIR_FIRST_DAY": "2026-11-15"}
    house = replace(open_house(late), clock=lambda: DUE)
    assert days(due(house, "pull_every_day")["801"]) == ("2026-11-15", "2026-11-20")


def test_a_request_says_whom_it_is_about_and_is_made_once_for_each_time_it_is_due(house: House) -> None:
    request = due(house, "pull_every_day")["801"]
    assert request.asset_selection == [dg.AssetKey(["landing", "tiktok_ads", "801"])]
    assert (request.tags["party"], request.tags["account"]) == ("tiktok_ads", "801")
    assert request.run_key == "pull_every_day:tiktok_ads:801:2026-11-20T05:15:00+00:00"
    assert due(house, "pull_every_day")["801"].run_key == request.run_key
    tomorrow = due(house, "pull_every_day", at=datetime(2026, 11, 21, 5, 15, tzinfo=UTC))
    assert tomorrow["801"].run_key != request.run_key


def test_no_secret_is_part_of_a_request(house: House) -> None:
    for schedule in ("pull_every_day", "pull_every_hour"):
        assert "made-up" not in repr(due(house, schedule))


def test_accounts_are_looked_after_also_when_nothing_is_pulled(house: House) -> None:
    definitions = build_hot(house.environ, overrides={"house": house})
    schedule = definitions.get_schedule_def("check_accounts_every_hour")
    with dg.build_schedule_context(scheduled_execution_time=DUE) as context:
        (request,) = schedule.evaluate_tick(context).run_requests or []
    assert schedule.job_name == "check_accounts"
    assert request.tags.get(RANGE_START) is None
