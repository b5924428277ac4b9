"""Somebody who sees every answer and every event as it leaves: a test that compares them with Stripe's own schema."""

from typing import Protocol

from stripe_simulator.types import Json


class Witness(Protocol):
    """Set as `World.witness`. Sees only what is rendered at the pinned version, whose schema is known."""

    def answer(self, method: str, path: str, status: int, body: str) -> None: ...

    def event(self, event: Json) -> None: ...
