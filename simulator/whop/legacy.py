"""The shapes without a date, as callers get them that send no `Api-Version-Date`: `company_id`, amounts as numbers,
objects nested where the dated shapes name ids.
"""

from collections.abc import Callable
from typing import Any

from simulator.whop.shapes import ACCOUNT_ROUTE, ACCOUNT_TITLE, Shapes
from simulator.whop.words import product_id, product_route, user
from simulator.world.lives.offers import PRODUCTS

Row = dict[str, Any]
_ROUTES = {product_id(product): product_route(product) for product in PRODUCTS}
_MONEY = {"amount", "currency", "decimals", "display_decimals"}
_NEW = {
    "payment": (
        "presentment_total", "holds", "line_items", "payment_rule_matches", "promo_code_id", "payment_method_id",
        "client_secret",
    ),
    "membership": (
        "product_id", "phone_number", "initial_price", "renewal_price", "billing_period_days", "expires_at",
        "collection_method", "most_recent_action", "most_recent_action_at", "affiliate",
    ),
    "member": ("display_name", "last_accessed_at"),
    "refund": (
        "payment_id", "original_amount", "visa_rdr", "reason", "failure_reason", "failure_message", "updated_at",
    ),
    "dispute": (
        "inquiry", "acceptable", "evidence_locked_reason", "evidence_submitted_at", "evidence", "issuer_comments",
        "fee", "line_items", "buyer", "updated_at",
    ),
    "alert": (
        "type", "payment_id", "product_id", "auto_refunded", "fee_charged", "fee", "issuer", "card_brand",
        "reported_at", "transaction_at", "updated_at",
    ),
}  # fmt: skip
_OF_A_NAMED_PAYMENT = (
    "id", "billing_reason", "created_at", "currency", "dispute_alerted_at", "member", "membership", "metadata",
    "paid_at", "payment_method_type", "plan", "product", "subtotal", "tax_amount", "tax_behavior",
    "tax_refunded_amount", "total", "usd_total", "user",
)  # fmt: skip


class LegacyShapes:
    """Every shape is made from the dated one, so that both always tell the same story."""

    def __init__(self, shapes: Shapes) -> None:
        self._shapes = shapes
        self._of: dict[str, Callable[[Row, Row], Row]] = {
            "payment": self._payment,
            "membership": self._membership,
            "member": self._member,
            "refund": self._refund,
            "dispute": self._dispute,
            "alert": self._alert,
        }

    def of(self, kind: str, dated: Row) -> Row:
        told = {name: _plain(value) for name, value in dated.items() if name not in ("account_id", "account")}
        kept = {name: value for name, value in told.items() if name not in _NEW.get(kind, ())}
        company = {"id": self._shapes.account_id, "title": ACCOUNT_TITLE, "route": ACCOUNT_ROUTE}
        reshape = self._of.get(kind)
        return (kept if reshape is None else reshape(kept, told)) | {
            "company_id": self._shapes.account_id,
            "company": company,
        }

    # Each is handed what stays, which it may take apart, and everything that the dated shape says.

    def _payment(self, kept: Row, told: Row) -> Row:
        product = kept.pop("product_id")
        return kept | {
            "user": _person(kept.pop("user"), kept.pop("customer_email")),
            "plan": {"id": kept.pop("plan_id")},
            "product": {
                "id": product, "title": told["line_items"][0]["product_title"], "route": _ROUTES[product],
            },
            "membership": self._with_status(kept.pop("membership_id")),
            "member": _only_id(kept.pop("member_id")),
            "promo_code": None,
            "payment_method": None,
            "last_payment_attempt": kept.pop("last_payment_attempt_at"),
            "next_payment_attempt": kept.pop("next_payment_attempt_at"),
            "settlement_amount": told["amount_after_fees"],
            "settlement_currency": told["currency"],
            "fees": [],
            "financing_transactions": [],
            "refunds": self._refunds_of(told["id"]),
        }  # fmt: skip

    def _with_status(self, membership_id: str | None) -> Row | None:
        if membership_id is None:
            return None
        status = self._shapes.membership(self._shapes.till.memberships[membership_id])["status"]
        return {"id": membership_id, "status": status}

    def _refunds_of(self, payment_id: str) -> list[Row]:
        till = self._shapes.till
        shapes = [self._shapes.refund(each) for each in till.refunds.values() if each.payment == payment_id]
        return [
            {
                "id": each["id"], "status": each["status"], "amount": float(each["amount"]["amount"]),
                "currency": each["amount"]["currency"], "created_at": each["created_at"],
            }
            for each in shapes
        ]  # fmt: skip

    def _named_payment(self, payment_id: str) -> Row:
        whole = self.of("payment", self._shapes.payment(self._shapes.till.payments[payment_id]))
        return {name: whole[name] for name in _OF_A_NAMED_PAYMENT}

    def _membership(self, kept: Row, told: Row) -> Row:
        return kept | {
            "plan": {"id": kept.pop("plan_id")},
            "member": _only_id(kept.pop("member_id")),
            "user": None if kept.pop("user_id") is None else self._holder(told["id"]),
            "promo_code": _only_id(kept.pop("promo_code_id")),
            "initial_price_paid": str(told["initial_price"]),
            "payment_collection_paused": told["most_recent_action"] == "paused_at",
            "renewal_period_start": kept.pop("current_period_start"),
            "renewal_period_end": kept.pop("current_period_end"),
            "custom_field_responses": [],
            "joined_at": told["created_at"],
        }

    def _holder(self, membership_id: str) -> Row:
        person = self._shapes.till.memberships[membership_id].person
        holder = user(self._shapes.seed, person)
        return _person(holder, self._shapes.email(person)) | {"profile_pic": holder["profile_picture"]["url"]}

    def _member(self, kept: Row, told: Row) -> Row:
        return kept | {
            "user": _person(kept.pop("user"), kept.pop("email")),
            "company_token_balance": kept.pop("token_balance"),
            "phone": kept.pop("phone_number"),
            "updated_at": told["most_recent_action_at"],
        }

    def _refund(self, kept: Row, told: Row) -> Row:
        payment = self._named_payment(told["payment_id"])
        return kept | {"payment": payment, "currency": payment["currency"]}

    def _dispute(self, kept: Row, told: Row) -> Row:
        return kept | {
            "payment": self._named_payment(told["payment"]["id"]),
            "plan": {"id": kept.pop("plan_id")},
            "product": {"id": kept.pop("product_id"), "title": told["line_items"][0]["product_title"]},
            "needs_response_by": kept.pop("evidence_due_at"),
            "editable": kept.pop("evidence_editable"),
            "visa_rdr": False,
        }

    def _alert(self, kept: Row, told: Row) -> Row:
        return kept | {
            "alert_type": "dispute",
            "charge_for_alert": told["fee_charged"],
            "transaction_date": told["transaction_at"],
            "dispute": None,
            "payment": self._named_payment(told["payment_id"]),
        }


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        if set(value) == _MONEY:
            return float(value["amount"])
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list) else value


def _person(user: Row, email: str | None) -> Row:
    return {"id": user["id"], "name": user["name"], "username": user["username"], "email": email}


def _only_id(id_: str | None) -> Row | None:
    return None if id_ is None else {"id": id_}
