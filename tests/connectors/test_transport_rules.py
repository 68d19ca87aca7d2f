"""The retry, wait and write rules of the shared HTTP layer, against a real server that plays a written script."""

import json
import logging
import random
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.taxonomy import (
    AuthExpired,
    OutcomeUnknown,
    PartyError,
    RateLimited,
    Rejected,
    SplitRequest,
    TransientError,
)
from connectors.transport import Call, Pause, Reply, RetryPolicy, Transport, new_client

NOW = datetime(2026, 11, 1, 6, 0, tzinfo=UTC)
TOKEN = "made-up-token"


@dataclass(frozen=True)
class Answer:
    status: int = 200
    body: bytes = b'{"ok": true}'
    headers: dict[str, str] = field(default_factory=dict)
    then: str = ""  # "reset": the connection is reset instead of an answer; "silence": closed without one


@dataclass(frozen=True)
class Seen:
    method: str
    path: str
    body: bytes


class ScriptedServer:
    """Plays one answer per request, in order; a request beyond the script is answered 418 and kept for the assert."""

    def __init__(self) -> None:
        self.script: list[Answer] = []
        self.seen: list[Seen] = []
        played = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def handle_any(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                played.seen.append(Seen(self.command, self.path, body))
                answer = played.script.pop(0) if played.script else Answer(status=418, body=b"{}")
                if answer.then:
                    if answer.then == "reset":
                        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    self.connection.close()
                    self.close_connection = True
                    return
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

            do_GET = do_POST = do_PUT = do_DELETE = handle_any  # the names http.server prescribes

            def log_message(self, format: str, *args: Any) -> None:
                """Tests print nothing."""

            def finish(self) -> None:
                if not self.wfile.closed:
                    try:
                        super().finish()
                    except OSError:
                        self.close_connection = True

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()
        self.base_url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def play(self, *script: Answer) -> None:
        self.script = list(script)
        self.seen = []

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture(scope="module")
def server() -> Iterator[ScriptedServer]:
    server = ScriptedServer()
    yield server
    server.stop()


def judge(reply: Reply) -> Any:
    """A made-up party: 429 is a limit, 413 too much, 401 a dead credential, 400 an invalid request."""
    if reply.status == 429:
        raise RateLimited(reply.said("slow down"), wait_seconds=reply.retry_after_seconds())
    if reply.status == 413:
        raise SplitRequest(reply.said("too much"))
    if reply.status == 401:
        raise AuthExpired(reply.said(reply.text))
    if reply.status == 400:
        raise Rejected(reply.said("invalid"))
    if reply.status >= 500:
        raise TransientError(reply.said(f"server failure, {reply.describe_body()}"))
    return reply.json()


class Party:
    """A transport with everything it was handed kept in sight."""

    def __init__(self, base_url: str, *, policy: RetryPolicy | None = None, **extras: Any) -> None:
        self.slept: list[float] = []
        self.transport = Transport(
            party="made_up",
            account_id="7",
            base_url=base_url,
            authorise=self._authorise,
            judge=judge,
            clock=lambda: NOW,
            sleep=self.slept.append,
            rng=random.Random(11),
            policy=policy or RetryPolicy(),
            secrets=[TOKEN],
            client=CLIENT,
            **extras,
        )

    def _authorise(self, request: httpx.Request) -> None:
        request.url = request.url.copy_merge_params({"access_token": TOKEN})

    def get(self, path: str = "/things", **extras: Any) -> Any:
        return self.transport.send(Call(method="GET", path=path, **extras))

    def post(self, **extras: Any) -> Any:
        return self.transport.send(Call(method="POST", path="/things", form={"name": "n"}, **extras))


CLIENT = new_client()  # shared: each new one costs a TLS context

MISHAPS = {
    "a server failure": Answer(status=503, body=b"{}"),
    "a reset": Answer(then="reset"),
    "a closed connection": Answer(then="silence"),
    "an HTML page": Answer(body=b"<html><title>Sorry</title></html>"),
    "an empty body": Answer(body=b""),
    "cut-off JSON": Answer(body=b'{"data": [1, 2'),
}


@pytest.mark.parametrize("mishap", MISHAPS)
def test_a_read_is_repeated_after_a_mishap_until_it_succeeds(server: ScriptedServer, mishap: str) -> None:
    server.play(MISHAPS[mishap], MISHAPS[mishap], Answer())
    party = Party(server.base_url)
    assert party.get() == {"ok": True}
    assert len(server.seen) == 3
    assert len(party.slept) == 2
    assert (party.transport.usage.requests, party.transport.usage.retries) == (3, 2)


@pytest.mark.parametrize("mishap", MISHAPS)
def test_a_write_is_never_repeated_after_a_mishap(server: ScriptedServer, mishap: str) -> None:
    server.play(MISHAPS[mishap], Answer())
    party = Party(server.base_url)
    with pytest.raises(OutcomeUnknown):
        party.post()
    assert [(seen.method, seen.body) for seen in server.seen] == [("POST", b"name=n")]
    assert party.slept == []


def test_a_post_that_only_asks_is_repeated_like_a_read(server: ScriptedServer) -> None:
    server.play(Answer(then="reset"), Answer())
    assert Party(server.base_url).post(writes=False) == {"ok": True}
    assert len(server.seen) == 2


def test_a_write_that_could_not_connect_is_tried_again_and_then_called_transient() -> None:
    with socket.socket() as taken:  # bound and not listening: connections are refused
        taken.bind(("127.0.0.1", 0))
        party = Party(f"http://127.0.0.1:{taken.getsockname()[1]}", policy=RetryPolicy(attempts=3))
        with pytest.raises(TransientError, match="could not connect"):
            party.post()
    assert party.transport.usage.requests == 3
    assert len(party.slept) == 2


def test_a_slow_answer_to_a_write_leaves_its_outcome_unknown() -> None:
    with socket.socket() as mute:  # listening, never answering
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        party = Party(f"http://127.0.0.1:{mute.getsockname()[1]}")
        with pytest.raises(OutcomeUnknown, match="no answer in time"):
            party.post(timeout_seconds=0.05)


def test_attempts_are_bounded(server: ScriptedServer) -> None:
    server.play(*[Answer(status=500, body=b"{}")] * 10)
    party = Party(server.base_url, policy=RetryPolicy(attempts=4))
    with pytest.raises(TransientError, match="server failure"):
        party.get()
    assert len(server.seen) == 4


@given(failures=st.integers(1, 40), seed=st.integers(0, 999), first=st.floats(0.1, 5), most=st.floats(5, 90))
def test_backoff_is_full_jitter_below_a_doubling_ceiling(failures: int, seed: int, first: float, most: float) -> None:
    policy = RetryPolicy(first_backoff_seconds=first, max_backoff_seconds=most)
    party = Party("http://127.0.0.1:1", policy=policy)
    party.transport._rng.seed(seed)
    party.transport.back_off(failures)
    assert 0 <= party.slept[0] <= min(most, first * 2 ** (failures - 1))


def test_backoff_uses_the_whole_range_below_its_ceiling() -> None:
    party = Party("http://127.0.0.1:1", policy=RetryPolicy(first_backoff_seconds=8, max_backoff_seconds=8))
    for _ in range(400):
        party.transport.back_off(1)
    assert min(party.slept) < 0.4
    assert max(party.slept) > 7.6
    assert 3.5 < sum(party.slept) / 400 < 4.5  # uniform on 0..8


@settings(max_examples=25, deadline=None)
@given(stated=st.lists(st.integers(0, 900), min_size=1, max_size=8), cap=st.integers(1, 2000))
def test_stated_waits_are_obeyed_until_the_runs_waiting_is_used_up(
    server: ScriptedServer, stated: list[int], cap: int
) -> None:
    server.play(*[Answer(status=429, headers={"retry-after": str(wait)}) for wait in stated], Answer())
    party = Party(server.base_url, policy=RetryPolicy(max_total_wait_seconds=cap))
    waits = [float(max(1, wait)) for wait in stated]  # a stated zero still waits a second
    affordable = waits[: next((place for place in range(len(waits)) if sum(waits[: place + 1]) > cap), len(waits))]
    if len(affordable) == len(waits):
        assert party.get() == {"ok": True}
    else:
        with pytest.raises(RateLimited):
            party.get()
    assert party.slept == affordable
    assert party.transport.usage.waits == len(affordable)
    assert party.transport.usage.waited_seconds == sum(affordable) <= cap


def test_the_waiting_cap_holds_over_all_calls_of_a_run(server: ScriptedServer) -> None:
    limited = Answer(status=429, headers={"retry-after": "40"})
    server.play(limited, Answer(), limited, Answer())
    party = Party(server.base_url, policy=RetryPolicy(max_total_wait_seconds=60))
    assert party.get() == {"ok": True}
    with pytest.raises(RateLimited):
        party.get()


def test_a_refused_write_waits_and_is_sent_again_because_it_did_not_happen(server: ScriptedServer) -> None:
    server.play(Answer(status=429, headers={"retry-after": "5"}), Answer())
    party = Party(server.base_url)
    assert party.post() == {"ok": True}
    assert party.slept == [5.0]


def test_an_unstated_wait_has_a_default(server: ScriptedServer) -> None:
    server.play(Answer(status=429), Answer())
    party = Party(server.base_url, policy=RetryPolicy(unstated_wait_seconds=33))
    party.get()
    assert party.slept == [33.0]


def test_retry_after_as_a_date_is_measured_from_the_clock_handed_in(server: ScriptedServer) -> None:
    server.play(Answer(status=429, headers={"retry-after": "Sun, 01 Nov 2026 06:01:30 GMT"}), Answer())
    party = Party(server.base_url)
    party.get()
    assert party.slept == [90.0]


@pytest.mark.parametrize(("status", "kind"), [(401, AuthExpired), (400, Rejected), (413, SplitRequest)])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_permanent_errors_and_split_requests_rise_at_once(
    server: ScriptedServer, status: int, kind: type[PartyError], method: str
) -> None:
    server.play(Answer(status=status), Answer())
    party = Party(server.base_url)
    with pytest.raises(kind):
        party.get() if method == "GET" else party.post()
    assert len(server.seen) == 1
    assert party.slept == []


def test_an_html_answer_says_what_came_instead(server: ScriptedServer) -> None:
    server.play(*[Answer(body=b"<!DOCTYPE html><html><h1>Maintenance</h1></html>")] * 2)
    party = Party(server.base_url, policy=RetryPolicy(attempts=2))
    with pytest.raises(TransientError, match="expected JSON but got an HTML page"):
        party.get()


def test_a_pause_asked_for_by_headers_is_taken_before_the_next_call_and_never_loses_an_answer(
    server: ScriptedServer,
) -> None:
    server.play(Answer(body=b'{"id": "1"}', headers={"x-usage": "97"}), Answer())
    party = Party(
        server.base_url,
        policy=RetryPolicy(max_total_wait_seconds=60),
        watch=lambda reply: Pause(seconds=600, why="usage at 97 %") if "x-usage" in reply.headers else None,
    )
    assert party.post() == {"id": "1"}
    assert party.slept == []
    with pytest.raises(RateLimited, match="usage at 97 %"):
        party.post()
    assert len(server.seen) == 1


def test_secrets_reach_neither_messages_nor_logs(server: ScriptedServer, caplog: pytest.LogCaptureFixture) -> None:
    server.play(Answer(status=401, body=f"Malformed access token {TOKEN}".encode()))
    caplog.set_level(logging.DEBUG)
    with pytest.raises(AuthExpired) as caught:
        Party(server.base_url).get("/things?also=secret")
    assert f"access_token={TOKEN}" in server.seen[0].path
    assert TOKEN not in str(caught.value)
    assert "also=secret" not in str(caught.value)
    assert "Malformed access token [redacted]" in str(caught.value)
    assert "HTTP Request" in caplog.text
    assert TOKEN not in caplog.text


def test_credentials_are_not_sent_to_another_address(server: ScriptedServer) -> None:
    server.play(Answer(), Answer())
    elsewhere = server.base_url.replace("127.0.0.1", "localhost")
    party = Party(server.base_url)
    party.get(f"{elsewhere}/signed/file?key=1")
    party.get(f"{server.base_url}/next?page=2")
    assert server.seen[0].path == "/signed/file?key=1"
    assert server.seen[1].path == f"/next?page=2&access_token={TOKEN}"


def test_each_attempt_is_authorised_anew(server: ScriptedServer) -> None:
    server.play(Answer(status=500), Answer())
    nonces = iter(["n1", "n2"])

    def authorise(request: httpx.Request) -> None:
        request.url = request.url.copy_merge_params({"nonce": next(nonces)})

    transport = Transport(
        party="made_up",
        account_id=None,
        base_url=server.base_url,
        authorise=authorise,
        judge=judge,
        clock=lambda: NOW,
        sleep=lambda seconds: None,
        rng=random.Random(1),
    )
    transport.send(Call(method="GET", path="/things"))
    assert [seen.path for seen in server.seen] == ["/things?nonce=n1", "/things?nonce=n2"]


@pytest.mark.parametrize("base_url", ["graph.example.invalid", "ftp://example.invalid", "http://"])
def test_an_address_without_a_scheme_or_host_is_one_clear_message(base_url: str) -> None:
    with pytest.raises(Rejected, match="Check the base URL"):
        Party(base_url).get()


def test_bodies_go_out_in_the_form_asked_for(server: ScriptedServer) -> None:
    server.play(Answer(), Answer(), Answer())
    send: Callable[[Call], Any] = Party(server.base_url).transport.send
    send(Call(method="POST", path="/a", form={"x": "1 2"}))
    send(Call(method="PUT", path="/b", json_body={"x": [1]}))
    send(Call(method="POST", path="/c", content=b"raw", headers={"content-type": "text/csv"}))
    assert [seen.body for seen in server.seen] == [
        b"x=1+2",
        json.dumps({"x": [1]}, separators=(",", ":")).encode(),
        b"raw",
    ]


def test_a_client_is_quiet_about_addresses_however_often_it_is_made() -> None:
    for _ in range(3):
        new_client().close()
    assert len(logging.getLogger("httpx").filters) == 1
