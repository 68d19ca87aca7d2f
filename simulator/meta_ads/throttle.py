"""The usage headers every answer carries, and the refusal that says how long to stay away."""

import json
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from simulator.meta_ads.errors import GraphError, audience_limit_reached, insights_limit_reached, user_limit_reached
from simulator.meta_ads.habits import Habits

_TIER = "standard_access"
_QUIET_CEILING = 80  # an ordinary day never reaches the 85 percent at which clients start to rest


class Throttle:
    def __init__(self, habits: Habits, wall_clock: Callable[[], datetime]) -> None:
        self._habits = habits
        self._wall_clock = wall_clock
        self._calls: dict[str, deque[datetime]] = {}

    def headers(self, account_id: str | None, *, insights: bool) -> dict[str, str]:
        percent = self._percent(account_id)
        return usage_headers(account_id, insights=insights, percent=percent, regain_minutes=0)

    def _percent(self, account_id: str | None) -> int:
        if self._habits.usage_percent is not None:
            return self._habits.usage_percent
        now = self._wall_clock()
        calls = self._calls.setdefault(account_id or "", deque())
        calls.append(now)
        while calls and calls[0] < now - timedelta(hours=1):
            calls.popleft()
        return min(_QUIET_CEILING, 100 * len(calls) // self._habits.calls_per_hour)


def usage_headers(account_id: str | None, *, insights: bool, percent: int, regain_minutes: int) -> dict[str, str]:
    spent = {"call_count": percent, "total_time": percent, "total_cputime": percent}
    headers: dict[str, Any] = {"x-app-usage": spent}
    if account_id is not None:
        case = {
            "type": "ads_insights" if insights else "ads_management",
            **spent,
            "estimated_time_to_regain_access": regain_minutes,
            "ads_api_access_tier": _TIER,
        }
        headers["x-business-use-case-usage"] = {account_id: [case]}
        headers["x-ad-account-usage"] = {
            "acc_id_util_pct": float(percent),
            "reset_time_duration": regain_minutes * 60,
            "ads_api_access_tier": _TIER,
        }
    if insights:
        headers["x-fb-ads-insights-throttle"] = {
            "app_id_util_pct": float(percent),
            "acc_id_util_pct": float(percent),
            "ads_api_access_tier": _TIER,
        }
    return {name: json.dumps(value, separators=(",", ":")) for name, value in headers.items()}


def limit_reached(path: tuple[str, ...]) -> GraphError:
    """The platform's own "slow down" for a path, without its version."""
    if path and path[-1] == "insights":
        return insights_limit_reached()
    if path and path[-1] in ("users", "usersreplace", "customaudiences"):
        return audience_limit_reached()
    return user_limit_reached()
