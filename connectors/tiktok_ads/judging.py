"""What TikTok's answers mean: HTTP 200 almost always, so `code` in the body decides, and each code has one class.

Which class leads to waiting, splitting or giving up is decided in `connectors.transport`.
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
    SplitRequest,
    TransientError,
)
from connectors.transport import Reply, not_found

PARTIAL = 20001
DUPLICATE = 40050

_CLASSES: dict[type[PartyError], tuple[int, ...]] = {
    PermissionDenied: (40001, 40003, 40118, 40300, 40301, 40302),
    NotFound: (40007,),
    Conflict: (DUPLICATE,),
    SplitRequest: (40067,),
    RateLimited: (40016, 40100, 40132, 40133, 61000),
    AuthExpired: (40102, 40103, 40104, 40105, 40106, 40107, 40108, 40110, 40113, 40114),
    TransientError: (40200, 40201, 40202, 40700, 60001),
}
_CLASS_OF = {code: kind for kind, codes in _CLASSES.items() for code in codes}
_SERVER_ERRORS = range(50000, 60000)
_THROTTLED = "x-tt-ads-throttle"


class CutOff(SplitRequest):
    """More ads than one report may hold: the answer is real but not all of it."""

    remedy = "The report covers more ads than the platform answers for at once; ask for fewer campaigns."


def judge(reply: Reply) -> dict[str, Any]:
    """The `data` of an answer, always an object; everything else is an error of the taxonomy."""
    if reply.status == 429:
        raise RateLimited(reply.said("too many requests"), wait_seconds=reply.retry_after_seconds())
    if reply.status >= 500:
        raise TransientError(reply.said(f"server error; the answer was {reply.describe_body()}"))
    if reply.status == 404:
        raise not_found(reply)
    body = reply.json()
    code = body.get("code") if isinstance(body, dict) else None
    if not isinstance(code, int):
        raise TransientError(reply.said(f"an answer without a code: {reply.describe_body()}"))
    data = body.get("data")
    data = data if isinstance(data, dict) else {}
    if code != 0:
        raise _error(reply, code, str(body.get("message", "")), data)
    if reply.status >= 400:
        raise TransientError(reply.said(f"HTTP {reply.status} beside code 0"))
    if _THROTTLED in reply.headers:
        raise CutOff(reply.said("the answer was cut off because it covers too many ads"))
    return data


def _error(reply: Reply, code: int, message: str, data: dict[str, Any]) -> PartyError:
    if code == PARTIAL:
        reasons = "; ".join(str(each.get("error_message", each)) for each in data.get("errors", ()))
        return Rejected(reply.said(f"only a part was done: {reasons or message}", code=str(code)))
    kind = _CLASS_OF.get(code, TransientError if code in _SERVER_ERRORS else Rejected)
    said = reply.said(message, code=str(code))
    if kind is RateLimited:
        return RateLimited(said, wait_seconds=reply.retry_after_seconds())
    return kind(said)
