"""Half-hours of virtual time and the local days they belong to, in every zone, with days of 23 and 25 hours.

A day's rhythm (traffic, competition) is given by the local hour on the wall; how delivery uses it is not decided here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np

from simulator.world.luck import Floats, Ints
from simulator.world.markets import (
    COMPETITION_BY_HOUR,
    COMPETITION_BY_WEEKDAY,
    HALF_HOUR,
    TRAFFIC_BY_HOUR,
    TRAFFIC_BY_WEEKDAY,
)


@dataclass(frozen=True)
class LocalDay:
    """One account-local day: its half-hours in order, their share of the day's traffic and their price level."""

    day: date
    start: int  # unix seconds of local midnight
    end: int
    hours: Ints  # hour of the day each half-hour lies in, counted from midnight: 0 … 22, 23 or 24
    share: Floats  # of the day's traffic; sums to 1
    rest: Floats  # share of this half-hour and all that follow
    volume: Floats  # traffic relative to a usual day, spread over the half-hours
    price: Floats

    @property
    def length(self) -> int:
        return (self.end - self.start) // HALF_HOUR


@lru_cache(maxsize=65_536)
def local_day(zone: str, day: date) -> LocalDay:
    place = ZoneInfo(zone)
    start = int(datetime(day.year, day.month, day.day, tzinfo=place).timestamp())
    after = day + timedelta(days=1)
    end = int(datetime(after.year, after.month, after.day, tzinfo=place).timestamp())
    seconds = np.arange(start, end, HALF_HOUR)
    on_the_wall = [datetime.fromtimestamp(int(second), tz=place).hour for second in seconds]
    weight = TRAFFIC_BY_HOUR[on_the_wall]
    share = weight / weight.sum()
    return LocalDay(
        day=day,
        start=start,
        end=end,
        hours=(seconds - start) // 3600,
        share=share,
        rest=np.cumsum(share[::-1])[::-1],
        volume=weight / (2.0 * TRAFFIC_BY_HOUR.sum()) * TRAFFIC_BY_WEEKDAY[day.weekday()],
        price=COMPETITION_BY_HOUR[on_the_wall] * COMPETITION_BY_WEEKDAY[day.weekday()],
    )


def local_date(zone: str, second: int) -> date:
    return datetime.fromtimestamp(second, tz=ZoneInfo(zone)).date()


@dataclass(frozen=True)
class Segment:
    """A stretch of time inside one half-hour: usually the whole of it; less where something was changed in between."""

    start: int
    end: int


def segments(since: int, until: int) -> list[Segment]:
    cuts = [since, *range((since // HALF_HOUR + 1) * HALF_HOUR, until, HALF_HOUR), until]
    return [Segment(start, end) for start, end in pairwise(cuts) if end > start]


@dataclass(frozen=True)
class Rhythm:
    """For each segment (rows) and zone (columns): what the local clock means for delivery."""

    day: Ints  # ordinal of the local date
    pace: Floats  # of what is left to spend today, the part that belongs to this segment
    volume: Floats
    price: Floats


def rhythm(zones: Sequence[str], stretch: Sequence[Segment]) -> Rhythm:
    shape = (len(stretch), len(zones))
    day, pace = np.zeros(shape, dtype=np.int64), np.zeros(shape)
    volume, price = np.zeros(shape), np.zeros(shape)
    for column, zone in enumerate(zones):
        today = local_day(zone, local_date(zone, stretch[0].start))
        for row, segment in enumerate(stretch):
            if segment.start >= today.end:
                today = local_day(zone, today.day + timedelta(days=1))
            place, into = divmod(segment.start - today.start, HALF_HOUR)
            part = (segment.end - segment.start) / HALF_HOUR
            share = float(today.share[place])
            left = float(today.rest[place]) - share * into / HALF_HOUR
            day[row, column] = today.day.toordinal()
            pace[row, column] = min(1.0, share * part / left) if left > 1e-12 else 1.0
            volume[row, column] = today.volume[place] * part
            price[row, column] = today.price[place]
    return Rhythm(day=day, pace=pace, volume=volume, price=price)


def unix(moment: datetime) -> int:
    return int(moment.timestamp())


def moment(second: int) -> datetime:
    return datetime.fromtimestamp(second, tz=UTC)
