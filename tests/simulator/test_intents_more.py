"""What a PaymentIntent and a customer may be told beyond a method's id: a method described, leave to debit, an address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import stripe
from tests.simulator.conftest import kinds

if TYPE_CHECKING:
    from stripe_simulator.server import Server

BACK = "https://shop.example/back"
IBAN = "FR1420041010050500013M02606"
AGREED: Any = {
    "customer_acceptance": {"type": "online", "online": {"ip_address": "192.0.2.7", "user_agent": "Firefox"}}
}
DEBIT: Any = {
    "type": "sepa_debit",
    "sepa_debit": {"iban": IBAN},
    "billing_details": {"name": "Alice Durand", "email": "alice@example.com"},
}
PLAIN: Any = {"amount": 5000, "currency": "eur"}
NOW: Any = {**PLAIN, "confirm": True, "return_url": BACK}
HOME: Any = {"name": "Alice Durand", "address": {"line1": "1 rue de la Paix", "city": "Paris", "country": "FR"}}


def make(client: stripe.StripeClient, **params: Any) -> stripe.PaymentIntent:
    wanted: Any = params
    return client.v1.payment_intents.create(wanted)


def test_a_method_is_described_instead_of_named(client: stripe.StripeClient) -> None:
    intent = make(client, **{**NOW, "payment_method_data": DEBIT, "mandate_data": AGREED})
    assert intent.status == "processing"
    charge = client.v1.charges.retrieve(str(intent.latest_charge)).to_dict()
    mandate = client.v1.mandates.retrieve(charge["payment_method_details"]["sepa_debit"]["mandate"])
    assert mandate.customer_acceptance.online is not None
    assert mandate.customer_acceptance.online.ip_address == "192.0.2.7"

    waits = make(client, **{**PLAIN, "payment_method_data": DEBIT})
    assert (waits.status, waits.payment_method is None) == ("requires_confirmation", False)
    change: Any = {"payment_method_data": {**DEBIT, "metadata": {"a": "b"}}}
    other = client.v1.payment_intents.update(waits.id, change)
    assert other.payment_method != waits.payment_method
    described = client.v1.payment_methods.retrieve(str(other.payment_method)).to_dict()
    assert described["metadata"] == {"a": "b"}
    confirmed = client.v1.payment_intents.confirm(waits.id, {"mandate_data": AGREED, "return_url": BACK})
    assert confirmed.status == "processing"


@pytest.mark.parametrize(
    ("data", "param"),
    [
        ({"type": "sepa_debit", "sepa_debit": {"iban": IBAN}}, "payment_method_data[billing_details][name]"),
        ({**DEBIT, "sepa_debit": {"iban": "FR00"}}, "payment_method_data[sepa_debit][iban]"),
        ({"type": "bancontact"}, "payment_method_data[billing_details][name]"),
    ],
)
def test_what_is_wrong_is_named_where_it_stands(client: stripe.StripeClient, data: Any, param: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        make(client, **{**NOW, "payment_method_data": data})
    assert caught.value.param == param
    if caught.value.code == "parameter_missing":
        assert param in str(caught.value)
    assert client.v1.payment_intents.list().data == []


def test_named_and_described_at_once(client: stripe.StripeClient) -> None:
    both: Any = {**NOW, "payment_method": "pm_card_visa", "payment_method_data": DEBIT}
    with pytest.raises(stripe.InvalidRequestError, match="only specify one"):
        make(client, **both)


def test_a_debit_wants_leave(client: stripe.StripeClient, simulator: Server) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="requires a mandate, but no existing mandate was found") as no:
        make(client, **{**NOW, "payment_method": "pm_sepaDebit_success_fr"})
    body: Any = no.value.json_body
    assert body["error"]["payment_intent"]["status"] == "requires_confirmation"
    assert kinds(client) == []
    alice = client.v1.customers.create({"email": "alice@example.com"})
    kept: Any = {"customer": alice.id, "setup_future_usage": "off_session", "mandate_data": AGREED}
    first = make(client, **{**NOW, **kept, "payment_method": "pm_sepaDebit_success_fr"})
    simulator.control.move(first.id, "settle")
    away: Any = {"customer": alice.id, "payment_method": first.payment_method, "off_session": True}
    assert make(client, **{**NOW, **away}).status == "processing"


def test_where_it_goes(client: stripe.StripeClient) -> None:
    intent = make(client, **{**NOW, "payment_method": "pm_card_visa", "shipping": HOME}).to_dict()
    assert intent["shipping"]["address"] == {
        **dict.fromkeys(("line2", "postal_code", "state")),
        **HOME["address"],
    }
    assert intent["shipping"]["tracking_number"] is None
    sent: Any = {**HOME, "carrier": "Colissimo", "tracking_number": "6A1"}
    charge = client.v1.charges.update(intent["latest_charge"], {"shipping": sent, "transfer_group": "g7"}).to_dict()
    assert (charge["shipping"]["carrier"], charge["transfer_group"]) == ("Colissimo", "g7")
    (event,) = client.v1.events.list({"type": "charge.updated"}).data
    assert set(event.to_dict()["data"]["previous_attributes"]) == {"shipping", "transfer_group"}
    waits = make(client, **{**PLAIN, "shipping": HOME})
    assert client.v1.payment_intents.update(waits.id, {"shipping": ""}).shipping is None


def test_a_customer_with_a_card_and_a_number(client: stripe.StripeClient) -> None:
    numbers: Any = [{"type": "eu_vat", "value": "FR12345678901"}, {"type": "fr_siret", "value": "12345678900011"}]
    alice = client.v1.customers.create({"payment_method": "pm_card_visa", "tax_id_data": numbers})
    assert [method.type for method in client.v1.customers.payment_methods.list(alice.id).data] == ["card"]
    assert {row.value for row in client.v1.customers.tax_ids.list(alice.id).data} == {row["value"] for row in numbers}
    assert kinds(client) == [
        "customer.created",
        "payment_method.attached",
        *["customer.tax_id.created"] * 2,
    ]


def test_a_customer_that_cannot_be_made(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.CardError):
        client.v1.customers.create({"payment_method": "pm_card_chargeDeclined"})
    wrong: Any = {"tax_id_data": [{"type": "eu_vat", "value": "no"}]}
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.customers.create(wrong)
    assert (caught.value.code, caught.value.param) == ("tax_id_invalid", "tax_id_data[0][value]")
    assert client.v1.customers.list().data == []
    assert kinds(client) == []
