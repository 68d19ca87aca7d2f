"""Meta's notifications, as bytes: the subscription challenge, what a change looks like, and its signature.

Sending them is the business of whoever runs the practice world; nothing here opens a connection.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

SIGNATURE_HEADER = "X-Hub-Signature-256"
FIELDS = (
    "effective_status",
    "subscriptions",
    "creative_fatigue",
    "ad_recommendations",
    "in_process_ad_objects",
    "with_issues_ad_objects",
)


def challenge(*, verify_token: str, challenge: str) -> dict[str, str]:
    """The query of the GET a callback must answer with exactly the challenge, when the token is its own."""
    return {"hub.mode": "subscribe", "hub.challenge": challenge, "hub.verify_token": verify_token}


def notification(*, account_id: str, at: datetime, field: str, value: Mapping[str, Any]) -> bytes:
    if field not in FIELDS:
        raise ValueError(f"unknown webhook field {field!r}; known: {', '.join(FIELDS)}")
    entry = {"id": account_id, "time": int(at.timestamp()), "changes": [{"field": field, "value": dict(value)}]}
    return json.dumps({"object": "ad_account", "entry": [entry]}, separators=(",", ":"), ensure_ascii=True).encode()


def signature(body: bytes, *, app_secret: str) -> str:
    return "sha256=" + hmac.new(app_secret.encode(), body, hashlib.sha256).hexdigest()
