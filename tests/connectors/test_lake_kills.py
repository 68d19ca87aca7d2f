"""A process killed at any step of pulling or loading, then run again: the same bytes, nothing lost, nothing twice."""

import random
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

DRIVER = Path(__file__).with_name("lake_ingest_driver.py")


def content(home: Path) -> dict[str, bytes]:
    """Every file that counts: rows, quarantine, the load log, what has landed. Locks and set-aside files do not."""
    kept = [path for folder in ("lake", "landing") for path in sorted((home / folder).rglob("*")) if path.is_file()]
    names = {path: path.relative_to(home).as_posix() for path in kept}
    return {
        name: path.read_bytes() for path, name in names.items() if "_locks/" not in name and "_unfinished/" not in name
    }


@dataclass(frozen=True)
class Undisturbed:
    content: dict[str, bytes]
    steps: int


@pytest.fixture(scope="module")
def undisturbed(runs: Any, tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    home = tmp_path_factory.mktemp("undisturbed")
    assert runs.run(home) == [0]
    return Undisturbed(content(home), int((home / "steps").read_text()))


def test_killed_at_every_other_step_and_run_again(runs: Any, undisturbed: Undisturbed, tmp_path: Path) -> None:
    assert undisturbed.steps >= 20
    last = undisturbed.steps  # after the last steps nothing waits any more, which is a case of its own
    for kill_at in {*range(0, last, 2), *range(last - 4, last)}:
        home = tmp_path / f"killed-{kill_at}"
        assert runs.run(home, kill_at=kill_at) == [-signal.SIGKILL]
        assert runs.run(home) == [0]
        assert content(home) == undisturbed.content, f"differs after a kill at step {kill_at}"


def test_killed_again_and_again_before_it_gets_through(runs: Any, undisturbed: Undisturbed, tmp_path: Path) -> None:
    """The recovery itself is killed too: every run dies at its first, second, third… step until one is through."""
    rng = random.Random(7)
    ends = [runs.run(tmp_path, kill_at=rng.randrange(6)) for _ in range(20)]
    assert ends.count([-signal.SIGKILL]) >= 8
    assert runs.run(tmp_path) == [0]
    assert content(tmp_path) == undisturbed.content


def test_killed_at_instants_nobody_chose(runs: Any, undisturbed: Undisturbed, tmp_path: Path) -> None:
    rng = random.Random(11)
    for number in range(6):
        home = tmp_path / f"run-{number}"
        runs.run(home, kill_after=rng.uniform(0.02, 0.4))
        assert runs.run(home) == [0]
        assert content(home) == undisturbed.content


def test_two_loaders_at_once_load_nothing_twice(runs: Any, undisturbed: Undisturbed, tmp_path: Path) -> None:
    """Whoever comes second to a pull finds it landed or is refused; one more run settles what is left."""
    for number in range(3):
        home = tmp_path / f"run-{number}"
        runs.run(home, times=2)
        assert runs.run(home) == [0]
        assert content(home) == undisturbed.content
