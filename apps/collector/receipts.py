"""What a mail provider says became of a message, as a row of messaging/receipts; the provider's words stay beside it.

The sender tags each message with our `message_id` and `user_id`; without the tags the provider's own id stands in, and
a row that names nobody is told apart when it is loaded.
"""

from collections.abc import Mapping
from typing import Any


def receipt(event: Mapping[str, Any]) -> dict[str, Any]:
    """The columns; None where the provider does not say."""
    data = event.get("data")
    data = data if isinstance(data, dict) else {}
    tags = _tags(data.get("tags"))
    word = (_text(event.get("type")) or "").rpartition(".")[2]
    return {
        "message_id": tags.get("message_id") or _text(data.get("email_id")),
        "user_id": tags.get("user_id"),
        "occurred_at": _text(event.get("created_at")) or _text(data.get("created_at")),
        "kind": word or None,
        "channel": "email",
    }


def _tags(tags: Any) -> dict[str, str | None]:
    """Providers write tags as an object, or as a list of name and value."""
    if isinstance(tags, list):
        tags = {each.get("name"): each.get("value") for each in tags if isinstance(each, dict)}
    if not isinstance(tags, dict):
        return {}
    return {name: _text(value) for name, value in tags.items() if isinstance(name, str)}


def _text(value: Any) -> str | None:
    """Half a surrogate pair cannot be written down; a question mark stands for it."""
    return value.encode(errors="replace").decode() if isinstance(value, str) and value else None
