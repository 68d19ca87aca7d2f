"""Changing things at Whop: try a payment again, make a checkout link or a promo code, notify people.

Every write carries a key: the same key with the same words is done once, however often it is sent. Where an answer is
lost, what Whop holds is read first; only if nothing is there is the write sent again, under its key.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import Any

from connectors.ad_platform import Money, Row
from connectors.taxonomy import OutcomeUnknown, Rejected
from connectors.whop.client import WhopClient

KEY = "weir_key"  # in a checkout's metadata: what a lost answer is found again by
_RECENT = 200  # how many of the newest are looked through for it


@dataclass(frozen=True, kw_only=True)
class CheckoutDraft:
    plan_id: str
    metadata: Mapping[str, str] = field(default_factory=dict)  # copied to the payment and the membership
    redirect_url: str | None = None


@dataclass(frozen=True, kw_only=True)
class CheckoutLink:
    id: str
    url: str


@dataclass(frozen=True, kw_only=True)
class PromoDraft:
    code: str
    off: Decimal | Money  # per cent, or an amount
    base_currency: str  # ISO 4217
    months: int  # for how many months of a subscription; 0: once
    new_users_only: bool
    stock: int | None = None  # how often it can be used; None: without limit
    one_per_customer: bool = True
    plan_ids: Sequence[str] = ()
    expires_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Notice:
    title: str
    content: str
    user_ids: Sequence[str]  # people at Whop; nobody else sees it
    experience_id: str | None = None  # None: the account's team
    link: str | None = None  # a path inside Whop's app


class WhopControl:
    def __init__(self, client: WhopClient) -> None:
        self._client = client

    def payment(self, payment_id: str) -> Row:
        return self._client.single(f"payments/{payment_id}")

    def retry_payment(self, payment_id: str, *, key: str) -> Row:
        """The payment after one more try. What cannot be tried again is refused without asking."""
        before = self.payment(payment_id)
        if not before.get("retryable"):
            said = self._client.said("retry", f"{payment_id} is {before.get('status')} and cannot be tried again")
            raise Rejected(said, remedy="Read the payment again: it may have been paid meanwhile.")

        def tried_since() -> Row | None:
            now = self.payment(payment_id)
            marks = ("last_payment_attempt_at", "payments_failed", "status")
            return now if any(now.get(mark) != before.get(mark) for mark in marks) else None

        return self._send(f"payments/{payment_id}/retry", None, key=key, find=tried_since)

    def create_checkout(self, draft: CheckoutDraft, *, key: str) -> CheckoutLink:
        body = {
            "account_id": self._client.account_id,
            "plan_id": draft.plan_id,
            "metadata": {**draft.metadata, KEY: key},
            **_said(redirect_url=draft.redirect_url),
        }

        def made() -> Row | None:
            return self._newest("checkout_configurations", lambda row: (row.get("metadata") or {}).get(KEY) == key)

        answer = self._send("checkout_configurations", body, key=key, find=made)
        return CheckoutLink(id=answer["id"], url=answer["purchase_url"])

    def create_promo_code(self, draft: PromoDraft, *, key: str) -> str:
        """The id of the code. One that is taken already is refused, unless a lost answer had made it."""
        body = {
            "account_id": self._client.account_id,
            "code": draft.code,
            **self._off(draft),
            "base_currency": draft.base_currency.lower(),
            "promo_duration_months": draft.months,
            "new_users_only": draft.new_users_only,
            "one_per_customer": draft.one_per_customer,
            "unlimited_stock": draft.stock is None,
            **_said(stock=draft.stock, plan_ids=list(draft.plan_ids) or None),
            **_said(expires_at=None if draft.expires_at is None else draft.expires_at.isoformat()),
        }

        def made() -> Row | None:
            return self._newest("promo_codes", lambda row: str(row.get("code", "")).lower() == draft.code.lower())

        return self._send("promo_codes", body, key=key, find=made)["id"]

    def notify(self, notice: Notice, *, key: str) -> None:
        """What was sent cannot be read back, so a lost answer leaves nothing but sending it again under its key."""
        to = (
            {"experience_id": notice.experience_id} if notice.experience_id else {"account_id": self._client.account_id}
        )
        body = {
            **to,
            "title": notice.title,
            "content": notice.content,
            "user_ids": list(notice.user_ids),
            **_said(rest_path=notice.link),
        }
        self._send("notifications", body, key=key, find=lambda: None)

    def _send(self, path: str, body: Mapping[str, Any] | None, *, key: str, find: Callable[[], Row | None]) -> Row:
        try:
            return self._client.post(path, body, key=key)
        except OutcomeUnknown:
            found = find()
            return self._client.post(path, body, key=key) if found is None else found

    def _newest(self, path: str, is_it: Callable[[Row], bool]) -> Row | None:
        rows = islice(self._client.pages(path, {"direction": "desc"}), _RECENT)
        return next((row for row in rows if is_it(row)), None)

    def _off(self, draft: PromoDraft) -> dict[str, Any]:
        kind, amount = ("flat_amount", draft.off.amount) if isinstance(draft.off, Money) else ("percentage", draft.off)
        if isinstance(draft.off, Money) and draft.off.currency.upper() != draft.base_currency.upper():
            said = f"{draft.off.amount} {draft.off.currency} off is not in the code's own {draft.base_currency}"
            raise Rejected(self._client.said("promo code", said))
        if Decimal(repr(float(amount))) != amount:
            raise Rejected(self._client.said("promo code", f"{amount} cannot be said exactly to Whop"))
        return {"promo_type": kind, "amount_off": float(amount)}


def _said(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
