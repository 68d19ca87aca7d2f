"""Whop's lists and single objects: which filters each list takes, and what a filter keeps."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from starlette.datastructures import QueryParams

from simulator.whop.catalogue import Shelf
from simulator.whop.made import Made
from simulator.whop.pages import Asked, Listing, asked_of
from simulator.whop.refusals import invalid
from simulator.whop.shapes import Shapes, membership_status
from simulator.whop.words import plan_id, product_id
from simulator.world.lives import identity
from simulator.world.lives.billing import Alert, Customer, Dispute, Membership, Payment, Refund
from simulator.world.lives.offers import Plan, Product

T = TypeVar("T")
Test = Callable[[Any], bool]
_PAYMENT_STATUSES = ("draft", "open", "authorized", "paid", "pending", "uncollectible", "unresolved", "void")
_REASONS = ("subscription_create", "subscription_cycle", "subscription_update", "one_time", "manual", "subscription")
_MEMBERSHIP_STATUSES = (
    "active", "trialing", "past_due", "completed", "canceled", "expired", "canceling", "paused", "expiring", "one_time",
    "unclaimed", "banned",
)  # fmt: skip
_DISPUTE_STATUSES = (
    "needs_response", "warning_needs_response", "under_review", "warning_under_review", "won", "lost", "prevented",
    "warning_closed",
)  # fmt: skip
_MEMBER_ORDERS = ("created_at", "joined_at", "last_accessed_at", "most_recent_action_at", "usd_total_spent")


def _many(query: QueryParams, *names: str) -> list[str]:
    """Repeated, with brackets, or separated by commas: callers write lists in all three ways."""
    values = [value for name in names for each in (name, f"{name}[]") for value in query.getlist(each)]
    return [part for value in values for part in value.split(",") if part]


def _choices(query: QueryParams, allowed: Sequence[str], *names: str) -> list[str]:
    wanted = _many(query, *names)
    wrong = [value for value in wanted if value not in allowed]
    if wrong:
        raise invalid(f"{names[0]} must be one of {', '.join(allowed)}", param=names[0])
    return wanted


class Lists:
    def __init__(self, *, seed: int, account_id: str, shelf: Shelf, made: Made) -> None:
        self._seed = seed
        self._account_id = account_id
        self._shelf = shelf
        self._made = made
        self._payments: dict[str, Listing[Payment]] = {
            "created_at": Listing(lambda each: (each.created_at, each.id)),
            "paid_at": Listing(lambda each: (each.paid_at or 0, each.id)),
        }
        self._memberships: Listing[Membership] = Listing(lambda each: (each.created_at, each.id))
        self._members: dict[str, Listing[Customer]] = {
            name: Listing(lambda each, name=name: (_member_value(each, name), f"{each.person:09d}"))
            for name in _MEMBER_ORDERS
        }
        self._refunds: Listing[Refund] = Listing(lambda each: (each.created_at, each.id))
        self._disputes: dict[str, Listing[Dispute]] = {
            name: Listing(lambda each, name=name: (_dispute_value(each, name), each.id))
            for name in ("created_at", "amount", "evidence_due_at")
        }
        self._alerts: Listing[Alert] = Listing(lambda each: (each.created_at, each.id))

    def payments(self, query: QueryParams, shapes: Shapes) -> dict[str, Any]:
        asked = asked_of(query, orders=("created_at", "paid_at"))
        statuses = _choices(query, _PAYMENT_STATUSES, "status")
        reasons = _choices(query, _REASONS, "billing_reason")
        members, users = query.get("member_id"), query.get("user_id")
        tests: list[Test] = [
            *_ours(query, self._account_id),
            *_created(asked),
            *_when(statuses, lambda each: each.outcome in statuses),
            *_when(reasons, lambda each: each.reason in reasons),
            *_when(query.get("currency"), lambda each: each.currency.lower() == query["currency"].lower()),
            *_when(users, lambda each: identity.provider_user_id(self._seed, each.person) == users),
            *_when(members, lambda each: identity.provider_member_id(self._seed, each.person) == members),
            *_when(query.get("membership_id"), lambda each: each.membership == query["membership_id"]),
            *_when(query.get("product_id"), lambda each: product_id(each.plan.product) == query["product_id"]),
            *_when(query.get("plan_id"), lambda each: plan_id(each.plan) == query["plan_id"]),
            *_when(query.get("query"), lambda each: self._mentions(each, query["query"], shapes)),
        ]
        return self._payments[asked.order].page(
            list(shapes.till.payments.values()), asked, keep=_all(tests), shape=shapes.payment,
            always_resort=asked.order == "paid_at",
        )  # fmt: skip

    def _mentions(self, payment: Payment, text: str, shapes: Shapes) -> bool:
        wanted, person = text.lower(), payment.person
        names = [
            identity.provider_user_id(self._seed, person).lower(), identity.full_name(self._seed, person).lower(),
            identity.username(self._seed, person), (payment.membership or "").lower(),
        ]  # fmt: skip
        return wanted in names or (shapes.habits.sees_emails and wanted == identity.email(person))

    def memberships(self, query: QueryParams, shapes: Shapes) -> dict[str, Any]:
        asked = asked_of(query)
        statuses = _choices(query, _MEMBERSHIP_STATUSES, "status", "statuses")
        products, plans = _many(query, "product_id", "product_ids"), _many(query, "plan_id", "plan_ids")
        users, members = query.get("user_id"), query.get("member_id")
        tests: list[Test] = [
            *_ours(query, self._account_id),
            *_created(asked),
            *_when(statuses, lambda each: bool(_buckets(each) & set(statuses))),
            *_when(products, lambda each: product_id(each.plan.product) in products),
            *_when(plans, lambda each: plan_id(each.plan) in plans),
            *_when(_many(query, "promo_code_ids"), lambda each: False),
            *_when(users, lambda each: identity.provider_user_id(self._seed, each.person) == users),
            *_when(members, lambda each: identity.provider_member_id(self._seed, each.person) == members),
        ]
        return self._memberships.page(
            list(shapes.till.memberships.values()), asked, keep=_all(tests), shape=shapes.membership
        )

    def members(self, query: QueryParams, shapes: Shapes) -> dict[str, Any]:
        asked = asked_of(query, orders=_MEMBER_ORDERS)
        statuses = _choices(query, ("joined", "left"), "status")
        levels = _choices(query, ("no_access", "admin", "customer"), "access_level")
        users, actions = _many(query, "user_ids"), _many(query, "most_recent_actions")
        tests: list[Test] = [
            *_ours(query, self._account_id),
            *_created(asked, lambda each: each.joined_at),
            *_when(statuses, lambda each: shapes.member(each)["status"] in statuses),
            *_when(levels, lambda each: shapes.member(each)["access_level"] in levels),
            *_when(users, lambda each: identity.provider_user_id(self._seed, each.person) in users),
            *_when(actions, lambda each: each.action in actions),
        ]
        return self._members[asked.order].page(
            list(shapes.till.customers.values()), asked, keep=_all(tests), shape=shapes.member,
            always_resort=asked.order not in ("created_at", "joined_at"),
        )  # fmt: skip

    def refunds(self, query: QueryParams, shapes: Shapes) -> dict[str, Any]:
        asked, payments, users = asked_of(query), query.get("payment_id"), query.get("user_id")
        tests: list[Test] = [
            *_ours(query, self._account_id),
            *_created(asked),
            *_when(payments, lambda each: each.payment == payments),
            *_when(
                users,
                lambda each: identity.provider_user_id(self._seed, shapes.till.payments[each.payment].person) == users,
            ),
        ]
        return self._refunds.page(list(shapes.till.refunds.values()), asked, keep=_all(tests), shape=shapes.refund)

    def disputes(self, query: QueryParams, shapes: Shapes) -> dict[str, Any]:
        asked = asked_of(query, orders=("created_at", "amount", "evidence_due_at"))
        statuses = _choices(query, _DISPUTE_STATUSES, "status")
        currency = query.get("currency", "").upper()
        tests: list[Test] = [
            *_ours(query, self._account_id),
            *_created(asked),
            *_when(statuses, lambda each: each.status in statuses),
            *_when(currency, lambda each: shapes.till.payments[each.payment].currency == currency),
        ]
        return self._disputes[asked.order].page(
            list(shapes.till.disputes.values()), asked, keep=_all(tests), shape=shapes.dispute
        )

    def alerts(self, query: QueryParams, shapes: Shapes) -> dict[str, Any]:
        asked, payments = asked_of(query), query.get("payment_id")
        tests: list[Test] = [
            *_ours(query, self._account_id),
            *_created(asked),
            *_when(payments, lambda each: each.payment == payments),
        ]
        return self._alerts.page(list(shapes.till.alerts.values()), asked, keep=_all(tests), shape=shapes.alert)

    # What is for sale, and what callers made.

    def plans(self, query: QueryParams) -> dict[str, Any]:
        products, kinds = _many(query, "product_ids"), _choices(query, ("renewal", "one_time"), "plan_types")
        tests: list[Test] = [
            *_ours(query, self._account_id),
            *_when(products, lambda each: product_id(each.product) in products),
            *_when(kinds, lambda each: ("renewal" if each.period_days else "one_time") in kinds),
        ]
        listing: Listing[Plan] = Listing(lambda each: (0, plan_id(each)))
        asked = asked_of(query, orders=("created_at", "id", "active_members_count", "internal_notes"))
        return listing.page(self._shelf.plans, asked, keep=_all(tests), shape=self._shelf.plan)

    def products(self, query: QueryParams) -> dict[str, Any]:
        listing: Listing[Product] = Listing(lambda each: (0, product_id(each)))
        asked = asked_of(query, orders=("created_at", "active_memberships_count", "usd_gmv"))
        return listing.page(
            self._shelf.products, asked, keep=_all(_ours(query, self._account_id)), shape=self._shelf.product
        )

    def promo_codes(self, query: QueryParams) -> dict[str, Any]:
        wanted = _choices(query, ("active", "inactive", "archived", "expired"), "status")
        statuses = [each for name in wanted for each in (("inactive", "archived") if name == "expired" else (name,))]
        return self._of_made(query, self._made.promo_codes, _when(statuses, lambda each: each["status"] in statuses))

    def checkouts(self, query: QueryParams) -> dict[str, Any]:
        plan = query.get("plan_id")
        tests = _when(plan, lambda each: each["plan"] is not None and each["plan"]["id"] == plan)
        return self._of_made(query, self._made.checkouts, tests)

    def _of_made(self, query: QueryParams, table: dict[str, dict[str, Any]], tests: list[Test]) -> dict[str, Any]:
        asked = asked_of(query)
        listing: Listing[dict[str, Any]] = Listing(self._made.key)
        every = [*_ours(query, self._account_id), *_created(asked, lambda each: self._made.key(each)[0]), *tests]
        return listing.page(list(table.values()), asked, keep=_all(every), shape=dict)


def _member_value(customer: Customer, name: str) -> int:
    if name == "usd_total_spent":
        return customer.spent_cents
    return customer.joined_at if name in ("created_at", "joined_at") else customer.action_at


def _dispute_value(dispute: Dispute, name: str) -> int:
    return {"created_at": dispute.created_at, "amount": dispute.minor, "evidence_due_at": dispute.due_at}[name]


def _buckets(membership: Membership) -> set[str]:
    """The billing states a membership is found under; one that is set to end is found under `canceling` alone."""
    if membership.paused_at is not None and membership.ended_at is None:
        return {"paused", membership.status}
    if membership.canceling:
        return {"canceling"}
    return {membership_status(membership)}


def _when(wanted: object, test: Test) -> list[Test]:
    return [test] if wanted else []


def _ours(query: QueryParams, account_id: str) -> list[Test]:
    """Another account's things are not refused; there are none."""
    asked = query.get("account_id", query.get("company_id", account_id))
    return [] if asked == account_id else [lambda each: False]


def _created(asked: Asked, at: Callable[[Any], int] = lambda each: each.created_at) -> list[Test]:
    after, before = asked.created_after, asked.created_before
    tests: list[Test] = []
    if after is not None:
        tests.append(lambda each: at(each) > after)
    if before is not None:
        tests.append(lambda each: at(each) < before)
    return tests


def _all(tests: Sequence[Test]) -> Test:
    return lambda each: all(test(each) for test in tests)
