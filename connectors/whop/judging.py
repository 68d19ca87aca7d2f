"""What Whop's answers mean: the HTTP status decides, the `error` object says why."""

import re
from typing import Any

from connectors.taxonomy import (
    AuthExpired,
    BudgetGone,
    Conflict,
    NotFound,
    PartyError,
    PermissionDenied,
    RateLimited,
    Rejected,
    TransientError,
)
from connectors.transport import Reply

_CLASSES: dict[int, type[PartyError]] = {
    401: AuthExpired,
    402: BudgetGone,
    403: PermissionDenied,
    404: NotFound,
    409: Conflict,
}
_STATED_WAIT = re.compile(r"\bin (\d+) seconds?\b")


def judge(reply: Reply) -> dict[str, Any]:
    """The answer, always an object; everything else is an error of the taxonomy."""
    if reply.status >= 500 or reply.status == 408:
        raise TransientError(reply.said(f"server error; the answer was {reply.describe_body()}"))
    if reply.status < 400:
        body = reply.json()
        if not isinstance(body, dict):
            raise TransientError(reply.said(f"an answer that is no object: {reply.describe_body()}"))
        return body
    raise _error(reply)


def _error(reply: Reply) -> PartyError:
    told = _told(reply)
    message = str(told.get("message") or reply.describe_body())
    if told.get("param"):
        message = f"{message} ({told['param']})"
    code = "/".join(str(told[name]) for name in ("type", "code") if told.get(name))
    said = reply.said(message, code=code or None)
    if reply.status == 429:
        return RateLimited(said, wait_seconds=_wait(reply, message))
    return _CLASSES.get(reply.status, Rejected)(said)


def _told(reply: Reply) -> dict[str, Any]:
    """The `error` object. A refusal in another notation (a proxy's page) is told by its body."""
    try:
        body = reply.json()
    except TransientError:
        return {}
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, dict) else {}


def _wait(reply: Reply, message: str) -> float | None:
    stated = reply.retry_after_seconds()
    if stated is not None:
        return stated
    said = _STATED_WAIT.search(message)
    return float(said[1]) if said else None
