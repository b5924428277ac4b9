"""SETTLE: invoice, order and services move by what the ledger says; whatever the source of the money."""

from __future__ import annotations

from comptoir.invoices.models import INVOICE_STATES, Invoice
from comptoir.jobs.queue import enqueue
from comptoir.kernel import clock, locks
from comptoir.kernel.money import Money
from comptoir.kernel.words import NOTHING, Words, code
from comptoir.ledger import credit
from comptoir.ledger.queries import paid_on
from comptoir.orders.models import ORDER_STATES, Order
from comptoir.payments.actions import holds, letters
from comptoir.payments.actions.late import is_late
from comptoir.payments.models import PAYABLE, Attempt
from comptoir.services import actions as services, steering
from comptoir.services.models import Service

SETTLED = {Invoice.State.PAID, Invoice.State.REFUNDED, Invoice.State.PARTIALLY_REFUNDED, Invoice.State.VOID}


def settle(*, invoice: Invoice, order: Order | None, who: str, born: list[Service] | None = None) -> None:
    """Within the caller's `locks.transaction()`, which holds the invoice and its order. Safe to call at any time, any number of times.

    Paid in full: paid, order completed, delivery demanded, one mail. Else in progress while an attempt is, else open; of an order
    that was cancelled meanwhile void instead of open.
    `born`: the order's services, where this very transaction has made them: nobody else sees them, they need no lock.
    """
    if invoice.state in SETTLED:
        return
    if paid_on(invoice).minor >= invoice.total_minor:
        _paid(invoice, order, who=who, born=born)
        return
    waiting = Attempt.objects.filter(invoice=invoice, state=Attempt.State.IN_PROGRESS).exists()
    INVOICE_STATES.move(invoice, Invoice.State.IN_PROGRESS if waiting else Invoice.State.OPEN, who=who)
    if not waiting and is_late(order):
        void(invoice, who=who)


def void(invoice: Invoice, *, who: str, why: Words = NOTHING) -> Money:
    """Nobody owes an open invoice any more: what the house's own sources had paid on it becomes credit. Returns how much that is.

    Within the caller's `locks.transaction()`, which holds the invoice's lock.
    """
    back = credit.free(invoice=invoice, who=who)
    INVOICE_STATES.move(invoice, Invoice.State.VOID, who=who, why=why)
    _end_others(invoice)
    return back


def went_back(*, invoice: Invoice, who: str) -> None:
    """Move a settled invoice by what still stands paid on it; one that was reopened is `settle`'s to judge.

    Within the caller's `locks.transaction()`, which holds the invoice. Credit that was taken off before it was paid counts for nothing.
    """
    if invoice.state not in SETTLED or invoice.state == Invoice.State.VOID:
        return
    INVOICE_STATES.move(invoice, standing_with(invoice, paid_on(invoice).minor), who=who)


def standing_with(invoice: Invoice, minor: int) -> Invoice.State:
    """What a settled invoice is while so much, in minor units, stands paid on it."""
    if minor >= invoice.total_minor:
        return Invoice.State.PAID
    return Invoice.State.PARTIALLY_REFUNDED if minor > 0 else Invoice.State.REFUNDED


def _paid(invoice: Invoice, order: Order | None, *, who: str, born: list[Service] | None) -> None:
    now = clock.now()
    INVOICE_STATES.move(invoice, Invoice.State.PAID, who=who)
    Invoice.objects.filter(pk=invoice.pk).update(paid_at=now)
    late, held = is_late(order), False
    if order is not None:
        ORDER_STATES.move(order, Order.State.COMPLETED, who=who, why=code(invoice.number or ""))
        owed = locks.take_all(Service, order_line__order=order) if born is None else born
        if late:
            steering.revive(services=owed, who=who)
        held = holds.hold(services=owed, order=order, invoice=invoice)
        services.demand(services=owed, invoice=invoice)
    _end_others(invoice)
    letters.paid(invoice, late=late, held=held)


def _end_others(invoice: Invoice) -> None:
    """Close what could still be paid on an invoice that is not to be paid any more, once this transaction commits."""
    for attempt in Attempt.objects.filter(invoice=invoice, state__in=PAYABLE).order_by("pk"):
        enqueue("payments.end", key=f"end:{attempt.pk}", args={"attempt_id": str(attempt.pk)})
