"""The official Whop SDK runs against the practice world unchanged but for its base address.

Its models are the oracle of the shapes: a required field that is missing fails the page. Beyond what the SDK itself
checks, no value may lie outside an official enumeration and no field may be one that the official model does not have.
"""

import typing
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

import httpx
import pydantic
import pytest
from whop_sdk import Whop
from whop_sdk.core.api_error import ApiError
from whop_sdk.core.pydantic_utilities import parse_obj_as
from whop_sdk.environment import WhopEnvironment
from whop_sdk.errors import NotFoundError, UnauthorizedError

from simulator.serving import Sim, serve
from simulator.whop.door import DOOR
from simulator.world.scenario import META_JP, META_US, TINY

SMALL = replace(TINY, accounts=(META_US, META_JP), history_days=45, people=20_000, organic_orders_per_day=1.0)
LISTED = {
    "payments": "payment",
    "memberships": "membership",
    "members": "member",
    "refunds": "refund",
    "disputes": "dispute",
    "dispute_alerts": "dispute_alert",
    "plans": "plan",
    "products": "product",
}
VERSION = "2026-10-15-1"


@pytest.fixture(scope="module")
def sim() -> Iterator[Sim]:
    with serve(scenario=SMALL, seed=6, specs=[DOOR]) as running:  # a seed with every kind of object
        yield running


@pytest.fixture(scope="module")
def whop(sim: Sim) -> Whop:
    return client(sim, sim.keys.whop_api_key)


def client(sim: Sim, token: str, **more: Any) -> Whop:
    return Whop(token=token, environment=WhopEnvironment(api=f"{sim.base_url}/api/v1", vault=""), **more)


def complaints(value: Any, annotation: Any, where: str) -> set[str]:
    """Values outside the official enumerations, and fields that no official model has."""
    arguments = [each for each in typing.get_args(annotation) if each is not type(None)]
    if typing.get_origin(annotation) is typing.Union:
        literals = [each for each in arguments if typing.get_origin(each) is typing.Literal]
        allowed = {each for literal in literals for each in typing.get_args(literal)}
        if allowed:
            return set() if value is None or value in allowed else {f"{where} is {value!r}"}
        return set() if value is None or len(arguments) > 1 else complaints(value, arguments[0], where)
    if typing.get_origin(annotation) is list:
        return {said for each in value for said in complaints(each, arguments[0], f"{where}[]")}
    if isinstance(annotation, type) and issubclass(annotation, pydantic.BaseModel):
        fields = {field.alias or name: field.annotation for name, field in annotation.model_fields.items()}
        unknown = {f"{where} has {name}" for name in value if name not in fields}
        known = [name for name in value if name in fields]
        return unknown.union(*(complaints(value[name], fields[name], f"{where}.{name}") for name in known))
    return set()


def model(name: str) -> type[pydantic.BaseModel]:
    return getattr(import_module(f"whop_sdk.types.{name}"), "".join(part.title() for part in name.split("_")))


def every(sim: Sim, listed: str, **headers: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    after: str | None = ""
    while after is not None:
        asked = {"first": "100"} | ({"after": after} if after else {})
        answer = httpx.get(
            f"{sim.base_url}/api/v1/{listed}", params=asked,
            headers={"authorization": f"Bearer {sim.keys.whop_api_key}", **headers},
        ).raise_for_status().json()  # fmt: skip
        found += answer["data"]
        after = answer["page_info"]["end_cursor"]
    return found


@pytest.mark.parametrize(("listed", "kind"), LISTED.items())
def test_it_pages_through_every_list_and_finds_each_object_again(sim: Sim, whop: Whop, listed: str, kind: str) -> None:
    found = list(getattr(whop, listed).list(first=100))
    till = sim.world.society.commerce().till
    held = {
        "payments": till.payments, "memberships": till.memberships, "members": till.customers, "refunds": till.refunds,
        "disputes": till.disputes, "dispute_alerts": till.alerts, "plans": range(32), "products": range(4),
    }[listed]  # fmt: skip
    assert len({each.id for each in found}) == len(found) == len(held) > 0
    again = getattr(whop, listed).retrieve(found[-1].id)
    assert (type(again), again.id) == (model(kind), found[-1].id)


@pytest.mark.parametrize(("listed", "kind"), LISTED.items())
def test_no_value_is_outside_an_official_enumeration_and_no_field_is_made_up(sim: Sim, listed: str, kind: str) -> None:
    rows = every(sim, listed, **{"api-version-date": VERSION})
    assert set().union(*(complaints(row, model(kind), kind) for row in rows)) == set()


@pytest.mark.parametrize("listed", ["payments", "memberships", "members", "refunds", "disputes", "dispute_alerts"])
def test_without_a_date_the_shapes_are_those_of_the_official_legacy_models(sim: Sim, listed: str) -> None:
    rows, dated = every(sim, listed), every(sim, listed, **{"api-version-date": VERSION})
    read: list[Any] = [parse_obj_as(model(f"{LISTED[listed]}_legacy"), row) for row in rows]
    assert [each.id for each in read] == [row["id"] for row in dated]
    assert {row["company_id"] for row in rows} == {sim.keys.whop_account_id}
    assert all("account_id" not in row for row in rows)


def test_a_list_can_be_narrowed_and_turned_round(sim: Sim, whop: Whop) -> None:
    payments = list(whop.payments.list(first=100))
    renewals = list(whop.payments.list(first=100, billing_reason="subscription_cycle", status="paid"))
    wanted = {each.id for each in payments if (each.billing_reason, each.status) == ("subscription_cycle", "paid")}
    assert {each.id for each in renewals} == wanted != set()
    since = sim.world.now() - timedelta(days=3)
    recent = list(whop.payments.list(first=100, created_after=since, order="created_at", direction="asc"))
    assert [each.id for each in recent] == [each.id for each in reversed(payments) if each.created_at > _text(since)]
    some = list(whop.memberships.list(first=100, statuses=["canceled", "past_due"]))
    assert {each.status for each in some} == {"canceled", "past_due"}
    everybodys = list(whop.memberships.list(first=100))
    assert len(some) == sum(each.status in ("canceled", "past_due") for each in everybodys)


def _moved(instant: str | None, *, days: int) -> str:
    return _text(datetime.fromisoformat(instant or "") + timedelta(days=days))


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def test_a_refused_renewal_is_tried_again(sim: Sim, whop: Whop) -> None:
    refused = next(each for each in whop.payments.list(first=100, status="open") if each.retryable)
    tried = whop.payments.retry(refused.id)
    assert tried.id == refused.id
    outcome = (tried.status, tried.payments_failed - refused.payments_failed)
    assert outcome in {("paid", 0), ("open", 1)}
    assert tried.last_payment_attempt_at == _text(sim.world.now())


def test_money_is_given_back_once_and_no_more_than_was_paid(whop: Whop) -> None:
    paid = next(each for each in whop.payments.list(first=100, status="paid") if each.substatus == "succeeded")
    assert paid.total is not None
    some = whop.payments.refund(paid.id, partial_amount=1.0)
    assert (some.substatus, some.refunded_amount and some.refunded_amount.amount) == (
        "partially_refunded", "1" if paid.currency == "jpy" else "1.00",
    )  # fmt: skip
    rest = whop.payments.refund(paid.id)
    assert (rest.substatus, rest.refunded_amount, rest.refundable) == ("refunded", paid.total, False)
    with pytest.raises(ApiError) as refused:
        whop.payments.refund(paid.id)
    assert refused.value.status_code == 422
    given_back = list(whop.refunds.list(payment_id=paid.id))
    assert len(given_back) == 2


def test_a_membership_is_paused_resumed_extended_and_cancelled(whop: Whop) -> None:
    membership = next(
        each for each in whop.memberships.list(first=100, status="active") if not each.cancel_at_period_end
    )
    assert whop.memberships.pause(membership.id).most_recent_action == "paused_at"
    assert whop.memberships.resume(membership.id).most_recent_action == "renewing_on"
    extended = whop.memberships.extend(membership.id, days=3)
    assert _moved(membership.current_period_end, days=3) == extended.current_period_end
    leaving = whop.memberships.cancel(membership.id, cancel_at_period_end=True, reason="moved away")
    assert (leaving.status, leaving.cancellation_reason) == ("canceling", "moved away")
    assert whop.memberships.cancel(membership.id).status == "canceled"


def test_a_promo_code_lives_from_its_making_to_its_end(sim: Sim, whop: Whop) -> None:
    account = sim.keys.whop_account_id
    made = whop.promo_codes.create(
        account_id=account, code="SPRING20", amount_off=20, promo_type="percentage", base_currency="usd",
        new_users_only=False, promo_duration_months=3,
    )  # fmt: skip
    assert (made.code, made.status, made.duration, made.uses) == ("SPRING20", "active", "repeating", 0)
    assert whop.promo_codes.deactivate(made.id).status == "inactive"
    assert whop.promo_codes.activate(made.id).status == "active"
    assert [each.id for each in whop.promo_codes.list(account_id=account)] == [made.id]
    whop.promo_codes.delete(made.id)
    assert whop.promo_codes.retrieve(made.id).status == "archived"


def test_a_checkout_link_names_the_plan_it_sells(sim: Sim, whop: Whop) -> None:
    plan = next(each for each in whop.plans.list(first=100) if each.plan_type == "renewal")
    made = whop.checkout_configurations.create(
        account_id=sim.keys.whop_account_id, plan_id=plan.id, metadata={"message_id": "m1"}
    )
    assert (made.plan and made.plan.id, made.metadata) == (plan.id, {"message_id": "m1"})
    assert made.purchase_url.startswith("https://whop.com/checkout/")
    assert [each.id for each in whop.checkout_configurations.list(account_id=sim.keys.whop_account_id)] == [made.id]


def test_people_are_notified_through_an_app(sim: Sim, whop: Whop) -> None:
    answer = whop.notifications.create(
        account_id=sim.keys.whop_account_id, title="New letter", content="Read it tonight", user_ids=["user_1"]
    )
    assert answer.success
    (notified,) = httpx.get(f"{sim.base_url}/sim/whop/notifications").json()["notifications"]
    assert (notified["title"], notified["user_ids"]) == ("New letter", ["user_1"])


def test_it_raises_its_own_errors(sim: Sim, whop: Whop) -> None:
    with pytest.raises(NotFoundError):
        whop.payments.retrieve("pay_nothing")
    with pytest.raises(UnauthorizedError):
        client(sim, "apik_wrong").payments.list()


def test_it_waits_out_a_limit_and_outlives_a_broken_answer(sim: Sim, whop: Whop) -> None:
    sim.faults.switch_on("rate_limited", count=1)
    sim.faults.switch_on("server_error", count=1, status=503)
    try:
        assert whop.products.list().items
    finally:
        sim.faults.clear()
    assert [seen.status for seen in sim.log.all("whop")[-3:]] == [429, 503, 200]
