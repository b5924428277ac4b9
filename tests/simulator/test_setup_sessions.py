"""Checkout in setup mode, and methods kept by a payment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import stripe
from tests.simulator.conftest import BACK, SUCCESS, kinds, pay_by_card, session_params

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.simulator.browser import Page

    Visiting = Callable[[str | None], Page]


def opened(client: stripe.StripeClient, **more: Any) -> Any:
    customer = client.v1.customers.create({"email": "camille@example.com"})
    params: Any = {
        "mode": "setup",
        "currency": "eur",
        "customer": customer.id,
        "success_url": SUCCESS,
        "cancel_url": BACK,
        **more,
    }
    sent: Any = {name: value for name, value in params.items() if value is not None}
    return client.v1.checkout.sessions.create(sent)


def found(client: stripe.StripeClient, session: str) -> Any:
    return client.v1.checkout.sessions.retrieve(session, {"expand": ["setup_intent"]})


def kept(client: stripe.StripeClient, session: Any) -> list[stripe.PaymentMethod]:
    return client.v1.payment_methods.list({"customer": str(session.customer)}).data


def test_a_card_is_saved(client: stripe.StripeClient, visiting: Visiting) -> None:
    session = opened(client, setup_intent_data={"metadata": {"client": "7"}})
    assert (session.amount_total, session.payment_status, session.currency) == (None, "no_payment_required", "eur")
    assert session.payment_intent is None
    page = visiting(session.url)
    assert "Rien n’est débité maintenant" in page.html
    assert "total" not in page.tests
    done = pay_by_card(page, "4242424242424242")
    assert done.url == SUCCESS.replace("{CHECKOUT_SESSION_ID}", session.id)

    session = found(client, session.id)
    assert (session.status, session.payment_status, session.url) == ("complete", "no_payment_required", None)
    assert session.setup_intent.status == "succeeded"
    assert session.setup_intent.to_dict()["metadata"] == {"client": "7"}
    assert [method.id for method in kept(client, session)] == [session.setup_intent.payment_method]
    expected = ["setup_intent.created", "setup_intent.succeeded", "payment_method.attached"]
    assert kinds(client)[1:] == [*expected, "checkout.session.completed"]
    assert client.v1.payment_intents.list().data == []


def test_refused_by_the_bank_then_saved(client: stripe.StripeClient, visiting: Visiting) -> None:
    session = opened(client)
    page = pay_by_card(visiting(session.url), "4000000000003220").press("challenge-fail")
    assert "Rien n’est enregistré" in page.text("error")
    page = pay_by_card(page, "4000000000000002")
    assert "refusée" in page.text("error")
    assert client.v1.checkout.sessions.retrieve(session.id).status == "open"
    assert pay_by_card(page, "4000002500003155").press("challenge-pass").url.startswith("https://shop.example/done")
    (method,) = kept(client, session)
    params: Any = {
        "amount": 1000,
        "currency": "eur",
        "customer": session.customer,
        "payment_method": method.id,
        "off_session": True,
        "confirm": True,
        "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
    }
    assert client.v1.payment_intents.create(params).status == "succeeded"


def test_an_account_is_saved(client: stripe.StripeClient, visiting: Visiting) -> None:
    session = opened(client)
    page = visiting(session.url).choose("method-sepa_debit")
    page.fill(iban="FR1420041010050500013M02606", iban_name="Camille Durand").press("pay")
    intent = client.v1.setup_intents.retrieve(session.setup_intent)
    assert intent.status == "succeeded"
    assert client.v1.mandates.retrieve(str(intent.mandate)).payment_method == kept(client, session)[0].id


def test_bancontact_is_saved_as_an_account(client: stripe.StripeClient, visiting: Visiting) -> None:
    session = opened(client)
    page = visiting(session.url).choose("method-bancontact").fill(bancontact_name="Camille").press("pay")
    assert "prélèvement SEPA" in page.html
    assert page.press("authorize").url.startswith("https://shop.example/done")
    assert [method.type for method in kept(client, session)] == ["sepa_debit"]


def test_without_a_customer(client: stripe.StripeClient, visiting: Visiting) -> None:
    session = opened(client, customer=None, customer_creation="always", customer_email="a@example.com")
    pay_by_card(visiting(session.url), "4242424242424242")
    session = found(client, session.id)
    assert session.customer
    assert len(kept(client, session)) == 1


@pytest.mark.parametrize(
    ("more", "param"),
    [
        ({"currency": None}, "currency"),
        ({"payment_intent_data": {"description": "x"}}, "payment_intent_data"),
        ({"saved_payment_method_options": {"payment_method_save": "enabled"}}, "saved_payment_method_options"),
    ],
)
def test_what_setup_mode_refuses(client: stripe.StripeClient, more: Any, param: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        opened(client, **more)
    assert caught.value.param == param


@pytest.mark.parametrize("kind", ["bancontact", "ideal"])
def test_paid_once_and_kept_as_an_account(client: stripe.StripeClient, visiting: Visiting, kind: str) -> None:
    session = client.v1.checkout.sessions.create(
        session_params(payment_intent_data={"setup_future_usage": "off_session"})
    )
    page = visiting(session.url).choose(f"method-{kind}")
    page.fill(**{f"{kind}_name": "Camille Durand"}).press("pay").press("authorize")
    (charge,) = client.v1.charges.list().data
    details = charge.to_dict()["payment_method_details"][kind]
    (method,) = kept(client, charge)
    assert details["generated_sepa_debit"] == method.id
    assert method.to_dict()["sepa_debit"]["generated_from"] == {"charge": charge.id, "setup_attempt": None}
    mandate = client.v1.mandates.retrieve(details["generated_sepa_debit_mandate"])
    assert mandate.payment_method == method.id
    charged = next(event for event in client.v1.events.list().data if event.type == "charge.succeeded")
    assert charged.data.to_dict()["object"]["payment_method_details"][kind] == details
