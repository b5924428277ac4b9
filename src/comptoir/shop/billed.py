"""Invoices as the customer area lists them: each with what is still to be paid on it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from comptoir.invoices.models import Invoice
from comptoir.kernel.money import Money
from comptoir.ledger.queries import owed_on_each


@dataclass(frozen=True, slots=True)
class Billed:
    """An invoice, and what is owed on it."""

    invoice: Invoice
    owed: Money

    @property
    def partly(self) -> bool:
        """Whether a part is paid and a rest is owed."""
        return bool(self.owed) and self.owed != self.invoice.total


def billed(invoices: Iterable[Invoice]) -> list[Billed]:
    """A page of invoices, in their order."""
    rows = list(invoices)
    owed = owed_on_each(rows)
    return [Billed(each, owed[each.pk]) for each in rows]
