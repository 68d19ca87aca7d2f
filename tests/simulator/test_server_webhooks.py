"""Webhooks as an endpoint receives them: signed bytes untouched, retried, given up on, repeated and reordered."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import httpx
import pytest

from simulator.serving import serve
from simulator.webhooks import Delivery, Webhooks


class Receiver:
    """An endpoint that answers with the statuses it was told, then 200, and keeps what it got."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.got: list[tuple[bytes, str | None]] = []
        self.url = ""

    @property
    def bodies(self) -> list[bytes]:
        return [body for body, _ in self.got]


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            receiver.got.append((body, self.headers["X-Hub-Signature-256"]))
            self.send_response(receiver.statuses.pop(0) if receiver.statuses else 200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def endpoint() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def webhooks(pauses: list[float]) -> Webhooks:
    return Webhooks(seed=1, sleep=pauses.append, timeout_seconds=2.0)


def message(endpoint: Receiver, number: int) -> Delivery:
    return Delivery(url=endpoint.url, body=b'{"n": %d}' % number, headers={"X-Hub-Signature-256": f"sha256={number}"})


def test_bodies_and_signatures_arrive_as_they_were_written(endpoint, webhooks):
    for number in range(3):
        webhooks.post(message(endpoint, number))
    assert [sent.outcome for sent in webhooks.drain()] == ["delivered"] * 3
    assert endpoint.got == [(b'{"n": 0}', "sha256=0"), (b'{"n": 1}', "sha256=1"), (b'{"n": 2}', "sha256=2")]


def test_a_refused_delivery_is_tried_again_with_growing_pauses(endpoint, webhooks, pauses):
    endpoint.statuses = [500, 404]
    webhooks.post(message(endpoint, 1))
    (sent,) = webhooks.drain()
    assert (sent.outcome, sent.statuses) == ("delivered", (500, 404, 200))
    assert endpoint.bodies == [b'{"n": 1}'] * 3
    assert pauses == sorted(pauses)
    assert len(pauses) == 2


def test_it_is_given_up_on_after_the_fourth_attempt(endpoint, webhooks):
    endpoint.statuses = [500] * 9
    webhooks.post(message(endpoint, 1))
    (sent,) = webhooks.drain()
    assert (sent.outcome, sent.statuses) == ("given up", (500, 500, 500, 500))


def test_nobody_listening_is_an_attempt_without_an_answer(webhooks):
    with receiving() as gone:
        delivery = message(gone, 1)
    webhooks.post(delivery)
    (sent,) = webhooks.drain()
    assert (sent.outcome, sent.statuses) == ("given up", (None, None, None, None))


def test_duplicates_and_reordering_lose_nothing(endpoint, webhooks):
    webhooks.disorder.duplicates = 0.3
    webhooks.disorder.reordered = 0.3
    for number in range(60):
        webhooks.post(message(endpoint, number))
    webhooks.drain()
    numbers = [int(body[6:-1]) for body in endpoint.bodies]
    assert set(numbers) == set(range(60))
    assert len(numbers) > 60
    firsts = list(dict.fromkeys(numbers))
    assert firsts != sorted(firsts)


def test_a_served_world_sends_what_its_doors_post(endpoint):
    with serve(scenario="tiny", seed=1, specs=[]) as sim:
        sim.webhooks.post(message(endpoint, 7))
        assert sim.webhooks.settle()
        assert endpoint.bodies == [b'{"n": 7}']
        assert [sent.outcome for sent in sim.webhooks.log] == ["delivered"]


def test_what_is_put_on_hold_waits_until_it_is_let_go(endpoint):
    with serve(scenario="tiny", seed=1, specs=[]) as sim:
        switch = f"{sim.base_url}/sim/webhooks"
        assert httpx.put(switch, json={"on_hold": True}).json()["on_hold"]
        for number in range(2):
            sim.webhooks.post(message(endpoint, number))
        assert sim.webhooks.drain() == []
        assert httpx.get(switch).json() == {"on_hold": True, "waiting": 2, "delivered": 0, "given_up": 0}
        assert endpoint.bodies == []
        httpx.put(switch, json={"on_hold": False})
        assert sim.webhooks.settle()
        assert httpx.get(switch).json() == {"on_hold": False, "waiting": 0, "delivered": 2, "given_up": 0}
        assert endpoint.bodies == [b'{"n": 0}', b'{"n": 1}']
        assert httpx.put(switch, json={}).status_code == 400


def test_signatures_are_not_shown():
    assert "secret" not in repr(Delivery(url="http://localhost", body=b"{}", headers={"X": "secret"}))
