"""Evidence by the networks' own rules: Visa's Compelling Evidence 3.0, and compliance disputes with their fee."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
import stripe
from tests.simulator.test_products import refused

if TYPE_CHECKING:
    from stripe_simulator.server import Server

DAY = 86400
ROOM = "evidence[enhanced_evidence]"
COMPELLING = f"{ROOM}[visa_compelling_evidence_3]"
PRIORS = f"{COMPELLING}[prior_undisputed_transactions]"
KNOWN = {"customer_purchase_ip": "192.0.2.7", "customer_account_id": "alice", "product_description": "VPS"}


def pay(client: stripe.StripeClient, card: str = "pm_card_visa") -> str:
    params: Any = {
        "amount": 5000,
        "currency": "eur",
        "payment_method": card,
        "confirm": True,
        "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
    }
    return str(client.v1.payment_intents.create(params).latest_charge)


def disputed(client: stripe.StripeClient, simulator: Server, charge: str, code: str = "fraudulent") -> Any:
    simulator.control.move(charge, "dispute", code=code)
    return client.v1.disputes.list({"charge": charge}).data[0]


def answer(client: stripe.StripeClient, dispute: Any, *, submit: bool = False, **programmes: Any) -> Any:
    params: Any = {"evidence": {"enhanced_evidence": programmes}, "submit": submit}
    return client.v1.disputes.update(dispute.id, params)


def compelling(client: stripe.StripeClient, dispute: Any, **said: Any) -> Any:
    after = answer(client, dispute, visa_compelling_evidence_3=said)
    return after.to_dict()["evidence_details"]["enhanced_eligibility"]["visa_compelling_evidence_3"]


@pytest.fixture
def history(client: stripe.StripeClient, simulator: Server) -> list[str]:
    """Two payments by a Visa card, 130 days ago, and one by another card."""
    simulator.control.post("clock", frozen=True)
    made = [pay(client), pay(client), pay(client, "pm_card_mastercard")]
    simulator.control.advance(130 * DAY)
    return made


@pytest.fixture
def dispute(client: stripe.StripeClient, simulator: Server, history: list[str]) -> Any:
    del history
    return disputed(client, simulator, pay(client))


def test_a_history_makes_a_dispute_eligible(client: stripe.StripeClient, simulator: Server, dispute: Any) -> None:
    assert dispute.enhanced_eligibility_types == ["visa_compelling_evidence_3"]
    rating = dispute.to_dict()["evidence_details"]["enhanced_eligibility"]["visa_compelling_evidence_3"]
    assert (rating["status"], len(rating["required_actions"])) == ("requires_action", 5)
    for card, code in (("pm_card_visa", "product_not_received"), ("pm_card_mastercard", "fraudulent")):
        other = disputed(client, simulator, pay(client, card), code)
        assert (other.enhanced_eligibility_types, other.evidence.enhanced_evidence.to_dict()) == ([], {})
    inquiry = disputed(client, simulator, pay(client), "inquiry")
    assert inquiry.enhanced_eligibility_types == []
    simulator.control.move(inquiry.id, "escalate")
    assert client.v1.disputes.retrieve(inquiry.id).enhanced_eligibility_types == ["visa_compelling_evidence_3"]


def test_a_short_history_does_not(client: stripe.StripeClient, simulator: Server) -> None:
    simulator.control.post("clock", frozen=True)
    pay(client), pay(client)
    simulator.control.advance(119 * DAY)
    assert disputed(client, simulator, pay(client)).enhanced_eligibility_types == []


def test_a_history_that_is_disputed_does_not(
    client: stripe.StripeClient, simulator: Server, history: list[str]
) -> None:
    simulator.control.move(history[0], "dispute")
    assert disputed(client, simulator, pay(client)).enhanced_eligibility_types == []


def test_it_is_qualified_step_by_step(client: stripe.StripeClient, dispute: Any, history: list[str]) -> None:
    first = compelling(client, dispute, disputed_transaction={**KNOWN, "merchandise_or_services": "services"})
    assert first == {
        "required_actions": [
            "missing_customer_identifiers",
            "missing_prior_undisputed_transaction_description",
            "missing_prior_undisputed_transactions",
        ],
        "status": "requires_action",
    }
    strangers = [{"charge": history[0], **KNOWN}, {"charge": history[1], **KNOWN, "customer_purchase_ip": "192.0.2.8"}]
    second = compelling(client, dispute, prior_undisputed_transactions=strangers)
    assert second["required_actions"] == ["missing_customer_identifiers"]
    friends = [{"charge": charge, **KNOWN} for charge in history[:2]]
    last = compelling(client, dispute, prior_undisputed_transactions=friends)
    assert last == {"required_actions": [], "status": "qualified"}
    kept = client.v1.disputes.retrieve(dispute.id).to_dict()["evidence"]["enhanced_evidence"]
    assert kept["visa_compelling_evidence_3"]["disputed_transaction"]["merchandise_or_services"] == "services"
    assert [row["charge"] for row in kept["visa_compelling_evidence_3"]["prior_undisputed_transactions"]] == history[:2]
    assert client.v1.disputes.update(dispute.id, {"submit": True}).status == "under_review"


@pytest.mark.parametrize(
    ("shared", "enough"),
    [
        ({"customer_purchase_ip": "192.0.2.7"}, False),
        ({"customer_purchase_ip": "192.0.2.7", "customer_device_id": "imei-0123456789"}, True),
        ({"customer_device_fingerprint": "f" * 20, "customer_device_id": "imei-0123456789"}, False),
        ({"customer_account_id": "alice", "customer_email_address": "alice@example.com"}, False),
        (
            {"customer_device_id": "imei-0123456789", "shipping_address": {"line1": "1 rue Haute", "city": "Lille"}},
            True,
        ),
    ],
)
def test_what_shows_that_it_is_the_same_person(
    client: stripe.StripeClient, dispute: Any, history: list[str], shared: dict[str, Any], *, enough: bool
) -> None:
    priors = [{"charge": charge, **shared} for charge in history[:2]]
    rating = compelling(client, dispute, disputed_transaction=shared, prior_undisputed_transactions=priors)
    assert ("missing_customer_identifiers" not in rating["required_actions"]) == enough


def test_what_is_no_history(client: stripe.StripeClient, dispute: Any, history: list[str]) -> None:
    def wrong(*charges: str, **more: str) -> str | None:
        said = [{"charge": charge, **more} for charge in charges]
        return refused(lambda: compelling(client, dispute, prior_undisputed_transactions=said))[1]

    assert wrong("ch_none") == f"{PRIORS}[0][charge]"
    assert wrong(history[0], history[2]) == f"{PRIORS}[1][charge]"  # by another card
    assert wrong(history[0], dispute.charge) == f"{PRIORS}[1][charge]"
    assert wrong(history[0], history[0]) == PRIORS
    assert wrong(history[0], customer_device_id="short") == f"{PRIORS}[0][customer_device_id]"
    assert wrong(history[0], customer_device_fingerprint="short") == f"{PRIORS}[0][customer_device_fingerprint]"
    kept = client.v1.disputes.retrieve(dispute.id)
    assert (kept.evidence.enhanced_evidence.to_dict(), kept.evidence_details.has_evidence) == ({}, False)


def test_it_is_cleared(client: stripe.StripeClient, dispute: Any) -> None:
    compelling(client, dispute, disputed_transaction=KNOWN)
    cleared = client.v1.disputes.update(dispute.id, {"evidence": {"enhanced_evidence": ""}, "submit": False})
    assert cleared.evidence.enhanced_evidence.to_dict() == {}
    rating = cleared.to_dict()["evidence_details"]["enhanced_eligibility"]["visa_compelling_evidence_3"]
    assert len(rating["required_actions"]) == 5


@pytest.mark.parametrize(("card", "network"), [("pm_card_visa", "visa"), ("pm_card_mastercard", "mastercard")])
def test_a_compliance_dispute_has_a_fee(
    client: stripe.StripeClient, simulator: Server, card: str, network: str
) -> None:
    programme = f"{network}_compliance"
    found = disputed(client, simulator, pay(client, card), "noncompliant")
    assert (found.payment_method_details.card.case_type, found.enhanced_eligibility_types) == (
        "compliance",
        [programme],
    )
    plain: Any = {"evidence": {"uncategorized_text": "we follow the rules"}}
    unpaid = refused(lambda: client.v1.disputes.update(found.id, plain))
    assert unpaid[1] == f"{ROOM}[{programme}][fee_acknowledged]"
    assert client.v1.disputes.retrieve(found.id).status == "needs_response"
    after = answer(client, found, submit=True, **{programme: {"fee_acknowledged": True}})
    assert after.status == "under_review"
    assert after.to_dict()["evidence_details"]["enhanced_eligibility"] == {programme: {"status": "fee_acknowledged"}}


def test_a_programme_of_another_dispute(client: stripe.StripeClient, simulator: Server) -> None:
    found = disputed(client, simulator, pay(client))
    for programme in ("visa_compliance", "mastercard_compliance"):
        said: Any = {programme: {"fee_acknowledged": True}}
        assert refused(partial(answer, client, found, **said))[1] == f"{ROOM}[{programme}]"
    said = {"visa_compelling_evidence_3": {"disputed_transaction": KNOWN}}
    assert refused(lambda: answer(client, found, **said))[1] == COMPELLING
