"""Whop's deliveries: signed as the official verifier wants, told in both versions, repeated, disordered, forged, late.

The oracles are the official SDK's verifier and its payload models, and the vector in the contract.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from importlib import import_module
from typing import Any

import httpx
import pytest
from standardwebhooks import WebhookVerificationError
from whop_sdk.core.pydantic_utilities import parse_obj_as
from whop_sdk.lib.verify_webhook import unwrap

from simulator.services import whop_webhook_secret
from simulator.serving import Sim, serve
from simulator.whop.door import DOOR
from simulator.whop.telling import signature
from simulator.world.scenario import META_US, TINY

VERSION = "2026-10-15-1"
SMALL = replace(TINY, accounts=(META_US,), history_days=20, people=5_000)
KINDS = {"payment": "payments", "membership": "memberships", "refund": "refunds", "dispute": "disputes"}
Told = dict[str, Any]


@pytest.fixture
def sim() -> Iterator[Sim]:
    with serve(scenario=SMALL, seed=3, specs=[DOOR]) as running:
        yield running


Ask = Callable[..., Any]


@pytest.fixture
def ask(sim: Sim) -> Iterator[Ask]:
    headers = {"authorization": f"Bearer {sim.keys.whop_api_key}", "api-version-date": VERSION}
    with httpx.Client(base_url=f"{sim.base_url}/api/v1", headers=headers, timeout=30) as client:

        def asking(method: str, path: str, body: Any = None) -> Any:
            return client.request(method, path, json=body).raise_for_status().json()

        yield asking


def listening(ask: Ask, outside: Any, **more: Any) -> Told:
    return ask("POST", "/webhooks", {"url": f"{outside.url}/whop", "api_version_date": VERSION, **more})


def passes(sim: Sim, *, hours: float = 0, days: float = 0) -> None:
    sim.control.advance(hours=hours, days=days)
    assert sim.webhooks.settle(timeout_seconds=60)


def verified(outside: Any, endpoint: Told) -> list[Told]:
    return [unwrap(each.body, headers=each.headers, key=endpoint["webhook_secret"]) for each in outside.taken]


def switch(sim: Sim, **habits: Any) -> None:
    httpx.put(f"{sim.base_url}/sim/whop", json=habits).raise_for_status()


def test_the_signature_of_the_contracts_vector():
    body = b'{"id":"msg_bQPHmO2eBnHYtWWuxAN9K3Xd","type":"payment.succeeded","api_version":"v1","data":{"id":"pay_1"}}'
    signed = signature(
        "ws_0123456789abcdef", message_id="msg_bQPHmO2eBnHYtWWuxAN9K3Xd", timestamp=1786381404, body=body
    )
    assert signed == "v1,YvQvLA3Fp3ciRkVIKjiGQXEaTtiNATOERh9/yWg8Wuk="


def test_every_message_verifies_and_fits_the_official_payload(sim, ask, outside):
    endpoint = listening(ask, outside)
    passes(sim, days=14)
    told = verified(outside, endpoint)
    assert len({each["id"] for each in told}) == len(told) > 100
    assert [each["timestamp"] for each in told] == sorted(each["timestamp"] for each in told)
    assert {each["account_id"] for each in told} == {sim.keys.whop_account_id}
    assert [each["id"] for each in told] == [each.headers["webhook-id"] for each in outside.taken]
    typed = {each["type"]: payload_model(each["type"]) for each in told}
    for each in told:
        if typed[each["type"]] is not None:
            parse_obj_as(typed[each["type"]], each)
    assert {"payment.succeeded", "payment.failed", "membership.activated", "member.updated"} <= set(typed)
    # The SDK has no payload of these two, and types refunds in the shape without a date.
    untyped = {"membership.deactivated", "membership.cancel_at_period_end_changed", "refund.created", "refund.updated"}
    assert {event for event, model in typed.items() if model is None} <= untyped


def payload_model(event: str) -> Any:
    kind, _, what = event.partition(".")
    name = f"post_{kind}_{what}_payload"
    if kind == "refund":
        return None
    try:
        module = import_module(f"whop_sdk.{KINDS.get(kind, f'{kind}s')}.types.{name}")
    except ModuleNotFoundError:
        return None
    return getattr(module, "".join(part.title() for part in name.split("_")))


def test_the_newest_of_what_was_told_is_what_the_lists_say(sim, ask, outside):
    """Whoever keeps, for each object, the message with the newest `updated_at` ends up with the lists' truth."""
    endpoint = listening(ask, outside)
    sim.webhooks.disorder.duplicates, sim.webhooks.disorder.reordered = 0.2, 0.3
    passes(sim, days=6)
    newest: dict[str, Told] = {}
    for each in verified(outside, endpoint):
        data = each["data"]
        if each["type"].split(".")[0] in KINDS and data["updated_at"] >= newest.get(data["id"], data)["updated_at"]:
            newest[data["id"]] = data
    kinds = {"pay": "payments", "mem": "memberships", "rfnd": "refunds", "dspt": "disputes"}
    assert {id_.partition("_")[0] for id_ in newest} >= {"pay", "mem", "rfnd"}
    for id_, data in newest.items():
        now = ask("GET", f"/{kinds[id_.partition('_')[0]]}/{id_}")
        # A refund or a dispute changes its payment, and no message says so.
        assert data == now or (id_.startswith("pay_") and data["updated_at"] < now["updated_at"])


def test_what_changed_is_named_with_what_it_was(sim, ask, outside):
    endpoint = listening(ask, outside, events=["membership.updated"])
    membership = ask("GET", "/memberships?statuses=active&first=1")["data"][0]
    ask("POST", f"/memberships/{membership['id']}/extend", {"days": 3})
    assert sim.webhooks.settle()
    (told,) = verified(outside, endpoint)
    names = {"current_period_end", "expires_at", "most_recent_action_at"}
    assert told["previous_attributes"] == {name: membership[name] for name in names}


def test_only_what_was_asked_for_is_told(sim, ask, outside):
    endpoint = listening(ask, outside, events=["payment.failed", "refund.created"])
    passes(sim, days=20)
    assert {each["type"] for each in verified(outside, endpoint)} == {"payment.failed", "refund.created"}


@pytest.mark.parametrize(
    ("pinned", "account_under", "shape"),
    [
        ("2026-10-15-1", "account_id", dict),
        ("2026-08-14", "account_id", dict),
        ("2026-08-13", "company_id", dict),
        (None, "company_id", float),
    ],
)
def test_the_pinned_date_decides_who_and_how(sim, ask, outside, pinned, account_under, shape):
    endpoint = ask("POST", "/webhooks", {"url": outside.url, "api_version_date": pinned})
    passes(sim, days=1)
    payments = [each for each in verified(outside, endpoint) if each["type"] == "payment.succeeded"]
    assert {type(each["data"]["total"]) for each in payments} == {shape}
    assert {each[account_under] for each in payments} == {sim.keys.whop_account_id}
    assert {each["api_version_date"] for each in payments} == {pinned}


# The secret.


def test_the_secret_is_shown_once_and_known_beforehand_to_the_environment(sim, ask, outside):
    endpoint = listening(ask, outside)
    assert endpoint["webhook_secret"] == whop_webhook_secret(3, 0)
    assert endpoint["webhook_secret"].startswith("ws_")
    assert ask("GET", f"/webhooks/{endpoint['id']}")["webhook_secret"] is None
    assert ask("GET", "/webhooks")["data"][0]["webhook_secret"] is None
    assert listening(ask, outside)["webhook_secret"] != endpoint["webhook_secret"]


def test_of_several_signatures_one_is_right(sim, ask, outside):
    switch(sim, webhook_signatures=3)
    endpoint = listening(ask, outside, events=["payment.succeeded"])
    passes(sim, hours=12)
    assert verified(outside, endpoint)
    assert {len(each.headers["webhook-signature"].split(" ")) for each in outside.taken} == {3}


def test_an_expired_message_is_right_in_everything_but_its_age(sim, ask, outside):
    switch(sim, webhook_expired=1.0)
    endpoint = listening(ask, outside, events=["payment.succeeded"])
    passes(sim, hours=12)
    one = outside.taken[0]
    with pytest.raises(WebhookVerificationError, match="too old"):
        unwrap(one.body, headers=one.headers, key=endpoint["webhook_secret"])
    assert one.headers["webhook-signature"] == signature(
        endpoint["webhook_secret"], message_id=one.headers["webhook-id"],
        timestamp=int(one.headers["webhook-timestamp"]), body=one.body,
    )  # fmt: skip


def test_a_forged_copy_follows_and_does_not_verify(sim, ask, outside):
    switch(sim, webhook_forged=1.0)
    endpoint = listening(ask, outside, events=["payment.succeeded"])
    passes(sim, hours=12)
    right, forged = outside.taken[:2]
    assert unwrap(right.body, headers=right.headers, key=endpoint["webhook_secret"])["type"] == "payment.succeeded"
    assert (forged.body, forged.headers["webhook-id"]) == (right.body, right.headers["webhook-id"])
    with pytest.raises(WebhookVerificationError, match="No matching signature"):
        unwrap(forged.body, headers=forged.headers, key=endpoint["webhook_secret"])


def test_duplicates_are_the_same_bytes_under_the_same_id(sim, ask, outside):
    sim.webhooks.disorder.duplicates = 1.0
    listening(ask, outside, events=["payment.succeeded"])
    passes(sim, hours=12)
    bodies: dict[str, list[bytes]] = {}
    for each in outside.taken:
        bodies.setdefault(each.headers["webhook-id"], []).append(each.body)
    assert {len(same) for same in bodies.values()} == {2}
    assert all(same[0] == same[1] for same in bodies.values())


# The log of deliveries.


def test_the_log_says_what_was_sent_and_answered(sim, ask, outside):
    endpoint = listening(ask, outside, events=["payment.succeeded"])
    outside.answers = [500, 500, 500, 500]
    passes(sim, hours=12)
    logged = ask("GET", f"/webhooks/{endpoint['id']}/deliveries?first=100")["data"]
    assert [each["request_body"] for each in reversed(logged)] == [
        each.json() for number, each in enumerate(outside.taken) if number not in (1, 2, 3)
    ]
    assert [(each["response_code"], each["success"]) for each in reversed(logged)][:2] == [(500, False), (200, True)]


def test_one_delivery_is_replayed_under_its_own_id_or_a_new_one(sim, ask, outside):
    endpoint = listening(ask, outside, events=["payment.succeeded"])
    passes(sim, hours=12)
    before = len(outside.taken)
    logged = ask("GET", f"/webhooks/{endpoint['id']}/deliveries?first=1")["data"][0]
    path = f"/webhooks/{endpoint['id']}/deliveries/{logged['id']}/replay"
    assert ask("POST", path) == {"status": 200, "success": True, "body": ""}
    assert ask("POST", path, {"regenerate_id": True})["success"]
    same, fresh = (each.json() for each in outside.taken[before:])
    assert same == logged["request_body"]
    assert fresh["id"] != same["id"]
    assert fresh | {"id": same["id"]} == same
    newest = ask("GET", f"/webhooks/{endpoint['id']}/deliveries?first=2")["data"]
    assert {each["replayed_from"] for each in newest} == {logged["id"]}


def test_what_failed_in_a_stretch_of_time_is_replayed_together(sim, ask, outside):
    endpoint = listening(ask, outside, events=["payment.succeeded"])
    opened = sim.world.now()
    outside.answers = [503] * 8  # four attempts at each of the first two
    passes(sim, hours=12)
    told = list(dict.fromkeys(each.json()["id"] for each in outside.taken))
    outside.taken.clear()
    wanted = {"sent_after": opened.isoformat(), "failed_only": True}
    assert ask("POST", f"/webhooks/{endpoint['id']}/replay", wanted) == {"queued": True}
    assert sim.webhooks.settle()
    assert [each.json()["id"] for each in outside.taken] == told[:2]
    assert len(told) > 2


def test_a_sample_can_be_asked_for(sim, ask, outside):
    endpoint = listening(ask, outside)
    assert ask("POST", f"/webhooks/{endpoint['id']}/test", {"event": "payment.succeeded"})["success"]
    (told,) = verified(outside, endpoint)
    assert told["type"] == "payment.succeeded"
    assert told["data"]["id"].startswith("pay_")


def test_who_takes_nothing_for_three_days_is_told_nothing_until_switched_on_again(sim, ask, outside):
    endpoint = listening(ask, outside, events=["payment.canceled"])  # of which there are none
    outside.always = 500
    sample = f"/webhooks/{endpoint['id']}/test"
    assert not ask("POST", sample, {"event": "payment.succeeded"})["success"]
    assert ask("GET", f"/webhooks/{endpoint['id']}")["consecutive_failures"] == 1
    passes(sim, days=3)
    assert not ask("POST", sample, {"event": "payment.succeeded"})["success"]
    found = ask("GET", f"/webhooks/{endpoint['id']}")
    assert (found["enabled"], found["disabled_reason"]) == (False, "delivery_failures")
    again = ask("PATCH", f"/webhooks/{endpoint['id']}", {"enabled": True})
    assert (again["enabled"], again["disabled_at"], again["consecutive_failures"]) == (True, None, 0)
    assert ask("DELETE", f"/webhooks/{endpoint['id']}") == {"deleted": True, "id": endpoint["id"]}


def test_virtual_days_that_pass_at_once_tell_the_same_as_days_one_by_one(outside):
    told = []
    for steps in (1, 6):
        with serve(scenario=SMALL, seed=3, specs=[DOOR]) as sim:
            wanted = {"url": outside.url, "events": ["payment.created", "payment.failed", "membership.updated"]}
            headers = {"authorization": f"Bearer {sim.keys.whop_api_key}"}
            endpoint = httpx.post(f"{sim.base_url}/api/v1/webhooks", json=wanted, headers=headers).json()
            for _ in range(steps):
                sim.world.advance(timedelta(days=3) / steps)
            assert sim.webhooks.settle(timeout_seconds=60)
            told.append([(each["id"], each["data"]) for each in verified(outside, endpoint)])
            outside.taken.clear()
    assert told[0] == told[1]
    assert told[0]
