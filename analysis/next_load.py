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
NOTHING_REQUESTED = "{}"  # as a cursor; Dagster takes an empty one for no change


@dataclass(frozen=True, kw_only=True)
class Requested:
    """What was asked for last and is not done yet: a digest of what waited, which attempt it was, and when."""

    digest: str
    attempt: int
    at: str

    def to_cursor(self) -> str:
        return json.dumps(asdict(self))

    @staticmethod
    def from_cursor(cursor: str | None) -> "Requested | None":
        fields = json.loads(cursor or NOTHING_REQUESTED)
        return Requested(**fields) if fields else None


@dataclass(frozen=True, kw_only=True)
class Load:
    requested: Requested

    @property
    def run_key(self) -> str:
        """What, which attempt and when: a key is spent for ever, and the same files may well wait another time, after
        a lake was rebuilt or a person has reset the cursor."""
        return f"load:{self.requested.digest}:{self.requested.attempt}:{self.requested.at}"


@dataclass(frozen=True, kw_only=True)
class Wait:
    why: str
    is_done: bool = False  # what was asked for last is handled and need not be remembered


def decide_load(
    waiting: Iterable[str], *, last: Requested | None, is_loading: bool, last_failed: bool, now: datetime
) -> Load | Wait:
    """`waiting` names files so that a changed one has another name. `last_failed`: the last run that was asked for here
    failed, so even where it took every file, its models may lack them.

    >>> decide_load([], last=None, is_loading=False, last_failed=False, now=datetime(2026, 11, 20)).why
    'nothing waits in the landing zone'
    """
    names = sorted(waiting)
    if is_loading:
        return Wait(why=f"{len(names)} files wait; a load is running, and the next one takes what it leaves")
    if names:
        digest = hashlib.sha256("\n".join(names).encode()).hexdigest()[:16]
        what = f"the same {len(names)} files still wait"
    elif last is not None and last_failed:
        digest = last.digest
        what = "the last load's run failed"
    else:
        return Wait(why="nothing waits in the landing zone", is_done=True)
    if last is None or last.digest != digest:
        return Load(requested=Requested(digest=digest, attempt=1, at=now.isoformat()))
    if last.attempt >= MOST_ATTEMPTS:
        remedy = "look at the last load's run, mend the cause, then reset this sensor's cursor"
        return Wait(why=f"{what} after {last.attempt} attempts; {remedy}")
    due = datetime.fromisoformat(last.at) + FIRST_PAUSE * 2 ** (last.attempt - 1)
    if now < due:
        return Wait(why=f"{what} after attempt {last.attempt}; the next is due at {due:%H:%M} UTC")
    return Load(requested=Requested(digest=digest, attempt=last.attempt + 1, at=now.isoformat()))
