"""RECEIVE: a notice of Stripe's is verified and its envelope read. It only says that an object changed; the object is read afresh."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import Any

from comptoir.modules.api import Account, BadNoticeError, Envelope, Subject
from comptoir_stripe import gateway
from comptoir_stripe.claims import Claim

MODULE = "stripe"
LONGEST = 255

# What a notice claims; of other types nothing but that the object has changed.
CLAIMS = {
    "checkout.session.async_payment_succeeded": Claim.SUCCEEDED,
    "checkout.session.async_payment_failed": Claim.NOT_IN_PROGRESS,
    "checkout.session.expired": Claim.ENDED,
    "payment_intent.succeeded": Claim.SUCCEEDED,
    "payment_intent.processing": Claim.IN_PROGRESS,
    "payment_intent.canceled": Claim.ENDED,
    "charge.succeeded": Claim.SUCCEEDED,
}
COMPLETED = {"paid": Claim.SUCCEEDED, "unpaid": Claim.IN_PROGRESS}  # checkout.session.completed, by payment_status


def receive(body: bytes, headers: Mapping[str, str], accounts: Sequence[Account]) -> Envelope:
    """Verify with every secret that may sign now, then read the envelope. Raises BadNoticeError."""
    header = headers.get("stripe-signature", "")
    if not header:
        raise BadNoticeError("The header Stripe-Signature is missing.")
    owners = {secret: account for account in reversed(accounts) for secret in secrets_of(account)}
    account = owners[gateway.verify(body, header, list(owners))]
    try:
        event = json.loads(body)
        return _envelope(event, account)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, OSError, RecursionError) as error:
        raise BadNoticeError("The notice is signed, but it is not an event of Stripe's.") from error


def secrets_of(account: Account) -> list[str]:
    """The webhook secrets of an account: today's, and the one before while it is still valid."""
    values = [account.values, *account.former_values]
    return [secret for value in values for secret in value.get("webhook_secret", "").split() if secret]


def _envelope(event: dict[str, Any], account: Account) -> Envelope:
    if event["object"] != "event" or not str(event["id"]).startswith("evt_"):
        raise ValueError("not an event")
    if bool(event["livemode"]) != (account.mode == "live"):
        raise ValueError("test and live never meet")
    if not _plain(event["id"], most=120) or not _plain(event["type"], most=120):
        raise ValueError("no id or type of Stripe's looks so")
    thing = event["data"]["object"]
    return Envelope(
        event_id=str(event["id"])[:120],
        type=str(event["type"]),
        created=dt.datetime.fromtimestamp(event["created"], dt.UTC),
        account=account.account,
        mode=account.mode,
        subject=_subject(thing, account),
        claim=_claim(str(event["type"]), thing),
    )


def _plain(word: object, *, most: int = LONGEST) -> bool:
    """Whether a word can be an id or a type: printable ASCII of a length that we store."""
    return isinstance(word, str) and word.isascii() and word.isprintable() and 0 < len(word) <= most


def _subject(thing: dict[str, Any], account: Account) -> Subject | None:
    """The payment intent where the object is one or names one, else the session; None for what we have nothing to look at."""
    kind, name = thing.get("object"), thing.get("id")
    intent = name if kind == "payment_intent" else thing.get("payment_intent")
    if isinstance(intent, dict):
        intent = intent.get("id")
    if isinstance(intent, str) and intent.startswith("pi_") and _plain(intent):
        return Subject(MODULE, account.account, account.mode, "payment", intent)
    if kind == "checkout.session" and isinstance(name, str) and _plain(name):
        return Subject(MODULE, account.account, account.mode, "session", name)
    return None


def _claim(event_type: str, thing: dict[str, Any]) -> str:
    if event_type == "checkout.session.completed":
        return COMPLETED.get(str(thing.get("payment_status")), "")
    if event_type == "charge.updated":
        return Claim.BOOKED if thing.get("balance_transaction") else ""
    return CLAIMS.get(event_type, "")
