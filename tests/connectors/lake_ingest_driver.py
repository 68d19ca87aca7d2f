"""Processes that pull and load a short history and can be killed at any of their steps. Run by test_lake_kills.

Each line of its input is one order, `{"home": …, "kill_at": …, "kill_after": …, "times": …}`: so many processes work on
a home at once, kill themselves at that step or are killed after so many seconds; the answer is how each ended. Each
does what a real run does after a crash: pulls again what is not finished, loads what waits. They are forked from this
one, which has done the slow imports and nothing else.
"""

import json
import os
import signal
import sys
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from connectors.ad_platform import DayWindow
from connectors.entity_schema import Column, EntitySchema, Kind, Type
from connectors.lake.loader import Lake
from connectors.landing.layout import LandingLayout, stream_of
from connectors.landing.manifest import Pull
from connectors.landing.pull_writer import PullWriter

SCHEMA = EntitySchema(
    party="practice_ads",
    entity="ad_daily",
    kind=Kind.WINDOWED,
    description="One ad and day.",
    columns=(
        Column("date", Type.DATE, "$.date", "The day.", required=True),
        Column("ad_id", Type.TEXT, "$.ad_id", "The ad.", required=True),
        Column("spend", Type.DECIMAL, "$.spend", "Spend."),
    ),
    key=("date", "ad_id"),
    day="date",
)
FIRST = datetime(2026, 11, 1, tzinfo=UTC)
# Restated, vanished, unreadable and late rows: (hour of the pull, (day, ad, spend) …); the third one arrives late.
HISTORY = (
    (0, ((1, "a", "1"), (1, "b", "2"), (2, "a", "3"))),
    (2, ((1, "a", "1.5"), (2, "a", "3"), (2, "c", "oops"))),
    (1, ((1, "a", "1.2"), (1, "b", "2"))),
)


def ingest(home: Path, *, kill_at: int) -> int:
    """Gives the number of steps it took."""
    steps = 0

    def step(name: str) -> None:
        nonlocal steps
        if steps == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        steps += 1

    for hour, rows in HISTORY:
        pull = Pull(
            pull_id=f"h{hour}",
            party=SCHEMA.party,
            entity=SCHEMA.entity,
            account_id="a1",
            pulled_at=FIRST + timedelta(hours=hour),
            window=DayWindow(date(2026, 10, 1), date(2026, 10, 4)),
            currency="USD",
            timezone="UTC",
        )
        if not LandingLayout(home / "landing").manifest(stream_of(pull), pull.stem).exists():
            with PullWriter(home / "landing", pull, sleep=time.sleep, wait_seconds=10, on_step=step) as writer:
                for day, ad, spend in rows:
                    writer.write({"date": f"2026-10-0{day}", "ad_id": ad, "spend": spend})
        if hour == 0:
            continue  # the first two are loaded together
        lake = Lake(
            landing=home / "landing",
            root=home / "lake",
            schemas=[SCHEMA],
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
