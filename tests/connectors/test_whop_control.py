"""What is changed at Whop happens once, also where an answer is lost on its way back."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest

from connectors.ad_platform import AccountRef, Money, Ports, Row
from connectors.taxonomy import Conflict, NotFound, OutcomeUnknown, PermissionDenied, Rejected
from connectors.whop.client import VERSION
from connectors.whop.control import CheckoutDraft, Notice, PromoDraft, WhopControl
from connectors.whop.party import control as open_control
from simulator.serving import Sim, serve
from simulator.whop.door import DOOR
from simulator.world.scenario import META_US, TINY

SMALL = replace(TINY, accounts=(META_US,), history_days=40, people=5_000)
PROMO = PromoDraft(code="COMEBACK20", off=Decimal(20), base_currency="USD", months=3, new_users_only=False)


@pytest.fixture(scope="module")
def sim() -> Iterator[Sim]:
    with serve(scenario=SMALL, seed=3, specs=[DOOR]) as sim:
        yield sim


@pytest.fixture
def control(sim: Sim) -> Iterator[WhopControl]:
    sim.log.clear()
    ports = Ports(
        clock=sim.world.now,
        wall_clock=lambda: datetime.now(UTC),
        sleep=lambda seconds: None,
        secret={"WHOP_ACCOUNT_1_KEY": sim.keys.whop_api_key}.get,
        base_url=sim.base_url,
    )
    account = AccountRef(party="whop", account_id=sim.keys.whop_account_id, credential_prefix="WHOP_ACCOUNT_1")
    yield open_control(account, ports)
    sim.faults.clear()


@pytest.fixture
def held(sim: Sim) -> Callable[[str], list[Row]]:
    def listed(path: str) -> list[Row]:
        headers = {"authorization": f"Bearer {sim.keys.whop_api_key}", "api-version-date": VERSION}
        answer = httpx.get(f"{sim.base_url}/api/v1/{path}", headers=headers, params={"first": 100}, timeout=30)
        return answer.raise_for_status().json()["data"]

    return listed


@pytest.fixture
def failed(sim: Sim, control: WhopControl, held: Callable[[str], list[Row]]) -> Row:
    """A payment that can be tried again, waited for if there is none yet."""
    for _ in range(40):
        found = [row for row in held("payments?status=open") if row["retryable"]]
        if found:
            return found[0]
        sim.control.advance(days=1)
    pytest.fail("no payment ever failed")


def tries(payment: Row) -> int:
    return payment["payments_failed"] + (payment["status"] == "paid")


def writes(sim: Sim) -> list[str]:
    return [seen.path for seen in sim.log.all() if seen.method == "POST"]


def test_a_payment_is_tried_again_once(sim: Sim, control: WhopControl, failed: Row) -> None:
    after = control.retry_payment(failed["id"], key="retry-1")
    assert tries(after) == tries(failed) + 1
    assert writes(sim) == [f"/api/v1/payments/{failed['id']}/retry"]


def test_a_try_whose_answer_was_lost_is_found_by_reading_and_not_repeated(
    sim: Sim, control: WhopControl, failed: Row
) -> None:
    sim.faults.switch_on("reset_after_write", path="/retry", count=1)
    after = control.retry_payment(failed["id"], key="retry-2")
    assert tries(after) == tries(failed) + 1
    assert len(writes(sim)) == 1


def test_a_try_that_never_arrived_is_sent_again_under_its_key(sim: Sim, control: WhopControl, failed: Row) -> None:
    sim.faults.switch_on("reset", path="/retry", count=1)
    after = control.retry_payment(failed["id"], key="retry-3")
    assert tries(after) == tries(failed) + 1


def test_what_can_no_longer_be_tried_is_refused_without_asking(
    sim: Sim, control: WhopControl, held: Callable[[str], list[Row]]
) -> None:
    paid = next(row for row in held("payments") if row["status"] == "paid")
    with pytest.raises(Rejected, match="is paid and cannot be tried again"):
        control.retry_payment(paid["id"], key="retry-4")
    assert writes(sim) == []
    with pytest.raises(NotFound):
        control.retry_payment("pay_nobody", key="retry-5")


@pytest.mark.parametrize("fault", [None, "reset_after_write", "reset"])
def test_a_checkout_link_is_made_once_whatever_becomes_of_the_answer(
    sim: Sim, control: WhopControl, held: Callable[[str], list[Row]], fault: Any
) -> None:
    plan = held("plans")[0]["id"]
    before = len(held("checkout_configurations"))
    if fault is not None:
        sim.faults.switch_on(fault, path="checkout_configurations", method="POST", count=1)
    draft = CheckoutDraft(plan_id=plan, metadata={"user_id": "u1"})
    link = control.create_checkout(draft, key=f"checkout-{fault}")
    assert control.create_checkout(draft, key=f"checkout-{fault}") == link
    made = held("checkout_configurations")
    assert len(made) == before + 1
    (mine,) = [row for row in made if row["id"] == link.id]
    assert (mine["purchase_url"], mine["metadata"]["user_id"]) == (link.url, "u1")


@pytest.mark.parametrize(("fault", "code"), [(None, "A20"), ("reset_after_write", "B20"), ("reset", "C20")])
def test_a_promo_code_is_made_once_whatever_becomes_of_the_answer(
    sim: Sim, control: WhopControl, held: Callable[[str], list[Row]], fault: Any, code: str
) -> None:
    if fault is not None:
        sim.faults.switch_on(fault, path="promo_codes", method="POST", count=1)
    id_ = control.create_promo_code(replace(PROMO, code=code), key=f"promo-{code}")
    (mine,) = [row for row in held("promo_codes") if row["code"] == code]
    assert (mine["id"], mine["amount_off"], mine["promo_type"], mine["stock"]) == (id_, 20.0, "percentage", 0)
    assert mine["promo_duration_months"] == 3


def test_a_code_that_is_somebody_elses_is_refused(control: WhopControl) -> None:
    control.create_promo_code(replace(PROMO, code="TAKEN"), key="promo-first")
    with pytest.raises(Rejected, match="already been taken"):
        control.create_promo_code(replace(PROMO, code="taken"), key="promo-second")


def test_an_amount_off_is_said_exactly_and_in_the_codes_own_currency(
    control: WhopControl, held: Callable[[str], list[Row]]
) -> None:
    five = replace(
        PROMO, code="FIVE", off=Money(Decimal("5.50"), "USD"), stock=10, expires_at=datetime(2027, 1, 1, tzinfo=UTC)
    )
    control.create_promo_code(five, key="promo-five")
    (mine,) = [row for row in held("promo_codes") if row["code"] == "FIVE"]
    assert (mine["amount_off"], mine["promo_type"], mine["stock"]) == (5.5, "flat_amount", 10)
    with pytest.raises(Rejected, match=r"5\.50 EUR off is not in the code's own USD"):
        control.create_promo_code(replace(five, off=Money(Decimal("5.50"), "EUR")), key="promo-euro")
    with pytest.raises(Rejected, match="cannot be said exactly"):
        control.create_promo_code(replace(PROMO, off=Decimal("0.1000000000000000001")), key="promo-odd")


@pytest.mark.parametrize("fault", [None, "reset_after_write", "reset"])
def test_people_are_notified_once(sim: Sim, control: WhopControl, fault: Any) -> None:
    if fault is not None:
        sim.faults.switch_on(fault, path="notifications", count=1)
    notice = Notice(title=f"Hello {fault}", content="Your seat is kept.", user_ids=["user_1"], link="/seats")
    control.notify(notice, key=f"notice-{fault}")
    told = httpx.get(f"{sim.base_url}/sim/whop/notifications").json()["notifications"]
    assert [each["user_ids"] for each in told if each["title"] == notice.title] == [["user_1"]]


def test_a_write_that_stays_unanswered_is_left_unknown(sim: Sim, control: WhopControl) -> None:
    sim.faults.switch_on("reset", path="notifications")
    with pytest.raises(OutcomeUnknown):
        control.notify(Notice(title="T", content="C", user_ids=["user_1"]), key="notice-lost")
    assert len(writes(sim)) == 2


def test_one_key_is_for_one_deed(control: WhopControl) -> None:
    control.create_promo_code(replace(PROMO, code="ONE"), key="promo-same")
    with pytest.raises((Rejected, Conflict)):
        control.create_promo_code(replace(PROMO, code="TWO"), key="promo-same")
    with pytest.raises(Rejected, match="a key has 1 to 255 characters, not 256"):
        control.create_promo_code(PROMO, key="k" * 256)


def test_a_key_that_may_only_read_changes_nothing(sim: Sim, control: WhopControl) -> None:
    httpx.put(f"{sim.base_url}/sim/whop", json={"may_write": False}).raise_for_status()
    try:
        with pytest.raises(PermissionDenied):
            control.create_promo_code(replace(PROMO, code="NEVER"), key="promo-never")
    finally:
        httpx.put(f"{sim.base_url}/sim/whop", json={"may_write": True}).raise_for_status()
