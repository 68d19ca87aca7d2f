"""Puts the collector together: which path leads where, what is shared, what is done when it starts and stops."""

import asyncio
import hashlib
import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from apps.collector.body import Disconnected
from apps.collector.clock import CollectorClock
from apps.collector.commits import CommitLimits, GroupCommit
from apps.collector.intake import Intake
from apps.collector.limits import Limits
from apps.collector.links import Links
from apps.collector.metrics import Metrics
from apps.collector.openapi import describe
from apps.collector.problems import Problem
from apps.collector.rate import Rates
from apps.collector.rules import EVENTS, TOUCHES
from apps.collector.seen import Seen
from apps.collector.visits import Visits
from apps.collector.webhooks import MAIL, META, WHOP, Inbox, Keys, Webhooks
from connectors.ad_platform import Clock, Sleep
from connectors.landing.layout import Stream
from weir.sources import Source

_log = logging.getLogger(__name__)
_SCRIPT_SECONDS = 3600


@dataclass(frozen=True, kw_only=True)
class Ports:
    """Everything of the world that the collector needs."""

    landing: Path
    links: Path
    sources: Sequence[Source]
    keys: Keys
    limits: Limits
    clock: CollectorClock
    wall_clock: Clock
    monotonic: Callable[[], float]
    sleep: Sleep
    new_id: Callable[[], str]
    cookie_domain: str | None


class Collector:
    """The ASGI application. What every event passes is dispatched here; the rest goes through Starlette."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self.metrics = Metrics()
        self.commits = GroupCommit(
            ports.landing,
            limits=CommitLimits(
                segment_bytes=ports.limits.segment_bytes,
                segment_seconds=ports.limits.segment_seconds,
                waiting_bytes=ports.limits.waiting_bytes,
            ),
            clock=ports.clock,
            sleep=ports.sleep,
            token=lambda: ports.new_id()[:8],
            metrics=self.metrics,
        )
        rates = Rates(monotonic=ports.monotonic)
        intake = partial(
            Intake,
            sources=ports.sources,
            commits=self.commits,
            limits=ports.limits,
            rates=rates,
            metrics=self.metrics,
            clock=ports.clock,
            monotonic=ports.monotonic,
        )
        self._intakes: dict[str, ASGIApp] = {"/v1/events": intake(EVENTS), "/v1/touches": intake(TOUCHES)}
        self._visits = Visits(
            links=Links(ports.links),
            commits=self.commits,
            rates=rates,
            metrics=self.metrics,
            clock=ports.clock,
            new_id=ports.new_id,
            cookie_domain=ports.cookie_domain,
        )
        self._script = files("apps.collector").joinpath("static", "weir.js").read_bytes()
        self._description = orjson.dumps(describe(ports.limits))
        self._rest = Starlette(
            routes=self._routes(),
            lifespan=self._lifespan,
            exception_handlers={Problem: self._refused, HTTPException: self._unknown, Disconnected: _gone},
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        endpoint = self._intakes.get(scope["path"]) if scope["type"] == "http" else None
        await (endpoint or self._rest)(scope, receive, send)

    def _routes(self) -> list[Route]:
        webhooks = Webhooks(
            keys=self._ports.keys,
            whop_inbox=self._inbox(WHOP),
            meta_inbox=self._inbox(META),
            mail_inbox=self._inbox(MAIL),
            limits=self._ports.limits,
            clock=self._ports.clock,
            wall_clock=self._ports.wall_clock,
        )

        async def meta(request: Request) -> Response:
            return await (webhooks.meta(request) if request.method == "POST" else webhooks.meta_challenge(request))

        return [
            Route("/r/{code}", self._visits.redirect),
            Route("/p/{code}.gif", self._visits.pixel),
            Route("/webhooks/whop", webhooks.whop, methods=["POST"]),
            Route("/webhooks/meta", meta, methods=["GET", "POST"]),
            Route("/webhooks/mail", webhooks.mail, methods=["POST"]),
            Route("/weir.js", self._serve_script),
            Route("/healthz", self._health),
            Route("/metrics", self._show_metrics),
            Route("/openapi.json", self._describe),
        ]

    def _inbox(self, stream: Stream) -> Inbox:
        seen = Seen(self._ports.landing, stream, clock=self._ports.clock)
        return Inbox(stream, commits=self.commits, seen=seen, metrics=self.metrics)

    @asynccontextmanager
    async def _lifespan(self, app: Starlette) -> AsyncGenerator[None]:
        await self.commits.start()
        following = asyncio.create_task(self._ports.clock.keep_fresh())
        try:
            yield
        finally:
            following.cancel()
            with suppress(asyncio.CancelledError):
                await following
            await self.commits.stop()

    async def _health(self, request: Request) -> Response:
        if self.commits.is_failing:
            remedy = "Look at the space and the health of the disk under WEIR_HOME."
            raise Problem(503, "disk", "the disk refuses what is written", remedy=remedy)
        return Response(b'{"status":"ok"}', media_type="application/json", headers={"cache-control": "no-store"})

    async def _show_metrics(self, request: Request) -> Response:
        gauges = {
            "waiting_bytes": ("Bytes that wait for the disk.", float(self.commits.waiting_bytes)),
            "open_segments": ("Segments that are written.", float(self.commits.open_segments)),
            "unlanded_segments": ("Closed segments that wait to be landed.", float(self.commits.unlanded_segments)),
            "links": ("Links that are known.", float(len(self._visits.links))),
        }
        return PlainTextResponse(
            self.metrics.text(gauges), media_type="text/plain; version=0.0.4", headers={"cache-control": "no-store"}
        )

    async def _describe(self, request: Request) -> Response:
        return Response(self._description, media_type="application/json")

    async def _serve_script(self, request: Request) -> Response:
        tag = f'"{hashlib.sha256(self._script).hexdigest()[:16]}"'
        headers = {
            "etag": tag,
            "cache-control": f"public, max-age={_SCRIPT_SECONDS}",
            "x-content-type-options": "nosniff",
            "cross-origin-resource-policy": "cross-origin",
        }
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return Response(self._script, media_type="text/javascript", headers=headers)

    def _refused(self, request: Request, error: Any) -> Response:
        self.metrics.count("refused", reason=error.reason)
        return error.response()

    def _unknown(self, request: Request, error: Any) -> Response:
        if error.status_code == 405:
            problem = Problem(405, "method", f"{request.method} is not taken here", remedy="See /openapi.json.")
        else:
            problem = Problem(404, "path", "there is nothing at this path", remedy="See /openapi.json.")
        response = self._refused(request, problem)
        response.headers.update(error.headers or {})
        return response


def _gone(request: Request, error: Exception) -> Response:
    return Response(status_code=400)  # nobody is there to read it
