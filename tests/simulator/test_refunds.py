"""Refunds: at once, pending, failed late; what the balance and the charge say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests
import stripe
from tests.simulator.conftest import kinds, pay_by_card, session_params

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.simulator.browser import Page
    from tests.simulator.guard import Guard
    from tests.simulator.receiver import Receiver

    from stripe_simulator.server import Server

PENDING, FAILING = "4000000000007726", "4000000000005126"


@pytest.fixture
def paid(
    client: stripe.StripeClient, simulator: Server, visiting: Callable[[str | None], Page]
) -> Callable[[str], stripe.Charge]:
    """A charge of 99.90 by a card, with its balance transaction; the clock stands still."""

    def pay(number: str) -> stripe.Charge:
        simulator.control.post("clock", frozen=True)
        pay_by_card(visiting(client.v1.checkout.sessions.create(session_params()).url), number)
        simulator.control.advance(3)
        return client.v1.charges.list({"limit": 1}).data[0]

    return pay


def since(client: stripe.StripeClient, count: int) -> list[str]:
    return kinds(client)[count:]


def test_the_banks_reference_comes_later(
    client: stripe.StripeClient, simulator: Server, paid: Callable[[str], stripe.Charge]
) -> None:
    charge = paid("4242424242424242")
    before = len(kinds(client))
    refund = client.v1.refunds.create({"charge": charge.id, "amount": 1000})
    assert refund.status == "succeeded"
    assert refund.payment_method == charge.payment_method
    assert since(client, before) == ["refund.created", "charge.refunded"]
    simulator.control.advance(21)
    assert since(client, before)[2:] == ["refund.updated", "charge.refund.updated"]
    details = client.v1.refunds.retrieve(refund.id).destination_details
    assert details is not None
    assert details.card is not None
    assert (details.card.reference_status, len(details.card.reference or "")) == ("available", 23)
    simulator.control.advance(60 * 86400)
    assert since(client, before)[4:] == []


def test_a_refund_that_is_pending_at_first(
    client: stripe.StripeClient, simulator: Server, paid: Callable[[str], stripe.Charge]
) -> None:
    charge = paid(PENDING)
    refund = client.v1.refunds.create({"charge": charge.id})
    assert (refund.status, refund.pending_reason) == ("pending", "processing")
    assert client.v1.charges.retrieve(charge.id).refunded
    simulator.control.advance(11)
    done = client.v1.refunds.retrieve(refund.id).to_dict()
    assert (done["status"], "pending_reason" in done) == ("succeeded", False)
    (event,) = client.v1.events.list({"type": "refund.updated"}).data
    assert event.to_dict()["data"]["previous_attributes"]["status"] == "pending"


def test_a_refund_that_fails_after_it_had_succeeded(
    client: stripe.StripeClient, simulator: Server, paid: Callable[[str], stripe.Charge], watch: Guard
) -> None:
    charge = paid(FAILING)
    before = len(kinds(client))
    refund = client.v1.refunds.create({"charge": charge.id, "amount": 4000})
    assert (refund.status, client.v1.charges.retrieve(charge.id).amount_refunded) == ("succeeded", 4000)

    simulator.control.advance(30)

    failed = client.v1.refunds.retrieve(refund.id, {"expand": ["failure_balance_transaction"]})
    assert (failed.status, failed.failure_reason) == ("failed", "expired_or_canceled_card")
    back = failed.failure_balance_transaction
    assert back is not None
    assert not isinstance(back, str)
    assert (back.type, back.net, back.reporting_category, back.source) == (
        "refund_failure",
        4000,
        "refund_failure",
        refund.id,
    )
    again = client.v1.charges.retrieve(charge.id)
    assert (again.amount_refunded, again.refunded) == (0, False)
    assert since(client, before) == [
        "refund.created",
        "charge.refunded",
        "refund.failed",
        "refund.updated",
        "charge.refund.updated",
        "charge.updated",
    ]
    assert sum(row.net for row in client.v1.balance_transactions.list().data) == 9990 - 175
    for event in client.v1.events.list({"limit": 100}).data:
        assert watch.event(event.to_dict()) == []
    assert client.v1.refunds.create({"charge": charge.id}).amount == 9990  # it can be tried again


def test_moved_by_hand(client: stripe.StripeClient, simulator: Server, paid: Callable[[str], stripe.Charge]) -> None:
    charge = paid(PENDING)
    first = client.v1.refunds.create({"charge": charge.id, "amount": 1000})
    second = client.v1.refunds.create({"charge": charge.id, "amount": 2000})
    simulator.control.move(first.id, "settle")
    simulator.control.move(first.id, "refund_fail", code="lost_or_stolen_card")
    simulator.control.move(second.id, "fail")
    simulator.control.advance(86400)  # what the card had planned finds nothing left to do
    found = [client.v1.refunds.retrieve(each.id) for each in (first, second)]
    assert [(each.status, each.failure_reason) for each in found] == [
        ("failed", "lost_or_stolen_card"),
        ("failed", "expired_or_canceled_card"),
    ]
    assert client.v1.charges.retrieve(charge.id).amount_refunded == 0
    for identifier, do in ((first.id, "settle"), (first.id, "refund_fail"), (charge.id, "refund_fail")):
        url = f"{simulator.base_url}/_control/objects/{identifier}"
        assert requests.post(url, json={"do": do}, timeout=5).status_code == 409


def test_refunds_are_listed(
    client: stripe.StripeClient, simulator: Server, paid: Callable[[str], stripe.Charge]
) -> None:
    one, two = paid("4242424242424242"), paid("5555555555554444")
    first = client.v1.refunds.create({"charge": one.id, "amount": 100})
    simulator.control.advance(100)
    second = client.v1.refunds.create({"payment_intent": str(two.payment_intent), "amount": 200})

    def found(**params: Any) -> list[str]:
        return [refund.id for refund in client.v1.refunds.list(params).data]  # type: ignore[arg-type]

    assert found() == [second.id, first.id]
    assert found(charge=one.id) == [first.id]
    assert found(payment_intent=two.payment_intent) == [second.id]
    assert found(created={"gte": second.created}) == [second.id]
    assert found(starting_after=second.id) == [first.id]
    parts = ["data.charge", "data.balance_transaction", "data.failure_balance_transaction"]
    (row,) = client.v1.refunds.list({"charge": one.id, "expand": parts}).data
    body = row.to_dict()
    assert "failure_balance_transaction" not in body  # there is none, and asking for it is no mistake
    assert (body["charge"]["amount_refunded"], body["balance_transaction"]["net"]) == (100, -100)


def test_a_debit_is_given_back(
    client: stripe.StripeClient, simulator: Server, visiting: Callable[[str | None], Page]
) -> None:
    session = client.v1.checkout.sessions.create(session_params())
    page = visiting(session.url).choose("method-sepa_debit")
    page.fill(iban="FR1420041010050500013M02606", iban_name="Camille").press("pay")
    simulator.control.move(session.id, "settle")
    simulator.control.advance(3)
    (charge,) = client.v1.charges.list().data
    refund = client.v1.refunds.create({"charge": charge.id, "amount": 990})
    assert refund.id.startswith("pyr_")
    rows = [(row.type, row.net) for row in client.v1.balance_transactions.list().data]
    assert rows == [("payment_refund", -990), ("payment", 9815)]


def test_refunds_at_an_old_version(
    client: stripe.StripeClient, simulator: Server, paid: Callable[[str], stripe.Charge], receiver: Receiver
) -> None:
    simulator.control.post("endpoints", url=receiver.url, api_version="2019-09-09")
    charge = paid(FAILING)
    client.v1.refunds.create({"charge": charge.id, "amount": 4000})
    simulator.control.advance(30)
    told = {event["type"]: event["data"]["object"] for event in receiver.events}
    (inside,) = told["charge.refunded"]["refunds"]["data"]
    assert (inside["status"], inside["amount"]) == ("succeeded", 4000)
    assert told["charge.refund.updated"]["status"] == "failed"
    assert [refund["status"] for refund in told["charge.updated"]["refunds"]["data"]] == ["failed"]
