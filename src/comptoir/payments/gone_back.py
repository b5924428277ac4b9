"""Money of an invoice that went back to its customer, is on its way or was taken by their bank, and money that is being checked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from comptoir.invoices.models import Invoice
from comptoir.kernel.money import Money
from comptoir.ledger.models import Source
from comptoir.ledger.queries import off_credit, off_invoice, paid_on, taken_by_banks, went_back
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

    `off_credit` and `off_invoice` say what of it had been the customer's credit and what had paid this invoice, where credit was taken.
    Taken is what the customer's bank took back for good, as of a dispute that was lost; before it could pay the invoice, which is open.
    """

    day: dt.datetime | None  # None where it was not noted
    amount: Money
    how: str
    off_credit: Money | None = None
    off_invoice: Money | None = None


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
            day = row.put_aside_at if how == OTHERWISE else row.created_at
            found.append(Back(day, row.amount, how, *_from_where(row, invoice, how)))
    found += [*_taken(invoice), *_taken_before(invoice)]
    found += [Back(day, amount, CREDIT) for day, amount in kept_as_credit(invoice)]
    return sorted(found, key=lambda each: (each.day is None, each.day))


def _from_where(row: Refund, invoice: Invoice, how: str) -> tuple[Money | None, Money | None]:
    """What a refund that has left was taken from: credit and invoice; None where no credit was taken."""
    if how not in {SENT, UNDER_WAY}:
        return None, None
    name = {"source": row.module, "account": row.account, "mode": row.mode, "reference": row.reference}
    of_credit = off_credit(**name, currency=row.currency)
    return (of_credit, off_invoice(invoice, **name)) if of_credit else (None, None)


def still_paid(invoice: Invoice) -> Money | None:
    """What stands paid on an invoice of which a part went back; None where that is nothing, or all of it."""
    stands = paid_on(invoice)
    part = invoice.state == Invoice.State.PARTIALLY_REFUNDED and stands.minor > 0
    return stands if part else None


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
