"""Sums over the ledger; a sum has one currency."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db.models import Exists, OuterRef, QuerySet, Sum

from comptoir.customers.models import Customer
from comptoir.invoices.models import Invoice
from comptoir.kernel.money import CurrencyMismatchError, Money
from comptoir.ledger.models import Allocation, Credit, CreditEntry, Entry
from comptoir.orders.models import Order

OF_DISPUTES = (Entry.Kind.DISPUTE, Entry.Kind.DISPUTE_REVERSAL)
# A dispute stands on its own: what it has taken for good is known to `payments`, which subtracts it.
OF_PAYMENTS = (Entry.Kind.PAYMENT, Entry.Kind.REFUND, Entry.Kind.REFUND_FAILURE)


def paid_on(invoice: Invoice) -> Money:
    """What the ledger says was paid on an invoice. Raises CurrencyMismatchError where a row is in another currency."""
    sums = list(
        Allocation.objects.filter(invoice=invoice)
        .values_list("entry__currency")
        .annotate(Sum("amount_minor"))
        .order_by("entry__currency")
    )
    if any(currency != invoice.currency for currency, _minor in sums):
        raise CurrencyMismatchError(f"invoice {invoice.pk} in {invoice.currency} has rows in {sums}")
    return Money(sums[0][1] if sums else 0, invoice.currency)


def owed_on(invoice: Invoice) -> Money:
    """What is still to be paid on an invoice that is issued; nothing where it is paid, void, or money went back of it.

    Nothing either while it waits for a debit that was under way when its order was cancelled.
    """
    in_progress = invoice.state == Invoice.State.IN_PROGRESS
    if invoice.state != Invoice.State.OPEN and not in_progress:
        return Money(0, invoice.currency)
    if in_progress and Order.objects.filter(invoices=invoice, state=Order.State.CANCELLED).exists():
        return Money(0, invoice.currency)
    return Money(max((invoice.total - paid_on(invoice)).minor, 0), invoice.currency)


def owed_on_each(invoices: Iterable[Invoice]) -> dict[int, Money]:
    """What is owed on each of a page of invoices that is open, by their keys, in one look at the ledger; nothing on the others."""
    rows = list(invoices)
    open_ones = [each.pk for each in rows if each.state == Invoice.State.OPEN]
    sums = Allocation.objects.filter(invoice__in=open_ones).values_list("invoice").annotate(Sum("amount_minor"))
    paid = dict(sums.order_by())
    return {
        each.pk: Money(max(each.total_minor - paid.get(each.pk, 0), 0) if each.pk in open_ones else 0, each.currency)
        for each in rows
    }


def credit_used_on(invoice: Invoice) -> Money:
    """How much of its customer's credit stands on an invoice; nothing where more than that was made credit of it."""
    moved = CreditEntry.objects.filter(
        invoice=invoice, kind__in=[CreditEntry.Kind.USED, CreditEntry.Kind.RETURNED], credit__currency=invoice.currency
    )
    return Money(max(-(moved.aggregate(sum=Sum("amount_minor"))["sum"] or 0), 0), invoice.currency)


def credit_for(invoice: Invoice) -> Money:
    """What its customer has in hand in the invoice's currency and mode."""
    return credit_in(customer_id=invoice.customer_id, mode=invoice.mode, currency=invoice.currency)


def credit_in(*, customer_id: int, mode: str, currency: str) -> Money:
    """What a customer has in hand in one currency and mode."""
    held = Credit.objects.filter(customer=customer_id, mode=mode, currency=currency).first()
    return held.balance if held is not None else Money(0, currency)


def credit_movements(customer: Customer) -> QuerySet[CreditEntry]:
    """What was ever added to a customer's credits and taken from them, the newest first."""
    rows = CreditEntry.objects.filter(credit__customer=customer).select_related("credit", "invoice", "entry")
    return rows.order_by("-pk")


def credits_of(customer: Customer | None) -> list[Credit]:
    """What a customer has, or had, in hand: one row a currency and mode."""
    return list(Credit.objects.filter(customer=customer).order_by("-mode", "currency")) if customer else []


def unplaced(*, source: str, account: str, mode: str, payment: str, currency: str) -> Money:
    """What has come of a payment, has not been given back, and neither pays an invoice nor is a customer's credit."""
    rows = Entry.objects.filter(source=source, account=account, mode=mode, payment=payment, currency=currency)
    came = rows.filter(kind__in=OF_PAYMENTS).aggregate(sum=Sum("amount_minor"))["sum"] or 0
    pays = Allocation.objects.filter(entry__in=rows).aggregate(sum=Sum("amount_minor"))["sum"] or 0
    kept = CreditEntry.objects.filter(entry__in=rows).aggregate(sum=Sum("amount_minor"))["sum"] or 0
    return Money(came - pays - kept, currency)


def taken_by_banks(invoice: Invoice) -> list[tuple[dt.datetime, int]]:
    """What disputes have moved on an invoice: when, and by how many minor units of its currency; negative where a bank has taken it."""
    rows = Allocation.objects.filter(invoice=invoice, entry__kind__in=OF_DISPUTES)
    return list(rows.order_by("pk").values_list("entry__occurred_at", "amount_minor"))


def off_credit(*, source: str, account: str, mode: str, reference: str, currency: str) -> Money:
    """What a refund, by its reference, has taken of the credit that its payment had become."""
    rows = CreditEntry.objects.filter(
        entry__source=source,
        entry__account=account,
        entry__mode=mode,
        entry__kind=Entry.Kind.REFUND,
        entry__reference=reference,
        credit__currency=currency,
    )
    return Money(-(rows.aggregate(sum=Sum("amount_minor"))["sum"] or 0), currency)


def off_invoice(invoice: Invoice, *, source: str, account: str, mode: str, reference: str) -> Money:
    """What a refund, by its reference, has taken off what was paid on an invoice."""
    rows = Allocation.objects.filter(
        invoice=invoice,
        entry__source=source,
        entry__account=account,
        entry__mode=mode,
        entry__kind=Entry.Kind.REFUND,
        entry__reference=reference,
    )
    return Money(-(rows.aggregate(sum=Sum("amount_minor"))["sum"] or 0), invoice.currency)


def went_back(invoice: Invoice) -> list[Entry]:
    """The refunds of what was paid on an invoice, the first first; without those that failed later."""
    refunds = Entry.objects.filter(allocations__invoice=invoice, kind=Entry.Kind.REFUND)
    failed = Entry.objects.filter(
        source=OuterRef("source"),
        account=OuterRef("account"),
        mode=OuterRef("mode"),
        reference=OuterRef("reference"),
        kind=Entry.Kind.REFUND_FAILURE,
    )
    return list(refunds.exclude(Exists(failed)).order_by("occurred_at", "pk"))
