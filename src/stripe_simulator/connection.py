"""Closing a connection without an answer, which no ordinary web framework offers."""

import asyncio

from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

# open connections by (host, port) of the other side; shared by the servers of one process, ports tell them apart
CONNECTIONS: dict[tuple[str, int], asyncio.Transport] = {}


class Protocol(HttpToolsProtocol):
    """uvicorn's protocol, which also remembers the transport of each open connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if self.client:
            CONNECTIONS[self.client] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self.client:
            CONNECTIONS.pop(self.client, None)


class Dropped(Response):
    """No answer at all: the connection is closed. A host other than our own server gets an empty 502."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        client = scope.get("client")
        transport = CONNECTIONS.get(tuple(client)) if client else None
        if transport is None:
            await Response(status_code=502)(scope, receive, send)
            return
        transport.close()
        while (await receive())["type"] != "http.disconnect":
            continue
