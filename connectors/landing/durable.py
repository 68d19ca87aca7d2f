"""Files that are either wholly there or not there at all, also after a crash or a power cut.

Only the handling of files and folders lives here: what is written where is said by the landing zone and the lake.
"""

import hashlib
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

_PART = 1 << 20
PARTIAL = ".partial"  # a name that ends so is being written; nobody reads it


def sync_folder(folder: Path) -> None:
    """Makes the names in a folder durable: a rename alone may be forgotten by a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_file(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_folder(folder: Path) -> None:
    """Creates a folder and its missing parents; each new name is made durable in its parent."""
    missing: list[Path] = []
    current = folder
    while not current.is_dir():
        missing.append(current)
        current = current.parent
    for path in reversed(missing):
        path.mkdir(exist_ok=True)
        sync_folder(path.parent)


def write_atomically(path: Path, content: str | bytes, *, mode: int = 0o644) -> None:
    """Writes under a temporary name, then renames: a reader sees the old content or the new one."""
    with _replacing(path, mode=mode) as file:
        file.write(content.encode() if isinstance(content, str) else content)


def copy_atomically(source: Path, path: Path) -> str:
    """Likewise of another file's content, in parts; gives the sha256 of what was written."""
    digest = hashlib.sha256()
    with source.open("rb") as read, _replacing(path) as file:
        while part := read.read(_PART):
            digest.update(part)
            file.write(part)
    return digest.hexdigest()


@contextmanager
def _replacing(path: Path, *, mode: int = 0o644) -> Generator[BinaryIO]:
    """A file under a temporary name, which takes the real one when the block ends well."""
    make_folder(path.parent)
    partial = path.with_name(path.name + PARTIAL)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    sync_folder(path.parent)


def remove(path: Path) -> None:
    path.unlink(missing_ok=True)
