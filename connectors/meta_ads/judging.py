"""What an answer of the Graph API means, by body and status both: the parsed body, or an error of the taxonomy.

The platform's codes are a table, so that a correction is one line. How long a limit lasts is read from the headers.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.meta_ads.usage import regain_seconds
from connectors.taxonomy import (
    AuthExpired,
    NotFound,
    PartyError,
    PermissionDenied,
    RateLimited,
    Rejected,
    SplitRequest,
    TransientError,
)
from connectors.transport import Reply, not_found


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One line of the table. What is not stated matches anything."""

    means: type[PartyError]
    codes: Collection[int] | None = None
    subcode: int | None = None
    says: str | None = None  # part of the message, in lower case
    transient: bool | None = None
    remedy: str | None = None

    def matches(self, error: Mapping[str, Any]) -> bool:
        return (
            (self.codes is None or error.get("code") in self.codes)
            and (self.subcode is None or error.get("error_subcode") == self.subcode)
            and (self.says is None or self.says in str(error.get("message", "")).lower())
            and (self.transient is None or bool(error.get("is_transient")) is self.transient)
        )


_RENEW = "Check the token and the app secret named in the environment, renew them, and run again; nothing is lost."

# The first line that matches decides.
RULES: tuple[Rule, ...] = (
    Rule(means=SplitRequest, codes=(1, 100), says="reduce the amount of data"),
    Rule(means=RateLimited, codes=(4, 17, 32, 613)),
    Rule(means=RateLimited, codes=(80000, 80001, 80002, 80003, 80004, 80005, 80006, 80008, 80009, 80014)),
    Rule(means=AuthExpired, codes=(190, 102)),
    Rule(means=AuthExpired, codes=(100,), says="appsecret_proof", remedy=_RENEW),
    Rule(means=PermissionDenied, codes=(10, *range(200, 300))),
    Rule(means=NotFound, codes=(100,), subcode=33),  # its words speak of missing permissions too
    Rule(means=PermissionDenied, codes=(100,), says="missing permissions"),
    Rule(means=TransientError, says="in summary param"),
    Rule(means=NotFound, codes=(803,)),
    Rule(means=TransientError, transient=True),
    Rule(means=TransientError, codes=(1, 2, 960)),
    Rule(means=Rejected, codes=(100,)),
)


def judge(reply: Reply) -> Any:
    if reply.status >= 500 and not _looks_like_json(reply):
        raise TransientError(reply.said(f"server failure; the answer was {reply.describe_body()}"))
    if reply.status == 404 and not _looks_like_json(reply):
        raise not_found(reply)
    body = reply.json()
    if isinstance(body, dict) and isinstance(body.get("error"), dict):
        raise _meaning(reply, body["error"])
    if reply.status >= 400:
        raise _by_status(reply, "an error without a description")
    if isinstance(body, dict) and body.get("success") is False:
        raise Rejected(reply.said("the platform answered success: false without giving a reason"))
    return body


def _meaning(reply: Reply, error: Mapping[str, Any]) -> PartyError:
    message, code = _described(error), _code(error)
    rule = next((rule for rule in RULES if rule.matches(error)), None)
    if rule is None:
        return _by_status(reply, message, code=code)
    said = reply.said(message, code=code)
    if rule.means is RateLimited:
        return RateLimited(said, wait_seconds=regain_seconds(reply), remedy=rule.remedy)
    return rule.means(said, remedy=rule.remedy)


def _by_status(reply: Reply, message: str, *, code: str | None = None) -> PartyError:
    said = reply.said(message, code=code)
    if reply.status >= 500:
        return TransientError(said)
    if reply.status == 429:
        return RateLimited(said, wait_seconds=regain_seconds(reply))
    by_status: dict[int, type[PartyError]] = {401: AuthExpired, 403: PermissionDenied, 404: NotFound}
    return by_status.get(reply.status, Rejected)(said)


def _code(error: Mapping[str, Any]) -> str:
    code, subcode = error.get("code"), error.get("error_subcode")
    return f"{code}/{subcode}" if subcode else str(code)


def _described(error: Mapping[str, Any]) -> str:
    """The platform's message, its advice to the user, and the fields it blames."""
    parts = [str(error.get("message") or "no message")]
    advice = error.get("error_user_msg")
    if advice and str(advice) not in parts[0]:
        parts.append(str(advice))
    blamed = [name for path in (error.get("error_data") or {}).get("blame_field_specs", ()) for name in path]
    if blamed:
        parts.append(f"It blames: {', '.join(map(str, blamed))}.")
    return " ".join(parts)


def _looks_like_json(reply: Reply) -> bool:
    return reply.body.lstrip()[:1] in (b"{", b"[")
