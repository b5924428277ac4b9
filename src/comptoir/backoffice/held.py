"""Payments that are held, as the queue shows them: what each decision would do, in amounts."""

from __future__ import annotations

from dataclasses import dataclass

from comptoir.kernel.money import Money
from comptoir.ledger.queries import owed_on
from comptoir.payments import refundable
from comptoir.payments.actions import review
from comptoir.payments.actions.review import Held
from comptoir.payments.models import Payment


@dataclass(frozen=True, slots=True)
class Waiting:
    """A held payment. `owed`: what its invoice still wants, `left`: what of it can be given back."""

    held: Held
    owed: Money | None
    left: Money

    @property
    def payment(self) -> Payment:
        """The payment itself."""
        return self.held.payment

    @property
    def still_owed(self) -> Money | None:
        """What would be left to pay on the invoice after accepting it."""
        return None if self.owed is None else self.owed - self.held.paying

    @property
    def settles(self) -> bool:
        """Whether accepting it pays the invoice in full."""
        return self.still_owed is not None and not self.still_owed

    @property
    def delivers(self) -> bool:
        """Whether something is delivered then."""
        invoice = self.payment.invoice
        return self.settles and invoice is not None and invoice.order_id is not None


def queue() -> list[Waiting]:
    """The payments that wait for a person, the oldest first."""
    return [_waiting(each) for each in review.held()]


def _waiting(each: Held) -> Waiting:
    invoice = each.payment.invoice
    same = invoice is not None and invoice.currency == each.payment.currency
    return Waiting(each, owed_on(invoice) if invoice is not None and same else None, refundable.left(each.payment))
