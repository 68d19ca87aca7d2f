"""Which pulls wait to be loaded, which were interrupted, and whether a landed file still is what its manifest says.

The index `_pending/` is read, never the folders that grow with history; only a rebuild lists a whole stream.
"""

import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from connectors.landing.durable import PARTIAL, write_atomically
from connectors.landing.layout import DATA, MANIFEST, LandingLayout, Stream
from connectors.landing.manifest import BrokenManifest, Manifest


class DamagedPull(Exception):
    """A landed pull that is not what its manifest says: refused as a whole."""


@dataclass(frozen=True, kw_only=True)
class LandedPull:
    """A pull with a manifest. `manifest` is None, and `damage` says why, where the manifest cannot be read."""

    stream: Stream
    stem: str
    data: Path
    file: str  # the data file's name relative to the landing zone
    marker: Path
    manifest: Manifest | None
    damage: str | None = None

    @property
    def order(self) -> tuple[datetime, str]:
        """The order pulls are applied in; what cannot be read is refused, so its place does not matter."""
        return self.manifest.pull.order if self.manifest else (datetime.max.replace(tzinfo=UTC), self.stem)


@dataclass(frozen=True, kw_only=True)
class UnfinishedPull:
    stream: Stream
    stem: str

    @property
    def message(self) -> str:
        return (
            f"{self.stream.path}/{self.stem} has no manifest: the pull is still running or was interrupted. It is not "
            "loaded; the next pull of this account moves it to _unfinished/."
        )


@dataclass(frozen=True)
class Pending:
    landed: tuple[LandedPull, ...]
    unfinished: tuple[UnfinishedPull, ...]


def find_pending(landing: Path) -> Pending:
    layout = LandingLayout(landing)
    landed: list[LandedPull] = []
    unfinished: list[UnfinishedPull] = []
    for stream in streams_of(layout.pending):
        for marker in sorted((layout.pending / stream.path).iterdir()):
            if marker.name.endswith(PARTIAL):
                continue
            if layout.manifest(stream, marker.name).exists():
                landed.append(read_landed(layout, stream, marker.name))
            else:
                unfinished.append(UnfinishedPull(stream=stream, stem=marker.name))
    return Pending(tuple(landed), tuple(unfinished))


def landed_file(layout: LandingLayout, file: str) -> LandedPull:
    """The pull of a data file by its name relative to the landing zone, as the lake and its log tell it."""
    party, entity, account_id, name = file.split("/")
    stream = Stream(party, entity, account_id)
    return read_landed(layout, stream, name.removesuffix(DATA))


def read_landed(layout: LandingLayout, stream: Stream, stem: str) -> LandedPull:
    manifest, damage = None, None
    path = layout.manifest(stream, stem)
    try:
        manifest = Manifest.from_json(path.read_text(encoding="utf-8"))
        claimed = Stream(manifest.pull.party, manifest.pull.entity, manifest.pull.account_id)
        if claimed != stream or manifest.pull.stem != stem:
            manifest, damage = None, f"{path} speaks of {claimed.path}/{manifest.pull.stem}, but lies elsewhere"
    except (BrokenManifest, UnicodeDecodeError) as error:
        damage = f"{path} cannot be read ({error})"
    data = layout.data(stream, stem)
    return LandedPull(
        stream=stream,
        stem=stem,
        data=data,
        file=data.relative_to(layout.root).as_posix(),
        marker=layout.marker(stream, stem),
        manifest=manifest,
        damage=damage,
    )


def check_landed(landed: LandedPull) -> None:
    """Raises `DamagedPull` where the data file is not exactly what was landed. Holds little of it in memory."""
    remedy = "The file is refused as a whole and nothing else is affected; pull this account and window again."
    if landed.manifest is None:
        raise DamagedPull(f"{landed.damage}. {remedy}")
    try:
        with landed.data.open("rb", buffering=0) as file:
            size = os.fstat(file.fileno()).st_size
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError as error:
        raise DamagedPull(f"{landed.data} is missing though its manifest is there. {remedy}") from error
    if size != landed.manifest.bytes:
        raise DamagedPull(
            f"{landed.data} holds {size} bytes, its manifest says {landed.manifest.bytes}: half-written or "
            f"edited. {remedy}"
        )
    if digest != landed.manifest.sha256:
        raise DamagedPull(f"{landed.data} does not match the checksum in its manifest: it was changed. {remedy}")


def checked_content(landed: LandedPull) -> bytes:
    """The data file's bytes, if they are exactly what was landed."""
    check_landed(landed)
    return landed.data.read_bytes()


def history(landing: Path, stream: Stream) -> list[LandedPull]:
    """Every pull of a stream that was ever finished. Costs as much as there is history: for rebuilds only."""
    layout = LandingLayout(landing)
    names = (path.name for path in (layout.root / stream.path).glob(f"*{MANIFEST}"))
    return [read_landed(layout, stream, name.removesuffix(MANIFEST)) for name in sorted(names)]


def mark_all_pending(landing: Path, *, wanted: Callable[[Stream], bool] = lambda stream: True) -> int:
    """Marks everything that ever landed as waiting: for a lake, or a part of it, that is built again from nothing."""
    layout = LandingLayout(landing)
    marked = 0
    for stream in filter(wanted, streams_of(landing)):
        for manifest in sorted((landing / stream.path).glob(f"*{MANIFEST}")):
            marker = layout.marker(stream, manifest.name.removesuffix(MANIFEST))
            if not marker.exists():
                write_atomically(marker, "")
                marked += 1
    return marked


def known_streams(landing: Path, party: str, entity: str) -> list[Stream]:
    return [stream for stream in streams_of(landing) if (stream.party, stream.entity) == (party, entity)]


def streams_of(root: Path) -> Iterator[Stream]:
    if not root.is_dir():
        return
    for path in sorted(root.glob("[!_]*/*/*/")):
        if not path.name.endswith(DATA):
            yield Stream(*path.relative_to(root).parts)
