"""One holder at a time, between threads, processes and machines that share the disk; a dead holder lets go by itself.

The locks are advisory (`flock`) on small files that are never deleted: deleting one would let two holders in.
"""

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from connectors.ad_platform import Sleep
from connectors.landing.durable import make_folder

_POLL_SECONDS = 0.05


class Busy(Exception):
    """Somebody else is at the same work. Nothing was changed; trying again later can help."""


@contextmanager
def hold_lock(path: Path, *, what: str, sleep: Sleep, wait_seconds: float) -> Generator[int]:
    """Holds the lock for the length of the block; waits for at most about `wait_seconds`, then raises `Busy`.

    Gives the lock's handle: a process that is started with it open goes on holding the lock, should this one die.
    """
    make_folder(path.parent)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        waited = 0.0
        while not _taken(handle):
            if waited >= wait_seconds:
                raise Busy(f"{what} is held by another process (lock {path}); waited {wait_seconds:g} s. Run it again.")
            sleep(_POLL_SECONDS)
            waited += _POLL_SECONDS
        yield handle
    finally:
        os.close(handle)  # closing releases the lock


def _taken(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
