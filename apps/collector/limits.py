"""How much the collector takes at once, and how old or early an event may be. Values only; who counts is elsewhere."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from weir.settings import Settings

ID_CHARACTERS = 128  # of an identifier or a name
TEXT_CHARACTERS = 4096  # of any other text column
DEPTH = 10  # containers inside each other, the event itself counted
SIGNATURE_TOLERANCE = timedelta(seconds=300)  # of a webhook's timestamp, by the wall clock


@dataclass(frozen=True, kw_only=True)
class Limits:
    body_bytes: int  # as sent, and again once unpacked
    batch_events: int
    event_bytes: int
    events_per_second: int  # of one source, unless it has a rate of its own
    future: timedelta
    age: timedelta
    waiting_bytes: int = 64 << 20  # accepted and not yet on disk
    body_seconds: float = 15.0  # how long a body may take to arrive
    segment_bytes: int
    segment_seconds: float

    def oldest(self, now: datetime) -> datetime:
        return now - self.age

    def newest(self, now: datetime) -> datetime:
        return now + self.future


def limits_of(settings: Settings) -> Limits:
    return Limits(
        body_bytes=settings.collector_max_body_bytes,
        batch_events=settings.collector_max_batch,
        event_bytes=settings.collector_max_event_bytes,
        events_per_second=settings.collector_events_per_second,
        future=timedelta(seconds=settings.collector_future_seconds),
        age=timedelta(days=settings.collector_oldest_days),
        segment_bytes=settings.collector_segment_bytes,
        segment_seconds=settings.collector_segment_seconds,
    )
