"""Stripe's books: balance transactions of a period or of a payout, each with the payment behind it; and payouts."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils.translation import gettext_noop

from comptoir.kernel.money import Money
from comptoir.kernel.words import code, words
from comptoir.modules.api import (
    Account,
    BookKind,
    BookPage,
    BookRow,
    CallRefusedError,
    OutcomeUnknownError,
    PayoutPage,
)
from comptoir_stripe import gateway, look, payout, seen
from comptoir_stripe.amounts import from_stripe
from comptoir_stripe.told import Data, moment, rate_of

PAGE = 100  # the most that Stripe lists
# A row's source is a charge, refund or dispute, of which each names the payment; other sources (payouts) have no such field.
SOURCE = ["data.source.payment_intent"]

KINDS = {  # by `reporting_category`, which Stripe recommends over `type` for the books
    "charge": BookKind.PAYMENT,
    "refund": BookKind.REFUND,
    "refund_failure": BookKind.REFUND_FAILURE,
    "dispute": BookKind.DISPUTE,
    "dispute_reversal": BookKind.DISPUTE_REVERSAL,
    "payout": BookKind.PAYOUT,
    "payout_reversal": BookKind.PAYOUT,
    "fee": BookKind.FEE,
    "tax": BookKind.FEE,
    "network_cost": BookKind.FEE,
    # Of products that a host does not use through us, or of Stripe's own. Where a payment of ours stands behind one, it is reported.
    "advance": BookKind.OTHER, "advance_funding": BookKind.OTHER, "anticipation_repayment": BookKind.OTHER,
    "charge_failure": BookKind.OTHER, "climate_order_purchase": BookKind.OTHER, "climate_order_refund": BookKind.OTHER,
    "connect_collection_transfer": BookKind.OTHER, "connect_reserved_funds": BookKind.OTHER, "contribution": BookKind.OTHER,
    "financing_paydown": BookKind.OTHER, "financing_paydown_reversal": BookKind.OTHER, "financing_payout": BookKind.OTHER,
    "financing_payout_reversal": BookKind.OTHER, "issuing_authorization_hold": BookKind.OTHER,
    "issuing_authorization_release": BookKind.OTHER, "issuing_dispute": BookKind.OTHER, "issuing_transaction": BookKind.OTHER,
    "other_adjustment": BookKind.OTHER, "partial_capture_reversal": BookKind.OTHER, "platform_earning": BookKind.OTHER,
    "platform_earning_refund": BookKind.OTHER, "risk_reserved_funds": BookKind.OTHER, "topup": BookKind.OTHER,
    "topup_reversal": BookKind.OTHER, "transfer": BookKind.OTHER, "transfer_reversal": BookKind.OTHER,
    "unreconciled_customer_funds": BookKind.OTHER,
}  # fmt: skip


def books(account: Account, *, since: dt.datetime, until: dt.datetime, cursor: str = "") -> BookPage:
    """A hundred rows booked from `since` to before `until` (whole seconds), newest first, of everybody. Raises OutcomeUnknownError."""
    return _rows(account, {"created": {"gte": int(since.timestamp()), "lt": int(until.timestamp())}}, cursor)


def payout_rows(account: Account, name: str, *, cursor: str = "") -> BookPage:
    """A hundred of the rows that left in an automatic payout, its own row left out. Raises OutcomeUnknownError."""
    page = _rows(account, {"payout": name}, cursor)
    return BookPage(tuple(row for row in page.rows if row.source != name), page.cursor)


def payouts(account: Account, *, since: dt.datetime, cursor: str = "") -> PayoutPage:
    """A hundred payouts made since a time, newest first. Raises OutcomeUnknownError."""
    client = gateway.client(account)
    params: Data = {"limit": PAGE, "created": {"gte": int(since.timestamp())}, **_after(cursor)}
    try:
        listed = gateway.ask(lambda: client.v1.payouts.list(params))  # type: ignore[arg-type]
    except CallRefusedError as error:
        raise look.unread(error) from error
    return PayoutPage(tuple(payout.seen(each) for each in listed["data"]), _next(listed))


def _rows(account: Account, wanted: Data, cursor: str) -> BookPage:
    client = gateway.client(account)
    params: Data = {"limit": PAGE, "expand": SOURCE, **wanted, **_after(cursor)}
    try:
        listed = gateway.ask(lambda: client.v1.balance_transactions.list(params))  # type: ignore[arg-type]
    except CallRefusedError as error:
        raise look.unread(error) from error
    return BookPage(tuple(_row(each, account.installation) for each in listed["data"]), _next(listed))


def _after(cursor: str) -> dict[str, str]:
    return {"starting_after": cursor} if cursor else {}


def _next(listed: Data) -> str:
    return str(listed["data"][-1]["id"]) if listed.get("has_more") and listed["data"] else ""


def _row(booked: Data, installation: str) -> BookRow:
    source = booked.get("source")
    kind = KINDS.get(booked["reporting_category"], BookKind.OTHER)
    thing: Data = source if isinstance(source, dict) else {}
    intent = thing.get("payment_intent")
    return BookRow(
        id=booked["id"],
        kind=kind,
        type=booked["type"],
        category=booked["reporting_category"],
        amount=_amount(booked, "amount"),
        fee=_amount(booked, "fee"),
        net=_amount(booked, "net"),
        created=moment(booked["created"]),
        available_on=moment(booked["available_on"]),
        source=str(thing.get("id") or source or ""),
        payment=_payment(thing, intent),
        ours=_ours(thing, intent, installation),
        paid=_paid(thing, kind),
        exchange_rate=rate_of(booked, paid_in=thing.get("currency") or booked["currency"]),
    )


def _payment(thing: Data, intent: Any) -> str:
    """The payment behind a row: its intent; of others' payments without one, the charge."""
    if intent:
        return str(intent["id"] if isinstance(intent, dict) else intent)
    return str(thing["id"] if thing.get("object") == "charge" else thing.get("charge") or "")


def _ours(thing: Data, intent: Any, installation: str) -> bool | None:
    """By the metadata of the payment; a charge without an intent was made by another system: ours always have one."""
    if isinstance(intent, dict):
        return seen.is_ours(intent, installation)
    if thing.get("object") in {"charge", "refund", "dispute"} and not intent:
        return False
    return None


def _paid(thing: Data, kind: BookKind) -> Money | None:
    """What the customer paid or was given back; of disputes, which are booked in parts, no row can say it."""
    if kind is BookKind.PAYMENT and thing.get("object") == "charge":
        return _amount(thing, "amount_captured")
    if kind in {BookKind.REFUND, BookKind.REFUND_FAILURE} and thing.get("object") == "refund":
        amount = _amount(thing, "amount")
        return amount if kind is BookKind.REFUND_FAILURE else -amount
    return None


def _amount(thing: Data, name: str) -> Money:
    try:
        return from_stripe(thing[name], thing["currency"])
    except ValueError as error:  # a row that cannot be told exactly must not be left out, nor rounded
        problem = words(gettext_noop("%(reference)s has an amount that is not exact"), reference=code(str(thing["id"])))
        raise OutcomeUnknownError(problem) from error
