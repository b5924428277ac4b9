"""Payment methods over the API: made, changed, kept for a customer, let go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import stripe
from tests.simulator.conftest import kinds

from stripe_simulator.payments.tokens import CARD_NAMES, IBANS

if TYPE_CHECKING:
    from tests.simulator.conftest import Http

    from stripe_simulator.server import Server

OWNER: Any = {"name": "Camille Durand", "email": "camille@example.com"}


def customer(client: stripe.StripeClient) -> str:
    return client.v1.customers.create({"email": "camille@example.com"}).id


def test_a_card_by_token(client: stripe.StripeClient) -> None:
    params: Any = {
        "type": "card",
        "card": {"token": "tok_mastercard"},
        "billing_details": OWNER,
        "metadata": {"a": "1"},
    }
    method = client.v1.payment_methods.create(params)
    assert method.card is not None
    assert (method.card.brand, method.card.last4, method.customer) == ("mastercard", "4444", None)
    assert method.billing_details.name == "Camille Durand"
    assert method.to_dict()["metadata"] == {"a": "1"}
    assert kinds(client) == []
    with pytest.raises(stripe.InvalidRequestError, match="No such token") as caught:
        client.v1.payment_methods.create({"type": "card", "card": {"token": "tok_none"}})
    assert caught.value.code == "resource_missing"


def test_card_numbers_are_refused_until_switched_on(http: Http, simulator: Server) -> None:
    sent = {
        "type": "card",
        "card[number]": "4000000000009995",
        "card[exp_month]": "4",
        "card[exp_year]": "2040",
    }
    refused = http("POST", "/v1/payment_methods", sent)
    assert (refused.status_code, refused.json()["error"]["type"]) == (402, "invalid_request_error")
    assert refused.json()["error"]["message"].startswith("Sending credit card numbers directly to the Stripe API")

    assert "raw_card_data" not in simulator.control.post("account", raw_card_data=True)
    made = http("POST", "/v1/payment_methods", sent).json()
    assert (made["card"]["last4"], made["card"]["exp_month"], made["card"]["exp_year"]) == ("9995", 4, 2040)
    wrong = http("POST", "/v1/payment_methods", sent | {"card[number]": "4242424242424241"})
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (402, "incorrect_number")
    late = http("POST", "/v1/payment_methods", sent | {"card[exp_month]": "13"})
    assert late.json()["error"]["code"] == "invalid_expiry_month"


def test_an_account(client: stripe.StripeClient) -> None:
    good: Any = {"type": "sepa_debit", "sepa_debit": {"iban": "FR1420041010050500013M02606"}, "billing_details": OWNER}
    method = client.v1.payment_methods.create(good)
    assert method.sepa_debit is not None
    assert (method.sepa_debit.country, method.sepa_debit.last4) == ("FR", "2606")
    refused: tuple[tuple[Any, str], ...] = (
        ({"sepa_debit": {"iban": "FR00"}}, "invalid_bank_account_iban"),
        ({"sepa_debit": {"iban": "AT271904300000055555"}}, "sepa_debit_bank_not_supported"),
        ({"sepa_debit": {"iban": "DE18370400440000066666"}}, "sepa_debit_debits_not_supported"),
        ({"billing_details": {"name": "Camille"}}, "parameter_missing"),
    )
    for change, code in refused:
        params: Any = {**good, **change}
        with pytest.raises(stripe.InvalidRequestError) as caught:
            client.v1.payment_methods.create(params)
        assert caught.value.code == code


def test_other_types(client: stripe.StripeClient) -> None:
    for kind, details in (("bancontact", {}), ("ideal", {"bank": "ing"}), ("link", {})):
        params: Any = {"type": kind, kind: details, "billing_details": OWNER}
        assert client.v1.payment_methods.create(params).type == kind
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.payment_methods.create({"type": "bancontact"})
    assert caught.value.param == "billing_details[name]"
    with pytest.raises(stripe.APIError, match="payment method type klarna"):
        client.v1.payment_methods.create({"type": "klarna", "klarna": {}})


def test_kept_changed_and_let_go(client: stripe.StripeClient) -> None:
    owner = customer(client)
    method = client.v1.payment_methods.attach("pm_card_visa", {"customer": owner})
    assert method.customer == owner
    with pytest.raises(stripe.InvalidRequestError, match="already been attached"):
        client.v1.payment_methods.attach(method.id, {"customer": customer(client)})
    params: Any = {"card": {"exp_year": 2039}, "billing_details": OWNER, "metadata": {"b": "2"}}
    changed = client.v1.payment_methods.update(method.id, params)
    assert changed.card is not None
    assert (changed.card.exp_year, changed.billing_details.email) == (2039, "camille@example.com")

    gone = client.v1.payment_methods.detach(method.id)
    assert gone.customer is None
    assert client.v1.payment_methods.list({"customer": owner}).data == []
    expected = ["payment_method.attached", "customer.created", "payment_method.updated", "payment_method.detached"]
    assert kinds(client)[1:] == expected
    assert client.v1.events.list().data[0].data.to_dict()["previous_attributes"] == {"customer": owner}
    with pytest.raises(stripe.InvalidRequestError, match="detachment is impossible"):
        client.v1.payment_methods.detach(method.id)
    with pytest.raises(stripe.InvalidRequestError, match="It may not be used again"):
        client.v1.payment_methods.attach(method.id, {"customer": owner})
    with pytest.raises(stripe.InvalidRequestError, match="before you can update it"):
        client.v1.payment_methods.update(method.id, {"metadata": {"a": "1"}})


def test_declined_cards_are_not_kept(client: stripe.StripeClient) -> None:
    owner = customer(client)
    with pytest.raises(stripe.CardError) as caught:
        client.v1.payment_methods.attach("pm_card_visa_chargeDeclinedInsufficientFunds", {"customer": owner})
    assert caught.value.error is not None
    assert (caught.value.code, caught.value.error.decline_code) == ("card_declined", "insufficient_funds")
    kept = client.v1.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": owner})
    assert [found.id for found in client.v1.payment_methods.list({"customer": owner}).data] == [kept.id]


def test_a_redirected_method_is_not_kept(client: stripe.StripeClient) -> None:
    method = client.v1.payment_methods.create({"type": "bancontact", "billing_details": OWNER})
    with pytest.raises(stripe.InvalidRequestError, match="cannot be saved to customers"):
        client.v1.payment_methods.attach(method.id, {"customer": customer(client)})


@pytest.mark.parametrize("name", sorted(CARD_NAMES))
def test_every_card_has_two_names(client: stripe.StripeClient, name: str) -> None:
    token = "tok_" + name.removeprefix("pm_card_")
    method = client.v1.payment_methods.create({"type": "card", "card": {"token": token}})
    assert method.card is not None
    assert method.card.last4 == CARD_NAMES[name][-4:]


@pytest.mark.parametrize("name", sorted(IBANS))
def test_every_test_account_has_a_name(client: stripe.StripeClient, name: str) -> None:
    method = client.v1.payment_methods.attach(name, {"customer": customer(client)})
    assert method.sepa_debit is not None
    assert (method.sepa_debit.last4, method.sepa_debit.country) == (IBANS[name][-4:], name[-2:].upper())
