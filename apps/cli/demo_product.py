"""The product's part of the demo: what people did in ninety days is brought as files; from then on the product tells by
itself, to a real collector, in the disorder that networks make: some events twice, some late.
"""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from actions.house import House
from actions.import_file import import_file
from apps.cli.failures import ExitCode, Failure
from apps.cli.progress import Tell
from apps.practice.world import WorldControl

BROUGHT = ("events", "touches", "orders", "content")
SENT = ("events", "touches")  # orders and content come as files on every day
_DISORDER = {"duplicates": 0.01, "late": 0.01, "reordered": 0.05}


@dataclass
class Flow:
    """What the product sent in the demo, by entity."""

    brought: Counter[str] = field(default_factory=Counter)  # rows in files
    sent: Counter[str] = field(default_factory=Counter)  # rows that the collector acknowledged, repeats included


def bring(
    house: House,
    control: WorldControl,
    flow: Flow,
    *,
    entities: tuple[str, ...],
    since: datetime | None,
    until: datetime,
    tell: Tell,
) -> None:
    """As a person does it: files, imported. `since` None: from the world's first instant."""
    folder = house.home.root / "brought"
    folder.mkdir(exist_ok=True)
    paths = {entity: folder / f"product-{entity}-to-{until:%Y%m%d}.jsonl" for entity in entities}
    saving = ThreadPoolExecutor(1)  # the next file is written by the world while one is taken in here
    try:
        saved = {
            entity: saving.submit(control.save_product, entity, path, since=since, until=until)
            for entity, path in paths.items()
        }
        for entity, path in paths.items():
            saved[entity].result()
            if path.stat().st_size:
                tell("files", f"product/{entity}")
                flow.brought[entity] += _bring(house, path, target=f"product/{entity}")
            path.unlink()  # the landing zone keeps the original
    finally:  # whoever is told to stop does not wait for a file: the world ends, and with it the answer
        saving.shutdown(wait=False, cancel_futures=True)


def _bring(house: House, path: Path, *, target: str) -> int:
    report = import_file(path, target=target, brought_by="weir demo", ports=house.imports())
    if report.status == "refused":
        raise Failure(report.message, remedy="logs/world.log says more.", code=ExitCode.FAULT)
    return report.rows


def send(control: WorldControl, flow: Flow, *, address: str, key: str, since: datetime, until: datetime) -> None:
    """What happened meanwhile is sent to the collector."""
    for entity in SENT:
        posted = control.post_product(
            entity,
            url=f"{address}/v1/{entity}",
            key=key,
            since=since,
            until=until,
            disorder=_DISORDER,
        )
        flow.sent[entity] += posted
