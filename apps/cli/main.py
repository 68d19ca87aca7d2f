"""`weir`: the command line. Each command has a file of its own and one line here; what it needs beyond the standard
library, Typer and Rich is imported when it runs, so that help is quick.
"""

import sys
import traceback
from collections.abc import Sequence

import typer

from apps.cli import (
    audit,
    build,
    cohort,
    collect,
    config,
    demo,
    docs,
    doctor,
    env_example,
    erase,
    funnel,
    import_file,
    ingest,
    mrr,
    predict,
    query,
    replay,
    roas,
    up,
)
from apps.cli.failures import explain
from apps.cli.output import complaints, show_json_complaint

EXIT_CODES = (
    "Exit codes: 0 done · 1 done, and found something wrong · 2 command line or SQL · 3 settings · 4 nothing there · "
    "5 refused by a rule · 6 a database or platform failed · 7 the same, try again later · 70 a fault in Weir."
)

app = typer.Typer(
    name="weir",
    help="Measures a product's growth and regulates it.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(demo.demo)
app.command()(up.up)
app.command()(docs.docs)
app.command()(ingest.ingest)
app.command()(build.build)
app.command()(predict.predict)
app.command()(replay.replay)
app.command()(collect.collect)
app.command("import")(import_file.import_file)
app.command()(erase.erase)
app.command()(doctor.doctor)
app.add_typer(config.commands, name="config", no_args_is_help=True)
app.add_typer(audit.commands, name="audit")
app.command()(funnel.funnel)
app.command()(cohort.cohort)
app.command()(mrr.mrr)
app.command()(roas.roas)
app.command()(query.query)
app.command()(env_example.env_example)


@app.callback()
def _options(debug: bool = typer.Option(False, "--debug", help="Show the stack trace of an error.")) -> None:
    """Taken out of the arguments by `main`, so that it may stand anywhere; here for the help page."""


def main(arguments: Sequence[str] | None = None) -> None:
    given = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in given
    try:
        app(args=[each for each in given if each != "--debug"], prog_name="weir")
    except Exception as error:
        if debug:
            sys.stderr.write("".join(traceback.format_exception(error)))
        failure = explain(error)
        if "--json" in given:
            show_json_complaint({"error": failure.what, "remedy": failure.remedy, "exit_code": int(failure.code)})
        else:
            complaints().print(f"{failure.what}\n{failure.remedy}".strip(), markup=False, style="red")
        sys.exit(failure.code)
