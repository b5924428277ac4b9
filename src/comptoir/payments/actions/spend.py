"""A customer's credit: given by the team, used on invoices by the customer or the team, and taken off them again."""

from __future__ import annotations

import uuid

from django.utils.translation import gettext_lazy as _

from comptoir.customers.models import Customer
from comptoir.invoices.models import Invoice
from comptoir.kernel import audit, locks
from comptoir.kernel.errors import SaidError
from comptoir.kernel.money import Money
from comptoir.kernel.words import code, words
from comptoir.ledger import credit
from comptoir.ledger.models import CreditEntry
from comptoir.ledger.queries import credit_used_on, owed_on
from comptoir.orders.models import Order
from comptoir.payments.actions import holds, letters
from comptoir.payments.actions.closing import PAID_MEANWHILE, close_page
from comptoir.payments.actions.record import MORE_THAN_NOTHING, locked
from comptoir.payments.actions.settle import settle, went_back
from comptoir.payments.actions.start import refuse_unpayable
from comptoir.payments.models import PAYABLE, Attempt
from comptoir.payments.queries import choices
from comptoir.services.models import Service
from comptoir.services.steering import CREDITED, apply_policy

TOO_LITTLE_LEFT = _(
    "With your credit, %(rest)s would be left to pay, which is too little for our payment service. "
    "Nothing was changed; please write to us, and we settle it for you."
)
SENT_BEFORE = _(
    "This form has given credit once already, with other values. Nothing was given a second time; open the page anew to give more."
)
IN_PROGRESS = _(
    "A payment of this invoice is in progress. Nothing was changed; credit can be given back once it is confirmed or has failed."
)
NOT_SO_MUCH = _("Of this invoice no more than %(stands)s of credit can be given back (any more). Nothing was changed.")


def use_credit(
    *,
    invoice_id: int,
    who: str,
    by_customer: bool = False,
    agreed: Money | None = None,
    used_before: Money | None = None,
) -> Money:
    """Pay an invoice with its customer's credit, wholly or as far as it goes; returns how much. Never inside a transaction.

    A page that is open is closed first; the next one is over the rest. `by_customer`: refused where that rest could not be paid.
    `agreed` and `used_before`: what the person was shown, as the amount and as what stood on the invoice then: a second click uses
    nothing more and returns nothing.

    Raises:
        SaidError: no credit, nothing owed, a payment under way, or the page cannot be closed. Nothing was changed then.
    """
    shown = Invoice.objects.get(pk=invoice_id)
    if _used_since(shown, used_before):
        return Money(0, shown.currency)
    refuse_unpayable(shown)
    close_page(invoice_id)
    with locked(invoice_id) as (order, invoice):
        if _used_since(invoice, used_before):
            return Money(0, invoice.currency)
        refuse_unpayable(invoice)
        if Attempt.objects.filter(invoice=invoice, state__in=PAYABLE).exists():
            raise SaidError(PAID_MEANWHILE)  # somebody has opened a page since: it may be paid at this moment
        owed = owed_on(invoice)
        used = credit.use(invoice=invoice, who=who, agreed=agreed)
        if by_customer:
            refuse_small_rest(invoice.customer, mode=invoice.mode, owed=owed, rest=owed - used)
        audit.record(who=who, verb="credit.used", on=invoice, after={"amount": used})
        settle(invoice=invoice, order=order, who=who)
    return used


def _used_since(invoice: Invoice, before: Money | None) -> bool:
    """Whether credit on the invoice was moved since the page was made: by a second click, or by somebody else."""
    return before is not None and credit_used_on(invoice) != before


def refuse_small_rest(customer: Customer, *, mode: str, owed: Money, rest: Money) -> None:
    """Refuse to leave a rest that no gateway takes, where one would take the whole. Raises SaidError."""

    def offered(amount: Money) -> bool:
        return bool(choices(customer=customer, amount=amount, mode=mode))

    if rest and offered(owed) and not offered(rest):
        raise SaidError(TOO_LITTLE_LEFT % {"rest": rest})


def give_credit(*, customer: Customer, mode: str, amount: Money, note: str, key: uuid.UUID, who: str) -> CreditEntry:
    """Credit by the team, with the reason; once for the key of the form that it was given with. Raises SaidError."""
    if amount.minor <= 0:
        raise SaidError(MORE_THAN_NOTHING)
    with locks.transaction():
        credit.lock(customer.pk, mode=mode, currency=amount.currency)
        known = CreditEntry.objects.filter(reference=f"staff:{key}").select_related("credit").first()
        if known is not None:
            if (known.credit.customer_id, known.credit.mode, known.amount, known.note) != (
                customer.pk,
                mode,
                amount,
                note,
            ):
                raise SaidError(SENT_BEFORE)
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


def take_back_off(*, invoice_id: int, amount: Money, used_before: Money, policy: str, who: str) -> Money:
    """Give credit that stands on an invoice back to its customer, who owes it again where the invoice is still to be paid.

    `used_before`: what stood on the invoice as it was shown: a second click gives nothing more back and returns nothing. `policy`: what
    becomes of the services of an invoice that was paid. A page that is open is closed first. Never inside a transaction.

    Raises:
        SaidError: not so much stands there, a payment is in progress, or the page cannot be closed. Nothing was changed then.
    """
    shown = Invoice.objects.get(pk=invoice_id)
    if _used_since(shown, used_before):
        return Money(0, shown.currency)
    if shown.state == Invoice.State.OPEN:
        close_page(invoice_id)
    with locked(invoice_id) as (order, invoice):
        if _used_since(invoice, used_before):
            return Money(0, invoice.currency)
        _refuse_back(invoice, amount)
        row = credit.give_back(invoice=invoice, amount=amount, who=who)
        if row is None:
            raise SaidError(NOT_SO_MUCH % {"stands": credit_used_on(invoice)})
        audit.record(who=who, verb="credit.returned", on=invoice, after={"amount": row.amount, "policy": policy})
        letters.credited(row)
        was_paid = invoice.state not in {Invoice.State.OPEN, Invoice.State.VOID}
        settle(invoice=invoice, order=order, who=who)
        went_back(invoice=invoice, who=who)
        if was_paid and order is not None:
            _see_to_services(order, invoice, policy=policy, who=who)
    return row.amount


def _see_to_services(order: Order, invoice: Invoice, *, policy: str, who: str) -> None:
    """What a person has said of the services; what is held is never delivered once nothing is left on the invoice."""
    services = locks.take_all(Service, order_line__order=order)
    why = words(CREDITED, invoice=code(str(invoice)))
    apply_policy(services=services, policy=policy, why=why, who=who)
    if invoice.state == Invoice.State.REFUNDED:
        holds.drop(services=services, why=why, who=who)


def _refuse_back(invoice: Invoice, amount: Money) -> None:
    if invoice.state == Invoice.State.IN_PROGRESS:
        raise SaidError(IN_PROGRESS)
    if Attempt.objects.filter(invoice=invoice, state__in=PAYABLE).exists():
        raise SaidError(PAID_MEANWHILE)  # somebody has opened a page since, over what was owed until now
    if amount.minor <= 0:
        raise SaidError(MORE_THAN_NOTHING)
    stands = credit_used_on(invoice)
    if amount.currency != stands.currency or amount.minor > stands.minor:
        raise SaidError(NOT_SO_MUCH % {"stands": stands})
