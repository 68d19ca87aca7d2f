"""Whop's door as the simulator mounts it: `/api/v1/…`, who may come in, and which handler answers."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from simulator.doors import DoorSpec
from simulator.whop.bodies import Body, body_of
from simulator.whop.counters import RateLimit, Repeats
from simulator.whop.office import Office
from simulator.whop.refusals import Refusal, invalid, not_found, too_many_requests, unauthorized
from simulator.whop.telling import Logged
from simulator.world.model import Door
from simulator.world.practice import PracticeWorld

PARTY = "whop"
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(-\d+)?")
_WAIT_FOR_REPLAY = 5.0
_KINDS = (
    ("payment", "payments"),
    ("membership", "memberships"),
    ("member", "members"),
    ("refund", "refunds"),
    ("dispute", "disputes"),
    ("alert", "dispute_alerts"),
    ("plan", "plans"),
    ("product", "products"),
    ("promo_code", "promo_codes"),
    ("checkout", "checkout_configurations"),
    ("webhook", "webhooks"),
)

Answer = dict[str, Any]
Handler = Callable[["Call"], Answer | Awaitable[Answer]]


class Call:
    """One request that was let in."""

    def __init__(self, request: Request, body: Body, office: Office, *, dated: bool) -> None:
        self.query = request.query_params
        self.path: dict[str, str] = request.path_params
        self.body = body
        self.office = office
        self.dated = dated

    def shaped(self, kind: str, told: Answer) -> Answer:
        """In the version the caller asked for."""
        return told if self.dated else self.office.legacy(kind, told)

    def shaped_page(self, kind: str, page: Answer) -> Answer:
        return page if self.dated else page | {"data": [self.office.legacy(kind, each) for each in page["data"]]}


class WhopDoor:
    def __init__(self, door: Door) -> None:
        if not isinstance(door.world, PracticeWorld):
            raise TypeError("Whop needs a world with people in it")
        self._door = door
        self._office = Office(door, door.world)
        self._limit = RateLimit(door.wall_clock)
        self._repeats = Repeats()

    def routes(self) -> list[BaseRoute]:
        made: list[BaseRoute] = []
        for kind, listed in _KINDS:
            made.append(self._route("GET", f"/{listed}", _list(kind)))
            made.append(self._route("GET", f"/{listed}/{{id}}", _retrieve(kind)))
        made += [
            self._route("GET", "/payments/{id}/fees", lambda call: call.office.fees(call.path["id"])),
            *(
                self._route("POST", f"/payments/{{id}}/{act}", _act("payment", act))
                for act in ("retry", "refund", "void")
            ),
            *(
                self._route("POST", f"/memberships/{{id}}/{act}", _act("membership", act))
                for act in ("cancel", "pause", "resume", "extend")
            ),
            self._route("POST", "/promo_codes", lambda call: call.office.new_promo_code(call.body)),
            self._route("DELETE", "/promo_codes/{id}", lambda call: call.office.drop_promo_code(call.path["id"])),
            *(
                self._route("POST", f"/promo_codes/{{id}}/{act}", _switch(status))
                for act, status in (("activate", "active"), ("deactivate", "inactive"))
            ),
            self._route("POST", "/checkout_configurations", lambda call: call.office.new_checkout(call.body)),
            self._route(
                "DELETE", "/checkout_configurations/{id}", lambda call: call.office.drop_checkout(call.path["id"])
            ),
            self._route("POST", "/notifications", lambda call: call.office.notify(call.body)),
            self._route("POST", "/webhooks", lambda call: call.office.new_endpoint(call.body)),
            self._route(
                "PATCH", "/webhooks/{id}", lambda call: call.office.change_endpoint(call.path["id"], call.body)
            ),
            self._route("DELETE", "/webhooks/{id}", lambda call: call.office.drop_endpoint(call.path["id"])),
            self._route(
                "GET", "/webhooks/{id}/deliveries", lambda call: call.office.deliveries(call.path["id"], call.query)
            ),
            self._route("POST", "/webhooks/{id}/deliveries/{delivery}/replay", _replay_one),
            self._route(
                "POST", "/webhooks/{id}/deliveries/replay", lambda call: call.office.replay(call.path["id"], call.body)
            ),
            self._route("POST", "/webhooks/{id}/replay", lambda call: call.office.replay(call.path["id"], call.body)),
            self._route("POST", "/webhooks/{id}/test", _test),
            Route("/{path:path}", self._nowhere, methods=["GET", "POST", "PATCH", "DELETE", "PUT"]),
        ]
        return made

    def _route(self, method: str, path: str, handler: Handler) -> Route:
        async def answer(request: Request) -> Response:
            try:
                return await self._answer(request, f"{method} {path}", handler)
            except Refusal as refusal:
                return refusal.response()

        return Route(f"/api/v1{path}", answer, methods=[method])

    async def _nowhere(self, request: Request) -> Response:
        return not_found("route", request.url.path).response()

    async def _answer(self, request: Request, operation: str, handler: Handler) -> Response:
        keys, habits = self._office.keys, self._office.habits
        if self._door.is_revoked(PARTY, keys.whop_account_id):
            raise unauthorized()
        if request.headers.get("authorization") != f"Bearer {keys.whop_api_key}":
            raise unauthorized()
        date = request.headers.get("api-version-date")
        if date is not None and not _DATE.fullmatch(date):
            raise invalid("Api-Version-Date is not a version", param="Api-Version-Date")
        self._limit.count(operation, limit=habits.requests_per_minute)
        writes = request.method != "GET"
        raw = await request.body()
        key = request.headers.get("idempotency-key") if request.method == "POST" else None
        repeated = self._repeats.find(key, path=request.url.path, body=raw)
        if repeated is not None:
            return JSONResponse(repeated[1], status_code=repeated[0])
        if writes and not habits.may_write:
            raise Refusal(403, "forbidden", "The API key may only read.", code="missing_permission")
        call = Call(request, await body_of(request), self._office, dated=date is not None)
        with self._office.lock:
            self._office.catch_up()
            told = handler(call)
        if not isinstance(told, dict):
            told = await told
        self._repeats.keep(key, path=request.url.path, body=raw, status=200, answer=told)
        return JSONResponse(told)

    def controls(self) -> list[BaseRoute]:
        """What is switched, and what was notified: `/sim/whop`."""

        async def switches(request: Request) -> Response:
            if request.method == "PUT":
                try:
                    self._office.habits = self._office.habits.changed(await request.json())
                except (ValueError, TypeError) as error:
                    return JSONResponse({"error": str(error)}, status_code=400)
            return JSONResponse(asdict(self._office.habits))

        async def notifications(request: Request) -> Response:
            return JSONResponse({"notifications": [asdict(each) for each in self._office.notified]})

        return [
            Route("/sim/whop", switches, methods=["GET", "PUT"]),
            Route("/sim/whop/notifications", notifications, methods=["GET"]),
        ]


def _list(kind: str) -> Handler:
    return lambda call: call.shaped_page(kind, call.office.page(kind, call.query))


def _retrieve(kind: str) -> Handler:
    return lambda call: call.shaped(kind, call.office.single(kind, call.path["id"]))


def _act(kind: str, act: str) -> Handler:
    return lambda call: call.shaped(kind, call.office.act(kind, call.path["id"], act, call.body))


def _switch(status: str) -> Handler:
    return lambda call: call.office.switch_promo_code(call.path["id"], status)


def _replay_one(call: Call) -> Awaitable[Answer]:
    return _outcome(call.office.replay_one(call.path["id"], call.path["delivery"], call.body))


def _test(call: Call) -> Awaitable[Answer]:
    return _outcome(call.office.test_endpoint(call.path["id"], call.body))


async def _outcome(logged: Logged) -> Answer:
    """Waits until the delivery has been answered or given up on, as a caller of Whop does."""
    for _ in range(int(_WAIT_FOR_REPLAY / 0.01)):
        if logged.done:
            break
        await asyncio.sleep(0.01)
    return {"status": logged.status or 0, "success": logged.succeeded, "body": ""}


def routes(door: Door) -> Sequence[BaseRoute]:
    whop = WhopDoor(door)
    door.add_controls(whop.controls())
    return whop.routes()


DOOR = DoorSpec(
    party=PARTY,
    owns=lambda path: path.startswith("/api/v1/"),
    routes=routes,
    rate_limited=lambda request: too_many_requests(1).response(),
    is_write=lambda request: request.method != "GET",
)
