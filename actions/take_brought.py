"""Lands what was read from somebody's files: once for the same content, with the originals and a receipt kept.

Reading the files is `actions.import_file`'s and `actions.import_export`'s. Rows that cannot be read land too and are
quarantined with their reasons when loaded, so that counts add up.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC
from pathlib import Path

from connectors.ad_platform import Clock, Sleep
from connectors.entity_schema import EntitySchema
from connectors.lake.checking import Refusal, judge, window_of
from connectors.landing.brought_file import Brought
from connectors.landing.durable import write_atomically
from connectors.landing.layout import LandingLayout
from connectors.landing.manifest import Pull
from connectors.landing.pull_writer import PullExists, PullWriter

Reader = Callable[[bytes, EntitySchema], Brought]

ACCOUNT = "files"  # the stream that brought files form: they may speak of many accounts
_SHOWN_REASONS = 20


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


@dataclass(frozen=True, kw_only=True)
class ImportPorts:
    landing: Path
    clock: Clock
    sleep: Sleep
    schemas: Sequence[EntitySchema]
    readers: Mapping[str, Reader]  # by party/entity, for notations of their own; otherwise `read_brought`


@dataclass(frozen=True, kw_only=True)
class Originals:
    """The files as they were brought; `word` is what else tells one taking from another (the ad they speak of)."""

    files: Sequence[tuple[str, bytes]]
    word: str = ""

    @property
    def name(self) -> str:
        return ", ".join(name for name, _ in self.files)

    @property
    def sha256(self) -> str:
        """Of the content alone: neither the names nor the order of the files matter."""
        each = sorted(hashlib.sha256(content).hexdigest() for _, content in self.files)
        return (
            each[0]
            if len(each) == 1 and not self.word
            else hashlib.sha256("".join([*each, self.word]).encode()).hexdigest()
        )


def importable(schemas: Sequence[EntitySchema], target: str) -> EntitySchema | None:
    return next((s for s in schemas if not s.pulled and f"{s.party}/{s.entity}" == target), None)


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


def take_brought(
    brought: Brought, *, originals: Originals, schema: EntitySchema, brought_by: str, ports: ImportPorts
) -> ImportReport:
    sha256 = originals.sha256
    pull = Pull(
        pull_id=f"file-{sha256[:16]}",
        party=schema.party,
        entity=schema.entity,
        account_id=ACCOUNT,
        pulled_at=ports.clock(),
        complete=False,
    )
    judged = judge(schema, brought.lines, pull=pull)
    report = ImportReport(
        file=originals.name,
        target=f"{schema.party}/{schema.entity}",
        status="refused",
        message="",
        sha256=sha256,
        notation=brought.notation,
        rows=len(brought.lines),
        bad=len(judged.refusals),
        refusals=judged.refusals[:_SHOWN_REASONS],
    )
    if not judged.good:
        first = f"; row {judged.refusals[0].line}: {judged.refusals[0].reasons}" if judged.refusals else ""
        none = f"{report.file} was refused: read as {brought.notation}, none of its {report.rows} rows is good{first}"
        return replace(report, message=f"{none}. Nothing was taken.")
    receipt = _receipt(originals, schema, ports)
    for name, content in originals.files:
        kept = f"{hashlib.sha256(content).hexdigest()}{Path(name).suffix.lower() or '.file'}"
        write_atomically(receipt.with_name(kept), content)
    # The id comes from the content: after a crash before the receipt, the same pull may be there already.
    with (
        suppress(PullExists),
        PullWriter(ports.landing, replace(pull, window=window_of(judged)), sleep=ports.sleep) as writer,
    ):
        for line in brought.lines:
            writer.write_line(line)
    facts = {
        "file": report.file,
        "sha256": sha256,
        "brought_by": brought_by,
        "imported_at": pull.pulled_at.astimezone(UTC).isoformat(),
        "pull_id": pull.pull_id,
        "notation": brought.notation,
        "rows": report.rows,
        "bad": report.bad,
    }
    write_atomically(receipt, json.dumps(facts, indent=2, ensure_ascii=False) + "\n")
    bad = f"; {report.bad} rows go to quarantine, the first: {judged.refusals[0].reasons}" if report.bad else ""
    message = f"{report.file} was taken as {report.target} ({brought.notation}): {judged.good} rows{bad}"
    return replace(report, status="taken", message=message, pull_id=pull.pull_id)


def _receipt(originals: Originals, schema: EntitySchema, ports: ImportPorts) -> Path:
    folder = LandingLayout(ports.landing).imports(schema.party, schema.entity)
    return folder / f"{originals.sha256}.receipt.json"
