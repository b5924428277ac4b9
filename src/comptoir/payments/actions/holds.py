"""HOLD: what is paid and may be a fraud is delivered once a person has said so. By the house's rules (`Rules.hold_...`).

The money has arrived and stands on its invoice; only the delivery waits. Released once, by one person; what was given back is not
delivered any more.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

from django.utils.translation import gettext_lazy as _, gettext_noop

from comptoir.invoices.models import Invoice
from comptoir.kernel import clock, locks
from comptoir.kernel.errors import SaidError
from comptoir.kernel.records import alert, close_alerts
from comptoir.kernel.words import NOTHING, Words, code, label, words
from comptoir.orders.models import Order
from comptoir.payments.models import Payment, Refund, Rules
from comptoir.payments.queries import rules
from comptoir.payments.refundable import paid_by as stands_on_its_invoice
from comptoir.services import steering
from comptoir.services.models import Service, Wanted
from comptoir.services.steering import held_key

HOUR = dt.timedelta(hours=1)
KNOWN_AFTER = dt.timedelta(
    days=30
)  # since a first invoice was paid, and is still: time in which a stolen card is noticed
RISKS = {
    "normal": _("normal"),
    "elevated": _("elevated"),
    "highest": _("highest"),
}
HELD_FROM = {"elevated": ("elevated", "highest"), "highest": ("highest",)}
IS_PAID = (Invoice.State.PAID, Invoice.State.PARTIALLY_REFUNDED)
UNDER_WAY = (Refund.State.WAITING, Refund.State.CREATED, Refund.State.PENDING)
DECIDED = _("This delivery is not held (any more): somebody has decided. Nothing was changed.")
NOT_PAID = _("What this order has paid went back, or its invoice is to be paid again. Nothing was delivered.")
GOES_BACK = _("A refund of this order’s payment is under way. Nothing was delivered.")
DISPUTED = _("The customer’s bank disputes this order’s payment: answer the dispute first. Nothing was delivered.")


def hold(*, services: Iterable[Service], order: Order, invoice: Invoice) -> bool:
    """Hold what a gateway's payment has just paid, where a rule says so; whether one did.

    Within the transaction that settles the invoice, which holds the services' locks; `demand` follows, and its operations wait.
    """
    rule = rules()
    if not (rule.hold_risk or rule.hold_new_above_minor is not None or rule.hold_orders_an_hour is not None):
        return False
    paid_by = [each for each in Payment.objects.filter(invoice=invoice).order_by("pk") if stands_on_its_invoice(each)]
    if not paid_by:
        return False  # a person of the team has taken the money, or there is none
    why = _joined(_reasons(rule, order, invoice, paid_by))
    if not why:
        return False
    steering.hold(services=services, why=why)
    _tell(order, why)
    return True


def _tell(order: Order, why: Words) -> None:
    alert(
        held_key(order.pk),
        words(
            gettext_noop("Order %(order)s is paid, and its delivery waits for a person: %(why)s"),
            order=code(str(order)),
            why=why,
        ),
    )


def _reasons(rule: Rules, order: Order, invoice: Invoice, paid_by: Iterable[Payment]) -> Iterator[Words]:
    risk = next((each.risk for each in paid_by if each.risk in HELD_FROM.get(rule.hold_risk, ())), "")
    if risk:
        yield words(gettext_noop("the payment service rates its risk as %(risk)s"), risk=label(RISKS[risk]))
    above = rule.hold_new_above_minor
    if above is not None and (invoice.currency != rule.currency or invoice.total_minor > above) and _is_new(invoice):
        yield words(gettext_noop("a new customer’s order over %(amount)s"), amount=invoice.total)
    most = rule.hold_orders_an_hour
    if most is not None and (count := orders_within(order, HOUR)) > most:
        yield words(gettext_noop("the customer’s orders within an hour: %(count)s"), count=count)


def _joined(reasons: Iterable[Words]) -> Words:
    found = NOTHING
    for each in reasons:
        found = words(gettext_noop("%(one)s; %(other)s"), one=found, other=each) if found else each
    return found


def _is_new(invoice: Invoice) -> bool:
    """Whether nothing that this customer has paid has stood for long."""
    known = Invoice.objects.filter(
        customer=invoice.customer_id, mode=invoice.mode, state=Invoice.State.PAID, total_minor__gt=0
    )
    return not known.filter(paid_at__lt=clock.now() - KNOWN_AFTER).exclude(pk=invoice.pk).exists()


def orders_within(order: Order, span: dt.timedelta) -> int:
    """How many orders its customer has placed up to this one, itself included."""
    placed = Order.objects.filter(customer=order.customer_id, mode=order.mode, placed_at__lte=order.placed_at)
    return placed.filter(placed_at__gt=order.placed_at - span).count()


def release(*, order_id: int, who: str) -> None:
    """A person has looked: what is held of an order is delivered, once. Of two people the second is told so.

    Raises:
        SaidError: nothing is held (any more), or its money is not here or may leave. Nothing was changed then.
    """
    with locks.transaction():
        order = locks.take(Order, order_id)
        invoices = locks.take_all(Invoice, order=order)
        payments = locks.take_all(Payment, invoice__order=order)
        services = [each for each in locks.take_all(Service, order_line__order=order) if is_waiting(each)]
        if not services:
            raise SaidError(DECIDED)
        if not any(each.state in IS_PAID for each in invoices):
            raise SaidError(NOT_PAID)
        if Refund.objects.filter(payment__in=payments, state__in=UNDER_WAY).exists():
            raise SaidError(GOES_BACK)
        if any(each.state == Payment.State.DISPUTED for each in payments):
            raise SaidError(DISPUTED)
        steering.release(services=services, who=who)
        close_alerts(held_key(order_id))


def drop(*, services: Iterable[Service], why: Words, who: str) -> None:
    """The money of an order has gone back: what of it is held is never delivered. Within a transaction that holds the services' locks."""
    steering.want(services=[each for each in services if is_waiting(each)], wanted=Wanted.ENDED, why=why, who=who)


def follow(*, services: Iterable[Service], invoice: Invoice) -> None:
    """People are told that an order waits while its money is here: not while a bank has taken it, and again once it is back.

    Within a transaction that holds the locks of the invoice and of the services.
    """
    held = [each for each in services if is_waiting(each)]
    if not held or invoice.order is None:
        return
    if invoice.state in IS_PAID:
        _tell(invoice.order, held[0].held_because)
    else:
        close_alerts(held_key(invoice.order.pk))


def is_waiting(service: Service) -> bool:
    """Whether it is delivered only once a person has said so."""
    return service.state == Service.State.PENDING and bool(service.held_because)
