"""OUT, the way back: money of a payment is given back, found again by listing, stopped while Stripe lets it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_noop

from comptoir.kernel.words import Words, code, words
from comptoir.modules.api import Account, CallRefusedError, RefundRequest, RefundSeen
from comptoir_stripe import gateway
from comptoir_stripe.amounts import to_stripe
from comptoir_stripe.look import unread
from comptoir_stripe.seen import refund_seen

REASONS = {
    "duplicate",
    "fraudulent",
    "requested_by_customer",
}  # Stripe's; `fraudulent` also puts card and e-mail on its block lists
GONE = gettext_noop("all of this payment has been given back already")
DISPUTED = gettext_noop("the customer’s bank disputes this payment and has taken the money back")
TOO_MUCH = gettext_noop("more was asked for than is left of this payment")
SHORT = gettext_noop("the balance at Stripe does not suffice")
REFUSALS = {  # by Stripe's code, or by the parameter where it gives none
    "charge_already_refunded": GONE,
    "charge_disputed": DISPUTED,
    "refund_disputed_payment": DISPUTED,
    "charge_not_refundable": gettext_noop("a payment of this kind cannot be given back through Stripe"),
    "amount_too_large": TOO_MUCH,
    "InvalidRequestError:amount": TOO_MUCH,
    "InvalidRequestError:charge": gettext_noop(
        "this debit is still under way: there is no money yet that could go back"
    ),
    "InvalidRequestError:payment_intent": gettext_noop("this payment has brought no money that could go back"),
    "balance_insufficient": SHORT,
    "resource_missing": gettext_noop("Stripe knows no such payment under these keys"),
}


def refund(account: Account, request: RefundRequest) -> RefundSeen:
    """Give money back, with the request's key. Raises CallRefusedError, OutcomeUnknownError.

    Nothing is expanded: what Stripe may not show it refuses after the deed, and a refusal has to mean that nothing has gone.
    """
    client = gateway.client(account)
    params = _params(account, request)
    try:
        made = gateway.ask(
            lambda: client.v1.refunds.create(params, {"idempotency_key": request.key})  # type: ignore[arg-type]
        )
    except CallRefusedError as error:
        raise _in_words(error) from error
    return refund_seen(made, account.installation)


def _params(account: Account, request: RefundRequest) -> dict[str, Any]:
    """The same for the same request, as Stripe demands of a key that is used again."""
    try:
        amount = to_stripe(request.amount)
    except ValueError as error:
        why = words(gettext_noop("Stripe cannot give back exactly %(amount)s"), amount=request.amount)
        raise CallRefusedError("amount_not_exact", why=why) from error
    reason = {"reason": request.reason} if request.reason in REASONS else {}
    return {
        **reason,
        "payment_intent": request.payment,
        "amount": amount,
        "metadata": {"installation": account.installation, "refund": request.refund},
    }


def find_refund(account: Account, request: RefundRequest) -> RefundSeen | None:
    """Find what an earlier call has made, by the metadata, in the list of the payment's refunds. Raises OutcomeUnknownError."""
    refunds = gateway.client(account).v1.refunds
    try:
        listed = gateway.every(refunds.list, {"payment_intent": request.payment})
        found = (refund_seen(each, account.installation) for each in listed)
        return next((each for each in found if each.refund == request.refund), None)
    except CallRefusedError as error:
        raise unread(error) from error


def cancel_refund(account: Account, refund_id: str) -> RefundSeen:
    """Stop a refund that waits for the customer; Stripe stops no other. Raises CallRefusedError, OutcomeUnknownError."""
    client = gateway.client(account)
    try:
        stopped = gateway.ask(lambda: client.v1.refunds.cancel(refund_id))
    except CallRefusedError as error:
        raise _in_words(error) from error
    return refund_seen(stopped, account.installation)


def _in_words(error: CallRefusedError) -> CallRefusedError:
    return CallRefusedError(error.code, no_permission=error.no_permission, why=_why(error))


def _why(error: CallRefusedError) -> Words:
    """A refusal for staff, in words where there are some for it."""
    known = REFUSALS.get(error.code)
    if known is not None:
        return words(known)
    if error.no_permission:
        return words(gettext_noop("Stripe does not let the stored key do this: %(code)s"), code=code(error.code))
    return code(error.code)
