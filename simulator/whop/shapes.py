"""Whop's objects in the dated shapes: every field that the official models require, and those our side reads.

What a key may not see is null; what only a single retrieve tells is null in lists.
"""

from dataclasses import dataclass
from typing import Any

from simulator.product.wording import order_id
from simulator.whop.habits import Habits
from simulator.whop.words import instant, money, number, plan_id, price_label, product_id, user
from simulator.world.lives import identity
from simulator.world.lives.billing import Alert, Customer, Dispute, Membership, Payment, Refund
from simulator.world.lives.fate import failure_message
from simulator.world.lives.offers import Plan
from simulator.world.lives.till import Till

ACCOUNT_TITLE, ACCOUNT_ROUTE = "Larkspur", "larkspur"
_FEE_PERCENT, _FEE_FIXED_USD_CENTS = 3, 30
_SUBSTATUS_OF_DISPUTE = {
    "needs_response": "dispute_needs_response",
    "under_review": "dispute_under_review",
    "won": "dispute_won",
    "lost": "dispute_lost",
}


def substatus(payment: Payment) -> str:
    """The finer reading, which folds in what happened to the money afterwards."""
    if payment.outcome == "open":
        late = payment.reason == "subscription_cycle"
        return "pending" if not payment.failures else "past_due" if late else "failed"
    if payment.outcome != "paid":
        return "canceled" if payment.outcome == "void" else "uncollectible"
    if payment.dispute_status is not None:
        return _SUBSTATUS_OF_DISPUTE[payment.dispute_status]
    if not payment.refunded_minor:
        return "succeeded"
    if payment.refunded_minor < payment.minor:
        return "partially_refunded"
    return "auto_refunded" if payment.auto_refunded else "refunded"


def membership_status(membership: Membership) -> str:
    return "canceling" if membership.canceling and membership.status == "active" else membership.status


def metadata_of(payment: Payment) -> dict[str, Any]:
    """What the product put on its checkout: whose purchase it is, and of which order."""
    told: dict[str, Any] = {"user_id": identity.user_id(payment.person), **payment.metadata}
    return told if payment.order is None else told | {"order_id": order_id(payment.order)}


def fees(payment: Payment) -> int:
    fixed = _FEE_FIXED_USD_CENTS * payment.minor // max(1, payment.usd_cents)
    return min(payment.minor, payment.minor * _FEE_PERCENT // 100 + fixed)


@dataclass(frozen=True, kw_only=True)
class Shapes:
    seed: int
    account_id: str
    habits: Habits
    till: Till

    def email(self, person: int) -> str | None:
        return identity.email(person) if self.habits.sees_emails else None

    def _member_id(self, person: int) -> str | None:
        return identity.provider_member_id(self.seed, person) if self.habits.sees_members else None

    def payment(self, payment: Payment, *, in_list: bool = True) -> dict[str, Any]:
        currency, plan = payment.currency, payment.plan
        paid = payment.outcome == "paid"
        recover = f"https://whop.com/orders/{payment.id}/recover" if payment.failures and not paid else None
        return {
            "id": payment.id,
            "account_id": self.account_id,
            "status": payment.outcome,
            "substatus": substatus(payment),
            "currency": currency.lower(),
            "total": money(payment.minor, currency),
            "subtotal": money(payment.minor, currency),
            "usd_total": money(payment.usd_cents, "USD"),
            "presentment_total": money(payment.minor, currency),
            "tax_amount": None,
            "tax_behavior": None,
            "tax_refunded_amount": money(0, currency),
            "amount_after_fees": money(payment.minor - fees(payment), currency),
            "refunded_amount": money(payment.refunded_minor, currency),
            "refunded_at": instant(payment.refunded_at),
            "refundable": paid and payment.refundable_minor > 0,
            "retryable": payment.outcome == "open" and payment.failures > 0,
            "voidable": payment.outcome == "open",
            "auto_refunded": payment.auto_refunded,
            "three_ds_verified": False,
            "holds": [],
            "line_items": [_line_item(payment.id, plan, payment.minor)],
            "payment_rule_matches": [],
            "payments_failed": payment.failures,
            "billing_reason": payment.reason,
            "plan_id": plan_id(plan),
            "product_id": product_id(plan.product),
            "membership_id": payment.membership if self.habits.sees_members else None,
            "member_id": self._member_id(payment.person),
            "user": user(self.seed, payment.person),
            "customer_email": self.email(payment.person),
            "customer_phone": None,
            "metadata": metadata_of(payment),
            "checkout_configuration_id": payment.metadata.get("checkout_configuration_id"),
            "promo_code_id": None,
            "payment_method_type": "card",
            "payment_method_id": None,
            "decline_code": payment.decline,
            "failure_message": failure_message(payment.decline) if payment.decline else None,
            "last_payment_attempt_at": instant(payment.last_attempt_at),
            "next_payment_attempt_at": instant(payment.next_attempt_at),
            "recovery_url": None if in_list or not self.habits.sees_members else recover,
            "client_secret": None,
            "settlement_time_at": None if in_list or payment.paid_at is None else instant(payment.paid_at + 3 * 86_400),
            "dispute_alerted_at": instant(payment.alerted_at),
            "risk_score": int(payment.id.encode()[-1]) % 40,
            "paid_at": instant(payment.paid_at),
            "created_at": instant(payment.created_at),
            "updated_at": instant(payment.updated_at, nth=payment.revision),
        }

    def membership(self, membership: Membership) -> dict[str, Any]:
        plan, ended = membership.plan, membership.ended_at is not None
        action, action_at = _recent_action(membership)
        return {
            "id": membership.id,
            "status": membership_status(membership),
            "account": {"id": self.account_id, "title": ACCOUNT_TITLE, "route": ACCOUNT_ROUTE, "logo_url": None},
            "product": {"id": product_id(plan.product), "title": plan.product.title, "logo_url": None},
            "product_id": product_id(plan.product),
            "plan_id": plan_id(plan),
            "member_id": self._member_id(membership.person),
            "member": None,
            "user_id": identity.provider_user_id(self.seed, membership.person) if self.habits.sees_members else None,
            "initial_price": money(membership.initial_minor, plan.currency),
            "renewal_price": money(plan.renewal_minor, plan.currency),
            "billing_period_days": plan.period_days,
            "current_period_start": instant(membership.period_start),
            "current_period_end": instant(membership.period_end),
            "expires_at": instant(membership.ended_at if ended else membership.period_end),
            "cancel_at_period_end": membership.canceling,
            "cancel_option": membership.cancel_option,
            "canceled_at": instant(membership.canceled_at),
            "cancellation_reason": membership.cancel_reason,
            "collection_method": "charge_automatically",
            "most_recent_action": action,
            "most_recent_action_at": instant(action_at),
            "promo_code_id": None,
            "affiliate": None,
            "metadata": {"user_id": identity.user_id(membership.person), **membership.metadata},
            "license_key": None,
            "manage_url": f"https://whop.com/@me/settings/memberships/{membership.id}",
            "phone_number": None,
            "created_at": instant(membership.created_at),
            "updated_at": instant(membership.updated_at, nth=membership.revision),
        }

    def member(self, customer: Customer) -> dict[str, Any]:
        holds = customer.action in ("paid_subscriber", "canceling", "past_due", "paid_once")
        return {
            "id": identity.provider_member_id(self.seed, customer.person),
            "account_id": self.account_id,
            "status": "left" if customer.action == "churned" else "joined",
            "access_level": "customer" if holds else "no_access",
            "display_name": identity.full_name(self.seed, customer.person),
            "email": self.email(customer.person),
            "phone_number": None,
            "usd_total_spent": money(customer.spent_cents, "USD"),
            "token_balance": 0,
            "most_recent_action": customer.action,
            "most_recent_action_at": instant(customer.action_at),
            "last_accessed_at": instant(customer.updated_at),
            "joined_at": instant(customer.joined_at),
            "user": user(self.seed, customer.person),
            "created_at": instant(customer.joined_at),
        }

    def refund(self, refund: Refund) -> dict[str, Any]:
        currency = self.till.payments[refund.payment].currency
        return {
            "id": refund.id,
            "account_id": self.account_id,
            "payment_id": refund.payment,
            "status": refund.status,
            "amount": money(refund.minor, currency),
            "original_amount": money(refund.minor, currency),
            "provider": "stripe",
            "provider_created_at": instant(refund.created_at),
            "reason": refund.reason,
            "reference_status": None,
            "reference_type": None,
            "reference_value": None,
            "failure_reason": None,
            "failure_message": None,
            "metadata": refund.metadata,
            "visa_rdr": False,
            "created_at": instant(refund.created_at),
            "updated_at": instant(refund.updated_at, nth=refund.revision),
        }

    def dispute(self, dispute: Dispute) -> dict[str, Any]:
        payment = self.till.payments[dispute.payment]
        currency, person = payment.currency, payment.person
        open_ = dispute.status == "needs_response"
        return {
            "id": dispute.id,
            "account_id": self.account_id,
            "status": dispute.status,
            "reason": dispute.reason,
            "reason_code": None,
            "amount": number(dispute.minor, currency),
            "currency": currency.lower(),
            "inquiry": False,
            "acceptable": open_,
            "evidence_editable": open_,
            "evidence_due_at": instant(dispute.due_at),
            "evidence_locked_reason": None if open_ else "submitted",
            "evidence_submitted_at": None if open_ else instant(dispute.updated_at),
            "evidence": {"documents": []},
            "issuer_comments": [],
            "fee": money(1500, "USD"),
            "line_items": [_line_item(payment.id, payment.plan, payment.minor)],
            "buyer": {
                "user_id": identity.provider_user_id(self.seed, person),
                "member_id": self._member_id(person),
                "name": identity.full_name(self.seed, person),
                "username": identity.username(self.seed, person),
                "email": self.email(person),
            },
            "payment": {
                "id": payment.id,
                "amount": number(payment.minor, currency),
                "currency": currency.lower(),
                "created_at": instant(payment.created_at),
                "payment_method_type": "card",
                "payment_processor": "stripe",
            },
            "plan_id": plan_id(payment.plan),
            "product_id": product_id(payment.plan.product),
            "created_at": instant(dispute.created_at),
            "updated_at": instant(dispute.updated_at, nth=dispute.revision),
        }

    def alert(self, alert: Alert) -> dict[str, Any]:
        payment = self.till.payments[alert.payment]
        return {
            "id": alert.id,
            "account_id": self.account_id,
            "type": "dispute_alert",
            "payment_id": payment.id,
            "product_id": product_id(payment.plan.product),
            "amount": number(alert.minor, payment.currency),
            "currency": payment.currency.lower(),
            "auto_refunded": True,
            "fee_charged": False,
            "fee": None,
            "issuer": None,
            "card_brand": "visa",
            "reported_at": instant(alert.created_at),
            "transaction_at": instant(payment.paid_at),
            "created_at": instant(alert.created_at),
            "updated_at": instant(alert.created_at),
        }


def _line_item(owner: str, plan: Plan, minor: int) -> dict[str, Any]:
    return {
        "id": f"rli_{owner.partition('_')[2]}", "label": plan.product.title, "plan_id": plan_id(plan),
        "plan_title": price_label(plan.renewal_minor, plan.currency), "product_id": product_id(plan.product),
        "product_title": plan.product.title, "quantity": 1, "sku": None, "subtotal": money(minor, plan.currency),
    }  # fmt: skip


def _recent_action(membership: Membership) -> tuple[str, int | None]:
    if membership.ended_at is not None:
        return "canceled_on", membership.ended_at
    if membership.paused_at is not None:
        return "paused_at", membership.paused_at
    if membership.status == "past_due":
        return "past_due", membership.updated_at
    if membership.canceling:
        return "trial_canceling_on" if membership.status == "trialing" else "canceling_on", membership.period_end
    return "trial_ends_at" if membership.status == "trialing" else "renewing_on", membership.period_end
