"""Authorised now, captured later; and what is recovered with the customer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import stripe
from tests.simulator.conftest import kinds

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.simulator.browser import Page

    from stripe_simulator.server import Server

NO_REDIRECT: Any = {"enabled": True, "allow_redirects": "never"}


def held(client: stripe.StripeClient, **more: Any) -> stripe.PaymentIntent:
    params: Any = {
        "amount": 1000,
        "currency": "eur",
        "capture_method": "manual",
        "automatic_payment_methods": NO_REDIRECT,
        "payment_method": "pm_card_visa",
        "confirm": True,
        **more,
    }
    return client.v1.payment_intents.create(params)


def charge_of(client: stripe.StripeClient, intent: stripe.PaymentIntent) -> stripe.Charge:
    return client.v1.charges.retrieve(str(intent.latest_charge))


@pytest.mark.parametrize("amount", [None, 400])
def test_captured(client: stripe.StripeClient, simulator: Server, amount: int | None) -> None:
    intent = held(client)
    assert (intent.status, intent.amount_capturable, intent.amount_received) == ("requires_capture", 1000, 0)
    assert set(intent.payment_method_types) <= {"card", "link"}
    assert not charge_of(client, intent).captured
    simulator.control.advance(60)
    assert client.v1.balance_transactions.list().data == []

    intent = client.v1.payment_intents.capture(intent.id, {"amount_to_capture": amount} if amount else {})
    taken = amount or 1000
    assert (intent.status, intent.amount_capturable, intent.amount_received) == ("succeeded", 0, taken)
    charge = charge_of(client, intent)
    assert (charge.captured, charge.amount, charge.amount_captured) == (True, 1000, taken)
    simulator.control.advance(60)
    assert client.v1.balance_transactions.list().data[0].amount == taken
    expected = ["payment_intent.created", "charge.succeeded", "payment_intent.amount_capturable_updated"]
    assert kinds(client) == [*expected, "charge.captured", "payment_intent.succeeded", "charge.updated"]
    simulator.control.advance(8 * 86400)
    assert client.v1.payment_intents.retrieve(intent.id).status == "succeeded"


def test_what_cannot_be_captured(client: stripe.StripeClient) -> None:
    intent = held(client)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.payment_intents.capture(intent.id, {"amount_to_capture": 1001})
    assert (caught.value.code, caught.value.param) == ("amount_too_large", "amount_to_capture")
    client.v1.payment_intents.capture(intent.id)
    with pytest.raises(stripe.InvalidRequestError, match="could not be captured because it has a status of succeeded"):
        client.v1.payment_intents.capture(intent.id)


def test_refunds_of_a_part_captured(client: stripe.StripeClient, simulator: Server) -> None:
    intent = client.v1.payment_intents.capture(held(client).id, {"amount_to_capture": 400})
    simulator.control.advance(60)
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded"):
        client.v1.refunds.create({"payment_intent": intent.id, "amount": 500})
    assert client.v1.refunds.create({"payment_intent": intent.id}).amount == 400
    assert charge_of(client, intent).refunded


def test_released(client: stripe.StripeClient) -> None:
    intent = client.v1.payment_intents.cancel(held(client).id)
    assert (intent.status, intent.amount_capturable) == ("canceled", 0)
    charge = charge_of(client, intent)
    assert (charge.refunded, charge.captured, charge.balance_transaction) == (True, False, None)
    assert kinds(client)[-2:] == ["charge.refunded", "payment_intent.canceled"]


def test_a_bank_holds_it_for_a_week(client: stripe.StripeClient, simulator: Server) -> None:
    intent = held(client)
    simulator.control.advance(8 * 86400)
    intent = client.v1.payment_intents.retrieve(intent.id)
    assert (intent.status, intent.cancellation_reason) == ("canceled", "automatic")
    assert kinds(client)[-2:] == ["charge.expired", "payment_intent.canceled"]


def test_recovered_with_the_customer(client: stripe.StripeClient, visiting: Callable[[str | None], Page]) -> None:
    customer = client.v1.customers.create({"email": "camille@example.com"}).id
    method = client.v1.payment_methods.attach("pm_card_authenticationRequired", {"customer": customer}).id
    with pytest.raises(stripe.CardError) as caught:
        held(client, capture_method="automatic", customer=customer, payment_method=method, off_session=True)
    assert caught.value.http_status == 402
    assert caught.value.error is not None
    assert (caught.value.error.code, caught.value.error.decline_code) == ("authentication_required",) * 2
    (intent,) = client.v1.payment_intents.list().data
    assert (intent.status, intent.payment_method) == ("requires_payment_method", None)
    assert intent.last_payment_error is not None

    back = "https://shop.example/invoices/7"
    intent = client.v1.payment_intents.confirm(intent.id, {"payment_method": method, "return_url": back})
    assert intent.next_action is not None
    assert intent.next_action.redirect_to_url is not None
    done = visiting(intent.next_action.redirect_to_url.url).press("challenge-pass")
    assert done.url.startswith(back)
    intent = client.v1.payment_intents.retrieve(intent.id)
    assert (intent.status, intent.last_payment_error) == ("succeeded", None)


def test_an_action_may_be_an_error(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.CardError, match="error_on_requires_action") as caught:
        held(client, payment_method="pm_card_threeDSecure2Required", error_on_requires_action=True)
    assert caught.value.error is not None
    told = (caught.value.error.code, caught.value.error.decline_code)
    assert told == ("authentication_required", "authentication_not_handled")
    assert client.v1.payment_intents.list().data[0].status == "requires_payment_method"
    assert client.v1.charges.list().data == []
    assert held(client, error_on_requires_action=True).status == "requires_capture"


def test_a_mandate_ends_with_the_debit_that_the_bank_refused(client: stripe.StripeClient, simulator: Server) -> None:
    agreed = {"customer_acceptance": {"type": "offline"}}
    params: Any = {
        "payment_method": "pm_sepaDebit_success_fr",
        "capture_method": "automatic",
        "mandate_data": agreed,
    }
    intent = held(client, **params)
    details = charge_of(client, intent).to_dict()["payment_method_details"]["sepa_debit"]
    simulator.control.move(intent.id, "fail", code="account_closed")
    assert client.v1.mandates.retrieve(details["mandate"]).status == "inactive"
    assert "mandate.updated" in kinds(client)
