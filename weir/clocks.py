"""Where "now" comes from: the wall, the practice world, or a fixed instant. Nothing else in Weir asks for the time.

The business clock decides what "today" is. While a practice world runs, that is the world's clock; signatures and
quotas are always timed by the wall.
"""

from collections.abc import Callable
from datetime import UTC, datetime

import httpx

Clock = Callable[[], datetime]  # aware; UTC


class PracticeClockSilent(Exception):
    """The practice world's clock gave no time: without it, nobody knows what day it is there."""


def wall_clock() -> datetime:
    return datetime.now(UTC)


def fixed_clock(instant: datetime) -> Clock:
    if instant.tzinfo is None:
        raise ValueError(f"a clock needs an instant with a time zone, not {instant.isoformat()}")
    at = instant.astimezone(UTC)
    return lambda: at


def practice_clock(url: str, *, timeout_seconds: float = 10.0) -> Clock:
    """Asks the practice world at every call; its answer is `{"now": "<ISO 8601 instant>"}`."""

    def now() -> datetime:
        try:
            answer = httpx.get(url, timeout=timeout_seconds)
            answer.raise_for_status()
            instant = datetime.fromisoformat(answer.json()["now"])
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            raise PracticeClockSilent(
                f"the practice clock at {url} gave no time ({type(error).__name__}: {error}); start the simulator, "
                "or unset WEIR_PRACTICE_CLOCK_URL to go by the wall clock"
            ) from error
        if instant.tzinfo is None:
            raise PracticeClockSilent(f"the practice clock at {url} told a time without a zone: {instant.isoformat()}")
        return instant.astimezone(UTC)

    return now


def business_clock(practice_clock_url: str | None) -> Clock:
    return wall_clock if practice_clock_url is None else practice_clock(practice_clock_url)
