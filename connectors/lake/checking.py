"""Judges lines with a schema before they land, with the very rules of loading: what would be quarantined, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from connectors.entity_schema import EntitySchema
from connectors.lake.reading_sql import parsed_sql
from connectors.lake.sql import fill, in_memory
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
    query = fill(
        "create temp table judged as select _line, _reasons, _day from ({parsed}) as parsed",
        parsed=parsed_sql(schema, lines="brought_lines", window=pull.window),
    )
    with in_memory() as connection:
        numbers = pa.array(range(1, len(lines) + 1), pa.int64())
        connection.register("brought_lines", pa.table({"line_no": numbers, "text": pa.array(lines, pa.string())}))
        connection.execute(query)
        judged = connection.execute("select _line, _reasons from judged where _reasons <> '' order by 1").fetchall()
        first_and_last = "select min(_day), max(_day) from judged where _reasons = '' having min(_day) is not null"
        days = connection.execute(first_and_last).fetchall()
    refusals = tuple(Refusal(line=line, reasons=reasons) for line, reasons in judged)
    return Judgement(good=len(lines) - len(refusals), refusals=refusals, days=days[0] if days else None)
