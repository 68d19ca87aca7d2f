"""What X's answers mean, in the words of `connectors.taxonomy`: its error codes, its HTML, its quotas, our clock.

Retrying is decided in `connectors.transport`; this module only says which kind of failure an answer is.
"""

import gzip
import json
import zlib
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from connectors.taxonomy import (
    AuthExpired,
    BudgetGone,
    Conflict,
    PartyError,
    PermissionDenied,
    RateLimited,
    Rejected,
    SplitRequest,
    TransientError,
)
from connectors.transport import Reply, not_found

Json = dict[str, Any]

REPORT_FILE = "GET report file"  # the label of a finished job's download: its address is all the permission it needs
TOO_LARGE = ("REQUEST_TOO_COMPLEX", "INVALID_TIME_WINDOW")
SUSPICIOUS_SECONDS = 60  # clocks further apart than this are named as the cause of a refused signature
REFUSED_SECONDS = 300

_TAKE_SMALLER_STEPS = "Ask for fewer ids or days at once; this was tried down to one id and one day."
_SET_THE_CLOCK = "Set this machine's clock (NTP), then run again; nothing that was landed is lost."


def judge(reply: Reply) -> Any:
    """The answer's JSON object, or for a finished job's download the JSON inside its gzip file."""
    if reply.status != 200 and reply.status != 201:
        raise failure(reply)
    if reply.call.label == REPORT_FILE:
        return report(reply)
    answer = reply.json()
    if not isinstance(answer, dict):
        raise TransientError(reply.said(f"expected a JSON object but got {reply.describe_body()}"))
    if answer.get("errors"):
        raise failure(reply)
    if "data" not in answer:
        raise TransientError(reply.said("the answer holds no data"))
    return answer


def report(reply: Reply) -> Any:
    """Usually gzip; some clients' servers undo it on the way, and then it is plain JSON."""
    packed = reply.body.startswith(b"\x1f\x8b")
    try:
        return json.loads(gzip.decompress(reply.body) if packed else reply.body)
    except (OSError, EOFError, zlib.error, ValueError) as error:
        raise TransientError(reply.said("the report file is incomplete or not readable")) from error


def failure(reply: Reply) -> PartyError:
    code, message = first_error(reply)
    said = reply.said(message, code=code)
    known_by_code = by_code(reply, code, message)
    if known_by_code is not None:
        return known_by_code
    match reply.status:
        case 401:
            return refused_signature(reply, code, message)
        case 403:
            return PermissionDenied(said)
        case 404:
            return not_found(reply)
        case 409:
            return Conflict(said)
        case 429:
            return RateLimited(said, wait_seconds=seconds_until_reset(reply))
        case 408 | 423:
            return TransientError(said)
    if reply.status >= 500:
        stated = reply.retry_after_seconds()
        # Waiting as told repeats the call, which only a call that changes nothing can bear.
        if stated is not None and not reply.call.may_change_something:
            return RateLimited(said, wait_seconds=stated)
        return TransientError(said)
    return Rejected(said)


def by_code(reply: Reply, code: str | None, message: str) -> PartyError | None:
    """Codes that say more than their HTTP status does."""
    said = reply.said(message, code=code)
    if code is None or reply.status in (401, 429) or reply.status >= 500:
        return None
    if code in TOO_LARGE:
        return SplitRequest(said, remedy=_TAKE_SMALLER_STEPS)
    if code.startswith("DUPLICATE_"):
        return Conflict(said)
    if code.startswith("FUNDING_"):
        return BudgetGone(said)
    return None


def first_error(reply: Reply) -> tuple[str | None, str]:
    """X's code and all of its messages; a body that is not X's own is described instead."""
    try:
        answer = json.loads(reply.body)
        errors = [*answer["errors"], *(each for item in answer.get("operation_errors", ()) for each in item)]
        messages = "; ".join(str(each.get("message", "")) + about(each) for each in errors)
        return str(errors[0]["code"]), messages
    except (ValueError, LookupError, TypeError, AttributeError):
        return None, f"the answer was {reply.describe_body()}"


def about(error: Json) -> str:
    return f" (parameter {error['parameter']})" if error.get("parameter") else ""


def refused_signature(reply: Reply, code: str | None, message: str) -> AuthExpired:
    """X says the same of a revoked token and of a wrong clock, so the clocks are compared for it."""
    apart = seconds_ahead(reply)
    if apart is None:
        hint = "a wrong clock is one likely cause: the answer had no Date to compare ours with"
        return AuthExpired(reply.said(f"{message}; {hint}.", code=code))
    side = "ahead of" if apart > 0 else "behind"
    if abs(apart) < SUSPICIOUS_SECONDS:
        hint = f"a wrong clock would cause this too, but ours is {abs(apart):.0f} s {side} X's: look at the keys"
        return AuthExpired(reply.said(f"{message}; {hint}.", code=code))
    hint = f"our clock is {abs(apart):.0f} s {side} X's, and X refuses signatures over {REFUSED_SECONDS} s off"
    return AuthExpired(
        reply.said(f"{message}; the clock is the likely cause: {hint}.", code=code), remedy=_SET_THE_CLOCK
    )


def seconds_ahead(reply: Reply) -> float | None:
    """How far our clock is ahead of the platform's; None when it did not say what time it was."""
    for stated in reply.headers.get_list("date"):
        try:
            theirs: datetime = parsedate_to_datetime(stated)
        except ValueError:
            continue
        return (reply.received_at - theirs.replace(tzinfo=theirs.tzinfo or UTC)).total_seconds()
    return None


def seconds_until_reset(reply: Reply) -> float | None:
    """The account's window where X states it, else the token's; of the two, one that is used up comes first."""
    families = [family for family in ("x-account-rate-limit", "x-rate-limit") if reset_of(reply, family) is not None]
    if not families:
        return reply.retry_after_seconds()
    used_up = [family for family in families if reply.headers.get(f"{family}-remaining") == "0"]
    reset = reset_of(reply, (used_up or families)[0])
    # The epoch is cut to whole seconds: one more makes sure that the new window has begun.
    return None if reset is None else max(1.0, reset - reply.received_at.timestamp() + 1.0)


def reset_of(reply: Reply, family: str) -> int | None:
    text = reply.headers.get(f"{family}-reset", "")
    return int(text) if text.isascii() and text.isdigit() else None
