"""What a delivery says about an object: one more version of a payment, membership, member, refund or dispute.

A delivery's `data` is the whole object as a list would show it, so it lands beside what lists show; which of them is
the current one is said by the object's own `updated_at`, whatever order deliveries come in and however late.
"""

import json
from dataclasses import dataclass
from typing import Any

from connectors.ad_platform import Row
from connectors.landing.layout import PROBLEM
from connectors.landing.manifest import safe_name
from connectors.whop.client import VERSION
from connectors.whop.schemas import DISPUTES, MEMBERS, MEMBERSHIPS, PAYMENTS, REFUNDS

_ENTITY = {
    "payment": PAYMENTS.entity,
    "membership": MEMBERSHIPS.entity,
    "member": MEMBERS.entity,
    "refund": REFUNDS.entity,
    "dispute": DISPUTES.entity,
}


@dataclass(frozen=True, kw_only=True)
class ToldObject:
    account_id: str
    entity: str
    row: Row  # the object, or what is wrong with the delivery


def told_object(line: str) -> ToldObject | None:
    """None for a delivery about what is not listed, or one that cannot be read: it stands in whop/webhooks alone."""
    try:
        delivery = json.loads(line)
    except ValueError:
        return None
    if not isinstance(delivery, dict) or not isinstance(delivery.get("data"), dict):
        return None
    entity = _ENTITY.get(str(delivery.get("type", "")).partition(".")[0])
    account_id = delivery.get("account_id") or delivery.get("company_id")
    if entity is None or not _can_be_an_account(account_id):
        return None
    if delivery.get("api_version_date") is None:
        return ToldObject(account_id=account_id, entity=entity, row=_undated(delivery))
    return ToldObject(account_id=account_id, entity=entity, row=delivery["data"])


def _undated(delivery: dict[str, Any]) -> Row:
    why = (
        f"delivery {delivery.get('delivery_id')} came in the undated shapes: set the webhook's api_version_date to "
        f"{VERSION} at Whop and have the delivery replayed"
    )
    return {PROBLEM: why, "delivery_id": delivery.get("delivery_id"), "type": delivery.get("type")}


def _can_be_an_account(account_id: Any) -> bool:
    try:
        return isinstance(account_id, str) and bool(safe_name(account_id, what="account_id"))
    except ValueError:
        return False
