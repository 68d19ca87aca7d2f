"""`weir roas`: what advertising cost and what came back, beside what the platforms claim."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from apps.cli.failures import ExitCode, Failure
from apps.cli.mart_rows import Form, gave, published
from apps.cli.options import AsCsv, AsJson, ToParquet
from apps.cli.output import say, show_table

if TYPE_CHECKING:
    import duckdb

DAILY, CURVE = "fct_roas_daily", "fct_roas_curve"
AGES = (0, 1, 3, 7, 14, 30, 60, 90)
_BAR = 20


class By(StrEnum):
    CHANNEL = "channel"
    PLATFORM = "platform"
    CAMPAIGN = "campaign"
    CREATIVE = "creative"
    AD = "ad"
    DAY = "day"


_LINES = {
    By.CHANNEL: "channel",
    By.PLATFORM: "channel, platform",
    By.CAMPAIGN: "channel, platform, account_id, campaign_id",
    By.CREATIVE: "channel, platform, account_id, creative_id",
    By.AD: "channel, platform, account_id, campaign_id, ad_id",
    By.DAY: "date_day",
}
# Sums first and then ratios; a sum of which a part is not known is not known either.
_SUMS = """
    case when sum(spend_rows_without_rate) = 0 then sum(spend_usd) end as spend_usd,
    sum(attributed_conversions) as conversions,
    case when sum(rows_without_rate) = 0 then sum(attributed_value_usd) end as value_usd,
    sum(reported_conversions) as claimed_conversions,
    case when sum(claims_without_rate) = 0 then sum(reported_value_usd) end as claimed_value_usd
"""
_RATIOS = """
    *,
    value_usd::double / nullif(spend_usd::double, 0) as roas,
    spend_usd::double / nullif(conversions::double, 0) as cpa_usd,
    claimed_value_usd::double / nullif(spend_usd::double, 0) as claimed_roas,
    claimed_conversions::double / nullif(conversions::double, 0) as over_claim_ratio
"""
_AGED = """
    channel, day_number, count(*) as cohorts, sum(spend_usd) as spend_usd, sum(value_usd) as value_usd,
    sum(value_usd)::double / nullif(sum(spend_usd)::double, 0) as roas
"""


def roas(
    by: Annotated[By, typer.Option("--by", help="What a line is.")] = By.CHANNEL,
    since: Annotated[datetime | None, typer.Option("--since", formats=["%Y-%m-%d"], help="The first day.")] = None,
    until: Annotated[
        datetime | None, typer.Option("--until", formats=["%Y-%m-%d"], help="The first day that is left out again.")
    ] = None,
    curve: Annotated[
        bool, typer.Option("--curve", help="How the returns of a channel's people grow with their age, instead.")
    ] = False,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
    parquet: ToParquet = None,
) -> None:
    """Shows returns on ad spend of the published marts: by the model of the workspace, and as the platforms claim."""
    form = Form(as_json=as_json, as_csv=as_csv, parquet=parquet)
    mart, day = (CURVE, "acquired_day") if curve else (DAILY, "date_day")
    with published(mart) as connection:
        cells = _within(connection.view(mart), day, since and since.date(), until and until.date())
        rows = _aged(cells) if curve else _returns(cells, _LINES[by])
        if gave(rows, form):
            return
        found = rows.fetchall()
    if not found:
        raise Failure(
            "nothing was spent or sold on those days",
            remedy="Look at other days; `weir ingest` or `weir import` and `weir build` bring more.",
            code=ExitCode.NOTHING_THERE,
        )
    if curve:
        _show_curve(found)
    else:
        _show_returns(found, _LINES[by].split(", "))


def _within(
    cells: "duckdb.DuckDBPyRelation", day: str, first: date | None, end: date | None
) -> "duckdb.DuckDBPyRelation":
    from duckdb import ColumnExpression, ConstantExpression

    if first is not None:
        cells = cells.filter(ColumnExpression(day) >= ConstantExpression(first))
    if end is not None:
        cells = cells.filter(ColumnExpression(day) < ConstantExpression(end))
    return cells


def _returns(cells: "duckdb.DuckDBPyRelation", lines: str) -> "duckdb.DuckDBPyRelation":
    order = lines if lines == "date_day" else f"spend_usd desc nulls last, value_usd desc nulls last, {lines}"
    return cells.aggregate(f"{lines}, {_SUMS}", lines).project(_RATIOS).order(order)


def _aged(cells: "duckdb.DuckDBPyRelation") -> "duckdb.DuckDBPyRelation":
    """Cohorts that are old enough, and whose spend and value are known; the others would pull a later age down."""
    ripe = cells.filter("level = 'channel' and is_ripe and spend_usd > 0 and value_usd is not null")
    return ripe.aggregate(_AGED, "channel, day_number").order("channel, day_number")


def _show_returns(found: Sequence[Sequence[Any]], names: Sequence[str]) -> None:
    width = len(names)
    highest = max((row[width + 5] for row in found if row[width + 5] is not None), default=0.0)
    lines = []
    for row in found:
        spend, conversions, value, claimed, _, ratio, cpa, claimed_ratio, over_claim = row[width:]
        figures = (spend, conversions, value, ratio, cpa, claimed, claimed_ratio, over_claim)
        lines.append([*row[:width], *map(_figure, figures), _bar(ratio, highest)])
    headings = ("spend", "conversions", "value", "ROAS", "CPA", "claimed", "claimed ROAS", "over-claim", "")
    show_table([*names, *headings], lines)
    say(
        "Dollars. ROAS and CPA by what is attributed; claimed is what the platforms say. Empty: not known, or no spend."
    )


def _show_curve(found: Sequence[Sequence[Any]]) -> None:
    returns = {(channel, age): ratio for channel, age, _, _, _, ratio in found}
    youngest = {channel: (cohorts, spend) for channel, age, cohorts, spend, _, _ in found if age == 0}
    lines = [
        [channel, cohorts, _figure(spend), *(_figure(returns.get((channel, age))) for age in AGES)]
        for channel, (cohorts, spend) in youngest.items()
    ]
    show_table(["channel", "cohorts", "spend", *(f"D{age}" for age in AGES)], lines)
    say(
        "Dollars back for one spent, by the age in days of those who came. Each age counts the cohorts that reached it."
    )


def _figure(amount: Any) -> str:
    return "" if amount is None else f"{float(amount):,.2f}"


def _bar(ratio: float | None, highest: float) -> str:
    return "" if ratio is None or highest <= 0 else "█" * round(_BAR * max(0.0, ratio) / highest)
