"""Stripe's test names, each with what its documentation says of it: the table is written by hand, not read from the code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import stripe
from tests.simulator.conftest import Http

from stripe_simulator.payments.tokens import CARD_NAMES, IBANS

if TYPE_CHECKING:
    from stripe_simulator.server import Server

BACK = "https://shop.example/back"
AGREED: Any = {"customer_acceptance": {"type": "offline"}}
MINUTES, DAYS = 240, 10 * 86400  # seconds: past three minutes, past six business days

PAID = [
    "visa",
    "visa_debit",
    "mastercard",
    "amex",
    "discover",
    "bypassPending",
    "authenticationRequiredSetupForOffSession",
]
DECLINED = {
    "visa_chargeDeclined": ("card_declined", "generic_decline"),
    "chargeDeclined": ("card_declined", "generic_decline"),
    "visa_chargeDeclinedInsufficientFunds": ("card_declined", "insufficient_funds"),
    "chargeDeclinedInsufficientFunds": ("card_declined", "insufficient_funds"),
    "visa_chargeDeclinedLostCard": ("card_declined", "lost_card"),
    "chargeDeclinedLostCard": ("card_declined", "lost_card"),
    "visa_chargeDeclinedStolenCard": ("card_declined", "stolen_card"),
    "chargeDeclinedStolenCard": ("card_declined", "stolen_card"),
    "visa_chargeDeclinedVelocityLimitExceeded": ("card_declined", "card_velocity_exceeded"),
    "chargeDeclinedVelocityLimitExceeded": ("card_declined", "card_velocity_exceeded"),
    "chargeDeclinedExpiredCard": ("expired_card", "expired_card"),
    "chargeDeclinedIncorrectCvc": ("incorrect_cvc", "incorrect_cvc"),
    "chargeDeclinedProcessingError": ("processing_error", "processing_error"),
    "chargeCustomerFail": ("card_declined", "generic_decline"),
}
BLOCKED = ["chargeDeclinedFraudulent", "radarBlock", "riskLevelHighest"]
RISKY = {"riskLevelElevated": "elevated"}
CHALLENGED = {  # what comes of it once the bank was satisfied
    "authenticationRequiredOnSetup": None,
    "authenticationRequired": None,
    "threeDSecure2Required": None,
    "threeDSecureRequiredChargeDeclined": "generic_decline",
}
DISPUTED = {  # reasons, and whether the first is only an inquiry
    "createDispute": (["fraudulent"], False),
    "createDisputeProductNotReceived": (["product_not_received"], False),
    "createDisputeInquiry": (["unrecognized"], True),
    "createMultipleDisputes": (["fraudulent", "product_not_received"], False),
    "createComplianceDispute": (["noncompliant"], False),
    "createMastercardComplianceDispute": (["noncompliant"], False),
}
WARNED = ["createIssuerFraudRecord"]
REFUNDED = {"pendingRefund": ("pending", "succeeded"), "refundFail": ("succeeded", "failed")}
DEBITS: dict[str, tuple[str, str | None]] = {  # how it stands after some minutes; the failure in the end
    "success": ("processing", None),
    "successDelayed": ("succeeded", None),
    "failed": ("processing", "generic_could_not_process"),
    "failedDelayed": ("requires_payment_method", "generic_could_not_process"),
    "disputed": ("processing", None),
    "exceedsWeeklyVolumeLimit": ("processing", "charge_exceeds_source_limit"),
    "exceedsWeeklyTransactionLimit": ("processing", "charge_exceeds_weekly_limit"),
    "insufficientFunds": ("processing", "insufficient_funds"),
}
COUNTRIES = ("at", "be", "de", "fr", "ie")


def pay(client: stripe.StripeClient, method: str, **more: Any) -> stripe.PaymentIntent:
    plain = {"amount": 5000, "currency": "eur", "payment_method": method, "confirm": True, "return_url": BACK}
    params: Any = {**plain, **more}
    return client.v1.payment_intents.create(params)


def told(error: stripe.StripeError) -> dict[str, Any]:
    body: Any = error.json_body
    found: dict[str, Any] = body["error"]
    return found


def refused(client: stripe.StripeClient, method: str, **more: Any) -> stripe.CardError:
    with pytest.raises(stripe.CardError) as caught:
        pay(client, method, **more)
    return caught.value


def test_no_name_is_left_out() -> None:
    cards = {*PAID, *DECLINED, *BLOCKED, *RISKY, *CHALLENGED, *DISPUTED, *WARNED, *REFUNDED}
    assert {f"pm_card_{name}" for name in cards} == set(CARD_NAMES)
    assert {f"pm_sepaDebit_{name}_{country}" for name in DEBITS for country in COUNTRIES} == set(IBANS)


@pytest.mark.parametrize("name", PAID)
@pytest.mark.parametrize("off_session", [False, True])
def test_paid(client: stripe.StripeClient, name: str, off_session: bool) -> None:
    assert pay(client, f"pm_card_{name}", off_session=off_session).status == "succeeded"


@pytest.mark.parametrize("name", RISKY)
def test_paid_at_a_risk(client: stripe.StripeClient, name: str) -> None:
    intent = pay(client, f"pm_card_{name}")
    charge = client.v1.charges.retrieve(str(intent.latest_charge))
    assert charge.outcome is not None
    assert (intent.status, charge.outcome.risk_level) == ("succeeded", RISKY[name])


@pytest.mark.parametrize("name", DECLINED)
def test_declined(client: stripe.StripeClient, name: str) -> None:
    error = refused(client, f"pm_card_{name}")
    assert (error.code, told(error)["decline_code"]) == DECLINED[name]
    charge = client.v1.charges.retrieve(told(error)["charge"])
    assert (charge.status, charge.failure_code) == ("failed", DECLINED[name][0])


@pytest.mark.parametrize("name", BLOCKED)
def test_blocked_as_too_risky(client: stripe.StripeClient, name: str) -> None:
    error = refused(client, f"pm_card_{name}")
    charge = client.v1.charges.retrieve(told(error)["charge"])
    assert charge.outcome is not None
    assert (charge.outcome.type, charge.outcome.risk_level) == ("blocked", "highest")
    assert charge.outcome.network_status == "not_sent_to_network"


@pytest.mark.parametrize("name", CHALLENGED)
def test_challenged(client: stripe.StripeClient, simulator: Server, name: str) -> None:
    assert refused(client, f"pm_card_{name}", off_session=True).code == "authentication_required"
    intent = pay(client, f"pm_card_{name}")
    assert intent.status == "requires_action"
    simulator.control.move(intent.id, "settle")
    after = client.v1.payment_intents.retrieve(intent.id)
    assert after.status == ("succeeded" if CHALLENGED[name] is None else "requires_payment_method")
    assert (after.last_payment_error and after.last_payment_error.decline_code) == CHALLENGED[name]


@pytest.mark.parametrize("name", DISPUTED)
def test_disputed(client: stripe.StripeClient, simulator: Server, name: str) -> None:
    reasons, inquiry = DISPUTED[name]
    pay(client, f"pm_card_{name}")
    assert client.v1.disputes.list().data == []
    simulator.control.advance(10)
    found = list(reversed(client.v1.disputes.list().data))
    assert [dispute.reason for dispute in found] == reasons
    assert {dispute.status for dispute in found} == {"warning_needs_response" if inquiry else "needs_response"}


@pytest.mark.parametrize("name", WARNED)
def test_warned(client: stripe.StripeClient, simulator: Server, name: str) -> None:
    charge = pay(client, f"pm_card_{name}").latest_charge
    simulator.control.advance(10)
    assert [warning.charge for warning in client.v1.radar.early_fraud_warnings.list().data] == [charge]


@pytest.mark.parametrize("name", REFUNDED)
def test_given_back(client: stripe.StripeClient, simulator: Server, name: str) -> None:
    refund = client.v1.refunds.create({"payment_intent": pay(client, f"pm_card_{name}").id})
    simulator.control.advance(15)
    assert (refund.status, client.v1.refunds.retrieve(refund.id).status) == REFUNDED[name]


def test_bypass_pending(client: stripe.StripeClient, simulator: Server) -> None:
    pay(client, "pm_card_bypassPending")
    simulator.control.advance(3)
    (row,) = client.v1.balance_transactions.list().data
    assert row.status == "available"


def test_a_number_that_is_none(http: Http, simulator: Server) -> None:
    simulator.control.post("account", raw_card_data=True)
    sent = {"type": "card", "card[number]": "4242424242424241", "card[exp_month]": "12", "card[exp_year]": "2040"}
    answer = http("POST", "/v1/payment_methods", sent)
    assert (answer.status_code, answer.json()["error"]["code"]) == (402, "incorrect_number")


@pytest.mark.parametrize("country", COUNTRIES)
@pytest.mark.parametrize("name", DEBITS)
def test_debits(client: stripe.StripeClient, simulator: Server, name: str, country: str) -> None:
    soon, failure = DEBITS[name]
    intent = pay(client, f"pm_sepaDebit_{name}_{country}", mandate_data=AGREED)
    assert intent.status == "processing"
    simulator.control.advance(MINUTES)
    assert client.v1.payment_intents.retrieve(intent.id).status == soon
    simulator.control.advance(DAYS)
    after = client.v1.payment_intents.retrieve(intent.id, {"expand": ["latest_charge"]})
    charge = after.latest_charge
    assert charge is not None
    assert not isinstance(charge, str)
    assert (after.status, charge.failure_code) == ("requires_payment_method" if failure else "succeeded", failure)
    disputes = [(one.reason, one.status) for one in client.v1.disputes.list().data]
    assert disputes == ([("debit_not_authorized", "lost")] if name == "disputed" else [])
