"""Pages, cursors, filters, `expand`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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


def test_a_cursor_marks_a_place_whatever_the_filter(client: stripe.StripeClient, simulator: Server) -> None:
    """Who goes through the events of some types goes on from the last one seen, of whatever type it was."""
    for name in ("a", "b", "c"):
        client.v1.customers.create({"email": f"{name}@example.com"})
        client.v1.products.create({"name": name})
    newest, *_, oldest = [event.id for event in client.v1.events.list().data]

    def some(**cursor: str) -> list[str]:
        params: Any = {"types": ["product.created"], "limit": 100, **cursor}
        return [event.id for event in client.v1.events.list(params).data]

    products = some()
    assert newest in products
    assert oldest not in products
    assert some(ending_before=oldest) == products
    assert some(starting_after=oldest) == []
    assert some(starting_after=products[0]) == products[1:]
    other: Any = {"email": "a@example.com", "starting_after": client.v1.customers.list().data[0].id}
    assert [found.email for found in client.v1.customers.list(other).data] == ["a@example.com"]
    simulator.control.advance(31 * 86400)
    with pytest.raises(stripe.InvalidRequestError, match="No such event"):
        some(ending_before=oldest)


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


def test_payments_by_time_with_their_fees(client: stripe.StripeClient, simulator: Server) -> None:
    """What a reader of the last 30 days asks: pages by time, with charge and fee inside."""
    simulator.control.post("clock", frozen=True)
    made = []
    for amount in (1000, 2000, 3000):
        params: Any = {"amount": amount, "currency": "eur", "payment_method": "pm_card_visa", "confirm": True}
        params["automatic_payment_methods"] = {"enabled": True, "allow_redirects": "never"}
        made.append(client.v1.payment_intents.create(params))
        simulator.control.advance(100)
    window: Any = {"created": {"gte": made[1].created, "lt": made[2].created}}
    expanded: Any = {**window, "expand": ["data.latest_charge.balance_transaction"]}
    (intent,) = client.v1.payment_intents.list(expanded).to_dict()["data"]
    assert (intent["id"], intent["latest_charge"]["balance_transaction"]["fee"]) == (made[1].id, 55)
    for listing in (client.v1.charges.list, client.v1.payment_intents.list, client.v1.balance_transactions.list):
        assert [row["amount"] for row in listing(window).to_dict()["data"]] == [2000]
        pages = listing({"limit": 1, "created": {"gte": made[0].created}})
        assert [row.amount for row in pages.auto_paging_iter()] == [3000, 2000, 1000]
    assert client.v1.refunds.list(window).data == client.v1.disputes.list(window).data == []
    with pytest.raises(stripe.InvalidRequestError, match="No such dispute"):
        client.v1.disputes.retrieve("du_x")
    charge = made[0].latest_charge
    assert [row.source for row in client.v1.balance_transactions.list({"source": str(charge)}).data] == [charge]
    assert len(client.v1.balance_transactions.list({"type": "charge", "currency": "eur"}).data) == 3


def test_events_between_two_moments(client: stripe.StripeClient, simulator: Server) -> None:
    simulator.control.post("clock", frozen=True)
    ids = []
    for _ in range(3):
        client.v1.customers.create({})
        ids.append(client.v1.events.list({"limit": 1}).data[0].id)
        simulator.control.advance(10)
    middle = client.v1.events.retrieve(ids[1]).created
    assert [event.id for event in client.v1.events.list({"created": {"gte": middle}}).data] == [ids[2], ids[1]]
    assert [event.id for event in client.v1.events.list({"ending_before": ids[0]}).data] == [ids[2], ids[1]]
    assert client.v1.events.list({"created": {"gte": middle}, "types": ["customer.deleted"]}).data == []
    twenty_one: Any = ["customer.created"] * 21
    with pytest.raises(stripe.InvalidRequestError, match="at most 20"):
        client.v1.events.list({"types": twenty_one})
    with pytest.raises(stripe.InvalidRequestError, match="only specify one"):
        client.v1.events.list({"type": "customer.created", "types": ["customer.deleted"]})


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


@pytest.mark.parametrize(
    "path", ["nope", "livemode", "id", "customer.nope.x", "a.b.c.d.e", "data.customer", "total_details"]
)
def test_what_cannot_be_expanded(client: stripe.StripeClient, path: str) -> None:
    session = client.v1.checkout.sessions.create(session_params())
    if path == "customer.nope.x":
        client.v1.checkout.sessions.retrieve(session.id, {"expand": [path]})  # there is nothing to look into
        return
    with pytest.raises(stripe.InvalidRequestError, match="expand"):
        client.v1.checkout.sessions.retrieve(session.id, {"expand": [path]})
