"""The practice world's own controls, in process and under `/sim/…`: its clock, faults, credentials, webhooks, log.

No platform has these. What platforms hold as true, and what is, is worked out by `simulator.truth`.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from simulator.credentials import PARTIES, environment
from simulator.faults import Faults
from simulator.faulty_server import RequestLog
from simulator.truth import Truth, plain
from simulator.webhooks import Webhooks
from simulator.world.model import Credentials
from simulator.world.practice import PracticeWorld

_USUAL_SPAN = timedelta(days=28)


class Control:
    """What a test does directly and a program does over HTTP: both end here."""

    def __init__(
        self,
        *,
        world: PracticeWorld,
        faults: Faults,
        log: RequestLog,
        credentials: Sequence[Credentials],
        webhooks: Webhooks,
    ) -> None:
        self.world = world
        self.faults = faults
        self.log = log
        self.credentials = credentials
        self.webhooks = webhooks
        self.truth = Truth(world)

    def now(self) -> datetime:
        return self.world.now()

    def advance(self, *, hours: float = 0, days: float = 0, to: datetime | None = None) -> datetime:
        """Lets virtual time pass, by an amount or to an instant; it never runs backwards."""
        by = timedelta(hours=hours, days=days) if to is None else to.astimezone(UTC) - self.world.now()
        if by < timedelta():
            raise ValueError(f"virtual time is {self.world.now().isoformat()} and never runs backwards")
        return self.world.advance(by)

    def environment(self) -> dict[str, str]:
        return environment(self.credentials)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("an instant needs its offset, e.g. 2026-11-20T06:00:00+00:00")
    return moment


def _refused(error: Exception) -> JSONResponse:
    return JSONResponse({"error": str(error)}, status_code=400)


def control_routes(control: Control) -> list[Route]:
    async def clock(request: Request) -> Response:
        if request.method == "POST":
            try:
                wanted: dict[str, Any] = await request.json()
                unknown = set(wanted) - {"hours", "days", "to"}
                if unknown:
                    raise ValueError(f"unknown keys: {', '.join(sorted(unknown))}")
                to = _moment(wanted["to"]) if "to" in wanted else None
                control.advance(hours=wanted.get("hours", 0), days=wanted.get("days", 0), to=to)
            except (ValueError, TypeError) as error:
                return _refused(error)
        return JSONResponse({"now": control.now().isoformat()})

    async def faults(request: Request) -> Response:
        if request.method == "PUT":
            try:
                control.faults.put(await request.json())
            except (ValueError, TypeError, KeyError) as error:
                return _refused(error)
        if request.method == "DELETE":
            control.faults.clear()
        return JSONResponse(control.faults.state())

    async def credentials(request: Request) -> Response:
        if request.query_params.get("format") == "env":
            lines = (f"{name}={value}\n" for name, value in control.environment().items())
            return PlainTextResponse("".join(lines))
        return JSONResponse(control.environment())

    async def requests(request: Request) -> Response:
        if request.method == "DELETE":
            control.log.clear()
        return JSONResponse({"requests": control.log.as_json(request.query_params.get("party"))})

    async def truth(request: Request) -> Response:
        asked = request.query_params
        try:
            today = control.now().date()
            since = date.fromisoformat(asked["since"]) if "since" in asked else today - _USUAL_SPAN
            until = date.fromisoformat(asked["until"]) if "until" in asked else today + timedelta(days=2)
            found = control.truth.as_json(asked["party"], asked["account"], since, until)
        except (KeyError, ValueError) as error:
            return _refused(error)
        return JSONResponse(found)

    async def orders(request: Request) -> Response:
        asked = request.query_params
        try:
            since, until = _moment(asked["since"]), _moment(asked["until"])
        except (KeyError, ValueError) as error:
            return _refused(error)
        return JSONResponse({"orders": [plain(order) for order in control.world.orders(since, until)]})

    async def accounts(request: Request) -> Response:
        if request.method == "POST":
            try:
                wanted = await request.json()
                if wanted["status"] not in ("active", "suspended"):
                    raise ValueError("an account is active or suspended")
                control.world.set_account_status(wanted["party"], wanted["account_id"], wanted["status"])
            except (KeyError, ValueError, TypeError) as error:
                return _refused(error)
        listed = [account for party in PARTIES for account in control.world.accounts(party)]
        return JSONResponse({"accounts": [plain(account) for account in listed]})

    async def webhooks(request: Request) -> Response:
        if request.method == "PUT":
            try:
                control.webhooks.on_hold = bool((await request.json())["on_hold"])
            except (KeyError, ValueError, TypeError) as error:
                return _refused(error)
        outcomes = Counter(sent.outcome for sent in control.webhooks.log)
        told = {"on_hold": control.webhooks.on_hold, "waiting": control.webhooks.waiting}
        return JSONResponse({**told, "delivered": outcomes["delivered"], "given_up": outcomes["given up"]})

    return [
        Route("/sim/clock", clock, methods=["GET", "POST"]),
        Route("/sim/faults", faults, methods=["GET", "PUT", "DELETE"]),
        Route("/sim/truth", truth, methods=["GET"]),
        Route("/sim/orders", orders, methods=["GET"]),
        Route("/sim/accounts", accounts, methods=["GET", "POST"]),
        Route("/sim/credentials", credentials, methods=["GET"]),
        Route("/sim/webhooks", webhooks, methods=["GET", "PUT"]),
        Route("/sim/requests", requests, methods=["GET", "DELETE"]),
    ]
