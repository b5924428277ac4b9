"""Stripe's reporting categories, in words.

Source: docs.stripe.com/reports/reporting-categories, read November 2026. Those of products that a host does not use through us keep
Stripe's own word.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _, pgettext_lazy

from comptoir.modules.api import Text

TITLES: dict[str, Text] = {
    "charge": _("payments"),
    "charge_failure": _("payments that failed later"),
    "refund": _("refunds"),
    "refund_failure": _("refunds that failed"),
    "partial_capture_reversal": _("parts that were not captured"),
    "dispute": _("disputes"),
    "dispute_reversal": _("disputes given back"),
    "payout": _("payouts"),
    "payout_reversal": _("payouts that came back"),
    "fee": _("fees of Stripe's own"),
    "tax": pgettext_lazy("books", "taxes"),
    "network_cost": _("costs of the card networks"),
    "transfer": _("transfers to other accounts"),
    "transfer_reversal": _("transfers that came back"),
    "topup": _("top-ups of the balance"),
    "topup_reversal": _("top-ups that came back"),
    "other_adjustment": _("other adjustments"),
    "risk_reserved_funds": _("held in reserve by Stripe"),
}


def category_title(category: str) -> Text:
    """A category in words; Stripe's word where we have none."""
    return TITLES.get(category, category)
