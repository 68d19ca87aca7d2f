"""Takes one file from a person into the landing zone: understands its notation, judges its rows.

A file that cannot be understood as a whole is refused with one message and nothing of it is taken; what happens to the
others is in `actions.take_brought`.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from actions.take_brought import (
    ImportPorts,
    ImportReport,
    Originals,
    importable,
    take_brought,
    taken_before,
)
from connectors.ad_platform import Clock
from connectors.entity_schema import EntitySchema
from connectors.landing.brought_file import UnreadableFile, read_brought
from connectors.landing.durable import sync_folder, write_atomically

__all__ = ["ImportPorts", "ImportReport", "dropped_files", "import_dropped", "import_file"]


def import_file(path: Path, *, target: str, brought_by: str, ports: ImportPorts) -> ImportReport:
    """`target` is `<party>/<entity>`. Nothing is landed unless the report says taken."""
    refused = ImportReport(file=path.name, target=target, status="refused", message="")
    schema = importable(ports.schemas, target)
    if schema is None:
        known = ", ".join(sorted(f"{s.party}/{s.entity}" for s in ports.schemas if s.brought))
        return _because(refused, f"files cannot be brought as {target!r}; known: {known}")
    originals = Originals(files=[path])
    try:
        before = taken_before(originals, schema=schema, ports=ports)
        if before is not None:
            return before
        with path.open("rb") as file:
            brought = read_brought(file, schema)
            return take_brought(brought, originals=originals, schema=schema, brought_by=brought_by, ports=ports)
    except UnreadableFile as error:
        return _because(refused, str(error))
    except OSError as error:
        return _because(refused, f"it cannot be read ({error.strerror})")


def dropped_files(*, ports: ImportPorts) -> list[tuple[EntitySchema, Path]]:
    """What somebody dropped in `landing/<party>/<entity>/`, in the order it will be taken."""
    found: list[tuple[EntitySchema, Path]] = []
    for schema in ports.schemas:
        folder = ports.landing / schema.party / schema.entity
        if schema.brought and folder.is_dir():
            files = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
            found += [(schema, path) for path in files]
    return found


def import_dropped(*, ports: ImportPorts, wall_clock: Clock, settled: timedelta) -> list[ImportReport]:
    """Takes the files that somebody dropped; each leaves that folder, taken or not.

    A file that was still being written less than `settled` ago waits for the next time.
    """
    reports: list[ImportReport] = []
    for schema, path in dropped_files(ports=ports):
        if wall_clock() - datetime.fromtimestamp(path.stat().st_mtime, UTC) < settled:
            continue
        target = f"{schema.party}/{schema.entity}"
        report = import_file(path, target=target, brought_by="dropped in the landing zone", ports=ports)
        if report.status == "refused":
            refused = ports.landing / "_refused" / schema.party / schema.entity
            write_atomically(refused / f"{path.name}.reason.txt", report.message + "\n")
            path.replace(refused / path.name)
            sync_folder(refused)
        else:
            path.unlink()
        sync_folder(path.parent)
        reports.append(report)
    return reports


def _because(report: ImportReport, why: str) -> ImportReport:
    return ImportReport(
        file=report.file,
        target=report.target,
        status="refused",
        message=f"{report.file} was refused: {why}. Nothing was taken.",
    )
