"""Who may drive the simulator, and in what form."""

import hmac
import json
from collections.abc import Awaitable, Callable
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from stripe_simulator.types import Json
from stripe_simulator.world import World

LOCAL_NAMES = {"localhost", "127.0.0.1", "::1", "testserver"}


class Refused(Exception):  # noqa: N818 - it reads as what it is
    """A control call that cannot be done; the sentence is told to the caller."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status, self.sentence = status, sentence


def told(answer: Any, status: int = 200) -> Response:
    """A control answer. In ASCII, since a sentence may quote an address that is no text."""
    return Response(json.dumps(answer), status, {"Cache-Control": "no-store"}, "application/json")


Handler = Callable[[Request, Json], Awaitable[Any]]


class Door:
    """Loopback only, unless a token was given; JSON only; never for another site's page."""

    def __init__(self, world: World) -> None:
        self.world = world

    def route(self, method: str, path: str, handler: Handler) -> Route:
        async def endpoint(request: Request) -> Response:
            try:
                self.admit(request)
                body = await self._read(request)
                return told(await handler(request, body))
            except Refused as refused:
                return told({"error": refused.sentence}, refused.status)

        return Route(f"/_control{path}", endpoint, methods=[method])

    def admit(self, request: Request) -> None:
        """Raise unless this caller may look and act."""
        token = self.world.settings.control_token
        if token is not None:
            given = request.headers.get("authorization", "").removeprefix("Bearer ")
            if not hmac.compare_digest(given.encode(), token.encode()):
                raise Refused(401, "Give the control token: Authorization: Bearer TOKEN.")
        elif not _is_loopback(request):
            raise Refused(403, "The control API answers on this machine only, unless --control-token is given.")
        host = request.headers.get("host", "")
        origin = request.headers.get("origin")
        if origin is not None and urlsplit(origin).netloc != host:
            raise Refused(403, "Another site's page may not drive the simulator.")
        if token is None and not _is_local_name(host):
            # a foreign name that resolves to this machine is a way around the same-origin rule
            raise Refused(403, "Address the control API as localhost or 127.0.0.1.")

    @staticmethod
    async def _read(request: Request) -> Json:
        raw = await request.body()
        if request.method == "GET" or (request.method == "DELETE" and not raw):
            return {}
        if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            raise Refused(415, "Send JSON: Content-Type: application/json.")
        try:
            body = json.loads(raw or b"{}")
            json.dumps(body, ensure_ascii=False).encode()  # half a surrogate pair could be kept and never be shown
        except (ValueError, RecursionError):
            raise Refused(400, "The body is not JSON.") from None
        if not isinstance(body, dict):
            raise Refused(400, "The body must be a JSON object.")
        return body


def _is_loopback(request: Request) -> bool:
    if request.client is None:
        return True  # a socket of this machine has no address
    try:
        return ip_address(request.client.host).is_loopback
    except ValueError:
        return request.client.host in LOCAL_NAMES


def _is_local_name(host: str) -> bool:
    try:
        name = urlsplit("//" + host).hostname or ""
    except ValueError:
        return False
    return name in LOCAL_NAMES or name.endswith(".localhost")  # such names never leave this machine


def number(body: Json, name: str, *, least: float = 0.0, most: float = 1e11) -> float:
    """A figure of the body, within bounds."""
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise Refused(400, f"{name} must be a number from {least:g} to {most:g}.")
    return float(value)


def whole(body: Json, name: str, default: int, *, least: int = 1, most: int = 1_000_000) -> int:
    value = body.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise Refused(400, f"{name} must be a whole number from {least} to {most}.")
    return value


def text(body: Json, name: str, default: str | None = None) -> str:
    value = body.get(name, default)
    if not isinstance(value, str) or not value:
        raise Refused(400, f"{name} must be a text.")
    return value


def only(body: Json, *names: str) -> None:
    strange = sorted(set(body) - set(names))
    if strange:
        raise Refused(400, f"Unknown: {', '.join(strange)}. Known: {', '.join(names)}.")
