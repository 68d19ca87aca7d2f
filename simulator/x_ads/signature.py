"""Checks OAuth 1.0a HMAC-SHA1 signatures the way X does: over the address as the client wrote it, port and prefix too.

Written apart from any client's signing code, so that the two can disagree. Timestamps are held against real time, since
a client's signature knows no practice clock; which keys may see which account is decided in `simulator.x_ads.gate`.
"""

import base64
import hmac
from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import sha1
from urllib.parse import parse_qsl, quote, unquote

from starlette.requests import Request

TOLERANCE_SECONDS = 300
USUAL_PORT = {"http": "80", "https": "443"}


class Refused(Exception):
    """Why a signature was not accepted; X itself only says 401."""


def header_fields(request: Request) -> dict[str, str]:
    scheme, _, rest = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "oauth" or not rest:
        raise Refused("no OAuth header")
    fields: dict[str, str] = {}
    for item in rest.split(","):
        name, _, value = item.strip().partition("=")
        fields[unquote(name)] = unquote(value.strip('"'))
    missing = {"oauth_consumer_key", "oauth_token", "oauth_nonce", "oauth_timestamp", "oauth_signature"} - set(fields)
    if missing:
        raise Refused(f"missing {', '.join(sorted(missing))}")
    if fields.get("oauth_signature_method") != "HMAC-SHA1":
        raise Refused("the signature method is not HMAC-SHA1")
    return fields


def escaped(text: str) -> str:
    return quote(text, safe="~-._")


def address(request: Request) -> str:
    scheme = request.url.scheme
    host, _, port = request.headers["host"].rpartition(":")
    if not host or port.endswith("]"):
        host, port = request.headers["host"], ""
    authority = host if port in ("", USUAL_PORT.get(scheme)) else f"{host}:{port}"
    path = request.scope.get("raw_path", request.url.path.encode()).split(b"?")[0].decode("ascii")
    return f"{scheme}://{authority.lower()}{path}"


async def expected_signature(
    request: Request, fields: Mapping[str, str], *, consumer_secret: str, token_secret: str
) -> str:
    signed = [(name, value) for name, value in fields.items() if name not in ("oauth_signature", "realm")]
    signed += parse_qsl(request.scope["query_string"].decode("ascii"), keep_blank_values=True)
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        signed += parse_qsl((await request.body()).decode("utf-8"), keep_blank_values=True)
    parameters = "&".join(f"{name}={value}" for name, value in sorted((escaped(n), escaped(v)) for n, v in signed))
    text = "&".join(escaped(part) for part in (request.method, address(request), parameters))
    key = f"{escaped(consumer_secret)}&{escaped(token_secret)}"
    return base64.b64encode(hmac.new(key.encode(), text.encode(), sha1).digest()).decode()


class ReplayGuard:
    """Remembers nonces for as long as their timestamps would pass, and refuses to see one twice."""

    def __init__(self, wall_clock: Callable[[], datetime]) -> None:
        self._wall_clock = wall_clock
        self._seen: dict[tuple[str, str, str], int] = {}

    def check(self, fields: Mapping[str, str]) -> None:
        now = int(self._wall_clock().timestamp())
        try:
            timestamp = int(fields["oauth_timestamp"])
        except ValueError as error:
            raise Refused("the timestamp is not a number") from error
        if abs(now - timestamp) > TOLERANCE_SECONDS:
            raise Refused(f"the timestamp is {abs(now - timestamp)} seconds away from the server's")
        key = (fields["oauth_token"], fields["oauth_timestamp"], fields["oauth_nonce"])
        if key in self._seen:
            raise Refused("the nonce was used before")
        if len(self._seen) > 50_000:
            self._seen = {k: at for k, at in self._seen.items() if abs(now - at) <= TOLERANCE_SECONDS}
        self._seen[key] = timestamp
