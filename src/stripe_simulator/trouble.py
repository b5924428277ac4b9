"""Faults on demand for the pages: what the gate does for the API, done for every other address but the control API's."""

import asyncio
import re

from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stripe_simulator import faults
from stripe_simulator.connection import Dropped
from stripe_simulator.world import World

CONTENTS = re.compile(r"/v1/files/[^/]+/contents")  # of a file: a page, though its address looks like the API's
WORDS = "The simulator was told to answer so."


class Trouble:
    def __init__(self, app: ASGIApp, world: World) -> None:
        self.app, self.world = app, world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        fault = self._fault(scope)
        if fault is None:
            await self.app(scope, receive, send)
        elif fault == "drop_before":
            await Dropped()(scope, receive, send)
        elif fault.startswith(("status:", faults.STORED)):
            await PlainTextResponse(WORDS, faults.amount(fault))(scope, receive, send)
        elif fault.startswith("delay:"):
            await asyncio.sleep(faults.wait(fault) / 1000)
            await self.app(scope, receive, send)
        else:
            await self._spoilt(fault, scope, receive, send)

    def _fault(self, scope: Scope) -> str | None:
        if scope["type"] != "http" or not self.world.faults.rules or _is_elsewhere(scope["method"], scope["path"]):
            return None
        self.world.changed = True  # the rules have counted
        return self.world.faults.strike(scope["method"], scope["path"])

    async def _spoilt(self, fault: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Everything is done, and then the answer is lost, cut or another one."""
        told: list[Message] = []

        async def keep(message: Message) -> None:
            told.append(message)

        await self.app(scope, receive, keep)
        if fault == "drop_after":
            await Dropped()(scope, receive, send)
        elif fault == "garbage":
            whole = b"".join(message.get("body", b"") for message in told)
            await Response(whole[: len(whole) // 2], told[0]["status"])(scope, receive, send)
        else:
            await PlainTextResponse(WORDS, faults.amount(fault))(scope, receive, send)


def _is_elsewhere(method: str, path: str) -> bool:
    """The gate judges the API by itself; the control API is never struck, so that a rule can be taken back."""
    if method in {"GET", "HEAD"} and CONTENTS.fullmatch(path):
        return False
    return path.startswith(("/v1/", "/v2/", "/_control")) or path in {"/v1", "/v2"}
