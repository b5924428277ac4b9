"""PaymentIntents over the API, charges, refunds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import stripe
from tests.simulator.conftest import kinds, pay_by_card, session_params

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.simulator.browser import Page

    from stripe_simulator.server import Server

NO_REDIRECT: Any = {"enabled": True, "allow_redirects": "never"}


def create(client: stripe.StripeClient, method: str | None = None, **more: Any) -> stripe.PaymentIntent:
    params: Any = {"amount": 1000, "currency": "eur", "automatic_payment_methods": NO_REDIRECT, **more}
    if method is not None:
        params |= {"payment_method": method, "confirm": True}
    return client.v1.payment_intents.create(params)


def test_created_then_confirmed(client: stripe.StripeClient) -> None:
    intent = create(client, metadata={"a": "1"})
    assert (intent.status, intent.latest_charge) == ("requires_payment_method", None)
    intent = client.v1.payment_intents.update(intent.id, {"metadata": {"b": "2"}, "amount": 1200})
    assert intent.metadata.to_dict() == {"a": "1", "b": "2"}
    intent = client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
    assert (intent.status, intent.amount_received) == ("succeeded", 1200)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.payment_intents.update(intent.id, {"amount": 1})
    assert caught.value.code == "amount_too_small"
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.payment_intents.update(intent.id, {"amount": 2000})
    assert (caught.value.code, caught.value.param) == ("payment_intent_unexpected_state", "amount")
    assert caught.value.error is not None
    assert caught.value.error.payment_intent is not None


def test_declined_over_the_api(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.CardError) as caught:
        create(client, "pm_card_visa_chargeDeclinedInsufficientFunds")
    assert caught.value.http_status == 402
    assert caught.value.error is not None
    assert (caught.value.error.code, caught.value.error.decline_code) == ("card_declined", "insufficient_funds")
    assert caught.value.error.payment_intent is not None
    assert caught.value.error.payment_intent.status == "requires_payment_method"
    assert kinds(client) == ["payment_intent.created", "charge.failed", "payment_intent.payment_failed"]


def test_authentication_on_and_off_session(client: stripe.StripeClient, visiting: Callable[[str | None], Page]) -> None:
    with pytest.raises(stripe.CardError) as caught:
        create(client, "pm_card_authenticationRequired", off_session=True)
    assert caught.value.error is not None
    assert caught.value.error.decline_code == "authentication_required"
    assert "This transaction requires authentication" in str(caught.value)

    intent = create(client, "pm_card_authenticationRequired", return_url="https://shop.example/back?x=1")
    assert intent.status == "requires_action"
    assert intent.next_action is not None
    assert intent.next_action.redirect_to_url is not None
    done = visiting(intent.next_action.redirect_to_url.url).press("challenge-pass")
    assert done.url.startswith("https://shop.example/back?x=1&payment_intent=" + intent.id)
    assert done.url.endswith("redirect_status=succeeded")
    assert client.v1.payment_intents.retrieve(intent.id).status == "succeeded"


def test_a_saved_card_pays_off_session(client: stripe.StripeClient, visiting: Callable[[str | None], Page]) -> None:
    customer = client.v1.customers.create({"email": "a@example.com"})
    params = session_params(customer=customer.id, payment_intent_data={"setup_future_usage": "off_session"})
    del params["customer_email"]
    session = client.v1.checkout.sessions.create(params)
    pay_by_card(visiting(session.url), "4000002500003155").press("challenge-pass")
    (method,) = client.v1.payment_methods.list({"customer": customer.id, "type": "card"}).data

    with pytest.raises(stripe.InvalidRequestError, match="belongs to the Customer") as caught:
        create(client, method.id, off_session=True)
    assert (caught.value.code, caught.value.param) == ("parameter_missing", "source")
    assert len(client.v1.payment_intents.list().data) == 1  # the refusal left nothing behind
    assert create(client, method.id, off_session=True, customer=customer.id).status == "succeeded"


def test_a_confirmation_needs_a_way_back(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="return_url"):
        create(client, "pm_card_visa", automatic_payment_methods={"enabled": True})
    assert client.v1.payment_intents.list().data == []


def test_canceled(client: stripe.StripeClient) -> None:
    intent = client.v1.payment_intents.cancel(create(client).id, {"cancellation_reason": "abandoned"})
    assert (intent.status, intent.cancellation_reason) == ("canceled", "abandoned")
    assert kinds(client)[-1] == "payment_intent.canceled"
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
    assert caught.value.code == "payment_intent_unexpected_state"


def test_a_charge_can_be_described(client: stripe.StripeClient) -> None:
    create(client, "pm_card_visa")
    (charge,) = client.v1.charges.list().data
    assert client.v1.charges.update(charge.id, {"metadata": {"invoice": "7"}}).metadata["invoice"] == "7"
    assert kinds(client)[-1] == "charge.updated"
    charge = client.v1.charges.update(charge.id, {"metadata": {"invoice": ""}, "description": "late"})
    assert (charge.metadata.to_dict(), charge.description) == ({}, "late")


def test_refunds(client: stripe.StripeClient, simulator: Server) -> None:
    simulator.control.post("clock", frozen=True)
    intent = create(client, "pm_card_visa")
    simulator.control.advance(3)
    part = client.v1.refunds.create({"payment_intent": intent.id, "amount": 300, "reason": "requested_by_customer"})
    assert (part.status, part.amount) == ("succeeded", 300)
    with pytest.raises(
        stripe.InvalidRequestError, match=r"Refund amount \(€8.00\) is greater than unrefunded"
    ) as caught:
        client.v1.refunds.create({"payment_intent": intent.id, "amount": 800})
    assert (caught.value.code, caught.value.param) == (None, "amount")
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.refunds.create({"payment_intent": intent.id, "amount": 0})
    assert caught.value.code == "parameter_invalid_integer"
    rest = client.v1.refunds.create({"charge": str(intent.latest_charge)})
    assert rest.amount == 700
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.refunds.create({"payment_intent": intent.id})
    assert caught.value.code == "charge_already_refunded"

    charge = client.v1.charges.retrieve(str(intent.latest_charge), {"expand": ["refunds"]})
    assert (charge.amount_refunded, charge.refunded) == (1000, True)
    assert charge.refunds is not None
    assert [refund.id for refund in charge.refunds.data] == [rest.id, part.id]
    rows = client.v1.balance_transactions.list().data
    assert [(row.type, row.net) for row in rows] == [("refund", -700), ("refund", -300), ("charge", 960)]
    assert kinds(client)[-4:] == ["refund.created", "charge.refunded"] * 2
    assert [refund.id for refund in client.v1.refunds.list({"payment_intent": intent.id}).data] == [rest.id, part.id]


def test_money_becomes_available(client: stripe.StripeClient, simulator: Server) -> None:
    create(client, "pm_card_visa")
    simulator.control.advance(5)
    assert client.v1.balance_transactions.list().data[0].status == "pending"
    simulator.control.advance(4 * 86400)
    assert client.v1.balance_transactions.list().data[0].status == "available"


def test_a_test_card_whose_money_is_available_at_once(client: stripe.StripeClient, simulator: Server) -> None:
    create(client, "pm_card_bypassPending")
    simulator.control.advance(5)
    row = client.v1.balance_transactions.list().data[0]
    assert (row.status, client.v1.balance.retrieve().available[0].amount) == ("available", row.net)
