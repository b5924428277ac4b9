"""Loaded by every Python process of a crash run at its start: lets a process kill itself, once, at a named point.

The points are the table in `tests/crashes/points.py`, handed over as JSON; nothing in the product knows of them. A point is due
when its name stands in the order file; whoever reaches it takes the file away (one process can) and dies by SIGKILL: no clean-up,
no rollback sent, no answer.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import json
import os
import signal
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from types import ModuleType
from typing import Any

ORDER = Path(os.environ.get("CRASH_ORDER", "/nonexistent"))
POINTS: list[dict[str, str]] = json.loads(os.environ.get("CRASH_POINTS", "[]"))


def reached(point: dict[str, str]) -> None:
    """Die here, where this is the point that is ordered and the process is of its role."""
    if point["role"] not in sys.orig_argv:
        return
    try:
        due = ORDER.read_text(encoding="utf-8") == point["name"]
        if due:
            ORDER.rename(ORDER.with_suffix(".done"))
    except FileNotFoundError:
        return
    if due:
        os.kill(os.getpid(), signal.SIGKILL)


def wrap(real: Callable[..., Any], point: dict[str, str]) -> Callable[..., Any]:
    """A function that reaches a point right before it, or right after it (where it had something to do)."""

    @wraps(real)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        if point["when"] == "before":
            reached(point)
        answer = real(*args, **kwargs)
        if point["when"] == "after" or (point["when"] == "after work" and answer is not None):
            reached(point)
        return answer

    return wrapped


class Loader(importlib.abc.Loader):
    """Loads a module as its own loader does, then wraps the functions that are points."""

    def __init__(self, real: importlib.abc.Loader, name: str) -> None:
        self.real, self.name = real, name

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        """As the real one."""
        return self.real.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        """Run it, then wrap, before anybody can have imported a name from it."""
        self.real.exec_module(module)
        for point in POINTS:
            owner, _colon, function = point["where"].partition(":")
            if owner == self.name:
                setattr(module, function, wrap(getattr(module, function), point))


class Finder(importlib.abc.MetaPathFinder):
    """Finds the modules that hold points."""

    def find_spec(self, name: str, path: Any, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        """The ordinary spec with our loader around it."""
        if not any(point["where"].startswith(f"{name}:") for point in POINTS):
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = Loader(spec.loader, name)
        return spec


if POINTS:
    sys.meta_path.insert(0, Finder())
