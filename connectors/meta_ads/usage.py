"""How much of the quota is used, as the platform's headers say, and how long to rest because of it.

Four headers speak of it, each JSON text of its own shape; the fullest one counts.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from connectors.transport import Pause, Reply

# At this share of any quota, rest so long before the next call.
RESTS: tuple[tuple[float, float], ...] = ((95.0, 600.0), (85.0, 120.0))
NO_NEW_JOBS_AT = 90.0  # percent: from here on no report job is started

_PERCENTAGES = ("call_count", "total_time", "total_cputime", "acc_id_util_pct", "app_id_util_pct")


class UsageWatch:
    """Remembers how full the quota was when it was last told."""

    def __init__(self) -> None:
        self.percent = 0.0

    def __call__(self, reply: Reply) -> Pause | None:
        told = [percent for entry in _entries(reply) for percent in _percentages(entry)]
        if told:
            self.percent = max(told)
        for at_least, seconds in RESTS:
            if told and self.percent >= at_least:
                return Pause(seconds=seconds, why=f"{self.percent:.0f} % of the platform's quota is used")
        return None


def regain_seconds(reply: Reply) -> float | None:
    """How long the platform wants us to stay away; None when it does not say."""
    minutes = [_number(entry.get("estimated_time_to_regain_access")) for entry in _entries(reply)]
    seconds = [_number(entry.get("reset_time_duration")) for entry in _entries(reply)]
    longest = max([*(each * 60 for each in minutes), *seconds], default=0.0)
    return longest or None


def _entries(reply: Reply) -> Iterator[Mapping[str, Any]]:
    for name in ("x-app-usage", "x-ad-account-usage", "x-fb-ads-insights-throttle"):
        yield from _objects(reply.headers.get(name))
    for by_account in _objects(reply.headers.get("x-business-use-case-usage")):
        for entries in by_account.values():
            if isinstance(entries, list):
                yield from (entry for entry in entries if isinstance(entry, dict))


def _objects(text: str | None) -> list[dict[str, Any]]:
    """The header's object, or nothing: a header we cannot read must never stop a pull."""
    try:
        value = json.loads(text or "null")
    except ValueError:
        return []
    return [value] if isinstance(value, dict) else []


def _percentages(entry: Mapping[str, Any]) -> list[float]:
    return [_number(entry[name]) for name in _PERCENTAGES if name in entry]


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return 0.0
