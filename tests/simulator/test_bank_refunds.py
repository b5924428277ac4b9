"""Refunds that go back to a bank account: of Bancontact, iDEAL and debits, of what has not come yet, without the money."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import stripe
from tests.simulator.browser import visit
from tests.simulator.conftest import kinds
from tests.simulator.test_payouts import FREE

if TYPE_CHECKING:
    from collections.abc import Iterator

    import requests
    from tests.simulator.guard import Guard

    from stripe_simulator.server import Server

BACK = "https://shop.example/back"
OWNER: Any = {"name": "Alice Durand", "email": "alice@example.com"}
DAY = 86400
MONDAY = 2_240_524_800  # 31 December 2040, midnight UTC
METHODS = ["bancontact", "ideal", "sepa_debit"]


@pytest.fixture
def monday(simulator: Server) -> Iterator[None]:
    simulator.control.post("clock", set=MONDAY)
    simulator.control.post("clock", frozen=True)
    yield
    simulator.control.post("clock", frozen=False)


def waiting(client: stripe.StripeClient, kind: str) -> stripe.PaymentIntent:
    """A payment of 99.90 as its customer leaves it: at the bank's page, or with a debit on its way."""
    params: Any = {"type": kind, "billing_details": OWNER}
    agreed: Any = {}
    if kind == "sepa_debit":
        params["sepa_debit"] = {"iban": "FR1420041010050500013M02606"}
        agreed["mandate_data"] = {"customer_acceptance": {"type": "offline"}}
    method = client.v1.payment_methods.create(params)
    plain = {"amount": 9990, "currency": "eur", "payment_method": method.id, "confirm": True, "return_url": BACK}
    wanted: Any = {**plain, **agreed}
    return client.v1.payment_intents.create(wanted)


def paid(client: stripe.StripeClient, simulator: Server, web: requests.Session, kind: str) -> str:
    """The charge of such a payment once the money came, by id."""
    intent = waiting(client, kind)
    if kind == "sepa_debit":
        simulator.control.move(intent.id, "settle")
    else:
        assert intent.next_action is not None
        assert intent.next_action.redirect_to_url is not None
        visit(str(intent.next_action.redirect_to_url.url), web).press("authorize")
    simulator.control.advance(3)
    return str(client.v1.payment_intents.retrieve(intent.id).latest_charge)


@pytest.mark.parametrize("kind", METHODS)
@pytest.mark.usefixtures("monday")
def test_in_parts_and_at_once(client: stripe.StripeClient, simulator: Server, web: requests.Session, kind: str) -> None:
    charge = paid(client, simulator, web, kind)
    first = client.v1.refunds.create({"charge": charge, "amount": 990, "expand": ["balance_transaction"]})
    assert first.status == "succeeded"
    assert first.id.startswith("pyr_")
    assert first.destination_details is not None
    assert first.destination_details.to_dict() == {"type": kind}
    assert isinstance(first.balance_transaction, stripe.BalanceTransaction)
    row = first.balance_transaction
    assert (row.type, row.reporting_category, row.net) == ("payment_refund", "refund", -990)
    assert client.v1.refunds.create({"charge": charge}).amount == 9000
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.refunds.create({"charge": charge})
    assert caught.value.code == "charge_already_refunded"
    with pytest.raises(stripe.InvalidRequestError, match="requires_action"):
        client.v1.refunds.cancel(first.id)


@pytest.mark.parametrize("kind", METHODS)
@pytest.mark.usefixtures("monday")
def test_pending_for_some_days(
    client: stripe.StripeClient, simulator: Server, web: requests.Session, watch: Guard, kind: str
) -> None:
    shown = simulator.control.post("account", slow_bank_refunds=True)
    assert "slow_bank_refunds" not in shown
    charge = paid(client, simulator, web, kind)
    refund = client.v1.refunds.create({"charge": charge})
    assert (refund.status, refund.pending_reason) == ("pending", "processing")
    assert client.v1.charges.retrieve(charge).refunded
    with pytest.raises(stripe.InvalidRequestError, match="status of pending"):
        client.v1.refunds.cancel(refund.id)
    simulator.control.advance(3 * DAY)  # Thursday
    assert client.v1.refunds.retrieve(refund.id).status == "pending"
    simulator.control.advance(DAY)
    assert client.v1.refunds.retrieve(refund.id).status == "succeeded"
    (event,) = client.v1.events.list({"type": "refund.updated"}).data
    assert watch.event(event.to_dict()) == []


@pytest.mark.usefixtures("monday")
def test_the_bank_sends_it_back(client: stripe.StripeClient, simulator: Server, web: requests.Session) -> None:
    simulator.control.post("account", slow_bank_refunds=True)
    charge = paid(client, simulator, web, "ideal")
    refund = client.v1.refunds.create({"charge": charge})
    simulator.control.move(refund.id, "fail", code="declined")
    failed = client.v1.refunds.retrieve(refund.id, {"expand": ["failure_balance_transaction"]})
    assert (failed.status, failed.failure_reason) == ("failed", "declined")
    assert isinstance(failed.failure_balance_transaction, stripe.BalanceTransaction)
    assert failed.failure_balance_transaction.type == "payment_failure_refund"
    simulator.control.advance(10 * DAY)  # the days that were planned change nothing any more
    assert client.v1.refunds.retrieve(refund.id).status == "failed"
    assert not client.v1.charges.retrieve(charge).refunded


def test_what_has_not_come_cannot_be_given_back(client: stripe.StripeClient, simulator: Server) -> None:
    intent = waiting(client, "sepa_debit")
    charge = str(intent.latest_charge)
    with pytest.raises(stripe.InvalidRequestError, match="still pending"):
        client.v1.refunds.create({"charge": charge})
    with pytest.raises(stripe.InvalidRequestError, match="does not have a successful charge to refund") as caught:
        client.v1.refunds.create({"payment_intent": intent.id})
    assert caught.value.param == "payment_intent"
    simulator.control.move(intent.id, "fail")
    with pytest.raises(stripe.InvalidRequestError, match="was not paid"):
        client.v1.refunds.create({"charge": charge})
    assert client.v1.refunds.list().data == []


@pytest.mark.usefixtures("monday")
def test_without_the_money_it_fails_where_a_cards_would_wait(
    client: stripe.StripeClient, simulator: Server, web: requests.Session, watch: Guard
) -> None:
    simulator.control.post("account", debit_negative_balances=False)
    charge = paid(client, simulator, web, "bancontact")
    before = len(kinds(client))
    refund = client.v1.refunds.create({"charge": charge, "amount": 1000})
    body = refund.to_dict()
    assert (body["status"], body["failure_reason"], body["balance_transaction"]) == (
        "failed",
        "insufficient_funds",
        None,
    )
    assert "pending_reason" not in body
    assert "failure_balance_transaction" not in body
    assert kinds(client)[before:][:3] == ["refund.created", "charge.refunded", "refund.failed"]
    assert client.v1.charges.retrieve(charge).amount_refunded == 0
    for event in client.v1.events.list({"limit": 100}).data:
        assert watch.event(event.to_dict()) == []
    simulator.control.advance(FREE)
    assert client.v1.refunds.create({"charge": charge, "amount": 1000}).status == "succeeded"
