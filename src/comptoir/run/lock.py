"""One owner a folder: a lock that the kernel gives back when its holder dies."""

from __future__ import annotations

import fcntl
import os
import time
from typing import TYPE_CHECKING

from comptoir.run.problem import AlreadyOwned

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE = 1.0  # seconds: after a kill the kernel frees the lock a moment later


class Busy(Exception):  # noqa: N818 - a finding, not a fault
    """Another process holds the lock; the text is what it has written about itself."""


class FolderLock:
    """Holds a folder for as long as this process lives, or until `release`."""

    def __init__(self, folder: Path, *, patience: float = PATIENCE) -> None:
        """Take the lock.

        Raises:
            Busy: another process has held it for longer than `patience` seconds.
            OSError: the folder cannot be written.
        """
        self._file = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        until = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > until:
                    holder = os.pread(self._file, 64, 0).decode("ascii", "replace").strip()
                    os.close(self._file)
                    raise Busy(holder or "unknown") from None
                time.sleep(0.05)
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, str(os.getpid()).encode("ascii"), 0)

    def release(self) -> None:
        """Let the folder go; a second call does nothing."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def own(home: Path, folder: Path | None = None) -> FolderLock:
    """Become the owner of a state folder, or of the folder where its database lies.

    Raises:
        AlreadyOwned: another process is.
        OSError: the folder cannot be written.
    """
    try:
        return FolderLock(folder or home)
    except Busy as busy:
        raise AlreadyOwned(
            f"Comptoir already runs on {home} (process {busy}). Stop it first, or take another state folder."
        ) from None
