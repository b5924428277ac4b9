"""Money that reaches us outside of the gateways, and credit: a transfer, cash, a gift, what a customer has in hand."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from comptoir.customers.models import Customer
from comptoir.invoices.models import Invoice
from comptoir.jobs.queue import enqueue
from comptoir.kernel import audit, locks
from comptoir.kernel.errors import SaidError
from comptoir.kernel.money import Money
from comptoir.ledger import actions as ledger, credit
from comptoir.ledger.models import CreditEntry, Entry, Source
from comptoir.ledger.queries import owed_on
from comptoir.orders.models import Order
from comptoir.payments.actions import letters, placing
from comptoir.payments.actions.closing import PAID_MEANWHILE, close_page
from comptoir.payments.actions.settle import settle
from comptoir.payments.actions.start import refuse_unpayable
from comptoir.payments.models import PAYABLE, Attempt
from comptoir.payments.queries import choices

MORE_THAN_NOTHING = _("The amount must be more than nothing. Nothing was recorded.")
OTHER_CURRENCY = _("The amount must be in the invoice’s currency. Nothing was recorded.")
NOT_ISSUED = _("This invoice is a draft: nothing is owed on it yet. Nothing was recorded.")
KNOWN = _(
    "A payment with this reference is recorded already. Nothing was recorded a second time; "
    "look for it in the ledger, and use another reference if this is really another payment."
)
TOO_LITTLE_LEFT = _(
    "With your credit, %(rest)s would be left to pay, which is too little for our payment service. "
    "Nothing was changed; please write to us, and we settle it for you."
)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a recorded payment: what it pays on the invoice, and what is credit now."""

    paid: Money
    credit: Money


@contextmanager
def _locked(invoice_id: int) -> Iterator[tuple[Order | None, Invoice]]:
    """An invoice and its order, locked in the written order within one transaction."""
    with locks.transaction():
        order_id = Invoice.objects.values_list("order_id", flat=True).get(pk=invoice_id)
        order = locks.take(Order, order_id) if order_id else None
        yield order, locks.take(Invoice, invoice_id)


def record_payment(
    *,
    invoice_id: int,
    source: Source,
    amount: Money,
    reference: str,
    occurred_at: dt.datetime,
    who: str,
) -> Recorded:
    """A transfer, cash or a gift for an invoice: pays what is owed, the rest becomes credit; nothing of it is lost on a paid invoice.

    `reference` is unique for a source: a bank's own id, a receipt's number. A page that asks for more than is still owed is closed.

    Raises:
        SaidError: it is recorded already, or cannot be. Nothing was recorded then.
    """
    with _locked(invoice_id) as (order, invoice):
        if amount.minor <= 0:
            raise SaidError(MORE_THAN_NOTHING)
        if amount.currency != invoice.currency:
            raise SaidError(OTHER_CURRENCY)
        if invoice.state == Invoice.State.DRAFT:
            raise SaidError(NOT_ISSUED)
        entry = ledger.record(
            source=source.value,
            account="",
            mode=invoice.mode,
            kind=Entry.Kind.PAYMENT,
            reference=reference,
            payment="",
            amount=amount,
            occurred_at=occurred_at,
        )
        if placing.is_placed(entry):
            raise SaidError(KNOWN)
        kind = CreditEntry.Kind.GIFT if source is Source.GIFT else CreditEntry.Kind.OVERPAYMENT
        rest = placing.place(entry, invoice, who=who, kind=kind)
        after = {"source": source.value, "reference": reference, "amount": amount, "credit": rest}
        audit.record(who=who, verb="payment.recorded", on=invoice, after=after)
        _close_larger(invoice)
        settle(invoice=invoice, order=order, who=who)
    return Recorded(paid=amount - rest, credit=rest)


def _close_larger(invoice: Invoice) -> None:
    """A page over more than is still owed is closed once this transaction commits; what is paid on it until then becomes credit."""
    for attempt in Attempt.objects.filter(invoice=invoice, state__in=PAYABLE).order_by("pk"):
        if attempt.amount != owed_on(invoice):
            enqueue("payments.end", key=f"end:{attempt.pk}", args={"attempt_id": str(attempt.pk)})


def use_credit(*, invoice_id: int, who: str, by_customer: bool = False) -> Money:
    """Pay an invoice with its customer's credit, wholly or as far as it goes; returns how much. Never inside a transaction.

    A page that is open is closed first; the next one is over the rest. `by_customer`: refused where that rest could not be paid.

    Raises:
        SaidError: no credit, nothing owed, a payment under way, or the page cannot be closed. Nothing was changed then.
    """
    refuse_unpayable(Invoice.objects.get(pk=invoice_id))
    close_page(invoice_id)
    with _locked(invoice_id) as (order, invoice):
        refuse_unpayable(invoice)
        if Attempt.objects.filter(invoice=invoice, state__in=PAYABLE).exists():
            raise SaidError(PAID_MEANWHILE)  # somebody has opened a page since: it may be paid at this moment
        owed = owed_on(invoice)
        used = credit.use(invoice=invoice, who=who)
        if by_customer:
            _refuse_small_rest(invoice, owed)
        audit.record(who=who, verb="credit.used", on=invoice, after={"amount": used})
        settle(invoice=invoice, order=order, who=who)
    return used


def _refuse_small_rest(invoice: Invoice, owed: Money) -> None:
    rest = owed_on(invoice)
    if not rest:
        return

    def offered(amount: Money) -> bool:
        return bool(choices(customer=invoice.customer, amount=amount, mode=invoice.mode))

    if offered(owed) and not offered(rest):
        raise SaidError(TOO_LITTLE_LEFT % {"rest": rest})


def give_credit(*, customer: Customer, mode: str, amount: Money, note: str, key: uuid.UUID, who: str) -> CreditEntry:
    """Credit by the team, with the reason; once for the key of the form that it was given with. Raises SaidError."""
    if amount.minor <= 0:
        raise SaidError(MORE_THAN_NOTHING)
    with locks.transaction():
        known = CreditEntry.objects.filter(reference=f"staff:{key}").first()
        if known is not None:
            return known
        row = credit.add(
            customer_id=customer.pk,
            mode=mode,
            amount=amount,
            kind=CreditEntry.Kind.STAFF,
            reference=f"staff:{key}",
            note=note,
            who=who,
        )
        after = {"amount": amount, "mode": mode, "note": note}
        audit.record(who=who, verb="credit.given", on=customer, after=after)
        letters.credited(row)
    return row
