"""The real processes of a counter, as a host has them, to be killed: `comptoir serve` with its web, worker and PostgreSQL.

The simulator is a process of its own, and is never killed: Stripe does not lose its memory.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import IO, Any

import psycopg
import requests
from tests.demo import free_port

from comptoir.run import ports
from comptoir.run.place import locate
from comptoir.run.postgres import running_url

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
READY_WITHIN = 600.0  # seconds; a loaded machine
SUPERVISOR = "serve"


class House:
    """One counter in a folder. PostgreSQL keeps its own durability: nothing is switched off. `mutant`: it has this fault of the proofs."""

    def __init__(self, folder: Path, *, mail: str, mutant: str = "") -> None:
        self.folder, self.home = folder, folder / "home"
        self.port, self.simulator_port = free_port(), free_port()
        self.memory = folder / "spy"
        self.accounts: dict[str, Any] = {}
        self.gave_up = (
            0  # supervisors that ended by themselves, each with a sentence: what they had to start was killed meanwhile
        )
        self._environment = self._settings(mail) | ({"CRASH_MUTANT": mutant} if mutant else {})
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def shop(self) -> str:
        """Address of the shop."""
        return f"http://localhost:{self.port}"

    @property
    def stripe(self) -> str:
        """Address of the simulator."""
        return f"http://127.0.0.1:{self.simulator_port}"

    def _settings(self, mail: str) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TZ", "TMPDIR") if name in os.environ}
        ours = {
            "home": str(self.home),
            "url": self.shop,
            "stripe_api_base": self.stripe,
            "clock_url": f"{self.stripe}/_control/clock",
            "email_url": mail,
            "staff_mfa": "offered",
            "workers": "1",  # one web process: its death is the web's
        }
        paths = os.pathsep.join([str(HERE / "outside"), str(ROOT)])
        more = {"PYTHONPATH": paths, "SPY_MEMORY": str(self.memory)}
        return {**kept, **more, **{f"COMPTOIR_{name.upper()}": value for name, value in ours.items()}}

    def open(self) -> None:
        """Start everything, and fill the shop; from then on the spy delivers all of it."""
        self._start("simulator", "stripe_simulator", "--port", str(self.simulator_port))
        wait(lambda: ports.answers(self.simulator_port, "/_control/keys") is not None, "the simulator")
        self.serve()
        self.wait_ready()
        file = self.folder / "accounts.json"
        url = running_url(self.home)
        assert url is not None
        command = [sys.executable, "-m", "comptoir.run.prepare", "--demo", str(file)]
        environment = {**self._environment, "COMPTOIR_DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "comptoir.settings"}
        done = subprocess.run(command, env=environment, cwd=ROOT, check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        self.accounts = json.loads(file.read_text(encoding="utf-8"))
        with self.database() as connection:
            connection.execute("UPDATE catalogue_product SET driver = 'spy'")

    def serve(self) -> None:
        """Start the supervisor, anew where one was killed."""
        self._start(SUPERVISOR, "comptoir", "serve", "--port", str(self.port))

    def _start(self, name: str, *words: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(
                [sys.executable, "-m", *words], env=self._environment, cwd=ROOT, stdout=self._quiet(name, log),
                stderr=log, start_new_session=True,
            )  # fmt: skip

    @staticmethod
    def _quiet(name: str, log: IO[bytes]) -> IO[bytes] | int:
        return subprocess.DEVNULL if name == "simulator" else log  # it greets with its secret key

    @property
    def supervisor(self) -> subprocess.Popen[bytes]:
        """The process that keeps the others."""
        return self._running[SUPERVISOR]

    @property
    def ready(self) -> bool:
        """Whether the web answers and says that its database does. A supervisor that gave up is started anew, as a host's system does."""
        if self.supervisor.poll() is not None:
            self.gave_up += 1
            self.serve()
        return ports.answers(self.port, "/readyz") is not None

    def wait_ready(self) -> None:
        """Until it serves."""
        wait(lambda: self.ready, "the counter", of=self.said)

    def said(self) -> str:
        """What the processes wrote last."""
        return "\n".join((self.folder / f"{SUPERVISOR}.log").read_text(encoding="utf-8").splitlines()[-60:])

    def database(self) -> psycopg.Connection[tuple[Any, ...]]:
        """A connection of our own, which may be killed like any other. Raises psycopg.Error."""
        place = locate(self.home)
        return psycopg.connect(
            host=str(place.socket), user="comptoir", dbname="comptoir", autocommit=True, connect_timeout=10
        )

    def api(self, method: str, path: str, *, mode: str = "test", **more: Any) -> dict[str, Any]:
        """One call of Stripe's API by somebody else than the product. Raises HTTPError."""
        assert mode == "test"
        key = self.accounts["stripe"]["secret_key"]
        with requests.Session() as web:
            web.trust_env = False
            answer = web.request(method, self.stripe + path, auth=(key, ""), timeout=60, **more)
        answer.raise_for_status()
        body: dict[str, Any] = answer.json()
        return body

    def forget(self) -> None:
        """Have PostgreSQL say that something is committed before it is: what a disk that lies does."""
        with self.database() as connection:
            connection.execute("ALTER SYSTEM SET synchronous_commit = off")
            connection.execute("ALTER SYSTEM SET wal_writer_delay = '10s'")
            connection.execute("SELECT pg_reload_conf()")

    def close(self) -> None:
        """End everything; what was told to stop and does not is killed."""
        for name in (SUPERVISOR, "simulator"):
            process = self._running.get(name)
            if process is None or process.poll() is not None:
                continue
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait(until: Any, what: str, *, of: Any = None, seconds: float = READY_WITHIN) -> None:
    """Wait for something of other processes. Raises AssertionError with what they said."""
    end = time.monotonic() + seconds
    while not until():
        time.sleep(0.1)
        assert time.monotonic() < end, f"{what} does not come:\n{of() if of else ''}"
