"""Procrastinate's application, as tasks and the worker see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from procrastinate.contrib.django import app as current

if TYPE_CHECKING:
    from procrastinate import App

app = current
_held: list[App] = []


def ready(real: App) -> None:
    """Keep the real application: the worker needs it itself, not the proxy that follows a replaced connector."""
    _held[:] = [real]


def real() -> App:
    """The application on which tasks are registered."""
    return _held[0]
