"""The wire contract of Meta's door where it is told: objects, budgets, audiences, subscriptions; in plain HTTP."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from simulator.meta_ads.door import DOOR
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


def error_of(body: Any) -> tuple[int, int | None]:
    return body["error"]["code"], body["error"].get("error_subcode")


def campaign(caller: Caller, name: str, **more: Any) -> str:
    basics = {"name": name, "objective": "OUTCOME_TRAFFIC", "special_ad_categories": []}
    return caller.post(f"{caller.node}/campaigns", **{**basics, **more})["id"]


class TestWrites:
    def test_a_campaign_needs_what_the_contract_names(self, caller: Caller) -> None:
        full = {
            "name": "needs",
            "objective": "OUTCOME_SALES",
            "special_ad_categories": [],
            "is_adset_budget_sharing_enabled": "false",
        }
        for missing in full:
            body = caller.post(f"{caller.node}/campaigns", **{k: v for k, v in full.items() if k != missing})
            assert body["error"]["error_data"] == {"blame_field_specs": [[missing]]}
        made = caller.post(f"{caller.node}/campaigns", **full)["id"]
        node = caller.get(made, fields="status,effective_status,daily_budget,objective")
        assert node == {"id": made, "status": "PAUSED", "effective_status": "PAUSED", "objective": "OUTCOME_SALES"}

    def test_an_ad_set_needs_what_the_contract_names(self, caller: Caller) -> None:
        parent = campaign(caller, "for ad sets", is_adset_budget_sharing_enabled="false")
        full: dict[str, Any] = {
            "name": "set",
            "campaign_id": parent,
            "billing_event": "IMPRESSIONS",
            "optimization_goal": "OFFSITE_CONVERSIONS",
            "promoted_object": {"pixel_id": "1", "custom_event_type": "PURCHASE"},
            "targeting": TARGETING,
            "daily_budget": "2000",
        }
        for missing in full:
            body = caller.post(f"{caller.node}/adsets", **{k: v for k, v in full.items() if k != missing})
            assert body["error"]["error_data"]["blame_field_specs"] == [[missing]], missing
        for wrong in (
            {"targeting": {"geo_locations": {}, "targeting_automation": {"advantage_audience": 0}}},
            {"targeting": {"geo_locations": {"countries": ["US"]}}},
            {"targeting": {**TARGETING, "geo_locations": {"countries": ["DE"]}}},  # the EU wants to know who pays
            {"bid_strategy": "COST_CAP"},
            {"daily_budget": None, "lifetime_budget": "90000"},
        ):
            params = {name: value for name, value in {**full, **wrong}.items() if value is not None}
            assert error_of(caller.post(f"{caller.node}/adsets", **params))[0] == 100, wrong
        assert "id" in caller.post(f"{caller.node}/adsets", **full)

    def test_a_budget_lives_on_one_level_and_is_of_one_kind(self, caller: Caller) -> None:
        with_budget = campaign(caller, "budget here", daily_budget="5000")
        without = campaign(caller, "budget below", is_adset_budget_sharing_enabled="false")
        ad_set = {"name": "s", "billing_event": "IMPRESSIONS", "optimization_goal": "REACH", "targeting": TARGETING}
        below = caller.post(f"{caller.node}/adsets", **ad_set, campaign_id=with_budget)["id"]
        own = caller.post(f"{caller.node}/adsets", **ad_set, campaign_id=without, daily_budget="1000")["id"]
        blame = {"blame_field_specs": [["daily_budget"]]}
        for refused in (
            caller.post(f"{caller.node}/adsets", **ad_set, campaign_id=with_budget, daily_budget="1000"),
            caller.post(f"{caller.node}/adsets", **ad_set, campaign_id=without),
            caller.post(without, daily_budget="6000"),
            caller.post(below, daily_budget="6000"),
        ):
            assert refused["error"]["error_data"] == blame
        assert error_of(caller.post(own, lifetime_budget="900000"))[0] == 100
        both = caller.post(f"{caller.node}/campaigns", name="b", objective="OUTCOME_SALES", special_ad_categories=[],
                           daily_budget="5000", lifetime_budget="90000")  # fmt: skip
        assert error_of(both)[0] == 100
        assert caller.post(with_budget, daily_budget="5500") == {"success": True}
        node = caller.get(with_budget, fields="daily_budget,lifetime_budget")
        assert (node["daily_budget"], node["lifetime_budget"]) == ("5500", "0")

    @pytest.mark.parametrize("amount", ["50.00", "-5", "0", "a lot", "99"])
    def test_budgets_are_whole_minor_units_above_the_minimum(self, caller: Caller, amount: str) -> None:
        body = caller.post(f"{caller.node}/campaigns", name="c", objective="OUTCOME_SALES", special_ad_categories=[],
                           daily_budget=amount)  # fmt: skip
        assert body["error"]["code"] == 100
        assert body["error"]["error_data"] == {"blame_field_specs": [["daily_budget"]]}

    def test_minimum_budgets_are_in_the_accounts_minor_unit(self, sim: Sim) -> None:
        dollars, yen = Caller(sim, 0), Caller(sim, 1)
        assert dollars.get(f"{dollars.node}/minimum_budgets")["data"][0]["min_daily_budget_imp"] == 100
        assert dollars.get(dollars.node, fields="min_daily_budget")["min_daily_budget"] == 100
        assert yen.get(f"{yen.node}/minimum_budgets")["data"][0]["currency"] == "JPY"
        made = campaign(yen, "yen", daily_budget="5000")
        stored = sim.world.find("meta_ads", "campaign", made)
        assert stored is not None
        assert stored.daily_budget == 5000  # one yen is one unit
        made = campaign(dollars, "dollars", daily_budget="5000")
        stored = sim.world.find("meta_ads", "campaign", made)
        assert stored is not None
        assert stored.daily_budget == 50  # and a dollar is a hundred

    def test_a_dry_run_checks_everything_and_leaves_no_trace(self, sim: Sim, caller: Caller) -> None:
        before = len(sim.world.objects("meta_ads", caller.credential.account_id, "campaign"))
        dry = {"execution_options": ["validate_only"], "special_ad_categories": [], "daily_budget": "5000"}
        edge = f"{caller.node}/campaigns"
        assert caller.post(edge, name="dry", objective="OUTCOME_SALES", **dry) == {"success": True}
        assert error_of(caller.post(edge, name="dry", objective="PROFIT", **dry))[0] == 100
        made = campaign(caller, "wet", daily_budget="5000")
        assert caller.post(made, status="ACTIVE", execution_options=["validate_only"]) == {"success": True}
        assert caller.get(made, fields="status")["status"] == "PAUSED"
        assert len(sim.world.objects("meta_ads", caller.credential.account_id, "campaign")) == before + 1

    def test_statuses_pass_down_and_deleted_objects_stay_deleted(self, sim: Sim, caller: Caller) -> None:
        ad = next(a for a in sim.world.objects("meta_ads", caller.credential.account_id, "ad") if a.status == "active")
        group = sim.world.find("meta_ads", "ad_group", ad.parent_id or "")
        assert group is not None

        def effective() -> str:
            return caller.get(ad.id, fields="effective_status")["effective_status"]

        assert effective() == "ACTIVE"
        caller.post(group.id, status="PAUSED")
        assert effective() == "ADSET_PAUSED"
        caller.post(group.id, status="ACTIVE")
        caller.post(group.parent_id or "", status="PAUSED")
        assert effective() == "CAMPAIGN_PAUSED"
        caller.post(group.parent_id or "", status="ACTIVE")
        made = campaign(caller, "to delete", daily_budget="5000")
        assert caller.send("DELETE", f"{made}/").json() == {"success": True}
        assert error_of(caller.post(made, status="ACTIVE"))[0] == 100
        assert error_of(caller.post(ad.id, status="FROZEN"))[0] == 100

    def test_creatives_and_ads_need_what_the_contract_names(self, sim: Sim, caller: Caller) -> None:
        edge = f"{caller.node}/adcreatives"
        for wrong in (
            {},
            {"object_story_spec": {"link_data": {"link": "https://a.example"}}},
            {"object_story_spec": {"page_id": "1"}},
            {"object_story_spec": {"page_id": "1", "link_data": {"message": "no link"}}},
        ):
            assert error_of(caller.post(edge, name="c", **wrong))[0] == 100, wrong
        story = {"page_id": "1", "link_data": {"link": "https://a.example/x", "message": "Hi", "name": "Head"}}
        creative = caller.post(edge, name="c", object_story_spec=story)["id"]
        node = caller.get(creative, fields="title,body,object_story_spec")
        assert (node["title"], node["body"], node["object_story_spec"]) == ("Head", "Hi", story)
        group = sim.world.objects("meta_ads", caller.credential.account_id, "ad_group")[0]
        full: dict[str, Any] = {"name": "a", "adset_id": group.id, "creative": {"creative_id": creative}}
        for missing in full:
            assert (
                error_of(caller.post(f"{caller.node}/ads", **{k: v for k, v in full.items() if k != missing}))[0] == 100
            )
        assert error_of(caller.post(f"{caller.node}/ads", **{**full, "creative": {"creative_id": "1"}}))[0] == 100
        made = caller.post(f"{caller.node}/ads", **full)["id"]
        stored = sim.world.find("meta_ads", "ad", made)
        assert stored is not None
        assert stored.attributes["landing_page"] == "https://a.example/x"


class TestAudiences:
    @pytest.fixture
    def audience(self, caller: Caller) -> str:
        edge = f"{caller.node}/customaudiences"
        return caller.post(edge, name="r", subtype="CUSTOM", customer_file_source="USER_PROVIDED_ONLY")["id"]

    @staticmethod
    def people(*names: str) -> list[list[str]]:
        return [[hashlib.sha256(f"{name}@example.test".encode()).hexdigest()] for name in names]

    def test_sessions_count_on_and_replacements_swap_at_the_end(self, sim: Sim, caller: Caller, audience: str) -> None:
        def size() -> int:
            stored = sim.world.find("meta_ads", "audience", audience)
            return stored.attributes["size"] if stored else -1

        def send(edge: str, names: str, sequence: int, last: bool, method: str = "POST") -> dict[str, Any]:
            session = {"session_id": 9, "batch_seq": sequence, "last_batch_flag": last, "estimated_num_total": 4}
            payload = {"schema": ["EMAIL"], "data": self.people(*names)}
            return caller.send(method, f"{audience}/{edge}", payload=payload, session=session).json()

        assert send("users", "ab", 1, False)["num_received"] == 2
        assert send("users", "cd", 2, True) == {
            "audience_id": audience,
            "session_id": "9",
            "num_received": 4,
            "num_invalid_entries": 0,
            "invalid_entry_samples": {},
        }
        assert send("users", "a", 1, True, method="DELETE")["num_received"] == 1
        assert size() == 3
        assert send("usersreplace", "xy", 1, False)["num_received"] == 2
        assert size() == 3  # nothing is replaced before the last upload
        assert send("usersreplace", "zwv", 2, True)["num_received"] == 5
        assert size() == 5

    def test_plain_addresses_are_counted_as_invalid(self, caller: Caller, audience: str) -> None:
        payload = {"schema": "EMAIL_SHA256", "data": ["a@example.test", self.people("a")[0][0]]}
        answer = caller.post(f"{audience}/users", payload=payload)
        assert (answer["num_received"], answer["num_invalid_entries"]) == (2, 1)

    @pytest.mark.parametrize(
        "wrong",
        [
            {},
            {"payload": {"schema": ["EMAIL"]}},
            {"payload": {"schema": ["EMAIL", "PHONE"], "data": [["a"]]}},
            {"payload": {"schema": ["EMAIL"], "data": [["a"]] * 10_001}},
            {"payload": {"schema": ["EMAIL"], "data": []}, "session": {"session_id": 1}},
        ],
    )
    def test_malformed_uploads_are_refused(self, caller: Caller, audience: str, wrong: dict[str, Any]) -> None:
        assert error_of(caller.post(f"{audience}/users", **wrong))[0] == 100


class Callback:
    """Somebody's endpoint: answers the challenge as it is told to, and keeps what it was sent."""

    def __init__(self, *, honest: bool = True) -> None:
        self.received: list[tuple[bytes, str]] = []
        seen = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                query = dict(parse_qsl(urlsplit(self.path).query))
                right = honest and query["hub.mode"] == "subscribe" and query["hub.verify_token"] == "ours"
                self._answer(query["hub.challenge"] if right else "something else")

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                seen.received.append((body, self.headers["X-Hub-Signature-256"]))
                self._answer("")

            def _answer(self, text: str) -> None:
                self.send_response(200)
                self.send_header("content-length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, format: str, *args: Any) -> None:
                """Tests print nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/webhooks/meta"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class TestSubscriptions:
    @staticmethod
    def subscribe(caller: Caller, url: str, **more: str) -> Any:
        secret = caller.credential.fields["APP_SECRET"]
        form = {
            "access_token": f"4711|{secret}",
            "object": "ad_account",
            "callback_url": url,
            "fields": "effective_status",
            "verify_token": "ours",
        }
        return caller.http.post("/v26.0/4711/subscriptions", data={**form, **more}).json()

    def test_a_change_of_status_is_told_signed_to_who_asked(self, sim: Sim, caller: Caller) -> None:
        callback = Callback()
        assert self.subscribe(caller, callback.url) == {"success": True}
        assert caller.post(f"{caller.node}/subscribed_apps", app_id="4711") == {"success": True}
        made = campaign(caller, "told", daily_budget="5000")
        caller.post(made, name="renamed")  # no change of status: nothing is told
        caller.post(made, status="ACTIVE")
        assert sim.webhooks.settle()
        callback.stop()
        ((body, signature),) = callback.received
        (entry,) = json.loads(body)["entry"]
        assert entry["id"] == caller.credential.account_id
        assert entry["changes"] == [
            {"field": "effective_status", "value": {"id": made, "level": "campaign", "effective_status": "ACTIVE"}}
        ]
        secret = caller.credential.fields["APP_SECRET"].encode()
        assert signature == "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()

    def test_a_callback_that_fails_its_challenge_is_not_subscribed(self, caller: Caller) -> None:
        callback = Callback(honest=False)
        assert error_of(self.subscribe(caller, callback.url)) == (2200, None)
        callback.stop()
        assert error_of(self.subscribe(caller, "http://127.0.0.1:9/nobody")) == (2200, None)

    def test_another_apps_token_an_unknown_field_and_a_missing_one_are_refused(self, caller: Caller) -> None:
        assert error_of(self.subscribe(caller, "http://x.example", access_token="4711|guess"))[0] == 190
        assert error_of(self.subscribe(caller, "http://x.example", fields="weather"))[0] == 100
        assert error_of(self.subscribe(caller, "http://x.example", verify_token=""))[0] == 100
        assert error_of(caller.post(f"{caller.node}/subscribed_apps"))[0] == 100
