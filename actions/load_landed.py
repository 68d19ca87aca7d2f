"""Loads what has landed into the lake and brings the warehouse's raw schema in line with it.

What could not be loaded is returned with the rest; `problems` are the sentences a person needs to act on.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from actions.unpack_webhooks import unpack_webhooks
from connectors.lake.loader import Lake, LoadReport
from connectors.lake.versions import Counts
from connectors.landing.layout import Stream
from connectors.warehouse.warehouse import RawSync, Warehouse


class LoadIncomplete(Exception):
    """Some streams could not be loaded; the others were. Their pulls keep waiting."""


@dataclass(frozen=True, kw_only=True)
class Landed:
    load: LoadReport
    raw: RawSync | None

    @property
    def counts(self) -> Counts:
        """Over all loads: landed = raw + duplicates + quarantined."""
        counts = [record.counts for record in self.load.loads if record.status != "recount"]
        return Counts(
            landed=sum(count.landed for count in counts),
            raw=sum(count.raw for count in counts),
            duplicates=sum(count.duplicates for count in counts),
            quarantined=sum(count.quarantined for count in counts),
        )

    @property
    def problems(self) -> tuple[str, ...]:
        load = self.load
        return (
            *(failure.message for failure in load.failures),
            *(record.message or "" for record in load.refused),
            *(f"{stream.path} has landed, but no schema is known for it" for stream in load.unknown),
        )

    def raise_failures(self) -> None:
        """For callers whose run must show red: only what trying again or a repair can change, not refused files."""
        if self.load.failures:
            raise LoadIncomplete("; ".join(failure.message for failure in self.load.failures))


def load_landed(
    lake: Lake,
    *,
    warehouse: Warehouse | None,
    wanted: Callable[[Stream], bool] = lambda stream: True,
    on_progress: Callable[[str], None] = lambda message: None,
) -> Landed:
    """Loads every finished pull that waits. Without a warehouse only the lake is brought up to date."""
    unpacked = unpack_webhooks(lake.landing, sleep=lake.sleep, wanted=wanted)
    ready = replace(lake, screen=lambda pulls: lake.screen([each for each in pulls if unpacked.may_be_loaded(each)]))
    load = ready.load_pulls(wanted=wanted)
    for pull in load.unfinished:
        on_progress(pull.message)
    on_progress(f"{len(load.loads)} pulls loaded, {len(load.refused)} refused, {len(load.failures)} streams failed")
    raw = warehouse.sync_raw() if warehouse is not None else None
    if raw is not None:
        on_progress(
            f"raw schema at load {raw.last_load_seq}: {raw.relations} relations, {raw.files} files brought over"
        )
    return Landed(load=load, raw=raw)
