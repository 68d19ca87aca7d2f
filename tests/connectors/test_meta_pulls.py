"""Whole pulls of Meta accounts over HTTP from the practice world: its truth, with and without trouble on the way."""

import json
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import httpx
import pytest

from connectors.ad_platform import AD_ENTITIES, AccountRef, Ask, DayWindow, Ports, Row
from connectors.meta_ads.client import MetaClient
from connectors.meta_ads.platform import PLATFORM
from connectors.meta_ads.reports import MetaReports
from connectors.meta_ads.schemas import FIELDS
from connectors.registry import ad_platform
from connectors.taxonomy import (
    AuthExpired,
    NotFound,
    PermissionDenied,
    RateLimited,
    Rejected,
    SplitRequest,
    TransientError,
)
from connectors.transport import RetryPolicy, new_client
from simulator.faults import FAULT_KINDS
from simulator.meta_ads.door import DOOR, routes
from simulator.meta_ads.habits import Habits
from simulator.serving import Sim, serve

WINDOW = DayWindow(date(2026, 10, 22), date(2026, 11, 6))
EACH_KIND = [kind for kind in FAULT_KINDS if kind != "slow"]
HTTP = new_client(timeout_seconds=10)  # shared: each new one costs a TLS context


class Pull:
    """One account's reports, with all its sleeping in sight."""

    def __init__(
        self,
        sim: Sim,
        number: int = 0,
        *,
        secrets: dict[str, str] | None = None,
        account_id: str | None = None,
        policy: RetryPolicy | None = None,
        client: httpx.Client = HTTP,
    ) -> None:
        self.sim = sim
        self.credential = sim.credential("meta_ads", number)
        self.slept: list[float] = []
        held = {f"META_ACCOUNT_1_{name}": text for name, text in self.credential.fields.items()}
        ports = Ports(
            clock=sim.world.now,
            wall_clock=lambda: datetime.now(UTC),
            sleep=self.slept.append,
            secret=(held if secrets is None else secrets).get,
            base_url=sim.base_url,
        )
        ref = AccountRef(
            party="meta_ads",
            account_id=account_id or self.credential.account_id,
            credential_prefix="META_ACCOUNT_1",
        )
        self.client = MetaClient(ref, ports, policy=policy, client=client, rng=random.Random(5))
        self.reports = MetaReports(self.client)

    def rows(self, entity: str, window: DayWindow = WINDOW) -> list[Row]:
        windowed = entity in ("ad_daily", "account_daily")
        return list(self.reports.rows(Ask(entity=entity, window=window if windowed else None)))

    def everything(self) -> dict[str, list[str]]:
        return {entity: sorted(map(as_text, self.rows(entity))) for entity in AD_ENTITIES}


def as_text(row: Row) -> str:
    return json.dumps(row, sort_keys=True, ensure_ascii=False)


@pytest.fixture(scope="module")
def sim() -> Iterator[Sim]:
    with serve(scenario="tiny", seed=3, specs=(DOOR,)) as sim:
        yield sim


@pytest.fixture
def quiet(sim: Sim) -> Iterator[Sim]:
    yield sim
    sim.faults.clear()


@pytest.fixture
def served_with() -> Iterator[Callable[[Habits], Sim]]:
    with ExitStack() as stack:
        yield lambda habits: stack.enter_context(
            serve(scenario="tiny", seed=3, specs=(replace(DOOR, routes=partial(routes, habits=habits)),))
        )


def days_of_truth(sim: Sim, account_id: str) -> dict[tuple[str, str, str], tuple[Any, ...]]:
    return {
        (row.ad_id, row.day.isoformat(), row.slice): (
            row.campaign_id,
            row.ad_group_id,
            row.impressions,
            row.clicks,
            row.link_clicks,
            row.engagements,
            row.reach,
            row.spend,
            tuple(
                (each.click_1d, each.click_7d, each.click_28d, each.view_1d, each.value_click_7d, each.value_view_1d)
                for each in [row.claims["purchase"]]
                if each.click_28d or each.view_1d
            )
            if "purchase" in row.claims
            else (),
        )
        for row in sim.world.ad_days("meta_ads", account_id, WINDOW.since, WINDOW.until)
    }


def days_of_rows(rows: Sequence[Row]) -> dict[tuple[str, str, str], tuple[Any, ...]]:
    def one(row: Row, name: str) -> dict[str, str]:
        return next((each for each in row.get(name, ()) if each["action_type"] == "omni_purchase"), {})

    found = {}
    for row in rows:
        count, value = one(row, "actions"), one(row, "action_values")
        windows = tuple(int(count.get(window, 0)) for window in ("1d_click", "7d_click", "28d_click", "1d_view"))
        values = tuple(Decimal(value.get(window, "0")) for window in ("7d_click", "1d_view"))
        found[row["ad_id"], row["date_start"], row["publisher_platform"]] = (
            row["campaign_id"],
            row["adset_id"],
            int(row["impressions"]),
            int(row.get("clicks", 0)),
            int(row.get("inline_link_clicks", 0)),
            int(row.get("inline_post_engagement", 0)),
            int(row.get("reach", 0)),
            Decimal(row["spend"]),
            ((*windows, *values),) if any(windows) else (),
        )
    return found


@pytest.mark.parametrize("number", [0, 1])
def test_ad_days_are_the_worlds_own_and_none_is_missing(sim: Sim, number: int) -> None:
    pull = Pull(sim, number)
    rows = pull.rows("ad_daily")
    found = days_of_rows(rows)
    assert found == days_of_truth(sim, pull.credential.account_id)
    assert len(rows) == len(found) > 50
    assert any(values[-1] for values in found.values())  # some conversions, or the comparison says little


def test_account_days_are_the_accounts_own(sim: Sim) -> None:
    pull = Pull(sim)
    days = sim.world.account_days("meta_ads", pull.credential.account_id, WINDOW.since, WINDOW.until)
    assert {
        row["date_start"]: (Decimal(row["spend"]), int(row["impressions"]), int(row["clicks"]))
        for row in pull.rows("account_daily")
    } == {day.day.isoformat(): (day.spend, day.impressions, day.clicks) for day in days}


@pytest.mark.parametrize(
    ("entity", "level"),
    [("campaigns", "campaign"), ("ad_groups", "ad_group"), ("ads", "ad"), ("creatives", "creative")],
)
def test_objects_are_all_there_the_deleted_too(sim: Sim, entity: str, level: Any) -> None:
    pull = Pull(sim)
    truth = sim.world.objects("meta_ads", pull.credential.account_id, level)
    rows = pull.rows(entity)
    assert {(row["id"], row["name"]) for row in rows} == {(each.id, each.name) for each in truth}
    if entity == "ads":
        assert {"ACTIVE", "PAUSED", "DELETED"} <= {row["status"] for row in rows}


def test_what_is_new_since_yesterday_is_pulled_with_what_was_restated() -> None:
    with serve(scenario="tiny", seed=3, specs=(DOOR,)) as sim:
        pull = Pull(sim)
        before = days_of_rows(pull.rows("ad_daily"))
        sim.control.advance(days=1)
        after = days_of_rows(pull.rows("ad_daily"))
        assert after == days_of_truth(sim, pull.credential.account_id)
        assert {key for key in before if after[key] != before[key]}  # days that were already told have changed


def test_the_profile_names_the_account(sim: Sim) -> None:
    profile = Pull(sim, 1).reports.profile()
    assert (profile.currency, profile.timezone) == ("JPY", "Asia/Tokyo")
    assert profile.account_id == sim.credential("meta_ads", 1).account_id


def test_the_act_prefix_may_be_configured_or_not(sim: Sim) -> None:
    bare = Pull(sim)
    assert Pull(sim, account_id=f"act_{bare.credential.account_id}").rows("accounts") == bare.rows("accounts")


def test_without_an_app_secret_calls_carry_no_proof_and_work(sim: Sim) -> None:
    token = sim.credential("meta_ads").fields["TOKEN"]
    assert Pull(sim, secrets={"META_ACCOUNT_1_TOKEN": token}).rows("accounts")


@pytest.mark.parametrize("number", [0, 1])
def test_faults_at_five_percent_of_calls_change_no_row(quiet: Sim, number: int) -> None:
    calm = Pull(quiet, number).everything()
    for kind in EACH_KIND:
        quiet.faults.switch_on(kind, rate=0.05, seconds=0.01)
    quiet.log.clear()
    troubled = Pull(quiet, number, policy=RetryPolicy(attempts=12))
    for _ in range(2):
        assert troubled.everything() == calm
    struck = {seen.fault for seen in quiet.log.all("meta_ads")} - {None}
    assert len(struck) >= 5  # trouble was really met
    assert troubled.client.transport.usage.retries >= len(struck)


@pytest.mark.parametrize("kind", [kind for kind in EACH_KIND if kind != "reset_after_write"])  # a pull writes nothing
def test_every_kind_of_fault_in_every_second_call_changes_no_row(quiet: Sim, kind: Any) -> None:
    calm = sorted(map(as_text, Pull(quiet).rows("ad_daily")))
    quiet.log.clear()
    quiet.faults.switch_on(kind, rate=0.5, seconds=0.01, status=503 if kind == "server_error" else None)
    troubled = Pull(quiet, policy=RetryPolicy(attempts=25))
    assert sorted(map(as_text, troubled.rows("ad_daily"))) == calm
    assert kind in {seen.fault for seen in quiet.log.all("meta_ads")}


def test_slow_answers_are_awaited(quiet: Sim) -> None:
    quiet.faults.switch_on("slow", seconds=0.05, count=2)
    assert Pull(quiet).rows("accounts")


class TestJobs:
    def test_a_job_that_fails_or_is_forgotten_is_started_again(self, served_with: Callable[[Habits], Sim]) -> None:
        sim = served_with(Habits(failing_jobs=frozenset({1}), expiring_jobs=frozenset({3})))
        pull = Pull(sim)
        assert days_of_rows(pull.rows("ad_daily")) == days_of_truth(sim, pull.credential.account_id)
        assert days_of_rows(pull.rows("ad_daily")) == days_of_truth(sim, pull.credential.account_id)
        assert started(sim) == 4

    def test_a_job_that_fails_twice_is_split_by_days(self, served_with: Callable[[Habits], Sim]) -> None:
        sim = served_with(Habits(async_rows=40))
        pull = Pull(sim)
        assert days_of_rows(pull.rows("ad_daily")) == days_of_truth(sim, pull.credential.account_id)
        assert started(sim) > 4

    def test_a_day_that_is_still_too_much_says_so_after_some_patience(
        self, served_with: Callable[[Habits], Sim]
    ) -> None:
        pull = Pull(served_with(Habits(async_rows=1)))
        with pytest.raises(SplitRequest, match="narrow the window"):
            pull.rows("ad_daily", DayWindow(date(2026, 11, 1), date(2026, 11, 2)))

    def test_a_job_that_is_unknown_at_first_is_awaited(self, served_with: Callable[[Habits], Sim]) -> None:
        sim = served_with(Habits(race_every=1))  # every job
        pull = Pull(sim)
        assert days_of_rows(pull.rows("ad_daily")) == days_of_truth(sim, pull.credential.account_id)
        assert started(sim) == 1
        assert [seen.status for seen in sim.log.all("meta_ads")][1] == 400

    def test_polling_waits_longer_and_longer(self, served_with: Callable[[Habits], Sim]) -> None:
        pull = Pull(served_with(Habits(race_every=0)))
        pull.rows("ad_daily")
        assert pull.slept == [0.1, 0.2, 0.5]  # four polls: not started, running, running at 100 %, completed

    def test_too_large_a_page_of_rows_is_asked_for_in_halves(self, served_with: Callable[[Habits], Sim]) -> None:
        sim = served_with(Habits(page_cells=20 * len(FIELDS["ad_daily"])))
        pull = Pull(sim)
        assert days_of_rows(pull.rows("ad_daily")) == days_of_truth(sim, pull.credential.account_id)


def started(sim: Sim) -> int:
    return sum(seen.method == "POST" for seen in sim.log.all("meta_ads"))


def test_an_empty_page_with_more_behind_it_ends_nothing(served_with: Callable[[Habits], Sim], sim: Sim) -> None:
    odd = Pull(served_with(Habits(empty_page=True)))
    assert odd.everything() == Pull(sim).everything()


class TestQuota:
    @pytest.mark.parametrize(("percent", "rest"), [(84, None), (85, 120.0), (94, 120.0), (95, 600.0)])
    def test_a_nearly_used_quota_makes_us_rest_before_the_next_call(
        self, served_with: Callable[[Habits], Sim], percent: int, rest: float | None
    ) -> None:
        pull = Pull(served_with(Habits(usage_percent=percent)))
        pull.rows("accounts")
        pull.rows("campaigns")
        assert pull.slept == ([] if rest is None else [rest])

    def test_no_job_is_started_above_ninety_percent_and_the_work_is_deferred(
        self, served_with: Callable[[Habits], Sim]
    ) -> None:
        sim = served_with(Habits(usage_percent=91))
        pull = Pull(sim)
        pull.rows("accounts")
        with pytest.raises(RateLimited, match="91 % of the platform's quota"):
            pull.rows("ad_daily")
        assert started(sim) == 0
        assert sum(pull.slept) == 3600  # the whole of a run's patience, in rests of two minutes
        assert set(pull.slept) == {120.0}

    def test_a_limit_is_waited_out_for_the_minutes_the_headers_state(self, quiet: Sim) -> None:
        quiet.faults.switch_on("rate_limited", count=3)
        pull = Pull(quiet)
        assert pull.rows("accounts")
        assert pull.slept == [60.0, 60.0, 60.0]
        assert pull.client.transport.usage.waits == 3


class TestRefusals:
    def test_a_revoked_token_is_one_clear_message_without_the_token(self, quiet: Sim) -> None:
        pull = Pull(quiet)
        quiet.faults.revoke("meta_ads", pull.credential.account_id)
        with pytest.raises(AuthExpired, match=r"190/458.*Renew the credential") as caught:
            pull.rows("ad_daily")
        assert pull.credential.fields["TOKEN"] not in str(caught.value)
        assert pull.client.transport.usage.requests == 1

    def test_a_missing_token_names_the_variable_to_set(self, sim: Sim) -> None:
        with pytest.raises(AuthExpired, match="Set META_ACCOUNT_1_TOKEN"):
            Pull(sim, secrets={})

    def test_a_wrong_app_secret_is_a_matter_of_credentials(self, sim: Sim) -> None:
        token = sim.credential("meta_ads").fields["TOKEN"]
        wrong = {"META_ACCOUNT_1_TOKEN": token, "META_ACCOUNT_1_APP_SECRET": "another"}
        with pytest.raises(AuthExpired, match="app secret"):
            Pull(sim, secrets=wrong).rows("accounts")

    def test_an_unknown_account_and_somebody_elses(self, sim: Sim) -> None:
        with pytest.raises(NotFound, match="act_404"):
            Pull(sim, account_id="404").reports.profile()
        with pytest.raises(PermissionDenied, match="200"):
            Pull(sim, account_id=sim.credential("meta_ads", 1).account_id).reports.profile()

    def test_a_platform_that_only_answers_html_is_one_clear_message(self, quiet: Sim) -> None:
        quiet.faults.switch_on("html", status=200)
        with pytest.raises(TransientError, match="expected JSON but got an HTML page"):
            Pull(quiet, policy=RetryPolicy(attempts=2)).rows("campaigns")

    def test_days_beyond_the_platforms_history_are_refused_and_not_repeated(self, sim: Sim) -> None:
        pull = Pull(sim)
        with pytest.raises(Rejected, match="37 months"):
            pull.rows("ad_daily", DayWindow(date(2020, 1, 1), date(2020, 1, 2)))
        assert pull.client.transport.usage.requests == 1

    def test_unknown_entities_and_missing_windows_are_refused(self, sim: Sim) -> None:
        reports = Pull(sim).reports
        with pytest.raises(Rejected, match="no entity 'weather'"):
            list(reports.rows(Ask(entity="weather")))
        with pytest.raises(Rejected, match="window"):
            list(reports.rows(Ask(entity="ad_daily")))


def test_the_platform_is_registered_with_every_entity_an_ad_platform_has() -> None:
    assert ad_platform("meta_ads") is PLATFORM
    assert tuple(schema.entity for schema in PLATFORM.schemas) == AD_ENTITIES
    assert PLATFORM.look_back.days == 28
    assert PLATFORM.schema("ad_daily").key == ("ad_id", "date", "publisher_platform")
    assert PLATFORM.schema("ad_daily").day == "date"


def test_every_column_is_asked_for_and_found_in_what_comes(sim: Sim) -> None:
    pull = Pull(sim)
    for schema in PLATFORM.schemas:
        seen = {name for row in pull.rows(schema.entity) for name in row}
        required = {column.path.removeprefix("$.") for column in schema.columns if column.required}
        assert required <= seen
        assert seen <= {*FIELDS[schema.entity], "id", "date_start", "date_stop", "publisher_platform"}


def test_the_window_is_asked_with_its_last_day_included(sim: Sim) -> None:
    day = date(2026, 11, 2)
    rows = Pull(sim).rows("ad_daily", DayWindow(day, day + timedelta(days=1)))
    assert {row["date_start"] for row in rows} == {"2026-11-02"}
