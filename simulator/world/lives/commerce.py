"""What follows when people pay. Every purchase of the order book is one payment of the same amount; renewals, refunds
and disputes follow by themselves, and what somebody asks for through an API happens at once.

Things happen one by one in order of time, whoever looks and whenever.
"""

from simulator.world.lives.billing import Impossible, Membership, Payment, Refund
from simulator.world.lives.charging import Charging
from simulator.world.lives.fate import DAY, Fate
from simulator.world.lives.renewing import Renewing
from simulator.world.lives.returning import Returning
from simulator.world.lives.till import Till
from simulator.world.orders import PURCHASE, OrderBook
from simulator.world.people import People


class Commerce:
    def __init__(self, orders: OrderBook, people: People, *, seed: int) -> None:
        self._orders = orders
        self._known_until = 0
        self.till = Till()
        fate = Fate(seed)
        self._renewing = Renewing(self.till, fate, people)
        self._charging = Charging(self.till, fate, self._renewing, seed=seed)
        self._returning = Returning(self.till, fate, self._renewing)

    def catch_up(self, known_until: int) -> None:
        """`known_until`: a whole half-hour, up to which the order book is complete."""
        if known_until > self._known_until:
            found = self._orders.between(self._known_until, known_until)
            for order in found[found["kind"] == PURCHASE]:
                self._charging.expect(order)
            self._known_until = known_until
            self.till.run(known_until)

    def payment_of(self, order: int) -> str:
        """The id under which an order was paid."""
        return self._charging.payment_of(order)

    def order_refunds(self) -> list[tuple[int, Payment, int]]:
        """Instant, payment and how much of it had been refunded by then, in order of time."""
        return self._returning.of_orders

    def reminded(self, person: int, *, at: int, chance: float) -> bool:
        return self._charging.reminded(person, at=at, chance=chance)

    # What is asked for from outside, at an instant: steps that were due before it are taken first.

    def retry(self, payment: Payment, *, at: int) -> None:
        self.till.run(at)
        membership = self.till.memberships.get(payment.membership or "")
        if payment.outcome != "open":
            raise Impossible("Only an open payment can be retried.")
        if membership is not None and membership.status not in ("active", "trialing", "past_due"):
            raise Impossible("The payment's membership is no longer active, trialing or past due.")
        self._charging.attempt(at, payment)

    def void(self, payment: Payment, *, at: int) -> None:
        self.till.run(at)
        if payment.outcome != "open":
            raise Impossible("This payment can no longer be voided.")
        self._charging.write_off(at, payment, outcome="void")

    def refund(self, payment: Payment, *, minor: int | None, metadata: dict[str, str], at: int) -> Refund:
        """All that is left, or a part; more than is left counts as all."""
        self.till.run(at)
        left = payment.refundable_minor
        if left <= 0:
            raise Impossible("This payment has nothing left to refund.")
        wanted = left if minor is None else min(minor, left)
        if wanted <= 0:
            raise Impossible("A refund must be greater than zero.")
        return self._returning.refund(at, payment, minor=wanted, reason="requested_by_customer", metadata=metadata)

    def cancel(self, membership: Membership, *, at_period_end: bool, reason: str | None, at: int) -> None:
        self.till.run(at)
        self._must_live(membership)
        if at_period_end:
            if not membership.canceling:
                self._renewing.stop_renewal(at, membership, option=None, reason=reason)
        else:
            membership.cancel_reason = reason
            self._renewing.end(at, membership)

    def pause(self, membership: Membership, *, until: int | None, at: int) -> None:
        self.till.run(at)
        self._must_live(membership)
        if until is not None and until <= at:
            raise Impossible("`until` must be in the future.")
        self._renewing.change(at, membership, paused_at=at, paused_until=until)

    def resume(self, membership: Membership, *, at: int) -> None:
        self.till.run(at)
        self._must_live(membership)
        if membership.paused_at is None:
            raise Impossible("This membership is not paused.")
        self._renewing.change(at, membership, paused_at=None, paused_until=None)

    def extend(self, membership: Membership, *, days: int, at: int) -> None:
        self.till.run(at)
        self._must_live(membership)
        self._renewing.change(at, membership, period_end=membership.period_end + days * DAY)

    def _must_live(self, membership: Membership) -> None:
        if membership.ended_at is not None:
            raise Impossible("This membership has ended.")
