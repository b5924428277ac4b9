"""Runs the simulator: in the foreground for the command line, in a thread for tests."""

import asyncio
import logging
import socket
import threading
import time
from types import TracebackType
from typing import Any, Self

import requests
import uvicorn

from stripe_simulator.app import create_app
from stripe_simulator.connection import Protocol
from stripe_simulator.settings import Settings
from stripe_simulator.witness import Witness
from stripe_simulator.world import World

STOP_WITHIN = 0.3  # seconds for requests under way
KEEP_ALIVE = 75  # seconds; a client's pool must not find its connections closed after each short pause
START_WITHIN = 20.0


def configuration(settings: Settings, witness: Witness | None = None) -> uvicorn.Config:
    app = create_app(settings)
    app.state.world.witness = witness
    config = uvicorn.Config(
        app,
        http=Protocol,
        ws="none",
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE,
        proxy_headers=False,  # who is on this machine is judged by the socket alone
    )
    config.timeout_graceful_shutdown = STOP_WITHIN  # type: ignore[assignment]  # a part of a second is meant
    return config


def bind(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # the protocol is named because asyncio sets TCP_NODELAY only then; without it each answer waits 40 ms
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener


class Control:
    """The control API, called from a test."""

    def __init__(self, base_url: str, token: str | None = None) -> None:
        self.url = f"{base_url}/_control"
        self._session = requests.Session()
        self._session.trust_env = False
        if token is not None:
            self._session.headers["Authorization"] = f"Bearer {token}"

    def get(self, path: str) -> Any:
        return self._call("GET", path, None)

    def post(self, path: str, /, **body: Any) -> Any:
        return self._call("POST", path, body)

    def delete(self, path: str) -> Any:
        return self._call("DELETE", path, None)

    def _call(self, method: str, path: str, body: dict[str, Any] | None) -> Any:
        answer = self._session.request(method, f"{self.url}/{path}", json=body, timeout=120)
        answer.raise_for_status()
        return answer.json()

    def now(self) -> float:
        """Unix seconds of the simulator's clock."""
        return float(self.get("clock")["now"])

    def advance(self, seconds: float) -> Any:
        return self.post("clock", advance=seconds)

    def move(self, identifier: str, do: str, /, **more: Any) -> Any:
        return self.post(f"objects/{identifier}", do=do, **more)

    def close(self) -> None:
        self._session.close()


class Server:
    """`with Server() as stripe:` runs a simulator on a free port of this machine, in a thread.

    It gives `base_url`, `secret_key`, `publishable_key`, `settings` and `control`.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        witness: Witness | None = None,
    ) -> None:
        self.settings = settings or Settings()
        self._listener = bind(host, port)
        self.port: int = self._listener.getsockname()[1]
        self.base_url = f"http://{host}:{self.port}"
        if not self.settings.public_url:
            self.settings.public_url = self.base_url
        config = configuration(self.settings, witness)
        self._uvicorn = uvicorn.Server(config)
        self.world: World = config.app.state.world  # type: ignore[union-attr]  # looked at only while nothing is asked
        self._thread = threading.Thread(target=self._run, name=f"stripe-simulator-{self.port}", daemon=True)
        self._failure: BaseException | None = None
        self.control = Control(self.base_url, self.settings.control_token)

    @property
    def secret_key(self) -> str:
        return self.settings.secret_key

    @property
    def publishable_key(self) -> str:
        return self.settings.publishable_key

    def _run(self) -> None:
        try:
            asyncio.run(self._uvicorn.serve([self._listener]))
        except BaseException as error:  # noqa: BLE001 - told to the thread that waits for us
            self._failure = error

    def start(self) -> Self:
        logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
        self._thread.start()
        until = time.monotonic() + START_WITHIN
        while not self._uvicorn.started:
            if self._failure is not None or not self._thread.is_alive() or time.monotonic() > until:
                raise RuntimeError("The simulator did not start.") from self._failure
            time.sleep(0.005)
        return self

    def stop(self) -> None:
        self._uvicorn.should_exit = True
        self._thread.join(timeout=10)
        self._listener.close()
        self.control.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
