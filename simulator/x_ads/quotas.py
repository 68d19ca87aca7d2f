"""How often X may be called: fixed windows by category, counted for the account and for the token, in real time.

The usual figures are X's own; tests and practice runs hand in tighter ones. Every answer tells both counts in its
headers, and a refusal names a reset that lies ahead of the wall clock, since clients sleep until it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from simulator.x_ads.envelope import ApiError

MINUTE = 60
QUARTER_HOUR = 900


@dataclass(frozen=True)
class Quota:
    calls: int
    seconds: int


USUAL: Mapping[str, Quota] = {
    "write": Quota(450, MINUTE),
    "audience": Quota(1500, MINUTE),
    "sync_stats": Quota(250, QUARTER_HOUR),
    "core_read": Quota(10_000, QUARTER_HOUR),
    "read": Quota(2000, QUARTER_HOUR),
    "targeting": Quota(400, QUARTER_HOUR),
    "global_read": Quota(5, QUARTER_HOUR),
}
TOKEN_SHARE = 10  # a token speaks for several accounts: its own window is this much wider


class Meter:
    def __init__(self, quotas: Mapping[str, Quota], wall_clock: Callable[[], datetime]) -> None:
        self._quotas = {**USUAL, **quotas}
        self._wall_clock = wall_clock
        self._counts: dict[tuple[str, str], tuple[int, int]] = {}  # (category, whom) → (window's start, calls)

    def spend(self, category: str, *, account_id: str | None, token: str) -> dict[str, str]:
        """Counts one call and returns its rate-limit headers; raises X's 429 when there was none left."""
        quota = self._quotas[category]
        now = int(self._wall_clock().timestamp())
        reset = now - now % quota.seconds + quota.seconds
        headers: dict[str, str] = {}
        is_over = False
        whom = [("x-rate-limit", f"token {token}", quota.calls * (TOKEN_SHARE if account_id else 1))]
        if account_id:
            whom.append(("x-account-rate-limit", f"account {account_id}", quota.calls))
        for family, key, limit in whom:
            start, used = self._counts.get((category, key), (0, 0))
            used = used + 1 if start == reset else 1
            self._counts[(category, key)] = (reset, used)
            is_over = is_over or used > limit
            headers |= {
                f"{family}-limit": str(limit),
                f"{family}-remaining": str(max(0, limit - used)),
                f"{family}-reset": str(reset),
            }
        if is_over:
            raise too_many_requests(headers)
        return headers


def too_many_requests(headers: Mapping[str, str]) -> ApiError:
    error = ApiError(429, "TOO_MANY_REQUESTS", "You have exceeded your rate limit. Please wait before trying again.")
    error.headers.update(headers)
    return error
