"""Faults any server can have, switched on around all doors: seeded, counted, and off unless asked for.

A fault that a platform words itself (rate limits) is rendered by its door; everything here happens to the bytes and the
connection, not to the meaning of an answer.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any, Literal, get_args

from starlette.requests import Request

from simulator.doors import DoorSpec
from simulator.world.luck import uniform

FaultKind = Literal[
    "rate_limited",  # the door's own "slow down"
    "server_error",  # 500 or 503, before the door sees the request
    "timeout",  # no answer until the client gives up (at most `seconds`, then the connection drops)
    "slow",  # the right answer after `seconds`
    "reset",  # the connection drops before the door sees the request
    "reset_after_write",  # a write is applied, and its answer never arrives
    "malformed",  # a complete 200 whose JSON is cut or garbage
    "truncated",  # the body stops half-way and the connection drops
    "html",  # a gateway's page instead of JSON
]
FAULT_KINDS: tuple[FaultKind, ...] = get_args(FaultKind)


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One switched-on fault. `rate` is per matching call; `count` limits how often it strikes (None: without end)."""

    kind: FaultKind
    rate: float = 1.0
    party: str | None = None
    path: str | None = None  # a regular expression searched in the path
    method: str | None = None
    count: int | None = None
    seconds: float = 30.0
    status: int | None = None

    def __post_init__(self) -> None:
        if self.kind not in FAULT_KINDS:
            raise ValueError(f"unknown fault {self.kind!r}; known: {', '.join(FAULT_KINDS)}")
        if not 0.0 <= self.rate <= 1.0:
            raise ValueError(f"a rate lies between 0 and 1, not {self.rate}")

    def concerns(self, door: DoorSpec, request: Request) -> bool:
        return (
            (self.party is None or self.party == door.party)
            and (self.method is None or self.method.upper() == request.method)
            and (self.path is None or re.search(self.path, request.url.path) is not None)
            and (self.kind != "reset_after_write" or door.is_write(request))
        )


@dataclass
class _Running:
    fault: Fault
    number: int
    seen: int = 0
    struck: int = 0

    def strikes(self, seed: int) -> bool:
        self.seen += 1
        if self.fault.count is not None and self.struck >= self.fault.count:
            return False
        hit = uniform(seed, "fault", self.number, self.fault.kind, self.seen) < self.fault.rate
        self.struck += hit
        return hit


class Faults:
    """The switchboard. One call suffers at most one fault: the first switched on that strikes."""

    def __init__(self, *, seed: int) -> None:
        self._seed = seed
        self._running: list[_Running] = []
        self._made = 0
        self._revoked: set[tuple[str, str]] = set()
        self._lock = Lock()
        self.clock_skew = timedelta()

    def switch_on(
        self,
        kind: FaultKind,
        *,
        rate: float = 1.0,
        party: str | None = None,
        path: str | None = None,
        method: str | None = None,
        count: int | None = None,
        seconds: float = 30.0,
        status: int | None = None,
    ) -> None:
        fault = Fault(
            kind=kind, rate=rate, party=party, path=path, method=method, count=count, seconds=seconds, status=status
        )
        with self._lock:
            self._running.append(_Running(fault, self._made))
            self._made += 1

    def switch_off(self, kind: FaultKind | None = None) -> None:
        """One kind, or every fault there is; revoked tokens and the clock's skew stay as they are."""
        with self._lock:
            self._running = [each for each in self._running if kind is not None and each.fault.kind != kind]

    def clear(self) -> None:
        self.switch_off()
        with self._lock:
            self._revoked.clear()
            self.clock_skew = timedelta()

    def revoke(self, party: str, account_id: str) -> None:
        with self._lock:
            self._revoked.add((party, account_id))

    def restore(self, party: str, account_id: str) -> None:
        with self._lock:
            self._revoked.discard((party, account_id))

    def is_revoked(self, party: str, account_id: str) -> bool:
        return (party, account_id) in self._revoked

    def wall_clock(self) -> datetime:
        """Real time as the platform's own, possibly wrong, clock shows it."""
        return datetime.now(UTC) + self.clock_skew

    def strike(self, door: DoorSpec, request: Request) -> Fault | None:
        with self._lock:
            for each in self._running:
                if each.fault.concerns(door, request) and each.strikes(self._seed):
                    return each.fault
        return None

    def state(self) -> dict[str, Any]:
        with self._lock:
            return {
                "faults": [asdict(each.fault) | {"seen": each.seen, "struck": each.struck} for each in self._running],
                "revoked": [{"party": party, "account_id": account} for party, account in sorted(self._revoked)],
                "clock_skew_seconds": self.clock_skew.total_seconds(),
            }

    def put(self, wanted: Mapping[str, Any]) -> None:
        """Replaces everything that is switched on; raises before anything changes when the description is wrong."""
        unknown = set(wanted) - {"faults", "revoked", "clock_skew_seconds"}
        if unknown:
            raise ValueError(f"unknown keys: {', '.join(sorted(unknown))}")
        faults = [
            Fault(**{k: v for k, v in each.items() if k not in ("seen", "struck")}) for each in wanted.get("faults", ())
        ]
        revoked = {(each["party"], each["account_id"]) for each in wanted.get("revoked", ())}
        skew = timedelta(seconds=float(wanted.get("clock_skew_seconds", 0)))
        with self._lock:
            self._running = [_Running(fault, self._made + place) for place, fault in enumerate(faults)]
            self._made += len(faults)
            self._revoked, self.clock_skew = revoked, skew
