"""Started from the command line; the state in a file."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import requests

SOURCE = Path(__file__).resolve().parents[2] / "src"
KEY = "sk_test_fixed"
PATIENCE = 10.0  # wall seconds


class Process:
    def __init__(self, *flags: str) -> None:
        environment = {**os.environ, "PYTHONPATH": str(SOURCE), "STRIPE_SIMULATOR_SECRET_KEY": KEY}
        self.popen = subprocess.Popen(
            [sys.executable, "-m", "stripe_simulator", "--port", "0", *flags],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )
        assert self.popen.stdout is not None
        self.line = self.popen.stdout.readline()
        self.url = next(word for word in self.line.split() if word.startswith("http://"))

    def stop(self, how: signal.Signals = signal.SIGTERM) -> tuple[int, float, str]:
        started = time.monotonic()
        self.popen.send_signal(how)
        _, errors = self.popen.communicate(timeout=10)
        return self.popen.returncode, time.monotonic() - started, errors

    def customers(self) -> list[str]:
        reply = requests.get(f"{self.url}/v1/customers", auth=(KEY, ""), timeout=5)
        return [customer["id"] for customer in reply.json()["data"]]

    def control(self, method: str, call: str, body: dict[str, Any] | None = None) -> Any:
        reply = requests.request(method, f"{self.url}/_control/{call}", json=body, timeout=5)
        reply.raise_for_status()
        return reply.json()

    def create(self) -> str:
        reply = requests.post(f"{self.url}/v1/customers", auth=(KEY, ""), timeout=5)
        return str(reply.json()["id"])


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "state.json"


SET: dict[str, dict[str, Any]] = {
    "latency": {"ms": 1},
    "rate-limit": {"per_second": 90, "updates_per_hour": 5},
    "deliveries": {"rule": "delay:3", "schedule": "stripe", "disable_after": 5},
    "faults": {"do": "status:503", "method": "GET", "path": "/v1/customers", "nth": 3, "times": 2},
}


def test_what_was_set_for_it_outlives_a_kill(state: Path) -> None:
    first = Process("--state-file", str(state))
    for call, body in SET.items():
        first.control("POST", call, body)
    first.customers()  # the fault has counted one
    until = time.monotonic() + PATIENCE
    while not (state.exists() and '"seen":1' in state.read_text(encoding="utf-8")):
        assert time.monotonic() < until
        time.sleep(0.05)
    first.stop(signal.SIGKILL)
    second = Process("--state-file", str(state))
    try:
        for call in ("latency", "rate-limit", "deliveries"):
            found = second.control("GET", call)
            assert {name: found[name] for name in SET[call]} == SET[call]
        asked = [requests.get(f"{second.url}/v1/customers", auth=(KEY, ""), timeout=5).status_code for _ in range(4)]
        assert asked == [200, 503, 503, 200]
    finally:
        second.stop()


def test_a_delivery_under_way_is_made_again_after_a_kill(state: Path) -> None:
    """The receiver has taken the connection and answers nothing; whoever starts again tells it once more."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        first = Process("--state-file", str(state))
        hook = f"http://127.0.0.1:{silent.getsockname()[1]}/hook"
        first.control("POST", "endpoints", {"url": hook, "enabled_events": ["customer.created"]})
        customer = first.create()
        silent.settimeout(PATIENCE)
        told, _ = silent.accept()
        with told:
            assert told.recv(100).startswith(b"POST /hook")
            time.sleep(1.5)  # longer than the second between two writings
            first.stop(signal.SIGKILL)
        second = Process("--state-file", str(state))
        again, _ = silent.accept()
        with again, again.makefile("rb") as lines:
            assert next(line for line in lines if line.lower().startswith(b"stripe-signature: t="))
            length = next(int(line.partition(b":")[2]) for line in lines if line.lower().startswith(b"content-length"))
            while lines.readline().strip():
                continue
            assert customer.encode() in lines.read(length)
            again.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        second.stop()


def test_it_says_when_it_is_ready_and_stops_at_once() -> None:
    process = Process()
    assert "ready" in process.line
    assert process.customers() == []
    with requests.Session() as idle:  # an open connection does not hold it back
        idle.get(f"{process.url}/_control/clock", timeout=5)
        code, seconds, errors = process.stop()
    assert (code, errors) == (0, "")
    assert seconds < 10  # a bound that only a wait of half a minute breaks; the figure itself is the bench's business


def test_a_request_made_to_wait_does_not_hold_it_back() -> None:
    process = Process()
    fault = {"do": "delay:30000", "path": "/v1/customers"}
    requests.post(f"{process.url}/_control/faults", json=fault, timeout=5).raise_for_status()
    with socket.create_connection(("127.0.0.1", int(process.url.rpartition(":")[2]))) as waiting:
        waiting.sendall(f"GET /v1/customers HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {KEY}\r\n\r\n".encode())
        time.sleep(0.2)
        code, seconds, errors = process.stop()
        assert b"503" in waiting.recv(100)
    assert code == 0
    assert "Traceback" not in errors, errors
    assert seconds < 10  # a bound that only a wait of half a minute breaks; the figure itself is the bench's business


def test_the_state_outlives_a_restart(state: Path) -> None:
    first = Process("--state-file", str(state))
    customer = first.create()
    requests.post(f"{first.url}/_control/clock", json={"advance": 5000}, timeout=5).raise_for_status()
    first.stop()
    second = Process("--state-file", str(state))
    try:
        assert second.customers() == [customer]
        clock = requests.get(f"{second.url}/_control/clock", timeout=5).json()
        assert 4999 < clock["offset"] < 5002
    finally:
        second.stop()


def test_a_kill_loses_a_second_at_most(state: Path) -> None:
    first = Process("--state-file", str(state))
    customer = first.create()
    until = time.monotonic() + 5
    while not (state.exists() and customer in state.read_text()):
        assert time.monotonic() < until
        time.sleep(0.05)
    first.stop(signal.SIGKILL)
    second = Process("--state-file", str(state))
    try:
        assert second.customers() == [customer]
    finally:
        second.stop()


def test_a_busy_port_and_a_broken_file_are_one_sentence(tmp_path: Path) -> None:
    broken = tmp_path / "state.json"
    broken.write_text("{")
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        for flags, words in [
            (["--port", str(busy.getsockname()[1])], "Cannot listen on"),
            (["--port", "0", "--state-file", str(broken)], "cannot be read"),
        ]:
            done = subprocess.run(
                [sys.executable, "-m", "stripe_simulator", *flags],
                capture_output=True,
                text=True,
                timeout=20,
                check=False,
                env={**os.environ, "PYTHONPATH": str(SOURCE)},
            )
            assert done.returncode == 1
            assert words in done.stderr
            assert "Traceback" not in done.stderr
