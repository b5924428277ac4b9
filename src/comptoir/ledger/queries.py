"""Sums over the ledger; a sum has one currency."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Sum

from comptoir.invoices.models import Invoice
from comptoir.kernel.money import CurrencyMismatchError, Money
from comptoir.ledger.models import Allocation, Entry


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
