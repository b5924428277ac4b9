"""The guard is really there: one wrong answer, one wrong event, and what saw it says so."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import stripe
from tests.simulator.conftest import Guarded
from tests.simulator.guard import Sworn, guard

from stripe_simulator.registry import ROUTES
from stripe_simulator.resources import customers
from stripe_simulator.server import Server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stripe_simulator.registry import Call

    Spoil = Callable[[dict[str, Any]], None]

ROUTE = "GET", "/v1/customers/{customer}"


def without_field(thing: dict[str, Any]) -> None:
    del thing["created"]


def field_of_its_own(thing: dict[str, Any]) -> None:
    thing["simulated"] = True


def other_type(thing: dict[str, Any]) -> None:
    thing["balance"] = "0"


def unknown_word(thing: dict[str, Any]) -> None:
    thing["tax_exempt"] = "sometimes"


def nothing_instead(thing: dict[str, Any]) -> None:
    thing["livemode"] = None


SPOILS = [without_field, field_of_its_own, other_type, unknown_word, nothing_instead]


@pytest.fixture
def watched() -> Iterator[tuple[Server, Sworn]]:
    sworn = Sworn()
    with Server(witness=sworn) as server:
        yield server, sworn


@pytest.mark.parametrize("spoil", SPOILS)
def test_a_wrong_answer_is_seen_at_the_door_and_by_the_client(
    watched: tuple[Server, Sworn], monkeypatch: pytest.MonkeyPatch, spoil: Spoil
) -> None:
    server, sworn = watched
    route = ROUTES[ROUTE]

    def run(call: Call) -> dict[str, Any]:
        answer = dict(route.run(call))
        spoil(answer)
        return answer

    monkeypatch.setitem(ROUTES, ROUTE, replace(route, run=run))
    plain = stripe.StripeClient(server.secret_key, base_addresses={"api": server.base_url})
    alice = plain.v1.customers.create({"email": "alice@example.com"})
    assert sworn.told() == []
    plain.v1.customers.retrieve(alice.id)
    assert len(sworn.told()) == 1

    transport = Guarded(guard())
    checked = stripe.StripeClient(server.secret_key, base_addresses={"api": server.base_url}, http_client=transport)
    with pytest.raises(AssertionError):
        checked.v1.customers.retrieve(alice.id)
    transport.close()  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("spoil", SPOILS)
def test_a_wrong_event_is_seen(watched: tuple[Server, Sworn], monkeypatch: pytest.MonkeyPatch, spoil: Spoil) -> None:
    server, sworn = watched
    emit: Any = vars(customers)["emit"]

    def emit_spoilt(mode: Any, kind: str, thing: dict[str, Any], *more: Any) -> Any:
        spoilt = dict(thing)
        spoil(spoilt)
        return emit(mode, kind, spoilt, *more)

    monkeypatch.setattr(customers, "emit", emit_spoilt)
    client = stripe.StripeClient(server.secret_key, base_addresses={"api": server.base_url})
    client.v1.customers.create({"email": "alice@example.com"})
    found = sworn.told()
    assert found
    assert all(problem.startswith("customer.created: ") for problem in found)


def test_a_request_that_stripe_would_not_know_is_refused(watched: tuple[Server, Sworn]) -> None:
    """The other way: what a caller sends is held against the same schema by the simulator itself."""
    server, sworn = watched
    client = stripe.StripeClient(server.secret_key, base_addresses={"api": server.base_url})
    wrong: Any = {"invoice_settings": {"nope": "1"}}
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.customers.create(wrong)
    assert (caught.value.code, caught.value.param) == ("parameter_unknown", "invoice_settings[nope]")
    assert sworn.told() == []
