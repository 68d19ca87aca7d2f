"""The product's side of the practice world over HTTP: `/sim/product/<entity>`, posting to a collector, its database."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

import psycopg2
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from simulator.product.disorder import Disorder
from simulator.product.postgres import ProductDatabase
from simulator.product.posting import ID_COLUMNS, NotTaken, Posting
from simulator.product.stream import ProductStream, lines
from simulator.world.practice import PracticeWorld


def product_routes(world: PracticeWorld, *, database: str | None) -> list[Route]:
    """`database`: the product's own, for whoever names no other."""
    stream = ProductStream(world)

    async def read(request: Request) -> Response:
        entity = request.path_params["entity"]
        if entity not in stream.entities:
            return _refused(KeyError(f"no entity {entity!r}; there are {', '.join(stream.entities)}"), 404)
        try:
            since, until = _stretch(request.query_params, stream)
        except ValueError as error:
            return _refused(error)
        return StreamingResponse(lines(stream.rows(entity, since, until)), media_type="application/x-ndjson")

    async def post(request: Request) -> Response:
        try:
            wanted = _known(await request.json(), {"entity", "url", "key", "since", "until", "batch", "disorder"})
            since, until = _stretch(wanted, stream)
            posted = await run_in_threadpool(
                Posting(stream, seed=world.seed).post,
                wanted.get("entity", "events"),
                url=wanted["url"],
                key=wanted.get("key", ""),
                since=since,
                until=until,
                batch=int(wanted.get("batch", 100)),
                disorder=Disorder(**wanted.get("disorder", {})),
            )
        except (ValueError, TypeError, KeyError) as error:
            return _refused(error)
        except NotTaken as error:
            return _refused(error, 502)
        return JSONResponse(asdict(posted))

    async def fill(request: Request) -> Response:
        try:
            wanted = _known(await request.json(), {"dsn", "until"})
            until = _moment(wanted["until"]) if "until" in wanted else None
            kept = ProductDatabase(stream, dsn=wanted["dsn"] if database is None else wanted.get("dsn", database))
        except (ValueError, TypeError, KeyError) as error:
            return _refused(error)
        try:
            return JSONResponse({"rows": await run_in_threadpool(kept.maintain, until)})
        except psycopg2.OperationalError:
            return JSONResponse({"error": "the database could not be reached"}, status_code=502)

    return [
        Route("/sim/product/post", post, methods=["POST"]),
        Route("/sim/product/postgres", fill, methods=["POST"]),
        Route("/sim/product/{entity}", read, methods=["GET"]),
    ]


def _known(wanted: Any, names: set[str]) -> dict[str, Any]:
    if not isinstance(wanted, dict) or set(wanted) - names:
        raise ValueError(f"what may be said: {', '.join(sorted(names))}")
    return wanted


def _stretch(asked: Mapping[str, Any], stream: ProductStream) -> tuple[datetime, datetime]:
    since = _moment(asked["since"]) if asked.get("since") else stream.opened_at()
    until = _moment(asked["until"]) if asked.get("until") else stream.known_until()
    return since, until


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("an instant needs its offset, e.g. 2026-11-20T06:00:00+00:00")
    return moment


def _refused(error: Exception, status: int = 400) -> JSONResponse:
    said = f"{error.args[0]} is missing" if isinstance(error, KeyError) and status == 400 else str(error.args[0])
    return JSONResponse({"error": said, "takes": list(ID_COLUMNS)}, status_code=status)
