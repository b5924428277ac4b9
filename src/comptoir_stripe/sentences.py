"""A customer's sentence for each of Stripe's decline codes that says something to them; never Stripe's own text."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from comptoir.modules.api import Text

DECLINED = _("Your bank declined the payment. Nothing was charged; please try another card, or ask your bank.")
SENTENCES: dict[str, Text] = {
    "insufficient_funds": _("There are not enough funds on this card. Nothing was charged; please try another one."),
    "expired_card": _("This card has expired. Nothing was charged; please try another one."),
    "incorrect_cvc": _("The card's security code was not right. Nothing was charged; please try again."),
    "incorrect_number": _("The card number was not right. Nothing was charged; please try again."),
    "processing_error": _(
        "The payment could not be processed just now. Nothing was charged; please try again in a moment."
    ),
    "authentication_required": _("Your bank asks you to confirm the payment. Nothing was charged; please try again."),
    "payment_intent_authentication_failure": _(
        "The confirmation at your bank failed. Nothing was charged; please try again."
    ),
}


def sentence(failure: str) -> Text:
    """The sentence for a decline code or error code; a general one for those that are the bank's secret."""
    return SENTENCES.get(failure, DECLINED)
