"""Which texts are instants here: RFC 3339 with a zone, by one pattern. What is naive is refused, never guessed."""

import re
from datetime import UTC, datetime

_INSTANT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)"
_NAIVE = r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?)?"

is_instant = re.compile(_INSTANT, re.ASCII).fullmatch
are_instants = re.compile(rf"(?:{_INSTANT}\n)+", re.ASCII).fullmatch  # each followed by a line break
_is_naive = re.compile(_NAIVE, re.ASCII).fullmatch


def why_no_instant(value: str) -> str:
    if _is_naive(value):
        return f"{value[:40]!r} has no time zone; write it as 2026-11-20T06:00:00Z"
    return f"{value[:40]!r} is no instant; write it as 2026-11-20T06:00:00Z"


def parsed(value: str) -> datetime | None:
    """The instant, or None where the pattern fits and the calendar does not (the 30th of February)."""
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None


def written(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
