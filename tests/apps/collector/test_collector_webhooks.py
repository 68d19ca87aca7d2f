"""Webhooks: whose signature counts, that a delivery is taken once and is on disk before it is acknowledged."""

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import standardwebhooks
from whop_sdk.lib.verify_webhook import unwrap

from apps.collector.receipts import receipt
from apps.collector.signatures import Forged, check_meta, check_standard, literal_key, svix_key

TOLERANCE = timedelta(seconds=300)

WHOP_ID = "msg_bQPHmO2eBnHYtWWuxAN9K3Xd"
WHOP_AT = 1786381404
WHOP_BODY = b'{"id":"msg_bQPHmO2eBnHYtWWuxAN9K3Xd","type":"payment.succeeded","api_version":"v1","data":{"id":"pay_1"}}'
WHOP_SIGNATURE = "v1,YvQvLA3Fp3ciRkVIKjiGQXEaTtiNATOERh9/yWg8Wuk="

SVIX_ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
SVIX_AT = 1614265330
SVIX_BODY = b'{"test": 2432232314}'
SVIX_SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

META_BODY = (
    b'{"object":"ad_account","entry":[{"id":"123","time":1782862117,'
    b'"changes":[{"field":"effective_status","value":{}}]}]}'
)
META_SIGNATURE = "sha256=21e59b1c53939e9a78ebec4f44279dbaa470d5cff768c64d2cb5550cd3ff76fd"

WRONG = "v1," + base64.b64encode(bytes(32)).decode()


def prove(kit: Any, *, after: float = 0, signatures: str = WHOP_SIGNATURE, **changed: Any) -> None:
    delivery: dict[str, Any] = {"message_id": WHOP_ID, "timestamp": str(WHOP_AT), "body": WHOP_BODY} | changed
    check_standard(
        **delivery,
        signatures=signatures,
        keys=[literal_key(kit.whop_secret)],
        now=datetime.fromtimestamp(WHOP_AT, UTC) + timedelta(seconds=after),
        tolerance=TOLERANCE,
    )


def is_proven(check: Callable[[], None]) -> bool:
    try:
        check()
    except Forged:
        return False
    return True


def test_the_official_whop_vector(kit: Any) -> None:
    assert is_proven(lambda: prove(kit))
    assert not is_proven(lambda: prove(kit, body=WHOP_BODY + b" "))


def test_the_svix_vector(kit: Any) -> None:
    def prove_svix(body: bytes) -> None:
        check_standard(
            message_id=SVIX_ID,
            timestamp=str(SVIX_AT),
            signatures=SVIX_SIGNATURE,
            body=body,
            keys=[svix_key(kit.mail_secret)],
            now=datetime.fromtimestamp(SVIX_AT, UTC),
            tolerance=TOLERANCE,
        )

    assert is_proven(lambda: prove_svix(SVIX_BODY))
    assert not is_proven(lambda: prove_svix(SVIX_BODY + b" "))


def test_the_meta_vector(kit: Any) -> None:
    def prove_meta(body: bytes) -> None:
        check_meta(signature=META_SIGNATURE, body=body, app_secret=kit.meta_secret.encode())

    assert is_proven(lambda: prove_meta(META_BODY))
    assert not is_proven(lambda: prove_meta(META_BODY + b" "))


@pytest.mark.parametrize("after", [-300, 300])
def test_five_minutes_either_way_are_taken(kit: Any, after: int) -> None:
    assert is_proven(lambda: prove(kit, after=after))


@pytest.mark.parametrize("after", [-301, 301, 86_400 * 365])
def test_a_second_more_is_not(kit: Any, after: int) -> None:
    with pytest.raises(Forged, match="more than 300 s away"):
        prove(kit, after=after)


@pytest.mark.parametrize(
    "signatures",
    [f"{WRONG} {WHOP_SIGNATURE}", f"{WHOP_SIGNATURE} {WRONG}", f"v1a,bm90IHRoaXM= {WRONG} {WHOP_SIGNATURE}"],
)
def test_one_signature_of_several_is_enough(kit: Any, signatures: str) -> None:
    assert is_proven(lambda: prove(kit, signatures=signatures))


@pytest.mark.parametrize(
    "changed",
    [
        {"signatures": WRONG},
        {"signatures": ""},
        {"signatures": f"{WRONG},{WHOP_SIGNATURE}"},  # joined by a comma, which the official verifier refuses too
        {"signatures": WHOP_SIGNATURE.removeprefix("v1,")},
        {"signatures": WHOP_SIGNATURE.replace("v1,", "v2,")},
        {"signatures": f"{WRONG} " * 16 + WHOP_SIGNATURE},  # more than any rotation needs
        {"body": WHOP_BODY.replace(b"pay_1", b"pay_2")},
        {"message_id": WHOP_ID.replace("msg_b", "msg_c")},
        {"message_id": ""},
        {"message_id": "a b"},
        {"timestamp": str(WHOP_AT + 1)},
        {"timestamp": ""},
        {"timestamp": "1786381404.0"},
        {"timestamp": "٤"},
    ],
)
def test_whatever_is_changed_or_left_out_the_proof_fails(kit: Any, changed: dict[str, Any]) -> None:
    with pytest.raises(Forged):
        prove(kit, **changed)


def payment(delivery: str, *, updated_at: str) -> bytes:
    data = {"id": "pay_1", "status": "paid", "updated_at": updated_at}
    return json.dumps({"id": delivery, "type": "payment.succeeded", "api_version": "v1", "data": data}).encode()


def deliver(running: Any, kit: Any, body: bytes, headers: Mapping[str, str], path: str = "/webhooks/whop") -> Any:
    return running.client.post(path, content=body, headers={"content-type": "application/json", **headers})


def test_what_is_signed_here_passes_the_official_verifiers(kit: Any) -> None:
    """So a delivery that they would refuse is no test of ours."""
    body = payment("msg_1", updated_at="2026-11-20T06:00:00Z")
    headers = kit.signed(kit.whop_secret.encode(), body, delivery="msg_1")
    assert unwrap(body, headers=headers, key=kit.whop_secret) == json.loads(body)
    svix = kit.signed(svix_key(kit.mail_secret), SVIX_BODY, delivery="msg_2")
    assert standardwebhooks.Webhook(kit.mail_secret).verify(SVIX_BODY, svix) == {"test": 2432232314}


def test_a_delivery_lands_verbatim_once_however_often_it_comes(start: Any, kit: Any) -> None:
    running = start()
    secret = kit.whop_secret.encode()
    newer, older = (payment(f"msg_{n}", updated_at=f"2026-11-20T06:0{n}:00Z") for n in (2, 1))
    for body, delivery in ((newer, "msg_2"), (older, "msg_1"), (newer, "msg_2")):  # out of order, and one twice
        answer = deliver(running, kit, body, kit.signed(secret, body, delivery=delivery))
        assert answer.status_code == 200, answer.text
    assert answer.json() == {"delivery": "msg_2", "outcome": "duplicate"}
    with ThreadPoolExecutor(8) as pool:
        body = payment("msg_3", updated_at="2026-11-20T06:03:00Z")
        headers = kit.signed(secret, body, delivery="msg_3")
        answers = list(pool.map(lambda _: deliver(running, kit, body, headers), range(8)))
    assert sorted(answer.json()["outcome"] for answer in answers) == ["duplicate"] * 7 + ["taken"]
    running.kill()

    again = start()  # what was acknowledged is known after a crash, whether it has landed or not
    assert deliver(again, kit, newer, kit.signed(secret, newer, delivery="msg_2")).json()["outcome"] == "duplicate"
    again.stop()
    landed = kit.landed(again.home, "whop/webhooks/collector")
    assert [row["delivery_id"] for row in landed] == ["msg_2", "msg_1", "msg_3"]
    assert {name: landed[0][name] for name in ("id", "type", "api_version", "data")} == json.loads(newer)
    lines = kit.landed_lines(again.home, "whop/webhooks/collector")
    assert newer[1:] in lines[0]


@pytest.mark.parametrize("after", [-302, 302])
def test_an_expired_delivery_is_refused_however_well_it_is_signed(shared: Any, kit: Any, after: int) -> None:
    body = payment("msg_old", updated_at="2026-11-20T06:00:00Z")
    answer = deliver(shared, kit, body, kit.signed(kit.whop_secret.encode(), body, delivery="msg_old", after=after))
    assert (answer.status_code, answer.json()["reason"]) == (401, "signature")
    assert "more than 300 s away" in answer.json()["detail"]


HOSTILE = {
    "no JSON": (b"hello", 400, "json"),
    "JSON that ends too soon": (b'{"type":"payment.succeeded"', 400, "json"),
    "NaN": (b'{"type":"payment.succeeded","data":NaN}', 400, "json"),
    "bytes that are not UTF-8": (b'{"type":"\xff","data":{}}', 400, "json"),
    "100,000 open brackets": (b"[" * 100_000, 400, "json"),
    "a list": (b"[]", 400, "shape"),
    "no data": (b'{"type":"payment.succeeded"}', 400, "shape"),
    "2 MB": (b'{"type":"' + b"x" * 2_000_000 + b'","data":{}}', 413, "body_bytes"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_signed_delivery_that_is_none_is_refused_with_its_reason(shared: Any, kit: Any, name: str) -> None:
    body, status, reason = HOSTILE[name]
    answer = deliver(shared, kit, body, kit.signed(kit.whop_secret.encode(), body, delivery="msg_bad"))
    assert (answer.status_code, answer.json()["reason"]) == (status, reason), answer.text


def test_without_a_signature_nothing_is_read(shared: Any, kit: Any) -> None:
    for path in ("/webhooks/whop", "/webhooks/mail", "/webhooks/meta"):
        answer = deliver(shared, kit, WHOP_BODY, {}, path)
        assert (answer.status_code, answer.json()["reason"]) == (401, "signature")


def test_both_secrets_count_while_one_is_changed_for_the_other(start: Any, kit: Any) -> None:
    running = start(variables={"WEIR_COLLECTOR_WHOP_SECRET": f"ws_new {kit.whop_secret}"})
    for number, secret in enumerate(("ws_new", kit.whop_secret)):
        body = payment(f"msg_{number}", updated_at="2026-11-20T06:00:00Z")
        headers = kit.signed(secret.encode(), body, delivery=f"msg_{number}")
        assert deliver(running, kit, body, headers).json()["outcome"] == "taken"


def test_what_is_not_set_up_is_closed_and_says_what_to_set(start: Any, kit: Any) -> None:
    names = ("WHOP_SECRET", "META_APP_SECRET", "META_VERIFY_TOKEN", "MAIL_SECRET")
    running = start(variables=dict.fromkeys((f"WEIR_COLLECTOR_{name}" for name in names), ""))
    for path, name in (("whop", "WHOP_SECRET"), ("meta", "META_APP_SECRET"), ("mail", "MAIL_SECRET")):
        answer = deliver(running, kit, WHOP_BODY, {}, f"/webhooks/{path}")
        assert answer.status_code == 404
        assert f"WEIR_COLLECTOR_{name}" in answer.json()["remedy"]


def test_meta_gets_its_challenge_for_the_right_token_only(shared: Any, kit: Any) -> None:
    asked = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": kit.meta_token}
    answer = shared.client.get("/webhooks/meta", params=asked)
    assert (answer.status_code, answer.text) == (200, "1158201444")
    for wrong in ({"hub.verify_token": "another"}, {"hub.mode": "unsubscribe"}, {"hub.verify_token": ""}):
        refused = shared.client.get("/webhooks/meta", params=asked | wrong)
        assert (refused.status_code, refused.json()["reason"]) == (403, "challenge")
    page = {**asked, "hub.challenge": "<script>alert(1)</script>"}
    assert shared.client.get("/webhooks/meta", params=page).headers["content-type"].startswith("text/plain")


def test_a_meta_delivery_is_known_by_its_bytes(start: Any, kit: Any) -> None:
    running = start()
    headers = {"x-hub-signature-256": META_SIGNATURE}
    outcomes = [deliver(running, kit, META_BODY, headers, "/webhooks/meta").json()["outcome"] for _ in range(2)]
    assert outcomes == ["taken", "duplicate"]
    forged = deliver(running, kit, META_BODY.replace(b"123", b"124"), headers, "/webhooks/meta")
    assert forged.status_code == 401
    running.stop()
    (landed,) = kit.landed(running.home, "meta_ads/webhooks/collector")
    assert landed["delivery_id"] == hashlib.sha256(META_BODY).hexdigest()
    assert landed["entry"][0]["changes"] == [{"field": "effective_status", "value": {}}]


DELIVERED = {
    "type": "email.delivered",
    "created_at": "2026-11-20T06:00:05.000Z",
    "data": {
        "created_at": "2026-11-20T06:00:00.000Z",
        "email_id": "56761188-7520-42d8-8898-ff6fc54ce618",
        "from": "Shop <hello@shop.example>",
        "to": ["ada@example.com"],
        "subject": "Welcome\nback",
        "tags": [{"name": "message_id", "value": "m-1"}, {"name": "user_id", "value": "u-1"}],
    },
}


@pytest.mark.parametrize("names", ["svix", "webhook"])
def test_a_mail_receipt_becomes_a_row_and_keeps_the_providers_words(start: Any, kit: Any, names: str) -> None:
    running = start()
    body = json.dumps(DELIVERED, indent=1).encode()
    headers = kit.signed(svix_key(kit.mail_secret), body, delivery="msg_1", names=names)
    outcomes = [deliver(running, kit, body, headers, "/webhooks/mail").json()["outcome"] for _ in range(2)]
    assert outcomes == ["taken", "duplicate"]
    running.stop()
    (row,) = kit.landed(running.home, "messaging/receipts/collector")
    assert row.pop("received_at").endswith("Z")
    assert row == {
        "message_id": "m-1",
        "user_id": "u-1",
        "occurred_at": "2026-11-20T06:00:05.000Z",
        "kind": "delivered",
        "channel": "email",
        "delivery_id": "msg_1",
        "payload": DELIVERED,
    }


@pytest.mark.parametrize(
    ("tags", "message_id", "user_id"),
    [
        ({"message_id": "m-1", "user_id": "u-1"}, "m-1", "u-1"),
        ([{"name": "user_id", "value": "u-1"}], "provider-1", "u-1"),
        ([], "provider-1", None),
        (None, "provider-1", None),
        ("message_id=m-1", "provider-1", None),
        ([{"name": "message_id", "value": 5}, 7], "provider-1", None),
    ],
)
def test_tags_name_the_message_and_the_person(tags: Any, message_id: str, user_id: str | None) -> None:
    row = receipt({"type": "email.bounced", "data": {"email_id": "provider-1", "tags": tags}})
    assert (row["message_id"], row["user_id"], row["kind"]) == (message_id, user_id, "bounced")
    assert row["occurred_at"] is None
