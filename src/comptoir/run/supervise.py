"""Keeps the processes of one machine running, and ends them in order within ten seconds.

A process is started again whatever its exit code: a worker that lost its database ends with 0.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from comptoir.run import process
from comptoir.run.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import Self

    from comptoir.run.postgres import Embedded

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# The budget of a stop, in seconds: 10 in all, with the database last.
GRACE = 5.5
GRACE_OF_LAST = 1.0
GRACE_OF_DATABASE = 2.0
POLL = 0.1
STEADY = 10.0  # a process that lived this long starts its back-off anew
FIRST_DELAY, LONGEST_DELAY = 0.25, 5.0
LONGEST_LOG = 16 * 1024 * 1024


class Stop(BaseException):
    """Somebody asked us to stop (Ctrl-C, SIGTERM). Not an Exception: nothing on the way shall swallow it."""


@dataclass
class Child:
    """One process to keep running."""

    name: str
    command: Sequence[str | Path]
    environment: Mapping[str, str]
    # What the kernel sends it when we are killed.
    when_orphaned: signal.Signals = signal.SIGKILL
    # Stopped after the others, which may still need it.
    last: bool = False
    # File for its output; None: ours.
    log: Path | None = None
    # Only its errors go there.
    quiet: bool = False
    running: subprocess.Popen[bytes] | None = None
    ended: int = 0
    _started: float = 0.0
    _again: float = 0.0
    _delay: float = field(default=FIRST_DELAY)

    def start(self) -> None:
        """Start it now."""
        self._started = time.monotonic()
        with _output(self.log) as output:
            self.running = process.start(
                self.command,
                when_orphaned=self.when_orphaned,
                environment=self.environment,
                output=output,
                quiet=self.quiet,
            )

    def keep(self, say: Callable[[str], None]) -> None:
        """Start it again if it has ended and its back-off is over."""
        now = time.monotonic()
        if self.running is not None:
            code = self.running.poll()
            if code is None:
                return
            self.sweep()
            self.running = None
            self.ended += 1
            self._delay = FIRST_DELAY if now - self._started > STEADY else min(self._delay * 2, LONGEST_DELAY)
            self._again = now + self._delay
            where = "" if self.log is None else f" (see {self.log})"
            say(f"{self.name} ended {_how(code)}; it is started again in {self._delay:g} s{where}")
        elif now >= self._again:
            self.start()

    def sweep(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Signal what is left of its session: a web server's workers outlive a killed main process."""
        if self.running is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.running.pid, number)


class Supervisor:
    """Children, and the embedded database below them."""

    def __init__(self, *, say: Callable[[str], None]) -> None:
        """`say` is told in a sentence what happened and what is done about it."""
        self.database: Embedded | None = None
        self._say = say
        self.children: list[Child] = []
        self._database_again, self._database_delay = 0.0, FIRST_DELAY

    def __enter__(self) -> Self:
        """From here on a signal to stop raises `Stop`, wherever we are."""
        for number in STOPPING:
            if number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:  # nohup is respected
                signal.signal(number, _raise_stop)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_exception: object) -> bool:
        """Stop everything; being asked to is a good end."""
        self.stop()
        return kind is not None and issubclass(kind, Stop)

    def add(self, child: Child) -> None:
        """Start a process, and keep it running from now on."""
        self.children.append(child)
        child.start()

    def keep(self) -> None:
        """Look once after everything; call it again and again."""
        if self.database is not None and not self.database.alive:
            self._revive(self.database)
        for child in self.children:
            child.keep(self._say)

    def _revive(self, database: Embedded) -> None:
        """Start the database again. Where that fails it is tried again later: one failed start must not end web and worker for good."""
        if time.monotonic() < self._database_again:
            return
        self._say("PostgreSQL ended; it is started again")
        try:
            database.start()
        except Problem as problem:
            self._database_delay = min(self._database_delay * 2, LONGEST_DELAY)
            self._database_again = time.monotonic() + self._database_delay
            self._say(f"{problem} It is tried again in {self._database_delay:g} s.")
        else:
            self._database_delay = FIRST_DELAY

    def wait(self, until: Callable[[], bool] | None = None) -> None:
        """Keep everything running until the condition holds, or until somebody asks us to stop."""
        while until is None or not until():
            self.keep()
            self.rest()

    def rest(self) -> None:
        """Wait a little before looking again."""
        time.sleep(POLL)

    def stop(self) -> None:
        """Ask, wait, insist; the database last. Takes at most ten seconds."""
        for number in STOPPING:
            signal.signal(number, signal.SIG_IGN)
        _end([child for child in self.children if not child.last], GRACE)
        _end([child for child in self.children if child.last], GRACE_OF_LAST)
        if self.database is not None:
            self.database.close(GRACE_OF_DATABASE)


def _end(children: list[Child], grace: float) -> None:
    running = [child for child in children if child.running is not None]
    for child in running:
        if child.running is not None:
            child.running.send_signal(signal.SIGTERM)
    until = time.monotonic() + grace
    for child in running:
        if child.running is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.running.wait(max(0.0, until - time.monotonic()))
    for child in running:
        child.sweep()
        if child.running is not None:
            child.running.wait()
            child.running = None


@contextlib.contextmanager
def _output(log: Path | None) -> Iterator[process.Output]:
    if log is None:
        yield None
        return
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > LONGEST_LOG:
        log.replace(log.with_suffix(".log.1"))
    with log.open("ab") as file:
        yield file


def _how(code: int) -> str:
    return f"by signal {signal.Signals(-code).name}" if code < 0 else f"with code {code}"


def _raise_stop(_number: int, _frame: object) -> None:
    raise Stop
