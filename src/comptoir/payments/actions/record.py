"""Money that reaches the host outside of the gateways, told of by the team: a bank transfer, cash, a gift."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import structlog
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from comptoir.invoices.models import Invoice
from comptoir.jobs.queue import enqueue
from comptoir.kernel import audit, locks
from comptoir.kernel.errors import SaidError
from comptoir.kernel.money import Money
from comptoir.ledger import actions as ledger
from comptoir.ledger.models import CreditEntry, Entry, Source
from comptoir.ledger.queries import owed_on
from comptoir.orders.models import Order
from comptoir.payments.actions import placing
from comptoir.payments.actions.closing import PAID_MEANWHILE, close_page
from comptoir.payments.actions.settle import settle
from comptoir.payments.models import PAYABLE, Attempt

log = structlog.get_logger(__name__)
MORE_THAN_NOTHING = _("The amount must be more than nothing. Nothing was recorded.")
OTHER_CURRENCY = _("The amount must be in the invoice’s currency. Nothing was recorded.")
NOT_ISSUED = _("This invoice is a draft: nothing is owed on it yet. Nothing was recorded.")
KNOWN = _(
    "A payment with this reference is recorded already. Nothing was recorded a second time; "
    "look for it in the ledger, and use another reference if this is really another payment."
)
OTHERWISE_NOW = _(
    "What is owed on this invoice has changed while you were typing. Nothing was recorded yet; please look again."
)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What becomes of a recorded payment: what it pays on the invoice, and what is credit. `again`: it was recorded before."""

    paid: Money
    credit: Money
    again: bool = False


@contextmanager
def locked(invoice_id: int) -> Iterator[tuple[Order | None, Invoice]]:
    """An invoice and its order, locked in the written order within one transaction."""
    with locks.transaction():
        order_id = Invoice.objects.values_list("order_id", flat=True).get(pk=invoice_id)
        order = locks.take(Order, order_id) if order_id else None
        yield order, locks.take(Invoice, invoice_id)


def split(invoice: Invoice, amount: Money) -> Recorded:
    """What an amount would pay on an invoice as it stands, and what of it would become credit. Raises SaidError as `record_payment`."""
    if amount.minor <= 0:
        raise SaidError(MORE_THAN_NOTHING)
    if amount.currency != invoice.currency:
        raise SaidError(OTHER_CURRENCY)
    if invoice.state == Invoice.State.DRAFT:
        raise SaidError(NOT_ISSUED)
    paying = Money(min(amount.minor, owed_on(invoice).minor), amount.currency)
    return Recorded(paid=paying, credit=amount - paying)


def record_payment(
    *,
    invoice_id: int,
    source: Source,
    amount: Money,
    reference: str,
    occurred_at: dt.datetime,
    who: str,
    agreed: Money | None = None,
) -> Recorded:
    """A transfer, cash or a gift for an invoice: pays what is owed, the rest becomes credit; nothing of it is lost on a paid invoice.

    `reference` is unique for a source: a bank's own id, a receipt's number; the same payment told twice is recorded once. `agreed`:
    what of it was to pay the invoice, as it was shown. A payment page is closed first; where it cannot be closed now it is closed
    later, and what is paid on it until then becomes credit, or is held where nothing is owed any more. Never inside a transaction.

    Raises:
        SaidError: it is recorded already, or cannot be. Nothing was recorded then.
    """
    split(Invoice.objects.get(pk=invoice_id), amount)  # what is refused closes no page
    _close_first(invoice_id)
    with locked(invoice_id) as (order, invoice):
        would = split(invoice, amount)
        entry = ledger.record(
            source=source.value,
            account="",
            mode=invoice.mode,
            kind=Entry.Kind.PAYMENT,
            reference=reference,
            payment="",
            amount=amount,
            occurred_at=occurred_at,
            recorded_by=who,
        )
        if placing.is_placed(entry):
            return _again(entry, invoice, (amount, occurred_at, who))
        if agreed is not None and agreed != would.paid:
            raise SaidError(OTHERWISE_NOW)
        kind = CreditEntry.Kind.GIFT if source is Source.GIFT else CreditEntry.Kind.OVERPAYMENT
        rest = placing.place(entry, invoice, who=who, kind=kind)
        after = {"source": source.value, "reference": reference, "amount": amount, "credit": rest}
        audit.record(who=who, verb="payment.recorded", on=invoice, after=after)
        _close_larger(invoice)
        settle(invoice=invoice, order=order, who=who)
    return Recorded(paid=amount - rest, credit=rest)


def _again(entry: Entry, invoice: Invoice, told: tuple[Money, dt.datetime, str]) -> Recorded:
    """A second click on the same form changes nothing and is told the same; another payment needs another reference."""
    paid = entry.allocations.filter(invoice=invoice).aggregate(sum=Sum("amount_minor"))["sum"] or 0
    kept = entry.credit_entries.filter(invoice=invoice).aggregate(sum=Sum("amount_minor"))["sum"] or 0
    if (entry.amount, entry.occurred_at, entry.recorded_by) != told or paid + kept != entry.amount_minor:
        raise SaidError(KNOWN)
    return Recorded(paid=Money(paid, entry.currency), credit=Money(kept, entry.currency), again=True)


def _close_first(invoice_id: int) -> None:
    """Close a page on which the invoice could be paid too. Raises SaidError where it has just been paid there.

    The money has reached the host whatever the provider answers: where the page cannot be closed now, that is left to a job.
    """
    if not Attempt.objects.filter(
        invoice_id=invoice_id, state__in=[Attempt.State.CREATED, Attempt.State.OPEN]
    ).exists():
        return
    try:
        close_page(invoice_id)
    except SaidError as refused:
        if refused.sentence is PAID_MEANWHILE:
            raise
        log.warning("payment page not closed before a payment is recorded", invoice=invoice_id, cause=refused.cause)


def _close_larger(invoice: Invoice) -> None:
    """A page over more than is still owed is closed once this transaction commits; what is paid on it until then becomes credit."""
    for attempt in Attempt.objects.filter(invoice=invoice, state__in=PAYABLE).order_by("pk"):
        if attempt.amount != owed_on(invoice):
            enqueue("payments.end", key=f"end:{attempt.pk}", args={"attempt_id": str(attempt.pk)})
