"""A process killed at any step of loading facts, then run again: the same bytes, nothing lost, nothing twice."""

import random
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from connectors.lake.standing import Standing

DRIVER = Path(__file__).with_name("event_load_driver.py")


def rows(home: Path) -> list[tuple[str, int, str]]:
    """Event, day and source."""
    files = home / "lake" / "raw" / "practice_app" / "events" / "*" / "*.parquet"
    with duckdb.connect() as connection:
        relation = f"read_parquet('{files}', hive_partitioning = true)"
        return connection.execute(f"select event_id, day(date), account_id from {relation} order by all").fetchall()


def content(home: Path) -> dict[str, bytes]:
    """Every file that counts but those of the rows: a crash may put off the merging of small ones."""
    kept = [path for folder in ("lake", "landing") for path in sorted((home / folder).rglob("*")) if path.is_file()]
    names = {path: path.relative_to(home).as_posix() for path in kept}
    return {
        name: path.read_bytes()
        for path, name in names.items()
        if not any(part in name for part in ("_locks/", "_unfinished/", "lake/raw/"))
    }


@dataclass(frozen=True)
class Undisturbed:
    content: dict[str, bytes]
    steps: int


@pytest.fixture(scope="module")
def undisturbed(runs: Any, tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    home = tmp_path_factory.mktemp("undisturbed")
    assert runs.run(home) == [0]
    assert rows(home) == EXPECTED
    return Undisturbed(content(home), int((home / "steps").read_text()))


# By hand: "a" was told first by the pull of the first hour, which came late; "b" and "c" by the first who told them.
EXPECTED = sorted(
    [("a", 3, "app"), ("b", 1, "web"), ("c", 2, "app"), ("d", 1, "app")] + [(f"e{n}", 1, "web") for n in range(7)]
)


def judge(home: Path, undisturbed: Undisturbed) -> None:
    assert rows(home) == EXPECTED
    assert content(home) == undisturbed.content
    whole = Standing(home / "lake").counts(party="practice_app", entity="events")
    assert (whole.landed, whole.raw, whole.duplicates, whole.quarantined) == (22, 11, 10, 1)


def test_killed_at_steps_all_along_and_run_again(runs: Any, undisturbed: Undisturbed, tmp_path: Path) -> None:
    assert undisturbed.steps >= 60
    for kill_at in range(0, undisturbed.steps, 11):
        home = tmp_path / f"killed-{kill_at}"
        assert runs.run(home, kill_at=kill_at) == [-signal.SIGKILL]
        assert runs.run(home) == [0]
        judge(home, undisturbed)


def test_killed_again_and_again_before_it_gets_through(runs: Any, undisturbed: Undisturbed, tmp_path: Path) -> None:
    """The recovery itself is killed too: every run dies at one of its first steps until one is through."""
    rng = random.Random(7)
    ends = [runs.run(tmp_path, kill_at=rng.randrange(7)) for _ in range(12)]
    assert ends.count([-signal.SIGKILL]) >= 5
    assert runs.run(tmp_path) == [0]
    judge(tmp_path, undisturbed)


def test_killed_at_instants_nobody_chose(runs: Any, undisturbed: Undisturbed, tmp_path: Path) -> None:
    rng = random.Random(11)
    for number in range(3):
        home = tmp_path / f"run-{number}"
        runs.run(home, kill_after=rng.uniform(0.02, 0.8))
        assert runs.run(home) == [0]
        judge(home, undisturbed)


def test_two_loaders_at_once_load_nothing_twice(runs: Any, tmp_path: Path) -> None:
    """Whoever comes second waits or finds it done; one more run settles what is left."""
    runs.run(tmp_path, times=2)
    assert runs.run(tmp_path) == [0]
    assert rows(tmp_path) == EXPECTED
    whole = Standing(tmp_path / "lake").counts(party="practice_app", entity="events")
    assert (whole.landed, whole.raw, whole.duplicates, whole.quarantined) == (22, 11, 10, 1)
