"""Stripe's codes of why a payment or a payout has failed, in words for staff. One that says nothing more keeps Stripe's own word.

Sources: docs.stripe.com/declines/codes for cards, /error-codes for debits, /api/payouts/failures for payouts.
A customer reads `sentences`.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _, gettext_noop

from comptoir.modules.api import Text
from comptoir_stripe import method_types
from comptoir_stripe.texts import filled

NO_REASON = _("the bank declined it and gives no reason")
WRONG_NUMBER = _("the card number is not right")
WRONG_CODE = _("the security code is not right")
WRONG_DATE = _("the date of expiry is not right")
NOT_FOR_THIS = _("the card does not allow this kind of payment")
LOST = _("the card was reported lost or stolen")
REVOKED = _("the cardholder has forbidden this payment at their bank")
CONFIRM = _("the bank wants the customer to confirm the payment")
CARDS: dict[str, Text] = {
    **dict.fromkeys(("card_declined", "do_not_honor", "generic_decline", "no_action_taken"), NO_REASON),
    **dict.fromkeys(("call_issuer", "do_not_try_again", "try_again_later", "reenter_transaction"), NO_REASON),
    **dict.fromkeys(("service_not_allowed", "transaction_not_allowed", "security_violation"), NO_REASON),
    **dict.fromkeys(("incorrect_number", "invalid_number", "invalid_account"), WRONG_NUMBER),
    **dict.fromkeys(("incorrect_cvc", "invalid_cvc"), WRONG_CODE),
    **dict.fromkeys(("invalid_expiry_month", "invalid_expiry_year"), WRONG_DATE),
    **dict.fromkeys(("card_not_supported", "not_permitted", "restricted_card", "pickup_card"), NOT_FOR_THIS),
    **dict.fromkeys(("lost_card", "stolen_card"), LOST),
    **dict.fromkeys(("stop_payment_order", "revocation_of_authorization"), REVOKED),
    "revocation_of_all_authorizations": REVOKED,
    **dict.fromkeys(("authentication_required", "authentication_not_handled"), CONFIRM),
    "payment_intent_authentication_failure": _("the confirmation at the bank failed"),
    "insufficient_funds": _("there is not enough money on the card"),
    "expired_card": _("the card has expired"),
    "processing_error": _("the bank could not process it just then"),
    "issuer_not_available": _("the card’s bank did not answer"),
    "fraudulent": _("Stripe or the bank believes that it is fraud"),
    "highest_risk_level": _("Stripe believes that it is fraud"),
    "merchant_blacklist": _("it is on your block list at Stripe"),
    "card_velocity_exceeded": _("the card’s limit is reached"),
    "withdrawal_count_limit_exceeded": _("the card’s limit is reached"),
    "currency_not_supported": _("the card does not take this currency"),
    "duplicate_transaction": _("the same amount was charged to this card a moment before"),
    "incorrect_zip": _("the postcode is not right"),
    "invalid_amount": _("the card does not allow this amount"),
    "testmode_decline": _("a test card was used for a real payment"),
}
CLOSED = _("the bank account is closed")
RESTRICTED = _("the bank account is blocked or restricted")
WRONG_ACCOUNT = _("the number of the bank account is not right, or there is no such account")
WRONG_HOLDER = _("the account holder’s name is not right")
NOT_AUTHORISED = _("the payer says that they did not authorise the debit")
ACCOUNTS: dict[str, Text] = {
    "account_closed": CLOSED,
    "bank_account_restricted": RESTRICTED,
    "invalid_account_number": WRONG_ACCOUNT,
    "no_account": WRONG_ACCOUNT,
    "incorrect_account_holder_name": WRONG_HOLDER,
}
DEBITS: dict[str, Text] = {
    **ACCOUNTS,
    "insufficient_funds": _("there was not enough money on the payer’s bank account"),
    "debit_not_authorized": NOT_AUTHORISED,
    "authorization_revoked": _("the payer has taken back the leave to debit the account"),
    "debit_disputed": _("the payer has disputed the debit at their bank"),
    "refer_to_customer": _("the payer’s bank refused it and gives no reason"),
    "generic_could_not_process": _("the payer’s bank could not carry it out"),
    "could_not_process": _("the payer’s bank could not carry it out"),
    "charge_exceeds_source_limit": _("Stripe’s weekly limit of amounts that may be debited is reached"),
    "charge_exceeds_weekly_limit": _("Stripe’s weekly limit of debits is reached"),
}
PAYOUTS: dict[str, Text] = {
    **ACCOUNTS,
    "account_frozen": _("the bank account is frozen"),
    "bank_ownership_changed": _("the bank account is no longer valid: its branch belongs to another bank now"),
    "could_not_process": _("the bank could not process it"),
    "debit_not_authorized": _("your bank account does not allow debits"),
    "declined": _("the bank declined it"),
    "insufficient_funds": _("the balance at Stripe did not suffice"),
    "invalid_currency": _("the bank could not take this currency"),
    "unsupported_card": _("the bank does not take payouts to this card"),
}


def of_payment(failure: str) -> Text:
    """Of a failure code as a look tells it: a card's alone, others after the type's name."""
    kind, slash, word = failure.rpartition("/")
    if not slash:
        return CARDS.get(word, word)
    known = DEBITS.get(word)
    if known is not None:
        return known
    return filled(gettext_noop("%(method)s: %(code)s"), method=method_types.of(kind).title, code=word)


def of_payout(word: str) -> Text:
    """Of a payout's failure code."""
    return PAYOUTS.get(word, word)
