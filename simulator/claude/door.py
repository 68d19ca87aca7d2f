"""The scripted Claude's door: `/v1/messages` and what belongs to it, in the contract of the Messages API.

No model stands behind it. What it answers is written in a script (`/sim/claude/script`); the same requests in the same
order get the same answers.
"""

import json
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from simulator.claude.answers import Answerer
from simulator.claude.asked import read
from simulator.claude.batches import Batches
from simulator.claude.refusals import Refusal, invalid
from simulator.claude.script import Script, rule_of
from simulator.claude.streaming import events
from simulator.claude.tokens import input_tokens
from simulator.claude.versions import NEW_VERSION, VERSIONS
from simulator.doors import DoorSpec
from simulator.services import service_keys
from simulator.world.lives.till import tag
from simulator.world.model import Door

PARTY = "claude"
_LARGEST = 32 * 2**20
_KEPT = 200
_MODELS = ("claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5")


class Claude:
    def __init__(self, door: Door) -> None:
        self._door = door
        self._seed = door.world.seed
        self._key = service_keys(door.world.seed).claude_api_key
        self._requests = 0
        self.script = Script()
        self.seen: deque[dict[str, Any]] = deque(maxlen=_KEPT)
        self._answerer = Answerer(self.script, seed=self._seed)
        self._batches = Batches(self._ask, seed=self._seed, now=door.world.now, base_url=door.base_url)

    def _ask(self, told: dict[str, Any]) -> dict[str, Any]:
        return self._answerer.answer(read(told, version=NEW_VERSION)).message

    def guarded(self, handler: Callable[[Request, str, str], Any]) -> Callable[[Request], Any]:
        """Checks who asks in which version; refusals leave in the API's own envelope."""

        async def answer(request: Request) -> Response:
            number, self._requests = self._requests, self._requests + 1
            request_id = tag("req", self._seed, number)
            try:
                self._check_key(request)
                version = request.headers.get("anthropic-version")
                if version is None:
                    raise invalid("anthropic-version: header is required")
                if version not in VERSIONS:
                    raise invalid(f'anthropic-version: "{version}" is not a valid version')
                told = await handler(request, version, request_id)
            except Refusal as refusal:
                return refusal.response(request_id)
            if isinstance(told, Response):
                return told
            return JSONResponse(told, headers={"request-id": request_id})

        return answer

    def _check_key(self, request: Request) -> None:
        bearer = request.headers.get("authorization", "")
        given = bearer.removeprefix("Bearer ") if bearer.startswith("Bearer ") else request.headers.get("x-api-key")
        if not given:
            raise Refusal(401, "Authentication header is required: Authorization: Bearer, or x-api-key")
        if given != self._key or self._door.is_revoked(PARTY, PARTY):
            raise Refusal(401, "invalid x-api-key")

    async def messages(self, request: Request, version: str, request_id: str) -> Any:
        told = await _body(request)
        asked = read(told, version=version)
        self.seen.append(told)
        answer = self._answerer.answer(asked)
        if not asked.stream:
            return answer.message
        return StreamingResponse(
            events(answer, request_id=request_id),
            media_type="text/event-stream",
            headers={"request-id": request_id, "cache-control": "no-cache"},
        )

    async def count_tokens(self, request: Request, version: str, request_id: str) -> Any:
        return {"input_tokens": input_tokens(read(await _body(request), version=version, counting=True))}

    async def create_batch(self, request: Request, version: str, request_id: str) -> Any:
        return self._batches.create(await _body(request))

    async def list_batches(self, request: Request, version: str, request_id: str) -> Any:
        return self._batches.page()

    async def find_batch(self, request: Request, version: str, request_id: str) -> Any:
        return self._batches.find(request.path_params["id"])

    async def delete_batch(self, request: Request, version: str, request_id: str) -> Any:
        return self._batches.delete(request.path_params["id"])

    async def cancel_batch(self, request: Request, version: str, request_id: str) -> Any:
        return self._batches.cancel(request.path_params["id"])

    async def batch_results(self, request: Request, version: str, request_id: str) -> Any:
        lines = [
            json.dumps(each, ensure_ascii=False) + "\n" for each in self._batches.results(request.path_params["id"])
        ]
        return Response("".join(lines), media_type="application/x-jsonl", headers={"request-id": request_id})

    async def models(self, request: Request, version: str, request_id: str) -> Any:
        shapes = [_model(name) for name in _MODELS]
        return {"data": shapes, "has_more": False, "first_id": _MODELS[0], "last_id": _MODELS[-1]}

    async def model(self, request: Request, version: str, request_id: str) -> Any:
        if request.path_params["id"] not in _MODELS:
            raise Refusal(404, f"model: {request.path_params['id']}")
        return _model(request.path_params["id"])

    def routes(self) -> list[BaseRoute]:
        def route(method: str, path: str, handler: Callable[[Request, str, str], Any]) -> Route:
            return Route(path, self.guarded(handler), methods=[method])

        return [
            route("POST", "/v1/messages", self.messages),
            route("POST", "/v1/messages/count_tokens", self.count_tokens),
            route("POST", "/v1/messages/batches", self.create_batch),
            route("GET", "/v1/messages/batches", self.list_batches),
            route("GET", "/v1/messages/batches/{id}", self.find_batch),
            route("DELETE", "/v1/messages/batches/{id}", self.delete_batch),
            route("POST", "/v1/messages/batches/{id}/cancel", self.cancel_batch),
            route("GET", "/v1/messages/batches/{id}/results", self.batch_results),
            route("GET", "/v1/models", self.models),
            route("GET", "/v1/models/{id}", self.model),
        ]

    def controls(self) -> list[BaseRoute]:
        """The script, and what was asked: `/sim/claude/…`."""

        async def script(request: Request) -> Response:
            if request.method == "PUT":
                try:
                    told = await request.json()
                    self.script.replace([rule_of(each) for each in told["rules"]])
                except (ValueError, TypeError, KeyError) as error:
                    return JSONResponse({"error": str(error)}, status_code=400)
            if request.method == "DELETE":
                self.script.replace([])
            return JSONResponse({"rules": self.script.state()})

        async def requests(request: Request) -> Response:
            return JSONResponse({"requests": list(self.seen)})

        return [
            Route("/sim/claude/script", script, methods=["GET", "PUT", "DELETE"]),
            Route("/sim/claude/requests", requests, methods=["GET"]),
        ]


def _model(name: str) -> dict[str, Any]:
    title = name.replace("-", " ").title()
    return {"type": "model", "id": name, "display_name": title, "created_at": "2026-10-21T00:00:00Z"}


async def _body(request: Request) -> Any:
    raw = await request.body()
    if len(raw) > _LARGEST:
        raise Refusal(413, "Request exceeds the maximum size")
    try:
        told = json.loads(raw)
        json.dumps(told, ensure_ascii=False, allow_nan=False).encode()  # some of it will be said again
        return told
    except (ValueError, RecursionError):
        raise invalid("The request body is not valid JSON") from None


def _owns(path: str) -> bool:
    return path.startswith(("/v1/messages", "/v1/models"))


def routes(door: Door) -> Sequence[BaseRoute]:
    claude = Claude(door)
    door.add_controls(claude.controls())
    return claude.routes()


def _rate_limited(request: Request) -> Response:
    return Refusal(429, "This request would exceed your rate limit.", headers={"retry-after": "1"}).response(
        "req_limited"
    )


DOOR = DoorSpec(
    party=PARTY,
    owns=_owns,
    routes=routes,
    rate_limited=_rate_limited,
    is_write=lambda request: request.method != "GET",
)
