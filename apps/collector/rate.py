"""How much a source may send: a bucket that fills with its rate and holds two seconds' worth.

A batch is let in while anything is in the bucket and may leave it in debt, so that no batch is ever too large for it.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

_SECONDS_HELD = 2.0


@dataclass
class _Bucket:
    rate: float
    held: float
    at: float


class Rates:
    def __init__(self, *, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._buckets: dict[str, _Bucket] = {}

    def seconds_to_wait(self, name: str, *, rate: int) -> int:
        """0 if something may be sent now, else in how many whole seconds it may."""
        bucket = self._filled(name, rate)
        return 0 if bucket.held > 0 else math.ceil(-bucket.held / rate + 1e-9) or 1

    def take(self, name: str, amount: int, *, rate: int) -> None:
        self._filled(name, rate).held -= amount

    def _filled(self, name: str, rate: int) -> _Bucket:
        now = self._monotonic()
        bucket = self._buckets.get(name)
        if bucket is None:
            bucket = self._buckets[name] = _Bucket(rate=rate, held=rate * _SECONDS_HELD, at=now)
        bucket.held = min(bucket.rate * _SECONDS_HELD, bucket.held + (now - bucket.at) * bucket.rate)
        bucket.at = now
        return bucket
