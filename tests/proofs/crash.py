"""Crashes inside one process: at a named point of the money path the work in hand is lost, as by a kill; or something else comes between.

The points are those of `tests/crashes/points.py`, where real processes are killed, and those of the way back. What a transaction
had written is rolled back, what was committed stands; no clean-up of ours runs but what leaves no trace in the database: `Crashed`
is no `Exception`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial, wraps
from importlib import import_module
from typing import Any

from tests.crashes.points import POINTS, Point


class Crashed(BaseException):
    """The process is gone."""


ACTIONS = "comptoir.payments.actions"
EVERY = (
    *POINTS,
    # back: a refund, an answer to a dispute; and a page that is closed before what is owed changes
    Point("refund.claimed", "worker", f"{ACTIONS}.refund_call:_claim", "after work"),
    Point("refund.made", "worker", f"{ACTIONS}.refund_call:_found_or_made", "after"),
    Point("refund.stored", "worker", f"{ACTIONS}.refund_call:answered", "after"),
    Point("answer.claimed", "web", f"{ACTIONS}.answer:_claim", "after"),
    Point("answer.given", "web", f"{ACTIONS}.answered:apply", "before"),
    Point("page.closed", "web", f"{ACTIONS}.closing:close_page", "after"),
)
# Inside a transaction nobody else's step fits between: these are for crashes alone.
INSIDE = {"order.written", "money.written", "effects.written", "delivery.written"}
BETWEEN = tuple(point.name for point in EVERY if point.name not in INSIDE)


@dataclass
class Crashes:
    """What is to happen at which point, once."""

    due: dict[str, Callable[[], object]] = field(default_factory=dict)
    reached: list[str] = field(default_factory=list)

    def arm(self, name: str, then: Callable[[], object] | None = None) -> None:
        """Die at a point (or do something else there, as another process would)."""
        self.due[name] = then or _die

    def calm(self) -> None:
        """Nothing is due any more."""
        self.due.clear()

    def meet(self, name: str) -> None:
        """A point is reached."""
        then = self.due.pop(name, None)
        if then is not None:
            self.reached.append(name)
            then()

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Every point's function reaches its point, wherever it was imported to."""
        undo = [replace(point.where, partial(self._wrapped, point)) for point in EVERY]
        try:
            yield
        finally:
            for each in reversed(undo):
                each()

    def _wrapped(self, point: Point, real: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(real)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            if point.when == "before":
                self.meet(point.name)
            answer = real(*args, **kwargs)
            if point.when == "after" or (point.when == "after work" and answer is not None):
                self.meet(point.name)
            return answer

        return wrapped


def _die() -> None:
    raise Crashed


def replace(where: str, by: Callable[[Callable[..., Any]], Callable[..., Any]]) -> Callable[[], None]:
    """Put another function in the place of one (`module:name`), in every module of the product that has it; returns the way back."""
    module, _colon, name = where.partition(":")
    real = getattr(import_module(module), name)
    changed = by(real)
    holders = [
        (held, attribute)
        for held in list(sys.modules.values())
        if getattr(held, "__name__", "").startswith("comptoir")
        for attribute, value in list(vars(held).items())
        if value is real
    ]
    for held, attribute in holders:
        setattr(held, attribute, changed)

    def undo() -> None:
        for held, attribute in holders:
            setattr(held, attribute, real)

    return undo
