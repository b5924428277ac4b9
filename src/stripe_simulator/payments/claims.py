"""What a dispute says: the cardholder's reason, the network's code for it, the empty form for the evidence."""

from dataclasses import dataclass

from stripe_simulator import ids
from stripe_simulator.payments import enhanced
from stripe_simulator.types import Json
from stripe_simulator.world import Mode

DAY = 86400
DAYS_TO_ANSWER = 9
FEE, SEPA_FEE = 1500, 750  # minor units; kept whatever the outcome
FRAUD, NOT_RECEIVED, UNRECOGNIZED, UNAUTHORIZED = (
    "fraudulent",
    "product_not_received",
    "unrecognized",
    "debit_not_authorized",
)
# the networks' codes: Visa, Mastercard
CODES = {
    FRAUD: ("10.4", "4837"),
    NOT_RECEIVED: ("13.1", "4853"),
    "product_unacceptable": ("13.3", "4853"),
    "subscription_canceled": ("13.2", "4841"),
    "credit_not_processed": ("13.6", "4853"),
    "duplicate": ("12.6.1", "4834"),
    UNRECOGNIZED: ("10.4", "4837"),
    "general": ("12.5", "4834"),
    enhanced.NONCOMPLIANT: ("11.3", "4808"),
}
TEXTS = (
    "access_activity_log",
    "billing_address",
    "cancellation_policy_disclosure",
    "cancellation_rebuttal",
    "customer_email_address",
    "customer_name",
    "customer_purchase_ip",
    "duplicate_charge_explanation",
    "duplicate_charge_id",
    "product_description",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "service_date",
    "shipping_address",
    "shipping_carrier",
    "shipping_date",
    "shipping_tracking_number",
    "uncategorized_text",
)
FILES = (
    "cancellation_policy",
    "customer_communication",
    "customer_signature",
    "duplicate_charge_documentation",
    "receipt",
    "refund_policy",
    "service_documentation",
    "shipping_documentation",
    "uncategorized_file",
)


@dataclass(frozen=True, slots=True)
class Claim:
    """Why a payment is disputed. An inquiry moves no money; `part` is a share of the charge: 2 is the half of it."""

    reason: str
    inquiry: bool = False
    part: int = 1


def due_by(mode: Mode) -> int:
    """Unix seconds: the last second of the day, UTC, by which evidence must be there."""
    return (mode.world.clock.seconds() // DAY + DAYS_TO_ANSWER + 1) * DAY - 1


def new_dispute(mode: Mode, charge: Json, claim: Claim, amount: int) -> Json:
    """A dispute of `amount` minor units, stored; money and events are the caller's business."""
    details = _details(charge, claim)
    enhanced_eligibility = enhanced.eligibility(mode, charge, claim.reason, details)
    return mode.put(
        {
            "id": ids.make("du"),
            "object": "dispute",
            "amount": amount,
            "balance_transactions": [],
            "charge": charge["id"],
            "created": mode.world.clock.seconds(),
            "currency": charge["currency"],
            "enhanced_eligibility_types": list(enhanced_eligibility),
            "evidence": _evidence(charge),
            "evidence_details": {
                "due_by": due_by(mode) if details else 0,
                "enhanced_eligibility": enhanced_eligibility,
                "has_evidence": False,
                "past_due": False,
                "submission_count": 0,
                "submission_method": "not_submitted",
            },
            "intended_submission_method": "prefer_manual" if details else None,
            "is_charge_refundable": claim.inquiry,
            "livemode": mode.livemode,
            "metadata": {},
            "network_reason_code": details["card"]["network_reason_code"] if details else None,
            "payment_intent": charge["payment_intent"],
            "payment_method_details": details,
            "reason": claim.reason,
            "status": "warning_needs_response" if claim.inquiry else "needs_response",
        }
    )


def _details(charge: Json, claim: Claim) -> Json | None:
    paid_by = charge["payment_method_details"]
    if paid_by["type"] != "card":
        return None
    brand: str = paid_by["card"]["brand"]
    visa, mastercard = CODES.get(claim.reason, CODES["general"])
    card = {
        "brand": brand,
        "case_type": "inquiry" if claim.inquiry else "chargeback",
        "network": brand,
        "network_reason_code": mastercard if brand == "mastercard" else visa,
    }
    if not claim.inquiry and enhanced.compliance(card, claim.reason):
        card["case_type"] = "compliance"
    return {"card": card, "type": "card"}


def _evidence(charge: Json) -> Json:
    """The empty form, filled in with what the payment knows of the customer."""
    billing = charge["billing_details"]
    address = billing["address"] or {}
    lines = [address.get(name) for name in ("line1", "line2", "postal_code", "city", "state", "country")]
    return {
        **dict.fromkeys((*TEXTS, *FILES)),
        "appeal": None,
        "enhanced_evidence": {},
        "billing_address": ", ".join(line for line in lines if line) or None,
        "customer_email_address": billing["email"] or charge["receipt_email"],
        "customer_name": billing["name"],
    }
