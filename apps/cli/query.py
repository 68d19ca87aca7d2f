"""`weir query`: one SQL statement on the published marts."""

import csv
import re
import sys
from typing import Annotated, Any

import typer

from apps.cli.failures import ExitCode, Failure
from apps.cli.options import AsJson
from apps.cli.output import as_text, complaints, show_json, show_table

SHOWN_ROWS = 200
_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?")


def query(
    sql: Annotated[str, typer.Argument(help='One statement, in DuckDB\'s SQL; "show tables" lists the marts.')],
    as_json: AsJson = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV with a header.")] = False,
) -> None:
    """Asks the published marts. Reads only; a build that goes on meanwhile changes nothing."""
    import duckdb

    import weir

    if as_json and as_csv:
        raise Failure("--json and --csv exclude each other", remedy="Choose one.", code=ExitCode.USAGE)
    with weir.open() as connection:
        try:
            if len(connection.extract_statements(sql)) != 1:
                raise Failure("that is not one statement", remedy="Ask one thing at a time.", code=ExitCode.USAGE)
            connection.execute(sql)
            columns = [each[0] for each in connection.description or []]
            rows = connection.fetchall()
        except duckdb.Error as error:
            remedy = '`weir query "show tables"` lists the marts, `weir query "describe <mart>"` their columns.'
            raise Failure(str(error), remedy=remedy, code=ExitCode.USAGE) from error
    if as_json:
        show_json([dict(zip(columns, row, strict=True)) for row in rows])
    elif as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([_harmless(cell) for cell in row] for row in rows)
    else:
        show_table(columns, rows[:SHOWN_ROWS])
        if len(rows) > SHOWN_ROWS:
            complaints().print(f"{SHOWN_ROWS} of {len(rows)} rows shown; --csv and --json give all of them.")


def _harmless(cell: Any) -> str:
    """People open CSV in a spreadsheet: what it would take for a formula is marked as a text."""
    text = as_text(cell)
    is_formula = isinstance(cell, str) and text.startswith(_FORMULA_SIGNS) and not _NUMBER.fullmatch(text)
    return f"'{text}" if is_formula else text
