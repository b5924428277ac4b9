"""Invoices as the customer area lists them: each with what is still to be paid on it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from comptoir.invoices.models import Invoice
from comptoir.kernel.money import Money
from comptoir.ledger.models import Credit
from comptoir.ledger.queries import owed_on_each


@dataclass(frozen=True, slots=True)
class Billed:
    """An invoice, what is owed on it, and whether there is credit that could pay of it."""

    invoice: Invoice
    owed: Money
    has_credit: bool = False

    @property
    def partly(self) -> bool:
        """Whether a part is paid and a rest is owed."""
        return bool(self.owed) and self.owed != self.invoice.total


def billed(invoices: Iterable[Invoice], in_hand: Iterable[Credit] = ()) -> list[Billed]:
    """A page of invoices, in their order; `in_hand`: what their customer has in hand."""
    rows = list(invoices)
    owed = owed_on_each(rows)
    held = {(each.mode, each.currency) for each in in_hand if each.balance_minor}
    return [Billed(each, owed[each.pk], has_credit=(each.mode, each.currency) in held) for each in rows]
