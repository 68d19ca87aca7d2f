"""`GET /r/{code}` and `/p/{code}.gif`: a visit becomes a touch, and the visitor goes on whatever becomes of the touch.

A visitor who asks not to be tracked is counted under an id that is used once; nobody else gets another cookie than the
one they have.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from apps.collector.agents import agent_class
from apps.collector.commits import GroupCommit, Lines, NotKept
from apps.collector.instants import written
from apps.collector.links import CLICK_IDS, UTM, Link, Links, campaign_fields
from apps.collector.metrics import Metrics
from apps.collector.rate import Rates
from connectors.ad_platform import Clock
from connectors.landing.layout import Stream

COOKIE = "weir_id"
STREAM = Stream("product", "touches", "links")
_COOKIE_SECONDS = 400 * 86_400  # the longest that browsers keep one
_ID = re.compile(r"[A-Za-z0-9-]{16,64}")
_LONGEST = 1024
_TOUCHES_PER_SECOND = 2000
_PIXEL = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002014400" + "3b")
_NOT_FOUND = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="robots" content="noindex">
<title>No such link</title><p>This link leads nowhere. Please ask whoever gave it to you for a new one.</p></html>"""


@dataclass(frozen=True, kw_only=True)
class Visits:
    links: Links
    commits: GroupCommit
    rates: Rates
    metrics: Metrics
    clock: Clock
    new_id: Callable[[], str]
    cookie_domain: str | None

    async def redirect(self, request: Request) -> Response:
        link = self.links.find(request.path_params["code"])
        if link is None:
            return self._nothing()
        fields = campaign_fields(request.query_params)
        response = RedirectResponse(link.target(fields), status_code=302, headers=_FRESH)
        await self._touch(request, response, link, fields, kind="click")
        return response

    async def pixel(self, request: Request) -> Response:
        link = self.links.find(request.path_params["code"])
        if link is None:
            return self._nothing()
        response = Response(_PIXEL, media_type="image/gif", headers=_FRESH)
        await self._touch(request, response, link, campaign_fields(request.query_params), kind="view")
        return response

    def _nothing(self) -> Response:
        self.metrics.count("refused", reason="link")
        return HTMLResponse(_NOT_FOUND, status_code=404, headers=_FRESH)

    async def _touch(
        self, request: Request, response: Response, link: Link, fields: dict[str, str], *, kind: str
    ) -> None:
        if request.method == "HEAD":  # somebody looks where it leads: nobody came
            return
        visitor = self._visitor(request, response)
        agent = agent_class(request.headers.get("user-agent", ""))
        row = _row(request, link, fields, kind=kind, agent=agent)
        row |= {"touch_id": self.new_id(), "anonymous_id": visitor, "occurred_at": written(self.clock())}
        if self.rates.seconds_to_wait(STREAM.account_id, rate=_TOUCHES_PER_SECOND):
            return self.metrics.count("touches_lost", reason="rate")
        self.rates.take(STREAM.account_id, 1, rate=_TOUCHES_PER_SECOND)
        line = orjson.dumps({**row, "received_at": row["occurred_at"]}, option=orjson.OPT_APPEND_NEWLINE)
        try:
            await self.commits.keep(Lines(stream=STREAM, content=line, rows=1))
        except NotKept:
            return self.metrics.count("touches_lost", reason="not_kept")
        self.metrics.count("touches", kind=kind, agent=agent)

    def _visitor(self, request: Request, response: Response) -> str:
        known = request.cookies.get(COOKIE, "")
        if request.headers.get("dnt") == "1" or request.headers.get("sec-gpc") == "1":
            return self.new_id()
        visitor = known if _ID.fullmatch(known) else self.new_id()
        response.set_cookie(
            COOKIE,
            visitor,
            max_age=_COOKIE_SECONDS,
            domain=self.cookie_domain,
            secure=request.url.scheme == "https",
            httponly=self.cookie_domain is None,  # the sites' script reads it only where it shares the domain
            samesite="lax",
        )
        return visitor


_FRESH = {"cache-control": "no-store", "referrer-policy": "no-referrer-when-downgrade"}


def _row(request: Request, link: Link, fields: dict[str, str], *, kind: str, agent: str) -> dict[str, Any]:
    """What the visit says goes before what the link says of itself; who shows the ad knows best."""
    click = next((name for name in CLICK_IDS if name in fields), None)
    known = {**link.known, **{name: fields[name] for name in UTM if name in fields}}
    if click is not None:
        known |= {"click_id": fields[click], "platform": known.get("platform", CLICK_IDS[click])}
    told = {
        "touch_kind": kind,
        "link_code": link.code,
        "landing_page": link.url,
        "referrer": request.headers.get("referer", "")[:_LONGEST] or None,
        "user_agent_class": agent,
        **{name: fields[name] for name in CLICK_IDS if name in fields},
    }
    return {**known, **told}
