"""Stats questions and their answers: arrays by entity, turned into one row for each entity, day and placement.

How questions are sent (at once or as a job) is decided in `connectors.x_ads.daily`; nothing is sent from here.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from connectors.ad_platform import DayWindow, Row
from connectors.x_ads.account_calendar import days
from connectors.x_ads.answers import Json

PLACEMENTS = ("ALL_ON_TWITTER", "SPOTLIGHT", "TREND")  # one at a time; only their sum is the whole
MOST_IDS = 20


class Unusable(Exception):
    """An answer that cannot be matched to its question; using it would put numbers on the wrong day or lose some."""


@dataclass(frozen=True, kw_only=True)
class Piece:
    """One question, small enough for X: at most 20 ids, one placement, days that do not straddle a clock change."""

    entity: str
    ids: tuple[str, ...]
    placement: str
    window: DayWindow
    groups: tuple[str, ...]

    def params(self) -> Mapping[str, str]:
        """Bare dates are read as the account's midnights, so no offset has to be guessed on either side."""
        return {
            "entity": self.entity,
            "entity_ids": ",".join(self.ids),
            "start_time": self.window.since.isoformat(),
            "end_time": self.window.until.isoformat(),
            "granularity": "DAY",
            "placement": self.placement,
            "metric_groups": ",".join(self.groups),
        }

    def halves(self) -> "tuple[Piece, Piece] | None":
        """Half the ids, else half the days; None for one id on one day."""
        if len(self.ids) > 1:
            middle = len(self.ids) // 2
            return replace(self, ids=self.ids[:middle]), replace(self, ids=self.ids[middle:])
        length = (self.window.until - self.window.since).days
        if length > 1:
            middle_day = self.window.since + timedelta(days=length // 2)
            return (
                replace(self, window=DayWindow(self.window.since, middle_day)),
                replace(self, window=DayWindow(middle_day, self.window.until)),
            )
        return None


def batches(ids: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for start in range(0, len(ids), MOST_IDS):
        yield tuple(ids[start : start + MOST_IDS])


def rows_of(answer: Json, piece: Piece) -> list[Row]:
    """One row for each entity and day that delivered something; entry n of an array is the window's n-th day."""
    calendar = days(piece.window)
    stated = answer.get("time_series_length")
    if stated != len(calendar):
        raise Unusable(f"{len(calendar)} days were asked for and {stated} answered")
    entities = {each["id"]: each for each in answer["data"]}
    absent = [each for each in piece.ids if each not in entities]
    if absent:
        raise Unusable(f"{len(absent)} of {len(piece.ids)} ids were not answered, {absent[0]} among them")
    return [row for entity_id in piece.ids for row in entity_rows(entities[entity_id], piece, calendar)]


def entity_rows(entity: Json, piece: Piece, calendar: Sequence[date]) -> Iterator[Row]:
    whole = [part for part in entity["id_data"] if part.get("segment") is None]
    if len(whole) != 1:
        raise Unusable(f"{entity['id']} has {len(whole)} unsegmented series")
    metrics: Json = whole[0]["metrics"]
    for place, day in enumerate(calendar):
        found = {name: entry(values, place, len(calendar)) for name, values in metrics.items()}
        if any(value is not None for value in found.values()):
            yield {"id": entity["id"], "date": day.isoformat(), "placement": piece.placement, "metrics": found}


def entry(values: Any, place: int, length: int) -> Any:
    """A metric's value on one day, as X says it when asked for that day alone: null for zero.

    X writes null where every day of the question is zero, so the same day would otherwise read 0 or null depending on
    what else was asked for, and look restated. Web conversions are objects of arrays, and null when all of them are.
    """
    if values is None:
        return None
    if isinstance(values, dict):
        parts = {name: entry(inner, place, length) for name, inner in values.items()}
        return parts if any(part is not None for part in parts.values()) else None
    if not isinstance(values, list) or len(values) != length:
        raise Unusable(f"a metric holds {values!r:.40} where {length} days were asked for")
    return values[place] or None
