"""Lands what Whop's deliveries say about objects beside what its lists say, before the deliveries are loaded.

Doing it twice is doing it once: what is unpacked is named after the landed file that it comes from, and that file waits
until all of it is there.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from connectors.ad_platform import Row, Sleep
from connectors.landing.layout import Stream
from connectors.landing.locks import Busy
from connectors.landing.manifest import Pull
from connectors.landing.pending import DamagedPull, LandedPull, checked_content, find_pending
from connectors.landing.pull_writer import PullExists, PullWriter
from connectors.whop.deliveries import told_object
from connectors.whop.reports import TIMEZONE
from connectors.whop.schemas import PARTY, WEBHOOKS

_WAIT_SECONDS = 10.0  # for a pull of the same stream to end


@dataclass(frozen=True, kw_only=True)
class Unpacked:
    rows: int
    files: frozenset[str]  # the deliveries that were unpacked; what has landed since, or could not be now, still waits

    def may_be_loaded(self, landed: LandedPull) -> bool:
        return not _is_delivery(landed) or landed.file in self.files


def unpack_webhooks(landing: Path, *, sleep: Sleep, wanted: Callable[[Stream], bool]) -> Unpacked:
    rows, files = 0, set()
    for landed in find_pending(landing).landed:
        if not _is_delivery(landed) or not wanted(landed.stream):
            continue
        with suppress(Busy):
            rows += _unpack(landing, landed, sleep=sleep)
            files.add(landed.file)
    return Unpacked(rows=rows, files=frozenset(files))


def _is_delivery(landed: LandedPull) -> bool:
    return (landed.stream.party, landed.stream.entity) == (PARTY, WEBHOOKS.entity)


def _unpack(landing: Path, landed: LandedPull, *, sleep: Sleep) -> int:
    try:
        content = checked_content(landed)
    except DamagedPull:
        return 0  # loading refuses the file as a whole, and says why
    told: dict[Stream, list[Row]] = {}
    for line in content.decode(errors="replace").split("\n"):
        found = told_object(line)
        if found is not None:
            told.setdefault(Stream(PARTY, found.entity, found.account_id), []).append(found.row)
    return sum(_land(landing, stream, rows, landed, sleep=sleep) for stream, rows in told.items())


def _land(landing: Path, stream: Stream, rows: Sequence[Row], landed: LandedPull, *, sleep: Sleep) -> int:
    if landed.manifest is None:
        return 0
    source = landed.manifest.pull
    pull = Pull(
        pull_id=f"told-{source.pull_id}",
        party=stream.party,
        entity=stream.entity,
        account_id=stream.account_id,
        pulled_at=source.pulled_at,
        timezone=TIMEZONE,
        complete=False,
    )
    with suppress(PullExists), PullWriter(landing, pull, sleep=sleep, wait_seconds=_WAIT_SECONDS) as writer:
        for row in rows:
            writer.write(row)
        return len(rows)
    return 0
