"""Checkout Sessions: what is accepted, what is refused, how they end."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
import stripe
from tests.simulator.conftest import BACK, kinds, pay_by_card, session_params

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.simulator.browser import Page

    from stripe_simulator.server import Server


def test_totals_are_computed(client: stripe.StripeClient) -> None:
    lines: list[Any] = [
        {"price_data": {"currency": "EUR", "unit_amount": 1000, "product_data": {"name": "A"}}, "quantity": 3},
        {
            "price_data": {"currency": "eur", "unit_amount_decimal": "33.3", "product_data": {"name": "B"}},
            "quantity": 2,
        },
    ]
    session = client.v1.checkout.sessions.create(session_params(line_items=lines))
    assert (session.amount_total, session.currency) == (3067, "eur")
    items = client.v1.checkout.sessions.line_items.list(session.id).data
    assert [(item.description, item.amount_total, item.quantity) for item in items] == [("A", 3000, 3), ("B", 67, 2)]


def test_defaults_and_echoes(client: stripe.StripeClient) -> None:
    session = client.v1.checkout.sessions.create(
        session_params(client_reference_id="order-1", adaptive_pricing={"enabled": False}, locale="fr")
    )
    assert session.id.startswith("cs_test_")
    assert session.expires_at - session.created == 24 * 3600
    assert session.adaptive_pricing is not None
    assert session.adaptive_pricing.enabled is False
    assert (session.client_reference_id, session.locale, session.cancel_url) == ("order-1", "fr", BACK)
    assert session.customer_details is not None
    assert session.customer_details.email == "camille@example.com"


@pytest.mark.parametrize(
    ("change", "code", "param"),
    [
        ({"payment_method_types": ["card"]}, "parameter_unknown", "payment_method_types"),
        ({"mode": "gift"}, None, "mode"),
        ({"success_url": ""}, "parameter_invalid_empty", "success_url"),
        ({"success_url": "/done"}, "url_invalid", "success_url"),
        ({"customer": "cus_nobody", "customer_email": None}, "resource_missing", "customer"),
        ({"expires_at": "soon"}, "parameter_invalid_integer", "expires_at"),
        ({"expires_at": 1}, None, "expires_at"),
        ({"expires_at": 4_000_000_000}, None, "expires_at"),
        ({"return_url": "https://shop.example"}, None, "return_url"),
        ({"customer_update": {"name": "auto"}}, None, "customer_update"),
        ({"payment_intent_data": {"statement_descriptor": "SHOP"}}, None, "payment_intent_data[statement_descriptor]"),
        ({"metadata": {"k" * 41: "v"}}, None, f"metadata[{'k' * 41}]"),
        ({"ui_mode": "hosted"}, None, "ui_mode"),
    ],
)
def test_refusals(client: stripe.StripeClient, change: dict[str, Any], code: str | None, param: str) -> None:
    params = {name: value for name, value in session_params(**change).items() if value is not None}
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.checkout.sessions.create(params)  # type: ignore[arg-type]
    assert (caught.value.http_status, caught.value.code, caught.value.param) == (400, code, param)
    assert client.v1.checkout.sessions.list().data == []


@pytest.mark.parametrize(("amount", "code"), [(49, "amount_too_small"), (1_000_000_000_000, "amount_too_large")])
def test_amounts_have_bounds(client: stripe.StripeClient, amount: int, code: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.checkout.sessions.create(session_params(amount))
    assert caught.value.code == code


@pytest.mark.parametrize(
    "change", [{"mode": "subscription"}, {"ui_mode": "elements"}, {"automatic_tax": {"enabled": True}}]
)
def test_what_is_not_built_says_so(client: stripe.StripeClient, change: dict[str, Any]) -> None:
    with pytest.raises(stripe.APIError) as caught:
        client.v1.checkout.sessions.create(session_params(**change))
    assert caught.value.http_status == 501


def test_expired_by_hand(client: stripe.StripeClient, visiting: Callable[[str | None], Page]) -> None:
    session = client.v1.checkout.sessions.create(session_params(locale="fr"))
    page = visiting(session.url)
    expired = client.v1.checkout.sessions.expire(session.id)
    assert (expired.status, expired.payment_status, expired.url) == ("expired", "unpaid", None)
    assert kinds(client) == ["checkout.session.expired"]

    late = pay_by_card(page, "4242424242424242")
    assert late.status == 410
    assert "expiré" in late.html
    assert late.find("back").attrs["href"] == BACK
    assert client.v1.charges.list().data == []
    with pytest.raises(stripe.InvalidRequestError, match='status in \\["open"\\]'):
        client.v1.checkout.sessions.expire(session.id)


def test_expired_by_the_clock(
    client: stripe.StripeClient, simulator: Server, visiting: Callable[[str | None], Page]
) -> None:
    soon = client.v1.checkout.sessions.create(session_params(expires_at=int(time.time()) + 1900))
    later = client.v1.checkout.sessions.create(session_params())
    page = pay_by_card(visiting(soon.url), "4000002760003184")  # stands at the bank's page
    simulator.control.advance(2000)

    assert client.v1.checkout.sessions.retrieve(soon.id).status == "expired"
    assert client.v1.checkout.sessions.retrieve(later.id).status == "open"
    assert page.press("challenge-pass").status == 410
    assert client.v1.charges.list().data == []
    assert kinds(client)[-1] == "checkout.session.expired"


def test_a_frozen_clock_expires_at_the_very_second(
    client: stripe.StripeClient, simulator: Server, visiting: Callable[[str | None], Page]
) -> None:
    simulator.control.post("clock", frozen=True)
    session = client.v1.checkout.sessions.create(session_params())
    simulator.control.advance(24 * 3600 - 1)
    assert visiting(session.url).status == 200
    simulator.control.advance(1)
    (event,) = client.v1.events.list({"type": "checkout.session.expired"}).data
    assert event.created == session.expires_at


def test_a_session_with_a_customer(client: stripe.StripeClient, visiting: Callable[[str | None], Page]) -> None:
    customer = client.v1.customers.create({"email": "ada@example.com"})
    params = session_params(customer=customer.id, customer_update={"name": "auto"})
    del params["customer_email"]
    session = client.v1.checkout.sessions.create(params)
    page = visiting(session.url)
    assert "ada@example.com" in page.html
    assert "email" not in page.tests

    pay_by_card(page, "4242424242424242")

    assert client.v1.customers.retrieve(customer.id).name == "Camille Durand"
    (intent,) = client.v1.payment_intents.list({"customer": customer.id}).data
    assert client.v1.checkout.sessions.list({"payment_intent": intent.id}).data[0].id == session.id


def test_a_guest_gives_an_address_and_becomes_a_customer(
    client: stripe.StripeClient, visiting: Callable[[str | None], Page]
) -> None:
    params = session_params(customer_creation="always")
    del params["customer_email"]
    session = client.v1.checkout.sessions.create(params)
    page = visiting(session.url)
    assert "e-mail valable" in pay_by_card(page, "4242424242424242").html

    pay_by_card(page.fill(email="guest@example.com"), "4242424242424242")

    paid = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["customer"]})
    assert paid.customer_details is not None
    assert paid.customer_details.email == "guest@example.com"
    assert paid.customer.email == "guest@example.com"  # type: ignore[union-attr]


def test_the_intent_of_a_session_is_not_ours_to_move(
    client: stripe.StripeClient, visiting: Callable[[str | None], Page]
) -> None:
    session = client.v1.checkout.sessions.create(session_params())
    pay_by_card(visiting(session.url), "4000000000000002")
    (intent,) = client.v1.payment_intents.list().data
    with pytest.raises(stripe.InvalidRequestError, match="Checkout Session"):
        client.v1.payment_intents.cancel(intent.id)
    with pytest.raises(stripe.InvalidRequestError, match="Checkout Session"):
        client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})


def test_unknown_pages_are_friendly(simulator: Server, visiting: Callable[[str | None], Page]) -> None:
    for path in ("/c/pay/cs_test_nobody", "/c/step/pi_nobody/x", "/c/receipt/ch_nobody"):
        page = visiting(simulator.base_url + path)
        assert page.status == 404
        assert "existe pas" in page.html


def test_the_receipt_can_be_opened(client: stripe.StripeClient, visiting: Callable[[str | None], Page]) -> None:
    session = client.v1.checkout.sessions.create(session_params())
    pay_by_card(visiting(session.url), "4242424242424242")
    receipt = visiting(client.v1.charges.list().data[0].receipt_url)
    assert receipt.status == 200
    assert "99,90" in receipt.html
