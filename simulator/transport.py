"""Lets a fault close the connection under a request, as networks do: a server's own ways of refusing are too polite."""

import asyncio
import socket
import struct
from functools import partial
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

_EXTENSION = "simulator.connection"


async def _with_connection(
    app: ASGIApp, transport: asyncio.Transport, scope: Scope, receive: Receive, send: Send
) -> None:
    if scope["type"] == "http":
        scope.setdefault("extensions", {})[_EXTENSION] = transport
    await app(scope, receive, send)


class BreakableProtocol(H11Protocol):
    """The ordinary protocol, except that a request can find the connection it came on."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        served: Any = self.app
        self.app = partial(_with_connection, served, transport)  # one instance serves one connection


async def reset_connection(scope: Scope, receive: Receive) -> None:
    """Drops the connection with a reset, so that the client sees an error and never an answer."""
    transport = scope["extensions"][_EXTENSION]
    connection = transport.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
    while (await receive())["type"] != "http.disconnect":
        pass
