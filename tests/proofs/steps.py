"""What every kind of step shares: the world it acts on, whom to choose, and how a person takes a refusal or a crash."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

import requests
from django.db.models import Model, QuerySet
from hypothesis import strategies as st
from tests.proofs import clocks
from tests.proofs.crash import Crashed
from tests.proofs.ground import World

from comptoir.inbox.actions import Claimed
from comptoir.kernel.errors import SaidError
from comptoir.modules.api import Observation
from comptoir.payments.actions.observe import observe

Row = TypeVar("Row", bound=Model)
MOST = 12
PICK = st.integers(0, MOST - 1)  # one of what there is, counted from the newest


@dataclass
class Slow:
    """A look whose answer is on its way: read, perhaps on a wish that was claimed, and not yet observed."""

    seen: Observation
    read_at: dt.datetime  # the database's clock
    claimed: Claimed | None = None
    passed: float = field(default_factory=lambda: clocks.wall.passed)

    def store(self) -> None:
        """It arrives now, by the clock of the rows, which were made older meanwhile."""
        meanwhile = dt.timedelta(seconds=clocks.wall.passed - self.passed)
        with suppress(Crashed):
            observe(self.seen, read_at=self.read_at - meanwhile, claimed=self.claimed)


@dataclass(eq=False)
class Steps:
    """The part of the machine that its kinds of steps stand on."""

    world: World
    pages: list[str] = field(default_factory=list)  # every page of Stripe's that a customer was ever led to
    banks: list[str] = field(default_factory=list)  # pages of banks that wait for their customer
    slow: list[Slow] = field(default_factory=list)
    deeds: dict[str, Callable[[], object]] = field(
        default_factory=dict
    )  # what may come between two steps of somebody's


def person(step: Callable[[], object]) -> bool:
    """A person does something: is told that it cannot be, or has the web process die under them; False in both cases."""
    try:
        step()
    except (SaidError, Crashed):
        return False
    return True


def stripe(step: Callable[[], Any]) -> Any:
    """Something that somebody else does at Stripe: None where it is refused there, or meets the trouble that was made for us."""
    try:
        return step()
    except (requests.HTTPError, requests.ConnectionError, requests.JSONDecodeError):
        return None


def there(model: type[Model], **having: object) -> Callable[[Any], bool]:
    """A precondition: there is such a row to act on."""
    rows = model._default_manager.filter(**having)
    return lambda _machine: rows.all().exists()


def one(found: QuerySet[Row], pick: int, *, by: str = "-pk") -> Row | None:
    """One of these rows, the newest for 0; None where there is none. `by`: where a key says nothing of the order."""
    there = list(found.order_by(by)[:MOST])
    return there[pick % len(there)] if there else None
