"""What stands around a noun on its page: rows of rooms that the noun itself does not know."""

from __future__ import annotations

from dataclasses import dataclass

from comptoir.backoffice.transactions import Transaction, with_booked
from comptoir.customers.models import Customer
from comptoir.invoices.models import Invoice, InvoiceLine
from comptoir.kernel.money import Money
from comptoir.ledger.models import Allocation, Entry, SettlementEntry
from comptoir.ledger.queries import paid_on
from comptoir.orders.models import Order, OrderLine
from comptoir.payments.models import Attempt, Payment
from comptoir.services.models import Operation, Service

MOST = 100  # rows on one page; the full lists are a link away


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a receipt."""

    text: str
    amount: Money


@dataclass(frozen=True, slots=True)
class AroundInvoice:
    """An invoice's lines, its money and what it pays for."""

    lines: list[InvoiceLine]
    taxes: list[Line]
    paid: Money
    transactions: list[Transaction]
    attempts: list[Attempt]
    allocations: list[Allocation]
    operations: list[Operation]


def around_invoice(invoice: Invoice) -> AroundInvoice:
    """All that belongs to one invoice."""
    lines = list(invoice.lines.all())
    taxes: dict[str, int] = {}
    for line in lines:
        name = f"{line.tax_name} {line.tax_basis_points / 100:g} %" if line.tax_basis_points else line.tax_name
        if line.tax_minor:
            taxes[name] = taxes.get(name, 0) + line.tax_minor
    return AroundInvoice(
        lines=lines,
        taxes=[Line(name, Money(minor, invoice.currency)) for name, minor in taxes.items()],
        paid=paid_on(invoice),
        transactions=with_booked(list(invoice.payments.order_by("id")[:MOST])),
        attempts=list(invoice.attempts.order_by("created_at")[:MOST]),
        allocations=list(invoice.allocations.select_related("entry").order_by("id")[:MOST]),
        operations=list(invoice.operations.select_related("service").order_by("created_at")[:MOST]),
    )


@dataclass(frozen=True, slots=True)
class AroundOrder:
    """An order's lines, invoices and services."""

    lines: list[tuple[OrderLine, Money]]
    tax: Money  # what the total has and the lines have not, where prices are shown without tax
    invoices: list[Invoice]
    services: list[Service]


def around_order(order: Order) -> AroundOrder:
    """All that belongs to one order."""
    lines = [
        (line, Money((line.price_minor + line.setup_minor) * line.quantity, order.currency))
        for line in order.lines.order_by("id")
    ]
    return AroundOrder(
        lines=lines,
        tax=order.total - sum((price for _line, price in lines), Money(0, order.currency)),
        invoices=list(order.invoices.order_by("id")),
        services=list(Service.objects.filter(order_line__order=order).order_by("id")[:MOST]),
    )


def around_service(service: Service) -> list[Operation]:
    """What was and is to be done for a service."""
    return list(service.operations.select_related("cause").order_by("created_at"))


def around_entry(entry: Entry) -> tuple[list[SettlementEntry], list[Allocation], Payment | None]:
    """What was booked for a ledger entry, what it pays, and the payment that it comes from."""
    payment = Payment.objects.filter(
        module=entry.source, account=entry.account, mode=entry.mode, reference=entry.payment
    ).first()
    allocations = entry.allocations.select_related("invoice").order_by("id")
    return list(entry.settlements.order_by("id")), list(allocations), payment


@dataclass(frozen=True, slots=True)
class Linked:
    """A customer's services and transactions, the newest first."""

    services: list[Service]
    transactions: list[Transaction]
    most: int = MOST


def linked(customer: Customer) -> Linked:
    """Both lists of a customer's page."""
    payments = Payment.objects.filter(invoice__customer=customer).select_related("invoice").order_by("-id")
    return Linked(
        services=list(customer.services.order_by("-id")[:MOST]),
        transactions=with_booked(list(payments[:MOST])),
    )
