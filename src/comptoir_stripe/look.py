"""LOOK: an object of Stripe's is read afresh at the pinned version and told in the contract's words."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils.translation import gettext_noop

from comptoir.kernel.words import Words, code, words
from comptoir.modules.api import (
    Absent,
    Account,
    CallRefusedError,
    ChargeSeen,
    Foreign,
    Observation,
    OutcomeUnknownError,
    PaymentSeen,
    PaymentStatus,
    Reference,
    Settlement,
    Subject,
)
from comptoir_stripe import gateway, methods
from comptoir_stripe.amounts import from_stripe
from comptoir_stripe.claims import Claim

CHARGE = "latest_charge.balance_transaction"
STATUSES = {
    "succeeded": PaymentStatus.SUCCEEDED,
    "processing": PaymentStatus.IN_PROGRESS,
    "requires_capture": PaymentStatus.IN_PROGRESS,
    "canceled": PaymentStatus.CANCELLED,
    "requires_payment_method": PaymentStatus.OPEN,
    "requires_confirmation": PaymentStatus.OPEN,
    "requires_action": PaymentStatus.OPEN,
}
Data = dict[str, Any]


def look(account: Account, subject: Subject) -> Observation:
    """Read a payment intent or a session. Raises OutcomeUnknownError: no answer, or a key that may not read it."""
    try:
        if subject.kind == "payment":
            return _payment(account, subject)
        if subject.kind == "session":
            return _session(account, subject)
    except CallRefusedError as error:
        if error.code == "resource_missing":
            return Absent(subject)
        refused = words(gettext_noop("reading was refused: %(code)s"), code=code(error.code))
        raise OutcomeUnknownError(refused) from error
    return Foreign(
        subject, why=words(gettext_noop("objects of this kind are not looked at: %(kind)s"), kind=code(subject.kind))
    )


def _payment(account: Account, subject: Subject) -> Observation:
    client = gateway.client(account)
    intent = gateway.ask(lambda: client.v1.payment_intents.retrieve(subject.id, {"expand": [CHARGE]}))
    if not _named(intent):
        return Foreign(subject, why=_by_others())
    session: Data | None = None
    if intent["status"] not in {"succeeded", "processing"}:  # whether one can still pay is the session's to say
        found = gateway.ask(lambda: client.v1.checkout.sessions.list({"payment_intent": subject.id, "limit": 1}))
        session = found["data"][0] if found["data"] else None
    return _seen(subject, intent, session)


def _session(account: Account, subject: Subject) -> Observation:
    client = gateway.client(account)
    session = gateway.ask(
        lambda: client.v1.checkout.sessions.retrieve(subject.id, {"expand": [f"payment_intent.{CHARGE}"]})
    )
    if not _named(session):
        return Foreign(subject, why=_by_others())
    intent = session.get("payment_intent")
    if isinstance(intent, dict):
        return _seen(subject, intent, session)
    over = session["status"] != "open"
    return PaymentSeen(
        subject=subject,
        installation=session["metadata"]["installation"],
        attempt=session["metadata"]["attempt"],
        payment_id="",
        status=PaymentStatus.CANCELLED if over else PaymentStatus.OPEN,
        amount=from_stripe(session["amount_total"] or 0, session["currency"] or "eur"),
        ended=over,
        shows=frozenset({Claim.ENDED, Claim.NOT_IN_PROGRESS} if over else ()),
        references=(Reference("session", session["id"]),),
    )


def _by_others() -> Words:
    return words(gettext_noop("made by another system"))


def _named(thing: Data) -> bool:
    """Whether the metadata name an installation and an attempt: what we make carries both."""
    metadata = thing.get("metadata") or {}
    return bool(metadata.get("installation")) and bool(metadata.get("attempt"))


def _seen(subject: Subject, intent: Data, session: Data | None) -> PaymentSeen:
    charge = intent.get("latest_charge") or None
    status = STATUSES[intent["status"]]
    failed = intent.get("last_payment_error") or {}
    if status is PaymentStatus.OPEN and failed:
        status = PaymentStatus.FAILED
    over = status in {PaymentStatus.SUCCEEDED, PaymentStatus.CANCELLED}
    if session is not None and session["status"] != "open" and status is not PaymentStatus.IN_PROGRESS:
        over = True  # completed and failed later (SEPA), or expired: nothing can be paid on this page any more
    references = [Reference("payment", intent["id"])]
    if session is not None:
        references.append(Reference("session", session["id"]))
    if charge is not None:
        references.append(Reference("charge", charge["id"]))
    return PaymentSeen(
        subject=subject,
        installation=intent["metadata"].get("installation", ""),
        attempt=intent["metadata"].get("attempt", ""),
        payment_id=intent["id"],
        status=status,
        amount=from_stripe(intent["amount"], intent["currency"]),
        ended=over,
        shows=_shows(status, charge, over=over),
        references=tuple(references),
        method=methods.details(charge),
        charges=_charges(charge),
        expected_on=methods.expected_on(charge),
        failure=str(failed.get("decline_code") or failed.get("code") or ""),
        created=_time(intent["created"]),
    )


def _shows(status: PaymentStatus, charge: Data | None, *, over: bool) -> frozenset[str]:
    """The claims that this read confirms: the state itself, and every earlier one."""
    shown: set[str] = set()
    if charge and charge.get("balance_transaction"):
        shown.add(Claim.BOOKED)
    if over:
        shown.add(Claim.ENDED)
    if status is not PaymentStatus.IN_PROGRESS:
        shown.add(Claim.NOT_IN_PROGRESS)
    if status is not PaymentStatus.OPEN:
        shown.add(Claim.IN_PROGRESS)
    if status is PaymentStatus.SUCCEEDED:
        shown.add(Claim.SUCCEEDED)
    return frozenset(shown)


def _charges(charge: Data | None) -> tuple[ChargeSeen, ...]:
    """The charge where it has brought money: paid and captured. A pending one has not."""
    if charge is None or charge["status"] != "succeeded" or not charge["captured"]:
        return ()
    return (
        ChargeSeen(
            id=charge["id"],
            amount=from_stripe(charge["amount_captured"], charge["currency"]),
            created=_time(charge["created"]),
            settlement=_settlement(charge.get("balance_transaction")),
            taken_back=bool(charge.get("amount_refunded")) or bool(charge.get("disputed")),
        ),
    )


def _settlement(booked: Data | str | None) -> Settlement | None:
    if not isinstance(booked, dict):
        return None
    currency = booked["currency"]
    return Settlement(
        id=booked["id"],
        amount=from_stripe(booked["amount"], currency),
        fee=from_stripe(booked["fee"], currency),
        net=from_stripe(booked["net"], currency),
        exchange_rate=str(booked["exchange_rate"]) if booked.get("exchange_rate") is not None else "",
    )


def _time(unix: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(unix, dt.UTC)
