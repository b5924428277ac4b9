"""Invoices made and issued."""

from __future__ import annotations

from django.db.models import Sum
from django.utils import translation
from django.utils.translation import gettext

from comptoir.catalogue.pricing import Quote, QuoteLine, Taxed
from comptoir.customers.models import Customer
from comptoir.invoices.models import INVOICE_STATES, Invoice, InvoiceLine
from comptoir.kernel import clock
from comptoir.kernel.records import next_number
from comptoir.kernel.words import Words
from comptoir.orders.models import Order

LONGEST_DESCRIPTION = 250  # as InvoiceLine has it
SERIES = {"live": "F", "test": "TEST"}  # test orders have their own numbers, so that the books' series has no hole


def draft_for_order(*, order: Order, quote: Quote, who: str) -> Invoice:
    """Write the invoice of an order as a draft, within the caller's `locks.transaction()`, which issues it at its end."""
    customer = order.customer
    lines = {(line.product_id, line.cycle): line for line in order.lines.all()}
    invoice = Invoice.objects.create(
        customer=customer,
        order=order,
        mode=order.mode,
        currency=quote.total.currency,
        net_minor=quote.net.minor,
        tax_minor=quote.tax.minor,
        total_minor=quote.total.minor,
        billed_to=_billed_to(customer),
        locale=order.locale,
    )
    INVOICE_STATES.born(invoice, who=who)
    with translation.override(order.locale):
        InvoiceLine.objects.bulk_create(
            InvoiceLine(
                invoice=invoice,
                order_line=lines[line.product.pk, line.cycle],
                description=_description(line, order.locale),
                quantity=line.quantity,
                tax_name=line.rate.name if line.rate else "",
                tax_basis_points=line.rate.basis_points if line.rate else 0,
                net_minor=line.amount.net.minor,
                tax_minor=line.amount.tax.minor,
                gross_minor=line.amount.gross.minor,
            )
            for line in quote.lines
        )
    return invoice


def issue(invoice: Invoice, *, who: str) -> None:
    """Issue a draft: it is owed from now on, and has its number, gap-free by series and year (business time).

    Everybody who is billed waits for the counter, so this comes last in its transaction.
    """
    now = clock.now()
    invoice.series = f"{SERIES[invoice.mode]}-{now.year}"
    INVOICE_STATES.move(invoice, Invoice.State.OPEN, who=who)
    invoice.number = f"{invoice.series}-{next_number(f'invoice:{invoice.series}'):05d}"
    invoice.issued_at = invoice.due_at = now
    invoice.save(update_fields=["series", "number", "issued_at", "due_at"])


def reprice(line: InvoiceLine, amount: Taxed) -> None:
    """What a line comes to from now on, within the caller's transaction, which holds the invoice's lock; `recount` follows."""
    line.net_minor, line.tax_minor, line.gross_minor = amount.net.minor, amount.tax.minor, amount.gross.minor
    line.save(update_fields=["net_minor", "tax_minor", "gross_minor"])


def add_discount(line: InvoiceLine, amount: Taxed) -> InvoiceLine:
    """A line of its own below zero, at the tax rate of the line that it is on, as `reprice`."""
    with translation.override(line.invoice.locale):
        description = gettext("Discount: %(line)s") % {"line": line.description}
    return InvoiceLine.objects.create(
        invoice=line.invoice,
        discount_on=line,
        description=description[:LONGEST_DESCRIPTION],
        tax_name=line.tax_name,
        tax_basis_points=line.tax_basis_points,
        net_minor=amount.net.minor,
        tax_minor=amount.tax.minor,
        gross_minor=amount.gross.minor,
    )


def recount(invoice: Invoice, *, who: str, why: Words) -> None:
    """The sums of an open invoice by its lines as they stand now; one revision more, and a row of its history."""
    sums = invoice.lines.aggregate(net=Sum("net_minor"), tax=Sum("tax_minor"))
    invoice.net_minor, invoice.tax_minor = sums["net"], sums["tax"]
    invoice.total_minor = invoice.net_minor + invoice.tax_minor
    invoice.revision += 1
    invoice.save(update_fields=["net_minor", "tax_minor", "total_minor", "revision"])
    INVOICE_STATES.noted(invoice, who=who, why=why)


def _description(line: QuoteLine, locale: str) -> str:
    name = line.product.name_in(locale)
    if line.part == "setup":
        return gettext("%(product)s: set-up fee") % {"product": name}
    return f"{name} ({line.cycle_label})"


def _billed_to(customer: Customer) -> dict[str, str]:
    return {
        "name": customer.name,
        "person": f"{customer.first_name} {customer.last_name}".strip(),
        "company": customer.company,
        "address": customer.address,
        "postcode": customer.postcode,
        "city": customer.city,
        "country": customer.country,
        "email": customer.user.email,
    }
