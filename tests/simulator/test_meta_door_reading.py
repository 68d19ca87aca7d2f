"""The wire contract of Meta's door where it is asked: access, lists, jobs, batches, headers; in plain HTTP."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from simulator.meta_ads.access import appsecret_proof
from simulator.meta_ads.door import DOOR, routes
from simulator.meta_ads.habits import Habits
from simulator.serving import Sim, serve

NAMES = ("campaigns", "adsets", "ads", "adcreatives", "customaudiences")
TARGETING = {"geo_locations": {"countries": ["US"]}, "targeting_automation": {"advantage_audience": 0}}


class Caller:
    """One account's token, and the door's answers as they are."""

    def __init__(self, sim: Sim, number: int = 0) -> None:
        self.sim = sim
        self.credential = sim.credential("meta_ads", number)
        self.node = f"act_{self.credential.account_id}"
        self.http = httpx.Client(base_url=sim.base_url)

    def send(self, method: str, path: str, version: str = "v26.0", **params: Any) -> httpx.Response:
        token = {"access_token": self.credential.fields["TOKEN"]}
        encoded = {name: value if isinstance(value, str) else json.dumps(value) for name, value in params.items()}
        url = f"/{version}/{path}"
        if method == "POST":
            return self.http.request(method, url, params=token, data=encoded)
        return self.http.request(method, url, params=token | encoded)

    def get(self, path: str, **params: Any) -> Any:
        return self.send("GET", path, **params).json()

    def post(self, path: str, **params: Any) -> Any:
        return self.send("POST", path, **params).json()


@pytest.fixture(scope="module")
def sim() -> Iterator[Sim]:
    with serve(scenario="tiny", seed=3, specs=(DOOR,)) as sim:
        yield sim


@pytest.fixture(scope="module")
def caller(sim: Sim) -> Caller:
    return Caller(sim)


@pytest.fixture
def with_habits() -> Iterator[Callable[[Habits], Caller]]:
    opened = []

    def open_(habits: Habits) -> Caller:
        served = serve(scenario="tiny", seed=3, specs=(replace(DOOR, routes=partial(routes, habits=habits)),))
        opened.append(served)
        return Caller(served.__enter__())

    yield open_
    for served in opened:
        served.__exit__(None, None, None)


def error_of(body: Any) -> tuple[int, int | None]:
    return body["error"]["code"], body["error"].get("error_subcode")


def campaign(caller: Caller, name: str, **more: Any) -> str:
    basics = {"name": name, "objective": "OUTCOME_TRAFFIC", "special_ad_categories": []}
    return caller.post(f"{caller.node}/campaigns", **{**basics, **more})["id"]


class TestAccess:
    def test_the_published_proof_vector(self) -> None:
        expected = "921e418a9249475492c5c76dde886efe36a783a107dba8a6d3be70bd6c4e8426"  # contract 1.1
        assert appsecret_proof(app_secret="secret", token="TOK") == expected

    @pytest.mark.parametrize("version", ["v26.0", "v25.0", "v3.12"])
    @pytest.mark.parametrize("slash", ["", "/"])
    def test_any_version_and_a_trailing_slash_will_do(self, caller: Caller, version: str, slash: str) -> None:
        answer = caller.send("GET", caller.node + slash, version=version)
        assert answer.json() == {"id": caller.node, "account_id": caller.credential.account_id}
        assert answer.headers["facebook-api-version"] == version

    def test_the_token_may_come_in_query_form_or_header(self, caller: Caller) -> None:
        token, url = caller.credential.fields["TOKEN"], f"/v26.0/{caller.node}/insights"
        assert caller.http.get(url, params={"access_token": token}).status_code == 200
        assert caller.http.get(url, headers={"Authorization": f"Bearer {token}"}).status_code == 200
        assert caller.http.post(url, data={"access_token": token}).status_code == 200

    def test_a_right_proof_passes_and_a_wrong_one_is_refused_and_none_is_needed(self, caller: Caller) -> None:
        fields = caller.credential.fields
        right = appsecret_proof(app_secret=fields["APP_SECRET"], token=fields["TOKEN"])
        assert caller.send("GET", caller.node, appsecret_proof=right).status_code == 200
        refused = caller.send("GET", caller.node, appsecret_proof="0" * 64)
        assert refused.status_code == 400
        assert "appsecret_proof" in refused.json()["error"]["message"]

    def test_no_token_an_unknown_one_and_a_revoked_one_are_code_190(self, sim: Sim, caller: Caller) -> None:
        assert error_of(caller.http.get("/v26.0/me").json()) == (190, None)
        assert error_of(caller.http.get("/v26.0/me", params={"access_token": "x"}).json()) == (190, 467)
        other = Caller(sim, 1)
        sim.faults.revoke("meta_ads", other.credential.account_id)
        assert error_of(other.get(other.node)) == (190, 458)
        sim.faults.restore("meta_ads", other.credential.account_id)
        assert other.get(other.node)["id"] == other.node

    def test_a_token_opens_its_own_account_only(self, sim: Sim, caller: Caller) -> None:
        other = Caller(sim, 1)
        assert error_of(caller.get(other.node)) == (200, None)
        assert error_of(caller.get("act_1")) == (100, 33)
        theirs = sim.world.objects("meta_ads", other.credential.account_id, "ad")[0]
        assert error_of(caller.get(theirs.id)) == (200, None)
        assert error_of(caller.get("12345")) == (100, 33)


class TestLists:
    def test_only_fields_that_exist_and_are_asked_for_are_answered(self, caller: Caller) -> None:
        body = caller.get(f"{caller.node}/campaigns", fields="name,no_such_field,updated_time,account_id")
        assert set(body["data"][0]) == {"id", "name", "updated_time", "account_id"}
        assert set(caller.get(f"{caller.node}/campaigns")["data"][0]) == {"id"}

    @pytest.mark.parametrize("edge", NAMES)
    def test_every_object_carries_its_account_and_its_last_change(self, caller: Caller, edge: str) -> None:
        caller.post(
            f"{caller.node}/customaudiences",
            name="n",
            subtype="CUSTOM",
            customer_file_source="USER_PROVIDED_ONLY",
        )
        row = caller.get(f"{caller.node}/{edge}", fields="account_id,updated_time,name")["data"][0]
        assert row["account_id"] == caller.credential.account_id
        assert row["updated_time"][-5] in "+-"  # an offset without a colon: -0700

    def test_next_stands_beside_the_cursor_and_repeats_every_parameter(self, caller: Caller) -> None:
        filters = [{"field": "ad.effective_status", "operator": "IN", "value": ["ACTIVE", "DELETED", "PAUSED"]}]
        first = caller.get(f"{caller.node}/ads", fields="name", limit="2", filtering=filters, summary="true")
        assert set(first["paging"]) == {"cursors", "next"}
        query = dict(parse_qsl(urlsplit(first["paging"]["next"]).query))
        assert query == {
            "access_token": caller.credential.fields["TOKEN"],
            "fields": "name",
            "limit": "2",
            "filtering": json.dumps(filters),
            "summary": "true",
            "after": first["paging"]["cursors"]["after"],
        }
        by_link = httpx.get(first["paging"]["next"]).json()
        by_cursor = caller.get(f"{caller.node}/ads", fields="name", limit="2", filtering=filters, after=query["after"])
        assert by_link["data"] == by_cursor["data"] != first["data"]
        assert "next" not in by_link["paging"]
        assert by_link["paging"]["cursors"]["after"]  # present on the last page too
        assert first["summary"] == {"total_count": 4}

    def test_an_empty_page_with_more_behind_it_can_be_switched_on(
        self, with_habits: Callable[[Habits], Caller]
    ) -> None:
        caller = with_habits(Habits(empty_page=True))
        first = caller.get(f"{caller.node}/ads")
        assert first["data"] == []
        assert len(httpx.get(first["paging"]["next"]).json()["data"]) > 0

    def test_filters_by_time_name_and_parent(self, sim: Sim, caller: Caller) -> None:
        ads = sim.world.objects("meta_ads", caller.credential.account_id, "ad")
        newest = max(int(ad.updated_at.timestamp()) for ad in ads)
        every = {"field": "ad.effective_status", "operator": "IN", "value": ["ACTIVE", "PAUSED", "DELETED"]}

        def ids(*filters: dict[str, Any]) -> set[str]:
            return {row["id"] for row in caller.get(f"{caller.node}/ads", filtering=[every, *filters])["data"]}

        newer = {"field": "ad.updated_time", "operator": "GREATER_THAN", "value": newest - 1}
        assert ids(newer) == {ad.id for ad in ads if int(ad.updated_at.timestamp()) == newest} != ids()
        assert ids({"field": "name", "operator": "CONTAIN", "value": ads[0].name.upper()}) == {ads[0].id}
        parent = {"field": "adset.id", "operator": "IN", "value": [ads[0].parent_id]}
        assert ids(parent) == {ad.id for ad in ads if ad.parent_id == ads[0].parent_id} != ids()

    @pytest.mark.parametrize(
        "params",
        [
            {"effective_status": ["SLEEPING"]},
            {"filtering": [{"field": "ad.no_such", "operator": "IN", "value": []}]},
            {"filtering": [{"field": "name", "operator": "RESEMBLES", "value": "a"}]},
            {"filtering": [{"field": "ad.updated_time", "operator": "GREATER_THAN", "value": "soon"}]},
            {"limit": "0"},
            {"limit": "many"},
            {"after": "bm90aGluZw"},
        ],
    )
    def test_wrong_parameters_are_code_100(self, caller: Caller, params: dict[str, Any]) -> None:
        answer = caller.send("GET", f"{caller.node}/ads", **params)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, 100)
        assert answer.json()["error"]["error_data"]["blame_field_specs"]

    def test_too_large_a_page_is_refused_with_the_words_that_ask_for_less(
        self, with_habits: Callable[[Habits], Caller]
    ) -> None:
        caller = with_habits(Habits(page_cells=4))
        refused = caller.send("GET", f"{caller.node}/ads", fields="name,status", limit="3")
        assert refused.status_code == 500
        assert "reduce the amount of data" in refused.json()["error"]["message"]
        assert len(caller.get(f"{caller.node}/ads", fields="name,status", limit="2")["data"]) == 2


class TestJobs:
    def test_a_job_is_unknown_for_a_moment_from_the_third_on(self, with_habits: Callable[[Habits], Caller]) -> None:
        caller = with_habits(Habits())
        runs = [caller.post(f"{caller.node}/insights")["report_run_id"] for _ in range(3)]
        assert "async_status" in caller.get(f"{runs[0]}/")
        assert error_of(caller.get(f"{runs[2]}/")) == (100, 33)
        assert caller.get(f"{runs[2]}/")["async_status"] == "Job Not Started"

    def test_rows_cannot_be_read_before_the_job_is_complete(self, caller: Caller) -> None:
        run = caller.post(f"{caller.node}/insights", level="ad")["report_run_id"]
        for _ in range(3):
            assert caller.send("GET", f"{run}/insights").status_code == 400
            caller.get(f"{run}/")
        assert caller.get(f"{run}/")["async_status"] == "Job Completed"
        assert caller.get(f"{run}/insights")["data"]

    def test_jobs_may_fail_and_be_forgotten(self, with_habits: Callable[[Habits], Caller]) -> None:
        caller = with_habits(Habits(failing_jobs=frozenset({1}), expiring_jobs=frozenset({2}), race_every=0))
        failing, expiring = (caller.post(f"{caller.node}/insights")["report_run_id"] for _ in range(2))
        assert [caller.get(f"{failing}/")["async_status"] for _ in range(3)][1:] == ["Job Failed", "Job Failed"]
        assert [caller.get(f"{expiring}/").get("async_status") for _ in range(5)][3:] == ["Job Completed", None]

    def test_a_job_with_too_many_rows_fails_with_the_words_that_ask_for_less(
        self, with_habits: Callable[[Habits], Caller]
    ) -> None:
        caller = with_habits(Habits(async_rows=5))
        run = caller.post(f"{caller.node}/insights", level="ad", time_increment="1")["report_run_id"]
        states = [caller.get(f"{run}/") for _ in range(4)]
        assert states[-1]["async_status"] == "Job Failed"
        assert "reduce the amount of data" in states[-1]["error_message"]


class TestInsightsQuestions:
    @pytest.mark.parametrize(
        ("params", "words"),
        [
            ({"time_range": {"since": "2023-09-01", "until": "2023-09-02"}}, "beyond 37 months"),
            ({"time_range": {"since": "2026-11-02", "until": "2026-11-01"}}, "must not be later"),
            ({"time_range": {"since": "yesterday", "until": "2026-11-01"}}, "YYYY-MM-DD"),
            ({"time_increment": "0"}, "1 to 90"),
            ({"time_increment": "91"}, "1 to 90"),
            ({"level": "galaxy"}, "level must be"),
            ({"breakdowns": ["shoe_size"]}, "breakdowns"),
            ({"action_attribution_windows": ["3d_click"]}, "action_attribution_windows"),
            ({"date_preset": "last_5d"}, "date_preset"),
        ],
    )
    def test_wrong_questions_are_refused(self, caller: Caller, params: dict[str, Any], words: str) -> None:
        for method in ("GET", "POST"):
            answer = caller.send(method, f"{caller.node}/insights", **params)
            assert answer.status_code == 400
            assert words in answer.json()["error"]["message"]

    def test_a_day_within_37_months_is_answered(self, caller: Caller) -> None:
        assert caller.get(f"{caller.node}/insights", time_range={"since": "2023-10-05", "until": "2026-11-01"})["data"]

    def test_empty_lists_texts_and_windows_that_are_gone_are_allowed(self, caller: Caller) -> None:
        row = caller.get(
            f"{caller.node}/insights",
            fields="actions,no_such_metric",
            breakdowns=[],
            time_increment="1",
            action_attribution_windows=["7d_view", "28d_view", "1d_ev", "7d_click"],
        )["data"][0]
        windows = {key for action in row["actions"] for key in action} - {"action_type", "value"}
        assert windows == {"7d_click"}
        assert "no_such_metric" not in row

    def test_the_ping_without_parameters_is_answered_with_throttle_headers(self, caller: Caller) -> None:
        answer = caller.send("GET", f"{caller.node}/insights")
        throttle = json.loads(answer.headers["x-fb-ads-insights-throttle"])
        assert set(throttle) == {"app_id_util_pct", "acc_id_util_pct", "ads_api_access_tier"}
        assert throttle["acc_id_util_pct"] < 85
        usage = json.loads(answer.headers["x-business-use-case-usage"])[caller.credential.account_id][0]
        assert usage["call_count"] < 85
        assert len(answer.json()["data"]) == 1


class TestBatches:
    def test_answers_come_in_order_as_texts_with_their_own_codes(self, sim: Sim, caller: Caller) -> None:
        ad = sim.world.objects("meta_ads", caller.credential.account_id, "ad")[0]
        items = [
            {"method": "GET", "relative_url": f"{ad.id}/?fields=id%2Cname"},
            {"method": "GET", "relative_url": "v25.0/404404/"},
            {"method": "POST", "relative_url": f"{ad.id}/", "body": "name=New%20name"},
        ]
        answers = caller.post("", batch=items)
        assert [each["code"] for each in answers] == [200, 400, 200]
        assert json.loads(answers[0]["body"]) == {"id": ad.id, "name": ad.name}
        assert json.loads(answers[1]["body"])["error"]["error_subcode"] == 33
        assert {"name", "value"} == set(answers[0]["headers"][0])
        assert caller.get(ad.id, fields="name")["name"] == "New name"
        caller.post(ad.id, name=ad.name)

    def test_fifty_fit_and_fifty_one_do_not(self, caller: Caller) -> None:
        items = [{"method": "GET", "relative_url": caller.node}] * 51
        assert len(caller.post("", batch=items[:50])) == 50
        assert error_of(caller.post("", batch=items))[0] == 100


class TestLimits:
    @pytest.mark.parametrize(
        ("path", "code"), [("{node}/insights", 80000), ("{node}/ads", 17), ("6005123/users", 80003)]
    )
    def test_slow_down_is_said_in_the_platforms_words_with_minutes_to_wait(
        self, sim: Sim, caller: Caller, path: str, code: int
    ) -> None:
        sim.faults.switch_on("rate_limited", count=1)
        answer = caller.send("GET", path.format(node=caller.node))
        assert (answer.status_code, *error_of(answer.json())) == (400, code, 2446079)
        if "{node}" in path:
            usage = json.loads(answer.headers["x-business-use-case-usage"])[caller.credential.account_id]
            assert usage[0]["estimated_time_to_regain_access"] == 1

    def test_which_requests_count_as_writes(self, sim: Sim, caller: Caller) -> None:
        sim.faults.switch_on("reset_after_write", count=1)
        assert "report_run_id" in caller.post(f"{caller.node}/insights")
        with pytest.raises(httpx.TransportError):
            caller.post(f"{caller.node}/campaigns", name="lost answer", objective="OUTCOME_SALES",
                        special_ad_categories=[], daily_budget="5000")  # fmt: skip
        names = [each.name for each in sim.world.objects("meta_ads", caller.credential.account_id, "campaign")]
        assert names.count("lost answer") == 1
