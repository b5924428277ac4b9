"""Stripe's ids: which texts can be one, and to which payment, or payout, one leads."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from comptoir.modules.api import Account, CallRefusedError, Subject
from comptoir_stripe import gateway, look, webhooks
from comptoir_stripe.told import Data

DRAWN = r"[A-Za-z0-9]{8,100}"
FORM = re.compile(
    rf"(?:(?:pi|ch|py|re|pyr|du|dp|issfr|po|txn)_{DRAWN}|evt_(?:test_|live_)?{DRAWN}|cs_(?:test|live)_{DRAWN})"
)


def well_formed(reference: str) -> bool:
    """Whether a text can be, wholly, an id of a payment or what belongs to one, of a payout, booking or event. No network."""
    return FORM.fullmatch(reference) is not None


def resolve(account: Account, reference: str) -> Subject | None:
    """Ask which payment or payout an id belongs to; None where Stripe knows none of it in this account. Raises OutcomeUnknownError."""
    if not well_formed(reference) or _of_other_mode(account, reference):
        return None
    kinds: dict[str, Callable[[Account, str], Subject | None]] = {
        "pi": _intent,
        "cs": _session,
        "ch": _charge,
        "py": _charge,
        "re": _refund,
        "pyr": _refund,
        "du": _dispute,
        "dp": _dispute,
        "issfr": _warning,
        "po": _payout,
        "txn": _booking,
        "evt": _event,
    }
    try:
        return kinds[reference.partition("_")[0]](account, reference)
    except CallRefusedError as error:
        if error.code in {look.MISSING, "not_found"}:
            return None
        raise look.unread(error) from error


def _of_other_mode(account: Account, reference: str) -> bool:
    other = "live" if account.mode == "test" else "test"
    return reference.startswith((f"cs_{other}_", f"evt_{other}_"))


def _subject(account: Account, kind: str, name: str) -> Subject:
    return Subject(webhooks.MODULE, account.account, account.mode, kind, name)


def _read(read: Callable[[], Any]) -> Data:
    return gateway.ask(read)


def _intent(account: Account, name: str) -> Subject:
    client = gateway.client(account)
    return _subject(account, "payment", _read(lambda: client.v1.payment_intents.retrieve(name))["id"])


def _session(account: Account, name: str) -> Subject:
    client = gateway.client(account)
    found = _read(lambda: client.v1.checkout.sessions.retrieve(name))
    intent = found.get("payment_intent")
    return _subject(account, "payment", intent) if intent else _subject(account, "session", name)


def _charge(account: Account, name: str) -> Subject:
    client = gateway.client(account)
    found = _read(lambda: client.v1.charges.retrieve(name))
    intent = found.get("payment_intent")
    return _subject(account, "payment", intent) if intent else _subject(account, "charge", name)


def _refund(account: Account, name: str) -> Subject | None:
    client = gateway.client(account)
    return _by(account, _read(lambda: client.v1.refunds.retrieve(name)))


def _dispute(account: Account, name: str) -> Subject | None:
    client = gateway.client(account)
    return _by(account, _read(lambda: client.v1.disputes.retrieve(name)))


def _warning(account: Account, name: str) -> Subject | None:
    client = gateway.client(account)
    return _by(account, _read(lambda: client.v1.radar.early_fraud_warnings.retrieve(name)))


def _by(account: Account, thing: Data) -> Subject | None:
    if thing.get("payment_intent"):
        return _subject(account, "payment", thing["payment_intent"])
    return _charge(account, thing["charge"]) if thing.get("charge") else None


def _payout(account: Account, name: str) -> Subject:
    client = gateway.client(account)
    return _subject(account, "payout", _read(lambda: client.v1.payouts.retrieve(name))["id"])


def _booking(account: Account, name: str) -> Subject | None:
    """By what it was booked for; Stripe's own fees belong to nothing."""
    client = gateway.client(account)
    source = _read(lambda: client.v1.balance_transactions.retrieve(name)).get("source")
    if not isinstance(source, str) or source.startswith(("txn_", "evt_")):
        return None
    return resolve(account, source)


def _event(account: Account, name: str) -> Subject | None:
    """By its object; an event with a thin payload is found at another address than the others."""
    client = gateway.client(account)
    try:
        event = _read(lambda: client.v1.events.retrieve(name))
    except CallRefusedError as error:
        if error.code != look.MISSING:
            raise
        event = _read(lambda: client.v2.core.events.retrieve(name))
    return webhooks.subject_of(event, account)
