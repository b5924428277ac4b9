"""`kill -9` at random moments: of which process, and when, comes from the run's seed."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.crashes.house import House, wait

from comptoir.run.place import locate

WEB, WEB_PROCESS, WORKER, SERVER, BACKEND, SUPERVISOR = (
    "web", "web process", "worker", "postgres", "backend", "supervisor",
)  # fmt: skip
KINDS = (WEB, WEB_PROCESS, WORKER, WORKER, SERVER, BACKEND, SUPERVISOR)
FEW = (WEB, WORKER, SERVER, SUPERVISOR)
PAUSE = 2.5  # seconds between a counter that is up again and the next kill, at most
AT_ONCE, SOON = (
    0.2,
    0.4,
)  # how often the next one comes without waiting for that; how often without waiting for an order
LOST = 20.0  # seconds in which a process of a kind is found


@dataclass
class Process:
    """One of /proc."""

    pid: int
    parent: int
    words: str


@dataclass
class Killer:
    """Kills one process after the other. `kinds` come shuffled, each as often as it stands there."""

    house: House
    chance: random.Random
    served: Callable[[], int]  # orders that the web has taken so far
    worked: Callable[[], int]  # what the worker has done so far that is seen outside
    done: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)  # of a kind that was not there just then
    story: list[str] = field(default_factory=list)
    kinds: Sequence[str] = KINDS
    _next: list[str] = field(default_factory=list)

    def kill(self, times: int) -> None:
        """So many, with a pause of random length before each."""
        began = time.monotonic()
        while self.done.total() < times:
            self._recovered(self.chance.random())
            time.sleep(self.chance.uniform(0, PAUSE))
            kind = self._kind()
            pid = self._strike(kind)
            self.done[kind] += bool(pid)
            self.missed[kind] += not pid
            self.story.append(f"{time.monotonic() - began:.1f} s: {kind} {pid or 'was not there'}")

    def _recovered(self, share: float) -> None:
        """Mostly wait until web and worker have done something since the last kill: else nothing but starts would be killed."""
        served, worked = self.served(), self.worked()
        if share >= AT_ONCE:
            wait(lambda: self.house.ready and bool(self._find(WORKER)), "the counter", of=self.house.said)
        if share >= SOON:
            wait(lambda: self.house.ready and self.served() > served, "an order", of=self.house.said)
            wait(lambda: self.house.ready and self.worked() > worked, "any work", of=self.house.said)

    def _kind(self) -> str:
        if not self._next:
            self._next = list(self.kinds)
            self.chance.shuffle(self._next)
        return self._next.pop()

    def _strike(self, kind: str) -> int:
        """Kill one of a kind; its number, 0 where there is none for long."""
        until = time.monotonic() + LOST
        while not (found := self._find(kind)):
            if time.monotonic() > until:
                return 0
            time.sleep(0.05)
        pid = self.chance.choice(sorted(found))
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return 0
        if kind == SUPERVISOR:
            self.house.supervisor.wait()
            time.sleep(self.chance.choice([0.0, 0.3, 3.0]))  # whoever starts it anew is quick, or is not
            self.house.serve()
        return pid

    def _find(self, kind: str) -> list[int]:
        if kind == SUPERVISOR:
            return [self.house.supervisor.pid]
        if kind in {SERVER, BACKEND}:
            return self._of_database(kind)
        children = [each for each in processes() if each.parent == self.house.supervisor.pid]
        role = "worker" if kind == WORKER else "web"
        found = [each.pid for each in children if f" comptoir {role}" in each.words]
        if kind == WEB_PROCESS:
            return [each.pid for each in processes() if each.parent in found]
        return found

    def _of_database(self, kind: str) -> list[int]:
        try:
            first = (locate(self.house.home).data / "postmaster.pid").read_text(encoding="utf-8").split("\n", 1)[0]
        except FileNotFoundError:
            return []
        server = [each for each in processes() if str(each.pid) == first and "postgres" in each.words]
        if kind == SERVER:
            return [each.pid for each in server]
        return [each.pid for each in processes() for root in server if each.parent == root.pid]


def processes() -> list[Process]:
    """All of this machine that can be read."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            parts = (entry / "stat").read_text(encoding="utf-8", errors="replace").rsplit(")", 1)[1].split()
        except OSError:
            continue  # gone meanwhile
        if parts[0] != "Z":
            found.append(Process(int(entry.name), int(parts[1]), words))
    return found
