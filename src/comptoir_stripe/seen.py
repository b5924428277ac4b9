"""What Stripe's objects say, in the contract's words. Nothing here asks Stripe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext_noop

from comptoir.kernel.words import NOTHING, words
from comptoir.modules.api import (
    ChargeSeen,
    Foreign,
    ForeignPayment,
    OutcomeUnknownError,
    PaymentSeen,
    PaymentStatus,
    Reference,
    RefundSeen,
    RefundStatus,
    Subject,
)
from comptoir_stripe import methods
from comptoir_stripe.amounts import from_stripe
from comptoir_stripe.claims import Claim
from comptoir_stripe.disputed import STANDING, dispute, warning
from comptoir_stripe.told import Data, moment, settlement

STATUSES = {
    "succeeded": PaymentStatus.SUCCEEDED,
    "processing": PaymentStatus.IN_PROGRESS,
    "requires_capture": PaymentStatus.IN_PROGRESS,
    "canceled": PaymentStatus.CANCELLED,
    "requires_payment_method": PaymentStatus.OPEN,
    "requires_confirmation": PaymentStatus.OPEN,
    "requires_action": PaymentStatus.OPEN,
}
OF_CHARGE = {
    "succeeded": PaymentStatus.SUCCEEDED,
    "pending": PaymentStatus.IN_PROGRESS,
    "failed": PaymentStatus.FAILED,
}
REFUNDS = {
    "pending": RefundStatus.PENDING,
    "requires_action": RefundStatus.PENDING,
    "succeeded": RefundStatus.SUCCEEDED,
    "failed": RefundStatus.FAILED,
    "canceled": RefundStatus.CANCELLED,
}
CAUSES = {  # Stripe's failure_reason and pending_reason of a refund, and its status where the customer has something to do
    "lost_or_stolen_card": gettext_noop("the card was lost or stolen"),
    "expired_or_canceled_card": gettext_noop("the card has expired or was cancelled"),
    "charge_for_pending_refund_disputed": gettext_noop("the customer has disputed the payment in the meantime"),
    "insufficient_funds": gettext_noop("the balance at Stripe does not suffice"),
    "declined": gettext_noop("the customer’s bank has declined it"),
    "merchant_request": gettext_noop("it was called off from your side"),
    "processing": gettext_noop("it is on its way to the bank"),
    "charge_pending": gettext_noop("the payment itself is still on its way"),
    "requires_action": gettext_noop("the customer has to say where the money is to go; Stripe has written to them"),
}
RISKS = {
    "normal": "normal",
    "elevated": "elevated",
    "highest": "highest",
    "not_assessed": "",  # Radar has not looked
    "unknown": "",  # nor could it
}
# A page that nobody has begun to pay on names no intent: its `status` and `payment_status`. None cannot be: money would be there and
# nothing to look at; it is read again, and people are told.
PAGES: Mapping[tuple[str, str], PaymentStatus | None] = {
    ("open", "unpaid"): PaymentStatus.OPEN,
    ("open", "no_payment_required"): PaymentStatus.OPEN,
    ("open", "paid"): None,
    ("complete", "unpaid"): PaymentStatus.CANCELLED,
    ("complete", "no_payment_required"): PaymentStatus.CANCELLED,  # we make no page over nothing
    ("complete", "paid"): None,
    ("expired", "unpaid"): PaymentStatus.CANCELLED,
    ("expired", "no_payment_required"): PaymentStatus.CANCELLED,
    ("expired", "paid"): None,
}
UNTOLD = "payment_intent_payment_attempt_failed"


def is_ours(thing: Data, installation: str) -> bool:
    """Whether the metadata name this installation and an attempt: what we make carries both."""
    metadata = thing.get("metadata") or {}
    return metadata.get("installation") == installation and bool(metadata.get("attempt"))


def taken_back(charge: Data | None) -> bool:
    """Whether a charge says that there are refunds: also failed ones, which no longer count in its amount."""
    said = charge or {}
    inline = (said.get("refunds") or {}).get("data") or ()
    return bool(said.get("refunded") or said.get("amount_refunded") or inline)


def payment(
    subject: Subject,
    intent: Data,
    session: Data | None,
    *,
    refunds: list[Data],
    disputes: list[Data],
    warnings: list[Data],
    tries: Sequence[Data] = (),
) -> PaymentSeen:
    """One of ours: its intent with the latest charge expanded, the session where it was read, and what was listed: its charges, where it
    has failed, and the way back.
    """
    charge = intent.get("latest_charge") or None
    status, over = _status(intent, session)
    back = tuple(refund_seen(each, intent["metadata"].get("installation", "")) for each in refunds)
    listed = {"refund": refunds, "dispute": disputes, "warning": warnings}
    references = _references(intent, session, [*([charge] if charge else []), *tries], listed)
    told = tuple(dispute(each, charge) for each in disputes)
    shows = _shows(status, charge, back, over=over) | {each.id for each in references if each.kind in listed}
    return PaymentSeen(
        subject=subject,
        installation=intent["metadata"].get("installation", ""),
        attempt=intent["metadata"].get("attempt", ""),
        payment_id=intent["id"],
        status=status,
        amount=from_stripe(intent["amount"], intent["currency"]),
        ended=over,
        shows=frozenset(shows | {booked.id for each in told for booked in each.settlements}),
        references=references,
        method=methods.details(charge),
        charges=_charges(charge),
        refunds=back,
        disputed=any(each.status in STANDING for each in told),
        disputes=told,
        warnings=tuple(warning(each) for each in warnings),
        expected_on=methods.expected_on(charge),
        risk=_risk(charge),
        failure=_failure(intent.get("last_payment_error") or {}, charge),
        payer=_payer(intent, charge),
        created=moment(intent["created"]),
    )


def _status(intent: Data, session: Data | None) -> tuple[PaymentStatus, bool]:
    """How it stands, and whether nothing can be paid on it any more."""
    page = None if session is None else str(session["status"])
    return standing(intent["status"], failed=bool(intent.get("last_payment_error")), page=page)


def standing(word: str, *, failed: bool, page: str | None) -> tuple[PaymentStatus, bool]:
    """By the intent's status, whether its last try has failed, and the status of its page where that was read."""
    status = STATUSES[word]
    if status is PaymentStatus.OPEN and failed:
        status = PaymentStatus.FAILED
    over = status in {PaymentStatus.SUCCEEDED, PaymentStatus.CANCELLED}
    if page not in {None, "open"} and status is not PaymentStatus.IN_PROGRESS:
        over = True  # completed and failed later (SEPA), or expired: nothing can be paid on this page any more
        status = PaymentStatus.CANCELLED if status is PaymentStatus.OPEN else status  # as of a page without an intent
    return status, over


def _risk(charge: Data | None) -> str:
    """What Radar thinks of the charge; '' where it says nothing, or that it has not looked."""
    level = ((charge or {}).get("outcome") or {}).get("risk_level") or ""
    return RISKS.get(level, "")


def _failure(failed: Data, charge: Data | None) -> str:
    """Stripe's code of what went wrong; of other types than cards after the type's name: they fail for reasons of their own.

    A debit that its bank sends back says why on the charge alone.
    """
    word = str(failed.get("decline_code") or failed.get("code") or "")
    if word == UNTOLD and charge is not None and charge["id"] == failed.get("charge"):
        word = str(charge.get("failure_code") or word)
    kind = str((failed.get("payment_method") or {}).get("type") or "card")
    return word if kind == "card" or not word else f"{kind}/{word}"


def page_alone(subject: Subject, session: Data) -> PaymentSeen:
    """One of our pages that nobody has begun to pay on: there is no intent yet. Raises OutcomeUnknownError: it cannot be so."""
    status = PAGES[session["status"], session["payment_status"]]
    if status is None:
        raise OutcomeUnknownError(words(gettext_noop("it is said to be paid, and names no payment")))
    over = status is PaymentStatus.CANCELLED
    return PaymentSeen(
        subject=subject,
        installation=session["metadata"]["installation"],
        attempt=session["metadata"]["attempt"],
        payment_id="",
        status=status,
        amount=from_stripe(session["amount_total"] or 0, session["currency"] or "eur"),
        ended=over,
        shows=frozenset({Claim.ENDED, Claim.NOT_IN_PROGRESS} if over else ()),
        references=(Reference("session", session["id"]),),
    )


def foreign(subject: Subject, thing: Data | None) -> Foreign:
    """What others made: an intent with its charge expanded, a charge that has no intent, or nothing that says an amount."""
    named = bool(((thing or {}).get("metadata") or {}).get("installation"))
    others, counter = words(gettext_noop("made by another system")), words(gettext_noop("made by another counter"))
    why = counter if named else others
    try:
        return Foreign(subject, why=why, payment=_of_others(thing) if thing is not None else None)
    except (ValueError, KeyError):  # an amount or a state of theirs that we have no words for: recorded all the same
        return Foreign(subject, why=why)


def _of_others(thing: Data) -> ForeignPayment:
    is_charge = thing.get("object") == "charge"
    charge = thing if is_charge else thing.get("latest_charge") or None
    status = OF_CHARGE[thing["status"]] if is_charge else STATUSES[thing["status"]]
    if status is PaymentStatus.OPEN and thing.get("last_payment_error"):
        status = PaymentStatus.FAILED
    return ForeignPayment(
        id=thing["id"],
        status=status,
        amount=from_stripe(thing["amount"], thing["currency"]),
        created=moment(thing["created"]),
        method=methods.details(charge),
        payer=_payer(thing, charge),
        settlement=settlement((charge or {}).get("balance_transaction"), paid_in=thing["currency"]),
    )


def _payer(thing: Data, charge: Data | None) -> str:
    """Who paid, as they have said it themselves on Stripe's page."""
    told = (charge or {}).get("billing_details") or {}
    return str(told.get("name") or told.get("email") or thing.get("receipt_email") or "")


def _shows(status: PaymentStatus, charge: Data | None, refunds: tuple[RefundSeen, ...], *, over: bool) -> set[str]:
    """The claims that this read confirms: the state itself, and every earlier one."""
    told = {
        Claim.BOOKED: bool(charge and charge.get("balance_transaction")),
        Claim.ENDED: over,
        Claim.NOT_IN_PROGRESS: status is not PaymentStatus.IN_PROGRESS,
        Claim.IN_PROGRESS: status is not PaymentStatus.OPEN,
        Claim.SUCCEEDED: status is PaymentStatus.SUCCEEDED,
        Claim.REFUNDED: bool(refunds),
        Claim.REFUND_FAILED: any(each.status in {RefundStatus.FAILED, RefundStatus.CANCELLED} for each in refunds),
        Claim.DISPUTED: bool(charge and charge.get("disputed")),
    }
    return {str(claim) for claim, shown in told.items() if shown}


def _references(
    intent: Data, session: Data | None, charges: list[Data], back: Mapping[str, list[Data]]
) -> tuple[Reference, ...]:
    """Every id by which people may search for this payment; `back`: what was listed of the way back, by its kind."""
    found = [Reference("payment", intent["id"])]
    if session is not None:
        found.append(Reference("session", session["id"]))
    found += [Reference("charge", name) for name in dict.fromkeys(each["id"] for each in charges)]
    found += [Reference(kind, each["id"]) for kind, things in back.items() for each in things]
    booked = [each.get("balance_transaction") for each in charges]
    for each in (thing for things in back.values() for thing in things):
        booked += [each.get("balance_transaction"), each.get("failure_balance_transaction")]
        booked += each.get("balance_transactions") or ()
    names = [each["id"] if isinstance(each, dict) else each for each in booked]
    return (*found, *(Reference("settlement", name) for name in dict.fromkeys(names) if name))


def _charges(charge: Data | None) -> tuple[ChargeSeen, ...]:
    """The charge where it has brought money: paid and captured. A pending one has not."""
    if charge is None or charge["status"] != "succeeded" or not charge["captured"]:
        return ()
    return (
        ChargeSeen(
            id=charge["id"],
            amount=from_stripe(charge["amount_captured"], charge["currency"]),
            created=moment(charge["created"]),
            settlement=settlement(charge.get("balance_transaction"), paid_in=charge["currency"]),
            taken_back=bool(charge.get("amount_refunded")) or bool(charge.get("disputed")),
        ),
    )


def refund_seen(refund: Data, installation: str) -> RefundSeen:
    """A refund, with what Stripe has booked for it where that was expanded. `installation`: whose names of refunds are ours."""
    charge, metadata, why = refund.get("charge"), refund.get("metadata") or {}, _cause(refund)
    return RefundSeen(
        id=refund["id"],
        charge=charge["id"] if isinstance(charge, dict) else charge or "",
        amount=from_stripe(refund["amount"], refund["currency"]),
        status=REFUNDS.get(refund.get("status") or "", RefundStatus.PENDING),
        created=moment(refund["created"]),
        settlement=settlement(refund.get("balance_transaction"), paid_in=refund["currency"]),
        returned=settlement(refund.get("failure_balance_transaction"), paid_in=refund["currency"]),
        refund=str(metadata.get("refund") or "") if metadata.get("installation") == installation else "",
        why=why,
        because=words(CAUSES[why]) if why in CAUSES else NOTHING,
        stoppable=refund.get("status") == "requires_action",
    )


def _cause(refund: Data) -> str:
    """Why a refund has failed, or what it waits for, in Stripe's word."""
    waiting = "requires_action" if refund.get("status") == "requires_action" else ""
    return str(refund.get("failure_reason") or waiting or refund.get("pending_reason") or "")
