"""Which days to ask a platform for again. A day's numbers are a rumour until the platform's look-back has passed.

Days are account-local; windows are half-open. Where "today" comes from is the caller's business.
"""

from datetime import date, timedelta


def window_to_pull(*, today: date, look_back_days: int, oldest: date, pulled_through: date | None) -> tuple[date, date]:
    """The half-open window of one run: the look-back, and everything missed since the last run that succeeded.

    >>> window_to_pull(
    ...     today=date(2026, 11, 20), look_back_days=3, oldest=date(2026, 1, 1), pulled_through=date(2026, 11, 19)
    ... )
    (datetime.date(2026, 11, 17), datetime.date(2026, 11, 21))
    """
    since = today - timedelta(days=look_back_days)
    if pulled_through is None:
        since = oldest
    elif pulled_through < since:
        since = pulled_through  # the last day that was pulled was partial then: ask for it again
    return max(since, oldest), today + timedelta(days=1)
