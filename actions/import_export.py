"""Takes the exports of one Telegram ad, a file of views and one of spend, into the landing zone together.

How such files are read is `connectors.telegram_bot.ads_export`'s; lines it refuses land with its reason and stand in
quarantine after the next load.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from actions.take_brought import ImportPorts, ImportReport, Originals, importable, take_brought, taken_before
from connectors.lake.checking import Refusal
from connectors.landing.brought_file import listed
from connectors.landing.verbatim import canonical_json
from connectors.telegram_bot.ads_export import RefusedLine, read_export
from connectors.telegram_bot.export_table import ExportFile, UnreadableExport

TARGET = "telegram/ads_export"


def import_export(
    paths: Sequence[Path], *, ad: str, currency: str | None, brought_by: str, ports: ImportPorts
) -> ImportReport:
    """`ad` is how the ad shall be called; `currency` is needed where the files do not name it."""
    names = ", ".join(path.name for path in paths)
    schema = importable(ports.schemas, TARGET)
    if schema is None:
        return _refused(names, f"nothing is known of {TARGET}.")
    try:
        originals = Originals(files=paths, word=ad)
        before = taken_before(originals, schema=schema, ports=ports)
        if before is not None:
            return before
        files = [ExportFile(name=path.name, content=path.read_bytes()) for path in paths]
        reading = read_export(files, ad=ad, currency=currency)
    except (OSError, UnreadableExport) as error:
        return _refused(names, str(error))
    delimiters = " and ".join(sorted({file.delimiter for file in reading.files}))
    lines = [canonical_json(row) for row in reading.rows] + [_told(line) for line in reading.refused]
    brought = listed(lines, notation=f"Telegram Ads export, {delimiters}")
    report = take_brought(brought, originals=originals, schema=schema, brought_by=brought_by, ports=ports)
    return _with_true_reasons(report, reading.refused)


def _with_true_reasons(report: ImportReport, refused: Sequence[RefusedLine]) -> ImportReport:
    """A refused line lands as it is told here, and is judged as no row; what is wrong with it was found on reading."""
    if not refused:
        return report
    refusals = tuple(Refusal(line=line.line, reasons=str(line)) for line in refused[: len(report.refusals)])
    message = report.message
    if report.refusals:
        message = message.replace(report.refusals[0].reasons, refusals[0].reasons)
    return replace(report, refusals=refusals, message=message)


def _refused(names: str, why: str) -> ImportReport:
    message = f"{names} was refused: {why} Nothing was taken."
    return ImportReport(file=names, target=TARGET, status="refused", message=message)


def _told(line: RefusedLine) -> str:
    """A refused line as it lands: no row of the schema, so that loading sets it aside with all that is known of it."""
    told = {"refused": line.reason, "file": line.file, "line": line.line, "column": line.column, "text": line.text}
    return canonical_json({**told, "remedy": line.remedy})
