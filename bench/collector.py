"""How many events a second the collector takes, each on disk before the answer, and what judging them costs.

One server process, a load generator on the other core, batches of 100. Two references take turns with it in the same
minutes, the same server and the same group commit: `unjudged` writes what it is sent as the lines that land and looks
at nothing; `blind` does not even read it and writes the bytes of the request. Run it by `python -m bench.collector`.
"""

import argparse
import asyncio
import json
import os
import random
import shutil
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from signal import SIGTERM
from subprocess import PIPE, Popen
from typing import Any

import orjson
import uvicorn
from starlette.types import Receive, Scope, Send

from apps.collector.commits import CommitLimits, GroupCommit, Lines
from apps.collector.metrics import Metrics
from apps.collector.serving import bound_listener
from connectors.landing.layout import Stream
from connectors.landing.pending import checked_content, find_pending
from weir.clocks import wall_clock

EVENTS_PER_SECOND = 20_000
P99_SECONDS = 0.250
RATIO = 0.5
REFERENCES = ("unjudged", "blind")
BATCH = 100
_KEY = "bench-key-0123456789"
_BODIES = 64
_ARTICLES = ("article_view", "article_read_complete", "product_view", "game_played", "purchase_complete")


@dataclass(frozen=True, kw_only=True)
class Load:
    """What the generator saw of one turn."""

    events_per_second: float
    p50_ms: float
    p99_ms: float
    worst_ms: float
    core_us_per_batch: float  # the server's processor time, all threads
    batches: int
    warm_up_batches: int
    errors: int


@dataclass(frozen=True, kw_only=True)
class Found:
    collector: Load
    unjudged: tuple[Load, ...]  # a turn before and a turn after
    blind: tuple[Load, ...]
    landed_events: int
    acknowledged_events: int
    event_bytes: float
    machine_load: tuple[float, float, float]  # of everything on this machine, before the turns

    @property
    def ratios(self) -> dict[str, float]:
        """By what came through, and by processor time, which other work on the machine disturbs less."""
        return {
            "of unjudged": self.collector.events_per_second / _mean(self.unjudged, "events_per_second"),
            "of unjudged, by processor time": _mean(self.unjudged, "core_us_per_batch")
            / self.collector.core_us_per_batch,
            "of blind": self.collector.events_per_second / _mean(self.blind, "events_per_second"),
            "of blind, by processor time": _mean(self.blind, "core_us_per_batch") / self.collector.core_us_per_batch,
        }

    @property
    def is_good(self) -> bool:
        return (
            self.collector.events_per_second >= EVENTS_PER_SECOND
            and self.collector.p99_ms <= P99_SECONDS * 1000
            and self.ratios["of unjudged"] >= RATIO
            and self.landed_events == self.acknowledged_events
            and not self.collector.errors
        )


def measure(folder: Path, *, seconds: float, connections: int) -> Found:
    load_before = os.getloadavg()
    bodies = [_body(random.Random(seed)) for seed in range(_BODIES)]

    def turn(name: str, seconds: float, *, reference: str | None) -> Load:
        return _turn(folder / name, bodies, seconds=seconds, connections=connections, reference=reference)

    part = max(seconds / 6, 1.0)
    before = {name: turn(f"{name}-before", part, reference=name) for name in REFERENCES}
    collector = turn("collector", seconds, reference=None)
    after = {name: turn(f"{name}-after", part, reference=name) for name in REFERENCES}
    pending = find_pending(folder / "collector" / "landing")
    return Found(
        collector=collector,
        unjudged=(before["unjudged"], after["unjudged"]),
        blind=(before["blind"], after["blind"]),
        landed_events=sum(checked_content(pull).count(b"\n") for pull in pending.landed),
        acknowledged_events=(collector.warm_up_batches + collector.batches - collector.errors) * BATCH,
        event_bytes=statistics.mean(map(len, bodies)) / BATCH,
        machine_load=load_before,
    )


def _mean(loads: Sequence[Load], name: str) -> float:
    return statistics.mean(getattr(each, name) for each in loads)


def _turn(home: Path, bodies: list[bytes], *, seconds: float, connections: int, reference: str | None) -> Load:
    home.mkdir()
    with _server(home, reference=reference) as (process, port):
        load = asyncio.run(_send(process, port, bodies, seconds=seconds, connections=connections))
    if reference is not None:
        shutil.rmtree(home)  # gigabytes that nobody looks at
    return load


@contextmanager
def _server(home: Path, *, reference: str | None) -> Generator[tuple[int, int]]:
    """Where the system puts it; the generator, which is this process, keeps to the last core."""
    cores = sorted(os.sched_getaffinity(0))
    if reference is not None:
        command = [sys.executable, "-m", "bench.collector", "--serve", reference, str(home)]
    else:
        command = [sys.executable, "-c", "from apps.cli.main import main; main()", "collect", "--port", "0"]
    environ = {
        **{name: value for name, value in os.environ.items() if not name.startswith("WEIR_")},
        "WEIR_HOME": str(home),
        "WEIR_SOURCE_BENCH_KEY": _KEY,
        "WEIR_COLLECTOR_EVENTS_PER_SECOND": "10000000",
    }
    process = Popen(command, env=environ, stderr=PIPE, text=True)
    assert process.stderr is not None
    try:
        told = process.stderr.readline()
        os.sched_setaffinity(0, {cores[-1]})
        yield process.pid, int(told.split("http://127.0.0.1:")[1].split()[0].rstrip("."))
    finally:
        os.sched_setaffinity(0, set(cores))
        process.send_signal(SIGTERM)
        process.wait()


def _body(rng: random.Random) -> bytes:
    return orjson.dumps({"events": [_event(rng) for _ in range(BATCH)]})


def _event(rng: random.Random) -> dict[str, Any]:
    """As a product sends them: some visitors are known, some events have a value."""
    row: dict[str, Any] = {
        "event_id": str(uuid.UUID(int=rng.getrandbits(128), version=4)),
        "anonymous_id": str(uuid.UUID(int=rng.getrandbits(128), version=4)),
        "event_type": rng.choice(_ARTICLES),
        "occurred_at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}.{rng.randrange(1000):03d}Z",
        "source_app": "web",
        "properties": {
            "url": f"https://shop.example/articles/{rng.randrange(5000)}",
            "session_id": str(uuid.UUID(int=rng.getrandbits(128), version=4)),
            "article_id": f"a{rng.randrange(5000)}",
            "seconds": rng.randrange(600),
            "utm_source": "facebook",
            "utm_campaign": "spring_sale_2026",
        },
    }
    if rng.random() < 0.6:
        row["user_id"] = f"u{rng.randrange(10**6)}"
    if row["event_type"] == "purchase_complete":
        row |= {"value": f"{rng.randrange(1, 200)}.90", "currency": "EUR"}
    return row


async def _send(process: int, port: int, bodies: list[bytes], *, seconds: float, connections: int) -> Load:
    head = (
        "POST /v1/events HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
        f"authorization: Bearer {_KEY}\r\ncontent-length: "
    ).encode()
    requests = [head + str(len(body)).encode() + b"\r\n\r\n" + body for body in bodies]
    warm_up = await asyncio.gather(
        *(_client(port, requests, number, time.monotonic() + 0.5) for number in range(connections))
    )
    began, spent = time.monotonic(), _core_seconds(process)
    found = await asyncio.gather(*(_client(port, requests, number, began + seconds) for number in range(connections)))
    took, spent = time.monotonic() - began, _core_seconds(process) - spent
    times = sorted(each for client in found for each, _ in client)
    errors = sum(not ok for client in found for _, ok in client)
    return Load(
        events_per_second=(len(times) - errors) * BATCH / took,
        p50_ms=times[len(times) // 2] * 1000,
        p99_ms=times[len(times) * 99 // 100] * 1000,
        worst_ms=times[-1] * 1000,
        core_us_per_batch=spent / len(times) * 1e6,
        batches=len(times),
        warm_up_batches=sum(map(len, warm_up)),
        errors=errors,
    )


async def _client(port: int, requests: list[bytes], number: int, until: float) -> list[tuple[float, bool]]:
    """One connection: the next batch goes when the last one is acknowledged."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    times: list[tuple[float, bool]] = []
    while (sent := time.monotonic()) < until:
        writer.write(requests[(number + len(times)) % len(requests)])
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        body = await reader.readexactly(length)
        ok = head.startswith(b"HTTP/1.1 202") and body.endswith(b'"refused":[]}')
        times.append((time.monotonic() - sent, ok))
    writer.close()
    return times


def _core_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Reference:
    """Appends and syncs whatever comes, and acknowledges it like a batch that was judged."""

    def __init__(self, home: Path, *, is_blind: bool) -> None:
        self._is_blind = is_blind
        self._stream = Stream("product", "events", "bench")
        self._home = home
        self._commits: GroupCommit | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await self._live(receive, send)
        assert self._commits is not None
        parts, more = [], True
        while more:
            message = await receive()
            parts.append(message.get("body", b""))
            more = message.get("more_body", False)
        body = b"".join(parts)
        rows = [body] if self._is_blind else list(map(orjson.dumps, orjson.loads(body)["events"]))
        content = b"\n".join(rows) + b"\n"
        await self._commits.keep(Lines(stream=self._stream, content=content, rows=len(rows)))
        answer = b'{"accepted":100,"refused":[]}'
        headers = [(b"content-length", str(len(answer)).encode()), (b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 202, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        limits = CommitLimits(segment_bytes=32 << 20, segment_seconds=30, waiting_bytes=64 << 20)
        self._commits = GroupCommit(
            self._home / "landing",
            limits=limits,
            clock=wall_clock,
            sleep=time.sleep,
            token=lambda: uuid.uuid4().hex[:8],
            metrics=Metrics(),
        )
        await self._commits.start()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._commits.stop()
        await send({"type": "lifespan.shutdown.complete"})


def _serve(reference: str, home: Path) -> None:
    with bound_listener("127.0.0.1", 0) as listener:
        sys.stderr.write(f"http://127.0.0.1:{listener.getsockname()[1]} \n")
        sys.stderr.flush()
        config = uvicorn.Config(
            Reference(home, is_blind=reference == "blind"), ws="none", lifespan="on", log_config=None, access_log=False
        )
        uvicorn.Server(config).run(sockets=[listener])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--serve", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve is not None:
        _serve(arguments.serve[0], Path(arguments.serve[1]))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        found = measure(Path(folder), seconds=arguments.seconds, connections=arguments.connections)
    sys.stdout.write(json.dumps({**asdict(found), "ratios": found.ratios, "is_good": found.is_good}, indent=2) + "\n")
    return 0 if found.is_good else 1


if __name__ == "__main__":
    sys.exit(main())
