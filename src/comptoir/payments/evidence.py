"""What we know of a disputed payment, for its bank to read: assembled from our rows in the active language; a person edits and sends it.

Nothing in it is a secret: no access data, no text of a mail. Times are UTC, for a reader who knows nothing of us; days are those of the
counter's zone, as they stand on the invoice.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from comptoir.catalogue.queries import shop
from comptoir.customers.models import Visit
from comptoir.invoices.models import Invoice
from comptoir.kernel.words import written
from comptoir.mail.models import Mail
from comptoir.modules.api import EVIDENCE_FIELDS, EVIDENCE_LONGEST
from comptoir.orders.models import Order
from comptoir.payments.letters_of import TO_THE_TEAM, letters_of
from comptoir.payments.models import Dispute, Payment
from comptoir.services.models import Operation, Service

MOST = 200  # rows of one kind that are read: the newest


def texts(dispute: Dispute) -> dict[str, str]:
    """What is laid before the bank: as somebody has left it, else as it is assembled now. One text for each of `EVIDENCE_FIELDS`."""
    kept = dispute.evidence
    if kept:
        return {name: str(kept.get(name, "")) for name in EVIDENCE_FIELDS}
    return assembled(dispute.payment)


def assembled(payment: Payment) -> dict[str, str]:
    """The texts that our rows give, none longer than `EVIDENCE_LONGEST`; the older lines of long lists are left out."""
    found = dict.fromkeys(EVIDENCE_FIELDS, "")
    invoice = payment.invoice
    if invoice is None:
        return found
    customer = invoice.customer
    visits = list(customer.user.visits.order_by("-id")[:MOST])[::-1]
    found |= {
        "customer_name": customer.name,
        "customer_email": customer.user.email,
        "customer_address": ", ".join(
            part for part in (customer.address, customer.postcode, customer.city, customer.country) if part
        ),
        "customer_address_ip": _bought_from(visits, invoice),
        "product": _product(payment, invoice),
        "service_date": _served_on(invoice),
        "activity": _lines(_activity(invoice, visits)),
        "letters": _lines(_letters(payment, invoice)),
        "refund_policy": _policy(invoice),
    }
    return {name: text[:EVIDENCE_LONGEST] for name, text in found.items()}


def _bought_from(visits: list[Visit], invoice: Invoice) -> str:
    """The address on the network from which it was ordered; else the last one before it was paid."""
    ordered = [each for each in visits if each.what == Visit.What.ORDER and each.about == (invoice.number or "")]
    before = [each for each in visits if invoice.paid_at is None or each.at <= invoice.paid_at]
    return next((each.address for each in (*ordered[-1:], *before[-1:])), "")


def _product(payment: Payment, invoice: Invoice) -> str:
    lines = [f"{each.quantity} × {each.description}" for each in invoice.lines.all()]
    sentence = gettext("Invoice %(number)s of %(day)s, %(total)s, paid by %(method)s (%(payment)s).")
    if payment.amount != invoice.total:  # credit or other money has paid the rest
        sentence = gettext("Invoice %(number)s of %(day)s, %(amount)s of %(total)s, paid by %(method)s (%(payment)s).")
    paid = sentence % {
        "number": invoice.number or "",
        "day": _day(invoice.issued_at),
        "amount": payment.amount,
        "total": invoice.total,
        "method": payment.method or payment.method_type or gettext("the payment page"),
        "payment": payment.reference,
    }
    sold = gettext("Sold by %(shop)s: hosting services, delivered over the internet.") % {"shop": shop().name}
    return "\n".join([sold, *lines, paid])


def _served_on(invoice: Invoice) -> str:
    first = _services(invoice).filter(activated_at__isnull=False).order_by("activated_at").first()
    return _day(first.activated_at) if first is not None else ""


DONE = {
    Operation.Kind.CREATE: gettext_noop("%(service)s was delivered"),
    Operation.Kind.SUSPEND: gettext_noop("%(service)s was suspended"),
    Operation.Kind.RESUME: gettext_noop("%(service)s was active again"),
    Operation.Kind.END: gettext_noop("%(service)s was ended"),
}


def _activity(invoice: Invoice, visits: Iterable[Visit]) -> Iterable[tuple[dt.datetime, str]]:
    """The order, what became of its services, and every sign-in of the customer; what they ordered otherwise is no matter of this."""
    order = invoice.order
    if order is not None:
        yield from _order(order)
    for each in _operations(invoice):
        if each.done_at is not None:
            yield each.done_at, gettext(DONE[Operation.Kind(each.kind)]) % {"service": each.service.name}
    for visit in visits:
        ordered = visit.what == Visit.What.ORDER
        if ordered and visit.about != (invoice.number or ""):
            continue
        text = (
            gettext("The customer ordered from %(address)s")
            if ordered
            else gettext("The customer signed in from %(address)s")
        )
        yield visit.at, text % {"address": visit.address}


def _operations(invoice: Invoice) -> list[Operation]:
    """What was done, or is to be done, with the services that this invoice has paid."""
    return list(Operation.objects.filter(cause=invoice).select_related("service").order_by("created_at")[:MOST])


def _order(order: Order) -> Iterable[tuple[dt.datetime, str]]:
    yield order.placed_at, gettext("Order %(number)s was placed by the signed-in customer") % {"number": order.number}


def _letters(payment: Payment, invoice: Invoice) -> Iterable[tuple[dt.datetime, str]]:
    """The mails that this customer was sent about this payment, its order and its services, by their subjects."""
    sent = letters_of(payment, _operations(invoice)).filter(state=Mail.State.SENT, secret=False)
    for mail in sent.exclude(fact__startswith=f"{TO_THE_TEAM}:").order_by("-id")[:MOST]:
        if mail.sent_at is not None:
            yield mail.sent_at, gettext("“%(subject)s” to %(to)s") % {"subject": mail.subject, "to": mail.to}


def _policy(invoice: Invoice) -> str:
    if invoice.order is None:
        return ""
    said = {"day": _time(invoice.order.placed_at), "terms": shop().terms_url}
    if said["terms"]:
        return gettext("When ordering on %(day)s the customer ticked that they have read and accept: %(terms)s") % said
    return (
        gettext("When ordering on %(day)s the customer ticked that they have read and accept the terms of sale.") % said
    )


def _services(invoice: Invoice) -> models.QuerySet[Service]:
    return Service.objects.filter(order_line__order=invoice.order_id) if invoice.order_id else Service.objects.none()


def _lines(found: Iterable[tuple[dt.datetime, str]]) -> str:
    """One line each, oldest first; where they are too many the newest are kept."""
    lines = [f"{_time(at)}  {text}" for at, text in sorted(found, key=lambda each: each[0])]
    while len("\n".join(lines)) > EVIDENCE_LONGEST:
        del lines[0]
    return "\n".join(lines)


def _day(moment: dt.datetime | None) -> str:
    return written(timezone.localdate(moment)) if moment is not None else ""


def _time(moment: dt.datetime) -> str:
    return f"{moment.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC"
