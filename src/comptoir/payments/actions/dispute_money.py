"""OBSERVE, disputes: each movement of the bank's is a ledger row, once by the id of what was booked; what is lost leaves the invoice."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.db.models import Sum

from comptoir.invoices.models import Invoice
from comptoir.kernel.money import Money, exponent
from comptoir.ledger import actions as ledger, credit
from comptoir.ledger.models import Allocation, CreditEntry, Entry
from comptoir.modules.api import DisputeSeen, DisputeStatus, Settlement
from comptoir.payments.actions import placing
from comptoir.payments.models import OPEN_DISPUTES, Dispute, Payment

KINDS = (Entry.Kind.DISPUTE, Entry.Kind.DISPUTE_REVERSAL)
FIRST = dt.timedelta(days=1)


def book(seen: DisputeSeen, row: Dispute, payment: Payment) -> None:
    """Add a ledger row for each movement that is not booked yet: withdrawals negative, reinstatements positive, a fee over nothing."""
    fresh = [each for each in seen.settlements if each.id not in row.booked]
    for booked in fresh:
        amount = in_paid_currency(booked, seen.amount, away=-sum(each.amount_minor for each in entries(row)))
        entry = ledger.record(
            source=row.module,
            account=row.account,
            mode=row.mode,
            kind=Entry.Kind.DISPUTE_REVERSAL if amount.minor > 0 else Entry.Kind.DISPUTE,
            reference=booked.id,
            payment=payment.reference,
            amount=amount,
            occurred_at=booked.booked_at or seen.created,
        )
        ledger.settle_entry(entry, booked)
        row.booked = [*row.booked, booked.id]
    if fresh:
        Dispute.objects.filter(pk=row.pk).update(booked=row.booked)


def in_paid_currency(booked: Settlement, disputed: Money, *, away: int) -> Money:
    """What a movement is in the currency that was paid: `booked` is in that of settlement, which may differ.

    By the rate of the movement itself; what comes as near as rounding explains to all that is disputed, or `away` (minor units), is that.
    """
    if booked.amount.currency == disputed.currency or not booked.amount:
        return Money(booked.amount.minor, disputed.currency)
    whole = away if booked.amount.minor > 0 else -disputed.minor
    rate = Decimal(booked.exchange_rate or 0)
    if not rate:
        return Money(whole, disputed.currency)
    scale = exponent(disputed.currency) - exponent(booked.amount.currency)
    cent = (
        Decimal(1).scaleb(scale) / rate
    )  # the least that the settlement can tell apart, in minor units of what was paid
    minor = round(booked.amount.minor * cent)
    return Money(whole if abs(minor - whole) <= cent + 1 else minor, disputed.currency)


def entries(row: Dispute) -> list[Entry]:
    """The ledger rows of a dispute, oldest first."""
    if not row.booked:
        return []
    rows = Entry.objects.filter(
        source=row.module, account=row.account, mode=row.mode, kind__in=KINDS, reference__in=row.booked
    )
    return list(rows.order_by("pk"))


def judge(row: Dispute, payment: Payment, invoice: Invoice | None) -> None:
    """What of it is lost for good by its state and its rows: it leaves what it had paid, and comes back where the bank thinks better of it.

    Within the transaction of `observe`, which holds the locks; a second time changes nothing.
    """
    rows = entries(row)
    lost = _lost(row, rows)
    before, row.lost_minor = row.lost_minor, lost
    if lost == before:
        return
    Dispute.objects.filter(pk=row.pk).update(lost_minor=lost)
    if lost > before:
        for entry in rows:
            if entry.amount_minor < 0:
                placing.take_off(entry, payment, invoice)
    else:
        _give_back(rows, invoice, before - lost)
        if not lost:
            placing.owes_no_more(rows)


def _lost(row: Dispute, rows: list[Entry]) -> int:
    """In minor units. An open dispute may be won yet; one that was won without anything booked back yet is waited for."""
    away = max(-sum(entry.amount_minor for entry in rows), 0)
    if row.state == Dispute.State.WON and away and not any(entry.amount_minor > 0 for entry in rows):
        return min(row.lost_minor, away)
    if row.state in OPEN_DISPUTES and not row.appeal:
        return min(row.lost_minor, away)  # the next stage after a loss begins with the money away
    return away


def is_awaited(seen: DisputeSeen, *, now: dt.datetime) -> bool:
    """Whether something is still to be booked: what a bank took, in the first day, or what it gives back after a dispute that was won.

    Of a payment that had been given back nothing is ever taken.
    """
    taken = any(each.amount.minor < 0 for each in seen.settlements)
    if seen.status is DisputeStatus.WON:
        return taken and not any(each.amount.minor > 0 for each in seen.settlements)
    return not taken and not seen.inquiry and seen.status is not DisputeStatus.CLOSED and now - seen.created < FIRST


def _give_back(rows: list[Entry], invoice: Invoice | None, minor: int) -> None:
    """What was taken is put back in the opposite order: on the invoice first, then as credit; the rest had never been placed."""
    for entry in rows:
        part = min(minor, entry.amount_minor)
        if part <= 0 or placing.is_placed(entry):
            continue
        minor -= part
        on_invoice = min(part, -_sum_on(rows, invoice))
        if on_invoice > 0 and invoice is not None:
            ledger.allocate(entry=entry, invoice=invoice, amount=Money(on_invoice, entry.currency))
            part -= on_invoice
        _credit_again(entry, rows, part)


def _sum_on(rows: list[Entry], invoice: Invoice | None) -> int:
    found = Allocation.objects.filter(invoice=invoice, entry__in=rows)
    return found.aggregate(sum=Sum("amount_minor"))["sum"] or 0


def _credit_again(entry: Entry, rows: list[Entry], most: int) -> None:
    taken = CreditEntry.objects.filter(entry__in=rows).order_by("pk")
    part = min(most, -(taken.aggregate(sum=Sum("amount_minor"))["sum"] or 0))
    owner = taken.values_list("credit__customer_id", flat=True).first()
    if part > 0 and owner is not None:
        credit.add(
            customer_id=owner,
            mode=entry.mode,
            amount=Money(part, entry.currency),
            kind=CreditEntry.Kind.PAYMENT,
            reference=f"again:{entry.source}:{entry.reference}:{entry.pk}",
            who=entry.source,
            entry=entry,
        )
