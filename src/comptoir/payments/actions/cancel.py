"""CANCEL: an order that is not paid. Its payment page is closed first; then order, invoice and services go in one transaction."""

from __future__ import annotations

from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from comptoir.invoices.models import Invoice
from comptoir.kernel import audit, locks
from comptoir.kernel.errors import SaidError
from comptoir.kernel.money import Money
from comptoir.kernel.words import verbatim
from comptoir.ledger.models import Allocation, Source
from comptoir.orders.models import ORDER_STATES, Order
from comptoir.payments.actions import letters
from comptoir.payments.actions.closing import PAID_MEANWHILE, close_page
from comptoir.payments.actions.settle import void
from comptoir.payments.actions.start import refuse_unpayable
from comptoir.payments.models import Attempt
from comptoir.services import steering
from comptoir.services.models import Service, Wanted

DECIDED = _("This order is not open (any more): it is paid or was cancelled. Nothing was changed.")
PARTLY_PAID = _(
    "A part of this order is paid through a payment service. Nothing was changed; give that payment back first, then cancel."
)
BEFORE_A_PAGE = (Attempt.State.CREATED, Attempt.State.OPEN)


def cancel(*, order_id: int, why: str, who: str, by_customer: bool = False) -> bool:
    """Cancel an order that is not paid: invoice void, nothing delivered. Never inside a transaction. True where a debit is under way.

    Such a debit cannot be stopped, so only the team may cancel then: the invoice waits for its outcome (`late`, `settle`). Credit that
    was used is given back, and what was paid by transfer or in cash becomes credit. `why` is what the person wrote.

    Raises:
        SaidError: it is paid or cancelled, a page of it cannot be closed or was paid, or money of a gateway stands on it. Nothing was
            changed then; a customer meets this too while a payment is in progress or checked.
    """
    for invoice in Invoice.objects.filter(order=order_id):
        if by_customer:
            refuse_unpayable(invoice)
        if invoice.state == Invoice.State.OPEN:
            close_page(invoice.pk)
    with locks.transaction():
        order = locks.take(Order, order_id)
        if order.state != Order.State.OPEN:
            raise SaidError(DECIDED)
        invoices = locks.take_all(Invoice, order=order)
        for invoice in invoices:
            _refuse(invoice, by_customer=by_customer)
        reason = verbatim(why)
        ORDER_STATES.move(order, Order.State.CANCELLED, who=who, why=reason)
        back = {each.pk: void(each, who=who, why=reason) for each in invoices if each.state == Invoice.State.OPEN}
        services = locks.take_all(Service, order_line__order=order, state=Service.State.PENDING)
        steering.want(services=services, wanted=Wanted.ENDED, why=reason, who=who)
        audit.record(who=who, verb="order.cancelled", on=order, after={"why": why})
        for invoice in invoices:
            credit = back.get(invoice.pk, Money(0, invoice.currency))
            letters.cancelled(invoice, credit=credit, by_customer=by_customer)
    return len(back) < len(invoices)


def _refuse(invoice: Invoice, *, by_customer: bool) -> None:
    """Refuse what has changed since the page was closed. The invoice's lock is held."""
    if by_customer:
        refuse_unpayable(invoice)
    if Attempt.objects.filter(invoice=invoice, state__in=BEFORE_A_PAGE).exists():
        raise SaidError(PAID_MEANWHILE)  # somebody has opened a page since: it may be paid at this moment
    stands = Allocation.objects.filter(invoice=invoice).exclude(entry__source__in=Source.values)
    if stands.aggregate(sum=Sum("amount_minor"))["sum"]:  # what has come and went back again stands there no more
        raise SaidError(PARTLY_PAID)
