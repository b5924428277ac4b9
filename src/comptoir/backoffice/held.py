"""Payments that are held, as the queue shows them: what each decision would do, in amounts."""

from __future__ import annotations

from dataclasses import dataclass

from comptoir.kernel.money import Money
from comptoir.ledger.queries import owed_on
from comptoir.payments import refundable
from comptoir.payments.actions import review
from comptoir.payments.actions.review import Held
from comptoir.payments.models import Payment

PER_PAGE = 20


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


def queue(*, after: int = 0) -> tuple[list[Waiting], int | None]:
    """A page of the payments that wait for a person, the oldest first; and the one after which the next page goes on."""
    found = [_waiting(each) for each in review.held(after=after, most=PER_PAGE + 1)]
    page = found[:PER_PAGE]
    return page, page[-1].payment.pk if len(found) > PER_PAGE else None


def _waiting(each: Held) -> Waiting:
    invoice = each.payment.invoice
    same = invoice is not None and invoice.currency == each.payment.currency
    return Waiting(each, owed_on(invoice) if invoice is not None and same else None, refundable.left(each.payment))
