"""Stripe's words for why a bank disputes or warns, in words for staff (docs.stripe.com/disputes/categories, read November 2026)."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from comptoir.modules.api import DisputeReason, Text

REASONS: Mapping[str, DisputeReason] = {
    "fraudulent": DisputeReason(
        _("The cardholder says that they did not make this payment"),
        _(
            "Show that it was they: sign-ins before and after from the same network as the order, mails that they answered, "
            "the use of the service. Where it was a stolen card, give the dispute up."
        ),
    ),
    "unrecognized": DisputeReason(
        _("The cardholder does not recognise the payment on their statement"),
        _(
            "Show what was ordered and by whom. Often the name on the statement is to blame: see that it is your shop’s."
        ),
    ),
    "product_not_received": DisputeReason(
        _("The customer says that they did not receive what they paid for"),
        _("Show when the service was delivered, the mail with its access, and sign-ins or use since then."),
    ),
    "product_unacceptable": DisputeReason(
        _("The customer says that it was not as described, or did not work"),
        _("Show the description at the day of the order, what was delivered, and how you answered complaints."),
    ),
    "subscription_canceled": DisputeReason(
        _("The customer says that they had cancelled before they were charged"),
        _(
            "Show that no cancellation reached you before the charge, the terms that were accepted, and any use since then."
        ),
    ),
    "credit_not_processed": DisputeReason(
        _("The customer says that a refund is owed and did not come"),
        _("Show that it was given back, with its day, or why the terms that were accepted owe none."),
    ),
    "duplicate": DisputeReason(
        _("The customer says that they were charged more than once for the same thing"),
        _("Show both payments and what each one was for. Where one was a mistake, give the dispute up."),
    ),
    "general": DisputeReason(
        _("The bank gives no particular reason"),
        _("Show what was ordered, by whom, when it was delivered, and the use since then."),
    ),
    "customer_initiated": DisputeReason(
        _("The customer has asked their bank to take the payment back"),
        _("Ask the customer why. Where they withdraw it, say so in your answer and add what they wrote."),
    ),
    "noncompliant": DisputeReason(
        _("The bank says that a rule of the card network was broken"),
        _("See at the provider which one. Answering costs a fee of the network’s."),
    ),
    "debit_not_authorized": DisputeReason(
        _("The payer says that they did not authorise the debit"),
        _("Banks decide this alone. Agree with the customer on another way to pay."),
    ),
    "insufficient_funds": DisputeReason(
        _("There was not enough money on the payer’s account"), _("Ask the customer to pay again, or in another way.")
    ),
    "incorrect_account_details": DisputeReason(
        _("The payer’s account details were wrong"), _("Ask the customer to pay again with the right ones.")
    ),
    "bank_cannot_process": DisputeReason(
        _("The payer’s bank could not carry out the debit"), _("Ask the customer to pay again, or in another way.")
    ),
    "check_returned": DisputeReason(_("A cheque was returned"), _("Ask the customer to pay in another way.")),
}
SUSPICIONS: Mapping[str, Text] = {
    "card_never_received": _("the card never reached its holder"),
    "fraudulent_card_application": _("the card was applied for under a false name"),
    "made_with_counterfeit_card": _("a counterfeit card"),
    "made_with_lost_card": _("a lost card"),
    "made_with_stolen_card": _("a stolen card"),
    "unauthorized_use_of_card": _("somebody used the card without leave"),
    "misc": _("no particular kind"),
}


def reason(word: str) -> DisputeReason:
    """In words; one that we do not know yet stays Stripe's word."""
    return REASONS.get(word) or DisputeReason(word)


def suspicion(word: str) -> Text:
    """In words; one that we do not know yet stays Stripe's word."""
    return SUSPICIONS.get(word, word)
