"""The supervisor, with real processes: restarts, order and time of a stop, nothing left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from comptoir.run.postgres import Embedded
from comptoir.run.supervise import Child, Supervisor

# A script that supervises what it is told; its words go to standard output.
SUPERVISED = """
import os, sys
from comptoir.run.supervise import Child, Supervisor
say = lambda sentence: print(sentence, flush=True)
with Supervisor(say=say) as supervisor:
    for index, code in enumerate(sys.argv[1:]):
        supervisor.add(Child(f"child-{index}", [sys.executable, "-c", code], dict(os.environ)))
        say(f"pid {supervisor.children[-1].running.pid}")
    supervisor.wait()
say("stopped")
"""
POLITE = "import time; time.sleep(60)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
# A process with a child in the same session, as a web server with its workers.
WITH_WORKER = "import subprocess, sys, time; subprocess.Popen(['sleep', '77']); time.sleep(60)"


@pytest.fixture
def quiet() -> Supervisor:
    """A supervisor whose words are not read; used without entering it, so that signals stay as they are."""
    return Supervisor(say=lambda _sentence: None)


def child(code: str, *, name: str = "child", log: Path | None = None) -> Child:
    return Child(name, [sys.executable, "-c", code], dict(os.environ), log=log)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def supervised(*codes: str) -> tuple[subprocess.Popen[str], list[int]]:
    """Start a supervisor of its own process; return it and the process ids of its children."""
    process = subprocess.Popen([sys.executable, "-c", SUPERVISED, *codes], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    pids = [int(process.stdout.readline().removeprefix("pid ")) for _code in codes]
    time.sleep(0.3)  # the children get to their sleep
    return process, pids


def gone(pids: list[int], within: float) -> bool:
    until = time.monotonic() + within
    while any(alive(pid) for pid in pids):
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


@pytest.mark.parametrize("code", [0, 3])
def test_a_child_is_started_again_whatever_its_exit_code(quiet: Supervisor, code: int) -> None:
    quiet.add(child(f"raise SystemExit({code})"))
    quiet.wait(lambda: quiet.children[0].ended >= 2)
    quiet.children[0].sweep()


def test_the_back_off_grows_and_the_first_is_short(quiet: Supervisor) -> None:
    quiet.add(child("raise SystemExit(1)"))
    began = time.monotonic()
    quiet.wait(lambda: quiet.children[0].ended >= 3)
    assert 1.0 < time.monotonic() - began < 5.0


def test_output_goes_to_the_log(quiet: Supervisor, tmp_path: Path) -> None:
    log = tmp_path / "logs" / "child.log"
    quiet.add(child("print('a word')", log=log))
    quiet.wait(lambda: quiet.children[0].ended >= 1)
    assert "a word" in log.read_text()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_everything_quickly(number: signal.Signals) -> None:
    process, pids = supervised(POLITE, POLITE)
    process.send_signal(number)
    rest, _ = process.communicate(timeout=5)
    assert process.returncode == 0
    assert rest == "stopped\n"
    assert gone(pids, within=0.5)


def test_a_stop_takes_at_most_ten_seconds_whatever_the_child_does() -> None:
    process, pids = supervised(STUBBORN, POLITE)
    began = time.monotonic()
    process.terminate()
    process.communicate(timeout=10)
    assert time.monotonic() - began < 9
    assert gone(pids, within=0.5)


def test_children_die_with_a_killed_supervisor() -> None:
    process, pids = supervised(POLITE, STUBBORN)
    process.kill()
    process.communicate(timeout=5)
    assert gone(pids, within=2)


def test_what_a_dead_child_leaves_in_its_session_is_killed(quiet: Supervisor) -> None:
    quiet.add(child(WITH_WORKER))
    running = quiet.children[0].running
    assert running is not None
    orphans: list[int] = []
    until = time.monotonic() + 5
    while not orphans and time.monotonic() < until:
        found = subprocess.run(["pgrep", "-g", str(running.pid), "sleep"], capture_output=True, text=True, check=False)
        orphans = [int(line) for line in found.stdout.split()]
    running.kill()
    quiet.wait(lambda: quiet.children[0].ended >= 1)
    assert orphans
    assert gone(orphans, within=1)


def test_a_database_whose_start_fails_is_started_again_later(open_folder: Path) -> None:
    said: list[str] = []
    supervisor = Supervisor(say=said.append)
    with Embedded(open_folder / "home") as database:
        supervisor.database = database
        spoilt = database.place.data / "postgresql.auto.conf"
        good = spoilt.read_text(encoding="utf-8")
        spoilt.write_text("no_such_setting = 1\n", encoding="utf-8")
        os.kill(int((database.place.data / "postmaster.pid").read_text(encoding="utf-8").split()[0]), signal.SIGKILL)
        supervisor.wait(lambda: any("did not start" in sentence for sentence in said))
        assert not database.alive
        spoilt.write_text(good, encoding="utf-8")
        supervisor.wait(lambda: database.alive)
    assert "It is tried again in 0.5 s." in said[1]
