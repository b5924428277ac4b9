"""What Stripe says of disputes and of early fraud warnings, in the contract's words. Nothing here asks Stripe."""

from __future__ import annotations

from comptoir.modules.api import DisputeSeen, DisputeStatus, WarningSeen
from comptoir_stripe.amounts import from_stripe
from comptoir_stripe.told import Data, moment, settlement

STATUSES = {
    "needs_response": DisputeStatus.NEEDS_RESPONSE,
    "warning_needs_response": DisputeStatus.NEEDS_RESPONSE,
    "appeal_needs_response": DisputeStatus.NEEDS_RESPONSE,
    "under_review": DisputeStatus.UNDER_REVIEW,
    "warning_under_review": DisputeStatus.UNDER_REVIEW,
    "appeal_under_review": DisputeStatus.UNDER_REVIEW,
    "won": DisputeStatus.WON,
    "lost": DisputeStatus.LOST,
    "warning_closed": DisputeStatus.CLOSED,
    "prevented": DisputeStatus.CLOSED,
}
STANDING = {DisputeStatus.NEEDS_RESPONSE, DisputeStatus.UNDER_REVIEW, DisputeStatus.LOST}
OPEN = {DisputeStatus.NEEDS_RESPONSE, DisputeStatus.UNDER_REVIEW}
# The bank has decided when Stripe hears of it, and takes no evidence (docs.stripe.com/payments/sepa-debit, "Disputed payments").
FINAL = {"sepa_debit"}


def standing(word: str, *, final: bool) -> DisputeStatus:
    """By Stripe's word, and whether the bank has decided already. One that we do not know yet is one that only the bank can move."""
    status = STATUSES.get(word, DisputeStatus.UNDER_REVIEW)
    return DisputeStatus.LOST if final and status in OPEN else status


def dispute(thing: Data, charge: Data | None) -> DisputeSeen:
    """A dispute of a charge, where that was read."""
    word = str(thing["status"])
    status = standing(word, final=_type(charge) in FINAL)
    details = thing.get("evidence_details") or {}
    due = details.get("due_by") or 0
    waits = status is DisputeStatus.NEEDS_RESPONSE
    rows = (settlement(each, paid_in=thing["currency"]) for each in thing.get("balance_transactions") or ())
    booked = [each for each in rows if each is not None]
    return DisputeSeen(
        id=thing["id"],
        charge=_id(thing.get("charge")),
        amount=from_stripe(thing["amount"], thing["currency"]),
        status=status,
        reason=str(thing.get("reason") or "general"),
        created=moment(thing["created"]),
        inquiry=word.startswith("warning_"),
        appeal=word.startswith("appeal_"),
        refundable=bool(thing.get("is_charge_refundable")),
        answerable=waits and bool(due),
        staged=bool(details.get("has_evidence")),
        sent=bool(details.get("submission_count"))
        and not waits,  # an appeal waits for another answer than the first one
        due_by=moment(due) if due else None,
        settlements=tuple(sorted(booked, key=lambda each: (each.booked_at or moment(0), each.amount.minor > 0))),
    )


def warning(thing: Data) -> WarningSeen:
    """An early fraud warning."""
    return WarningSeen(
        id=thing["id"],
        charge=_id(thing.get("charge")),
        kind=str(thing.get("fraud_type") or "misc"),
        actionable=bool(thing.get("actionable")),
        created=moment(thing["created"]),
    )


def _type(charge: Data | None) -> str:
    return str(((charge or {}).get("payment_method_details") or {}).get("type") or "")


def _id(value: Data | str | None) -> str:
    return str(value.get("id") or "") if isinstance(value, dict) else value or ""
