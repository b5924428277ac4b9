"""OBSERVE, the way back: refunds and disputes that a read has shown become ledger rows and states, whoever made them and where."""

from __future__ import annotations

from django.db.models import Sum
from django.utils.translation import gettext_noop

from comptoir.invoices.models import INVOICE_STATES, Invoice
from comptoir.kernel.money import Money
from comptoir.kernel.records import alert
from comptoir.kernel.words import words
from comptoir.ledger import actions as ledger
from comptoir.ledger.models import Allocation, Entry
from comptoir.modules.api import PaymentSeen, RefundSeen, RefundStatus
from comptoir.payments.models import PAYMENT_STATES, Payment

GONE = {Entry.Kind.REFUND, Entry.Kind.REFUND_FAILURE}
SETTLED = {Invoice.State.PAID, Invoice.State.PARTIALLY_REFUNDED, Invoice.State.REFUNDED}
PAID = {
    Payment.State.SUCCEEDED,
    Payment.State.PARTIALLY_REFUNDED,
    Payment.State.REFUNDED,
    Payment.State.DISPUTED,
}


def mirror(seen: PaymentSeen, payment: Payment, invoice: Invoice) -> None:
    """Within the transaction of `observe`, after the charges: add a row for each refund, once by its id, and move what depends on it.

    A payment that is held stays held: its refunds are in the ledger, allocated to nothing, and people decide.
    """
    fresh = [refund for refund in seen.refunds if _record(seen, refund, payment, invoice)]
    if payment.state not in PAID:
        return
    _move_payment(seen, payment)
    _move_invoice(invoice, who=payment.module)
    for refund in fresh:
        alert(
            f"refund:{payment.module}:{refund.id}",
            words(
                gettext_noop(
                    "%(amount)s of invoice %(number)s went back to the customer. Its services go on: end them if need be."
                ),
                amount=refund.amount,
                number=invoice.number or "",
            ),
        )


def _record(seen: PaymentSeen, refund: RefundSeen, payment: Payment, invoice: Invoice) -> bool:
    """True where money has gone back of which the ledger did not know. A refund that failed later is taken back by a row of its own."""
    known = Entry.objects.filter(
        source=seen.subject.module,
        account=seen.subject.account,
        mode=seen.subject.mode,
        kind=Entry.Kind.REFUND,
        reference=refund.id,
    ).exists()
    if refund.status is RefundStatus.SUCCEEDED:
        _enter(seen, refund, payment, invoice, kind=Entry.Kind.REFUND, amount=-refund.amount)
        return not known
    if known and refund.status in {RefundStatus.FAILED, RefundStatus.CANCELLED}:
        _enter(seen, refund, payment, invoice, kind=Entry.Kind.REFUND_FAILURE, amount=refund.amount)
        alert(
            f"refund-failed:{payment.module}:{refund.id}",
            words(
                gettext_noop("The refund %(refund)s of %(amount)s has failed: the customer does not have the money."),
                refund=refund.id,
                amount=refund.amount,
            ),
        )
    return False


def _enter(
    seen: PaymentSeen, refund: RefundSeen, payment: Payment, invoice: Invoice, *, kind: Entry.Kind, amount: Money
) -> None:
    subject = seen.subject
    entry = ledger.record(
        source=subject.module,
        account=subject.account,
        mode=subject.mode,
        kind=kind,
        reference=refund.id,
        payment=seen.payment_id,
        amount=amount,
        occurred_at=refund.created,
    )
    booked = refund.settlement
    if booked is not None and kind == Entry.Kind.REFUND:
        ledger.settle_entry(
            entry=entry,
            reference=booked.id,
            amount=booked.amount,
            fee=booked.fee,
            net=booked.net,
            exchange_rate=booked.exchange_rate,
        )
    if _paid_by(payment, invoice):
        ledger.allocate(entry=entry, invoice=invoice)


def _paid_by(payment: Payment, invoice: Invoice) -> bool:
    """Whether this payment's money stands on the invoice: then what goes back of it leaves the invoice."""
    return Allocation.objects.filter(
        invoice=invoice,
        entry__source=payment.module,
        entry__account=payment.account,
        entry__mode=payment.mode,
        entry__payment=payment.reference,
        entry__kind=Entry.Kind.PAYMENT,
    ).exists()


def _move_payment(seen: PaymentSeen, payment: Payment) -> None:
    """By the ledger's rows of this payment; a dispute says more than a refund."""
    rows = Entry.objects.filter(
        source=payment.module, account=payment.account, mode=payment.mode, payment=payment.reference, kind__in=GONE
    )
    gone = -(rows.aggregate(sum=Sum("amount_minor"))["sum"] or 0)
    state = Payment.State.SUCCEEDED
    if gone >= payment.amount_minor > 0:
        state = Payment.State.REFUNDED
    elif gone > 0:
        state = Payment.State.PARTIALLY_REFUNDED
    if seen.disputed and state is not Payment.State.REFUNDED:
        state = Payment.State.DISPUTED
        alert(
            f"disputed:{payment.pk}",
            words(
                gettext_noop("The customer's bank disputes %(payment)s: answer it at the provider's."),
                payment=payment.reference,
            ),
        )
    PAYMENT_STATES.move(payment, state, who=payment.module)


def _move_invoice(invoice: Invoice, *, who: str) -> None:
    """A paid invoice of which money went back; one that was reopened is `settle`'s to judge."""
    if invoice.state not in SETTLED:
        return
    gone = Allocation.objects.filter(invoice=invoice, entry__kind__in=GONE).aggregate(sum=Sum("amount_minor"))["sum"]
    back = -(gone or 0)
    if back <= 0:
        INVOICE_STATES.move(invoice, Invoice.State.PAID, who=who)
    elif back < invoice.total_minor:
        INVOICE_STATES.move(invoice, Invoice.State.PARTIALLY_REFUNDED, who=who)
    else:
        INVOICE_STATES.move(invoice, Invoice.State.REFUNDED, who=who)
