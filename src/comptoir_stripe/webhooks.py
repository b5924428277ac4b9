"""RECEIVE: a notice of Stripe's is verified and its envelope read. It only says that an object changed; the object is read afresh.

Endpoints of any API version send snapshots of the object; those with thin payloads only name it. Both are signed in the same way.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import Any

from comptoir.modules.api import Account, BadNoticeError, Envelope, Subject, proof_of
from comptoir_stripe import gateway
from comptoir_stripe.claims import Claim
from comptoir_stripe.event_types import THIN

MODULE = "stripe"
LONGEST = 255
LONGEST_CLAIM = 60
SNAPSHOT_OBJECT, THIN_OBJECT = "event", "v2.core.event"

# What a notice claims; of other types nothing but that the object has changed.
CLAIMS = {
    "checkout.session.completed": Claim.IN_PROGRESS,  # where it does not say more: paid, or accepted
    "checkout.session.async_payment_succeeded": Claim.SUCCEEDED,
    "checkout.session.async_payment_failed": Claim.NOT_IN_PROGRESS,
    "checkout.session.expired": Claim.ENDED,
    "payment_intent.succeeded": Claim.SUCCEEDED,
    "payment_intent.processing": Claim.IN_PROGRESS,
    "payment_intent.canceled": Claim.ENDED,
    "charge.succeeded": Claim.SUCCEEDED,
    "charge.refunded": Claim.REFUNDED,
    "refund.failed": Claim.REFUND_FAILED,
    "payout.paid": Claim.PAID_OUT,
    "payout.failed": Claim.PAYOUT_FAILED,
    "payout.reconciliation_completed": Claim.RECONCILED,
}
BOOKED = {"charge.dispute.funds_withdrawn", "charge.dispute.funds_reinstated"}  # claim the id of what was booked
COMPLETED = {"paid": Claim.SUCCEEDED, "unpaid": Claim.IN_PROGRESS}  # checkout.session.completed, by payment_status
OF_ITSELF = {
    "refund.created",
    "refund.updated",
    "charge.refund.updated",
    "charge.dispute.created",
    "radar.early_fraud_warning.created",
}  # claim their object's id

KINDS = {  # Stripe's names of objects -> kinds of subjects
    "payment_intent": "payment",
    "checkout.session": "session",
    "charge": "charge",
    "refund": "refund",
    "dispute": "dispute",
    "payout": "payout",
    "radar.early_fraud_warning": "warning",
}
PREFIXES = {
    "payment": ("pi_",),
    "session": ("cs_",),
    "charge": ("ch_", "py_"),
    "refund": ("re_", "pyr_"),
    "dispute": ("du_", "dp_"),
    "payout": ("po_",),
    "warning": ("issfr_",),
}


def receive(body: bytes, headers: Mapping[str, str], accounts: Sequence[Account]) -> Envelope:
    """Verify with every secret that may sign now, then read the envelope. Raises BadNoticeError."""
    header = headers.get("stripe-signature", "")
    if not header:
        raise BadNoticeError("The header Stripe-Signature is missing.")
    owners = _owners(accounts)
    secret = gateway.verify(body, header, list(owners))
    try:
        event = json.loads(body)
        mode = "live" if event["livemode"] else "test"
        # Pasted into two sets of settings, a secret names neither alone: the event says of which mode it is.
        owner = next((each for each in owners[secret] if each.mode == mode), owners[secret][0])
        return envelope(event, owner, proof=proof_of(secret))
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, OSError, RecursionError) as error:
        raise BadNoticeError("The notice is signed, but it is not an event of Stripe's.") from error


def _owners(accounts: Sequence[Account]) -> dict[str, list[Account]]:
    """Every secret that may sign now, with its accounts: those whose secret it is today before those whose it was."""
    found: dict[str, list[Account]] = {}
    for secrets in (_secrets_of_today, secrets_of):
        for account in accounts:
            for secret in secrets(account):
                found.setdefault(secret, []).append(account)
    return found


def _secrets_of_today(account: Account) -> list[str]:
    return account.values.get("webhook_secret", "").split()


def secrets_of(account: Account) -> list[str]:
    """The webhook secrets of an account: today's, and those before it while they are still valid."""
    values = [account.values, *account.former_values]
    return [secret for value in values for secret in value.get("webhook_secret", "").split()]


def envelope(event: dict[str, Any], account: Account, *, proof: str = "") -> Envelope:
    """Read an event of either kind. Raises ValueError, KeyError, TypeError, AttributeError, OverflowError: it is none."""
    if not _plain(event["id"], most=120) or not event["id"].startswith("evt_"):
        raise ValueError("no id of an event looks so")
    if not _plain(event["type"], most=120):
        raise ValueError("no type of an event looks so")
    if bool(event["livemode"]) != (account.mode == "live"):
        raise ValueError("test and live never meet")
    created = event["created"]
    return Envelope(
        event_id=event["id"],
        type=event["type"],
        created=_moment(created) if isinstance(created, str) else dt.datetime.fromtimestamp(created, dt.UTC),
        account=account.account,
        mode=account.mode,
        subject=subject_of(event, account),
        claim=_claim(event),
        proof=proof,
        twin=_twin(event),
    )


def _twin(event: dict[str, Any]) -> str:
    """The id under which Stripe lists a thin event: that of its snapshot."""
    twin = event.get("snapshot_event") if event["object"] == THIN_OBJECT else None
    return str(twin) if _plain(twin, most=120) else ""


def _moment(text: str) -> dt.datetime:
    """A time as thin events write it, in UTC. Raises ValueError."""
    moment = dt.datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without its zone")
    return moment.astimezone(dt.UTC)


def _plain(word: object, *, most: int = LONGEST) -> bool:
    """Whether a word can be an id or a type: printable ASCII of a length that we store."""
    return isinstance(word, str) and word.isascii() and word.isprintable() and 0 < len(word) <= most


def subject_of(event: dict[str, Any], account: Account) -> Subject | None:
    """What to look at for an event; None where it is of something that we have nothing to look at. Raises as `envelope`."""
    if event["object"] == SNAPSHOT_OBJECT:
        found = _of_snapshot(event["data"]["object"])
    elif event["object"] == THIN_OBJECT:
        found = _of_thin(event)
    else:
        raise ValueError("not an event")
    return Subject(MODULE, account.account, account.mode, *found) if found else None


def _of_thin(event: dict[str, Any]) -> tuple[str, str] | None:
    """The object that it names: the payment that this one belongs to is found when it is looked at."""
    related = event.get("related_object") or {}
    return _checked(KINDS.get(related.get("type") or "", ""), related.get("id"))


def _of_snapshot(thing: dict[str, Any]) -> tuple[str, str] | None:
    """The payment intent where the object is one or names one, at any API version; else its charge, else the object itself.

    Of warnings and inquiries a payment need not say that there are any: they are looked at by their own id.
    """
    kind = KINDS.get(thing.get("object") or "", "")
    if kind == "warning" or (kind == "dispute" and str(thing.get("status")).startswith("warning_")):
        return _checked(kind, thing.get("id"))
    intent = thing.get("id") if kind == "payment" else _id(thing.get("payment_intent"))
    return (
        _checked("payment", intent) or _checked("charge", _id(thing.get("charge"))) or _checked(kind, thing.get("id"))
    )


def _id(value: object) -> object:
    """An id, also where the object itself stands in its place."""
    return value.get("id") if isinstance(value, dict) else value


def _checked(kind: str, name: object) -> tuple[str, str] | None:
    if not _plain(name) or not str(name).startswith(PREFIXES.get(kind, ("?",))):
        return None
    return kind, str(name)


def _claim(event: dict[str, Any]) -> str:
    """What the event says has happened, as far as it can be known without reading the object."""
    name = event["type"].removeprefix(THIN)
    thing = event["data"]["object"] if event["object"] == SNAPSHOT_OBJECT else event.get("related_object") or {}
    if name == "checkout.session.completed" and "payment_status" in thing:
        return COMPLETED.get(str(thing["payment_status"]), "")
    if name == "charge.updated":
        return Claim.BOOKED if thing.get("balance_transaction") else ""
    if name in BOOKED:
        return _last_booked(thing)
    if name in OF_ITSELF and _plain(thing.get("id"), most=LONGEST_CLAIM):
        return str(thing["id"])
    return CLAIMS.get(name, "")


def _last_booked(dispute: dict[str, Any]) -> str:
    """The newest of a dispute's balance transactions, which Stripe shows with it."""
    booked = dispute.get("balance_transactions") or ()
    name = _id(booked[-1]) if booked else ""
    return str(name) if _plain(name, most=LONGEST_CLAIM) else ""
