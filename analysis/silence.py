"""Is somebody who tells by themselves still heard? Nobody asks them, so only their silence shows that they are gone."""

from datetime import datetime, timedelta

from analysis.verdict import Verdict


def judge_silence(source: str, *, heard: datetime | None, as_of: datetime, tolerated: timedelta) -> Verdict:
    """`heard` is when something of theirs last landed; one who was never heard of is not missed yet."""
    if heard is None:
        return Verdict((), (f"{source}: nothing has come yet",))
    silent = as_of - heard
    hours = silent.total_seconds() / 3600
    if silent > tolerated:
        limit = tolerated.total_seconds() / 3600
        return Verdict((f"{source}: silent for {hours:.1f} h, over the {limit:.0f} h tolerated",))
    return Verdict((), (f"{source}: heard {hours:.1f} h ago",))
