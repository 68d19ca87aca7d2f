"""What callers do at Whop: retry, refund and void payments, cancel, pause, resume and extend memberships, notify.

Each act happens at the virtual instant and changes what follows; what cannot be done is refused in Whop's words.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import QueryParams

from simulator.whop.bodies import Body
from simulator.whop.pages import instant_of
from simulator.whop.refusals import Refusal, forbidden, invalid, not_found, not_possible
from simulator.whop.shapes import Shapes, fees
from simulator.whop.words import money
from simulator.world import fx
from simulator.world.lives.billing import Impossible, Membership, Payment
from simulator.world.lives.commerce import Commerce

_LONGEST_EXTENSION = 1095


@dataclass(frozen=True, kw_only=True)
class Notified:
    """One notification as it was queued; who reads it is nobody's business at Whop."""

    at: int
    title: str
    content: str
    user_ids: tuple[str, ...] | None
    account_id: str | None
    experience_id: str | None
    rest_path: str | None


class Acts:
    def __init__(self, *, account_id: str, commerce: Callable[[], Commerce], now: Callable[[], int]) -> None:
        self._account_id = account_id
        self._commerce = commerce
        self._now = now
        self.notified: list[Notified] = []

    def payment(self, shapes: Shapes, id_: str) -> Payment:
        found = shapes.till.payments.get(id_)
        if found is None:
            raise not_found("payment", id_)
        return found

    def membership(self, shapes: Shapes, id_: str) -> Membership:
        found = shapes.till.memberships.get(id_)
        if found is None:
            raise not_found("membership", id_)
        return found

    def on_payment(self, shapes: Shapes, id_: str, act: str, body: Body) -> dict[str, Any]:
        payment, commerce, now = self.payment(shapes, id_), self._commerce(), self._now()
        try:
            match act:
                case "retry":
                    commerce.retry(payment, at=now)
                case "void":
                    commerce.void(payment, at=now)
                case "refund":
                    amount = body.number("partial_amount", required=False)
                    commerce.refund(
                        payment, minor=None if amount is None else _minor(amount, payment.currency), at=now,
                        metadata=_metadata(body),
                    )  # fmt: skip
        except Impossible as reason:
            raise not_possible(str(reason)) from reason
        return shapes.payment(payment, in_list=False)

    def on_membership(self, shapes: Shapes, id_: str, act: str, body: Body) -> dict[str, Any]:
        membership, commerce, now = self.membership(shapes, id_), self._commerce(), self._now()
        try:
            match act:
                case "cancel":
                    commerce.cancel(
                        membership, at_period_end=body.flag("cancel_at_period_end"),
                        reason=body.text("reason", required=False), at=now,
                    )  # fmt: skip
                case "pause":
                    until = body.text("until", required=False)
                    stated = None if until is None else instant_of(QueryParams({"until": until}), "until")
                    commerce.pause(membership, until=stated, at=now)
                case "resume":
                    commerce.resume(membership, at=now)
                case "extend":
                    days = body.whole("days", least=1, most=_LONGEST_EXTENSION)
                    commerce.extend(membership, days=days or 0, at=now)
        except Impossible as reason:
            raise not_possible(str(reason)) from reason
        return shapes.membership(membership)

    def fees(self, shapes: Shapes, id_: str) -> dict[str, Any]:
        payment = self.payment(shapes, id_)
        amount = money(fees(payment) if payment.outcome == "paid" else 0, payment.currency)
        line = {
            "type": "processing_fee", "origin": "stripe_domestic_processing_fee", "label": "Card processing",
            "description": None, "amount": amount, "settlement_amount": amount, "collected_at": None,
        }  # fmt: skip
        info = {"start_cursor": None, "end_cursor": None, "has_next_page": False, "has_previous_page": False}
        return {"data": [line] if payment.outcome == "paid" else [], "page_info": info}

    def notify(self, body: Body, *, is_app_key: bool) -> dict[str, Any]:
        if not is_app_key:
            raise forbidden("notification:create")
        account, experience = body.text("account_id", required=False), body.text("experience_id", required=False)
        if (account is None) == (experience is None):
            raise invalid("Exactly one of account_id and experience_id is required", param="account_id")
        if account is not None and account != self._account_id:
            raise Refusal(403, "forbidden", "The API key cannot act for this account.", param="account_id")
        users = body.texts("user_ids")
        self.notified.append(
            Notified(
                at=self._now(), title=body.required_text("title", longest=255),
                content=body.required_text("content", longest=4000), account_id=account, experience_id=experience,
                user_ids=None if users is None else tuple(users), rest_path=body.text("rest_path", required=False),
            )
        )  # fmt: skip
        return {"success": True}


def _minor(amount: float, currency: str) -> int:
    """An amount in major units, as the caller states it; fractions of the smallest unit are refused."""
    scaled = round(amount * 10 ** fx.decimals(currency), 6)
    if scaled != int(scaled):
        raise invalid(f"partial_amount has more decimals than {currency} has", param="partial_amount")
    return int(scaled)


def _metadata(body: Body) -> dict[str, str]:
    told = body.mapping("metadata") or {}
    if len(told) > 50 or any(len(key) > 100 or len(str(value)) > 500 for key, value in told.items()):
        raise invalid("metadata takes 50 keys of 100 characters and values of 500", param="metadata")
    return told
