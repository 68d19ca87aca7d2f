"""`/webhooks/whop`, `/webhooks/meta` and `/webhooks/mail`: proven, taken once, on disk before they are acknowledged.

Each lands verbatim under its party; what a delivery means, and which of two says the newer thing, is decided later
from what the object says of itself. Senders repeat what is not answered with 2xx.
"""

import asyncio
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from apps.collector.body import read_body
from apps.collector.careful_json import NotJson, read_carefully
from apps.collector.commits import GroupCommit, Lines, NotKept
from apps.collector.instants import written
from apps.collector.intake import not_kept
from apps.collector.limits import SIGNATURE_TOLERANCE, Limits
from apps.collector.metrics import Metrics
from apps.collector.problems import Problem
from apps.collector.receipts import receipt
from apps.collector.seen import DELIVERY, Seen
from apps.collector.signatures import Forged, check_meta, check_standard
from connectors.ad_platform import Clock
from connectors.landing.layout import Stream

ACCOUNT = "collector"
WHOP = Stream("whop", "webhooks", ACCOUNT)
META = Stream("meta_ads", "webhooks", ACCOUNT)
MAIL = Stream("messaging", "receipts", ACCOUNT)


@dataclass(frozen=True, kw_only=True)
class Keys:
    """What deliveries are proven with; None or empty where a sender is not set up."""

    whop: tuple[bytes, ...] = field(default=(), repr=False)
    meta_app_secret: bytes | None = field(default=None, repr=False)
    meta_verify_token: str | None = field(default=None, repr=False)
    mail: tuple[bytes, ...] = field(default=(), repr=False)


class Inbox:
    """Takes each delivery of one sender once, also when it comes twice at the same time."""

    def __init__(self, stream: Stream, *, commits: GroupCommit, seen: Seen, metrics: Metrics) -> None:
        self._stream = stream
        self._commits = commits
        self._seen = seen
        self._metrics = metrics
        self._under_way: dict[str, asyncio.Future[None]] = {}

    async def take(self, delivery: str, line: bytes) -> Response:
        while delivery in self._under_way:
            await asyncio.wait([self._under_way[delivery]])
        if self._seen.known(delivery):
            return self._told(delivery, "duplicate")
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._under_way[delivery] = done
        try:
            await self._commits.keep(Lines(stream=self._stream, content=line, rows=1))
            await asyncio.to_thread(self._seen.remember, delivery)
        except (NotKept, OSError) as error:
            raise not_kept(error if isinstance(error, NotKept) else NotKept("the disk failed")) from None
        finally:
            del self._under_way[delivery]
            done.set_result(None)
        return self._told(delivery, "taken")

    def _told(self, delivery: str, outcome: str) -> Response:
        self._metrics.count("webhooks", sender=self._stream.party, outcome=outcome)
        return JSONResponse({"delivery": delivery, "outcome": outcome})


@dataclass(frozen=True, kw_only=True)
class Webhooks:
    keys: Keys
    whop_inbox: Inbox
    meta_inbox: Inbox
    mail_inbox: Inbox
    limits: Limits
    clock: Clock
    wall_clock: Clock  # signatures are timed by the wall, whatever day it is in a practice world

    async def whop(self, request: Request) -> Response:
        _needs(self.keys.whop, "WEIR_COLLECTOR_WHOP_SECRET")
        body = await self._proven(request, keys=self.keys.whop, names=("webhook",))
        delivery = request.headers["webhook-id"]
        _object(body, required=("type", "data"))
        return await self.whop_inbox.take(delivery, self._verbatim(body, delivery))

    async def mail(self, request: Request) -> Response:
        _needs(self.keys.mail, "WEIR_COLLECTOR_MAIL_SECRET")
        names = ("svix", "webhook")
        body = await self._proven(request, keys=self.keys.mail, names=names)
        delivery = next(request.headers[f"{name}-id"] for name in names if f"{name}-id" in request.headers)
        row = {**receipt(_object(body, required=("type",))), DELIVERY: delivery, "received_at": written(self.clock())}
        line = orjson.dumps({**row, "payload": orjson.Fragment(_one_line(body))}, option=orjson.OPT_APPEND_NEWLINE)
        return await self.mail_inbox.take(delivery, line)

    async def meta(self, request: Request) -> Response:
        _needs(self.keys.meta_app_secret, "WEIR_COLLECTOR_META_APP_SECRET")
        body = await read_body(request.scope, request.receive, limits=self.limits)
        secret = self.keys.meta_app_secret or b""
        signature = request.headers.get("x-hub-signature-256", "")
        _proven_by(lambda: check_meta(signature=signature, body=body, app_secret=secret))
        _object(body, required=("object", "entry"))
        delivery = hashlib.sha256(body).hexdigest()  # Meta gives its deliveries no id; a repeated one is the same bytes
        return await self.meta_inbox.take(delivery, self._verbatim(body, delivery))

    async def meta_challenge(self, request: Request) -> Response:
        _needs(self.keys.meta_verify_token, "WEIR_COLLECTOR_META_VERIFY_TOKEN")
        query = request.query_params
        given = query.get("hub.verify_token", "").encode()
        right = hmac.compare_digest(given, (self.keys.meta_verify_token or "").encode())
        if query.get("hub.mode") != "subscribe" or not right or "hub.challenge" not in query:
            raise Problem(403, "challenge", "the verify token does not fit", remedy="Give Meta the token set here.")
        return PlainTextResponse(query["hub.challenge"], headers={"x-content-type-options": "nosniff"})

    async def _proven(self, request: Request, *, keys: tuple[bytes, ...], names: tuple[str, ...]) -> bytes:
        name = next((each for each in names if f"{each}-id" in request.headers), names[0])
        body = await read_body(request.scope, request.receive, limits=self.limits)
        _proven_by(
            lambda: check_standard(
                message_id=request.headers.get(f"{name}-id", ""),
                timestamp=request.headers.get(f"{name}-timestamp", ""),
                signatures=request.headers.get(f"{name}-signature", ""),
                body=body,
                keys=keys,
                now=self.wall_clock(),
                tolerance=SIGNATURE_TOLERANCE,
            )
        )
        return body

    def _verbatim(self, body: bytes, delivery: str) -> bytes:
        """The sender's own text on one line, with two columns of ours in front."""
        ours = orjson.dumps({DELIVERY: delivery, "received_at": written(self.clock())})
        return ours[:-1] + b"," + _one_line(body)[1:] + b"\n"


def _one_line(body: bytes) -> bytes:
    """Line breaks in JSON can only stand between its parts: a space says the same."""
    return body.replace(b"\r", b" ").replace(b"\n", b" ").strip()


def _object(body: bytes, *, required: tuple[str, ...]) -> dict[str, Any]:
    remedy = "Send the delivery as its sender wrote it."
    try:
        value = read_carefully(body).value
    except NotJson as error:
        raise Problem(400, "json", f"the delivery is not JSON: {error}", remedy=remedy) from None
    if not isinstance(value, dict) or any(name not in value for name in required):
        raise Problem(400, "shape", f"the delivery is not an object with {' and '.join(required)}", remedy=remedy)
    return value


def _proven_by(check: Callable[[], None]) -> None:
    try:
        check()
    except Forged as error:
        remedy = "Sign the raw body with the secret set here, and keep the clock right."
        raise Problem(401, "signature", str(error), remedy=remedy) from None


def _needs(value: object, variable: str) -> None:
    if not value:
        raise Problem(404, "closed", "this webhook is not set up", remedy=f"Set {variable} and start again.")
