"""The simulator without a socket: requests of any shape straight into the application, thousands in a few seconds."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from tests.simulator.aside import Loop

from stripe_simulator.app import create_app
from stripe_simulator.schema import load_requests
from stripe_simulator.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    raw: bytes

    def json(self) -> Any:
        return json.loads(self.raw)

    @property
    def error(self) -> dict[str, Any]:
        found: dict[str, Any] = self.json()["error"]
        return found


class Inside:
    """One application of its own; its clock runs, nothing falls due by itself."""

    FORM = FORM

    def __init__(self) -> None:
        self.settings = Settings()
        self.catalog = load_requests()
        self.app = create_app(self.settings)
        self.loop = Loop()

    def close(self) -> None:
        self.loop.close()

    def __call__(
        self,
        method: str,
        path: str | bytes,
        body: bytes | str = b"",
        *,
        headers: Mapping[str, str] | None = None,
        kind: str = FORM,
    ) -> Answer:
        """A request with the account's secret key; `path` as it stands on the wire, percent-encoded or not."""
        sent = {
            "host": "127.0.0.1",
            "authorization": f"Bearer {self.settings.secret_key}",
            "content-type": kind,
            **{name.lower(): value for name, value in (headers or {}).items()},
        }
        rows = [(name.encode(), value.encode("utf-8", "surrogateescape")) for name, value in sent.items()]
        wire = path.encode("utf-8", "surrogateescape") if isinstance(path, str) else path
        return self.raw(method, wire, rows, body.encode() if isinstance(body, str) else body)

    def raw(self, method: str, wire: bytes, headers: Iterable[tuple[bytes, bytes]], body: bytes) -> Answer:
        return self.loop.run(self._ask(method, wire, list(headers), body))

    async def _ask(self, method: str, wire: bytes, headers: list[tuple[bytes, bytes]], body: bytes) -> Answer:
        raw_path, _, query = wire.partition(b"?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": _unquoted(raw_path),
            "raw_path": raw_path,
            "query_string": query,
            "root_path": "",
            "headers": headers,
            "client": ("127.0.0.1", 50000),
            "server": ("127.0.0.1", 12111),
            "state": {},
        }
        messages = [{"type": "http.request", "body": body, "more_body": False}]
        told: list[Any] = []

        async def receive() -> Any:
            return messages.pop(0) if messages else {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            told.append(message)

        await self.app(scope, receive, send)
        start, *rest = told
        names = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in start["headers"]}
        return Answer(start["status"], names, b"".join(part.get("body", b"") for part in rest))


def _unquoted(raw: bytes) -> str:
    """As the server behind the sockets reads a path: percent signs undone, then UTF-8 as far as it goes."""
    return unquote(raw.decode("ascii", "replace"))
