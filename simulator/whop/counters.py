"""How often Whop lets a caller ask, and how it answers the same write twice."""

import hashlib
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from simulator.whop.refusals import Refusal, invalid, too_many_requests

_MINUTE = timedelta(minutes=1)
_LONGEST_KEY = 255


class RateLimit:
    """So many requests of one operation in any minute, by the wall clock."""

    def __init__(self, wall_clock: Callable[[], datetime]) -> None:
        self._wall_clock = wall_clock
        self._asked: dict[str, deque[datetime]] = defaultdict(deque)

    def count(self, operation: str, *, limit: int) -> None:
        now, asked = self._wall_clock(), self._asked[operation]
        while asked and asked[0] <= now - _MINUTE:
            asked.popleft()
        if len(asked) >= limit:
            wait = (asked[0] + _MINUTE - now).total_seconds()
            raise too_many_requests(max(1, int(wait + 0.999)))
        asked.append(now)


@dataclass(frozen=True)
class _Answered:
    request: bytes
    status: int
    body: dict[str, Any]


class Repeats:
    """Answers by idempotency key. The same request gets the first answer; another one under the same key is refused."""

    def __init__(self) -> None:
        self._answers: dict[str, _Answered] = {}

    def find(self, key: str | None, *, path: str, body: bytes) -> tuple[int, dict[str, Any]] | None:
        if key is None:
            return None
        if not 0 < len(key) <= _LONGEST_KEY:
            raise invalid(f"Idempotency-Key must be 1 to {_LONGEST_KEY} characters long")
        found = self._answers.get(key)
        if found is None:
            return None
        if found.request != _print_of(path, body):
            raise Refusal(
                409, "conflict", "This Idempotency-Key was used with different parameters.", code="idempotency_conflict"
            )
        return found.status, found.body

    def keep(self, key: str | None, *, path: str, body: bytes, status: int, answer: dict[str, Any]) -> None:
        if key is not None:
            self._answers[key] = _Answered(_print_of(path, body), status, answer)


def _print_of(path: str, body: bytes) -> bytes:
    return hashlib.sha256(path.encode() + b"\n" + body).digest()
