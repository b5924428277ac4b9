"""CHANGE: what an open invoice costs. Its payment page is closed first, so that nobody pays what was asked for before.

A payment that was begun before and arrives all the same is held (`observe`): its attempt is of an earlier revision.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from django.utils.translation import gettext_lazy as _, gettext_noop

from comptoir.catalogue.pricing import Taxed, split
from comptoir.catalogue.queries import shop
from comptoir.invoices import actions as invoices
from comptoir.invoices.models import Invoice, InvoiceLine
from comptoir.kernel import audit
from comptoir.kernel.errors import SaidError
from comptoir.kernel.money import Money
from comptoir.kernel.words import verbatim, words
from comptoir.ledger.queries import paid_on
from comptoir.payments.actions import letters
from comptoir.payments.actions.closing import PAID_MEANWHILE, close_page
from comptoir.payments.actions.record import locked
from comptoir.payments.actions.settle import settle
from comptoir.payments.models import PAYABLE, Attempt, Payment

NOT_OPEN = _(
    "Only an invoice that is to be paid can be changed; this one is paid, void, or a payment of it is in progress. Nothing was changed."
)
HELD = _("A payment of this invoice is held for review. Nothing was changed; decide about that payment first.")
OTHERWISE_NOW = _("Somebody has changed this invoice while you were typing. Nothing was changed; please look again.")
SAME = _("The invoice says so already. Nothing was changed.")
BELOW_ZERO = _("A discount cannot be more than what it is on. Nothing was changed.")
PAID_MORE = _("%(paid)s of this invoice is paid already: it cannot cost less than that. Nothing was changed.")


@dataclass(frozen=True, slots=True)
class Change:
    """One line costs something else (`price`), or less by a discount line of its own (`discount`).

    `amount` is zero or more, with or without tax as the shop shows its prices; for a discount line its `price` is the discount.
    """

    line_id: int
    deed: Literal["price", "discount"]
    amount: Money
    reason: str  # the customer reads it, too


def change(*, invoice_id: int, wanted: Change, revision: int, who: str) -> Money:
    """Change what an open invoice costs; returns its new total. Never inside a transaction. `revision`: the one that the person saw.

    Raises:
        SaidError: it is not open (any more), its page cannot be closed or was paid, somebody else was faster, or it cannot cost that.
            Nothing was changed then.
    """
    _refuse(Invoice.objects.get(pk=invoice_id), revision)
    close_page(invoice_id)
    with locked(invoice_id) as (order, invoice):
        _refuse(invoice, revision)
        if Attempt.objects.filter(invoice=invoice, state__in=PAYABLE).exists():
            raise SaidError(PAID_MEANWHILE)  # somebody has opened a page since: it may be paid at this moment
        before = invoice.total
        line, was = _carry_out(invoice, wanted)
        told = gettext_noop("%(line)s: %(before)s became %(now)s. %(reason)s")
        if wanted.deed == "discount":
            told = gettext_noop("%(line)s: %(now)s. %(reason)s")
        reason = verbatim(wanted.reason)
        why = words(told, line=line.description, before=was, now=line.gross, reason=reason)
        invoices.recount(invoice, who=who, why=why)
        paid = paid_on(invoice)
        if invoice.total.minor < paid.minor:
            raise SaidError(PAID_MORE % {"paid": paid})
        audit.record(
            who=who,
            verb="invoice.changed",
            on=invoice,
            before={"line": was, "total": before},
            after={"line": line.gross, "total": invoice.total, "reason": wanted.reason},
        )
        letters.changed(invoice, before=before, reason=wanted.reason)
        settle(invoice=invoice, order=order, who=who)
    return invoice.total


def _refuse(invoice: Invoice, revision: int) -> None:
    if invoice.state != Invoice.State.OPEN:
        raise SaidError(NOT_OPEN)
    if Payment.objects.filter(invoice=invoice, state=Payment.State.HELD).exists():
        raise SaidError(HELD)
    if invoice.revision != revision:
        raise SaidError(OTHERWISE_NOW)


def _carry_out(invoice: Invoice, wanted: Change) -> tuple[InvoiceLine, Money]:
    """The line that was changed or added, and what it came to before, tax included. Raises SaidError."""
    line = invoice.lines.select_related("invoice", "discount_on").get(pk=wanted.line_id)
    below_zero = wanted.deed == "discount" or line.discount_on is not None
    now = _taxed(line, -wanted.amount if below_zero else wanted.amount)
    was = Money(0, invoice.currency) if wanted.deed == "discount" else line.gross
    if now.gross == was:
        raise SaidError(SAME)
    if wanted.deed == "discount":
        line = invoices.add_discount(line.discount_on or line, now)
    else:
        invoices.reprice(line, now)
    whole = line.discount_on or line
    left = whole.gross_minor + sum(each.gross_minor for each in whole.discounts.all())
    if left < 0:
        raise SaidError(BELOW_ZERO)
    return line, was


def _taxed(line: InvoiceLine, amount: Money) -> Taxed:
    return split(amount, basis_points=line.tax_basis_points, includes_tax=shop().prices_include_tax)
