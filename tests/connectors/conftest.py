"""A small landing zone and lake to practise on: one daily entity and one of objects, with pulls made by hand."""

import hashlib
import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import duckdb
import pytest
import uvicorn

from connectors.ad_platform import DayWindow
from connectors.entity_schema import Column, EntitySchema, Kind, Type
from connectors.lake.facts.blocks import BLOCK_BYTES
from connectors.lake.load_log import LoadRecord, records_after
from connectors.lake.loader import Lake, LoadReport
from connectors.landing.durable import write_atomically
from connectors.landing.layout import LandingLayout, stream_of
from connectors.landing.manifest import Manifest, Pull
from connectors.landing.pending import LandedPull, find_pending, mark_all_pending
from connectors.landing.pull_writer import PullWriter

DAILY = EntitySchema(
    party="practice_ads",
    entity="ad_daily",
    kind=Kind.WINDOWED,
    description="One ad and day.",
    columns=(
        Column("date", Type.DATE, "$.date", "The day.", required=True),
        Column("ad_id", Type.TEXT, "$.ad_id", "The ad.", required=True),
        Column("spend", Type.DECIMAL, "$.metrics.spend", "Spend.", null_texts=("-",)),
        Column("clicks", Type.INTEGER, "$.metrics.clicks", "Clicks."),
        Column("actions", Type.JSON, "$.actions", "Claims."),
    ),
    key=("date", "ad_id"),
    day="date",
)
CAMPAIGNS = EntitySchema(
    party="practice_ads",
    entity="campaigns",
    kind=Kind.OBJECT,
    description="One campaign.",
    columns=(
        Column("campaign_id", Type.TEXT, "$.id", "The campaign.", required=True),
        Column("name", Type.TEXT, "$.name", "Its name."),
        Column("is_active", Type.BOOLEAN, "$.active", "Whether it runs."),
        Column("updated_at", Type.INSTANT, "$.updated", "When it changed."),
    ),
    key=("campaign_id",),
)
POSTS = EntitySchema(
    party="practice_ads",
    entity="posts",
    kind=Kind.APPEND,
    description="One post.",
    columns=(
        Column("post_id", Type.INTEGER, "$.id", "The post.", required=True),
        Column("posted_at", Type.INSTANT, "$.at", "When.", required=True),
        Column("text", Type.TEXT, "$.text", "What it says."),
    ),
    key=("post_id",),
    day="posted_at",
)
FIRST = datetime(2026, 11, 1, 6, tzinfo=UTC)
DAY = date(2026, 10, 1)


def no_sleep(seconds: float) -> None:
    return None


@dataclass
class Practice:
    root: Path
    schemas: Sequence[EntitySchema] = (DAILY, CAMPAIGNS, POSTS)
    loaded_at: datetime = datetime(2026, 11, 2, tzinfo=UTC)
    on_step: Callable[[str], None] = field(default=lambda step: None)
    block_bytes: int = BLOCK_BYTES

    @property
    def landing(self) -> Path:
        return self.root / "landing"

    @property
    def lake_root(self) -> Path:
        return self.root / "lake"

    @property
    def lake(self) -> Lake:
        return Lake(
            landing=self.landing,
            root=self.lake_root,
            schemas=self.schemas,
            clock=lambda: self.loaded_at,
            sleep=no_sleep,
            wait_seconds=0,
            on_step=self.on_step,
            block_bytes=self.block_bytes,
        )

    def pull(
        self,
        rows: Iterable[Mapping[str, Any] | str],
        *,
        hour: float,
        schema: EntitySchema = DAILY,
        days: tuple[int, int] | None = (0, 3),
        account: str = "a1",
        pull_id: str | None = None,
        complete: bool = True,
        currency: str = "USD",
    ) -> Manifest:
        """Lands one pull, `hour` hours after the first; `days` are counted from the first day, half-open."""
        window = DayWindow(DAY + timedelta(days=days[0]), DAY + timedelta(days=days[1])) if days else None
        pull = Pull(
            pull_id=pull_id or f"p{int(hour * 10):04d}",
            party=schema.party,
            entity=schema.entity,
            account_id=account,
            pulled_at=FIRST + timedelta(hours=hour),
            window=window if schema.kind is Kind.WINDOWED else None,
            currency=currency,
            timezone="Europe/Berlin",
            complete=complete,
        )
        with PullWriter(self.landing, pull, sleep=no_sleep) as writer:
            for row in rows:
                writer.write_line(row) if isinstance(row, str) else writer.write(dict(row))
        assert writer.manifest is not None
        return writer.manifest

    def land_bytes(self, content: bytes, *, hour: float, schema: EntitySchema, account: str = "a1") -> None:
        """Lands a file as it is, whatever it holds."""
        pull = Pull(
            pull_id=f"p{int(hour * 10):04d}",
            party=schema.party,
            entity=schema.entity,
            account_id=account,
            pulled_at=FIRST + timedelta(hours=hour),
        )
        layout, stream = LandingLayout(self.landing), stream_of(pull)
        write_atomically(layout.data(stream, pull.stem), content)
        digest = hashlib.sha256(content).hexdigest()
        manifest = Manifest(pull=pull, rows=len(content.splitlines()), bytes=len(content), sha256=digest)
        write_atomically(layout.manifest(stream, pull.stem), manifest.to_json())
        write_atomically(layout.marker(stream, pull.stem), "")

    def waiting(self) -> list[LandedPull]:
        return sorted(find_pending(self.landing).landed, key=lambda pull: pull.order)

    def wait_again(self) -> None:
        mark_all_pending(self.landing)

    def load(self) -> LoadReport:
        report = self.lake.load_pulls()
        for failure in report.failures:
            raise failure.error
        return report

    def sibling(self, name: str, **changes: Any) -> "Practice":
        return replace(self, root=self.root.parent / name, **changes)

    def content(self, *parts: str) -> dict[str, bytes]:
        """Every file of the lake (or some of its folders) by name."""
        found: dict[str, bytes] = {}
        for part in parts or ("raw", "quarantine"):
            for path in sorted((self.lake_root / part).rglob("*")):
                if path.is_file():
                    found[path.relative_to(self.lake_root).as_posix()] = path.read_bytes()
        return found

    def log(self) -> list[LoadRecord]:
        return records_after(self.lake_root / "loads", 0)

    def query(self, sql: str, *, entity: str = "ad_daily") -> list[tuple[Any, ...]]:
        """Asks the lake's files directly: `{lake}` stands for the rows of one entity."""
        files = (self.lake_root / "raw" / "practice_ads" / entity / "**" / "*.parquet").as_posix()
        with duckdb.connect() as connection:
            connection.execute("set timezone = 'UTC'")
            relation = f"read_parquet('{files}', hive_partitioning = false)"
            return connection.execute(sql.replace("{lake}", relation)).fetchall()

    def known_on(self, hour: float) -> set[tuple[str, str]]:
        """The ad days as known at an instant: (key, spend)."""
        at = (FIRST + timedelta(hours=hour)).isoformat()
        rows = self.query(
            "select date || '/' || ad_id, payload from {lake} "
            f"where _valid_from <= timestamptz '{at}' and (_valid_to is null or _valid_to > timestamptz '{at}')"
        )
        return {(key, json.loads(payload)["metrics"]["spend"]) for key, payload in rows}


def ad_day(day: int, ad: str, spend: str, *, clicks: Any = 1) -> dict[str, Any]:
    return {
        "date": (DAY + timedelta(days=day)).isoformat(),
        "ad_id": ad,
        "metrics": {"spend": spend, "clicks": clicks},
        "actions": [{"type": "purchase", "value": "1"}],
    }


@pytest.fixture
def practice(tmp_path: Path) -> Practice:
    return Practice(root=tmp_path / "home")


@pytest.fixture(scope="session")
def make_ad_day() -> Callable[..., dict[str, Any]]:
    return ad_day


@pytest.fixture(scope="session")
def practice_at() -> Callable[[Path], Practice]:
    """For tests that need many homes, such as those that try random cases."""
    return lambda root: Practice(root=root)


@pytest.fixture(scope="session")
def practice_schemas() -> dict[str, EntitySchema]:
    return {"daily": DAILY, "campaigns": CAMPAIGNS, "posts": POSTS}


@dataclass
class Runs:
    """Real processes that a driver forks, each ended by SIGKILL or by its own work."""

    process: "subprocess.Popen[str]"

    def run(self, home: Path, *, kill_at: int = -1, kill_after: float | None = None, times: int = 1) -> list[int]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        home.mkdir(exist_ok=True)
        order = {"home": str(home), "kill_at": kill_at, "kill_after": kill_after, "times": times}
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


@pytest.fixture(scope="module")
def runs(request: pytest.FixtureRequest) -> Iterator[Runs]:
    """Of the script that the test module names as its DRIVER."""
    with subprocess.Popen(
        [sys.executable, str(request.module.DRIVER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield Runs(process)


@pytest.fixture(scope="session")
def answering() -> Callable[[Any], Any]:
    """Serves an ASGI app on a real port for the length of a block, and gives its address."""

    @contextmanager
    def serving(app: Any) -> Generator[str]:
        server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, lifespan="off"))
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            thread = Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
            thread.start()
            while not server.started:
                time.sleep(0.005)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
            server.should_exit = True
            thread.join()

    return serving
