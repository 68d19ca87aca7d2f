"""A collector as it runs: `weir collect` in a process of its own, spoken to over HTTP, its landing zone looked into."""

import base64
import hashlib
import hmac
import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from signal import SIGKILL, SIGTERM
from typing import Any

import httpx
import pytest

from connectors.landing.pending import checked_content, find_pending

KEY = "web-key-0123456789"
PAGE_KEY = "page-key-0123456789"
PAGE_ORIGIN = "https://shop.example"
WHOP_SECRET = "ws_0123456789abcdef"
MAIL_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
META_SECRET = "secret"
META_TOKEN = "made-up-verify-token"
VARIABLES = {
    "WEIR_SOURCE_WEB_KEY": KEY,
    "WEIR_SOURCE_PAGE_KEY": PAGE_KEY,
    "WEIR_SOURCE_PAGE_ORIGINS": PAGE_ORIGIN,
    "WEIR_COLLECTOR_WHOP_SECRET": WHOP_SECRET,
    "WEIR_COLLECTOR_MAIL_SECRET": MAIL_SECRET,
    "WEIR_COLLECTOR_META_APP_SECRET": META_SECRET,
    "WEIR_COLLECTOR_META_VERIFY_TOKEN": META_TOKEN,
}
START = "from apps.cli.main import main; main()"


@dataclass
class Running:
    home: Path
    process: subprocess.Popen[str]
    url: str
    client: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.client = httpx.Client(base_url=self.url, timeout=30, follow_redirects=False)

    def send(self, rows: list[Any], *, entity: str = "events", key: str = KEY, **options: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {key}", **options.pop("headers", {})}
        return self.client.post(f"/v1/{entity}", json={entity: rows}, headers=headers, **options)

    def raw(self, body: bytes, *, entity: str = "events", **headers: str) -> httpx.Response:
        given = {"authorization": f"Bearer {KEY}", "content-type": "application/json"}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post(f"/v1/{entity}", content=body, headers=given)

    def metric(self, line: str) -> float:
        """The value of a metric, by its name and labels as they are written."""
        for each in self.client.get("/metrics").text.splitlines():
            if each.startswith(f"{line} "):
                return float(each.rsplit(" ", 1)[1])
        return 0.0

    def stop(self) -> None:
        self.client.close()
        if self.process.poll() is None:
            self.process.send_signal(SIGTERM)
        self.process.wait(timeout=30)
        if self.process.stderr is not None:
            self.process.stderr.close()

    def kill(self) -> None:
        self.client.close()
        self.process.send_signal(SIGKILL)
        self.process.wait(timeout=30)
        if self.process.stderr is not None:
            self.process.stderr.close()

    def landed(self, stream: str) -> list[Any]:
        return landed(self.home, stream)


def landed(home: Path, stream: str) -> list[Any]:
    """Every row that has landed in a stream such as product/events/web; each file is what its manifest says."""
    return [json.loads(line) for line in landed_lines(home, stream)]


def landed_lines(home: Path, stream: str) -> list[bytes]:
    pulls = [pull for pull in find_pending(home / "landing").landed if pull.stream.path == Path(stream)]
    lines = []
    for pull in pulls:
        content = checked_content(pull)
        assert pull.manifest is not None
        assert pull.manifest.rows == content.count(b"\n")
        lines += content.split(b"\n")[:-1]
    return lines


Start = Callable[..., Running]


@dataclass(frozen=True)
class Command:
    arguments: list[str]
    environ: dict[str, str]


def command(home: Path, variables: Mapping[str, str] | None = None) -> Command:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("WEIR_")}
    environ |= VARIABLES | {"WEIR_HOME": str(home)} | dict(variables or {})
    return Command([sys.executable, "-c", START, "collect", "--port", "0"], environ)


def start_collector(home: Path, *, variables: Mapping[str, str] | None = None, **options: Any) -> Running:
    wanted = command(home, variables)
    process = subprocess.Popen(
        wanted.arguments,
        env=wanted.environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        cwd=home.parent,
        **options,
    )
    assert process.stderr is not None
    said = process.stderr.readline()
    if "http://" not in said:
        pytest.fail(f"the collector did not start: {said}{process.stderr.read()}")
    return Running(home=home, process=process, url=said.split("events at ")[1].split(" for ")[0])


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def start(home: Path) -> Generator[Start]:
    """`start(variables={…})` starts one on this test's home; all are stopped in the end."""
    started: list[Running] = []

    def begin(**options: Any) -> Running:
        started.append(start_collector(home, **options))
        return started[-1]

    yield begin
    for each in started:
        each.stop()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Generator[Running]:
    """One collector for all tests of a file that only speak to it."""
    running = start_collector(tmp_path_factory.mktemp("collector") / "home")
    yield running
    running.stop()


def now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"


def an_event(**columns: Any) -> dict[str, Any]:
    return {
        "event_id": uuid.uuid4().hex,
        "event_type": "article_view",
        "occurred_at": now(),
        "user_id": "u1",
        **columns,
    }


def signed(secret: bytes, body: bytes, *, delivery: str, names: str = "webhook", after: int = 0) -> dict[str, str]:
    at = int(time.time()) + after
    digest = hmac.digest(secret, f"{delivery}.{at}.".encode() + body, hashlib.sha256)
    signature = f"v1,{base64.b64encode(digest).decode()}"
    return {f"{names}-id": delivery, f"{names}-timestamp": str(at), f"{names}-signature": signature}


class Kit:
    """What the tests of the collector share: made-up keys, events, and ways to look at what has landed."""

    key = KEY
    page_key = PAGE_KEY
    page_origin = PAGE_ORIGIN
    whop_secret = WHOP_SECRET
    mail_secret = MAIL_SECRET
    meta_secret = META_SECRET
    meta_token = META_TOKEN

    @staticmethod
    def now() -> str:
        return now()

    @staticmethod
    def event(**columns: Any) -> dict[str, Any]:
        return an_event(**columns)

    @staticmethod
    def command(home: Path) -> Command:
        return command(home)

    @staticmethod
    def landed(home: Path, stream: str) -> list[Any]:
        return landed(home, stream)

    @staticmethod
    def landed_lines(home: Path, stream: str) -> list[bytes]:
        return landed_lines(home, stream)

    @staticmethod
    def signed(secret: bytes, body: bytes, *, delivery: str, names: str = "webhook", after: int = 0) -> dict[str, str]:
        return signed(secret, body, delivery=delivery, names=names, after=after)

    @staticmethod
    def eventually(found: Callable[[], Any]) -> Any:
        return eventually(found)


@pytest.fixture(scope="session")
def kit() -> type[Kit]:
    return Kit


def eventually(found: Callable[[], Any]) -> Any:
    """What `found` gives as soon as it gives anything true; fails loudly if it never does."""
    for _ in range(1200):
        if value := found():
            return value
        time.sleep(0.05)
    pytest.fail("it never came")
