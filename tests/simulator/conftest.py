"""One simulator for the run, emptied before each test; the official library, guarded, and plain HTTP beside it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import requests
import stripe
from tests.simulator.browser import Page, visit
from tests.simulator.guard import Guard, Sworn
from tests.simulator.receiver import Receiver

from stripe_simulator.server import Server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

SUCCESS = "https://shop.example/done?session={CHECKOUT_SESSION_ID}"
BACK = "https://shop.example/back"


@pytest.fixture(scope="session")
def sworn() -> Sworn:
    return Sworn()


@pytest.fixture(scope="session")
def watch(sworn: Sworn) -> Guard:
    return sworn.guard


@pytest.fixture(scope="session")
def running(sworn: Sworn) -> Iterator[Server]:
    with Server(witness=sworn) as server:
        yield server


@pytest.fixture
def simulator(running: Server, sworn: Sworn) -> Iterator[Server]:
    running.control.post("reset")
    yield running
    assert sworn.told() == []


class Guarded(stripe.RequestsClient):
    """The library's own HTTP client; every answer that passes is checked."""

    def __init__(self, watch: Guard) -> None:
        super().__init__(timeout=30)
        self.watch = watch

    def request(  # type: ignore[override]
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None
    ) -> Any:
        content, status, reply = super().request(method, url, headers, post_data)
        assert not (problems := self.watch.answer(method, url, status, json.loads(content))), problems
        return content, status, reply


@pytest.fixture
def guarded(watch: Guard) -> Iterator[Guarded]:
    client = Guarded(watch)
    yield client
    client.close()  # type: ignore[no-untyped-call]


@pytest.fixture
def connect(simulator: Server, guarded: Guarded) -> Callable[[str], stripe.StripeClient]:
    """A client of the official library for any key."""

    def client(key: str) -> stripe.StripeClient:
        return stripe.StripeClient(key, base_addresses={"api": simulator.base_url}, http_client=guarded)

    return client


@pytest.fixture
def client(simulator: Server, connect: Callable[[str], stripe.StripeClient]) -> stripe.StripeClient:
    return connect(simulator.secret_key)


@pytest.fixture
def sender(simulator: Server, guarded: Guarded) -> stripe.StripeClient:
    """The library sends files to an address of their own."""
    bases: Any = {"api": simulator.base_url, "files": simulator.base_url}
    return stripe.StripeClient(simulator.secret_key, base_addresses=bases, http_client=guarded)


@pytest.fixture
def web() -> Iterator[requests.Session]:
    """A browser's own connection, French."""
    with requests.Session() as session:
        session.headers["Accept-Language"] = "fr"
        yield session


@pytest.fixture
def visiting(web: requests.Session) -> Callable[[str | None], Page]:
    def go(url: str | None) -> Page:
        assert url
        return visit(url, web)

    return go


class Http:
    """Plain HTTP, for what the library would not send; answers are guarded too."""

    def __init__(self, server: Server, session: requests.Session, watch: Guard) -> None:
        self.server, self.session, self.watch = server, session, watch

    def __call__(
        self,
        method: str,
        path: str,
        data: Any = None,
        *,
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> requests.Response:
        used = self.server.secret_key if key is None else key
        sent = {"Authorization": f"Bearer {used}", **(headers or {})} if used else dict(headers or {})
        reply = self.session.request(method, self.server.base_url + path, data=data, headers=sent, timeout=30)
        assert not (problems := self.watch.answer(method, path, reply.status_code, reply.json())), problems
        return reply


@pytest.fixture
def http(simulator: Server, watch: Guard) -> Iterator[Http]:
    with requests.Session() as session:
        yield Http(simulator, session, watch)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


def session_params(amount: int = 9990, **more: Any) -> Any:
    """A one-line session in euros; `amount` in cents."""
    line = {
        "price_data": {"currency": "eur", "unit_amount": amount, "product_data": {"name": "VPS Lanterne"}},
        "quantity": 1,
    }
    plain = {"mode": "payment", "success_url": SUCCESS, "cancel_url": BACK, "line_items": [line]}
    wanted = {**plain, "customer_email": "camille@example.com", **more}
    return {name: value for name, value in wanted.items() if value is not None}


def pay_by_card(page: Page, number: str) -> Page:
    page.choose("method-card")
    page.fill(card_number=number, card_expiry="12/40", card_cvc="123", card_name="Camille Durand")
    return page.press("pay")


def kinds(client: stripe.StripeClient) -> list[str]:
    """Types of all events, oldest first."""
    return [event.type for event in reversed(client.v1.events.list({"limit": 100}).data)]
