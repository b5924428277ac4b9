"""A renewal that the bank refuses while the customer is away, and how the customer comes back to pay it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
import stripe
from tests.simulator.conftest import kinds
from tests.simulator.flows import NO_REDIRECT

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.simulator.browser import Page

BACK = "https://shop.example/invoices/7?from=mail"


def saved(client: stripe.StripeClient, card: str, customer: stripe.Customer | None = None) -> tuple[str, str]:
    """A customer and a card of theirs, by id; attached, but never confirmed by the bank."""
    customer = customer or client.v1.customers.create({"email": "alice@example.com"})
    method = client.v1.payment_methods.attach(card, {"customer": customer.id})
    return customer.id, method.id


def renew(client: stripe.StripeClient, customer: str, method: str, amount: int = 990) -> stripe.PaymentIntent:
    params: Any = {
        "amount": amount,
        "currency": "eur",
        "customer": customer,
        "payment_method": method,
        "off_session": True,
        "confirm": True,
        "return_url": BACK,
    }
    return client.v1.payment_intents.create(params)


def missed(client: stripe.StripeClient, customer: str, method: str) -> tuple[stripe.PaymentIntent, stripe.ErrorObject]:
    """The PaymentIntent of a renewal that failed, as it is afterwards, and what the refusal said."""
    with pytest.raises(stripe.CardError) as caught:
        renew(client, customer, method)
    assert caught.value.http_status == 402
    error = caught.value.error
    assert error is not None
    assert error.payment_intent is not None
    intent = client.v1.payment_intents.retrieve(error.payment_intent.id)
    assert (intent.status, intent.payment_method) == ("requires_payment_method", None)
    assert intent.last_payment_error is not None
    assert intent.last_payment_error.payment_method is not None
    assert intent.last_payment_error.payment_method.id == method
    return intent, error


def come_back(
    client: stripe.StripeClient, intent: stripe.PaymentIntent, method: str, **more: Any
) -> stripe.PaymentIntent:
    params: Any = {"payment_method": method, "return_url": BACK, **more}
    return client.v1.payment_intents.confirm(intent.id, params)


def step_of(intent: stripe.PaymentIntent) -> str:
    assert intent.status == "requires_action"
    assert intent.last_payment_error is None
    assert intent.next_action is not None
    assert intent.next_action.redirect_to_url is not None
    assert intent.next_action.redirect_to_url.return_url == BACK
    return intent.next_action.redirect_to_url.url or ""


def told(url: str) -> dict[str, str]:
    """What the shop's address is given when the customer returns."""
    assert url.startswith(BACK + "&")
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


@pytest.mark.parametrize("card", ["pm_card_authenticationRequired", "pm_card_authenticationRequiredOnSetup"])
def test_the_bank_wants_the_customer_who_comes_back(
    client: stripe.StripeClient, visiting: Callable[[str | None], Page], card: str
) -> None:
    customer, method = saved(client, card)
    intent, error = missed(client, customer, method)
    assert (error.code, error.decline_code) == ("authentication_required", "authentication_required")
    assert error.payment_method is not None
    assert error.payment_method.id == method

    waiting = come_back(client, intent, method)
    done = visiting(step_of(waiting)).press("challenge-pass")

    assert told(done.url) == {
        "from": "mail",
        "payment_intent": intent.id,
        "payment_intent_client_secret": str(intent.client_secret),
        "redirect_status": "succeeded",
    }
    paid = client.v1.payment_intents.retrieve(intent.id, {"expand": ["latest_charge"]})
    assert (paid.status, paid.amount_received, paid.payment_method) == ("succeeded", 990, method)
    assert (paid.last_payment_error, paid.next_action) == (None, None)
    assert isinstance(paid.latest_charge, stripe.Charge)
    details = paid.latest_charge.payment_method_details
    assert details is not None
    assert details.card is not None
    assert details.card.three_d_secure is not None
    assert details.card.three_d_secure.result == "authenticated"
    charges = client.v1.charges.list({"payment_intent": intent.id}).data
    assert [charge.status for charge in charges] == ["succeeded", "failed"]
    assert [kind for kind in kinds(client) if kind.startswith(("payment_intent", "charge"))] == [
        "payment_intent.created",
        "charge.failed",
        "payment_intent.payment_failed",
        "payment_intent.requires_action",
        "charge.succeeded",
        "payment_intent.succeeded",
    ]


def test_whoever_refuses_at_the_bank_may_try_again(
    client: stripe.StripeClient, visiting: Callable[[str | None], Page]
) -> None:
    customer, method = saved(client, "pm_card_authenticationRequired")
    intent, _ = missed(client, customer, method)
    back = visiting(step_of(come_back(client, intent, method))).press("challenge-fail")
    assert told(back.url)["redirect_status"] == "failed"
    again = client.v1.payment_intents.retrieve(intent.id)
    assert again.status == "requires_payment_method"
    assert again.last_payment_error is not None
    assert again.last_payment_error.code == "payment_intent_authentication_failure"
    assert client.v1.payment_methods.retrieve(method).customer == customer  # the card is still there
    done = visiting(step_of(come_back(client, intent, method))).press("challenge-pass")
    assert told(done.url)["redirect_status"] == "succeeded"


def test_one_confirmation_sets_a_card_up_for_all_renewals_and_another_never_is(
    client: stripe.StripeClient, visiting: Callable[[str | None], Page]
) -> None:
    customer, method = saved(client, "pm_card_authenticationRequiredOnSetup")
    intent, _ = missed(client, customer, method)
    waiting = come_back(client, intent, method, setup_future_usage="off_session")
    visiting(step_of(waiting)).press("challenge-pass")
    assert renew(client, customer, method).status == "succeeded"

    customer, method = saved(client, "pm_card_authenticationRequired")
    intent, _ = missed(client, customer, method)
    waiting = come_back(client, intent, method, setup_future_usage="off_session")
    visiting(step_of(waiting)).press("challenge-pass")
    assert missed(client, customer, method)[1].decline_code == "authentication_required"


def test_a_card_that_is_refused_is_replaced_by_another(client: stripe.StripeClient) -> None:
    customer, old = saved(client, "pm_card_chargeCustomerFail")
    intent, error = missed(client, customer, old)
    assert (error.code, error.decline_code) == ("card_declined", "generic_decline")
    with pytest.raises(stripe.CardError):  # the customer's presence does not help this card
        come_back(client, intent, old)

    done = come_back(client, intent, "pm_card_mastercard", setup_future_usage="off_session")
    assert done.status == "succeeded"
    new = str(done.payment_method)
    assert client.v1.payment_methods.retrieve(new).customer == customer
    client.v1.payment_methods.detach(old)
    assert [method.id for method in client.v1.customers.payment_methods.list(customer).data] == [new]
    assert renew(client, customer, new).status == "succeeded"
    with pytest.raises(stripe.InvalidRequestError, match="detached from a Customer"):
        renew(client, customer, old)
    charges = client.v1.charges.list({"payment_intent": intent.id}).data
    assert [charge.status for charge in charges] == ["succeeded", "failed", "failed"]


def test_the_card_that_replaces_wants_the_customer_too(
    client: stripe.StripeClient, visiting: Callable[[str | None], Page]
) -> None:
    customer, old = saved(client, "pm_card_chargeCustomerFail")
    intent, _ = missed(client, customer, old)
    wanted: Any = {"payment_method": "pm_card_authenticationRequiredOnSetup", "setup_future_usage": "off_session"}
    ready = client.v1.payment_intents.update(intent.id, wanted)
    assert ready.status == "requires_confirmation"
    waiting = client.v1.payment_intents.confirm(intent.id, {"return_url": BACK})
    visiting(step_of(waiting)).press("challenge-pass")
    done = client.v1.payment_intents.retrieve(intent.id)
    assert done.status == "succeeded"
    assert renew(client, customer, str(done.payment_method)).status == "succeeded"


def test_a_charge_is_captured_by_its_payment(client: stripe.StripeClient) -> None:
    params: Any = {
        "amount": 990,
        "currency": "eur",
        "payment_method": "pm_card_visa",
        "confirm": True,
        "capture_method": "manual",
        "automatic_payment_methods": NO_REDIRECT,
    }
    intent = client.v1.payment_intents.create(params)
    charge = str(intent.latest_charge)
    with pytest.raises(stripe.InvalidRequestError, match=intent.id):
        client.v1.charges.capture(charge)
    client.v1.payment_intents.capture(intent.id)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.charges.capture(charge)
    assert caught.value.code == "charge_already_captured"
