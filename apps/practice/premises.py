"""Whose a home is: one `weir demo` or `weir up` at a time, and a demo only where it spoils nothing."""

import shutil
import time
from collections.abc import Generator
from contextlib import contextmanager

from apps.cli.failures import ExitCode, Failure
from apps.practice.mark import MARK, holdings, read_mark
from connectors.landing.locks import Busy, hold_lock
from weir.home import Home

# All that a demo and the commands after it make; what a person laid beside it stays.
_MADE = (
    *("landing", "lake", "warehouse.duckdb", "warehouse.duckdb.wal", "published", "dbt", "docs", "logs", "reports"),
    *("ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm", "dagster", "brought", "practice.env", MARK),
)


@contextmanager
def alone_in(home: Home) -> Generator[None]:
    try:
        with hold_lock(home.root / "in-use.lock", what=f"{home.root}", sleep=time.sleep, wait_seconds=0):
            yield
    except Busy:
        raise Failure(
            f"`weir up` or `weir demo` is at work in {home.root}",
            remedy="Stop it first (Ctrl-C where it runs), or use another home: WEIR_HOME, or --home of the demo.",
            code=ExitCode.TRY_AGAIN,
        ) from None


def clear_for_demo(home: Home) -> bool:
    """Empties a home that an earlier demo filled; gives whether there was anything. Any other home is left alone."""
    found = holdings(home)
    if read_mark(home) is None:
        if found:
            raise Failure(
                f"{home.root} holds {', '.join(path.name for path in found)}, and not from a demo",
                remedy="Give the demo a home of its own: weir demo --home ./practice",
                code=ExitCode.REFUSED,
            )
        return False
    for name in _MADE:
        path = home.root / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    return bool(found)
