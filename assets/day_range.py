"""A range of days as the tags that a single run over many partitions is started with."""

from datetime import date, timedelta

import dagster as dg

from connectors.ad_platform import DayWindow

# Dagster's own names for them; it has no public constants.
RANGE_START, RANGE_END = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"


def range_tags(window: DayWindow, *, days: dg.DailyPartitionsDefinition, today: date) -> dict[str, str]:
    """The window cut to the days that have partitions and have begun; never empty, since today always has one."""
    first = days.start.date()
    last = max(first, min(window.until - timedelta(days=1), today))
    start = max(first, min(window.since, last))
    return {RANGE_START: start.isoformat(), RANGE_END: last.isoformat()}
