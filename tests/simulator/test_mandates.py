"""A mandate ends: the bank says so, a hand says so, the account is taken away. Whoever listens is told once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests
import stripe
from tests.simulator.conftest import kinds

if TYPE_CHECKING:
    from tests.simulator.guard import Guard

    from stripe_simulator.server import Server

BACK = "https://shop.example/back"
OWNER: Any = {"name": "Alice Durand", "email": "alice@example.com"}
AGREED: Any = {
    "customer_acceptance": {"type": "online", "online": {"ip_address": "192.0.2.7", "user_agent": "Firefox"}}
}
GOOD = "FR1420041010050500013M02606"


@pytest.fixture
def saved(client: stripe.StripeClient) -> stripe.SetupIntent:
    """Alice's account may be debited."""
    alice = client.v1.customers.create({"email": "alice@example.com"})
    account: Any = {"type": "sepa_debit", "sepa_debit": {"iban": GOOD}, "billing_details": OWNER}
    method = client.v1.payment_methods.create(account)
    return client.v1.setup_intents.create(
        {
            "customer": alice.id,
            "payment_method": method.id,
            "confirm": True,
            "mandate_data": AGREED,
            "return_url": BACK,
        }
    )


def debit(client: stripe.StripeClient, saved: stripe.SetupIntent, **more: Any) -> stripe.PaymentIntent:
    params: Any = {
        "amount": 990,
        "currency": "eur",
        "customer": saved.customer,
        "payment_method": saved.payment_method,
        "confirm": True,
        "return_url": BACK,
        **more,
    }
    return client.v1.payment_intents.create(params)


def told(client: stripe.StripeClient, watch: Guard) -> list[tuple[str, str, dict[str, Any]]]:
    """The id, the status and the former values of each `mandate.updated`."""
    events = [event.to_dict() for event in client.v1.events.list({"type": "mandate.updated"}).data]
    assert [watch.event(event) for event in events] == [[] for _ in events]
    return [
        (event["data"]["object"]["id"], event["data"]["object"]["status"], event["data"]["previous_attributes"])
        for event in events
    ]


@pytest.mark.parametrize("code", ["authorization_revoked", "debit_not_authorized", "account_closed", "debit_disputed"])
def test_the_bank_says_at_the_next_debit_that_it_was_revoked(
    client: stripe.StripeClient, simulator: Server, saved: stripe.SetupIntent, watch: Guard, code: str
) -> None:
    intent = debit(client, saved, off_session=True)
    simulator.control.move(intent.id, "fail", code=code)
    mandate = str(saved.mandate)
    assert client.v1.mandates.retrieve(mandate).status == "inactive"
    assert told(client, watch) == [(mandate, "inactive", {"status": "active"})]
    assert {"charge.failed", "payment_intent.payment_failed"} <= set(kinds(client))
    assert client.v1.payment_intents.retrieve(intent.id).status == "requires_payment_method"


def test_want_of_funds_ends_no_mandate(
    client: stripe.StripeClient, simulator: Server, saved: stripe.SetupIntent, watch: Guard
) -> None:
    intent = debit(client, saved, off_session=True)
    simulator.control.move(intent.id, "fail", code="insufficient_funds")
    assert client.v1.mandates.retrieve(str(saved.mandate)).status == "active"
    assert told(client, watch) == []
    assert debit(client, saved, off_session=True).status == "processing"


def test_without_a_mandate_only_the_customer_can_give_leave_again(
    client: stripe.StripeClient, simulator: Server, saved: stripe.SetupIntent, watch: Guard
) -> None:
    mandate = str(saved.mandate)
    simulator.control.move(mandate, "revoke")
    assert told(client, watch) == [(mandate, "inactive", {"status": "active"})]
    url = f"{simulator.base_url}/_control/objects/{mandate}"
    assert requests.post(url, json={"do": "revoke"}, timeout=5).status_code == 409

    with pytest.raises(stripe.InvalidRequestError) as caught:
        debit(client, saved, off_session=True)
    assert caught.value.code == "payment_intent_mandate_invalid"
    assert client.v1.charges.list().data == []

    with pytest.raises(stripe.InvalidRequestError, match="requires a mandate"):
        debit(client, saved)
    charge = client.v1.charges.retrieve(str(debit(client, saved, mandate_data=AGREED).latest_charge))
    assert charge.payment_method_details is not None
    assert charge.payment_method_details.sepa_debit is not None
    new = str(charge.payment_method_details.sepa_debit.mandate)
    assert new != mandate
    assert client.v1.mandates.retrieve(new).status == "active"
    with pytest.raises(stripe.InvalidRequestError) as inactive:
        debit(client, saved, mandate=mandate)
    assert inactive.value.code == "payment_intent_mandate_invalid"
    with pytest.raises(stripe.InvalidRequestError, match="No such mandate"):
        debit(client, saved, mandate="mandate_1")
    assert debit(client, saved, mandate=new).status == "processing"
    assert debit(client, saved, off_session=True).status == "processing"


def test_an_account_that_is_taken_away_cannot_be_debited(
    client: stripe.StripeClient, saved: stripe.SetupIntent, watch: Guard
) -> None:
    client.v1.payment_methods.detach(str(saved.payment_method))
    assert told(client, watch) == [(str(saved.mandate), "inactive", {"status": "active"})]
    assert kinds(client)[-2:] == ["payment_method.detached", "mandate.updated"]
    with pytest.raises(stripe.InvalidRequestError, match="detached from a Customer"):
        debit(client, saved, off_session=True)
    assert told(client, watch) == [(str(saved.mandate), "inactive", {"status": "active"})]
