"""Runs killed with SIGKILL at moments nobody chose, and begun again: lake and marts as if nothing had happened.

Two days are run through, so that what is killed also restates, and builds by increments. A run is killed a random
moment after it has reported a random number of things in a stage.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from connectors.landing.manifest import Manifest
from simulator.serving import serve
from simulator.world.scenario import META_JP, TELEGRAM_NEWS, TIKTOK_US, TINY

DRIVER = Path(__file__).with_name("ingest_driver.py")
SEED = 11
SCENARIO = replace(TINY, name="to be killed", accounts=(META_JP, TIKTOK_US, TELEGRAM_NEWS), campaigns=1, people=20_000)


@dataclass(frozen=True, kw_only=True)
class Kill:
    stage: str
    after: int  # so many reports of the stage
    delay: float  # and so many seconds more
    with_children: bool = True  # False: only the run itself dies, and dbt is left behind


@dataclass
class Driver:
    process: "subprocess.Popen[str]"
    met: Counter = field(default_factory=Counter)
    runs: int = 0

    def run(self, place: Any, *, build: bool, kill: Kill | None = None) -> int:
        """Gives how the run ended. A run may be through before its kill comes; such a kill was not met."""
        assert self.process.stdin is not None
        self.runs += 1
        order = {
            "environ": dict(place.house.environ),
            "now": place.sim.control.now().isoformat(),
            "run_id": f"run-{self.runs:02}",
            "build": build,
        }
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        pid, seen = self._next()["pid"], 0
        while "end" not in (told := self._next()):
            seen += kill is not None and told["stage"] == kill.stage
            if kill is not None and seen == kill.after:
                time.sleep(kill.delay)
                with suppress(ProcessLookupError):
                    (os.killpg if kill.with_children else os.kill)(pid, signal.SIGKILL)
        if kill is not None:
            self.met[kill.stage] += told["end"] == -signal.SIGKILL
        return told["end"]

    def _next(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())


@pytest.fixture(scope="module")
def driver() -> Iterator[Driver]:
    with subprocess.Popen(
        [sys.executable, str(DRIVER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield Driver(process)


@dataclass(frozen=True)
class Undisturbed:
    lake: dict[str, bytes]
    marts: dict[str, bytes]


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("killed") / "home"


@pytest.fixture(scope="module")
def undisturbed(place_at, driver, home) -> Undisturbed:
    with serve(scenario=SCENARIO, seed=SEED) as sim:
        place = place_at(sim, home)
        assert driver.run(place, build=False) == 0
        sim.control.advance(days=1)
        assert driver.run(place, build=True) == 0
        found = Undisturbed(place.lake(), place.marts())
        place.empty()
    return found


def kills(rng: random.Random) -> tuple[list[Kill], list[Kill]]:
    """Those of the first day and those of the second, in no order."""

    def kill(stage: str, least: int, most: int, *, with_children: bool = True) -> Kill:
        after, delay = rng.randrange(least, most), rng.uniform(0, 0.03)
        return Kill(stage=stage, after=after, delay=delay, with_children=with_children)

    first = [*(kill("pull", 1, 16) for _ in range(3)), *(kill("load", 1, 80) for _ in range(4))]
    first.append(kill("models", 140, 160))  # the ad-days are built, what follows from them is not
    second = [*(kill("pull", 1, 16) for _ in range(3)), *(kill("load", 1, 80) for _ in range(3))]
    second += [kill("models", 1, 120, with_children=False), kill("publish", 1, 8)]
    rng.shuffle(first)
    rng.shuffle(second)
    return first, second


@pytest.fixture(scope="module")
def killed(place_at, driver, home, undisturbed):
    with serve(scenario=SCENARIO, seed=SEED) as sim:
        place = place_at(sim, home)
        first, second = kills(random.Random(SEED))
        for kill in first:
            driver.run(place, build=kill.stage == "models", kill=kill)
        assert driver.run(place, build=False) == 0
        sim.control.advance(days=1)
        for kill in second:
            driver.run(place, build=kill.stage in ("models", "publish"), kill=kill)
        assert driver.run(place, build=True) == 0
        yield place


def test_every_stage_was_killed_and_fifteen_runs_in_all(killed, driver):
    assert sum(driver.met.values()) >= 15
    assert set(driver.met) == {"pull", "load", "models", "publish"}


def test_nothing_is_lost_and_nothing_differs_in_the_lake(killed, undisturbed, difference):
    assert difference(undisturbed.lake, killed.lake()) == []


def test_nothing_differs_in_the_marts(killed, undisturbed, difference):
    assert difference(undisturbed.marts, killed.marts()) == []


def test_what_landed_is_accounted_for_to_the_row(killed, undisturbed):
    """Each finished pull was loaded once, and each version stands in the lake once."""
    counts = killed.counts()
    manifests = [path for path in killed.house.home.landing.rglob("*.manifest.json") if "_unfinished" not in path.parts]
    pulls = [Manifest.from_json(path.read_text()) for path in manifests]
    assert counts.landed == sum(manifest.rows for manifest in pulls)
    assert counts.landed == counts.raw + counts.duplicates + counts.quarantined
    assert counts.duplicates > counts.raw  # the runs that were killed had landed much of the same
    assert counts.raw == sum(killed.versions().values())
    assert counts.quarantined == 0
