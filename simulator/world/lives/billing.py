"""The objects of commerce as they stand: payments, memberships, refunds, disputes, customers.

Instants are unix seconds, amounts integers in the currency's smallest unit. How they change is decided in
`simulator.world.lives.commerce`; how a payment provider shows them belongs to its door.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

from simulator.world.lives.offers import Plan

Outcome = Literal["open", "paid", "uncollectible", "void"]
MembershipStatus = Literal["trialing", "active", "past_due", "canceled", "completed"]
DisputeStatus = Literal["needs_response", "under_review", "won", "lost"]


@dataclass(kw_only=True)
class Customer:
    person: int
    joined_at: int
    updated_at: int
    spent_cents: int = 0
    action: str = "joined"
    action_at: int = 0


@dataclass(kw_only=True)
class Payment:
    id: str
    person: int
    plan: Plan
    minor: int
    usd_cents: int
    reason: Literal["subscription_create", "subscription_cycle", "one_time"]
    created_at: int
    updated_at: int
    order: int | None  # the order book's number, for what was bought in the shop or at a join
    membership: str | None = None
    outcome: Outcome = "open"
    attempts: int = 0
    failures: int = 0
    decline: str | None = None
    last_attempt_at: int | None = None
    next_attempt_at: int | None = None
    paid_at: int | None = None
    refunded_minor: int = 0
    refunded_at: int | None = None
    auto_refunded: bool = False
    alerted_at: int | None = None
    dispute: str | None = None
    dispute_status: DisputeStatus | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    revision: int = 0  # how often it has been told of

    @property
    def currency(self) -> str:
        return self.plan.currency

    @property
    def refundable_minor(self) -> int:
        return self.minor - self.refunded_minor if self.outcome == "paid" else 0


@dataclass(kw_only=True)
class Membership:
    id: str
    person: int
    plan: Plan
    initial_minor: int
    created_at: int
    updated_at: int
    period: int = 0
    period_start: int = 0
    period_end: int = 0
    status: MembershipStatus = "active"
    canceling: bool = False
    canceled_at: int | None = None
    cancel_option: str | None = None
    cancel_reason: str | None = None
    paused_at: int | None = None
    paused_until: int | None = None
    ended_at: int | None = None
    schedule: int = 0  # steps planned under an older number are void
    metadata: dict[str, Any] = field(default_factory=dict)
    revision: int = 0  # how often it has been told of


@dataclass(kw_only=True)
class Refund:
    id: str
    payment: str
    minor: int
    created_at: int
    updated_at: int
    status: Literal["pending", "succeeded"] = "pending"
    reason: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    revision: int = 0  # how often it has been told of


@dataclass(kw_only=True)
class Dispute:
    id: str
    payment: str
    minor: int
    reason: str
    created_at: int
    updated_at: int
    due_at: int
    status: DisputeStatus = "needs_response"
    revision: int = 0  # how often it has been told of


@dataclass(kw_only=True)
class Alert:
    """A card issuer's warning that a dispute is coming."""

    id: str
    payment: str
    minor: int
    created_at: int


Subject = Payment | Membership | Refund | Dispute | Customer | Alert


@dataclass(frozen=True)
class Happened:
    """One thing that a payment provider would tell: its type in the provider's words, and the object as it then was."""

    at: int
    type: str
    subject: Subject
    previous: dict[str, Any] = field(default_factory=dict)


class Impossible(Exception):
    """What was asked for cannot be done with the object as it stands."""
