"""Disputes: made by test cards and by hand, answered with evidence, won, lost, appealed; what becomes of the money."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests
import stripe
from tests.simulator.conftest import kinds, pay_by_card, session_params

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.simulator.browser import Page
    from tests.simulator.conftest import Http

    from stripe_simulator.server import Server

FRAUD, NOT_RECEIVED, INQUIRY, MULTIPLE = "4000000000000259", "4000000000002685", "4000000000001976", "4000004040000079"
DAY = 86400
OPENED = ["charge.dispute.created", "charge.dispute.funds_withdrawn"]


@pytest.fixture
def paid(
    client: stripe.StripeClient, simulator: Server, visiting: Callable[[str | None], Page]
) -> Callable[[str], stripe.Charge]:
    """A charge of 99.90 by a card, five seconds ago; the clock stands still."""

    def pay(number: str) -> stripe.Charge:
        simulator.control.post("clock", frozen=True)
        pay_by_card(visiting(client.v1.checkout.sessions.create(session_params()).url), number)
        simulator.control.advance(6)
        return client.v1.charges.list({"limit": 1}).data[0]

    return pay


def disputes(client: stripe.StripeClient) -> list[stripe.Dispute]:
    return client.v1.disputes.list().data


def only(client: stripe.StripeClient) -> stripe.Dispute:
    (found,) = disputes(client)
    return found


def told(client: stripe.StripeClient) -> list[str]:
    """Events about disputes, oldest first."""
    return [kind for kind in kinds(client) if kind.startswith("charge.dispute.")]


def money(client: stripe.StripeClient) -> list[tuple[str, int, int]]:
    """Rows of disputes: category, amount, fee; oldest first."""
    rows = client.v1.balance_transactions.list({"type": "adjustment"}).data
    return [(row.reporting_category, row.amount, row.fee) for row in reversed(rows)]


def refused(call: Callable[[], Any]) -> tuple[str | None, str | None]:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        call()
    return caught.value.code, caught.value.user_message


@pytest.mark.parametrize(
    ("number", "reason", "code"), [(FRAUD, "fraudulent", "10.4"), (NOT_RECEIVED, "product_not_received", "13.1")]
)
def test_a_card_disputes_what_it_paid(
    client: stripe.StripeClient, paid: Callable[[str], stripe.Charge], number: str, reason: str, code: str
) -> None:
    charge = paid(number)
    assert charge.disputed
    dispute = only(client)
    assert (dispute.status, dispute.reason, dispute.amount, dispute.charge, dispute.payment_intent) == (
        "needs_response",
        reason,
        9990,
        charge.id,
        charge.payment_intent,
    )
    assert (dispute.network_reason_code, dispute.is_charge_refundable) == (code, False)
    assert dispute.evidence.customer_email_address == "camille@example.com"
    details = dispute.evidence_details
    assert (details.has_evidence, details.past_due, details.submission_count) == (False, False, 0)
    assert details.due_by is not None
    assert dispute.created + 7 * DAY < details.due_by < dispute.created + 21 * DAY
    assert told(client) == OPENED
    assert money(client) == [("dispute", -9990, 1500)]
    assert dispute.balance_transactions[0].source == dispute.id
    assert refused(lambda: client.v1.refunds.create({"charge": charge.id}))[0] == "charge_disputed"


@pytest.mark.parametrize(("word", "status"), [("winning_evidence", "won"), ("losing_evidence", "lost")])
def test_evidence_wins_or_loses(
    client: stripe.StripeClient, simulator: Server, paid: Callable[[str], stripe.Charge], word: str, status: str
) -> None:
    charge = paid(FRAUD)
    sent = client.v1.disputes.update(only(client).id, {"evidence": {"uncategorized_text": word}})
    assert (sent.status, sent.evidence_details.submission_count) == ("under_review", 1)
    assert told(client) == [*OPENED, "charge.dispute.updated"]
    assert refused(lambda: client.v1.disputes.update(sent.id, {"evidence": {"uncategorized_text": word}}))[1]
    simulator.control.advance(6)
    done = only(client)
    assert done.status == status
    if status == "won":
        assert told(client)[3:] == ["charge.dispute.funds_reinstated", "charge.dispute.closed"]
        assert money(client) == [("dispute", -9990, 1500), ("dispute_reversal", 9990, 0)]  # the fee is kept
        assert [row.amount for row in done.balance_transactions] == [-9990, 9990]
        assert client.v1.refunds.create({"charge": charge.id, "amount": 100}).status == "succeeded"
    else:
        assert told(client)[3:] == ["charge.dispute.closed"]
        assert money(client) == [("dispute", -9990, 1500)]
        assert refused(lambda: client.v1.refunds.create({"charge": charge.id}))[0] == "charge_disputed"
    assert refused(lambda: client.v1.disputes.close(done.id))[1] == "This dispute is already closed"


def test_evidence_is_staged_in_parts(
    client: stripe.StripeClient, simulator: Server, paid: Callable[[str], stripe.Charge]
) -> None:
    paid(NOT_RECEIVED)
    identifier = only(client).id
    client.v1.disputes.update(identifier, {"evidence": {"product_description": "A VPS, one year"}, "submit": False})
    staged = client.v1.disputes.update(
        identifier,
        {"evidence": {"uncategorized_text": "winning_evidence"}, "submit": False, "metadata": {"ticket": "7"}},
    )
    assert (staged.status, staged.evidence.product_description) == ("needs_response", "A VPS, one year")
    details = staged.evidence_details
    assert (details.has_evidence, details.submission_count, details.submission_method) == (True, 0, "not_submitted")
    simulator.control.advance(60)
    assert only(client).status == "needs_response"  # nobody at the bank has read it
    assert client.v1.disputes.update(identifier, {"metadata": {"ticket": "8"}}).status == "needs_response"
    sent = client.v1.disputes.update(identifier, {"submit": True})
    assert (sent.status, sent.evidence.product_description) == ("under_review", "A VPS, one year")
    simulator.control.advance(6)
    assert (only(client).status, only(client).metadata["ticket"]) == ("won", "8")


def test_the_due_date_passes(
    client: stripe.StripeClient, simulator: Server, paid: Callable[[str], stripe.Charge]
) -> None:
    paid(FRAUD)
    due = only(client).evidence_details.due_by
    assert due is not None
    simulator.control.post("clock", set=due - 1)
    assert only(client).status == "needs_response"
    simulator.control.advance(3)
    assert only(client).status == "lost"
    assert told(client) == [*OPENED, "charge.dispute.closed"]


def test_what_was_answered_in_time_is_not_lost(
    client: stripe.StripeClient, simulator: Server, paid: Callable[[str], stripe.Charge]
) -> None:
    paid(FRAUD)
    client.v1.disputes.update(only(client).id, {"evidence": {"uncategorized_text": "They logged in every day."}})
    simulator.control.advance(60 * DAY)
    assert only(client).status == "under_review"  # until a hand decides


def test_giving_up(client: stripe.StripeClient, paid: Callable[[str], stripe.Charge]) -> None:
    paid(FRAUD)
    assert client.v1.disputes.close(only(client).id).status == "lost"
    assert told(client) == [*OPENED, "charge.dispute.closed"]


def test_an_inquiry_moves_no_money(
    client: stripe.StripeClient, simulator: Server, paid: Callable[[str], stripe.Charge]
) -> None:
    charge = paid(INQUIRY)
    inquiry = only(client)
    assert (inquiry.status, inquiry.is_charge_refundable) == ("warning_needs_response", True)
    assert (told(client), money(client)) == (["charge.dispute.created"], [])
    sent = client.v1.disputes.update(inquiry.id, {"evidence": {"uncategorized_text": "winning_evidence"}})
    assert sent.status == "warning_under_review"
    client.v1.refunds.create({"charge": charge.id, "amount": 1000})
    simulator.control.advance(6)
    assert (only(client).status, money(client)) == ("warning_closed", [])


def test_a_full_refund_settles_an_inquiry(client: stripe.StripeClient, paid: Callable[[str], stripe.Charge]) -> None:
    charge = paid(INQUIRY)
    client.v1.refunds.create({"charge": charge.id})
    assert only(client).status == "warning_closed"
    assert told(client) == ["charge.dispute.created", "charge.dispute.closed"]


def test_an_inquiry_becomes_a_chargeback(
    client: stripe.StripeClient, simulator: Server, paid: Callable[[str], stripe.Charge]
) -> None:
    charge = paid(INQUIRY)
    client.v1.refunds.create({"charge": charge.id, "amount": 990})
    evidence: Any = {"uncategorized_text": "escalate_inquiry_evidence"}
    client.v1.disputes.update(only(client).id, {"evidence": evidence})
    simulator.control.advance(6)
    dispute = only(client)
    assert (dispute.status, dispute.is_charge_refundable) == ("needs_response", False)
    assert (dispute.amount, dispute.evidence_details.submission_count) == (9000, 0)
    assert money(client) == [("dispute", -9000, 1500)]
    assert told(client)[2:] == ["charge.dispute.updated", "charge.dispute.funds_withdrawn"]
    assert refused(lambda: client.v1.refunds.create({"charge": charge.id}))[0] == "charge_disputed"


def test_a_charge_disputed_twice(client: stripe.StripeClient, paid: Callable[[str], stripe.Charge]) -> None:
    paid(MULTIPLE)
    assert [(each.reason, each.amount) for each in reversed(disputes(client))] == [
        ("fraudulent", 4995),
        ("product_not_received", 4995),
    ]


def test_moved_by_hand(client: stripe.StripeClient, simulator: Server, paid: Callable[[str], stripe.Charge]) -> None:
    charge = paid("4242424242424242")
    assert not charge.disputed
    client.v1.refunds.create({"charge": charge.id, "amount": 990})
    move = simulator.control.move
    move(str(charge.payment_intent), "dispute", code="duplicate")
    dispute = only(client)
    assert (dispute.amount, dispute.reason) == (9000, "duplicate")
    move(dispute.id, "win", code="4000")  # a part comes back
    assert money(client)[1:] == [("dispute_reversal", 4000, 0)]
    other = paid("5555555555554444")
    move(other.id, "dispute", code="inquiry")
    inquiry = disputes(client)[0]
    assert inquiry.network_reason_code == "4837"
    move(inquiry.id, "escalate")
    move(inquiry.id, "lose")
    assert disputes(client)[0].status == "lost"
    for identifier, do, code in ((inquiry.id, "win", None), (other.id, "dispute", None), (other.id, "dispute", "x")):
        url = f"{simulator.base_url}/_control/objects/{identifier}"
        assert requests.post(url, json={"do": do, "code": code}, timeout=5).status_code == 409


def test_disputes_are_listed(client: stripe.StripeClient, paid: Callable[[str], stripe.Charge]) -> None:
    one, two = paid(FRAUD), paid(INQUIRY)
    (found,) = client.v1.disputes.list({"charge": one.id}).data
    assert found.charge == one.id
    (found,) = client.v1.disputes.list({"payment_intent": str(two.payment_intent), "expand": ["data.charge"]}).data
    assert isinstance(found.charge, stripe.Charge)
    assert found.charge.id == two.id


def test_what_a_key_may_do(
    client: stripe.StripeClient, simulator: Server, http: Http, paid: Callable[[str], stripe.Charge]
) -> None:
    paid(FRAUD)
    path = f"/v1/disputes/{only(client).id}"
    reads = simulator.control.post("keys", mode="test", permissions=["rak_dispute_read"])["key"]
    writes = simulator.control.post("keys", mode="test", permissions=["rak_dispute_write"])["key"]
    assert http("GET", path, key=reads).status_code == 200
    denied = http("POST", path + "/close", key=reads)
    assert (denied.status_code, "rak_dispute_write" in denied.text) == (403, True)
    assert http("POST", path + "/close", key=writes).json()["status"] == "lost"


def test_a_disputed_debit_is_lost_on_arrival(
    client: stripe.StripeClient, simulator: Server, visiting: Callable[[str | None], Page]
) -> None:
    simulator.control.post("clock", frozen=True)
    session = client.v1.checkout.sessions.create(session_params())
    page = visiting(session.url).choose("method-sepa_debit")
    page.fill(iban="FR5720041010050500013M02608", iban_name="Camille").press("pay")
    simulator.control.advance(60)
    assert disputes(client) == []
    simulator.control.move(session.id, "settle")
    assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"
    simulator.control.advance(6)
    dispute = only(client)
    assert (dispute.status, dispute.evidence_details.due_by) == ("lost", 0)
    assert told(client) == [*OPENED, "charge.dispute.closed"]
    assert money(client) == [("dispute", -9990, 750)]
    assert refused(lambda: client.v1.disputes.update(dispute.id, {"evidence": {"uncategorized_text": "no"}}))[1]


def test_an_appeal(client: stripe.StripeClient, simulator: Server, paid: Callable[[str], stripe.Charge]) -> None:
    paid(FRAUD)
    identifier = only(client).id
    url = f"{simulator.base_url}/_control/objects/{identifier}"
    assert requests.post(url, json={"do": "appeal"}, timeout=5).status_code == 409  # nothing was submitted yet
    client.v1.disputes.update(identifier, {"evidence": {"uncategorized_text": "losing_evidence"}})
    simulator.control.advance(6)
    simulator.control.move(identifier, "appeal")
    appealed = only(client)
    assert (appealed.status, appealed.evidence_details.submission_count) == ("appeal_needs_response", 1)
    reason: Any = {"appeal": {"card": {"reason_for_filing": "winning_evidence"}}}
    sent = client.v1.disputes.update(identifier, {"evidence": reason})
    assert (sent.status, sent.evidence_details.submission_count) == ("appeal_under_review", 2)
    simulator.control.advance(6)
    assert only(client).status == "won"
    assert money(client) == [("dispute", -9990, 1500), ("dispute_reversal", 9990, 0)]


def test_an_appeal_that_nobody_answers(
    client: stripe.StripeClient, simulator: Server, paid: Callable[[str], stripe.Charge]
) -> None:
    paid(FRAUD)
    identifier = only(client).id
    early: Any = {"appeal": {"card": {"reason_for_filing": "Too early."}}}
    assert refused(lambda: client.v1.disputes.update(identifier, {"evidence": early}))[1]
    client.v1.disputes.update(identifier, {"evidence": {"uncategorized_text": "They logged in."}})
    simulator.control.move(identifier, "appeal")
    simulator.control.advance(11 * DAY)
    assert only(client).status == "lost"


def test_a_dispute_in_another_currency_than_the_accounts(client: stripe.StripeClient, simulator: Server) -> None:
    simulator.control.post("clock", frozen=True)
    simulator.control.post("account", settlement_currencies=["eur"])
    simulator.control.post("payments", amount=10000, currency="usd", card="pm_card_createDispute")
    simulator.control.advance(6)
    dispute = only(client)
    assert (dispute.amount, dispute.currency) == (10000, "usd")
    simulator.control.move(dispute.id, "win")
    rows = only(client).balance_transactions
    assert [(row.amount, row.currency, row.exchange_rate) for row in rows] == [(-8000, "eur", 0.8), (8000, "eur", 0.8)]


def test_nothing_is_said_to_a_closed_dispute(client: stripe.StripeClient, paid: Callable[[str], stripe.Charge]) -> None:
    paid(FRAUD)
    identifier = only(client).id
    client.v1.disputes.close(identifier)
    evidence: Any = {"uncategorized_text": "Too late."}
    for call in (
        lambda: client.v1.disputes.close(identifier),
        lambda: client.v1.disputes.update(identifier, {"evidence": evidence}),
        lambda: client.v1.disputes.update(identifier, {"submit": True}),
    ):
        assert refused(call) == (None, "This dispute is already closed")
    assert client.v1.disputes.update(identifier, {"metadata": {"ticket": "9"}}).metadata["ticket"] == "9"


def test_evidence_has_a_longest_text(client: stripe.StripeClient, paid: Callable[[str], stripe.Charge]) -> None:
    paid(FRAUD)
    identifier = only(client).id
    long: Any = {"product_description": "x" * 20_001}
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.disputes.update(identifier, {"evidence": long})
    assert caught.value.param == "evidence[product_description]"
    assert only(client).status == "needs_response"
