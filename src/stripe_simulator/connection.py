"""Closing a connection without an answer, which no ordinary web framework offers."""

import asyncio

from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

Ends = tuple[tuple[str, int], tuple[str, int | None]]
CONNECTIONS: dict[Ends, asyncio.Transport] = {}  # open ones, by both their ends; shared by the servers of one process


class Protocol(HttpToolsProtocol):
    """uvicorn's protocol, which also remembers the transport of each open connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if self.client and self.server:
            CONNECTIONS[self.client, self.server] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self.client and self.server:
            CONNECTIONS.pop((self.client, self.server), None)


class Dropped(Response):
    """No answer at all: the connection is closed. A host other than our own server gets an empty 502."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        client, server = scope.get("client"), scope.get("server")
        transport = CONNECTIONS.get((tuple(client), tuple(server))) if client and server else None
        if transport is None:
            await Response(status_code=502)(scope, receive, send)
            return
        transport.close()
        while (await receive())["type"] != "http.disconnect":
            continue
