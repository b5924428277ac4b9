"""Money of an invoice that went back to its customer, is on its way or was taken by their bank, and money that is being checked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from comptoir.invoices.models import Invoice
from comptoir.kernel.money import Money
from comptoir.ledger.models import Source
from comptoir.ledger.queries import taken_by_banks, went_back
from comptoir.mail import actions as mail
from comptoir.payments.actions.refund import owed
from comptoir.payments.models import Payment, Refund

SENT, UNDER_WAY, NOT_ARRIVED, OTHERWISE, CREDIT, TAKEN = (
    "sent",
    "under_way",
    "not_arrived",
    "otherwise",
    "credit",
    "taken",
)


@dataclass(frozen=True, slots=True)
class Back:
    """One amount. `how` is `sent`, `under_way` (the bank has yet to take it), `not_arrived` (it came back to us), `otherwise` (given in
    another way, as somebody has said), `credit`, or `taken`.

    Taken is what the customer's bank took back for good, as of a dispute that was lost.
    """

    day: dt.datetime | None  # None where it was not noted
    amount: Money
    how: str


def gone_back(invoice: Invoice) -> list[Back]:
    """What the customer reads of it, the first first: refunds of any payment of this invoice, credit that was given back, lost disputes."""
    every = Refund.objects.filter(payment__invoice=invoice).order_by("created_at", "pk")
    refunds = [row for row in every if row.reference or row.otherwise]
    told = {row.reference for row in refunds}
    found = [
        Back(entry.occurred_at, -entry.amount, CREDIT if entry.source == Source.CREDIT else SENT)
        for entry in went_back(invoice)
        if entry.reference not in told
    ]
    still_owed = set(owed().filter(payment__invoice=invoice).values_list("pk", flat=True))
    for row in refunds:
        how = _how(row, is_owed=row.pk in still_owed)
        if how:
            found.append(Back(row.put_aside_at if how == OTHERWISE else row.created_at, row.amount, how))
    return sorted([*found, *_taken(invoice)], key=lambda each: (each.day is None, each.day))


def _taken(invoice: Invoice) -> Iterator[Back]:
    """What stands on the invoice of all that banks have taken and given back again: one amount, since the last time."""
    moved = taken_by_banks(invoice)
    minor = -sum(pays for _at, pays in moved)
    if minor > 0:
        yield Back(max(at for at, pays in moved if pays < 0), Money(minor, invoice.currency), TAKEN)


def _how(row: Refund, *, is_owed: bool) -> str:
    """In which words it is told; '' for what the customer never heard of and has not to wait for."""
    if row.state == Refund.State.SUCCEEDED:
        return SENT
    if row.state == Refund.State.PENDING:
        return UNDER_WAY
    if row.otherwise:
        return OTHERWISE
    if row.state == Refund.State.FAILED and is_owed and mail.is_told(f"refunded:{row.reference}"):
        return NOT_ARRIVED
    return ""


def being_checked(invoice: Invoice) -> list[Payment]:
    """Payments for this invoice that have arrived and that our team is checking."""
    return list(Payment.objects.filter(invoice=invoice, state=Payment.State.HELD).order_by("pk"))
