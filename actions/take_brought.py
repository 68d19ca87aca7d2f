"""Lands what was read from somebody's files: once for the same content, with the originals and a receipt kept.

Reading the files is `actions.import_file`'s and `actions.import_export`'s. Rows that cannot be read land too and are
quarantined with their reasons when loaded, so that counts add up.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date
from functools import cached_property
from itertools import islice
from pathlib import Path

from connectors.ad_platform import Clock, DayWindow, Sleep
from connectors.entity_schema import EntitySchema
from connectors.lake.checking import Refusal, judge
from connectors.landing.brought_file import Brought, UnreadableFile
from connectors.landing.durable import PARTIAL, copy_atomically, make_folder, remove, write_atomically
from connectors.landing.layout import LandingLayout
from connectors.landing.manifest import Pull
from connectors.landing.pull_writer import PullExists, PullWriter, on_one_line

ACCOUNT = "files"  # the stream that brought files form: they may speak of many accounts
_SHOWN_REASONS = 20
_JUDGED_AT_ONCE = 50_000  # rows; more are never held in memory


@dataclass(frozen=True, kw_only=True)
class ImportReport:
    """`status` is taken, duplicate or refused. Of a taken file, `bad` rows will stand in quarantine."""

    file: str
    target: str
    status: str
    message: str
    sha256: str = ""
    notation: str = ""
    rows: int = 0
    bad: int = 0
    refusals: tuple[Refusal, ...] = ()  # the first few
    pull_id: str | None = None


OnRows = Callable[[int, float], None]  # how far a long file is: rows read so far, and which share of it they are


@dataclass(frozen=True, kw_only=True)
class ImportPorts:
    landing: Path
    clock: Clock
    sleep: Sleep
    schemas: Sequence[EntitySchema]
    on_rows: OnRows = lambda rows, share: None


@dataclass(frozen=True, kw_only=True)
class Originals:
    """The files as they were brought; `word` is what else tells one taking from another (the ad they speak of)."""

    files: Sequence[Path]
    word: str = ""

    @property
    def name(self) -> str:
        return ", ".join(path.name for path in self.files)

    @cached_property
    def digests(self) -> Mapping[Path, str]:
        """As they are when this is first asked for."""
        return {path: _digest(path) for path in self.files}

    @cached_property
    def sha256(self) -> str:
        """Of the content alone: neither the names nor the order of the files matter."""
        each = sorted(self.digests.values())
        if len(each) == 1 and not self.word:
            return each[0]
        return hashlib.sha256("".join([*each, self.word]).encode()).hexdigest()

    def keep(self, folder: Path) -> None:
        for path, digest in self.digests.items():
            kept = folder / f"{digest}{path.suffix.lower() or '.file'}"
            if copy_atomically(path, kept) != digest:
                remove(kept)
                raise UnreadableFile(f"{path.name} changed while it was read; bring it again once it is written")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def importable(schemas: Sequence[EntitySchema], target: str) -> EntitySchema | None:
    """`target` is <party>/<entity>, or the entity alone where only one party's files are called so."""
    brought = [schema for schema in schemas if schema.brought]
    found = [schema for schema in brought if target in (schema.name, schema.entity)]
    return found[0] if len(found) == 1 else None


def taken_before(originals: Originals, *, schema: EntitySchema, ports: ImportPorts) -> ImportReport | None:
    receipt = _receipt(originals, schema, ports)
    if not receipt.exists():
        return None
    before = json.loads(receipt.read_text(encoding="utf-8"))
    return ImportReport(
        file=originals.name,
        target=f"{schema.party}/{schema.entity}",
        status="duplicate",
        message=f"{originals.name} was taken before, as {before['file']} on {before['imported_at']}; it counts once",
        sha256=originals.sha256,
        notation=before["notation"],
        rows=before["rows"],
        pull_id=before["pull_id"],
    )


@dataclass
class _Judged:
    """All rows of what was brought."""

    rows: int = 0
    bad: int = 0
    refusals: list[Refusal] = field(default_factory=list)  # the first few
    days: list[date] = field(default_factory=list)  # ends of the days that good rows are about

    @property
    def window(self) -> DayWindow | None:
        return DayWindow(min(self.days), date.fromordinal(max(self.days).toordinal() + 1)) if self.days else None


def take_brought(
    brought: Brought, *, originals: Originals, schema: EntitySchema, brought_by: str, ports: ImportPorts
) -> ImportReport:
    """Raises `UnreadableFile` where that shows only on the way; nothing has landed then."""
    pull = Pull(
        pull_id=f"file-{originals.sha256[:16]}",
        party=schema.party,
        entity=schema.entity,
        account_id=ACCOUNT,
        pulled_at=ports.clock(),
        complete=False,
    )
    receipt = _receipt(originals, schema, ports)
    staged = receipt.with_name(f"{originals.sha256}.lines{PARTIAL}")
    try:
        judged = _stage(brought, staged, schema=schema, pull=pull, ports=ports)
        report = ImportReport(
            file=originals.name,
            target=f"{schema.party}/{schema.entity}",
            status="refused",
            message="",
            sha256=originals.sha256,
            notation=brought.notation,
            rows=judged.rows,
            bad=judged.bad,
            refusals=tuple(judged.refusals),
        )
        if judged.bad == judged.rows:
            first = f"; row {report.refusals[0].line}: {report.refusals[0].reasons}" if report.refusals else ""
            none = f"{report.file} was refused: read as {brought.notation}, none of its {report.rows} rows is good"
            return replace(report, message=f"{none}{first}. Nothing was taken.")
        originals.keep(receipt.parent)
        _land(staged, replace(pull, window=judged.window), ports=ports)
    finally:
        remove(staged)
    facts = {
        "file": report.file,
        "sha256": report.sha256,
        "brought_by": brought_by,
        "imported_at": pull.pulled_at.astimezone(UTC).isoformat(),
        "pull_id": pull.pull_id,
        "notation": brought.notation,
        "rows": report.rows,
        "bad": report.bad,
    }
    write_atomically(receipt, json.dumps(facts, indent=2, ensure_ascii=False) + "\n")
    bad = f"; {report.bad} rows go to quarantine, the first: {report.refusals[0].reasons}" if report.bad else ""
    good = report.rows - report.bad
    message = f"{report.file} was taken as {report.target} ({brought.notation}): {good} rows{bad}"
    return replace(report, status="taken", message=message, pull_id=pull.pull_id)


def _stage(brought: Brought, staged: Path, *, schema: EntitySchema, pull: Pull, ports: ImportPorts) -> _Judged:
    """Writes the lines down as they were understood and judges them on the way, some at a time."""
    make_folder(staged.parent)
    judged, coming = _Judged(), iter(brought.lines)
    with staged.open("w", encoding="utf-8", errors="surrogatepass", newline="\n") as file:
        while some := [on_one_line(line) for line in islice(coming, _JUDGED_AT_ONCE)]:
            found = judge(schema, some, pull=pull)
            judged.refusals += [
                replace(refusal, line=refusal.line + judged.rows)
                for refusal in found.refusals[: _SHOWN_REASONS - len(judged.refusals)]
            ]
            judged.rows += len(some)
            judged.bad += len(found.refusals)
            judged.days += found.days or ()
            file.writelines(f"{line}\n" for line in some)
            ports.on_rows(judged.rows, brought.share(judged.rows))
    return judged


def _land(staged: Path, pull: Pull, *, ports: ImportPorts) -> None:
    # The id comes from the content: after a crash before the receipt, the same pull may be there already.
    with (
        staged.open(encoding="utf-8", errors="surrogatepass", newline="\n") as lines,
        suppress(PullExists),
        PullWriter(ports.landing, pull, sleep=ports.sleep) as writer,
    ):
        for line in lines:
            writer.write_line(line.removesuffix("\n"))


def _receipt(originals: Originals, schema: EntitySchema, ports: ImportPorts) -> Path:
    folder = LandingLayout(ports.landing).imports(schema.party, schema.entity)
    return folder / f"{originals.sha256}.receipt.json"
