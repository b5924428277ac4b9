"""A payment's story in order, in sentences: what we did, what the provider said, what moved, what was booked, what was told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from babel.dates import format_timedelta
from django.db import models
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, gettext_noop, ngettext

from comptoir.inbox.models import Notice, Wish
from comptoir.invoices.models import Invoice
from comptoir.kernel.admin import words_of
from comptoir.kernel.models import StateChange
from comptoir.kernel.money import Money
from comptoir.kernel.shown import amount, link, reason, state
from comptoir.kernel.words import Words
from comptoir.ledger.models import Entry
from comptoir.modules.admin import title_of
from comptoir.orders.models import Order
from comptoir.payments.letters_of import letters_of
from comptoir.payments.models import Attempt, Dispute, Foreign, Payment, PaymentReference
from comptoir.payments.queries import cause, entries_of
from comptoir.services import kinds
from comptoir.services.models import Operation, Service

LONGEST_ID = 20
MOST = 300  # lines of one kind: a payment that has more of them is read in the lists

# What a state's first row and its later ones say of each noun; of an operation by its kind, `services.kinds`.
SAID: dict[type[models.Model], tuple[str, str]] = {
    Payment: (gettext_noop("The transaction became known: {state}"), gettext_noop("The transaction is now: {state}")),
    Attempt: (gettext_noop("A payment page was asked for: {name}"), gettext_noop("The payment page {name}: {state}")),
    Invoice: (gettext_noop("Invoice {name} was made: {state}"), gettext_noop("Invoice {name} is now: {state}")),
    Order: (gettext_noop("Order {name} was placed: {state}"), gettext_noop("Order {name} is now: {state}")),
    Dispute: (gettext_noop("Dispute {name} became known: {state}"), gettext_noop("Dispute {name} is now: {state}")),
    Service: (gettext_noop("Service {name} was made: {state}"), gettext_noop("Service {name} is now: {state}")),
}


@dataclass(frozen=True, slots=True)
class Told:
    """One line of the story. `what` names its kind; the rest says it."""

    at: dt.datetime
    what: str
    text: SafeString
    who: str = ""
    detail: str | Words = ""


@dataclass(frozen=True, slots=True)
class NextLook:
    """When the provider is asked next, and what went wrong the last time."""

    at: dt.datetime
    problem: Words


def story(payment: Payment, *, events: bool) -> list[Told]:
    """Everything that we know of a payment, from the first attempt to the last mail; lines of the same time keep their causes' order.

    `events`: whoever reads it may open what the provider sent.
    """
    references = list(payment.references.all())
    operations = _operations(payment)
    lines = [
        *_notices(payment, [each.reference for each in references], events=events),
        *_looks(payment, references),
        *_money(payment),
        *_moves(payment, operations),
        *_mails(payment, operations),
    ]
    return sorted(lines, key=lambda line: line.at)


def story_of_foreign(foreign: Foreign, *, events: bool) -> list[Told]:
    """What we were told of an object of others."""
    return list(_notices(foreign, [foreign.reference], events=events))


def next_look(payment: Payment) -> NextLook | None:
    """The look that is wished for; None where nobody waits for one."""
    wishes = [wish for wish in _wishes(payment, list(payment.references.all())) if wish.wanted > wish.done]
    first = min(wishes, key=lambda wish: wish.not_before, default=None)
    return NextLook(first.not_before, first.problem) if first is not None else None


def _operations(payment: Payment) -> list[Operation]:
    if payment.invoice_id is None:
        return []
    return list(Operation.objects.filter(cause=payment.invoice_id).select_related("service").order_by("pk")[:MOST])


def _moves(payment: Payment, operations: Iterable[Operation]) -> Iterator[Told]:
    """The histories of all that the payment moves, and of the other attempts to pay the same invoice."""
    nouns: dict[tuple[str, str], tuple[models.Model, str]] = {
        ("payment", str(payment.pk)): (payment, gettext("Transaction"))
    }
    invoice = payment.invoice
    attempts = list(invoice.attempts.order_by("created_at")[:MOST]) if invoice is not None else []
    for attempt in attempts or [each for each in (payment.attempt,) if each is not None]:
        nouns["attempt", str(attempt.pk)] = (attempt, gettext("Attempt"))
    if invoice is not None:
        nouns["invoice", str(invoice.pk)] = (invoice, gettext("Invoice"))
        if invoice.order is not None:
            nouns["order", str(invoice.order_id)] = (invoice.order, gettext("Order"))
    for dispute in payment.disputes.order_by("pk"):
        nouns["dispute", str(dispute.pk)] = (dispute, gettext("Dispute"))
    for operation in operations:
        nouns["operation", str(operation.pk)] = (operation, str(kinds.of(operation).noun))
        nouns["service", str(operation.service_id)] = (operation.service, gettext("Service"))
    wanted = models.Q()
    for noun, key in nouns:
        wanted |= models.Q(noun=noun, object_id=key)
    for move in StateChange.objects.filter(wanted).order_by("id")[:MOST]:
        row, what = nouns[move.noun, move.object_id]
        yield Told(move.at, what, _moved(row, move), who=move.who, detail=_why(row, move))


def _why(row: models.Model, move: StateChange) -> str | Words:
    """A payment's code of what went wrong in words, with the code."""
    if isinstance(row, Payment | Attempt) and move.why.kind == "code":
        return reason(cause(row.module, str(move.why)), str(move.why))
    return move.why


def _moved(row: models.Model, move: StateChange) -> SafeString:
    first, later = _said(row)
    word = state(move.to_state, words_of(type(row)).get(move.to_state, move.to_state))
    name = link(row, _named(row))
    text = format_html(later if move.from_state else first, name=name, state=word)
    if isinstance(row, Attempt) and not move.from_state:
        return format_html("{} {}", text, amount(row.amount))
    return text


def _said(row: models.Model) -> tuple[str, str]:
    if isinstance(row, Operation):
        return str(kinds.of(row).asked), str(kinds.of(row).moved)
    first, later = SAID[type(row)]
    return gettext(first), gettext(later)


def _named(row: models.Model) -> str:
    """What a row is called in a sentence; a page's id is long and means nothing to anybody, so its beginning will do."""
    if isinstance(row, Operation):
        return row.service.name
    name = str(row)
    return f"{name[:LONGEST_ID]}…" if isinstance(row, Attempt) and len(name) > LONGEST_ID else name


def _notices(row: Payment | Foreign, references: list[str], *, events: bool) -> Iterator[Told]:
    notices = Notice.objects.filter(
        module=row.module, account=row.account, mode=row.mode, subject_id__in=references
    ).defer("payload")
    provider = title_of(row.module)
    for notice in notices.order_by("id")[:MOST]:
        name = format_html('<span class="id">{}</span>', notice.type)
        if events:
            address = _event_url(row, notice)
            name = format_html('<a class="id" href="{}" data-test="event">{}</a>', address, notice.type)
        text = format_html(
            gettext("{provider} told of {event}, {delay}"), provider=provider, event=name, delay=delay(notice)
        )
        detail = "" if notice.done_at else gettext("not done yet")
        yield Told(notice.received_at, gettext("Event"), text, who=row.module, detail=notice.note or detail)


def _event_url(row: Payment | Foreign, notice: Notice) -> str:
    name = "backoffice:payment_event" if isinstance(row, Payment) else "backoffice:foreign_event"
    return reverse(name, args=[row.module, row.pk, notice.pk])


def delay(notice: Notice) -> str:
    """How long after its making a notice has reached us, in words."""
    seconds = (notice.received_at - notice.created).total_seconds()
    if seconds < 1:  # also where the two clocks differ
        return gettext("within a second")
    locale = (get_language() or "en").replace("-", "_")
    lasted = format_timedelta(dt.timedelta(seconds=round(seconds)), threshold=2, locale=locale)
    return gettext("%(time)s after it was made") % {"time": lasted}


def _wishes(payment: Payment, references: Sequence[PaymentReference]) -> list[Wish]:
    wanted = models.Q(pk=None)
    for each in references:
        wanted |= models.Q(kind=each.kind, external_id=each.reference)
    return list(Wish.objects.filter(wanted, module=payment.module, account=payment.account, mode=payment.mode))


def _looks(payment: Payment, references: Sequence[PaymentReference]) -> Iterator[Told]:
    """Single looks are not kept: the last one tells how many there were."""
    count = sum(wish.done for wish in _wishes(payment, references))
    said = gettext("Read afresh at {provider}")
    text = format_html(said, provider=title_of(payment.module))
    many = ngettext("%(count)s look has been asked for so far", "%(count)s looks have been asked for so far", count)
    detail = many % {"count": count} if count else ""
    yield Told(payment.read_at, gettext("Read"), text, who=payment.module, detail=detail)


# What an entry of each kind says; the amount is without its sign.
MOVED = {
    Entry.Kind.PAYMENT: gettext_noop("{amount} came in as {reference}"),
    Entry.Kind.REFUND: gettext_noop("{amount} went back to the customer as {reference}"),
    Entry.Kind.REFUND_FAILURE: gettext_noop("The refund {reference} failed: {amount} came back"),
    Entry.Kind.DISPUTE: gettext_noop("The customer’s bank took {amount} back ({reference})"),
    Entry.Kind.DISPUTE_REVERSAL: gettext_noop("The customer’s bank gave {amount} back ({reference})"),
}


def _money(payment: Payment) -> Iterator[Told]:
    entries = entries_of(payment).prefetch_related("settlements", "allocations__invoice", "credit_entries__credit")
    for entry in entries.order_by("id")[:MOST]:
        said = gettext(MOVED[Entry.Kind(entry.kind)])
        name = format_html('<span class="id">{}</span>', link(entry, entry.reference))
        moved = entry.amount if entry.amount_minor >= 0 else -entry.amount
        text = format_html(said, amount=amount(moved), reference=name)
        yield Told(entry.recorded_at, gettext("Ledger"), text, who=payment.module, detail=_placed(entry))
        for row in entry.settlements.all():
            booked = Money(row.amount_minor, row.currency)
            text = format_html(
                gettext("{provider} booked {amount}, its fee is {fee}: {net} net ({reference})"),
                provider=title_of(payment.module),
                amount=amount(booked),
                fee=amount(row.fee),
                net=amount(row.net),
                reference=format_html('<span class="id">{}</span>', row.reference),
            )
            rate = gettext("exchange rate %(rate)s") % {"rate": row.exchange_rate} if row.exchange_rate else ""
            yield Told(row.recorded_at, gettext("Booked"), text, who=payment.module, detail=rate)


def _placed(entry: Entry) -> str:
    """What an entry pays, and what of it became, or was, the customer's credit."""
    invoices = ", ".join(str(each.invoice) for each in entry.allocations.all())
    said = [gettext("for invoice %(number)s") % {"number": invoices}] if invoices else []
    for row in entry.credit_entries.all():
        words = gettext("%(amount)s became credit") if row.amount_minor > 0 else gettext("%(amount)s of credit taken")
        said.append(words % {"amount": row.amount if row.amount_minor > 0 else -row.amount})
    return ", ".join(said) or gettext("allocated to nothing")


# What a mail that was not written yet is about, by its fact.
MAILS = {
    "paid": gettext_noop("The invoice is paid"),
    "in-progress": gettext_noop("The payment is in progress"),
    "failed": gettext_noop("The payment did not succeed"),
    "refunded": gettext_noop("Money went back to the customer"),
    "taken-back": gettext_noop("The customer’s bank has taken the payment back"),
    "credited": gettext_noop("Something was added to the customer’s credit"),
    "changed": gettext_noop("The invoice was changed"),
    "cancelled": gettext_noop("The order is cancelled"),
    "refund-failed": gettext_noop("A refund did not reach the customer"),
    "delivered": gettext_noop("The service is delivered"),
    "suspend": gettext_noop("The service is suspended"),
    "resume": gettext_noop("The service is active again"),
    "end": gettext_noop("The service has ended"),
    "by-hand": gettext_noop("A service waits for your team"),
}


def _mails(payment: Payment, operations: Iterable[Operation]) -> Iterator[Told]:
    for mail in letters_of(payment, operations).order_by("id")[:MOST]:
        text = format_html(
            gettext("“{subject}” to {to}: {state}"),
            subject=link(mail, mail.subject or gettext(MAILS[mail.fact.partition(":")[0]])),
            to=mail.to,
            state=state(mail.state, mail.get_state_display()),
        )
        yield Told(mail.sent_at or mail.created_at, gettext("Mail"), text, who="system")
