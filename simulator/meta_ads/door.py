"""The door of `meta_ads` as the simulator mounts it: which paths are its own, and HTTP turned into Graph requests."""

import json
import re
from collections.abc import Sequence
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from simulator.doors import DoorSpec
from simulator.meta_ads.access import PARTY
from simulator.meta_ads.errors import GraphError
from simulator.meta_ads.graph import Graph
from simulator.meta_ads.habits import Habits
from simulator.meta_ads.request import GraphRequest, split_path
from simulator.meta_ads.throttle import limit_reached, usage_headers
from simulator.world.model import Door

_OWN_PATH = re.compile(r"^/v\d+\.\d+(/|$)")


def routes(door: Door, *, habits: Habits | None = None) -> Sequence[BaseRoute]:
    graph = Graph(door, habits or Habits())

    async def answer(request: Request) -> Response:
        asked = await _taken_apart(request)
        if graph.subscriptions.concerns(asked):
            try:
                return JSONResponse(await graph.subscriptions.subscribe(asked))
            except GraphError as error:
                return JSONResponse(error.body(), status_code=error.http)
        reply = graph.handle(asked)
        return JSONResponse(reply.body, status_code=reply.status, headers=dict(reply.headers))

    return [Route("/{path:path}", answer, methods=["GET", "POST", "DELETE"])]


async def _taken_apart(request: Request) -> GraphRequest:
    version, parts = split_path(request.url.path)
    params = dict(parse_qsl(request.url.query, keep_blank_values=True)) | await _form(request)
    kind, _, bearer = request.headers.get("authorization", "").partition(" ")
    return GraphRequest(
        method=request.method,
        version=version,
        path=parts,
        params=params,
        bearer=bearer.strip() if kind.lower() in ("bearer", "oauth") and bearer else None,
    )


async def _form(request: Request) -> dict[str, str]:
    kind = request.headers.get("content-type", "").split(";")[0].strip()
    if kind == "multipart/form-data":
        async with request.form() as form:
            return {name: value for name, value in form.items() if isinstance(value, str)}
    body = await request.body()
    if kind == "application/json" and body:
        try:
            given = json.loads(body)
        except ValueError:
            return {}
        return {name: value if isinstance(value, str) else json.dumps(value) for name, value in given.items()}
    return dict(parse_qsl(body.decode("utf-8", errors="replace"), keep_blank_values=True))


def rate_limited(request: Request) -> Response:
    _, parts = split_path(request.url.path)
    account_id = parts[0].removeprefix("act_") if parts and parts[0].startswith("act_") else None
    headers = usage_headers(
        account_id,
        insights=bool(parts) and parts[-1] == "insights",
        percent=100,
        regain_minutes=Habits().regain_access_minutes,
    )
    refusal = limit_reached(parts)
    return JSONResponse(refusal.body(), status_code=refusal.http, headers=headers)


def is_write(request: Request) -> bool:
    """Report jobs only ask; a batch may hold anything and is counted as reading, as its clients use it."""
    _, parts = split_path(request.url.path)
    return request.method in ("POST", "DELETE") and bool(parts) and parts[-1] != "insights"


DOOR = DoorSpec(
    party=PARTY,
    owns=lambda path: _OWN_PATH.match(path) is not None,
    routes=routes,
    rate_limited=rate_limited,
    is_write=is_write,
)
