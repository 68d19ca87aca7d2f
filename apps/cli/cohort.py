"""`weir cohort`: who came back, cohort by cohort, as a heat map."""

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from apps.cli.failures import ExitCode, Failure
from apps.cli.mart_rows import Form, gave, published
from apps.cli.options import AsCsv, AsJson, ToParquet
from apps.cli.output import say, show_table

if TYPE_CHECKING:
    import duckdb

RETENTION, REVENUE = "fct_retention", "fct_revenue_cohorts"
_COLD, _HOT = (24, 32, 48), (22, 130, 96)
_OVERVIEW_CELLS = 8


def cohort(
    name: Annotated[
        str | None, typer.Argument(help="A retention by its name; all of them in short if left out.")
    ] = None,
    only: Annotated[
        str | None, typer.Option("--only", metavar="BREAKDOWN=VALUE", help="Only these people, such as channel=Email.")
    ] = None,
    revenue: Annotated[
        bool, typer.Option("--revenue", help="What they had brought in for each member, instead of who came back.")
    ] = False,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
    parquet: ToParquet = None,
) -> None:
    """Shows retentions of the published marts. What is not over yet is left empty; definitions/*.yml define them."""
    form = Form(as_json=as_json, as_csv=as_csv, parquet=parquet)
    breakdown, _, value = only.partition("=") if only else ("", "", "")
    mart = REVENUE if revenue else RETENTION
    with published(mart) as connection:
        cells = connection.view(mart)
        _must_be_there(cells, name, breakdown, value)
        cells = _where(cells, breakdown=breakdown, breakdown_value=value, **({"definition": name} if name else {}))
        if gave(cells.order("definition, cohort_period, k"), form):
            return
        if name is None:
            _show_all(cells, is_money=revenue)
        else:
            _show_one(cells, name, is_money=revenue)


def _where(cells: "duckdb.DuckDBPyRelation", **values: str) -> "duckdb.DuckDBPyRelation":
    from duckdb import ColumnExpression, ConstantExpression

    for column, value in values.items():
        cells = cells.filter(ColumnExpression(column) == ConstantExpression(value))
    return cells


def _must_be_there(cells: "duckdb.DuckDBPyRelation", name: str | None, breakdown: str, value: str) -> None:
    told = cells.project("definition, breakdown, breakdown_value").distinct().fetchall()
    names = sorted({definition for definition, *_ in told})
    if not names:
        raise Failure(
            "nobody has started anything that a retention is defined for",
            remedy="`weir import` brings events; WEIR_HOME/definitions/*.yml says what to look for.",
            code=ExitCode.NOTHING_THERE,
        )
    if name is not None and name not in names:
        raise Failure(f"there is no retention {name!r}", remedy=f"There is {', '.join(names)}.", code=ExitCode.USAGE)
    mine = [each[1:] for each in told if name in (None, each[0])]
    if (breakdown, value) not in mine:
        slices = sorted({f"{each[0]}={each[1]}" for each in mine if each[0]})
        remedy = f"There is {', '.join(slices[:20])}." if slices else "Its definition names no breakdowns."
        raise Failure(f"there is nobody of {breakdown}={value}", remedy=remedy, code=ExitCode.USAGE)


def _show_all(cells: "duckdb.DuckDBPyRelation", *, is_money: bool) -> None:
    heat = "cumulative_revenue_usd" if is_money else "value"
    known = f"filter (where is_ripe and {heat} is not null)"
    pooled = f"sum({heat}) {known}::double / sum(cohort_size) {known}"
    shown: dict[str, list[Any]] = {}
    rows = cells.aggregate(f"definition, k, count(*), sum(cohort_size), {pooled}", "definition, k")
    for definition, k, cohorts, members, share in rows.order("definition, k").fetchall():
        line = shown.setdefault(definition, [definition, cohorts, members])
        if (k > 0 or is_money) and len(line) < _OVERVIEW_CELLS + 3:
            line.append(_figure(share, is_money=is_money))
    first = 0 if is_money else 1
    headings = [str(first + nth) for nth in range(max(map(len, shown.values())) - 3)]
    show_table(["retention", "cohorts", "members", *headings], shown.values())
    say(f"{_meaning(is_money)}, over the cohorts that are old enough. `weir cohort NAME` shows them one by one.")


def _show_one(cells: "duckdb.DuckDBPyRelation", name: str, *, is_money: bool) -> None:
    heat = "cumulative_revenue_per_user_usd" if is_money else "share"
    found = cells.project(f"cohort_period, k, cohort_size, {heat}, is_running, is_partial").order("cohort_period, k")
    rows = [row for row in found.fetchall() if row[1] > 0 or is_money]
    hottest = max((row[3] for row in rows if row[3] is not None), default=0)
    lines: dict[date, list[Any]] = {}
    for cohort_period, _, size, share, is_running, is_partial in rows:
        marks = "*" * is_running + "~" * is_partial
        line = lines.setdefault(cohort_period, [f"{cohort_period}{marks}", size])
        line.append(Text(_figure(share, is_money=is_money), style=_style(share, hottest)))
    headings = [str(k) for k in sorted({row[1] for row in rows})]
    show_table(["cohort", "members", *headings], lines.values(), title=name)
    say(f"{_meaning(is_money)}. Empty: not over yet. * still growing. ~ cut by the definition's range.")


def _meaning(is_money: bool) -> str:
    return "Dollars for each member by the end of each cell" if is_money else "Per cent of the members in each cell"


def _figure(heat: float | None, *, is_money: bool) -> str:
    if heat is None:
        return ""
    return f"{heat:,.2f}" if is_money else f"{100 * heat:.1f}"


def _style(heat: float | None, hottest: float) -> str:
    """The warmer the greener; white on it can be read at either end."""
    if heat is None:
        return ""
    warmth = max(0.0, min(1.0, heat / hottest)) if hottest > 0 else 0.0
    red, green, blue = (round(cold + warmth * (hot - cold)) for cold, hot in zip(_COLD, _HOT, strict=True))
    return f"white on rgb({red},{green},{blue})"
