"""Publishes a finished build: every mart as Parquet, then the pointer `current` in one step, then old builds go.

Whether the build is worth publishing (tests passed) is decided by whoever calls this.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from connectors.ad_platform import Clock
from connectors.warehouse.published import PART, Build, Published
from connectors.warehouse.warehouse import Warehouse

_UNNAMED = "unnamed"  # while it is being written; who publishes without an id holds the lock of builds


class NothingBuilt(Exception):
    """The schema `marts` is empty: publishing it would hide the build that readers have."""


@dataclass(frozen=True, kw_only=True)
class Publication:
    build: Build
    deleted: tuple[str, ...]  # builds that no reader can be holding any more

    @property
    def rows(self) -> int:
        return sum(self.build.rows.values())


def publish_marts(
    warehouse: Warehouse,
    *,
    published: Published,
    build_id: str | None,
    as_of: datetime,
    code_version: str,
    wall_clock: Clock,
    keep: int,
    grace: timedelta = timedelta(hours=1),
    on_progress: Callable[[str], None] = lambda message: None,
) -> Publication:
    """`wall_clock` times the grace of readers; `as_of` is the business instant the build stands for; the newest `keep`
    builds stay.

    A build without an id is named after what is in it: publishing the same thing again changes nothing.
    """
    marts = warehouse.marts()
    if not marts:
        raise NothingBuilt(
            "the warehouse holds no marts; build them before publishing. Readers keep the build they have"
        )
    folder = published.begin(build_id or _UNNAMED)
    rows: dict[str, int] = {}
    for name in marts:
        (folder / name).mkdir()
        rows[name] = warehouse.export_mart(name, folder / name / PART)
        on_progress(f"{name}: {rows[name]} rows")
    if build_id is None:
        build_id = f"{as_of.astimezone(UTC):%Y%m%dT%H%M%SZ}-{_digest(folder, code_version=code_version)}"
        folder.replace(published.begin(build_id))
    build = Build(build_id=build_id, as_of=as_of, code_version=code_version, rows=rows)
    published.finish(build)
    deleted = published.prune(keep=keep, grace=grace, now=wall_clock())
    on_progress(f"build {build_id} is current: {len(rows)} marts, {sum(rows.values())} rows")
    return Publication(build=build, deleted=deleted)


def _digest(folder: Path, *, code_version: str) -> str:
    """Of the marts' files and the code they were made by; the same data gives the same bytes."""
    digest = hashlib.sha256(code_version.encode())
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(f"\n{path.relative_to(folder)}\n".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
