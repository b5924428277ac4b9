"""A customer's sentence for each of Stripe's failure codes that says something to them; never Stripe's own text.

Codes of cards stand alone; those of other types follow the type's name: `sepa_debit/insufficient_funds`. For codes that are the bank's
secret (lost, stolen, suspected) there is the general sentence.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _, gettext_noop

from comptoir.modules.api import Text
from comptoir_stripe import method_types
from comptoir_stripe.texts import filled

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

DEBIT_RETURNED = _(
    "Your bank did not carry out the direct debit. Nothing was charged; please ask your bank, or pay in another way."
)
NOT_AUTHORISED = _(
    "Your bank refused the direct debit because it is not authorised for this account. Nothing was charged; "
    "please ask your bank, or pay in another way."
)
NO_ACCOUNT = _(
    "Your bank refused the direct debit: this account is closed, blocked, or its number is not right. Nothing was charged; "
    "please use another account, or pay in another way."
)
DEBITS: dict[str, Text] = {
    "insufficient_funds": _(
        "There was not enough money in your bank account for the direct debit. Nothing was charged; please pay once more, "
        "or in another way."
    ),
    "debit_not_authorized": NOT_AUTHORISED,
    "authorization_revoked": NOT_AUTHORISED,
    "debit_disputed": NOT_AUTHORISED,
    "account_closed": NO_ACCOUNT,
    "bank_account_restricted": NO_ACCOUNT,
    "invalid_account_number": NO_ACCOUNT,
    "incorrect_account_holder_name": NO_ACCOUNT,
}
DEBIT_TYPES = {"sepa_debit", "bacs_debit", "au_becs_debit", "acss_debit", "us_bank_account", "nz_bank_account"}


def sentence(failure: str) -> Text:
    """The sentence for a failure code as a look tells it; a general one for those that say nothing to a customer."""
    kind, slash, word = failure.rpartition("/")
    if not slash:
        return SENTENCES.get(word, DECLINED)
    if kind in DEBIT_TYPES:
        return DEBITS.get(word, DEBIT_RETURNED)
    return filled(
        gettext_noop(
            "The payment by %(method)s was not confirmed. Nothing was charged; please try again, or pay in another way."
        ),
        method=method_types.of(kind).title,
    )
