"""The shapes without a date, as callers get them that send no `Api-Version-Date`: `company_id`, amounts as numbers,
objects nested where the dated shapes name ids.
"""

from collections.abc import Callable
from typing import Any

from simulator.whop.shapes import ACCOUNT_ROUTE, ACCOUNT_TITLE

_MONEY = {"amount", "currency", "decimals", "display_decimals"}


class LegacyShapes:
    """Every shape is made from the dated one, so that both always tell the same story."""

    def __init__(self, account_id: str) -> None:
        self._account_id = account_id
        self._of: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "payment": self._payment,
            "membership": self._membership,
            "member": self._member,
            "refund": self._refund,
            "dispute": self._dispute,
        }

    def of(self, kind: str, dated: dict[str, Any]) -> dict[str, Any]:
        told = {name: _plain(value) for name, value in dated.items() if name not in ("account_id", "account")}
        told["company_id"] = self._account_id
        told["company"] = {"id": self._account_id, "title": ACCOUNT_TITLE, "route": ACCOUNT_ROUTE}
        reshape = self._of.get(kind)
        return told if reshape is None else reshape(told)

    def _payment(self, told: dict[str, Any]) -> dict[str, Any]:
        user = told.pop("user")
        email = told.pop("customer_email")
        return told | {
            "user": None if user is None else user | {"email": email},
            "plan": {"id": told.pop("plan_id")},
            "product": _named(told.pop("product_id"), told["line_items"][0]["product_title"]),
            "membership": _only_id(told.pop("membership_id")),
            "member": _only_id(told.pop("member_id")),
        }

    def _membership(self, told: dict[str, Any]) -> dict[str, Any]:
        told.pop("product_id")
        return told | {
            "plan": {"id": told.pop("plan_id")},
            "member": _only_id(told.pop("member_id")),
            "user": _only_id(told.pop("user_id")),
            "initial_price_paid": str(told["initial_price"]),
            "payment_collection_paused": told["most_recent_action"] == "paused_at",
            "renewal_period_start": told.pop("current_period_start"),
            "renewal_period_end": told.pop("current_period_end"),
            "joined_at": told["created_at"],
        }

    def _member(self, told: dict[str, Any]) -> dict[str, Any]:
        user = told.pop("user")
        return told | {
            "user": None if user is None else user | {"email": told.pop("email")},
            "company_token_balance": told.pop("token_balance"),
            "phone": told.pop("phone_number"),
        }

    def _refund(self, told: dict[str, Any]) -> dict[str, Any]:
        return told | {"payment": {"id": told.pop("payment_id")}}

    def _dispute(self, told: dict[str, Any]) -> dict[str, Any]:
        return told | {
            "plan": {"id": told.pop("plan_id")},
            "product": _named(told.pop("product_id"), told["line_items"][0]["product_title"]),
            "needs_response_by": told.pop("evidence_due_at"),
            "editable": told.pop("evidence_editable"),
            "visa_rdr": False,
        }


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        if set(value) == _MONEY:
            return float(value["amount"])
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list) else value


def _only_id(id_: str | None) -> dict[str, str] | None:
    return None if id_ is None else {"id": id_}


def _named(id_: str | None, title: str) -> dict[str, str] | None:
    return None if id_ is None else {"id": id_, "title": title}
