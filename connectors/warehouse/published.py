"""Published snapshots: whole builds of the marts as Parquet, and the pointer to the current one.

A build never changes once it is published; `current` moves from one to the next in one step. Readers take
`current_build` once and then read that folder: they lock nobody, nobody locks them, and they never see half a build.
"""

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from connectors.landing.durable import make_folder, remove, sync_file, sync_folder, write_atomically
from connectors.landing.manifest import safe_name

PART = "part-0.parquet"
_BUILD = "_build.json"


class BuildExists(Exception):
    """Another build was published under this id; builds never change."""


class NothingPublished(Exception):
    """There is no published build yet."""


@dataclass(frozen=True, kw_only=True)
class Build:
    build_id: str
    as_of: datetime
    code_version: str
    rows: Mapping[str, int] = field(default_factory=dict)  # by mart

    def to_json(self) -> str:
        fields = {
            "build_id": self.build_id,
            "as_of": self.as_of.astimezone(UTC).isoformat(),
            "code_version": self.code_version,
            "rows": dict(sorted(self.rows.items())),
        }
        return json.dumps(fields, indent=2) + "\n"

    @staticmethod
    def from_json(text: str) -> "Build":
        fields = json.loads(text)
        return Build(
            build_id=fields["build_id"],
            as_of=datetime.fromisoformat(fields["as_of"]),
            code_version=fields["code_version"],
            rows=fields["rows"],
        )


@dataclass(frozen=True)
class Snapshot:
    """One build, as a reader holds it: stays whole for at least the grace, whatever is published meanwhile."""

    folder: Path
    build: Build

    def mart(self, name: str) -> Path:
        return self.folder / name / PART


def current_build(published: Path) -> Snapshot:
    try:
        folder = (published / "current").resolve(strict=True)
        return Snapshot(folder, Build.from_json((folder / _BUILD).read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise NothingPublished(f"{published} holds no published build yet; run `weir build` first") from error


@dataclass(frozen=True)
class Published:
    root: Path

    def folder(self, build_id: str) -> Path:
        return self.root / "builds" / safe_name(build_id, what="build id")

    def begin(self, build_id: str) -> Path:
        """An empty folder to write a build into; what a crashed try left there is thrown away."""
        folder = self.folder(build_id).with_name(f".{build_id}.partial")
        shutil.rmtree(folder, ignore_errors=True)
        make_folder(folder)
        return folder

    def finish(self, build: Build) -> Snapshot:
        """Makes a written build durable, gives it its name, and moves `current` to it."""
        partial = self.folder(build.build_id).with_name(f".{build.build_id}.partial")
        place = self.folder(build.build_id)
        write_atomically(partial / _BUILD, build.to_json())
        for path in sorted(partial.rglob("*")):
            if path.is_dir():
                sync_folder(path)
            else:
                sync_file(path)
        sync_folder(partial)
        if place.exists():  # published before and run again, e.g. after a crash before the pointer moved
            if not _same_files(partial, place):
                raise BuildExists(
                    f"build {build.build_id} was published with other content; give this one an id of its own"
                )
            shutil.rmtree(partial)
        else:
            partial.rename(place)
            sync_folder(place.parent)
        self._point_to(place)
        return Snapshot(place, build)

    def _point_to(self, place: Path) -> None:
        pointer = self.root / ".current.new"
        remove(pointer)
        pointer.symlink_to(place.relative_to(self.root))
        os.replace(pointer, self.root / "current")
        sync_folder(self.root)

    def prune(self, *, keep: int, grace: timedelta, now: datetime) -> tuple[str, ...]:
        """Deletes builds that are neither current nor among the newest `keep` nor superseded less than `grace` ago.

        When a build was superseded is noted here, on the first call that finds it so: never earlier than it was.
        """
        current = current_build(self.root).folder.name
        superseded: list[tuple[datetime, str]] = []
        for folder in sorted((self.root / "builds").iterdir()):
            if folder.name == current or folder.name.startswith("."):
                continue
            note = self.root / "superseded" / folder.name
            if not note.exists():
                write_atomically(note, now.isoformat())
            superseded.append((datetime.fromisoformat(note.read_text()), folder.name))
        remove(self.root / "superseded" / current)
        superseded.sort(reverse=True)
        deleted: list[str] = []
        for since, name in superseded[max(keep - 1, 0) :]:
            if now - since >= grace:
                shutil.rmtree(self.root / "builds" / name)
                remove(self.root / "superseded" / name)
                deleted.append(name)
        return tuple(deleted)


def _same_files(one: Path, other: Path) -> bool:
    names = {path.relative_to(one) for path in one.rglob("*") if path.is_file()}
    if names != {path.relative_to(other) for path in other.rglob("*") if path.is_file()}:
        return False
    return all((one / name).read_bytes() == (other / name).read_bytes() for name in names)
