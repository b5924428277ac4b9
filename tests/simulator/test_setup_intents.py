"""SetupIntents over the API: cards with and without a challenge, accounts with a mandate, Bancontact."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import stripe
from tests.simulator.conftest import kinds

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.simulator.browser import Page

    from stripe_simulator.server import Server

BACK = "https://shop.example/cards?x=1"
OWNER: Any = {"name": "Camille Durand", "email": "camille@example.com"}
AGREED: Any = {
    "customer_acceptance": {"type": "online", "online": {"ip_address": "192.0.2.7", "user_agent": "Firefox"}}
}
NO_REDIRECT: Any = {"enabled": True, "allow_redirects": "never"}


def setup(client: stripe.StripeClient, method: str | None = None, **more: Any) -> stripe.SetupIntent:
    customer = client.v1.customers.create({"email": "camille@example.com"})
    params: Any = {"customer": customer.id, **more}
    if method is not None:
        params = {"payment_method": method, "confirm": True, "return_url": BACK, **params}
    return client.v1.setup_intents.create(params)


def next_page(intent: stripe.SetupIntent) -> str:
    assert intent.next_action is not None
    assert intent.next_action.redirect_to_url is not None
    return str(intent.next_action.redirect_to_url.url)


def pay_later(client: stripe.StripeClient, intent: stripe.SetupIntent, method: str) -> stripe.PaymentIntent:
    params: Any = {
        "amount": 1000,
        "currency": "eur",
        "customer": str(intent.customer),
        "payment_method": method,
        "off_session": True,
        "confirm": True,
        "automatic_payment_methods": NO_REDIRECT,
    }
    return client.v1.payment_intents.create(params)


def attempts(client: stripe.StripeClient, intent: stripe.SetupIntent) -> list[stripe.SetupAttempt]:
    return client.v1.setup_attempts.list({"setup_intent": intent.id}).data


def test_a_card_is_kept(client: stripe.StripeClient) -> None:
    intent = setup(client, metadata={"a": "1"}, description="first")
    assert (intent.status, intent.usage) == ("requires_payment_method", "off_session")
    intent = client.v1.setup_intents.update(intent.id, {"payment_method": "pm_card_visa", "metadata": {"b": "2"}})
    assert intent.status == "requires_confirmation"
    intent = client.v1.setup_intents.confirm(intent.id, {"return_url": BACK})
    assert intent.status == "succeeded"
    assert client.v1.setup_intents.retrieve(intent.id).to_dict()["metadata"] == {"a": "1", "b": "2"}
    assert client.v1.setup_intents.list({"customer": str(intent.customer)}).data[0].id == intent.id
    (kept,) = client.v1.payment_methods.list({"customer": str(intent.customer)}).data
    assert kept.id == intent.payment_method
    (tried,) = attempts(client, intent)
    assert (tried.status, tried.id) == ("succeeded", intent.latest_attempt)
    assert kinds(client)[1:] == ["setup_intent.created", "setup_intent.succeeded", "payment_method.attached"]
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.setup_intents.cancel(intent.id)
    assert caught.value.code == "setup_intent_unexpected_state"
    assert pay_later(client, intent, kept.id).status == "succeeded"


def test_set_up_with_a_challenge_pays_without_one(
    client: stripe.StripeClient, visiting: Callable[[str | None], Page]
) -> None:
    intent = setup(client, "pm_card_authenticationRequiredOnSetup")
    assert intent.status == "requires_action"
    page = visiting(next_page(intent))
    assert "Rien n’est débité" in page.html
    done = page.press("challenge-pass")
    assert done.url.startswith(f"{BACK}&setup_intent={intent.id}&setup_intent_client_secret=")
    assert done.url.endswith("redirect_status=succeeded")
    intent = client.v1.setup_intents.retrieve(intent.id)
    (tried,) = attempts(client, intent)
    assert tried.payment_method_details.card is not None
    assert tried.payment_method_details.card.three_d_secure is not None
    assert pay_later(client, intent, str(intent.payment_method)).status == "succeeded"


def test_attached_without_a_setup_it_must_be_authenticated(client: stripe.StripeClient) -> None:
    intent = setup(client)
    method = client.v1.payment_methods.attach(
        "pm_card_authenticationRequiredOnSetup", {"customer": str(intent.customer)}
    )
    with pytest.raises(stripe.CardError) as caught:
        pay_later(client, intent, method.id)
    assert caught.value.code == "authentication_required"


def test_a_challenge_refused(client: stripe.StripeClient, visiting: Callable[[str | None], Page]) -> None:
    intent = setup(client, "pm_card_threeDSecure2Required")
    done = visiting(next_page(intent)).press("challenge-fail")
    assert done.url.endswith("redirect_status=failed")
    intent = client.v1.setup_intents.retrieve(intent.id)
    assert (intent.status, intent.payment_method) == ("requires_payment_method", None)
    assert intent.last_setup_error is not None
    assert intent.last_setup_error.code == "setup_intent_authentication_failure"
    assert kinds(client)[2:] == ["setup_intent.requires_action", "setup_intent.setup_failed"]
    assert [tried.status for tried in attempts(client, intent)] == ["failed"]
    assert client.v1.payment_methods.list({"customer": str(intent.customer)}).data == []


def test_a_declined_card_is_not_set_up(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.CardError) as caught:
        setup(client, "pm_card_visa_chargeDeclinedInsufficientFunds")
    assert caught.value.error is not None
    assert caught.value.error.decline_code == "insufficient_funds"
    assert caught.value.error.setup_intent is not None
    assert caught.value.error.setup_intent.status == "requires_payment_method"

    intent = setup(client, "pm_card_chargeCustomerFail")
    with pytest.raises(stripe.CardError) as caught:
        pay_later(client, intent, str(intent.payment_method))
    assert caught.value.code == "card_declined"


def test_an_account_needs_a_mandate(client: stripe.StripeClient) -> None:
    method = client.v1.payment_methods.create(
        {"type": "sepa_debit", "sepa_debit": {"iban": "FR1420041010050500013M02606"}, "billing_details": OWNER}
    )
    with pytest.raises(stripe.InvalidRequestError) as caught:
        setup(client, method.id)
    assert caught.value.param == "mandate_data"
    intent = setup(client, method.id, mandate_data=AGREED)
    assert intent.status == "succeeded"
    mandate = client.v1.mandates.retrieve(str(intent.mandate))
    assert (mandate.status, mandate.payment_method) == ("active", method.id)
    assert mandate.customer_acceptance.online is not None
    assert mandate.customer_acceptance.online.ip_address == "192.0.2.7"

    payment = pay_later(client, intent, method.id)
    assert payment.status == "processing"
    charge = client.v1.charges.retrieve(str(payment.latest_charge))
    assert charge.payment_method_details is not None
    assert charge.payment_method_details.sepa_debit is not None
    assert charge.payment_method_details.sepa_debit.mandate == mandate.id


def test_bancontact_leaves_an_account_to_debit(
    client: stripe.StripeClient, visiting: Callable[[str | None], Page]
) -> None:
    method = client.v1.payment_methods.create({"type": "bancontact", "billing_details": OWNER})
    intent = setup(client, method.id)
    visiting(next_page(intent)).press("authorize")
    intent = client.v1.setup_intents.retrieve(intent.id)
    assert intent.status == "succeeded"
    (tried,) = attempts(client, intent)
    details = tried.payment_method_details.bancontact
    assert details is not None
    assert details.generated_sepa_debit_mandate == intent.mandate
    (kept,) = client.v1.payment_methods.list({"customer": str(intent.customer), "type": "sepa_debit"}).data
    assert kept.id == details.generated_sepa_debit
    assert kept.sepa_debit is not None
    assert kept.sepa_debit.generated_from is not None
    assert kept.sepa_debit.generated_from.setup_attempt == tried.id
    assert pay_later(client, intent, kept.id).status == "processing"


@pytest.mark.parametrize(("verb", "status"), [("settle", "succeeded"), ("fail", "requires_payment_method")])
def test_by_hand(client: stripe.StripeClient, simulator: Server, verb: str, status: str) -> None:
    intent = setup(client, "pm_card_threeDSecure2Required")
    simulator.control.move(intent.id, verb)
    assert client.v1.setup_intents.retrieve(intent.id).status == status


def test_canceled(client: stripe.StripeClient) -> None:
    intent = setup(client, "pm_card_threeDSecure2Required")
    intent = client.v1.setup_intents.cancel(intent.id, {"cancellation_reason": "abandoned"})
    assert (intent.status, intent.cancellation_reason) == ("canceled", "abandoned")
    assert [tried.status for tried in attempts(client, intent)] == ["abandoned"]
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.setup_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
    assert caught.value.code == "setup_intent_unexpected_state"


def test_refusals_leave_nothing_behind(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="This SetupIntent is configured"):
        client.v1.setup_intents.create({"payment_method": "pm_card_visa", "confirm": True})
    with pytest.raises(stripe.InvalidRequestError, match="belongs to the Customer"):
        stolen = setup(client, "pm_card_visa")
        setup(client, str(stolen.payment_method))
    assert len(client.v1.setup_intents.list().data) == 1
    with pytest.raises(stripe.InvalidRequestError, match="No such setupintent"):
        client.v1.setup_intents.retrieve("seti_none")


@pytest.mark.parametrize("resource", ["payment_intents", "setup_intents"])
def test_an_update_filters_the_types_otherwise(client: stripe.StripeClient, resource: str) -> None:
    service: Any = getattr(client.v1, resource)
    intent = service.create({"amount": 990, "currency": "eur"} if resource == "payment_intents" else {})
    before = intent.payment_method_types
    assert {"card", "ideal", "sepa_debit"} <= set(before)
    fewer = service.update(intent.id, {"excluded_payment_method_types": ["ideal"]})
    assert fewer.payment_method_types == [kind for kind in before if kind != "ideal"]
    assert fewer.excluded_payment_method_types == ["ideal"]
    fewest = service.update(intent.id, {"allowed_payment_method_types": ["ideal", "card"]})  # the exclusion still holds
    assert fewest.payment_method_types == ["card"]
    assert set(fewest.payment_method_options.to_dict()) == {"card"}
    with pytest.raises(stripe.InvalidRequestError, match="No valid payment method types"):
        service.update(intent.id, {"allowed_payment_method_types": ["ideal"]})
    assert service.retrieve(intent.id).payment_method_types == ["card"]
    with pytest.raises(stripe.InvalidRequestError) as caught:
        service.update(intent.id, {"payment_method_configuration": "pmc_nope"})
    assert caught.value.param == "payment_method_configuration"
    service.cancel(intent.id)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        service.update(intent.id, {"excluded_payment_method_types": ["sepa_debit"]})
    assert str(caught.value.code).endswith("_intent_unexpected_state")
