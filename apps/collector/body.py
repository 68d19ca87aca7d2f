"""Reads the body of a request: no more than allowed, no longer than allowed, unpacked where it came packed.

A body that is refused is still taken off the wire up to a bound, so that its sender gets to read why.
"""

import asyncio
import zlib

from starlette.types import Message, Receive, Scope

from apps.collector.limits import Limits
from apps.collector.problems import Problem

_DRAINED = 16  # times the limit: what is read and thrown away before the answer
_GZIP = 31  # zlib's word for "with a gzip header"


class Disconnected(Exception):
    """The sender is gone: nobody waits for an answer."""


def header(scope: Scope, name: bytes) -> str:
    """The header's value, empty if it is absent. Names are lower case in ASGI."""
    for each, value in scope["headers"]:
        if each == name:
            return value.decode("latin-1")
    return ""


def media_type(scope: Scope) -> str:
    return header(scope, b"content-type").partition(";")[0].strip().lower()


async def read_body(scope: Scope, receive: Receive, *, limits: Limits) -> bytes:
    """The body, unpacked. The time limit is not armed for a body that comes with the first message, as most do."""
    encoding = header(scope, b"content-encoding").strip().lower()
    if encoding not in ("", "identity", "gzip"):
        raise Problem(
            415, "encoding", f"the encoding {encoding[:40]!r} is not read here", remedy="Send gzip, or no encoding."
        )
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        body = message.get("body", b"")
        if len(body) > limits.body_bytes:
            raise _too_large(limits)
    else:
        body = await _rest(message, receive, limits)
    return _unpacked(body, limits) if encoding == "gzip" else body


async def _rest(message: Message, receive: Receive, limits: Limits) -> bytes:
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(limits.body_seconds):
            while True:
                if message["type"] == "http.disconnect":
                    raise Disconnected
                part = message.get("body", b"")
                size += len(part)
                if size <= limits.body_bytes:
                    parts.append(part)
                elif size > _DRAINED * limits.body_bytes:
                    raise _too_large(limits, closes=True)
                if not message.get("more_body"):
                    break
                message = await receive()
    except TimeoutError:
        raise Problem(
            408,
            "slow",
            f"the body did not arrive within {limits.body_seconds:g} s",
            remedy="Send smaller batches, and send them again.",
            closes=True,
        ) from None
    if size > limits.body_bytes:
        raise _too_large(limits)
    return b"".join(parts)


def _unpacked(body: bytes, limits: Limits) -> bytes:
    """Never holds more than the limit, whatever the body would grow to."""
    unpacking = zlib.decompressobj(wbits=_GZIP)
    try:
        content = unpacking.decompress(body, limits.body_bytes + 1)
    except zlib.error as error:
        raise Problem(400, "gzip", f"the body is not gzip: {error}", remedy="Pack it again.") from None
    if len(content) > limits.body_bytes:
        raise _too_large(limits)
    if not unpacking.eof:
        raise Problem(400, "gzip", "the packed body ends too soon", remedy="Send all of it.")
    if unpacking.unused_data:
        raise Problem(400, "gzip", "something follows the packed body", remedy="Send one gzip member.")
    return content


def _too_large(limits: Limits, *, closes: bool = False) -> Problem:
    return Problem(
        413,
        "body_bytes",
        f"the body is larger than {limits.body_bytes} bytes (unpacked too)",
        remedy="Send the events in several smaller batches.",
        closes=closes,
    )
