"""X's door lets in what is signed as X wants it, and refuses the rest: signatures, clocks, nonces, accounts, quotas."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
import requests
from oauthlib.oauth1 import Client as Signer
from requests_oauthlib import OAuth1, OAuth1Session

from simulator.serving import Sim, serve
from simulator.world.model import Credentials
from simulator.world.scenario import META_US, TINY, X_EU, X_US
from simulator.x_ads.door import DOOR, door_spec
from simulator.x_ads.gate import Settings
from simulator.x_ads.quotas import Quota

TWO_ACCOUNTS = replace(TINY, accounts=(X_US, X_EU, META_US), campaigns=1, history_days=3)


@pytest.fixture(scope="module")
def sim() -> Iterator[Sim]:
    with serve(scenario=TWO_ACCOUNTS, seed=11, specs=[DOOR]) as sim:
        yield sim


def session_of(held: Credentials, **wrong: str) -> OAuth1Session:
    keys = {**held.fields, **wrong}
    return OAuth1Session(
        keys["CONSUMER_KEY"],
        client_secret=keys["CONSUMER_SECRET"],
        resource_owner_key=keys["TOKEN"],
        resource_owner_secret=keys["TOKEN_SECRET"],
    )


def signed_header(held: Credentials, url: str, *, timestamp: int, nonce: str, method: str = "GET") -> dict[str, str]:
    keys = held.fields
    signer = Signer(
        keys["CONSUMER_KEY"],
        client_secret=keys["CONSUMER_SECRET"],
        resource_owner_key=keys["TOKEN"],
        resource_owner_secret=keys["TOKEN_SECRET"],
        nonce=nonce,
        timestamp=str(timestamp),
    )
    _, headers, _ = signer.sign(url, http_method=method)
    return headers


def account_url(sim: Sim, number: int = 0) -> str:
    return f"{sim.base_url}/12/accounts/{sim.credential('x_ads', number).account_id}"


def code_of(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["errors"][0]["code"]


def test_a_signed_call_is_let_in_on_either_version_and_told_the_current_one(sim: Sim):
    held = sim.credential("x_ads")
    for version in ("11", "12"):
        answer = session_of(held).get(f"{sim.base_url}/{version}/accounts/{held.account_id}")
        assert answer.status_code == 200
        assert answer.headers["x-current-api-version"] == "12"
        assert answer.json()["data"]["id"] == held.account_id
        assert answer.json()["request"]["params"] == {"account_id": held.account_id}


@pytest.mark.parametrize("secret", ["CONSUMER_KEY", "CONSUMER_SECRET", "TOKEN", "TOKEN_SECRET"])
def test_each_of_the_four_keys_counts(sim: Sim, secret: str):
    answer = session_of(sim.credential("x_ads"), **{secret: "made-up"}).get(account_url(sim))
    assert code_of(answer) == (401, "UNAUTHORIZED_ACCESS")


def test_an_unsigned_call_is_refused(sim: Sim):
    assert code_of(requests.get(account_url(sim), timeout=10)) == (401, "UNAUTHORIZED_ACCESS")


def test_repeated_query_keys_and_odd_characters_are_part_of_the_signature(sim: Sim):
    query = urlencode([("q", "ä & b=c +%"), ("campaign_ids", "b"), ("campaign_ids", "a"), ("q", "~-._*")])
    url = f"{account_url(sim)}/campaigns?{query}"
    assert session_of(sim.credential("x_ads")).get(url).status_code == 200


@pytest.mark.parametrize(
    ("signed_as", "sent_to"),
    [
        ("http://127.0.0.1:1/12/accounts", "/12/accounts"),
        ("https://{host}/12/accounts", "/12/accounts"),
        ("http://{host}/11/accounts", "/12/accounts"),
        ("http://{host}/12/accounts?count=1", "/12/accounts?count=2"),
        ("http://{host}/12/accounts?count=1", "/12/accounts"),
    ],
    ids=["another port", "another scheme", "another path", "another query", "a query left out"],
)
def test_a_signature_over_anything_else_is_refused(sim: Sim, signed_as: str, sent_to: str):
    url = signed_as.format(host=sim.base_url.removeprefix("http://"))
    headers = signed_header(sim.credential("x_ads"), url, timestamp=int(time.time()), nonce=signed_as + sent_to)
    answer = requests.get(f"{sim.base_url}{sent_to}", headers=headers, timeout=10)
    assert code_of(answer) == (401, "UNAUTHORIZED_ACCESS")


def test_a_signature_for_another_method_is_refused(sim: Sim):
    url = f"{sim.base_url}/12/accounts"
    headers = signed_header(
        sim.credential("x_ads"), url, timestamp=int(time.time()), nonce="another method", method="POST"
    )
    assert requests.get(url, headers=headers, timeout=10).status_code == 401


def test_form_bodies_are_signed_and_json_bodies_are_not(sim: Sim):
    held = sim.credential("x_ads")
    url = f"{account_url(sim)}/custom_audiences"
    assert session_of(held).post(url, data={"name": "from a form"}).json()["data"]["name"] == "from a form"

    audience = session_of(held).post(f"{url}?name=from+the+query").json()["data"]["id"]
    body = [{"operation_type": "Update", "params": {"users": [{"email": ["a" * 64]}]}}]
    answer = session_of(held).post(f"{url}/{audience}/users", json=body)
    assert answer.json()["data"] == {"success_count": 1, "total_count": 1}


def test_a_form_changed_after_signing_is_refused(sim: Sim):
    held = sim.credential("x_ads").fields
    auth = OAuth1(held["CONSUMER_KEY"], held["CONSUMER_SECRET"], held["TOKEN"], held["TOKEN_SECRET"])
    prepared = requests.Request(
        "POST", f"{account_url(sim)}/custom_audiences", data={"name": "as signed"}, auth=auth
    ).prepare()
    prepared.body = "name=as+forged"
    prepared.headers["Content-Length"] = str(len(prepared.body))
    with requests.Session() as session:
        assert session.send(prepared).status_code == 401


@pytest.mark.parametrize(("seconds", "status"), [(-600, 401), (-290, 200), (290, 200), (600, 401)])
def test_timestamps_are_held_against_real_time_give_or_take_five_minutes(sim: Sim, seconds: int, status: int):
    assert abs((sim.world.now() - datetime.now(UTC)).total_seconds()) > 600, "the practice clock must not be real time"
    url = account_url(sim)
    headers = signed_header(
        sim.credential("x_ads"), url, timestamp=int(time.time()) + seconds, nonce=f"skewed by {seconds}"
    )
    assert requests.get(url, headers=headers, timeout=10).status_code == status


def test_a_nonce_is_good_once(sim: Sim):
    url = account_url(sim)
    headers = signed_header(sim.credential("x_ads"), url, timestamp=int(time.time()), nonce="once")
    assert requests.get(url, headers=headers, timeout=10).status_code == 200
    assert code_of(requests.get(url, headers=headers, timeout=10)) == (401, "UNAUTHORIZED_ACCESS")


def test_other_peoples_and_unknown_accounts_are_refused_alike(sim: Sim):
    session = session_of(sim.credential("x_ads", 0))
    for url in (account_url(sim, 1), f"{sim.base_url}/12/accounts/nobody"):
        assert code_of(session.get(f"{url}/campaigns")) == (403, "ACCOUNT_NOT_FOUND")


def test_a_revoked_token_is_refused_until_it_is_restored(sim: Sim):
    held = sim.credential("x_ads")
    sim.faults.revoke("x_ads", held.account_id)
    try:
        assert code_of(session_of(held).get(account_url(sim))) == (401, "UNAUTHORIZED_ACCESS")
    finally:
        sim.faults.restore("x_ads", held.account_id)
    assert session_of(held).get(account_url(sim)).status_code == 200


@pytest.mark.parametrize(
    "path", ["/12/nothing/here", "/12/accounts/{id}/unheard_of", "/12/accounts/{id}/campaigns/x/y"]
)
def test_unknown_routes_are_answered_in_html(sim: Sim, path: str):
    held = sim.credential("x_ads")
    answer = session_of(held).get(sim.base_url + path.format(id=held.account_id))
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.text.startswith("<!DOCTYPE html>")


def test_unknown_objects_are_answered_in_json(sim: Sim):
    answer = session_of(sim.credential("x_ads")).get(f"{account_url(sim)}/campaigns/zzzzz")
    assert code_of(answer) == (404, "CAMPAIGN_NOT_FOUND")


def test_used_up_quotas_name_a_reset_ahead_of_the_wall_clock_in_both_header_families():
    tight = door_spec(Settings(quotas={"core_read": Quota(2, 900)}))
    with serve(scenario=TWO_ACCOUNTS, seed=11, specs=[tight]) as sim:
        session = session_of(sim.credential("x_ads"))
        answers = (
            session.get(f"{account_url(sim)}/campaigns") for _ in range(5)
        )  # at most two windows meet five calls
        refused = next(answer for answer in answers if answer.status_code == 429)
    assert code_of(refused) == (429, "TOO_MANY_REQUESTS")
    for family in ("x-account-rate-limit", "x-rate-limit"):
        assert int(refused.headers[f"{family}-reset"]) > time.time() - 1
    assert refused.headers["x-account-rate-limit-limit"] == "2"
    assert refused.headers["x-account-rate-limit-remaining"] == "0"


def test_the_fault_of_that_name_says_slow_down_as_x_says_it(sim: Sim):
    sim.faults.switch_on("rate_limited", count=1)
    answer = session_of(sim.credential("x_ads")).get(account_url(sim))
    assert code_of(answer) == (429, "TOO_MANY_REQUESTS")
    assert int(answer.headers["x-account-rate-limit-reset"]) > time.time()
    assert int(answer.headers["x-rate-limit-reset"]) > time.time()


def test_broken_json_bodies_are_refused(sim: Sim):
    held = sim.credential("x_ads")
    url = f"{sim.base_url}/12/batch/accounts/{held.account_id}/campaigns"
    answer = session_of(held).post(url, data="[{", headers={"Content-Type": "application/json"})
    assert code_of(answer) == (400, "INVALID_PARAMETER")
    assert json.loads(answer.text)["request"]["params"] == {"account_id": held.account_id}
