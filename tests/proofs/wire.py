"""The last part of the way of a webhook: takes what the simulator sends, hands it to our door, and answers with its answer.

One thread takes one delivery after the other, so that a run can be repeated. It can be told to hand the next ones over twice, and a
crash of the web process is a connection that is closed without an answer.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Self

from django.db import connections
from tests.proofs.crash import Crashed

from comptoir.inbox import door


class _Server(HTTPServer):
    request_queue_size = 128


class Wire:
    """`with Wire() as wire:`; `url` is what an endpoint at the simulator sends to."""

    def __init__(self) -> None:
        self.twice = 0  # so many of the next deliveries are handed over twice
        self.faults: list[BaseException] = []  # of ours: what a delivery must never meet
        wire = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                status = wire._hand_over(body, headers)
                if status is None:
                    self.close_connection = True
                    return
                self.send_response(status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_args: object) -> None:
                """Quiet."""

        self._server = _Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/stripe/api"

    def _serve(self) -> None:
        self._server.serve_forever(poll_interval=0.05)
        connections.close_all()

    def _hand_over(self, body: bytes, headers: dict[str, str]) -> int | None:
        times = 2 if self.twice > 0 else 1
        self.twice = max(self.twice - 1, 0)
        status = None
        for _time in range(times):
            status = self._guarded(lambda: door.receive(module="stripe", body=body, headers=headers).status)
        return status

    def _guarded(self, step: Callable[[], int]) -> int | None:
        try:
            return step()
        except Crashed:
            return None
        except BaseException as error:  # noqa: BLE001 - told to the run, which fails by it
            self.faults.append(error)
            return 500

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
