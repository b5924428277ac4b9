"""The spy of `tests/proofs` for processes that are killed: what it has done stands in a file, a line for each time.

It stands for a system outside: it takes its time, has no keys of its own that would hide a second call, and answers `ask` truly. It
is loaded by its entry point in the processes of a crash run alone, as any other driver.
"""

from __future__ import annotations

import atexit
import os
import random
import time
from pathlib import Path

from comptoir.modules.api import DeliveryRequest, DeliveryStatus, Manifest, Module, Outcome

MEMORY = Path(os.environ.get("SPY_MEMORY", "/nonexistent"))
THERE, BACK = 0.5, 3.0  # seconds at most: a real one takes its time, and most of it after the deed


class Spy:
    """Does what it is told each time it is told."""

    def run(self, request: DeliveryRequest) -> Outcome:
        """Do it: one line in one call, which is there or is not."""
        time.sleep(random.uniform(0, THERE))  # noqa: S311 - no secret
        line = f"{request.service} {request.kind} {request.key}\n".encode("ascii")
        memory = os.open(MEMORY, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        os.write(memory, line)
        os.close(memory)
        time.sleep(random.uniform(0, BACK))  # noqa: S311 - no secret
        return self.ask(request)

    def ask(self, request: DeliveryRequest) -> Outcome:
        """How it stands, truly."""
        told = MEMORY.read_text(encoding="ascii").splitlines() if MEMORY.exists() else []
        if any(line.endswith(f" {request.key}") for line in told):
            return Outcome(DeliveryStatus.DONE, access={"made": request.key})
        return Outcome(DeliveryStatus.NEVER)


def break_the_counter(fault: str) -> None:
    """Put a fault of `tests/proofs/mutants.py` into this process, for the proof that the accounting finds it."""
    from tests.proofs.mutants import MUTANTS

    installed = next(each for each in MUTANTS if each.name == fault).installed()
    installed.__enter__()
    atexit.register(installed.__exit__, None, None, None)


if fault := os.environ.get("CRASH_MUTANT"):
    break_the_counter(fault)
module = Module(Manifest("spy", "Spy", "Tells.", "1.0", enabled_from_start=True, touches_outside=False), driver=Spy)
