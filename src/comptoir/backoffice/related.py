"""What stands around a noun on its page: rows of rooms that the noun itself does not know."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import QueryDict
from django.utils.http import urlencode

from comptoir.backoffice import transactions
from comptoir.backoffice.transactions import PER_PAGE, Other, Place, Transaction, Wanted, number, with_booked
from comptoir.customers.models import Customer
from comptoir.invoices.models import Invoice, InvoiceLine
from comptoir.kernel.models import Alert
from comptoir.kernel.money import Money, percent
from comptoir.ledger.models import Allocation, CreditEntry, Entry, SettlementEntry
from comptoir.ledger.queries import credit_for, credit_movements, credit_used_on, owed_on, paid_on
from comptoir.orders.models import Order, OrderLine
from comptoir.payments.actions.placing import credit_owed
from comptoir.payments.gone_back import Back, gone_back
from comptoir.payments.models import Attempt, Payment
from comptoir.payments.queries import rules
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
    owed: Money
    credit: Money  # of its customer that it could be paid with
    credit_used: Money
    back: list[Back]
    transactions: list[Transaction]
    attempts: list[Attempt]
    allocations: list[Allocation]
    operations: list[Operation]

    @property
    def usable(self) -> Money:
        """How much of the credit would be used on it."""
        return min(self.credit, self.owed, key=lambda each: each.minor)


def around_invoice(invoice: Invoice) -> AroundInvoice:
    """All that belongs to one invoice."""
    lines = list(invoice.lines.all())
    taxes: dict[str, int] = {}
    for line in lines:
        name = f"{line.tax_name} {percent(line.tax_basis_points)}" if line.tax_basis_points else line.tax_name
        if line.tax_minor:
            taxes[name] = taxes.get(name, 0) + line.tax_minor
    return AroundInvoice(
        lines=lines,
        taxes=[Line(name, Money(minor, invoice.currency)) for name, minor in taxes.items()],
        paid=paid_on(invoice),
        owed=owed_on(invoice),
        credit=credit_for(invoice),
        credit_used=credit_used_on(invoice),
        back=gone_back(invoice),
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
    waits: bool  # for the outcome of a debit
    late_success: str


def around_order(order: Order) -> AroundOrder:
    """All that belongs to one order."""
    lines = [
        (line, Money((line.price_minor + line.setup_minor) * line.quantity, order.currency))
        for line in order.lines.order_by("id")
    ]
    invoices = list(order.invoices.order_by("id"))
    return AroundOrder(
        lines=lines,
        tax=order.total - sum((price for _line, price in lines), Money(0, order.currency)),
        invoices=invoices,
        waits=any(invoice.state == Invoice.State.IN_PROGRESS for invoice in invoices),
        late_success=rules().get_late_success_display(),
        services=list(Service.objects.filter(order_line__order=order).order_by("id")[:MOST]),
    )


def around_service(service: Service) -> list[Operation]:
    """What was and is to be done for a service."""
    return list(service.operations.select_related("cause").order_by("created_at"))


@dataclass(frozen=True, slots=True)
class AroundEntry:
    """What was booked for a ledger entry, what it pays, the credit that it became or came from, and the payment that it belongs to."""

    settlements: list[SettlementEntry]
    allocations: list[Allocation]
    credit: list[CreditEntry]
    payment: Payment | None


def around_entry(entry: Entry) -> AroundEntry:
    """All that belongs to one entry of the ledger."""
    payment = Payment.objects.filter(
        module=entry.source, account=entry.account, mode=entry.mode, reference=entry.payment
    ).first()
    return AroundEntry(
        settlements=list(entry.settlements.order_by("id")),
        allocations=list(entry.allocations.select_related("invoice").order_by("id")),
        credit=list(entry.credit_entries.select_related("credit__customer__user").order_by("id")),
        payment=payment,
    )


def credit_history(customer: Customer, *, before: int | None) -> tuple[list[CreditEntry], int | None]:
    """A page of what was ever added to a customer's credits and taken from them, the newest first; and the id to go on from."""
    rows = credit_movements(customer)
    found = list((rows.filter(pk__lt=before) if before is not None else rows)[: PER_PAGE + 1])
    return found[:PER_PAGE], found[PER_PAGE - 1].pk if len(found) > PER_PAGE else None


@dataclass(frozen=True, slots=True)
class Linked:
    """A customer's services and transactions, a page of each, the newest first. Addresses are queries, '' where a list ends."""

    services: list[Service]
    transactions: list[Transaction | Other]
    owes: list[Alert]  # credit that was spent and whose payment went back
    older_services: str
    newer_services: str
    older_transactions: str
    newer_transactions: str


def linked(customer: Customer, asked: QueryDict) -> Linked:
    """Both lists of a customer's page. Each is cut by itself: `asked` says where, and the other one stays as it is."""
    services, older, newer = _services(customer, asked)
    before, after = Place.read(asked.get("before", "")), Place.read(asked.get("after", ""))
    listed = transactions.listed(Wanted(customer=customer.pk, before=before, after=after))

    def step(*others: str, **cut: Place | int | None) -> str:
        if not any(cut.values()):
            return ""
        kept = {name: str(value) for name, value in asked.items() if name in others}
        return "?" + urlencode({"tab": "linked", **kept, **{name: str(value) for name, value in cut.items()}})

    return Linked(
        services=services,
        transactions=listed.rows,
        owes=credit_owed(customer),
        older_services=step("before", "after", services_before=older),
        newer_services=step("before", "after", services_after=newer),
        older_transactions=step("services_before", "services_after", before=listed.older),
        newer_transactions=step("services_before", "services_after", after=listed.newer),
    )


def _services(customer: Customer, asked: QueryDict) -> tuple[list[Service], int | None, int | None]:
    """A page of services, and the ids to go on from."""
    rows = Service.objects.filter(customer=customer)
    after, before = number(asked.get("services_after")), number(asked.get("services_before"))
    if after is not None:
        found = list(rows.filter(pk__gt=after).order_by("pk")[: PER_PAGE + 1])
        further, found = len(found) > PER_PAGE, found[:PER_PAGE][::-1]
        return found, found[-1].pk if found else None, found[0].pk if further else None
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows.order_by("-pk")[: PER_PAGE + 1])
    further, found = len(found) > PER_PAGE, found[:PER_PAGE]
    newer = found[0].pk if before is not None and found else None
    return found, found[-1].pk if further else None, newer
