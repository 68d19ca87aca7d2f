"""A mail provider's HTTP door, Resend's contract: `POST /emails` with a key, an idempotency key and one error envelope.

What it takes goes through the same post office as the letters that come over SMTP.
"""

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from simulator.doors import DoorSpec
from simulator.mail.letters import Letter
from simulator.mail.post_office import PostOffice
from simulator.world.model import Door

PARTY = "mail"
_FIELDS = {"from", "to", "cc", "bcc", "subject", "html", "text", "reply_to", "headers", "tags"}
_MOST_RECIPIENTS = 50
_LONGEST_KEY = 256
_KEPT = timedelta(hours=24)
_TAG = re.compile(r"[A-Za-z0-9_-]{1,256}")
_HEADER = re.compile(r"[A-Za-z0-9-]+")


class Refusal(Exception):
    def __init__(self, status: int, name: str, message: str, *, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.name = name
        self.message = message
        self.headers = headers or {}

    def response(self) -> JSONResponse:
        body = {"statusCode": self.status, "name": self.name, "message": self.message}
        return JSONResponse(body, status_code=self.status, headers=self.headers)


@dataclass(frozen=True)
class _Answered:
    at: datetime
    request: bytes
    answer: dict[str, Any]


class Provider:
    def __init__(self, office: PostOffice, door: Door) -> None:
        self._office = office
        self._door = door
        self._answered: dict[str, _Answered] = {}

    async def send(self, request: Request) -> Response:
        self._check_key(request)
        raw = await request.body()
        key = request.headers.get("idempotency-key")
        known = self._known(key, raw)
        if known is not None:
            return JSONResponse(known)
        told = _body(raw)
        sender, recipients, message = _message(told)
        self._check_quota()
        letter = self._office.take(sender=sender, recipients=recipients, raw=message.as_bytes(), by_api=True)
        answer = {"id": letter.id}
        if key is not None:
            self._answered[key] = _Answered(self._door.wall_clock(), hashlib.sha256(raw).digest(), answer)
        return JSONResponse(answer)

    async def find(self, request: Request) -> Response:
        self._check_key(request)
        found = next((each for each in self._office.letters if each.id == request.path_params["id"]), None)
        if found is None:
            raise Refusal(404, "not_found", "Email not found")
        return JSONResponse(self._shape(found))

    def _shape(self, letter: Letter) -> dict[str, Any]:
        happened = [each.kind for each in self._office.happened if each.letter == letter.id]
        return {
            "object": "email", "id": letter.id, "from": letter.headers["From"], "to": list(letter.recipients),
            "subject": letter.subject, "html": letter.html or None, "text": letter.text or None,
            "created_at": letter.at.isoformat(), "last_event": happened[-1] if happened else "sent",
        }  # fmt: skip

    def _check_key(self, request: Request) -> None:
        given = request.headers.get("authorization", "")
        if not given.startswith("Bearer "):
            raise Refusal(401, "missing_api_key", "Missing API key in the authorization header.")
        if given != f"Bearer {self._office.keys.mail_api_key}" or self._door.is_revoked(PARTY, PARTY):
            raise Refusal(403, "invalid_api_key", "API key is invalid")

    def _known(self, key: str | None, raw: bytes) -> dict[str, Any] | None:
        """The answer that this key got in the last day."""
        if key is None:
            return None
        if not 0 < len(key) <= _LONGEST_KEY:
            message = f"Idempotency keys have 1 to {_LONGEST_KEY} characters."
            raise Refusal(400, "invalid_idempotency_key", message)
        found = self._answered.get(key)
        if found is None or found.at + _KEPT <= self._door.wall_clock():
            return None
        if found.request != hashlib.sha256(raw).digest():
            message = "Same idempotency key used with a different request payload."
            raise Refusal(409, "invalid_idempotent_request", message)
        return found.answer

    def _check_quota(self) -> None:
        today = self._door.world.now().date()
        sent = sum(each.by_api and each.at.date() == today for each in self._office.letters)
        if self._office.daily_quota is not None and sent >= self._office.daily_quota:
            raise Refusal(429, "daily_quota_exceeded", "You have reached your daily email sending quota.")


def _body(raw: bytes) -> dict[str, Any]:
    try:
        told = json.loads(raw)
        json.dumps(told, ensure_ascii=False).encode()  # it will have to be written down
    except (ValueError, RecursionError):
        raise Refusal(400, "validation_error", "The request body is not valid JSON.") from None
    if not isinstance(told, dict):
        raise Refusal(400, "validation_error", "The request body is not an object.")
    return told


def _message(told: dict[str, Any]) -> tuple[str, list[str], EmailMessage]:
    """Who sends, to whom, and the message that goes over the wire."""
    unknown = set(told) - _FIELDS
    if unknown:
        raise _invalid(f"Unknown fields: {', '.join(sorted(unknown))}.")
    message = EmailMessage()
    message["From"], sender = _address(told.get("from"), "from")
    recipients: list[str] = []
    for name in ("to", "cc", "bcc"):
        written, bare = _addresses(told.get(name), name)
        recipients += bare
        if written and name != "bcc":
            message[name.title()] = ", ".join(written)
    if "To" not in message:
        raise _invalid("Missing `to` field.")
    message["Subject"] = _line(told.get("subject"), "subject")
    if told.get("reply_to") is not None:
        message["Reply-To"] = ", ".join(_addresses(told["reply_to"], "reply_to")[0])
    _add_headers(message, told)
    _add_body(message, told)
    return sender, recipients, message


def _add_headers(message: EmailMessage, told: dict[str, Any]) -> None:
    headers, tags = told.get("headers") or {}, told.get("tags") or []
    if not isinstance(headers, dict) or not isinstance(tags, list):
        raise _invalid("`headers` is an object and `tags` a list.")
    for name, value in headers.items():
        if not _HEADER.fullmatch(name) or name in message:
            raise _invalid(f"`headers` cannot hold {name!r}.")
        message[name] = _line(value, f"headers.{name}")
    for tag in tags:
        fits = isinstance(tag, dict) and all(_TAG.fullmatch(str(tag.get(part, ""))) for part in ("name", "value"))
        if not fits:
            raise _invalid("`tags` hold a name and a value of ASCII letters, numbers, underscores, or dashes.")
        message[f"X-Tag-{tag['name']}"] = str(tag["value"])


def _add_body(message: EmailMessage, told: dict[str, Any]) -> None:
    text, html = told.get("text"), told.get("html")
    if not all(part is None or isinstance(part, str) for part in (text, html)) or not (text or html):
        raise _invalid("Missing `html` or `text` field.")
    if text:
        message.set_content(text)
    if html:
        (message.add_alternative if text else message.set_content)(html, subtype="html")


def _addresses(told: Any, name: str) -> tuple[list[str], list[str]]:
    several = [told] if isinstance(told, str) else [] if told is None else told
    if not isinstance(several, list) or len(several) > _MOST_RECIPIENTS:
        raise _invalid(f"`{name}` is an address or a list of at most {_MOST_RECIPIENTS}.")
    pairs = [_address(each, name) for each in several]
    return [written for written, _ in pairs], [bare for _, bare in pairs]


def _address(told: Any, name: str) -> tuple[str, str]:
    written = _line(told, name)
    bare = parseaddr(written)[1]
    if not re.fullmatch(r"[^@\s<>,]+@[^@\s<>,]+\.[^@\s<>,]+", bare) or not written.isascii():
        raise _invalid(f"Invalid `{name}` field. The format is `email@example.com` or `Name <email@example.com>`.")
    return written, bare


def _line(told: Any, name: str) -> str:
    if not isinstance(told, str) or not told.strip():
        raise _invalid(f"Missing `{name}` field.")
    if len(told.splitlines()) > 1 or "\x00" in told:
        raise _invalid(f"`{name}` is a single line.")
    return told.strip()


def _invalid(message: str) -> Refusal:
    return Refusal(422, "validation_error", message)


def _rate_limited(request: Request) -> Response:
    message = "Too many requests. Please limit the number of requests per second."
    return Refusal(429, "rate_limit_exceeded", message, headers={"retry-after": "1"}).response()


def mail_door(office: PostOffice) -> DoorSpec:
    def routes(door: Door) -> Sequence[BaseRoute]:
        provider = Provider(office, door)

        def guarded(handler: Callable[[Request], Any]) -> Callable[[Request], Any]:
            async def answer(request: Request) -> Response:
                try:
                    return await handler(request)
                except Refusal as refusal:
                    return refusal.response()

            return answer

        return [
            Route("/emails", guarded(provider.send), methods=["POST"]),
            Route("/emails/{id}", guarded(provider.find), methods=["GET"]),
        ]

    return DoorSpec(
        party=PARTY,
        owns=lambda path: path == "/emails" or path.startswith("/emails/"),
        routes=routes,
        rate_limited=_rate_limited,
        is_write=lambda request: request.method == "POST",
    )
