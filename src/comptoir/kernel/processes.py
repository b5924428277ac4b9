"""What the operating system does for our processes."""

from __future__ import annotations

import ctypes
import signal
import sys

PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """Ask Linux to end this process when the one that started it dies, so that no orphan keeps a port or a lease.

    A web server's workers outlive a killed main process otherwise. Elsewhere than on Linux nothing is asked.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
