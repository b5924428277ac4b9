"""A webhook receiver that verifies signatures with the official library."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

import stripe

if TYPE_CHECKING:
    from collections.abc import Callable


class Receiver:
    """`with Receiver() as receiver:`; answers with `statuses` in turn, then 200."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.headers: list[str] = []
        self.bodies: list[bytes] = []
        self.statuses: list[int] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                outer.bodies.append(body)
                outer.headers.append(self.headers["stripe-signature"])
                outer.events.append(json.loads(body))
                self.send_response(outer.statuses.pop(0) if outer.statuses else 200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_args: object) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/hook"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def types(self) -> list[str]:
        return [event["type"] for event in self.events]

    def wait(self, condition: Callable[[], bool], seconds: float = 5.0) -> None:
        until = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < until, f"got {self.types}"
            time.sleep(0.01)

    def wait_for(self, count: int) -> None:
        self.wait(lambda: len(self.events) >= count)

    def verify(self, index: int, secret: str) -> bool:
        return bool(
            stripe.WebhookSignature.verify_header(self.bodies[index].decode(), self.headers[index], secret, 300)
        )
