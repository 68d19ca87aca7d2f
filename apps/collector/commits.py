"""Group commit: everything that arrives while the disk is busy goes down with the next single sync.

One thread writes, one lands what is closed; the event loop only waits. What is acknowledged is on disk; what the disk
does not take is taken back and said so.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

from apps.collector.metrics import Metrics
from apps.collector.sealing import land
from apps.collector.segment_file import SEGMENTS, OpenSegment, Segment, left_behind, recover
from connectors.ad_platform import Clock, Sleep
from connectors.landing.durable import remove, write_atomically
from connectors.landing.layout import Stream

_log = logging.getLogger(__name__)


class NotKept(Exception):
    """The disk did not take it, or too much waits for the disk. Sent again it counts once: its rows carry their ids."""


@dataclass(frozen=True, kw_only=True)
class Lines:
    stream: Stream
    content: bytes
    rows: int


@dataclass(frozen=True, kw_only=True)
class CommitLimits:
    segment_bytes: int
    segment_seconds: float
    waiting_bytes: int


@dataclass
class _Opened:
    segment: OpenSegment
    since: float


@dataclass(frozen=True)
class _Waiting:
    parts: Sequence[Lines]
    done: asyncio.Future[None] = field(repr=False)


@dataclass
class _Outcome:
    """What one group came to, told by the writing thread to the event loop."""

    failed: dict[Stream, OSError] = field(default_factory=dict)
    closed: list[Segment] = field(default_factory=list)
    bytes: int = 0
    syncs: int = 0


class GroupCommit:
    def __init__(
        self,
        landing: Path,
        *,
        limits: CommitLimits,
        clock: Clock,
        sleep: Sleep,
        token: Callable[[], str],
        metrics: Metrics,
    ) -> None:
        self._landing = landing
        self._limits = limits
        self._clock = clock
        self._sleep = sleep
        self._token = token
        self._metrics = metrics
        self._open: dict[Stream, _Opened] = {}  # touched by the writing thread alone, as is the next
        self._newest = datetime.min.replace(tzinfo=UTC)
        self._waiting: list[_Waiting] = []
        self._waiting_bytes = 0
        self._to_land: list[Segment] = []
        self._wake = asyncio.Event()
        self._stopping = asyncio.Event()
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="collector-writer")
        self._lander = ThreadPoolExecutor(1, thread_name_prefix="collector-lander")
        self._tasks: list[asyncio.Task[None]] = []
        self.is_failing = False  # whether the disk refused the newest group

    @property
    def waiting_bytes(self) -> int:
        return self._waiting_bytes

    @property
    def open_segments(self) -> int:
        return len(self._open)

    @property
    def unlanded_segments(self) -> int:
        return len(self._to_land)

    async def start(self) -> None:
        """Lands what an earlier process left behind, then takes lines."""
        self._to_land += await asyncio.to_thread(self._recover)
        await self._land_closed()
        self._tasks = [asyncio.create_task(self._commit_groups()), asyncio.create_task(self._keep_time())]

    async def stop(self) -> None:
        """Everything that was taken is on disk and landed when this returns, as far as the disk lets it."""
        self._stopping.set()
        self._wake.set()
        await asyncio.gather(*self._tasks)
        loop = asyncio.get_running_loop()
        self._settle(await loop.run_in_executor(self._writer, self._close_all))
        await self._land_closed()
        self._writer.shutdown()
        self._lander.shutdown()

    async def keep(self, *parts: Lines) -> None:
        """Returns once all parts are on disk; raises `NotKept` where one of them is not."""
        size = sum(len(part.content) for part in parts)
        if self._stopping.is_set():
            raise NotKept("the collector is stopping")
        if self._waiting_bytes + size > self._limits.waiting_bytes:
            raise NotKept("too much waits for the disk")
        self._waiting_bytes += size
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(parts, done))
        self._wake.set()
        await done

    async def _commit_groups(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                group, self._waiting = self._waiting, []
                try:
                    outcome = await loop.run_in_executor(self._writer, self._write, group)
                except Exception as error:  # a fault of ours must not leave senders waiting for ever
                    _log.exception("a group of rows could not be written")
                    outcome = _Outcome(failed={part.stream: OSError(str(error)) for w in group for part in w.parts})
                self._settle(outcome)
                self._answer(group, outcome)
            if self._stopping.is_set():
                return

    def _answer(self, group: Sequence[_Waiting], outcome: _Outcome) -> None:
        for waiting in group:
            self._waiting_bytes -= sum(len(part.content) for part in waiting.parts)
            errors = [outcome.failed[part.stream] for part in waiting.parts if part.stream in outcome.failed]
            if waiting.done.done():
                continue
            if errors:
                waiting.done.set_exception(NotKept(errors[0].strerror or "the disk failed"))
            else:
                waiting.done.set_result(None)

    def _write(self, group: Sequence[_Waiting]) -> _Outcome:
        outcome = _Outcome()
        streams: dict[Stream, list[Lines]] = {}
        for waiting in group:
            for part in waiting.parts:
                streams.setdefault(part.stream, []).append(part)
        for stream, parts in streams.items():
            content = [part.content for part in parts]
            try:
                opened = self._opened(stream)
                opened.segment.append(content, rows=sum(part.rows for part in parts))
            except OSError as error:
                _log.error("rows of %s were not kept: %s", stream.path, error.strerror)
                outcome.failed[stream] = error
                self._close(stream, outcome)  # after a failed sync a file is not trusted with anything more
                continue
            outcome.bytes += sum(map(len, content))
            outcome.syncs += 1
            if opened.segment.bytes >= self._limits.segment_bytes:
                self._close(stream, outcome)
        return outcome

    def _opened(self, stream: Stream) -> _Opened:
        if stream not in self._open:
            # Pulls are applied in the order of their instants: a clock that is set back must not turn them round.
            self._newest = max(self._clock(), self._newest + timedelta(microseconds=1))
            segment = OpenSegment(self._landing, stream, at=self._newest, token=self._token())
            self._open[stream] = _Opened(segment, monotonic())
        return self._open[stream]

    def _close(self, stream: Stream, outcome: _Outcome) -> None:
        opened = self._open.pop(stream, None)
        if opened is None:
            return
        try:
            segment = opened.segment.close()
        except OSError:
            _log.exception("%s could not be closed; the next start lands it", opened.segment.path)
            return
        if segment is not None:
            outcome.closed.append(segment)

    def _close_old(self) -> _Outcome:
        outcome, now = _Outcome(), monotonic()
        for stream, opened in list(self._open.items()):
            if now - opened.since >= self._limits.segment_seconds:
                self._close(stream, outcome)
        return outcome

    def _close_all(self) -> _Outcome:
        outcome = _Outcome()
        for stream in list(self._open):
            self._close(stream, outcome)
        return outcome

    async def _keep_time(self) -> None:
        """Closes segments that have been open for long enough, and tries again what could not be landed."""
        loop = asyncio.get_running_loop()
        pause = min(1.0, self._limits.segment_seconds / 4)
        while not await self._stops_within(pause):
            self._settle(await loop.run_in_executor(self._writer, self._close_old))
            await self._land_closed()
            if self.is_failing:
                self.is_failing = not await loop.run_in_executor(self._writer, self._disk_takes)

    async def _stops_within(self, seconds: float) -> bool:
        """Whether it was told to stop meanwhile. Nothing is cancelled: a closed segment must not be forgotten."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)
        return self._stopping.is_set()

    def _settle(self, outcome: _Outcome) -> None:
        self._to_land += outcome.closed
        self._metrics.count("bytes", outcome.bytes)
        self._metrics.count("fsyncs", outcome.syncs)
        self._metrics.count("commit_failures", len(outcome.failed))
        if outcome.syncs or outcome.failed:
            self.is_failing = bool(outcome.failed)

    async def _land_closed(self) -> None:
        loop = asyncio.get_running_loop()
        closed, self._to_land = self._to_land, []
        for segment in closed:
            try:
                await loop.run_in_executor(self._lander, self._land, segment)
            except Exception as error:  # whatever it is, the segment is still there and is tried again
                _log.warning("%s could not be landed yet: %s", segment.path, error)
                self._metrics.count("seal_failures")
                self._to_land.append(segment)
            else:
                self._metrics.count("segments_landed")

    def _land(self, segment: Segment) -> None:
        land(self._landing, segment, sleep=self._sleep)

    def _recover(self) -> list[Segment]:
        found = []
        for path in left_behind(self._landing):
            recovered = recover(path)
            self._metrics.count("recovered_bytes_cut", recovered.cut)
            if recovered.segment is not None:
                found.append(recovered.segment)
        return found

    def _disk_takes(self) -> bool:
        """Whether a disk that refused something takes it again; asked, as nobody may send anything meanwhile."""
        probe = self._landing / SEGMENTS / "probe"
        try:
            write_atomically(probe, b"?")
            remove(probe)
        except OSError:
            return False
        return True
