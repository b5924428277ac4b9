"""Starting programs that never outlive us."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    import signal
    from collections.abc import Mapping, Sequence

Output = IO[bytes] | None
LAUNCHER = Path(__file__).with_name("launch.py")


def start(
    program: Sequence[str | Path],
    *,
    when_orphaned: signal.Signals,
    account: tuple[int, int] | None = None,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    output: Output = None,
    quiet: bool = False,
) -> subprocess.Popen[bytes]:
    """Start a program in a session of its own: Ctrl-C in the terminal reaches us alone, and we say who ends when.

    The kernel sends `when_orphaned` to it when the thread that called us ends: call from the main thread.
    """
    who = "-" if account is None else f"{account[0]}:{account[1]}"
    launcher: list[str | Path] = [sys.executable, "-I", "-S", LAUNCHER, str(int(when_orphaned)), str(os.getpid()), who]
    return subprocess.Popen(
        [*launcher, *program],
        start_new_session=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL if quiet else output,
        stderr=output,
        cwd=folder,
        env=None if environment is None else dict(environment),
    )
