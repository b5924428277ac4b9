"""The official library, sync and async, calls every operation that is built; the guard at the door sees each answer."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import pytest
import stripe
from tests.simulator import catalogue_flows
from tests.simulator.aside import Loop
from tests.simulator.flows import FLOWS, Call

from stripe_simulator.registry import ROUTES
from stripe_simulator.schema import load_requests

# what Stripe refuses to an account such as this one, whatever is asked
REFUSED = {
    ("POST", "/v1/accounts"),
    ("POST", "/v1/accounts/{account}"),
    ("DELETE", "/v1/accounts/{account}"),
    ("POST", "/v1/charges/{charge}/capture"),
    ("POST", "/v1/refunds/{refund}/cancel"),
}

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stripe_simulator.server import Server


def _service(client: stripe.StripeClient, name: str, suffix: str) -> Callable[..., Any]:
    found: Any = client
    *spaces, deed = (name if name.startswith("v2.") else f"v1.{name}").split(".")
    for space in spaces:
        found = getattr(found, space)
    method: Callable[..., Any] = getattr(found, deed + suffix)
    return method


@pytest.fixture(params=["sync", "async"])
def call(request: pytest.FixtureRequest, simulator: Server) -> Iterator[Call]:
    addresses: Any = {"api": simulator.base_url, "files": simulator.base_url}
    if request.param == "sync":
        plain = stripe.StripeClient(simulator.secret_key, base_addresses=addresses)
        yield lambda name, *arguments: _service(plain, name, "")(*arguments)
        return
    with Loop() as loop:

        async def once(name: str, arguments: tuple[Any, ...]) -> Any:
            found = _service(client, name, "_async")(*arguments)
            return await found if inspect.isawaitable(found) else found

        transport = stripe.AIOHTTPClient()
        client = stripe.StripeClient(simulator.secret_key, base_addresses=addresses, http_client=transport)
        yield lambda name, *arguments: loop.run(once(name, arguments))
        loop.run(transport.close_async())  # type: ignore[no-untyped-call]


def test_each_is_called_and_none_is_forgotten(call: Call, simulator: Server) -> None:
    catalog = load_requests()
    driven: set[tuple[str, str]] = set()
    for flow in (*FLOWS, *catalogue_flows.FLOWS):
        simulator.control.post("reset")
        flow(call, simulator.control)
        for made in simulator.control.get("requests")["requests"]:
            operation = catalog.find(made["method"], made["path"])
            if operation is None:
                continue
            route = operation.method, operation.path
            if made["status"] == (400 if route in REFUSED else 200):
                driven.add(route)
    forgotten = sorted(" ".join(route) for route in set(ROUTES) - driven)
    assert not forgotten, "operations that no flow calls, add them in flows.py: " + ", ".join(forgotten)
