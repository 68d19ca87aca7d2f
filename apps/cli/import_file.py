"""`weir import`: files that people bring, taken into the landing zone."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from apps.cli.failures import ExitCode, Failure
from apps.cli.options import AsJson, By
from apps.cli.output import complaints, say, show_json, show_table
from apps.cli.progress import TellShare, shown_progress

if TYPE_CHECKING:
    from actions.take_brought import ImportReport, OnRows

EXPORT = "telegram/ads_export"


def import_file(
    files: Annotated[list[Path], typer.Argument(help="CSV with any usual delimiter, JSON, JSONL or Parquet.")],
    target: Annotated[str, typer.Option("--as", help="What the rows are, such as product/events or events.")],
    ad: Annotated[str | None, typer.Option("--ad", help=f"{EXPORT}: what the ad is to be called.")] = None,
    currency: Annotated[
        str | None, typer.Option("--currency", help=f"{EXPORT}: where the files do not name it, TON or EUR.")
    ] = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Takes files into the landing zone; the same content counts once. `weir build` loads what was taken.

    The two files of one Telegram ad go together. Exit code 5 if a file was refused, 1 if rows of one go to quarantine.
    """
    from actions.import_export import import_export
    from actions.import_file import import_file as take
    from apps.cli.workspace import person, this_house

    house, who = this_house(), person(by).name
    if target == EXPORT:
        if ad is None:
            remedy = 'Say what it shall be called, such as --ad "spring sale"; the two files of one ad go together.'
            raise Failure("Telegram's exports do not name their ad", remedy=remedy, code=ExitCode.USAGE)
        reports = [import_export(files, ad=ad, currency=currency, brought_by=who, ports=house.imports())]
    elif ad is not None or currency is not None:
        raise Failure(f"--ad and --currency are for {EXPORT}", remedy="Leave them out.", code=ExitCode.USAGE)
    else:
        with shown_progress(hidden=as_json) as tell:
            reports = [
                take(file, target=target, brought_by=who, ports=house.imports(on_rows=_told_of(file, tell)))
                for file in files
            ]
    _show(reports, as_json=as_json)
    code = _exit_code(reports)
    if code is not ExitCode.DONE:
        raise typer.Exit(code)


def _told_of(file: Path, tell: TellShare) -> "OnRows":
    def on_rows(rows: int, share: float) -> None:
        tell(str(file), f"{rows:,} rows read", share=share)

    return on_rows


def _exit_code(reports: "list[ImportReport]") -> ExitCode:
    if any(report.status == "refused" for report in reports):
        return ExitCode.REFUSED
    return ExitCode.FOUND_WRONG if any(report.bad for report in reports) else ExitCode.DONE


def _show(reports: "list[ImportReport]", *, as_json: bool) -> None:
    if as_json:
        show_json(reports)
        return
    columns = ["file", "as", "outcome", "read as", "rows", "to quarantine"]
    show_table(columns, [(each.file, each.target, each.status, each.notation, each.rows, each.bad) for each in reports])
    for report in reports:
        if report.status == "duplicate":
            say(f"{report.message}.")
        if report.status == "refused":
            complaints().print(report.message, markup=False, style="red")
        for refusal in report.refusals if report.status == "taken" else ():
            where = "" if report.target == EXPORT else f"{report.file}, row {refusal.line}: "
            complaints().print(f"{where}{refusal.reasons}", markup=False, style="yellow")
