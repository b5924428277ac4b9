"""LOOK: an object of Stripe's is read afresh at the pinned version and told in the contract's words."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import gettext_noop

from comptoir.kernel.words import code, words
from comptoir.modules.api import (
    Absent,
    Account,
    CallRefusedError,
    Foreign,
    Observation,
    OutcomeUnknownError,
    Subject,
)
from comptoir_stripe import gateway, payout, seen
from comptoir_stripe.told import Data

# Failed refunds no longer count in a charge's amount: whether there are any is seen in its own list, which costs no call.
CHARGE = ("latest_charge.balance_transaction", "latest_charge.refunds")
BOOKED = ["data.balance_transaction", "data.failure_balance_transaction"]
MISSING = "resource_missing"


def look(account: Account, subject: Subject) -> Observation:
    """Read a payment intent, or what leads to one: a session, charge, refund, dispute or early fraud warning; or a payout.

    Raises OutcomeUnknownError: no answer, or a key that may not read it.
    """
    kinds: dict[str, Callable[[Account, Subject], Observation]] = {
        "payment": _payment,
        "session": _session,
        "charge": _charge,
        "refund": _refund,
        "dispute": _dispute,
        "payout": _payout,
        "warning": _warning,
    }
    read = kinds.get(subject.kind)
    if read is None:
        why = words(gettext_noop("objects of this kind are not looked at: %(kind)s"), kind=code(subject.kind))
        return Foreign(subject, why=why)
    try:
        return read(account, subject)
    except CallRefusedError as error:
        if error.code == MISSING:
            return Absent(subject)
        raise unread(error) from error


def unread(error: CallRefusedError) -> OutcomeUnknownError:
    """A refused read tells nothing of the object."""
    return OutcomeUnknownError(words(gettext_noop("reading was refused: %(code)s"), code=code(error.code)))


def _payment(account: Account, subject: Subject) -> Observation:
    return _of_intent(account, subject, subject.id)


def _of_intent(account: Account, subject: Subject, intent_id: str) -> Observation:
    client = gateway.client(account)
    intent = gateway.ask(lambda: client.v1.payment_intents.retrieve(intent_id, {"expand": list(CHARGE)}))
    return complete(account, subject, intent)


def complete(account: Account, subject: Subject, intent: Data) -> Observation:
    """An intent that was read with its charge expanded, and what else it takes to tell of it. Raises as `look`."""
    if not seen.is_ours(intent, account.installation):
        return seen.foreign(subject, intent)
    session: Data | None = None
    if intent["status"] not in {"succeeded", "processing"}:  # whether one can still pay is the session's to say
        client = gateway.client(account)
        found = gateway.ask(lambda: client.v1.checkout.sessions.list({"payment_intent": intent["id"], "limit": 1}))
        session = found["data"][0] if found["data"] else None
    return _told(account, subject, intent, session)


def _told(account: Account, subject: Subject, intent: Data, session: Data | None) -> Observation:
    charge = intent.get("latest_charge") or None
    refunded = seen.taken_back(charge)
    disputed = subject.kind == "dispute" or bool(charge and charge.get("disputed"))
    return seen.payment(
        subject,
        intent,
        session,
        tries=_tries(account, intent["id"]) if charge and intent.get("last_payment_error") else [],
        refunds=_refunds(account, intent["id"]) if refunded else [],
        disputes=_disputes(account, intent["id"]) if disputed else [],
        warnings=_warnings(account, subject, intent["id"]) if refunded or disputed or subject.kind == "warning" else [],
    )


def _session(account: Account, subject: Subject) -> Observation:
    client = gateway.client(account)
    expand = [f"payment_intent.{part}" for part in CHARGE]
    session = gateway.ask(lambda: client.v1.checkout.sessions.retrieve(subject.id, {"expand": expand}))
    intent = session.get("payment_intent")
    if not seen.is_ours(session, account.installation):
        return seen.foreign(subject, intent if isinstance(intent, dict) else None)
    if isinstance(intent, dict):
        return _told(account, subject, intent, session)
    return seen.page_alone(subject, session)


def _charge(account: Account, subject: Subject) -> Observation:
    return _of_charge(account, subject, subject.id)


def _of_charge(account: Account, subject: Subject, charge_id: str) -> Observation:
    """A charge without an intent was made by another system: ours always have one."""
    client = gateway.client(account)
    charge = gateway.ask(lambda: client.v1.charges.retrieve(charge_id, {"expand": ["balance_transaction"]}))
    intent = charge.get("payment_intent")
    return _of_intent(account, subject, intent) if intent else seen.foreign(subject, charge)


def _refund(account: Account, subject: Subject) -> Observation:
    client = gateway.client(account)
    return _by(account, subject, gateway.ask(lambda: client.v1.refunds.retrieve(subject.id)))


def _dispute(account: Account, subject: Subject) -> Observation:
    client = gateway.client(account)
    return _by(account, subject, gateway.ask(lambda: client.v1.disputes.retrieve(subject.id)))


def _payout(account: Account, subject: Subject) -> Observation:
    client = gateway.client(account)
    return payout.shown(subject, gateway.ask(lambda: client.v1.payouts.retrieve(subject.id)))


def _warning(account: Account, subject: Subject) -> Observation:
    client = gateway.client(account)
    return _by(account, subject, gateway.ask(lambda: client.v1.radar.early_fraud_warnings.retrieve(subject.id)))


def _by(account: Account, subject: Subject, thing: Data) -> Observation:
    """The payment that a refund, a dispute or a warning names, or its charge."""
    if thing.get("payment_intent"):
        return _of_intent(account, subject, thing["payment_intent"])
    if thing.get("charge"):
        return _of_charge(account, subject, thing["charge"])
    return seen.foreign(subject, None)


def _tries(account: Account, intent_id: str) -> list[Data]:
    """The charges of a payment that has failed, the newest first: somebody may have tried many cards since the last look."""
    charges = gateway.client(account).v1.charges
    found: list[Data] = gateway.ask(lambda: charges.list({"payment_intent": intent_id, "limit": gateway.LISTED}))[
        "data"
    ]
    return found


def _refunds(account: Account, intent_id: str) -> list[Data]:
    """Every refund of a payment, of every charge of it, with what Stripe has booked for it."""
    refunds = gateway.client(account).v1.refunds
    return list(gateway.every(refunds.list, {"payment_intent": intent_id, "expand": BOOKED}))


def _disputes(account: Account, intent_id: str) -> list[Data]:
    disputes = gateway.client(account).v1.disputes
    return list(gateway.every(disputes.list, {"payment_intent": intent_id}))


def _warnings(account: Account, subject: Subject, intent_id: str) -> list[Data]:
    """No object says that it was warned of: they are listed where a notice names one, and where a refund or dispute may settle one.

    A key that may not read them hides a payment's refunds and disputes from nobody.
    """
    warnings = gateway.client(account).v1.radar.early_fraud_warnings
    try:
        return list(gateway.every(warnings.list, {"payment_intent": intent_id}))
    except CallRefusedError as error:
        if subject.kind == "warning" or not error.no_permission:
            raise
        return []
