"""A process killed at any step of pulling or loading, then run again: the same bytes, nothing lost, nothing twice."""

import multiprocessing
import random
import runpy
import signal
import threading
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

import pytest

DRIVER = Path(__file__).with_name("lake_ingest_driver.py")


@pytest.fixture(scope="module")
def forking() -> ForkServerContext:
    """Each run is a process of its own; the slow imports are paid for once."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["connectors.lake.loader", "connectors.landing.pull_writer", "pyarrow.parquet"])
    return context


def ingest(forking: ForkServerContext, home: Path, *, kill_at: int = -1) -> Any:
    known = {"HOME_FOLDER": str(home), "KILL_AT": kill_at}
    process = forking.Process(target=runpy.run_path, args=(str(DRIVER), known))
    process.start()
    return process


def finished(forking: ForkServerContext, home: Path, *, kill_at: int = -1) -> int | None:
    process = ingest(forking, home, kill_at=kill_at)
    process.join()
    return process.exitcode


def content(home: Path) -> dict[str, bytes]:
    """Every file that counts: rows, quarantine, the load log, what has landed. Locks and set-aside files do not."""
    kept = [path for folder in ("lake", "landing") for path in sorted((home / folder).rglob("*")) if path.is_file()]
    names = {path: path.relative_to(home).as_posix() for path in kept}
    return {
        name: path.read_bytes() for path, name in names.items() if "_locks/" not in name and "_unfinished/" not in name
    }


@pytest.fixture(scope="module")
def undisturbed(forking: ForkServerContext, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, bytes], int]:
    home = tmp_path_factory.mktemp("undisturbed")
    assert finished(forking, home) == 0
    return content(home), int((home / "steps").read_text())


def test_killed_at_every_other_step_and_run_again(
    forking: ForkServerContext, undisturbed: tuple[dict[str, bytes], int], tmp_path: Path
) -> None:
    expected, steps = undisturbed
    assert steps >= 20
    for kill_at in range(0, steps, 2):
        home = tmp_path / f"killed-{kill_at}"
        assert finished(forking, home, kill_at=kill_at) == -signal.SIGKILL
        assert finished(forking, home) == 0
        assert content(home) == expected, f"differs after a kill at step {kill_at}"


def test_killed_again_and_again_before_it_gets_through(
    forking: ForkServerContext, undisturbed: tuple[dict[str, bytes], int], tmp_path: Path
) -> None:
    """The recovery itself is killed too: every run dies at its first, second, third… step until one is through."""
    expected, steps = undisturbed
    rng = random.Random(7)
    for _ in range(steps * 4):
        if finished(forking, tmp_path, kill_at=rng.randrange(6)) == 0:
            break
    assert finished(forking, tmp_path) == 0
    assert content(tmp_path) == expected


def test_killed_at_instants_nobody_chose(
    forking: ForkServerContext, undisturbed: tuple[dict[str, bytes], int], tmp_path: Path
) -> None:
    expected, _ = undisturbed
    rng = random.Random(11)
    for run in range(6):
        home = tmp_path / f"run-{run}"
        process = ingest(forking, home)
        killer = threading.Timer(rng.uniform(0.05, 0.6), process.kill)
        killer.start()
        process.join()
        killer.cancel()
        assert finished(forking, home) == 0
        assert content(home) == expected


def test_a_second_loader_waits_its_turn_and_loads_nothing_twice(
    forking: ForkServerContext, undisturbed: tuple[dict[str, bytes], int], tmp_path: Path
) -> None:
    """Both run at once on one home; whoever finds a stream held gives up, and one more run settles the rest."""
    expected, _ = undisturbed
    both = [ingest(forking, tmp_path) for _ in range(2)]
    for process in both:
        process.join()
    assert finished(forking, tmp_path) == 0
    assert content(tmp_path) == expected
