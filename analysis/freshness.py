"""Is a source as fresh as its readers need? Age is measured from the last successful pull; a source that was never
pulled is not fresh. Who must be told is decided above.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from analysis.verdict import Verdict


@dataclass(frozen=True, kw_only=True)
class SourceAge:
    name: str  # "meta_ads act 123"
    last_pull: datetime | None


def judge_freshness(sources: Iterable[SourceAge], *, as_of: datetime, tolerated: timedelta) -> Verdict:
    """Every source older than `tolerated` is named with its age in hours."""
    failures, notes = [], []
    for source in sources:
        if source.last_pull is None:
            failures.append(f"{source.name}: never pulled")
            continue
        age = as_of - source.last_pull
        hours = age.total_seconds() / 3600
        if age < timedelta(0):
            failures.append(f"{source.name}: pulled {-hours:.1f} h in the future; compare the clocks")
        elif age > tolerated:
            limit = tolerated.total_seconds() / 3600
            failures.append(f"{source.name}: last pulled {hours:.1f} h ago, over the {limit:.0f} h tolerated")
        else:
            notes.append(f"{source.name}: {hours:.1f} h old")
    return Verdict(tuple(failures), tuple(notes))
