"""Memberships from period to period: trials, renewals, pauses, people who leave, and memberships that end."""

from typing import Any

import numpy as np

from simulator.world.lives.billing import Membership, Payment
from simulator.world.lives.fate import DAY, Fate
from simulator.world.lives.offers import usd_cents
from simulator.world.lives.till import Till, tag
from simulator.world.people import People

_REMINDS_BEFORE = 2 * DAY  # of a trial's end
_MOST_LOYAL = 0.75


class Renewing:
    def __init__(self, till: Till, fate: Fate, people: People) -> None:
        self._till = till
        self._fate = fate
        self._people = people
        till.teach(
            {
                "trial ends soon": self._trial_ends_soon,
                "member leaves": self._member_leaves,
                "period ends": self._period_ends,
                "resume": self._resume,
            }
        )

    def join(self, at: int, payment: Payment) -> None:
        plan = payment.plan
        membership = Membership(
            id=tag("mem", payment.id), person=payment.person, plan=plan, initial_minor=payment.minor, created_at=at,
            updated_at=at, period_start=at, status="trialing" if plan.trial_days else "active",
            period_end=at + (plan.trial_days or plan.period_days or 0) * DAY,
        )  # fmt: skip
        payment.membership = membership.id
        self._till.memberships[membership.id] = membership
        self._till.tell(at, "membership.activated", membership)
        self.plan_period(at, membership)

    def plan_period(self, at: int, membership: Membership) -> None:
        """Everything that this period may still bring; what was planned before is void."""
        membership.schedule += 1
        about, schedule = membership.id, membership.schedule
        self._till.plan(membership.period_end, "period ends", about, schedule=schedule)
        if membership.status == "trialing" and membership.period_end - _REMINDS_BEFORE >= at:
            self._till.plan(membership.period_end - _REMINDS_BEFORE, "trial ends soon", about, schedule=schedule)
        leaving = self._fate.leaves(membership, loyalty=self._loyalty(membership))
        if leaving is not None and not membership.canceling:
            leaves_at = membership.period_start + int(leaving[0] * (membership.period_end - membership.period_start))
            if leaves_at >= at:
                self._till.plan(leaves_at, "member leaves", about, schedule=schedule)

    def _loyalty(self, membership: Membership) -> float:
        return float(self._people.loyalty(np.array([membership.person]))[0]) / _MOST_LOYAL

    def _trial_ends_soon(self, at: int, membership_id: str) -> None:
        self._till.tell(at, "membership.trial_ending_soon", self._till.memberships[membership_id])

    def _member_leaves(self, at: int, membership_id: str) -> None:
        membership = self._till.memberships[membership_id]
        leaving = self._fate.leaves(membership, loyalty=self._loyalty(membership))
        if leaving is not None and not membership.canceling:
            self.stop_renewal(at, membership, option=leaving[1], reason=None)

    def stop_renewal(self, at: int, membership: Membership, *, option: str | None, reason: str | None) -> None:
        membership.cancel_option, membership.cancel_reason = option, reason
        self._change(at, membership, canceling=True, canceled_at=at)
        self._till.tell(at, "membership.cancel_at_period_end_changed", membership)
        self._till.note_action(at, membership.person, "canceling")

    def _period_ends(self, at: int, membership_id: str) -> None:
        membership = self._till.memberships[membership_id]
        if membership.canceling:
            self.end(at, membership)
        elif membership.paused_at is not None:
            self._next_period(at, membership)
        else:
            self._bill(at, membership)

    def _bill(self, at: int, membership: Membership) -> None:
        plan = membership.plan
        payment = Payment(
            id=tag("pay", membership.id, membership.period + 1), person=membership.person, plan=plan,
            minor=plan.renewal_minor, usd_cents=usd_cents(plan.renewal_minor, plan.currency),
            reason="subscription_cycle", created_at=at, updated_at=at, order=None, membership=membership.id,
        )  # fmt: skip
        self._till.payments[payment.id] = payment
        self._till.tell(at, "payment.created", payment)
        self._till.do("charge", at, payment.id)

    def past_due(self, at: int, membership_id: str) -> None:
        membership = self._till.memberships[membership_id]
        if membership.status in ("active", "trialing"):
            self._change(at, membership, status="past_due")
            self._till.note_action(at, membership.person, "past_due")

    def renewed(self, at: int, membership_id: str) -> None:
        membership = self._till.memberships[membership_id]
        if membership.ended_at is None:
            self._next_period(at, membership)

    def _next_period(self, at: int, membership: Membership) -> None:
        """The next period begins where the last one ended, also when the money came late."""
        length = (membership.plan.period_days or 0) * DAY
        membership.period += 1
        self._change(
            at, membership, status="active", period_start=membership.period_end,
            period_end=membership.period_end + length,
        )  # fmt: skip
        self.plan_period(at, membership)

    def _resume(self, at: int, membership_id: str) -> None:
        membership = self._till.memberships[membership_id]
        if membership.paused_until is not None and membership.paused_until <= at:
            self._change(at, membership, paused_at=None, paused_until=None)

    def end(self, at: int, membership: Membership) -> None:
        membership.schedule += 1
        if membership.canceled_at is None:
            membership.canceled_at = at
        self._change(at, membership, status="canceled", ended_at=at, canceling=False)
        self._till.tell(at, "membership.deactivated", membership)
        self._till.note_action(at, membership.person, "churned")

    def _change(self, at: int, membership: Membership, **changes: Any) -> None:
        previous = {name: getattr(membership, name) for name in changes}
        for name, value in changes.items():
            setattr(membership, name, value)
        membership.updated_at = at
        self._till.tell(at, "membership.updated", membership, previous)

    def change(self, at: int, membership: Membership, **changes: Any) -> None:
        """What somebody changes from outside; the rest of the period is planned anew."""
        self._change(at, membership, **changes)
        self.plan_period(at, membership)
        if membership.paused_until is not None:
            self._till.plan(membership.paused_until, "resume", membership.id)
