"""Whop's door over raw HTTP: who may come in, what is refused and how, pages, permissions, repeats and limits."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.serving import Sim, serve
from simulator.whop.door import DOOR
from simulator.world.scenario import META_US, TINY

VERSION = "2026-10-15-1"
SMALL = replace(TINY, accounts=(META_US,), history_days=40, people=5_000)
SETTINGS = settings(
    max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def sim() -> Iterator[Sim]:
    with serve(scenario=SMALL, seed=3, specs=[DOOR]) as running:
        yield running


@pytest.fixture
def whop(sim: Sim) -> Iterator[httpx.Client]:
    headers = {"authorization": f"Bearer {sim.keys.whop_api_key}", "api-version-date": VERSION}
    usual = httpx.get(f"{sim.base_url}/sim/whop").json()
    with httpx.Client(base_url=f"{sim.base_url}/api/v1", headers=headers, timeout=30) as client:
        yield client
    httpx.put(f"{sim.base_url}/sim/whop", json=usual).raise_for_status()
    sim.faults.clear()


def switch(sim: Sim, **habits: Any) -> None:
    httpx.put(f"{sim.base_url}/sim/whop", json=habits).raise_for_status()


def error(answer: httpx.Response) -> tuple[int, str, str | None]:
    said = answer.json()["error"]
    return answer.status_code, said["type"], said.get("param")


# Who may come in.


@pytest.mark.parametrize("authorization", ["Bearer apik_wrong", "Bearer", "", "Basic {key}", "{key}"])
def test_only_the_accounts_own_key_is_let_in(sim: Sim, whop: httpx.Client, authorization: str) -> None:
    given = authorization.format(key=sim.keys.whop_api_key)
    assert error(whop.get("/payments", headers={"authorization": given})) == (401, "unauthorized", None)


def test_a_revoked_key_is_not_let_in(sim: Sim, whop: httpx.Client) -> None:
    sim.faults.revoke("whop", sim.keys.whop_account_id)
    assert whop.get("/payments").status_code == 401
    sim.faults.restore("whop", sim.keys.whop_account_id)
    assert whop.get("/payments").status_code == 200


def test_a_version_is_a_date(whop: httpx.Client) -> None:
    answer = whop.get("/payments", headers={"api-version-date": "latest"})
    assert error(answer) == (400, "invalid_parameters", "Api-Version-Date")


def test_a_key_that_may_only_read_changes_nothing(sim: Sim, whop: httpx.Client) -> None:
    switch(sim, may_write=False)
    assert whop.get("/plans").status_code == 200
    refused = whop.post("/checkout_configurations", json={})
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "missing_permission")


def test_notifications_need_an_apps_key(sim: Sim, whop: httpx.Client) -> None:
    switch(sim, is_app_key=False)
    wanted = {"account_id": sim.keys.whop_account_id, "title": "t", "content": "c"}
    assert error(whop.post("/notifications", json=wanted)) == (403, "forbidden", None)


def test_what_a_key_may_not_see_is_null(sim: Sim, whop: httpx.Client) -> None:
    seen = whop.get("/payments?billing_reason=subscription_create&first=1").json()["data"][0]
    assert seen["customer_email"] == f"{seen['metadata']['user_id']}@people.example"
    switch(sim, sees_emails=False, sees_members=False)
    hidden = whop.get("/payments?billing_reason=subscription_create&first=1").json()["data"][0]
    names = ("customer_email", "member_id", "membership_id")
    assert hidden == seen | dict.fromkeys(names)
    assert [name for name in names if seen[name] is None] == []
    member = whop.get("/members?first=1").json()["data"][0]
    assert member["email"] is None
    assert whop.get("/memberships?first=1").json()["data"][0]["user_id"] is None


# Pages.


def test_the_last_page_has_no_cursor_and_says_so(sim: Sim, whop: httpx.Client) -> None:
    ids: list[str] = []
    cursor, pages = "", 0
    while True:
        page = whop.get("/memberships", params={"first": 7, **({"after": cursor} if cursor else {})}).json()
        ids += [each["id"] for each in page["data"]]
        pages += 1
        assert page["page_info"]["has_previous_page"] is (pages > 1)
        assert page["page_info"]["has_next_page"] is (page["page_info"]["end_cursor"] is not None)
        cursor = page["page_info"]["end_cursor"]
        if cursor is None:
            break
        assert len(page["data"]) == 7
    held = sim.world.society.commerce().till.memberships
    assert (len(ids), set(ids)) == (len(held), set(held))
    assert pages == -(-len(held) // 7)


def test_beyond_the_end_there_is_an_empty_page(whop: httpx.Client) -> None:
    assert whop.get("/payments?created_after=2099-01-01T00:00:00Z").json() == {
        "data": [],
        "page_info": {"start_cursor": None, "end_cursor": None, "has_next_page": False, "has_previous_page": False},
    }


def test_a_list_reads_backwards_too(whop: httpx.Client) -> None:
    first = whop.get("/payments?first=5").json()
    second = whop.get("/payments", params={"first": 5, "after": first["page_info"]["end_cursor"]}).json()
    back = whop.get("/payments", params={"last": 5, "before": second["page_info"]["start_cursor"]}).json()
    assert back["data"] == first["data"]
    assert (back["page_info"]["has_next_page"], back["page_info"]["has_previous_page"]) == (True, False)


def test_what_comes_meanwhile_never_moves_an_older_page(sim: Sim, whop: httpx.Client) -> None:
    first = whop.get("/payments?first=3").json()
    after = {"first": 3, "after": first["page_info"]["end_cursor"]}
    before = [each["id"] for each in whop.get("/payments", params=after).json()["data"]]
    sim.control.advance(hours=12)
    assert whop.get("/payments?first=3").json()["data"][0]["id"] != first["data"][0]["id"]
    assert [each["id"] for each in whop.get("/payments", params=after).json()["data"]] == before


def test_lists_withhold_what_only_a_single_object_tells(whop: httpx.Client) -> None:
    listed = whop.get("/payments?status=paid&first=1").json()["data"][0]
    single = whop.get(f"/payments/{listed['id']}").json()
    assert listed["settlement_time_at"] is None
    assert single["settlement_time_at"] is not None
    assert single == listed | {"settlement_time_at": single["settlement_time_at"]}


def test_another_accounts_things_are_not_there(whop: httpx.Client) -> None:
    assert whop.get("/payments?account_id=biz_another").json()["data"] == []


@pytest.mark.parametrize(
    ("path", "param"),
    [
        ("/payments?first=0", "first"),
        ("/payments?first=101", "first"),
        ("/payments?first=ten", "first"),
        ("/payments?first=5&last=5", "last"),
        ("/payments?after=nonsense", "after"),
        ("/payments?order=updated_at", "order"),
        ("/payments?direction=down", "direction"),
        ("/payments?status=settled", "status"),
        ("/payments?created_after=2026-11-01", "created_after"),
        ("/memberships?statuses=alive", "status"),
        ("/members?access_level=some", "access_level"),
    ],
)
def test_a_question_that_means_nothing_is_refused_by_name(whop: httpx.Client, path: str, param: str) -> None:
    assert error(whop.get(path)) == (400, "invalid_parameters", param)


@pytest.mark.parametrize(
    "path", ["/payments/pay_x", "/memberships/mem_x", "/webhooks/hook_x", "/nowhere", "/plans/x/y"]
)
def test_what_is_not_there_is_not_found(whop: httpx.Client, path: str) -> None:
    assert error(whop.get(path)) == (404, "not_found", None)


# Money.


def test_money_is_text_with_as_many_decimals_as_the_currency_has(whop: httpx.Client) -> None:
    plans = whop.get("/plans?first=100").json()["data"]
    assert {each["currency"] for each in plans} == {"usd", "eur", "jpy", "inr"}
    payment = whop.get("/payments?first=1&currency=usd").json()["data"][0]
    assert set(payment["total"]) == {"amount", "currency", "decimals", "display_decimals"}
    whole, _, cents = payment["total"]["amount"].partition(".")
    assert (whole.isdigit(), len(cents), payment["total"]["decimals"]) == (True, 2, 2)


def test_what_is_left_after_fees_is_the_total_less_the_fees(whop: httpx.Client) -> None:
    payment = whop.get("/payments?first=1&status=paid&currency=usd").json()["data"][0]
    (fee,) = whop.get(f"/payments/{payment['id']}/fees").json()["data"]
    total, fee_amount, left = (
        round(float(each["amount"]) * 100) for each in (payment["total"], fee["amount"], payment["amount_after_fees"])
    )
    assert (fee_amount, left) == (total * 3 // 100 + 30, total - total * 3 // 100 - 30)


# Writing.


def promo(sim: Sim, **more: Any) -> dict[str, Any]:
    return {
        "account_id": sim.keys.whop_account_id, "code": "AUTUMN", "amount_off": 10, "promo_type": "percentage",
        "base_currency": "usd", "new_users_only": False, "promo_duration_months": 0, **more,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "param"),
    [
        ({"amount_off": "10"}, "amount_off"),
        ({"amount_off": 101}, "amount_off"),
        ({"amount_off": 0}, "amount_off"),
        ({"amount_off": True}, "amount_off"),
        ({"promo_type": "half"}, "promo_type"),
        ({"code": None}, "code"),
        ({"code": 7}, "code"),
        ({"code": "x" * 101}, "code"),
        ({"new_users_only": None}, "new_users_only"),
        ({"new_users_only": "no"}, "new_users_only"),
        ({"promo_duration_months": 1.5}, "promo_duration_months"),
        ({"plan_ids": "plan_1"}, "plan_ids"),
        ({"base_currency": "ton"}, "base_currency"),
    ],
)
def test_a_wrong_body_is_refused_by_name(sim: Sim, whop: httpx.Client, wrong: dict[str, Any], param: str) -> None:
    assert error(whop.post("/promo_codes", json=promo(sim, **wrong))) == (400, "invalid_parameters", param)
    assert whop.get("/promo_codes").json()["data"] == []


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b'"x"', b"nan", b'{"code": NaN}', b"\xff", b"[" * 100_000, b'{"a":"\\ud800"}']
)
def test_a_body_that_is_no_object_is_refused(whop: httpx.Client, body: bytes) -> None:
    assert error(whop.post("/promo_codes", content=body)) == (400, "invalid_parameters", None)


def test_a_code_can_be_taken_only_once(sim: Sim, whop: httpx.Client) -> None:
    made = whop.post("/promo_codes", json=promo(sim)).json()
    assert whop.post("/promo_codes", json=promo(sim, code="autumn")).json()["error"]["code"] == "code_taken"
    assert whop.delete(f"/promo_codes/{made['id']}").json() == {"deleted": True, "id": made["id"]}
    assert whop.post("/promo_codes", json=promo(sim)).status_code == 200


def test_what_cannot_be_done_is_refused_in_words(whop: httpx.Client) -> None:
    paid = whop.get("/payments?status=paid&first=1").json()["data"][0]
    for act in ("retry", "void"):
        assert error(whop.post(f"/payments/{paid['id']}/{act}")) == (422, "unprocessable_entity", None)
    ended = whop.get("/memberships?statuses=canceled&first=1").json()["data"][0]
    for act, body in (("cancel", {}), ("pause", {}), ("resume", None), ("extend", {"days": 3})):
        assert error(whop.post(f"/memberships/{ended['id']}/{act}", json=body))[0] == 422


def test_a_void_payment_ends_its_membership(whop: httpx.Client) -> None:
    refused = whop.get("/payments?status=open&first=1").json()["data"][0]
    voided = whop.post(f"/payments/{refused['id']}/void").json()
    assert (voided["status"], voided["substatus"], voided["retryable"]) == ("void", "canceled", False)
    assert whop.get(f"/memberships/{refused['membership_id']}").json()["status"] == "canceled"


@pytest.mark.parametrize(
    "wanted",
    [{}, {"account_id": "{ours}", "experience_id": "exp_1"}, {"account_id": "biz_another"}],
)
def test_a_notification_goes_to_exactly_one_place_of_ours(sim: Sim, whop: httpx.Client, wanted: dict[str, str]) -> None:
    to = {name: value.format(ours=sim.keys.whop_account_id) for name, value in wanted.items()}
    assert whop.post("/notifications", json={"title": "t", "content": "c", **to}).status_code in (400, 403)
    assert httpx.get(f"{sim.base_url}/sim/whop/notifications").json() == {"notifications": []}


# Saying it twice.


def test_the_same_key_and_words_are_done_once(sim: Sim, whop: httpx.Client) -> None:
    plan = whop.get("/plans?first=1").json()["data"][0]["id"]
    key = {"idempotency-key": "m1:link"}
    first = whop.post("/checkout_configurations", json={"plan_id": plan}, headers=key)
    again = whop.post("/checkout_configurations", json={"plan_id": plan}, headers=key)
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert len(whop.get("/checkout_configurations").json()["data"]) == 1
    other = whop.post("/checkout_configurations", json={"plan_id": plan, "currency": "usd"}, headers=key)
    assert (other.status_code, other.json()["error"]["code"]) == (409, "idempotency_conflict")
    assert whop.post("/checkout_configurations", json={"plan_id": plan}).json()["id"] != first.json()["id"]


def test_a_write_whose_answer_was_lost_is_not_done_again(sim: Sim, whop: httpx.Client) -> None:
    payment = whop.get("/payments?status=paid&first=1").json()["data"][0]
    sim.faults.switch_on("reset_after_write", count=1)
    key = {"idempotency-key": "refund-1"}
    with pytest.raises(httpx.TransportError):
        whop.post(f"/payments/{payment['id']}/refund", json={"partial_amount": 1}, headers=key)
    answer = whop.post(f"/payments/{payment['id']}/refund", json={"partial_amount": 1}, headers=key)
    assert answer.json()["substatus"] == "partially_refunded"
    assert len(whop.get(f"/refunds?payment_id={payment['id']}").json()["data"]) == 1


@pytest.mark.parametrize("key", ["", "k" * 256])
def test_a_key_has_one_to_255_characters(whop: httpx.Client, key: str) -> None:
    assert error(whop.post("/notifications", json={}, headers={"idempotency-key": key}))[0] == 400


def test_a_refused_write_may_be_corrected_under_its_key(sim: Sim, whop: httpx.Client) -> None:
    key = {"idempotency-key": "corrected"}
    assert whop.post("/promo_codes", json=promo(sim, code="WINTER", amount_off=0), headers=key).status_code == 400
    assert whop.post("/promo_codes", json=promo(sim, code="WINTER"), headers=key).status_code == 200


# Limits.


def test_an_operation_is_limited_by_the_minute_and_the_wait_is_told(sim: Sim, whop: httpx.Client) -> None:
    whop.get("/disputes")
    switch(sim, requests_per_minute=1)
    refused = whop.get("/disputes")
    wait = int(refused.headers["retry-after"])
    assert refused.status_code == 429
    assert 1 <= wait <= 60
    assert refused.json()["error"]["message"] == f"Rate limit exceeded. Try again in {wait} seconds."
    assert whop.get("/products").status_code == 200  # another operation


def test_the_wait_is_over_after_a_minute_of_the_platforms_own_clock(sim: Sim, whop: httpx.Client) -> None:
    switch(sim, requests_per_minute=1)
    whop.get("/refunds")
    assert whop.get("/refunds").status_code == 429
    httpx.put(f"{sim.base_url}/sim/faults", json={"clock_skew_seconds": 61}).raise_for_status()
    assert whop.get("/refunds").status_code == 200


# Whatever is said, it answers.

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)
FIELDS = (
    "account_id", "amount_off", "base_currency", "cancel_at_period_end", "code", "content", "days", "events",
    "metadata", "new_users_only", "partial_amount", "plan", "plan_id", "promo_duration_months", "promo_type",
    "sent_after", "title", "until", "url",
)  # fmt: skip
WRITES = (
    "/promo_codes", "/checkout_configurations", "/notifications", "/webhooks", "/payments/{payment}/refund",
    "/memberships/{membership}/pause", "/memberships/{membership}/extend", "/memberships/{membership}/cancel",
)  # fmt: skip


@SETTINGS
@given(path=st.sampled_from(WRITES), told=st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=6))
def test_no_body_makes_the_door_fail(whop: httpx.Client, path: str, told: dict[str, Any]) -> None:
    where = path.format(
        payment=whop.get("/payments?first=1").json()["data"][0]["id"],
        membership=whop.get("/memberships?first=1").json()["data"][0]["id"],
    )
    assert whop.post(where, json=told).status_code < 500


QUERY = st.dictionaries(
    st.sampled_from(["first", "last", "after", "before", "order", "created_after", "status", "user_id", "query"]),
    st.text(max_size=12) | st.sampled_from(["٣", "²", "9" * 5000, "0001-01-01T00:00:00+14:00", "MTIz", "MXw="]),
    max_size=4,
)


@SETTINGS
@given(listed=st.sampled_from(["payments", "memberships", "members", "disputes", "plans", "webhooks"]), query=QUERY)
def test_no_question_makes_the_door_fail(whop: httpx.Client, listed: str, query: dict[str, str]) -> None:
    assert whop.get(f"/{listed}", params=query).status_code < 500
