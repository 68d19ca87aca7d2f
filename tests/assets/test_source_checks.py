"""A source of the collector that falls silent: its check fails, and its owner is told once."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import dagster as dg
import pytest

from actions.house import House, open_house
from connectors.landing.manifest import Pull
from connectors.landing.pull_writer import PullWriter
from orchestration.building import build_hot
from sensors.failures import settle

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@dataclass
class Receiver:
    """Takes alerts over real HTTP, as a chat's webhook would."""

    address: str = ""
    heard: list[bytes] = field(default_factory=list)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    told = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.heard.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Nothing on the terminal."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        told.address = f"http://127.0.0.1:{server.server_port}/hook"
        yield told
        server.shutdown()
        thread.join()


def heard(home: Path, source: str, *, at: datetime) -> None:
    pull = Pull(pull_id=f"s-{at:%H%M}", party="product", entity="events", account_id=source, pulled_at=at, window=None)
    with PullWriter(home / "landing", pull, sleep=lambda seconds: None) as writer:
        writer.write({"event_id": "e1", "event_type": "login", "user_id": "u1", "occurred_at": "2026-11-20T05:00:00Z"})


def check(house: House) -> tuple[dg.DagsterRun, dict[str, dg.AssetCheckEvaluation], dg.DagsterInstance]:
    definitions = build_hot(house.environ, overrides={"house": house})
    instance = dg.DagsterInstance.ephemeral()
    result = definitions.resolve_job_def("check_accounts").execute_in_process(instance=instance, raise_on_error=False)
    found = {each.check_name: each for each in result.get_asset_check_evaluations()}
    return result.dagster_run, found, instance


def test_the_owner_of_a_source_that_fell_silent_is_told_once_and_not_of_one_that_still_speaks(tmp_path, receiver):
    home = tmp_path / "home"
    house = open_house(
        {
            "WEIR_HOME": str(home),
            "WEIR_SOURCE_WEB_KEY": "a-key-of-the-web-site",
            "WEIR_SOURCE_APP_KEY": "a-key-of-the-mobile-app",
            "WEIR_SOURCE_TILL_KEY": "a-key-of-the-till-never-used",
            "WEIR_ALERT_WEBHOOK_URL": receiver.address,
        }
    )
    house = replace(house, clock=lambda: NOON, sleep=lambda seconds: None)
    heard(home, "web", at=NOON - timedelta(hours=7))
    heard(home, "app", at=NOON - timedelta(hours=5))
    for _ in range(2):
        run, found, instance = check(house)
        settle(house, instance, run)
    assert {name: each.passed for name, each in found.items()} == {
        "is_heard__web": False,
        "is_heard__app": True,
        "is_heard__till": True,  # not missed before it was ever heard
    }
    assert found["is_heard__web"].description == "web: silent for 7.0 h, over the 6 h tolerated"
    (told,) = receiver.heard
    assert b"silent for 7.0 h" in told
    heard(home, "web", at=NOON - timedelta(minutes=1))
    run, found, instance = check(house)
    assert "over" in settle(house, instance, run)
    assert found["is_heard__web"].passed
