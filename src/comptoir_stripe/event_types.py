"""The events that we subscribe to: what we act on, or what the account's page shows. Everything else is stored without effect."""

from __future__ import annotations

PAYMENTS = (
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "payment_intent.succeeded",
    "payment_intent.payment_failed",
    "payment_intent.processing",
    "payment_intent.requires_action",
    "payment_intent.canceled",
    "charge.updated",  # the fee is booked some seconds after the charge
)
WAY_BACK = (
    "charge.refunded",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    "radar.early_fraud_warning.created",
    "radar.early_fraud_warning.updated",
)
SAVED = (
    "setup_intent.succeeded",
    "setup_intent.setup_failed",
    "payment_method.attached",
    "payment_method.detached",
    "payment_method.updated",
    "payment_method.automatically_updated",
    "mandate.updated",
    "customer.updated",
    "customer.deleted",
)
ACCOUNT = (
    "payout.paid",
    "payout.failed",
    "payout.reconciliation_completed",
    "account.updated",
    "capability.updated",
)
NEEDED = (*PAYMENTS, *WAY_BACK, *SAVED, *ACCOUNT)

THIN = "v1."  # before the type, in endpoints and events with thin payloads
ALL = "*"
LISTED = 20  # so many types does Stripe take in one listing


def needed(*, thin: bool) -> tuple[str, ...]:
    """The types as an endpoint of this kind of payload names them."""
    return tuple(THIN + name for name in NEEDED) if thin else NEEDED


def missing(enabled: list[str], *, thin: bool) -> tuple[str, ...]:
    """Those that an endpoint should have and has not."""
    return () if ALL in enabled else tuple(name for name in needed(thin=thin) if name not in enabled)


def superfluous(enabled: list[str], *, thin: bool) -> tuple[str, ...]:
    """Those that an endpoint has and nobody needs; they do no harm."""
    return tuple(sorted(name for name in enabled if name not in needed(thin=thin)))


def groups() -> list[list[str]]:
    """The types in parts of a size that Stripe lists."""
    return [list(NEEDED[start : start + LISTED]) for start in range(0, len(NEEDED), LISTED)]
