"""What a switched-on fault does to a request: the layer between the server and the doors.

Which faults are on is kept by `simulator.faults`. Every request is noted with its outcome, so that a test can say how
often each fault was really met.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from email.utils import format_datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from simulator.doors import DoorSpec
from simulator.faults import Fault, Faults
from simulator.transport import reset_connection

_GATEWAY_PAGE = (
    "<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head>"
    "<body><center><h1>502 Bad Gateway</h1></center><hr><center>nginx</center></body></html>"
)
_KEPT_REQUESTS = 100_000


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One request as the server saw it. `status` is None when no answer was sent."""

    method: str
    path: str
    party: str | None
    status: int | None
    fault: str | None


class RequestLog:
    def __init__(self) -> None:
        self._seen: deque[Seen] = deque(maxlen=_KEPT_REQUESTS)

    def note(self, seen: Seen) -> None:
        self._seen.append(seen)

    def all(self, party: str | None = None) -> list[Seen]:
        return [seen for seen in list(self._seen) if party is None or seen.party == party]

    def clear(self) -> None:
        self._seen.clear()

    def as_json(self, party: str | None = None) -> list[dict[str, Any]]:
        return [asdict(seen) for seen in self.all(party)]


class Answer:
    """An app's answer, held back instead of sent."""

    def __init__(self) -> None:
        self.status = 500
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = b""

    async def take(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], list(message.get("headers", ()))
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")


def _public_path(path: str) -> str:
    """Bot tokens travel in the path; they are secrets wherever a path is written down."""
    if path.startswith("/bot") and ":" in path:
        _, _, method = path[1:].partition("/")
        return f"/bot…/{method}"
    return path


class FaultyServer:
    """Finds the door a path belongs to and lets the request through, unless a fault strikes."""

    def __init__(self, *, doors: Sequence[tuple[DoorSpec, ASGIApp]], faults: Faults, log: RequestLog) -> None:
        self._doors = doors
        self._faults = faults
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        owner = next(((door, app) for door, app in self._doors if door.owns(request.url.path)), None)
        party = None if owner is None else owner[0].party
        fault = None if owner is None else self._faults.strike(owner[0], request)
        noted = False

        def note(status: int | None) -> None:
            """Once, and before the client can know: whoever has its answer finds its own request in the log."""
            nonlocal noted
            if noted:
                return
            noted = True
            self._log.note(
                Seen(
                    method=request.method,
                    path=_public_path(request.url.path),
                    party=party,
                    status=status,
                    fault=fault.kind if fault else None,
                )
            )

        async def send_noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                note(message["status"])
                stamp = (b"date", format_datetime(self._faults.wall_clock(), usegmt=True).encode())
                message = {**message, "headers": [*message.get("headers", ()), stamp]}
            await send(message)

        try:
            if owner is None:
                await JSONResponse({"error": "no door owns this path"}, status_code=404)(scope, receive, send_noted)
            elif fault is None:
                await owner[1](scope, receive, send_noted)
            else:
                await self._suffer(fault, owner[0], owner[1], request, send_noted, note)
        finally:
            note(None)

    async def _suffer(
        self, fault: Fault, door: DoorSpec, app: ASGIApp, request: Request, send: Send, note: Callable[[None], None]
    ) -> None:
        scope, receive = request.scope, request.receive
        match fault.kind:
            case "rate_limited":
                await door.rate_limited(request)(scope, receive, send)
            case "server_error":
                status = fault.status or 500
                await PlainTextResponse("Service Unavailable" if status == 503 else "Internal Server Error", status)(
                    scope, receive, send
                )
            case "html":
                await HTMLResponse(_GATEWAY_PAGE, fault.status or 502)(scope, receive, send)
            case "slow":
                await asyncio.sleep(fault.seconds)
                await app(scope, receive, send)
            case "timeout":
                note(None)
                await _hang(receive, fault.seconds)
                await reset_connection(scope, receive)
            case "reset":
                note(None)
                await reset_connection(scope, receive)
            case "reset_after_write":
                await app(scope, receive, Answer().take)
                note(None)
                await reset_connection(scope, receive)
            case "malformed":
                await _broken_json(await _answer(app, scope, receive))(scope, receive, send)
            case "truncated":
                answer = await _answer(app, scope, receive)
                await _send_half(answer, scope, receive, send)


async def _answer(app: ASGIApp, scope: Scope, receive: Receive) -> Answer:
    answer = Answer()
    await app(scope, receive, answer.take)
    return answer


async def _hang(receive: Receive, seconds: float) -> None:
    """Waits until the client has gone, but never longer than `seconds`."""
    try:
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return


def _broken_json(answer: Answer) -> Response:
    """A body that ends too early, although the transfer itself was complete."""
    cut = answer.body[: max(1, len(answer.body) * 2 // 3)] if len(answer.body) > 2 else b'{"data": [{"'
    return Response(cut, status_code=200, media_type="application/json")


async def _send_half(answer: Answer, scope: Scope, receive: Receive, send: Send) -> None:
    """Announces the whole body, sends half of it and drops the connection."""
    announced = max(len(answer.body), 2)
    headers = [(name, value) for name, value in answer.headers if name.lower() != b"content-length"]
    headers.append((b"content-length", str(announced).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body[: announced // 2], "more_body": True})
    await asyncio.sleep(0.01)  # lets the half reach the client before the reset throws it away
    await reset_connection(scope, receive)
