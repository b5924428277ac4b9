"""How fast and how large the simulator is: it runs as its own process on one core, its callers on the other."""

from __future__ import annotations

import asyncio
import contextlib
import re
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bin.benches import machine
from bin.benches.figures import Figure
from bin.benches.room import room
from bin.benches.traffic import PAYMENT, SESSION, Receiver, load

from stripe_simulator.server import Control

if TYPE_CHECKING:
    from collections.abc import Iterator

SESSIONS = 3_000
PACED = 200.0  # sessions a second
PAYMENTS = 700  # each announces several events
KEY = "sk_test_51BenchBenchBenchBench"
HELD_BACK = 3_600  # seconds that the prepared deliveries wait


@dataclass(slots=True)
class Running:
    url: str
    process: int
    control: Control


@contextlib.contextmanager
def running() -> Iterator[Running]:
    """A simulator in its own process, on the first core."""
    command = [sys.executable, "-m", "stripe_simulator", "--port", "0", "--secret-key", KEY]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            found = re.search(r"ready: (http://\S+)", line)
            if found is None:
                raise RuntimeError(f"The simulator did not start: {line!r}")
            machine.pin(process.pid, 0)
            control = Control(found[1])
            yield Running(found[1], process.pid, control)
            control.close()
        finally:
            process.terminate()


def run() -> list[Figure]:
    """Sessions a second, deliveries a second, bytes an object."""
    machine.pin(0, 1)
    with running() as simulator:
        figures = _sessions(simulator)
    with running() as simulator:
        figures += _deliveries(simulator)
    return figures + room()


def _sessions(simulator: Running) -> list[Figure]:
    url = f"{simulator.url}/v1/checkout/sessions"
    asyncio.run(load(url, KEY, SESSION, count=300, at_once=4))  # warm
    before, held = machine.cpu_seconds(simulator.process), machine.resident(simulator.process)
    fast = asyncio.run(load(url, KEY, SESSION, count=SESSIONS, at_once=4))
    used = machine.cpu_seconds(simulator.process) - before
    grown = machine.resident(simulator.process) - held
    rounds = [asyncio.run(load(url, KEY, SESSION, count=600, at_once=32, per_second=PACED)) for _ in range(5)]
    slowest, half = (statistics.median(one.percentile(share) for one in rounds) for share in (0.99, 0.5))
    return [
        Figure("Checkout Sessions, as fast as four callers ask", fast.rate, "per second", target=PACED),
        Figure("the same, for each second of its CPU time", SESSIONS / used, "per CPU second", target=PACED),
        Figure("their slowest hundredth (p99)", fast.percentile(0.99) * 1000, "ms", target=50, at_most=True),
        Figure("p99 at a steady 200 a second, median of five rounds", slowest * 1000, "ms", target=50, at_most=True),
        Figure("half of them are answered within", half * 1000, "ms"),
        Figure("memory of the process for each session, all included", grown / SESSIONS, "bytes"),
    ]


def _deliveries(simulator: Running) -> list[Figure]:
    """Payments are made while deliveries are held back; then the clock moves, and all leave at once."""
    control = simulator.control
    with Receiver() as receiver:
        control.post("clock", frozen=True)
        control.post("deliveries", rule=f"delay:{HELD_BACK}")
        receiver.trust(control.post("endpoints", url=receiver.url)["secret"])
        asyncio.run(load(f"{simulator.url}/v1/payment_intents", KEY, PAYMENT, count=PAYMENTS, at_once=4))
        control.advance(HELD_BACK / 2)  # the balance transactions come, and are announced later as well
        before = machine.cpu_seconds(simulator.process)
        began = time.perf_counter()
        control.advance(HELD_BACK / 2)
        waited = time.perf_counter() - began
        used = machine.cpu_seconds(simulator.process) - before
        good, bad, seconds = receiver.taken()
    if bad or good < PAYMENTS * 3:
        raise RuntimeError(f"{good} deliveries were good and {bad} bad; at least {PAYMENTS * 3} should be good.")
    return [
        Figure("signed deliveries to a receiving process", good / seconds, "per second", target=600),
        Figure("the same, for each second of its CPU time", good / used, "per CPU second", target=600),
        Figure("deliveries made, every signature checked", good, f"in {waited:.1f} s"),
    ]
