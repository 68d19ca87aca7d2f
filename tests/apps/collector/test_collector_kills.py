"""A collector killed twenty times under load: every acknowledged event is in raw, exactly once."""

import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from time import sleep
from typing import Any

import duckdb
import httpx
import pytest

from connectors.lake.loader import Lake, LoadReport
from connectors.product.schemas import EVENTS
from weir.clocks import wall_clock

KILLS = 20
SENDERS = 4
BATCH = 50


@dataclass
class Sender:
    """Sends batch after batch, and one that was not acknowledged again, to whichever collector runs then."""

    name: str
    event: Callable[..., dict[str, Any]]
    sent: int = 0
    waiting: list[dict[str, Any]] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)

    def send_to(self, url: str, key: str, stop: threading.Event) -> None:
        with httpx.Client(base_url=url, timeout=30, headers={"authorization": f"Bearer {key}"}) as client:
            while not stop.is_set():
                self.waiting = self.waiting or [self.event(event_id=each) for each in self._new_ids()]
                try:
                    answer = client.post("/v1/events", json={"events": self.waiting})
                except httpx.TransportError:
                    return  # killed: nobody knows whether it was kept
                assert answer.json() == {"accepted": BATCH, "refused": []}
                self.acknowledged += [event["event_id"] for event in self.waiting]
                self.waiting = []

    def _new_ids(self) -> list[str]:
        first, self.sent = self.sent, self.sent + BATCH
        return [f"{self.name}-{number}" for number in range(first, self.sent)]


def load(home: Path) -> LoadReport:
    lake = Lake(landing=home / "landing", root=home / "lake", schemas=[EVENTS], clock=wall_clock, sleep=sleep)
    report = lake.load_pulls()
    assert (report.failures, report.refused) == ((), ())
    return report


@pytest.mark.slow
def test_killed_twenty_times_under_load(start: Any, home: Path, kit: Any) -> None:
    rng = random.Random(5)
    senders = [Sender(f"s{number}", kit.event) for number in range(SENDERS)]
    # Small segments: kills fall into closing, landing and the next start's recovery as well as into writing.
    variables = {"WEIR_COLLECTOR_SEGMENT_BYTES": "60000", "WEIR_COLLECTOR_SEGMENT_SECONDS": "0.1"}
    loads = []
    with ThreadPoolExecutor(SENDERS) as pool:
        for kill in range(KILLS):
            running, stop = start(variables=variables), threading.Event()
            at_work = [pool.submit(sender.send_to, running.url, kit.key, stop) for sender in senders]
            sleep(rng.uniform(0.02, 0.4))
            if kill % 5 == 4:
                loads += load(home).loads  # what has landed is loaded while more comes in
            running.kill()
            for each in at_work:
                each.result()
        running, stop = start(variables=variables), threading.Event()
        at_work = [pool.submit(sender.send_to, running.url, kit.key, stop) for sender in senders]
        sleep(0.2)
        stop.set()
        for each in at_work:
            each.result()
    running.stop()
    loads += load(home).loads

    acknowledged = [event_id for sender in senders for event_id in sender.acknowledged]
    assert len(acknowledged) > KILLS * BATCH
    assert not any(sender.waiting for sender in senders)
    with duckdb.connect() as connection:
        files = (home / "lake/raw/product/events/**/*.parquet").as_posix()
        raw = [event_id for (event_id,) in connection.execute(f"select event_id from '{files}'").fetchall()]
    assert len(raw) == len(set(raw))
    assert set(raw) == set(acknowledged)  # in the end every batch was acknowledged, some of them twice taken
    counts = [record.counts for record in loads]
    assert sum(each.landed for each in counts) == sum(each.raw + each.duplicates for each in counts)
    assert sum(each.raw for each in counts) == len(raw)
    assert not list((home / "landing" / "_segments").glob("*/*/*/*.jsonl"))
