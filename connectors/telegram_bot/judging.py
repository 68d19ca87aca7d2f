"""What the Bot API's answers mean: `ok` decides, the error's code is also the HTTP status.

A bot has one credential, its token, and the token is part of the address: what the platform cannot find at an address
of ours is therefore a token that is not one.
"""

from typing import Any

from connectors.taxonomy import (
    AuthExpired,
    Conflict,
    NotFound,
    PartyError,
    PermissionDenied,
    RateLimited,
    Rejected,
    TransientError,
)
from connectors.transport import Reply

_RENEW = "Check the bot token in the environment; BotFather shows it and can issue a new one."
_WEBHOOK = "Updates go to a webhook; delete it (deleteWebhook), or stop the other program that polls this bot."


def judge(reply: Reply) -> Any:
    """The `result` of an answer; everything else is an error of the taxonomy."""
    if reply.status >= 500:
        raise TransientError(reply.said(f"server error; the answer was {reply.describe_body()}"))
    body = reply.json()
    if not isinstance(body, dict) or not isinstance(body.get("ok"), bool):
        raise TransientError(reply.said(f"an answer that is not the Bot API's: {reply.describe_body()}"))
    if body["ok"]:
        if "result" not in body:
            raise TransientError(reply.said("an answer without a result"))
        return body["result"]
    raise _error(reply, body)


def _error(reply: Reply, body: dict[str, Any]) -> PartyError:
    code = int(body.get("error_code") or reply.status)
    parameters = body.get("parameters") or {}
    description = str(body.get("description", ""))
    said = reply.said(description, code=str(code))
    if moved_to := parameters.get("migrate_to_chat_id"):
        return Rejected(said, remedy=f"The chat has become {moved_to}; use that id from now on.")
    match code:
        case 401 | 404:
            return AuthExpired(said, remedy=_RENEW)
        case 403:
            return PermissionDenied(said, remedy="The bot was blocked or removed there; do not write again unasked.")
        case 409:
            return Conflict(said, remedy=_WEBHOOK)
        case 429:
            stated = parameters.get("retry_after")
            return RateLimited(said, wait_seconds=None if stated is None else float(stated))
        case 400 if "not found" in description.lower():
            return NotFound(said)
        case _ if code >= 500:
            return TransientError(said)
    return Rejected(said)
