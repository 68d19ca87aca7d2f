"""Payments: how a sale of the order book becomes one, how cards are refused and tried again, and when that ends."""

import numpy as np

from simulator.world.calendar import HALF_HOUR
from simulator.world.lives.billing import Customer, Payment
from simulator.world.lives.fate import DAY, GIVES_UP_AFTER, RETRIES_AFTER, Fate
from simulator.world.lives.offers import CURRENCY_OF_MARKET, membership_plan, minor_of, shop_plan
from simulator.world.lives.renewing import Renewing
from simulator.world.lives.till import Till, tag
from simulator.world.markets import MARKETS


class Charging:
    def __init__(self, till: Till, fate: Fate, renewing: Renewing, *, seed: int) -> None:
        self._till = till
        self._fate = fate
        self._renewing = renewing
        self._seed = seed
        self._sales: dict[str, np.void] = {}  # orders whose payment has not begun
        self.owing: dict[int, str] = {}  # people whose renewal was refused, and the payment
        till.teach({"begin": self._begin, "charge": self.charge, "mend": self._mend, "give up": self._give_up})

    def expect(self, order: np.void) -> None:
        """A purchase will be paid at its own instant, sometimes after a refused attempt in the same half-hour."""
        number, at = int(order["id"]), int(order["instant"])
        refused = self._fate.first_refused(number)
        begins = at if refused is None else max(at - refused, at // HALF_HOUR * HALF_HOUR)
        payment_id = self.payment_of(number)
        self._sales[payment_id] = order
        self._till.plan(begins, "begin", payment_id)

    def payment_of(self, order: int) -> str:
        return tag("pay", self._seed, order)

    def _begin(self, at: int, payment_id: str) -> None:
        order = self._sales.pop(payment_id)
        number, cents = int(order["id"]), int(order["cents"])
        currency = CURRENCY_OF_MARKET[MARKETS[int(order["market"])]]
        joins = self._fate.joins(number, number=int(order["number"]))
        plan = shop_plan(currency)
        if joins:
            plan = membership_plan(cents, currency, trial=self._fate.with_trial(number))
        payment = Payment(
            id=payment_id, person=int(order["person"]), plan=plan, minor=minor_of(cents, currency), usd_cents=cents,
            reason="subscription_create" if joins else "one_time", created_at=at, updated_at=at, order=number,
        )  # fmt: skip
        self._till.payments[payment_id] = payment
        self._till.tell(at, "payment.created", payment)
        paid_at = int(order["instant"])
        if paid_at > at:
            self._refused(at, payment, next_at=paid_at)
            self._till.plan(paid_at, "charge", payment_id)
        else:
            self._paid(at, payment)

    def charge(self, at: int, payment_id: str) -> None:
        payment = self._till.payments[payment_id]
        if payment.outcome == "open" and (payment.next_attempt_at is None or payment.next_attempt_at <= at):
            self.attempt(at, payment)

    def attempt(self, at: int, payment: Payment) -> None:
        """What the order book calls paid is paid; a renewal meets its luck."""
        if payment.order is not None or self._fate.goes_through(payment):
            self._paid(at, payment)
            return
        self._refused(at, payment, next_at=self._next_retry(at, payment))
        if payment.next_attempt_at is None:
            self._till.plan(max(at, payment.created_at + GIVES_UP_AFTER * DAY), "give up", payment.id)
        else:
            self._till.plan(payment.next_attempt_at, "charge", payment.id)

    def _next_retry(self, at: int, payment: Payment) -> int | None:
        due = (payment.created_at + days * DAY for days in RETRIES_AFTER)
        return next((each for each in due if each > at), None)

    def _refused(self, at: int, payment: Payment, *, next_at: int | None) -> None:
        payment.attempts += 1
        payment.failures += 1
        payment.decline = self._fate.decline(payment)
        payment.last_attempt_at, payment.next_attempt_at, payment.updated_at = at, next_at, at
        self._till.tell(at, "payment.failed", payment)
        if payment.membership is not None:
            self.owing[payment.person] = payment.id
            self._renewing.past_due(at, payment.membership)

    def _paid(self, at: int, payment: Payment) -> None:
        payment.attempts += 1
        payment.outcome, payment.paid_at, payment.updated_at = "paid", at, at
        payment.last_attempt_at, payment.next_attempt_at, payment.decline = at, None, None
        self.owing.pop(payment.person, None)
        self._spend(at, payment)
        if payment.reason == "subscription_create":
            self._renewing.join(at, payment)
        self._till.tell(at, "payment.succeeded", payment)
        if payment.reason == "subscription_cycle" and payment.membership is not None:
            self._renewing.renewed(at, payment.membership)
        complaint, dispute = self._fate.complains(payment), self._fate.disputes(payment)
        if complaint is not None:
            self._till.plan(at + complaint[0], "complain", payment.id)
        if dispute is not None:
            self._till.plan(at + dispute[0], "dispute", payment.id)

    def _mend(self, at: int, payment_id: str) -> None:
        """Somebody puts in another card."""
        payment = self._till.payments[payment_id]
        if payment.outcome == "open":
            self._paid(at, payment)

    def _give_up(self, at: int, payment_id: str) -> None:
        payment = self._till.payments[payment_id]
        if payment.outcome == "open":
            self.write_off(at, payment, outcome="uncollectible")

    def write_off(self, at: int, payment: Payment, *, outcome: str) -> None:
        """Nobody will be charged for this any more; a membership that was to be renewed by it ends."""
        payment.outcome = "void" if outcome == "void" else "uncollectible"
        payment.updated_at, payment.next_attempt_at = at, None
        self.owing.pop(payment.person, None)
        if outcome == "void":
            self._till.tell(at, "payment.canceled", payment)
        membership = self._till.memberships.get(payment.membership or "")
        if membership is not None and membership.ended_at is None:
            self._renewing.end(at, membership)

    def _spend(self, at: int, payment: Payment) -> None:
        customer = self._till.customers.get(payment.person)
        if customer is None:
            customer = Customer(person=payment.person, joined_at=at, updated_at=at, action_at=at)
            self._till.customers[payment.person] = customer
            self._till.tell(at, "member.created", customer)
        customer.spent_cents += payment.usd_cents
        action = "paid_once" if payment.reason == "one_time" else "paid_subscriber"
        self._till.note_action(at, payment.person, action)

    def reminded(self, person: int, *, at: int, chance: float) -> bool:
        """Somebody was told that their renewal was refused: whether they will mend it, at an instant to come."""
        payment = self._till.payments.get(self.owing.get(person, ""))
        if payment is None or not self._fate.mends_card(payment, chance=chance, reminder=at):
            return False
        self._till.plan(at, "mend", payment.id)
        return True
