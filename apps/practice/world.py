"""The practice world as a program beside a command, and its controls: its clock, and troubles that can be switched on.

It is reached over HTTP only; nothing of its inside is known here.
"""

import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from apps.practice.mark import VARIABLES, Practice
from apps.processes import Child, Hear, Program
from weir.home import Home


def world_program(home: Home, practice: Practice, *, environ: Mapping[str, str]) -> Program:
    command = [sys.executable, "-m", "simulator", "--scenario", practice.scenario, "--seed", str(practice.seed)]
    places = ["--port", str(practice.port), "--env-file", str(home.root / VARIABLES)]
    return Program(name="world", command=[*command, *places], environ=environ, folder=home.root)


def with_a_port(practice: Practice, *, wanted: int | None = None) -> Practice:
    """At its old port where that is free, else at any. A port that somebody asked for is not replaced."""
    if wanted is not None:
        return replace(practice, port=wanted)
    return practice if is_free(practice.port) else replace(practice, port=free_port())


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return port != 0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass(frozen=True, kw_only=True)
class WorldControl:
    client: httpx.Client

    def answers(self) -> bool:
        try:
            self.now()
        except httpx.HTTPError:
            return False
        return True

    def now(self) -> datetime:
        return _instant(self.client.get("/sim/clock"))

    def advance(self, **by: Any) -> datetime:
        """`days=1`, `hours=3` or `to=<an instant>`."""
        told = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in by.items()}
        return _instant(self.client.post("/sim/clock", json=told))

    def save_product(self, entity: str, path: Path, *, since: datetime | None, until: datetime) -> None:
        """What the product's own records say of a stretch of time, as JSON lines."""
        asked = {"until": until.isoformat()} | ({"since": since.isoformat()} if since else {})
        with (
            self.client.stream("GET", f"/sim/product/{entity}", params=asked) as answer,
            path.open("wb") as file,
        ):
            answer.raise_for_status()
            for part in answer.iter_bytes():
                file.write(part)

    def post_product(
        self, entity: str, *, url: str, key: str, since: datetime, until: datetime, disorder: Mapping[str, float]
    ) -> int:
        """The product sends a stretch of time to a collector. How many rows were acknowledged."""
        told = {"since": since.isoformat(), "until": until.isoformat(), "disorder": dict(disorder)}
        answer = self.client.post("/sim/product/post", json={**told, "entity": entity, "url": url, "key": key})
        answer.raise_for_status()
        return answer.json()["accepted"]

    def hold_webhooks(self, on_hold: bool) -> None:
        """While they are on hold, what the world's parties tell of themselves waits."""
        self.client.put("/sim/webhooks", json={"on_hold": on_hold}).raise_for_status()

    def webhooks(self) -> Mapping[str, int]:
        """How many are waiting, delivered and given_up."""
        return self.client.get("/sim/webhooks").raise_for_status().json()

    def revoke(self, party: str, account_id: str) -> None:
        revoked = [{"party": party, "account_id": account_id}]
        self.client.put("/sim/faults", json={"revoked": revoked}).raise_for_status()

    def restore_all(self) -> None:
        self.client.delete("/sim/faults").raise_for_status()


def control_of(practice: Practice) -> WorldControl:
    # Letting ninety days of a large world pass is the slowest thing that is ever asked of it.
    return WorldControl(client=httpx.Client(base_url=practice.base_url, timeout=120.0))


def _instant(answer: httpx.Response) -> datetime:
    answer.raise_for_status()
    return datetime.fromisoformat(answer.json()["now"])


def start_world(home: Home, practice: Practice, *, environ: Mapping[str, str], hear: Hear) -> Child:
    return Child(world_program(home, practice, environ=environ), hear=hear)
