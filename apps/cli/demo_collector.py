"""The collector of the demo: the real one, a process of its own, while the product and Whop have something to tell."""

import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

from apps.processes import Child, Hear, Program, end_all, wait_until

_OPENS_SECONDS = 30.0


def collector_address(port: int) -> str:
    return f"http://127.0.0.1:{port}"


@contextmanager
def open_collector(folder: Path, *, port: int, environ: Mapping[str, str], hear: Hear) -> Generator[str]:
    """Its address. Ending it lands what is still open."""
    command = [Path(sys.executable).with_name("weir"), "collect", "--port", str(port)]
    child = Child(Program(name="collector", command=command, environ=environ, folder=folder), hear=hear)
    address = collector_address(port)
    try:
        wait_until(lambda: _answers(address), of=child, wait_seconds=_OPENS_SECONDS, or_else=lambda: False)
        yield address
    finally:
        end_all([child])


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/healthz", timeout=2.0).is_success
    except httpx.HTTPError:
        return False
