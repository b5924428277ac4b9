"""A payment's story in order: what we did, what the provider said, what moved, what was booked, what was told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import models
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from comptoir.inbox.models import Notice
from comptoir.invoices.models import Invoice
from comptoir.kernel.admin import words_of
from comptoir.kernel.models import StateChange
from comptoir.kernel.money import Money
from comptoir.kernel.shown import link, state
from comptoir.kernel.words import Words
from comptoir.ledger.models import Entry
from comptoir.mail.models import Mail
from comptoir.orders.models import Order
from comptoir.payments.models import Attempt, Payment
from comptoir.services.models import Operation, Service

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise


@dataclass(frozen=True, slots=True)
class Told:
    """One line of the story. `what` names its kind; the rest says it."""

    at: dt.datetime
    what: str
    text: SafeString
    who: str = ""
    detail: str | Words = ""
    amount: Money | None = None


def story(payment: Payment) -> list[Told]:
    """Everything that we know of a payment, from the first attempt to the last mail; lines of the same time keep their causes' order."""
    references = list(payment.references.values_list("reference", flat=True))
    operations = _operations(payment)
    lines = [
        *_notices(payment, references),
        *_money(payment, references),
        *_moves(payment, operations),
        *_mails(payment, operations),
    ]
    return sorted(lines, key=lambda line: line.at)


def _operations(payment: Payment) -> list[Operation]:
    if payment.invoice_id is None:
        return []
    return list(Operation.objects.filter(cause=payment.invoice_id).select_related("service"))


def _moves(payment: Payment, operations: Iterable[Operation]) -> Iterator[Told]:
    """The histories of all that the payment moves."""
    nouns: dict[tuple[str, str], tuple[type[models.Model], models.Model | None, str]] = {
        ("payment", str(payment.pk)): (Payment, None, gettext("Transaction"))
    }
    if payment.attempt is not None:
        nouns["attempt", str(payment.attempt_id)] = (Attempt, payment.attempt, gettext("Attempt"))
    if payment.invoice is not None:
        nouns["invoice", str(payment.invoice_id)] = (Invoice, payment.invoice, gettext("Invoice"))
        if payment.invoice.order is not None:
            nouns["order", str(payment.invoice.order_id)] = (Order, payment.invoice.order, gettext("Order"))
    for operation in operations:
        nouns["operation", str(operation.pk)] = (Operation, operation, gettext("Delivery"))
        nouns["service", str(operation.service_id)] = (Service, operation.service, gettext("Service"))
    wanted = models.Q()
    for noun, key in nouns:
        wanted |= models.Q(noun=noun, object_id=key)
    for move in StateChange.objects.filter(wanted).order_by("id"):
        model, row, what = nouns[move.noun, move.object_id]
        word = state(move.to_state, words_of(model).get(move.to_state, move.to_state))
        name = str(row.service) if isinstance(row, Operation) else ""
        text = format_html("{} {}", link(row, name), word) if row is not None else word
        yield Told(move.at, what, text, who=move.who, detail=move.why)


def _notices(payment: Payment, references: list[str]) -> Iterator[Told]:
    rows = Notice.objects.filter(
        module=payment.module, account=payment.account, mode=payment.mode, subject_id__in=references
    ).defer("payload")
    for notice in rows.order_by("id"):
        detail = "" if notice.done_at else gettext("not done yet")
        text = format_html("{} {}", link(notice, notice.event_id), notice.type)
        yield Told(notice.received_at, gettext("Event"), text, detail=notice.note or detail)


def _money(payment: Payment, references: list[str]) -> Iterator[Told]:
    entries = Entry.objects.filter(
        source=payment.module,
        account=payment.account,
        mode=payment.mode,
        kind__in=Entry.Kind.values,
        reference__in=references,
    ).prefetch_related("settlements", "allocations__invoice")
    for entry in entries.order_by("id"):
        invoices: _StrOrPromise = ", ".join(str(each.invoice) for each in entry.allocations.all())
        detail = invoices or gettext("allocated to nothing")
        yield Told(
            entry.recorded_at, gettext("Ledger"), link(entry, entry.reference), detail=str(detail), amount=entry.amount
        )
        for row in entry.settlements.all():
            booked = {"amount": Money(row.amount_minor, row.currency), "fee": row.fee, "net": row.net}
            words = gettext("%(amount)s, fee %(fee)s, net %(net)s") % booked
            rate = gettext("exchange rate %(rate)s") % {"rate": row.exchange_rate} if row.exchange_rate else ""
            text = format_html("{} {}", row.reference, words)
            yield Told(row.recorded_at, gettext("Booked"), text, detail=rate)


def _mails(payment: Payment, operations: Iterable[Operation]) -> Iterator[Told]:
    facts = [f"delivered:{operation.pk}" for operation in operations]
    if payment.invoice_id is not None:
        facts.append(f"paid:{payment.invoice_id}")
    for mail in Mail.objects.filter(fact__in=facts).order_by("id"):
        text = format_html("{} {}", link(mail), state(mail.state, mail.get_state_display()))
        yield Told(mail.sent_at or mail.created_at, gettext("Mail"), text, detail=mail.to)
