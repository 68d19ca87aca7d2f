"""The books of commerce and its clockwork: tables in order of creation, and the steps that are still to come.

What a step does is said by `charging`, `renewing` and `returning`; here steps are only kept, ordered and taken.
"""

import heapq
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from simulator.world.lives.billing import (
    Alert,
    Customer,
    Dispute,
    Happened,
    Membership,
    Payment,
    Refund,
    Subject,
)
from simulator.world.luck import key_of

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZabcdefghjkmnpqrstvwxyz"
_UNBOUND = -1
Step = tuple[int, int, str, str, int]  # when, a tie-breaker, what, about which object, under which schedule
Doing = Callable[[int, str], None]  # at an instant, about an object


def tag(prefix: str, *parts: int | str) -> str:
    """An id in the payment provider's style, the same in every run of a seed."""
    number, text = key_of(prefix, *parts) << 16 | key_of(prefix, "more", *parts) & 0xFFFF, ""
    while number:
        number, rest = divmod(number, len(_ALPHABET))
        text += _ALPHABET[rest]
    return f"{prefix}_{text}"


class Till:
    def __init__(self) -> None:
        self._steps: list[Step] = []
        self._doings: dict[str, Doing] = {}
        self.payments: dict[str, Payment] = {}
        self.memberships: dict[str, Membership] = {}
        self.refunds: dict[str, Refund] = {}
        self.disputes: dict[str, Dispute] = {}
        self.alerts: dict[str, Alert] = {}
        self.customers: dict[int, Customer] = {}
        self.listeners: list[Callable[[Happened], None]] = []

    def teach(self, doings: dict[str, Doing]) -> None:
        self._doings |= doings

    def do(self, doing: str, at: int, about: str) -> None:
        self._doings[doing](at, about)

    def plan(self, at: int, doing: str, about: str, *, schedule: int = _UNBOUND) -> None:
        """A step with a schedule is taken only if its membership has not been planned anew meanwhile."""
        heapq.heappush(self._steps, (at, key_of(doing, about, at), doing, about, schedule))

    def run(self, until: int) -> None:
        """Takes every step that is due before an instant, in order of time."""
        while self._steps and self._steps[0][0] < until:
            at, _, doing, about, schedule = heapq.heappop(self._steps)
            membership = self.memberships.get(about)
            if schedule == _UNBOUND or membership is None or membership.schedule == schedule:
                self._doings[doing](at, about)

    def tell(self, at: int, type_: str, subject: Subject, previous: dict[str, Any] | None = None) -> None:
        """Listeners get a copy of the object as it stands now."""
        if not isinstance(subject, Customer | Alert):
            subject.revision += 1
        for listener in self.listeners:
            listener(Happened(at, type_, replace(subject), previous or {}))

    def note_action(self, at: int, person: int, action: str) -> None:
        customer = self.customers.get(person)
        if customer is not None:
            customer.action, customer.action_at, customer.updated_at = action, at, at
            self.tell(at, "member.updated", customer)
