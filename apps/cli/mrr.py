"""`weir mrr`: monthly recurring revenue, and what became of it from month to month."""

from typing import Annotated

import typer

from apps.cli.failures import ExitCode, Failure
from apps.cli.mart_rows import Form, gave, published
from apps.cli.options import AsCsv, AsJson, ToParquet
from apps.cli.output import say, show_table

_AMOUNTS = ("start", "new", "reactivation", "expansion", "contraction", "churn", "end")
_SHOWN = """
    strftime(date_month, '%Y-%m'), is_running, customers, rows_without_rate,
    start_usd, new_usd, reactivation_usd, expansion_usd, contraction_usd, churn_usd, end_usd
"""
_BAR = 30


def mrr(
    months: Annotated[int, typer.Option("--months", min=1, help="How many of the newest months a table shows.")] = 24,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
    parquet: ToParquet = None,
) -> None:
    """Shows the recurring revenue of the published marts in US dollars; for programs, every month of it."""
    form = Form(as_json=as_json, as_csv=as_csv, parquet=parquet)
    with published("fct_mrr_monthly") as connection:
        every_month = connection.view("fct_mrr_monthly").order("date_month")
        if gave(every_month, form):
            return
        rows = every_month.project(_SHOWN).fetchall()[-months:]
    if not rows:
        raise Failure(
            "there are no subscriptions",
            remedy="`weir import FILE --as product/subscriptions` brings some.",
            code=ExitCode.NOTHING_THERE,
        )
    highest = max((row[-1] for row in rows if row[-1] is not None), default=0)
    lines = [
        [
            f"{month}{'*' * is_running}",
            customers,
            *("?" if amount is None else f"{amount:,.2f}" for amount in amounts_of),
            _bar(amounts_of[-1], highest),
        ]
        for month, is_running, customers, _, *amounts_of in rows
    ]
    show_table(["month", "customers", *_AMOUNTS, ""], lines)
    unrated = sum(row[3] for row in rows)
    say("Dollars at the end of each month. * runs still." + (" ? some exchange rate is missing." if unrated else ""))


def _bar(amount: float | None, highest: float) -> str:
    return "" if amount is None or highest <= 0 else "█" * round(_BAR * float(amount) / float(highest))
