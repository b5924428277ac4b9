"""The answer of a call about a dispute counts as a look at it; and a look that somebody waits for."""

from __future__ import annotations

import datetime as dt

from comptoir.inbox import actions as inbox
from comptoir.invoices.models import Invoice
from comptoir.kernel import locks
from comptoir.modules import registry
from comptoir.modules.api import Account, DisputeSeen
from comptoir.orders.models import Order
from comptoir.payments.actions import dispute_services, disputed, holds, taken_back
from comptoir.payments.actions.closing import database_now
from comptoir.payments.actions.observe import observe
from comptoir.payments.models import Dispute, Payment
from comptoir.payments.queries import dispute_subject
from comptoir.payments.refundable import paid_by


def apply(row: Dispute, seen: DisputeSeen, *, asked_at: dt.datetime) -> None:
    """Store what the provider has answered to a call about a dispute, as `observe` stores what a look has shown.

    Looks that were begun before are dropped: they may not show yet what the call has done. `asked_at`: the database's clock before the
    call. Of something else that was read since then nobody knows whether it is the newer one: it is looked at again.
    """
    with locks.transaction():
        order_id, invoice_id = Payment.objects.values_list("invoice__order_id", "invoice_id").get(pk=row.payment_id)
        if order_id:
            locks.take(Order, order_id)
        invoice = locks.take(Invoice, invoice_id) if invoice_id else None
        payment = locks.take(Payment, row.payment_id)
        overtaken = payment.read_at > asked_at
        Payment.objects.filter(pk=payment.pk).update(read_at=database_now())
        moved = disputed.follow(seen, payment, invoice)
        taken_back.move(payment, invoice)
        if moved is not None and invoice is not None and paid_by(payment):
            services = dispute_services.services_of(invoice)
            dispute_services.by_rules([moved], services)
            holds.follow(services=services, invoice=invoice)
        if overtaken:
            inbox.wish(dispute_subject(row))


def look(row: Dispute, account: Account) -> Dispute:
    """Have a dispute read now, and return its row as it stands then. Raises OutcomeUnknownError: nothing is known."""
    read_at = database_now()
    observe(registry.gateway(row.module).look(account, dispute_subject(row)), read_at=read_at)
    return Dispute.objects.get(pk=row.pk)
