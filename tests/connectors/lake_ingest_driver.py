"""A process that pulls and loads a short history and can be killed at any of its steps. Run by test_lake_kills.

`HOME_FOLDER` is where it works, `KILL_AT` the number of the step at which it kills itself (-1: never). It does what a
real run does after a crash: pulls again what is not finished, loads what waits.
"""

import os
import signal
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from connectors.ad_platform import DayWindow
from connectors.entity_schema import Column, EntitySchema, Kind, Type
from connectors.lake.loader import Lake
from connectors.landing.layout import LandingLayout, stream_of
from connectors.landing.manifest import Pull
from connectors.landing.pull_writer import PullWriter

HOME = Path(globals()["HOME_FOLDER"])
KILL_AT = globals()["KILL_AT"]
STEPS = [0]

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


def step(name: str) -> None:
    if STEPS[0] == KILL_AT:
        os.kill(os.getpid(), signal.SIGKILL)
    STEPS[0] += 1


def ingest() -> None:
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
        if not LandingLayout(HOME / "landing").manifest(stream_of(pull), pull.stem).exists():
            with PullWriter(HOME / "landing", pull, sleep=lambda seconds: None, on_step=step) as writer:
                for day, ad, spend in rows:
                    writer.write({"date": f"2026-10-0{day}", "ad_id": ad, "spend": spend})
        lake = Lake(
            landing=HOME / "landing",
            root=HOME / "lake",
            schemas=[SCHEMA],
            clock=lambda: FIRST,
            sleep=lambda seconds: None,
            on_step=step,
        )
        for failure in lake.load_pulls().failures:
            raise failure.error


ingest()
(HOME / "steps").write_text(str(STEPS[0]))
