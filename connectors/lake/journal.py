"""Commits a load so that it happened wholly or not at all, also when the process dies between any two steps.

Everything is first written under staging names; then one journal says what is to be moved, appended and removed; then
it is done, step by step, each step safe to repeat. Whoever finds a journal finishes it before doing anything else.
"""

import json
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from connectors.ad_platform import Sleep
from connectors.lake.layout import LakeLayout
from connectors.landing.durable import make_folder, remove, sync_file, sync_folder, write_atomically
from connectors.landing.locks import hold_lock

Hook = Callable[[str], None]
_COMMIT_WAIT_SECONDS = 60.0


@dataclass
class Commit:
    """What is to happen. Paths are relative to the lake, those of `markers` to the landing zone."""

    moves: list[tuple[str, str]] = field(default_factory=list)  # staged file → its place
    removes: list[str] = field(default_factory=list)  # lake files that no longer hold anything
    append_to: str | None = None
    append_text: str = ""
    writes: dict[str, str] = field(default_factory=dict)  # small state files
    markers: list[str] = field(default_factory=list)


class Journal:
    def __init__(self, layout: LakeLayout, landing: Path, *, sleep: Sleep, on_step: Hook) -> None:
        self._layout = layout
        self._landing = landing
        self._sleep = sleep
        self._on_step = on_step

    @contextmanager
    def committing(self) -> Generator[None]:
        """Only one commit at a time per lake; an interrupted one is finished first."""
        with hold_lock(
            self._layout.commit_lock,
            what="committing to the lake",
            sleep=self._sleep,
            wait_seconds=_COMMIT_WAIT_SECONDS,
        ):
            if self._layout.journal.exists():
                self._carry_out(json.loads(self._layout.journal.read_text()))
            yield

    def finish_interrupted(self) -> None:
        """What another process had begun when it died is done now; waits for one that is alive."""
        if self._layout.journal.exists():
            with self.committing():
                pass

    def commit(self, commit: Commit) -> None:
        """To be called inside `committing`; staged files are made durable here."""
        for staged, _ in commit.moves:
            sync_file(self._layout.root / staged)
        for folder in {(self._layout.root / staged).parent for staged, _ in commit.moves}:
            sync_folder(folder)
        self._on_step("staged")
        entry: dict[str, Any] = {
            "moves": commit.moves,
            "removes": commit.removes,
            "append_to": commit.append_to,
            "append_at": self._size(commit.append_to),
            "append_text": commit.append_text,
            "writes": commit.writes,
            "markers": commit.markers,
        }
        write_atomically(self._layout.journal, json.dumps(entry))
        self._on_step("journal written")
        self._carry_out(entry)

    def _carry_out(self, entry: dict[str, Any]) -> None:
        root = self._layout.root
        folders: set[Path] = set()
        for staged, target in entry["moves"]:
            place = root / target
            if (root / staged).exists():  # otherwise it was moved before the interruption
                make_folder(place.parent)
                (root / staged).replace(place)
                self._on_step(f"moved {target}")
            folders.add(place.parent)
        for target in entry["removes"]:
            remove(root / target)
            folders.add((root / target).parent)
        for folder in sorted(folders):
            if folder.is_dir():
                sync_folder(folder)
        for name, text in entry["writes"].items():
            write_atomically(root / name, text)
            self._on_step(f"wrote {name}")
        # The log comes last: whoever reads a load's number finds its files in place.
        if entry["append_to"]:
            self._append(root / entry["append_to"], entry["append_at"], entry["append_text"])
            self._on_step("log appended")
        for marker in entry["markers"]:
            remove(self._landing / marker)
        self._on_step("markers removed")
        remove(self._layout.journal)
        sync_folder(root)
        self._on_step("journal removed")

    def _append(self, path: Path, at: int, text: str) -> None:
        """Appends at a known place: a half-appended tail of an interrupted try is overwritten, never repeated."""
        make_folder(path.parent)
        with path.open("r+b" if path.exists() else "w+b") as file:
            file.truncate(at)
            file.seek(at)
            file.write(text.encode())
            file.flush()
        sync_file(path)
        sync_folder(path.parent)

    def _size(self, name: str | None) -> int:
        path = self._layout.root / name if name else None
        return path.stat().st_size if path is not None and path.exists() else 0
