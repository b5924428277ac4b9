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
from comptoir.payments.models import Dispute, Payment, Refund
from comptoir.payments.queries import kept_as_credit
from comptoir.payments.refundable import paid_by

SENT, UNDER_WAY, NOT_ARRIVED, OTHERWISE = "sent", "under_way", "not_arrived", "otherwise"
CREDIT, TAKEN, TAKEN_BEFORE = "credit", "taken", "taken_before"


@dataclass(frozen=True, slots=True)
class Back:
    """One amount. `how` is `sent`, `under_way` (the bank has yet to take it), `not_arrived` (it came back to us), `otherwise` (given in
    another way, as somebody has said), `credit`, `taken` or `taken_before`.

    Taken is what the customer's bank took back for good, as of a dispute that was lost; before it could pay the invoice, which is open.
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
    found += [*_taken(invoice), *_taken_before(invoice)]
    found += [Back(day, amount, CREDIT) for day, amount in kept_as_credit(invoice)]
    return sorted(found, key=lambda each: (each.day is None, each.day))


def _taken(invoice: Invoice) -> Iterator[Back]:
    """What stands on the invoice of all that banks have taken and given back again: one amount, since the last time."""
    moved = taken_by_banks(invoice)
    minor = -sum(pays for _at, pays in moved)
    if minor > 0:
        yield Back(max(at for at, pays in moved if pays < 0), Money(minor, invoice.currency), TAKEN)


def _taken_before(invoice: Invoice) -> Iterator[Back]:
    """What banks took of payments that never stood on the invoice: why it is still to be paid, or being paid anew."""
    if invoice.state not in {Invoice.State.OPEN, Invoice.State.IN_PROGRESS}:
        return
    lost = Dispute.objects.filter(payment__invoice=invoice, lost_minor__gt=0).select_related("payment")
    for row in lost.order_by("pk"):
        if not paid_by(row.payment):
            yield Back(row.created_at, row.lost, TAKEN_BEFORE)


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
