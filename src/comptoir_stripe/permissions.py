"""The rights that our calls need, and for each a call that tells whether a key has it and can have no effect.

Names are Stripe's, from docs.stripe.com/keys/permissions-reference, docs.stripe.com/stripe-apps/reference/permissions and the answers of
its API (read November 2026). Refunds go by the right on charges; what a balance transaction was booked for has a right of its own, which
brings the balance along. Of early fraud warnings no list that we have read names one: `rak_radar_early_fraud_warning_read` is not
verified. A missing right is told by the name that the answer gives. Writing is tried on an object that cannot exist: Stripe judges the
key before it looks for the object, so that 403 says no, and 404 or 400 say yes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from comptoir.modules.api import Permission, Text

NOBODY = "comptoir0000000000000000"  # no id of Stripe's is so


@dataclass(frozen=True, slots=True)
class Right:
    """A permission, and the call that tells. `brings`: smaller ones that come with it, by which an answer may name what is missing."""

    name: str
    purpose: Text
    method: str
    path: str
    params: dict[str, Any] = field(default_factory=dict)
    brings: frozenset[str] = frozenset()


ACCOUNT = Right(
    "rak_accounts_kyc_basic_read",
    _("To know which account the keys open, and whether it can take payments."),
    "get",
    "/v1/account",
)
METHODS = Right(
    "rak_payment_method_configurations_read",
    _("To show which payment method types are active in your account."),
    "get",
    "/v1/payment_method_configurations",
    {"limit": 100},
)
RIGHTS = (
    ACCOUNT,
    Right(
        "rak_customer_write",
        _("To make a customer at Stripe at somebody's first payment."),
        "post",
        f"/v1/customers/cus_{NOBODY}",
        {"name": "-"},
    ),
    Right(
        "rak_checkout_session_write",
        _("To open and close payment pages."),
        "post",
        f"/v1/checkout/sessions/cs_{NOBODY}/expire",
    ),
    Right(
        "rak_payment_intent_read",
        _("To see whether a payment has arrived."),
        "get",
        "/v1/payment_intents",
        {"limit": 1},
    ),
    Right(
        "rak_charge_write",
        _("To see amounts, cards' last digits and refunds, and to give money back when you ask for it."),
        "post",
        f"/v1/refunds/re_{NOBODY}",
        {"metadata": {"-": "-"}},
    ),
    Right(
        "rak_dispute_write",
        _("To see what customers dispute at their bank, and to answer it."),
        "post",
        f"/v1/disputes/du_{NOBODY}",
        {"metadata": {"comptoir": "-"}},
    ),
    Right(
        "rak_radar_early_fraud_warning_read",
        _("To see which payments their card’s bank believes to be fraud."),
        "get",
        "/v1/radar/early_fraud_warnings",
        {"limit": 1},
    ),
    Right(
        "rak_balance_transaction_source_read",
        _("To see Stripe's fees and what is booked to you."),
        "get",
        "/v1/balance_transactions",
        # A key that may read the balance alone may not read what a row was booked for.
        {"limit": 1, "expand": ["data.source"]},
        frozenset({"rak_balance_read"}),
    ),
    Right(
        "rak_payout_read",
        _("To see your payouts, and which payments each contains."),
        "get",
        "/v1/payouts",
        {"limit": 1},
    ),
    Right("rak_event_read", _("To catch up on events that did not reach us."), "get", "/v1/events", {"limit": 1}),
    Right(
        "rak_webhook_write",
        _("To make, check and repair the webhook endpoint."),
        "post",
        f"/v1/webhook_endpoints/we_{NOBODY}",
        {"description": "-"},
    ),
    METHODS,
)
PERMISSIONS = tuple(Permission(right.name, right.purpose) for right in RIGHTS)
