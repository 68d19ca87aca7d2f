"""The account's calendar: which runs of days may be asked for at once.

X cuts days at the account's midnight. A run that straddles a change of clocks has an edge that shifts by an hour, so
the day of a change is asked for alone; which day an array's entry belongs to is counted on the calendar, not in hours.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from connectors.ad_platform import DayWindow

DAY = timedelta(days=1)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def changes_clocks(day: date, zone: ZoneInfo) -> bool:
    return midnight(day + DAY, zone) - midnight(day, zone) != DAY


def runs(window: DayWindow, zone: ZoneInfo, *, longest: int) -> Iterator[DayWindow]:
    """The window in order, in runs of at most `longest` days; a day on which clocks change is a run of its own."""
    start = window.since
    while start < window.until:
        end = start + DAY
        if not changes_clocks(start, zone):
            while end < window.until and (end - start).days < longest and not changes_clocks(end, zone):
                end += DAY
        yield DayWindow(start, end)
        start = end


def days(window: DayWindow) -> list[date]:
    return [window.since + n * DAY for n in range((window.until - window.since).days)]


def whole_hours(window: DayWindow, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The window's instants, widened to whole hours: some zones have their midnights on the half hour."""
    start, end = midnight(window.since, zone), midnight(window.until, zone)
    floor = start.replace(minute=0, second=0, microsecond=0)
    ceiling = end.replace(minute=0, second=0, microsecond=0)
    return floor, ceiling if ceiling == end else ceiling + timedelta(hours=1)


def x_instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
