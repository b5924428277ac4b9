"""A demo that tests start and stop: the command itself, with its own ports and folder."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from comptoir.run import ports

READY_WITHIN = 240.0  # a loaded machine; measured alone it is 5 to 20 s
STOPPED_WITHIN = 10.0


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((ports.LOOPBACK, 0))
        return int(probe.getsockname()[1])


class Demo:
    """A demo in a folder, with a space and an accent in its name as people have them."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port, self.simulator_port = free_port(), free_port()
        self.process: subprocess.Popen[str] | None = None

    def begin(self, *flags: str) -> subprocess.Popen[str]:
        """Start one without waiting."""
        words = ["demo", "--home", str(self.home), "--port", str(self.port)]
        words += ["--simulator-port", str(self.simulator_port), *flags]
        clean = {name: value for name, value in os.environ.items() if not name.startswith("COMPTOIR_")}
        return subprocess.Popen(
            [sys.executable, "-m", "comptoir", *words],
            env=clean,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def start(self, *flags: str) -> dict[str, Any]:
        """Start it and return what `demo.json` says."""
        self.process = self.begin(*flags)
        until = time.monotonic() + READY_WITHIN
        while not (self.home / "demo.json").exists():
            if self.process.poll() is not None or time.monotonic() > until:
                self.process.kill()
                pytest.fail(f"the demo is not ready:\n{self.process.communicate()[0]}")
            time.sleep(0.05)
        told: dict[str, Any] = json.loads((self.home / "demo.json").read_text(encoding="utf-8"))
        return told

    def stop(self, number: signal.Signals = signal.SIGTERM) -> str:
        """End it; return its words."""
        assert self.process is not None
        self.process.send_signal(number)
        words, _ = self.process.communicate(timeout=STOPPED_WITHIN)
        return words

    def processes(self) -> list[str]:
        """What still runs on the folder."""
        found = []
        for entry in Path("/proc").iterdir():
            try:
                command = (entry / "cmdline").read_bytes() if entry.name.isdigit() else b""
                environment = (entry / "environ").read_bytes() if command else b""
            except OSError:
                continue
            mark = os.fsencode(self.home)
            if mark in command or mark in environment:
                found.append(command.replace(b"\0", b" ").decode())
        return found
