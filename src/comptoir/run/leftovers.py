"""Clearing away what a killed run has left. Only whoever holds the lock of the state folder may do it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

from comptoir.run.place import SOCKET_NAME

if TYPE_CHECKING:
    from comptoir.run.place import Place

PROC = Path("/proc")
MARK = "SUPERVISED_ON"
PATIENCE = 1.0  # seconds: the kernel has told them to end


def clear(place: Place, programs: Path) -> None:
    """Stop a server that still runs on these data, then every back end it left, then remove its traces.

    A busy back end outlives a killed server and holds the shared memory: the next start would be refused. And a
    zombie still answers to its process id, so PostgreSQL would take a stale pid file for a running server.
    """
    if running(place.data):
        subprocess.run(
            [programs / "pg_ctl", "-D", place.data, "-m", "fast", "-w", "-t", "30", "stop"],
            user=None if place.account is None else place.account.uid,
            group=None if place.account is None else place.account.gid,
            extra_groups=None if place.account is None else [],
            cwd="/",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
    for orphan in _working_in(place.data):
        _kill(orphan)
    for path in (
        place.data / "postmaster.pid",
        place.socket / SOCKET_NAME,
        place.socket / f"{SOCKET_NAME}.lock",
    ):
        path.unlink(missing_ok=True)


def mark(home: Path) -> dict[str, str]:
    """What the environment of a supervised process carries, so that it is known when its supervisor is dead."""
    return {MARK: str(home.resolve())}


def end_marked(home: Path) -> None:
    """End what a killed supervisor of this state folder has left: it would hold a port, or a lease."""
    until = time.monotonic() + PATIENCE
    while (found := _marked(home)) and time.monotonic() < until:
        time.sleep(0.02)
    for pid in found:
        _kill(pid)


def _marked(home: Path) -> list[int]:
    wanted = os.fsencode(f"{MARK}={home.resolve()}")
    found: list[int] = []
    for entry in PROC.iterdir() if PROC.is_dir() else ():
        try:
            words = (entry / "environ").read_bytes().split(b"\0") if entry.name.isdigit() else []
        except OSError:
            continue  # gone meanwhile, or another account's
        if wanted in words and int(entry.name) != os.getpid():
            found.append(int(entry.name))
    return found


def running(data: Path) -> bool:
    """Tell whether a PostgreSQL server runs on a cluster."""
    try:
        pid = int((data / "postmaster.pid").read_text(encoding="utf-8").split("\n", 1)[0])
        os.kill(pid, 0)
    except (FileNotFoundError, ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    if not PROC.is_dir():
        return True
    try:
        state = (PROC / str(pid) / "stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0]
        program = (PROC / str(pid) / "exe").readlink().name
    except (FileNotFoundError, PermissionError, IndexError):
        return False
    return state != "Z" and program.startswith("postgres")


def _working_in(data: Path) -> list[int]:
    """Process ids of back ends: PostgreSQL's processes work in their data folder."""
    found: list[int] = []
    if not PROC.is_dir():
        return found
    for entry in PROC.iterdir():
        if not entry.name.isdigit():
            continue
        try:
            folder = (entry / "cwd").readlink()
            program = (entry / "exe").readlink().name
        except OSError:
            continue  # gone meanwhile, or another account's
        if folder == data and program.startswith("postgres"):
            found.append(int(entry.name))
    return found


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return  # it ended by itself
