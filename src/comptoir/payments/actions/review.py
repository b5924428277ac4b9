"""REVIEW: a person decides what becomes of a payment that is held: it pays its invoice, or it becomes credit. Refunds are `refund`'s.

Each decision is made once, under the payment's lock: of two people who decide at the same time the second is told so.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from comptoir.customers.models import Customer
from comptoir.invoices.models import Invoice
from comptoir.kernel import audit, locks
from comptoir.kernel.errors import SaidError
from comptoir.kernel.money import Money
from comptoir.kernel.records import close_alerts
from comptoir.ledger.models import CreditEntry, Entry
from comptoir.ledger.queries import owed_on
from comptoir.orders.models import Order
from comptoir.payments.actions import placing, taken_back
from comptoir.payments.actions.settle import settle
from comptoir.payments.models import OPEN_DISPUTES, PAYMENT_STATES, Dispute, Payment, Refund

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

UNDER_WAY = (Refund.State.WAITING, Refund.State.CREATED, Refund.State.PENDING)
DECIDED = _("This payment is not held (any more): somebody has decided, or its money went back. Nothing was changed.")
GOES_BACK = _(
    "A refund of this payment is under way. Nothing was changed; what is left can be decided once it is done."
)
AT_THE_BANK = _(
    "The customer’s bank disputes this payment and holds its money. Nothing was changed; it can be decided once the dispute is over."
)
NO_INVOICE = _("This payment names no invoice of ours.")
NOT_OPEN = _("Its invoice is no longer to be paid.")
OTHER_MODE = _("It was made in test mode and its invoice is a live one, or the other way round.")
OTHER_CURRENCY = _("It is in another currency than its invoice.")
NO_CUSTOMER = _("Nobody knows yet whose payment this is. Nothing was changed; say whose it is.")


@dataclass(frozen=True, slots=True)
class Held:
    """A held payment with what each decision would do. `refused`: why it cannot pay its invoice, '' where it can."""

    payment: Payment
    rest: Money  # what of it is to be decided
    paying: Money  # of that, what would pay the invoice
    refused: _StrOrPromise
    refunding: bool

    @property
    def over(self) -> Money:
        """What would become credit where it is accepted."""
        return self.rest - self.paying


def held(*, after: int = 0, most: int | None = None) -> Iterator[Held]:
    """The payments that wait for a person, the oldest first; at most so many of those that became known after this one."""
    rows = Payment.objects.filter(state=Payment.State.HELD, pk__gt=after)
    for payment in rows.select_related("invoice__customer__user", "invoice__order").order_by("id")[:most]:
        yield standing(payment)


def standing(payment: Payment) -> Held:
    """What there is to decide of a held payment."""
    rest = placing.to_decide(payment)
    refused = _not_acceptable(payment, payment.invoice) if rest else ""  # what stands somewhere already stays there
    paying = Money(0, payment.currency)
    if not refused and payment.invoice is not None:
        paying = Money(max(min(rest.minor, owed_on(payment.invoice).minor), 0), payment.currency)
    refunding = Refund.objects.filter(payment=payment, state__in=UNDER_WAY).exists()
    return Held(payment, rest, paying, refused, refunding)


def accept(*, payment_id: int, who: str) -> Held:
    """Let a held payment pay its invoice: what is owed there, the rest becomes credit. Returns what was decided on.

    Raises:
        SaidError: it is decided already, goes back, or cannot pay that invoice. Nothing was changed then.
    """
    with _deciding(payment_id) as (order, invoice, payment):
        told = standing(payment)
        if told.refused or invoice is None:
            why = {"why": told.refused or NO_INVOICE}
            raise SaidError(_("%(why)s Nothing was changed; keep it as credit or give it back.") % why)
        for entry, part in placing.parts(payment, told.rest.minor):
            _place(entry, part, invoice, who=who)
        _decided(payment, verb="held.accepted", told=told, who=who)
        settle(invoice=invoice, order=order, who=who)
    return told


def keep_as_credit(*, payment_id: int, who: str, customer: Customer | None = None) -> Held:
    """Keep all of a held payment as its customer's credit; `customer`: whose it is, where no invoice says so.

    Raises:
        SaidError: it is decided already, goes back, or nobody knows whose it is. Nothing was changed then.
    """
    with _deciding(payment_id) as (order, invoice, payment):
        told = standing(payment)
        owner = invoice.customer_id if invoice is not None else getattr(customer, "pk", None)
        if owner is None:
            raise SaidError(NO_CUSTOMER)
        for entry, part in placing.parts(payment, told.rest.minor):
            placing.keep(entry, part, customer_id=owner, kind=CreditEntry.Kind.PAYMENT, invoice=None, who=who)
        _decided(payment, verb="held.credited", told=told, who=who)
        if invoice is not None:
            settle(invoice=invoice, order=order, who=who)
    return told


@contextmanager
def _deciding(payment_id: int) -> Iterator[tuple[Order | None, Invoice | None, Payment]]:
    """A held payment with its invoice and order, locked in the written order. Raises SaidError where it is not to be decided."""
    with locks.transaction():
        known = Payment.objects.select_related("invoice").get(pk=payment_id)
        order_id = known.invoice.order_id if known.invoice else None
        order = locks.take(Order, order_id) if order_id else None
        invoice = locks.take(Invoice, known.invoice_id) if known.invoice_id else None
        payment = locks.take(Payment, payment_id)
        if payment.state != Payment.State.HELD:
            raise SaidError(DECIDED)
        if Refund.objects.filter(payment=payment, state__in=UNDER_WAY).exists():
            raise SaidError(GOES_BACK)
        if Dispute.objects.filter(payment=payment, state__in=OPEN_DISPUTES, inquiry=False).exists():
            raise SaidError(AT_THE_BANK)
        yield order, invoice, payment


def _not_acceptable(payment: Payment, invoice: Invoice | None) -> _StrOrPromise:
    if invoice is None:
        return NO_INVOICE
    if invoice.state not in {Invoice.State.OPEN, Invoice.State.IN_PROGRESS}:
        return NOT_OPEN
    if payment.mode != invoice.mode:
        return OTHER_MODE
    return OTHER_CURRENCY if payment.currency != invoice.currency else ""


def _place(entry: Entry, part: Money, invoice: Invoice, *, who: str) -> None:
    """A row stands on an invoice once: what comes free of it later becomes credit, with which the customer can pay."""
    if entry.allocations.filter(invoice=invoice).exists():
        placing.keep(
            entry,
            part,
            customer_id=invoice.customer_id,
            kind=CreditEntry.Kind.OVERPAYMENT,
            invoice=invoice,
            who=who,
        )
    else:
        placing.place(entry, invoice, who=who, amount=part)


def _decided(payment: Payment, *, verb: str, told: Held, who: str) -> None:
    PAYMENT_STATES.move(payment, taken_back.by_books(payment), who=who)
    close_alerts(f"held:{payment.pk}")
    before = {"held_because": payment.held_because}
    audit.record(who=who, verb=verb, on=payment, before=before, after={"amount": told.rest})
