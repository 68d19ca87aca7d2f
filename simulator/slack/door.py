"""Slack's incoming webhook: one secret address for one channel, plain words for answers, about a message a second.

What arrived can be read at `/sim/slack`, where the channel's troubles are switched on, too.
"""

import json
from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from simulator.doors import DoorSpec
from simulator.services import service_keys
from simulator.world.model import Door

PARTY = "slack"
_TROUBLES = {
    "action_prohibited": 403,
    "channel_not_found": 404,
    "no_service": 404,
    "channel_is_archived": 410,
    "rollup_error": 500,
}
_BURST, _SECONDS = 5, timedelta(seconds=5)  # one a second, with short bursts forgiven
_KEPT = 1000


class Channel:
    def __init__(self, door: Door) -> None:
        self._door = door
        self._path = service_keys(door.world.seed).slack_path
        self._recent: deque[datetime] = deque()
        self.trouble: str | None = None
        self.messages: deque[dict[str, Any]] = deque(maxlen=_KEPT)

    async def post(self, request: Request) -> Response:
        if request.url.path != self._path or self._door.is_revoked(PARTY, PARTY):
            return _word("no_service")
        if self.trouble is not None:
            return _word(self.trouble)
        try:
            told = json.loads(await request.body())
        except (ValueError, RecursionError):
            told = None
        if not isinstance(told, dict):
            return PlainTextResponse("invalid_payload", status_code=400)
        if not (told.get("text") or told.get("blocks") or told.get("attachments")):
            return PlainTextResponse("no_text", status_code=400)
        now = self._door.wall_clock()
        while self._recent and self._recent[0] <= now - _SECONDS:
            self._recent.popleft()
        if len(self._recent) >= _BURST:
            return _rate_limited(request)
        self._recent.append(now)
        self.messages.append({"at": self._door.world.now().isoformat(), "message": told})
        return PlainTextResponse("ok")

    async def control(self, request: Request) -> Response:
        if request.method == "PUT":
            trouble = (await request.json()).get("trouble")
            if trouble is not None and trouble not in _TROUBLES:
                return JSONResponse({"error": f"a trouble is one of {', '.join(_TROUBLES)}"}, status_code=400)
            self.trouble = trouble
        if request.method == "DELETE":
            self.messages.clear()
        return JSONResponse({"trouble": self.trouble, "messages": list(self.messages)})


def _word(word: str) -> Response:
    return PlainTextResponse(word, status_code=_TROUBLES[word])


def _rate_limited(request: Request) -> Response:
    return PlainTextResponse("rate_limited", status_code=429, headers={"retry-after": "1"})


def routes(door: Door) -> Sequence[BaseRoute]:
    channel = Channel(door)
    door.add_controls([Route("/sim/slack", channel.control, methods=["GET", "PUT", "DELETE"])])
    return [Route("/services/{path:path}", channel.post, methods=["POST"])]


DOOR = DoorSpec(
    party=PARTY,
    owns=lambda path: path.startswith("/services/"),
    routes=routes,
    rate_limited=_rate_limited,
    is_write=lambda request: True,
)
