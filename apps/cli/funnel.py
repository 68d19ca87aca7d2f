"""`weir funnel`: how many people went from one step to the next, as bars."""

from typing import TYPE_CHECKING, Annotated

import typer

from apps.cli.failures import ExitCode, Failure
from apps.cli.mart_rows import Form, gave, published
from apps.cli.options import AsCsv, AsJson, ToParquet
from apps.cli.output import say, show_table

if TYPE_CHECKING:
    import duckdb

STEPS, DAILY = "fct_funnel_steps", "fct_funnel_daily"
_BAR = 30
_SPANS = (("d", 86_400), ("h", 3600), ("m", 60))


def funnel(
    name: Annotated[str | None, typer.Argument(help="A funnel by its name; all of them in short if left out.")] = None,
    only: Annotated[
        str | None, typer.Option("--only", metavar="BREAKDOWN=VALUE", help="Only these people, such as channel=Email.")
    ] = None,
    daily: Annotated[bool, typer.Option("--daily", help="By day of entry instead of in all.")] = False,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
    parquet: ToParquet = None,
) -> None:
    """Shows funnels of the published marts. Each person counts once; definitions/*.yml define them."""
    form = Form(as_json=as_json, as_csv=as_csv, parquet=parquet)
    if daily and only:
        raise Failure("--daily has no breakdowns", remedy="Leave one of the two out.", code=ExitCode.USAGE)
    breakdown, _, value = only.partition("=") if only else ("all", "", "all")
    with published(STEPS, DAILY) as connection:
        steps = connection.view(STEPS)
        _must_be_there(steps, name, breakdown, value)
        rows = connection.view(DAILY) if daily else _where(steps, breakdown=breakdown, breakdown_value=value)
        if name is not None:
            rows = _where(rows, funnel=name)
        if gave(rows.order("funnel, date_day, place" if daily else "funnel, place"), form):
            return
        if daily:
            _show_days(rows)
        elif name is None:
            _show_all(rows)
        else:
            _show_one(rows, name)


def _where(rows: "duckdb.DuckDBPyRelation", **values: str) -> "duckdb.DuckDBPyRelation":
    from duckdb import ColumnExpression, ConstantExpression

    for column, value in values.items():
        rows = rows.filter(ColumnExpression(column) == ConstantExpression(value))
    return rows


def _must_be_there(steps: "duckdb.DuckDBPyRelation", name: str | None, breakdown: str, value: str) -> None:
    told = steps.project("funnel, breakdown, breakdown_value").distinct().fetchall()
    names = sorted({funnel for funnel, *_ in told})
    if not names:
        raise Failure(
            "no funnel is defined",
            remedy="Define one in WEIR_HOME/definitions/*.yml and run `weir build`.",
            code=ExitCode.NOTHING_THERE,
        )
    if name is not None and name not in names:
        raise Failure(f"there is no funnel {name!r}", remedy=f"There is {', '.join(names)}.", code=ExitCode.USAGE)
    mine = [each[1:] for each in told if name in (None, each[0])]
    if (breakdown, value) not in mine:
        slices = sorted({f"{each[0]}={each[1]}" for each in mine if each[0] != "all" and each[1] is not None})
        remedy = f"There is {', '.join(slices[:20])}." if slices else "Its definition names no breakdowns."
        raise Failure(f"there is nobody of {breakdown}={value}", remedy=remedy, code=ExitCode.USAGE)


def _show_all(steps: "duckdb.DuckDBPyRelation") -> None:
    shown = steps.aggregate(
        "funnel, mode, max(place), arg_min(people, place), arg_max(people, place), sum(open_people)::bigint, "
        "arg_max(conversion_from_first, place), max_by(coalesce(median_seconds_from_entry, -1), place)",
        "funnel, mode",
    )
    lines = [
        [funnel, mode, places, entered, converted, still_open, _share(share), _span(None if middle < 0 else middle)]
        for funnel, mode, places, entered, converted, still_open, share, middle in shown.order("funnel").fetchall()
    ]
    show_table(["funnel", "mode", "steps", "entered", "converted", "open", "share", "median time"], lines)
    say("Open: may still go on, since their window had not ended. `weir funnel NAME` shows the steps.")


def _show_one(steps: "duckdb.DuckDBPyRelation", name: str) -> None:
    rows = steps.project(
        "place, step, is_optional, people, dropped_people, open_people, conversion_from_previous, "
        "conversion_from_first, median_seconds_from_previous"
    ).order("place")
    lines = [
        [
            place,
            f"({step})" if is_optional else step,
            people,
            dropped,
            still_open,
            _share(of_previous),
            _share(of_first),
            _span(middle),
            "" if of_first is None else "█" * round(_BAR * of_first),
        ]
        for place, step, is_optional, people, dropped, still_open, of_previous, of_first, middle in rows.fetchall()
    ]
    headings = ["", "step", "people", "dropped", "open", "of the last", "of all", "median time", ""]
    show_table(headings, lines, title=name)
    say("Open: stand here and may still go on. (In brackets): may be left out.")


def _show_days(days: "duckdb.DuckDBPyRelation") -> None:
    shown = days.aggregate(
        "funnel, date_day, arg_min(people, place), arg_max(people, place), sum(open_people)::bigint, "
        "arg_max(conversion_from_first, place)",
        "funnel, date_day",
    )
    lines = [
        [funnel, day, entered, converted, still_open, _share(share), "█" * round(_BAR * share)]
        for funnel, day, entered, converted, still_open, share in shown.order("funnel, date_day").fetchall()
    ]
    show_table(["funnel", "day", "entered", "converted", "open", "share", ""], lines)


def _share(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f} %"


def _span(seconds: float | None) -> str:
    if seconds is None:
        return ""
    return next((f"{seconds / size:.1f} {unit}" for unit, size in _SPANS if seconds >= size), f"{seconds:.0f} s")
