"""Clocks: the wall's is aware, a fixed one stands, and the practice one says clearly when it cannot tell the time."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from weir.clocks import PracticeClockSilent, business_clock, fixed_clock, practice_clock, wall_clock


@contextmanager
def answering(status: int, body: bytes) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/sim/clock"
        finally:
            server.shutdown()
            thread.join()


def test_the_practice_clock_tells_the_worlds_time_in_utc() -> None:
    with answering(200, json.dumps({"now": "2026-11-01T08:30:00+02:00"}).encode()) as url:
        now = practice_clock(url)()
        assert now == datetime(2026, 11, 1, 6, 30, tzinfo=UTC)
        assert now.tzinfo is UTC
        assert business_clock(url)() == now


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b'{"now": "2026-11-01T08:30:00+00:00"}'),
        (200, b"<html>not a clock</html>"),
        (200, b"{}"),
        (200, b"[]"),
        (200, b'{"now": 5}'),
        (200, b'{"now": "yesterday"}'),
        (200, b'{"now": "2026-11-01T08:30:00"}'),
    ],
)
def test_an_answer_that_is_no_instant_is_an_error_and_never_the_wall_clock(status: int, body: bytes) -> None:
    with answering(status, body) as url, pytest.raises(PracticeClockSilent, match="/sim/clock"):
        practice_clock(url)()


def test_a_silent_practice_clock_says_what_to_do() -> None:
    with answering(200, b"{}") as url:
        pass
    with pytest.raises(PracticeClockSilent, match="start the simulator, or unset WEIR_PRACTICE_CLOCK_URL"):
        practice_clock(url)()


def test_the_wall_clock_is_aware_utc() -> None:
    assert business_clock(None) is wall_clock
    assert wall_clock().tzinfo is UTC


def test_a_fixed_clock_stands_and_refuses_naive_instants() -> None:
    east = timezone(timedelta(hours=3))
    clock = fixed_clock(datetime(2026, 11, 1, 3, tzinfo=east))
    assert clock() == clock() == datetime(2026, 11, 1, tzinfo=UTC)
    assert clock().tzinfo is UTC
    with pytest.raises(ValueError, match="time zone"):
        fixed_clock(datetime.fromisoformat("2026-11-01T00:00:00"))
