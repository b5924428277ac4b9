"""Sums over the ledger; a sum has one currency."""

from __future__ import annotations

from django.db.models import Sum

from comptoir.invoices.models import Invoice
from comptoir.kernel.money import CurrencyMismatchError, Money
from comptoir.ledger.models import Allocation


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
