"""Judges lines with a schema before they land, with the very rules of loading: what would be quarantined, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from connectors.ad_platform import DayWindow
from connectors.entity_schema import EntitySchema
from connectors.lake.sql import fill, in_memory
from connectors.lake.versions import Versions
from connectors.landing.manifest import Pull


@dataclass(frozen=True, kw_only=True)
class Refusal:
    line: int
    reasons: str


@dataclass(frozen=True, kw_only=True)
class Judgement:
    good: int
    refusals: tuple[Refusal, ...]
    days: tuple[date, date] | None  # the first and the last day of the good rows, where the schema has days


def judge(schema: EntitySchema, lines: Sequence[str], *, pull: Pull) -> Judgement:
    with in_memory() as connection:
        versions = Versions(connection, schema)
        parsed = versions.parse("\n".join(lines).encode(), pull, landing_file="", table="judged")
        judged = connection.execute(
            fill("select _line, _reasons from {judged} where _reasons <> '' order by 1", judged=parsed.table)
        ).fetchall()
        days = sorted(day for day in versions.days(parsed) if day is not None)
    refusals = tuple(Refusal(line=line, reasons=reasons) for line, reasons in judged)
    return Judgement(good=parsed.landed - len(refusals), refusals=refusals, days=(days[0], days[-1]) if days else None)


def window_of(judgement: Judgement) -> DayWindow | None:
    if judgement.days is None:
        return None
    first, last = judgement.days
    return DayWindow(first, date.fromordinal(last.toordinal() + 1))
