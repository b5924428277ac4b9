"""Pages, cursors, filters, `expand`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import stripe
from tests.simulator.conftest import pay_by_card, session_params

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.simulator.browser import Page
    from tests.simulator.conftest import Http

    from stripe_simulator.server import Server


@pytest.fixture
def ten(client: stripe.StripeClient) -> list[str]:
    """Ids of ten customers, newest first."""
    return [client.v1.customers.create({"email": f"{n}@example.com"}).id for n in range(10)][::-1]


def test_pages_forwards(client: stripe.StripeClient, ten: list[str]) -> None:
    first = client.v1.customers.list({"limit": 4})
    assert [customer.id for customer in first.data] == ten[:4]
    assert first.has_more
    last = client.v1.customers.list({"limit": 6, "starting_after": ten[3]})
    assert [customer.id for customer in last.data] == ten[4:]
    assert not last.has_more
    assert [customer.id for customer in client.v1.customers.list({"limit": 3}).auto_paging_iter()] == ten


def test_pages_backwards(client: stripe.StripeClient, ten: list[str]) -> None:
    page = client.v1.customers.list({"limit": 3, "ending_before": ten[5]})
    assert [customer.id for customer in page.data] == ten[2:5]  # those next to the cursor, newest first
    assert page.has_more
    assert [customer.id for customer in page.auto_paging_iter()] == ten[4::-1]


def test_bad_cursors(client: stripe.StripeClient, ten: list[str], http: Http) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="No such customer: 'cus_x'") as caught:
        client.v1.customers.list({"starting_after": "cus_x"})
    assert (caught.value.http_status, caught.value.code, caught.value.param) == (
        400,
        "resource_missing",
        "starting_after",
    )
    both = http("GET", f"/v1/customers?starting_after={ten[0]}&ending_before={ten[1]}").json()["error"]
    assert "code" not in both
    for limit in ("0", "101", "ten", "-1"):
        assert http("GET", f"/v1/customers?limit={limit}").json()["error"]["code"] == "parameter_invalid_integer"


def test_filters(client: stripe.StripeClient, simulator: Server) -> None:
    simulator.control.post("clock", frozen=True)
    old = client.v1.customers.create({"email": "same@example.com"})
    simulator.control.advance(100)
    new = client.v1.customers.create({"email": "same@example.com"})
    client.v1.customers.create({"email": "other@example.com"})

    def found(**params: object) -> list[str]:
        return [item.id for item in client.v1.customers.list({"email": "same@example.com", **params}).data]  # type: ignore[arg-type]

    assert found() == [new.id, old.id]
    assert found(created=old.created) == [old.id]
    assert found(created={"gt": old.created}) == [new.id]
    assert found(created={"gte": old.created, "lt": new.created}) == [old.id]


def test_events_by_type_and_age(client: stripe.StripeClient, simulator: Server, ten: list[str]) -> None:
    client.v1.customers.delete(ten[0])
    listed = client.v1.events.list({"types": ["customer.deleted", "charge.failed"]}).data
    assert [event.type for event in listed] == ["customer.deleted"]
    assert len(client.v1.events.list({"type": "customer.*", "limit": 50}).data) == 11
    event = client.v1.events.retrieve(listed[0].id)
    assert event.to_dict()["data"]["object"]["id"] == ten[0]
    request = event.request
    assert request is not None
    assert request.id is not None
    assert request.id.startswith("req_")
    simulator.control.advance(31 * 86400)
    assert client.v1.events.list().data == []


def test_a_deleted_customer_leaves_a_stub(client: stripe.StripeClient, ten: list[str]) -> None:
    client.v1.customers.delete(ten[0])
    assert client.v1.customers.retrieve(ten[0]).deleted
    assert len(client.v1.customers.list({"limit": 50}).data) == 9
    with pytest.raises(stripe.InvalidRequestError, match="No such customer"):
        client.v1.customers.update(ten[0], {"name": "x"})


def test_expand(client: stripe.StripeClient, visiting: Callable[[str | None], Page]) -> None:
    session = client.v1.checkout.sessions.create(session_params(customer_creation="always"))
    pay_by_card(visiting(session.url), "4242424242424242")
    path = "payment_intent.latest_charge.payment_intent"
    deep = client.v1.checkout.sessions.retrieve(session.id, {"expand": [path, "customer", "setup_intent"]}).to_dict()
    assert deep["customer"]["object"] == "customer"
    assert deep["setup_intent"] is None
    assert deep["payment_intent"]["latest_charge"]["payment_intent"]["id"] == deep["payment_intent"]["id"]
    plain = client.v1.checkout.sessions.retrieve(session.id).to_dict()
    assert isinstance(plain["payment_intent"], str)
    assert "line_items" not in plain
    (charge,) = client.v1.charges.list({"expand": ["data.refunds", "data.customer"]}).to_dict()["data"]
    assert charge["refunds"]["data"] == []


@pytest.mark.parametrize("path", ["nope", "livemode", "id", "customer.nope.x", "a.b.c.d.e", "data.customer"])
def test_what_cannot_be_expanded(client: stripe.StripeClient, path: str) -> None:
    session = client.v1.checkout.sessions.create(session_params())
    if path == "customer.nope.x":
        client.v1.checkout.sessions.retrieve(session.id, {"expand": [path]})  # there is nothing to look into
        return
    with pytest.raises(stripe.InvalidRequestError, match="expand"):
        client.v1.checkout.sessions.retrieve(session.id, {"expand": [path]})
