"""Processes that land and load facts and can be killed at any of their steps. Run by test_event_lake_kills.

Each line of its input is one order, `{"home": …, "kill_at": …, "kill_after": …, "times": …}`, answered by how each of
so many processes ended. They are forked from this one, which has done the slow imports and nothing else.
"""

import json
import os
import signal
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from connectors.entity_schema import Column, EntitySchema, Kind, Type
from connectors.lake.loader import Lake
from connectors.landing.layout import LandingLayout, stream_of
from connectors.landing.manifest import Pull
from connectors.landing.pull_writer import PullWriter

EVENTS = EntitySchema(
    party="practice_app",
    entity="events",
    kind=Kind.APPEND,
    description="One event.",
    columns=(
        Column("event_id", Type.TEXT, "$.event_id", "The event.", required=True),
        Column("occurred_at", Type.INSTANT, "$.occurred_at", "When.", required=True),
    ),
    key=("event_id",),
    day="occurred_at",
)
FIRST = datetime(2026, 11, 1, tzinfo=UTC)
# Of each load: (hour of the pull, source, (event, day) …). Duplicates within and across, a line that is broken, a pull
# that comes late and takes an event from one that was loaded before, and in the end more small files than are left so.
LOADS = (
    ((2, "web", (("a", 1), ("b", 1), ("b", 2), ("", 1))), (3, "app", (("a", 2), ("c", 2)))),
    ((1, "app", (("a", 3), ("d", 1))),),
    *(((4 + number, "web", ((f"e{number}", 1), ("c", 1))),) for number in range(7)),
)


def ingest(home: Path, *, kill_at: int) -> int:
    """Gives the number of steps it took."""
    steps = 0

    def step(name: str) -> None:
        nonlocal steps
        if steps == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        steps += 1

    for load in LOADS:
        for hour, source, told in load:
            pull = Pull(
                pull_id=f"h{hour}",
                party=EVENTS.party,
                entity=EVENTS.entity,
                account_id=source,
                pulled_at=FIRST + timedelta(hours=hour),
                complete=False,
            )
            if not LandingLayout(home / "landing").manifest(stream_of(pull), pull.stem).exists():
                with PullWriter(home / "landing", pull, sleep=time.sleep, wait_seconds=10) as writer:
                    for key, day in told:
                        writer.write({"event_id": key or None, "occurred_at": f"2026-10-0{day}T10:00:00Z"})
        lake = Lake(
            landing=home / "landing",
            root=home / "lake",
            schemas=[EVENTS],
            clock=lambda: FIRST,
            sleep=time.sleep,
            on_step=step,
        )
        for failure in lake.load_pulls().failures:
            raise failure.error
    return steps


def fork(home: Path, kill_at: int) -> int:
    child = os.fork()
    if child:
        return child
    try:
        steps = ingest(home, kill_at=kill_at)
        (home / "steps").write_text(str(steps))
        os._exit(0)
    except BaseException as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        os._exit(1)


def main() -> None:
    for line in sys.stdin:
        order = json.loads(line)
        children = [fork(Path(order["home"]), order["kill_at"]) for _ in range(order["times"])]
        if order["kill_after"] is not None:
            time.sleep(order["kill_after"])
            for child in children:
                os.kill(child, signal.SIGKILL)
        ends = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
        sys.stdout.write(json.dumps(ends) + "\n")
        sys.stdout.flush()


main()
