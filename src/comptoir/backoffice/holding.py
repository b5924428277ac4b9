"""What is known of an order whose delivery is held: of its customer, of its payment and of its risk."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Count, Min, Q, QuerySet

from comptoir.customers.models import Customer
from comptoir.invoices.models import Invoice
from comptoir.kernel.words import Words
from comptoir.orders.models import Order
from comptoir.payments.actions.holds import RISKS, orders_within
from comptoir.payments.models import Dispute, Payment, PaymentReference
from comptoir.services.models import Service

MOST = 50  # on the page; once these are decided the others follow
DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a customer besides this order."""

    paid: int  # invoices, and since when the first one
    since: dt.datetime | None
    orders: int  # of the last day, this one included
    tries: int  # charges that failed
    disputes: int


@dataclass(frozen=True, slots=True)
class Held:
    """An order that is paid and waits."""

    order: Order
    invoice: Invoice
    services: list[Service]
    why: Words
    payments: list[Payment]
    known: Known

    @property
    def risks(self) -> list[tuple[Payment, str]]:
        """Each payment with what its provider thinks of it, in a word."""
        return [(payment, str(RISKS.get(payment.risk, ""))) for payment in self.payments]


def waiting() -> QuerySet[Service]:
    """The services that are held, of orders whose money is here."""
    held = Service.objects.filter(state=Service.State.PENDING).exclude(held_because="")
    paid = Q(order_line__order__invoices__state__in=[Invoice.State.PAID, Invoice.State.PARTIALLY_REFUNDED])
    return held.filter(paid)


def orders() -> QuerySet[Order]:
    """The orders that wait, the oldest first."""
    return Order.objects.filter(pk__in=waiting().values("order_line__order")).order_by("pk")


def held() -> Iterator[Held]:
    """Each of them with what there is to know, up to `MOST`."""
    for order in orders().select_related("customer__user")[:MOST]:
        services = list(waiting().filter(order_line__order=order).order_by("pk"))
        invoice = order.invoices.order_by("pk").first()
        if invoice is None or not services:
            continue  # decided since the list was read
        payments = list(Payment.objects.filter(invoice=invoice).exclude(state=Payment.State.CANCELLED).order_by("pk"))
        yield Held(order, invoice, services, services[0].held_because, payments, _known(order, invoice))


def _known(order: Order, invoice: Invoice) -> Known:
    customer: Customer = order.customer
    mine = Invoice.objects.filter(customer=customer, mode=order.mode, state=Invoice.State.PAID, total_minor__gt=0)
    paid = mine.exclude(pk=invoice.pk).aggregate(count=Count("pk"), since=Min("paid_at"))
    payments = Payment.objects.filter(invoice__customer=customer, mode=order.mode)
    charges = PaymentReference.objects.filter(payment__in=payments, kind="charge").count()
    good = payments.exclude(state__in=[Payment.State.OPEN, Payment.State.FAILED, Payment.State.CANCELLED]).count()
    return Known(
        paid=paid["count"],
        since=paid["since"],
        orders=orders_within(order, DAY),
        tries=max(charges - good, 0),
        disputes=Dispute.objects.filter(payment__in=payments).count(),
    )
