"""Payouts: money that Stripe sends to the host's bank, automatically or by hand."""

from __future__ import annotations

from comptoir.modules.api import (
    PayoutSeen,
    PayoutShown,
    PayoutStatus,
    Subject,
)
from comptoir_stripe.amounts import from_stripe
from comptoir_stripe.claims import Claim
from comptoir_stripe.told import Data, moment

STATUSES = {
    "pending": PayoutStatus.PENDING,
    "in_transit": PayoutStatus.IN_TRANSIT,
    "paid": PayoutStatus.PAID,
    "failed": PayoutStatus.FAILED,
    "canceled": PayoutStatus.CANCELLED,
}


def shown(subject: Subject, payout: Data) -> PayoutShown:
    """One payout, with the claims that this read confirms: one that has failed may have arrived before."""
    found = seen(payout)
    told = {
        Claim.PAID_OUT: found.status in {PayoutStatus.PAID, PayoutStatus.FAILED},
        Claim.PAYOUT_FAILED: found.status is PayoutStatus.FAILED,
        Claim.RECONCILED: found.reconciled,
    }
    return PayoutShown(subject, found, shows=frozenset(str(claim) for claim, so in told.items() if so))


def seen(payout: Data) -> PayoutSeen:
    """A payout in the contract's words. Raises ValueError: its amount is not exact."""
    return PayoutSeen(
        id=payout["id"],
        amount=from_stripe(payout["amount"], payout["currency"]),
        status=STATUSES[payout["status"]],
        created=moment(payout["created"]),
        arrival=moment(payout["arrival_date"]).date(),  # midnight UTC of the day
        automatic=bool(payout["automatic"]),
        reconciled=payout.get("reconciliation_status") == "completed",
        why=str(payout.get("failure_code") or ""),
    )
