"""`weir query`: one SQL statement on the published marts."""

from typing import Annotated

import typer

from apps.cli.failures import ExitCode, Failure
from apps.cli.options import AsCsv, AsJson
from apps.cli.output import complaints, show_csv, show_json, show_table

SHOWN_ROWS = 200


def query(
    sql: Annotated[str, typer.Argument(help='One statement, in DuckDB\'s SQL; "show tables" lists the marts.')],
    as_json: AsJson = False,
    as_csv: AsCsv = False,
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
        show_csv(columns, rows)
    else:
        show_table(columns, rows[:SHOWN_ROWS])
        if len(rows) > SHOWN_ROWS:
            complaints().print(f"{SHOWN_ROWS} of {len(rows)} rows shown; --csv and --json give all of them.")
