"""When the landing zone should be loaded: at once for what is new, with growing pauses for what failed before.

Values in, values out; where the waiting files are seen and how a run is started is the sensor's business.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

FIRST_PAUSE = timedelta(minutes=2)
MOST_ATTEMPTS = 6  # the last comes about an hour after the first


@dataclass(frozen=True, kw_only=True)
class Requested:
    """What was asked for last: a digest of the waiting files, which attempt it was, and when."""

    digest: str
    attempt: int
    at: str

    def to_cursor(self) -> str:
        return json.dumps(asdict(self))

    @staticmethod
    def from_cursor(cursor: str | None) -> "Requested | None":
        return Requested(**json.loads(cursor)) if cursor else None


@dataclass(frozen=True, kw_only=True)
class Load:
    """Load now. `run_key` says what and which attempt, so that a spent key never blocks a later try."""

    requested: Requested

    @property
    def run_key(self) -> str:
        return f"load:{self.requested.digest}:{self.requested.attempt}"


@dataclass(frozen=True)
class Wait:
    why: str


def decide_load(waiting: Iterable[str], *, last: Requested | None, is_loading: bool, now: datetime) -> Load | Wait:
    names = sorted(waiting)
    if not names:
        return Wait("nothing waits in the landing zone")
    if is_loading:
        return Wait(f"{len(names)} pulls wait; a load is running and takes them next")
    digest = hashlib.sha256("\n".join(names).encode()).hexdigest()[:16]
    if last is None or last.digest != digest:
        return Load(requested=Requested(digest=digest, attempt=1, at=now.isoformat()))
    if last.attempt >= MOST_ATTEMPTS:
        return Wait(
            f"the same {len(names)} pulls still wait after {last.attempt} attempts; look at the last load's run, mend "
            "the cause, then reset this sensor's cursor"
        )
    due = datetime.fromisoformat(last.at) + FIRST_PAUSE * 2 ** (last.attempt - 1)
    if now < due:
        return Wait(
            f"the same {len(names)} pulls wait after attempt {last.attempt}; the next is due at {due:%H:%M} UTC"
        )
    return Load(requested=Requested(digest=digest, attempt=last.attempt + 1, at=now.isoformat()))
