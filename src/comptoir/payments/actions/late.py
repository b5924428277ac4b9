"""LATE: a debit that was under way when its order was cancelled. What its money does when it comes, by the house's rule."""

from __future__ import annotations

from comptoir.invoices.models import Invoice
from comptoir.ledger.models import CreditEntry, Entry
from comptoir.ledger.queries import paid_on
from comptoir.orders.models import Order
from comptoir.payments.actions import placing
from comptoir.payments.models import LateSuccess
from comptoir.payments.queries import rules


def is_late(order: Order | None) -> bool:
    """Whether money that comes for this order comes after it was cancelled."""
    return order is not None and order.state == Order.State.CANCELLED


def place(entry: Entry, invoice: Invoice, *, who: str) -> None:
    """Let the money of a cancelled order pay its invoice after all, or become credit (`Rules.late_success`).

    Within the transaction of `observe`, which holds the locks; `settle` follows, and delivers or voids.
    """
    if rules().late_success == LateSuccess.DELIVER:
        placing.place(entry, invoice, who=who, owed=invoice.total - paid_on(invoice))
    else:
        kind = CreditEntry.Kind.PAYMENT
        placing.keep(entry, entry.amount, customer_id=invoice.customer_id, kind=kind, invoice=invoice, who=who)
