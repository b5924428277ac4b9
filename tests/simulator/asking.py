"""Asks an application of its own anything, and holds each answer against Stripe's form. Nothing may be logged."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, settings
from tests.simulator.guard import ERROR_TYPES
from tests.simulator.inside import Inside

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.simulator.guard import Guard
    from tests.simulator.inside import Answer

REFUSALS = {400, 401, 402, 403, 404, 409, 501}
CARD = (
    "amount=2500&currency=eur&confirm=true&payment_method=pm_card_visa&automatic_payment_methods[enabled]=true"
    "&automatic_payment_methods[allow_redirects]=never"
)
LINE = "line_items[0][quantity]=1&line_items[0][price_data][currency]=eur&line_items[0][price_data][unit_amount]=2500"
SESSION = f"mode=payment&success_url=https://shop.example/&{LINE}&line_items[0][price_data][product_data][name]=VPS"


class Listener(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.heard.append(self.format(record))


class Door:
    """Asks, and holds the answer against Stripe's form."""

    def __init__(self, inside: Inside, watch: Guard, listener: Listener) -> None:
        self.inside, self.watch, self.listener = inside, watch, listener
        self.known = self._things()
        error = next(name for name in watch.catalog.definitions if name.endswith("_error_object.py:ErrorObject"))
        self.words = {*watch.catalog.definitions[error]["p"], "request_log_url"}

    def _things(self) -> list[str]:
        """Ids of real objects, for what must be found before anything can go wrong."""
        made = [
            self.inside("POST", f"/v1/{path}", body).json()["id"]
            for path, body in [
                ("customers", "email=a@example.com"),
                ("payment_intents", CARD),
                ("payment_intents", "amount=2500&currency=eur"),
                ("checkout/sessions", SESSION),
                ("webhook_endpoints", "url=https://a.example/&enabled_events[]=*"),
            ]
        ]
        world = self.inside.app.state.world
        world.clock.offset += 10
        self.inside("GET", "/v1/payment_method_configurations")
        kinds = ("charge", "payment_method", "event", "payment_method_configuration")
        return [*made, *(thing["id"] for kind in kinds for thing in world.test.all(kind))]

    def check(self, method: str, wire: bytes, headers: list[tuple[bytes, bytes]], body: bytes) -> Answer:
        answer = self.inside.raw(method, wire, headers, body)
        assert self.listener.heard == []
        path = wire.partition(b"?")[0].decode("latin-1")
        if answer.status != 200:
            assert answer.status in REFUSALS
            assert set(answer.json()) == {"error"}
            assert answer.error["type"] in ERROR_TYPES
            assert answer.error["message"]
            assert set(answer.error) <= self.words
        else:
            assert self.watch.answer(method, path, answer.status, answer.json()) == []
        assert answer.headers["request-id"].startswith("req_")
        return answer

    def ask(self, method: str, wire: bytes, body: bytes, kind: str) -> Answer:
        key = self.inside.settings.secret_key.encode()
        headers = [(b"authorization", b"Bearer " + key), (b"content-type", kind.encode())]
        return self.check(method, wire, headers, body)


def opened(watch: Guard) -> Iterator[Door]:
    """For a fixture: one door for all tests of a file."""
    inside, listener = Inside(), Listener()
    logging.getLogger().addHandler(listener)
    yield Door(inside, watch, listener)
    logging.getLogger().removeHandler(listener)
    inside.close()


def often(examples: int) -> Callable[[Any], Any]:
    """The same cases at every run, so that a failure stays until it is mended."""
    return settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
