"""What the simulator's objects cost in memory, and that the clock cuts what Stripe forgets."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from bin.benches.figures import Figure
from bin.benches.traffic import PAYMENT, SESSION, load

from stripe_simulator.emit import KEPT
from stripe_simulator.server import Server

MANY = 400
KINDS = {"checkout.session": "session", "payment_intent": "intent", "charge": "charge", "event": "event"}
FEW_KB = 8_192  # bytes
MONTH = 31 * 86_400  # seconds: more than the 30 days that events live


def size(thing: Any, seen: set[int]) -> int:
    """Bytes of a thing and of all that it alone holds: what `seen` has counted is shared."""
    if id(thing) in seen:
        return 0
    seen.add(id(thing))
    total = sys.getsizeof(thing)
    if isinstance(thing, dict):
        total += sum(size(key, seen) + size(value, seen) for key, value in thing.items())
    elif isinstance(thing, (list, tuple, set)):
        total += sum(size(item, seen) for item in thing)
    return total


def room() -> list[Figure]:
    """Bytes of each kind of object with its facts, and what is left of events and results a month later."""
    with Server() as server:
        for path, form in (("checkout/sessions", SESSION), ("payment_intents", PAYMENT)):
            url = f"{server.base_url}/v1/{path}"
            asyncio.run(load(url, server.secret_key, form, count=MANY, at_once=1))
        world = server.world
        mode = world.test
        results = size(mode.idempotency, set()) / len(mode.idempotency)
        figures = []
        for kind, name in KINDS.items():
            things, seen = list(mode.all(kind)), set[int]()
            total = sum(size(thing, seen) + size(mode.side.get(thing["id"]), seen) for thing in things)
            figures.append(Figure(f"one {name}", total / len(things), "bytes", target=FEW_KB, at_most=True))
        events, marked = len(list(mode.all("event"))), len(mode.idempotency)
        server.control.advance(MONTH)
        asyncio.run(load(url, server.secret_key, PAYMENT, count=1, at_once=1))
        limit = world.clock.now() - KEPT
        left, kept = sum(event["created"] < limit for event in mode.all("event")), len(mode.idempotency)
    return [
        *figures,
        Figure("one result kept for its idempotency key", results, "bytes", target=FEW_KB, at_most=True),
        Figure(
            "events older than 30 days, a month and a payment later", left, f"of {events:,}", target=0, at_most=True
        ),
        Figure("idempotency results left then", kept, f"of {marked:,}", target=1, at_most=True),
    ]
