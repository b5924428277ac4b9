"""Stamps: "this has been done for exactly these inputs", so that a second start is quick."""

from __future__ import annotations

import os
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def digest(parts: Iterable[str | bytes]) -> str:
    """One hash of many inputs, in their order."""
    total = sha256()
    for part in parts:
        raw = part.encode() if isinstance(part, str) else part
        total.update(str(len(raw)).encode("ascii") + b":" + raw)
    return total.hexdigest()


class Stamp:
    """A file in the state folder that holds the hash of what a step was done for."""

    def __init__(self, home: Path, name: str) -> None:
        """Name the step."""
        self._path = home / "stamps" / name

    def says(self, inputs: str) -> bool:
        """True if the step was done, to its end, for these inputs."""
        return self._path.is_file() and self._path.read_text(encoding="ascii") == inputs

    def set(self, inputs: str) -> None:
        """Note that the step is done; the last thing that it does."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        fresh.write_text(inputs, encoding="ascii")
        fresh.replace(self._path)

    def forget(self) -> None:
        """The step counts as not done."""
        self._path.unlink(missing_ok=True)
