"""How an invoice can be paid now: what is owed, what has come already, and how much of the customer's credit could be used."""

from __future__ import annotations

from dataclasses import dataclass

from comptoir.invoices.models import Invoice
from comptoir.kernel.money import Money
from comptoir.ledger.queries import credit_for, credit_used_on, owed_on, paid_on


@dataclass(frozen=True, slots=True)
class Paying:
    """Amounts of one invoice. `by_credit`: of what has come, what was the customer's credit; `usable`: what a click would use of it."""

    owed: Money
    by_credit: Money
    otherwise: Money
    usable: Money

    @property
    def rest(self) -> Money:
        """What would be left to pay."""
        return self.owed - self.usable

    @property
    def told(self) -> bool:
        """Whether there is more to say than the total."""
        return bool(self.by_credit) or bool(self.owed and self.otherwise)


def paying(invoice: Invoice) -> Paying:
    """The amounts as they stand."""
    owed, by_credit = owed_on(invoice), credit_used_on(invoice)
    held = credit_for(invoice)
    usable = min(owed, held, key=lambda each: each.minor)
    if invoice.state != Invoice.State.OPEN:
        usable = Money(0, invoice.currency)
    return Paying(owed=owed, by_credit=by_credit, otherwise=paid_on(invoice) - by_credit, usable=usable)
