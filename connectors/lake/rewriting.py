"""Files of the lake and of the landing zone that are to change together: all of them, or none, whatever dies meanwhile.

New content is written beside the old one under staging names; the lake's journal does the rest. Only for whoever
holds the locks of the streams that the files belong to.
"""

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from connectors.lake.journal import Commit, Journal
from connectors.lake.layout import LakeLayout
from connectors.landing.durable import make_folder

STAGING = "_erasing"


@dataclass
class Rewriting:
    layout: LakeLayout
    landing: Path
    journal: Journal
    files: int = 0
    _commit: Commit = field(default_factory=Commit)

    def __post_init__(self) -> None:
        """What a crashed try has staged and not committed is thrown away."""
        for folder in self._folders():
            shutil.rmtree(folder, ignore_errors=True)

    def staged(self) -> Path:
        """A name to write new content of a file of the lake to."""
        return self._next(self._folders()[0])

    def staged_in_landing(self) -> Path:
        return self._next(self._folders()[1])

    def moves(self, staged: Path, place: Path) -> None:
        self._commit.moves.append((self._relative(staged), self._relative(place)))
        self.files += 1

    def writes(self, place: Path, text: str) -> None:
        self._commit.writes[self._relative(place)] = text

    def removes(self, place: Path) -> None:
        self._commit.removes.append(self._relative(place))

    def replaces(self, place: Path, content: bytes | None) -> None:
        """A small file of the landing zone; None: it goes."""
        if content is None:
            self.removes(place)
            return
        staged = self.staged_in_landing()
        staged.write_bytes(content)
        self.moves(staged, place)

    def commit(self) -> None:
        commit = self._commit
        if commit.moves or commit.writes or commit.removes:
            with self.journal.committing():
                self.journal.commit(commit)
            self._commit = Commit()
        for folder in self._folders():
            shutil.rmtree(folder, ignore_errors=True)

    def _folders(self) -> tuple[Path, Path]:
        return (self.layout.root / "_staging" / STAGING, self.landing / STAGING)

    def _next(self, folder: Path) -> Path:
        make_folder(folder)
        return folder / f"{len(self._commit.moves)}-{len(os.listdir(folder))}"

    def _relative(self, path: Path) -> str:
        return os.path.relpath(path, self.layout.root)
