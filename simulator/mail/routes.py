"""The inbox of the practice post office over HTTP: `/sim/mail` as JSON for programs and as a page for people."""

from dataclasses import asdict
from html import escape
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from simulator.mail.post_office import PostOffice
from simulator.mail.reactions import Reaction
from simulator.mail.receipts import KINDS
from simulator.mail.smtp import MailServer

_SHOWN = 200
_STYLE = (
    "body{font:15px/1.5 sans-serif;margin:2rem auto;max-width:60rem}td{padding:.3rem 1rem .3rem 0;vertical-align:top}"
)


def mail_routes(office: PostOffice, server: MailServer) -> list[Route]:
    async def inbox(request: Request) -> Response:
        if request.method == "DELETE":
            office.clear()
        if "text/html" in request.headers.get("accept", ""):
            return HTMLResponse(_page(office))
        wanted = request.query_params.get("to")
        letters = [each for each in office.letters if wanted is None or wanted in each.recipients]
        return JSONResponse({"messages": [each.as_json() for each in letters]})

    async def letter(request: Request) -> Response:
        found = next((each for each in office.letters if each.id == request.path_params["id"]), None)
        if found is None:
            return JSONResponse({"error": "no such message"}, status_code=404)
        if request.query_params.get("raw"):
            return Response(found.raw, media_type="message/rfc822")
        reactions = [_told(each) for each in office.happened if each.letter == found.id]
        return JSONResponse(found.as_json() | {"reactions": reactions})

    async def reactions(request: Request) -> Response:
        return JSONResponse({"reactions": [_told(each) for each in office.happened]})

    async def faults(request: Request) -> Response:
        if request.method == "PUT":
            try:
                office.postmaster.put((await request.json())["faults"])
            except (ValueError, TypeError, KeyError) as error:
                return JSONResponse({"error": str(error)}, status_code=400)
        return JSONResponse({"faults": office.postmaster.state()})

    async def webhook(request: Request) -> Response:
        if request.method == "PUT":
            try:
                told = await request.json()
                kinds = tuple(told.get("kinds", KINDS))
                if set(kinds) - set(KINDS):
                    raise ValueError(f"kinds are among {', '.join(KINDS)}")
                office.receipts.url, office.receipts.kinds = told["url"], kinds
            except (ValueError, TypeError, KeyError) as error:
                return JSONResponse({"error": str(error)}, status_code=400)
        return JSONResponse({"url": office.receipts.url, "kinds": list(office.receipts.kinds)})

    async def quota(request: Request) -> Response:
        if request.method == "PUT":
            try:
                daily = (await request.json())["daily"]
                if daily is not None and not (isinstance(daily, int) and daily >= 0):
                    raise ValueError("daily is how many letters a day go over HTTP, or null")
                office.daily_quota = daily
            except (ValueError, TypeError, KeyError) as error:
                return JSONResponse({"error": str(error)}, status_code=400)
        return JSONResponse({"daily": office.daily_quota})

    async def certificate(request: Request) -> Response:
        return PlainTextResponse(server.certificate())

    return [
        Route("/sim/mail", inbox, methods=["GET", "DELETE"]),
        Route("/sim/mail/reactions", reactions, methods=["GET"]),
        Route("/sim/mail/faults", faults, methods=["GET", "PUT"]),
        Route("/sim/mail/webhook", webhook, methods=["GET", "PUT"]),
        Route("/sim/mail/quota", quota, methods=["GET", "PUT"]),
        Route("/sim/mail/certificate", certificate, methods=["GET"]),
        Route("/sim/mail/{id}", letter, methods=["GET"]),
    ]


def _told(reaction: Reaction) -> dict[str, Any]:
    return asdict(reaction) | {"at": reaction.at.isoformat()}


def _page(office: PostOffice) -> str:
    """The newest first; nothing in a letter is taken for markup."""
    rows = "".join(
        f"<tr><td>{each.at:%d %b %H:%M}<td>{escape(', '.join(each.recipients))}"
        f"<td><b>{escape(each.subject)}</b><br>{escape(each.text[:400])}"
        for each in reversed(office.letters[-_SHOWN:])
    )
    title = f"{len(office.letters)} letters"
    head = f"<!doctype html><meta charset=utf-8><title>{title}</title><style>{_STYLE}</style>"
    return f"{head}<h1>{title}</h1><table>{rows}</table>"
