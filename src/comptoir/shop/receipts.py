"""The receipt: what is owed, always on the same piece of paper; from a basket's quote or from an issued invoice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext

from comptoir.catalogue.models import Cycle, Shop
from comptoir.catalogue.pricing import Quote, QuoteLine
from comptoir.invoices.models import Invoice
from comptoir.kernel.money import Money, percent

NO_BREAK = "\u00a0"


@dataclass(frozen=True)
class Row:
    """A word and an amount; `note` stands below it."""

    words: str
    amount: Money
    note: str = ""


@dataclass(frozen=True)
class Receipt:
    """Rows, the tax of each rate, and the total. `includes_tax`: the rows' amounts have it in them already."""

    rows: tuple[Row, ...]
    taxes: tuple[Row, ...]
    net: Money
    total: Money
    includes_tax: bool


def of_quote(quote: Quote, *, shop: Shop) -> Receipt:
    """The receipt of a basket: its rows in the shop's own way, with or without tax, as the prices were shown."""
    taxed = [(line.rate.name, line.rate.basis_points, line.amount.tax) for line in quote.lines if line.rate is not None]
    return Receipt(
        rows=tuple(_row(line, includes_tax=shop.prices_include_tax) for line in quote.lines),
        taxes=_taxes(taxed),
        net=quote.net,
        total=quote.total,
        includes_tax=shop.prices_include_tax,
    )


def of_invoice(invoice: Invoice) -> Receipt:
    """The receipt of an invoice: its lines without tax, then the tax of each rate."""
    lines = list(invoice.lines.select_related("invoice"))
    return Receipt(
        rows=tuple(Row(words=_times(line.quantity, line.description), amount=line.net) for line in lines),
        taxes=_taxes(
            (line.tax_name, line.tax_basis_points, Money(line.tax_minor, invoice.currency))
            for line in lines
            if line.tax_name
        ),
        net=invoice.net,
        total=invoice.total,
        includes_tax=False,
    )


def _row(line: QuoteLine, *, includes_tax: bool) -> Row:
    amount = line.amount.gross if includes_tax else line.amount.net
    if line.part == "setup":
        return Row(words=gettext("Set-up fee"), amount=amount, note=_times(line.quantity, line.product.name))
    note = "" if line.cycle == Cycle.ONCE else gettext("billed %(cycle)s") % {"cycle": line.cycle_label}
    return Row(words=_times(line.quantity, line.product.name), amount=amount, note=note)


def _times(quantity: int, words: str) -> str:
    return words if quantity == 1 else f"{quantity}{NO_BREAK}×{NO_BREAK}{words}"


def _taxes(taxed: Iterable[tuple[str, int, Money]]) -> tuple[Row, ...]:
    """One row a rate, in the order of the lines. Only rates that are not zero."""
    sums: dict[tuple[str, int], Money] = {}
    for name, basis_points, tax in taxed:
        if basis_points:
            known = sums.get((name, basis_points))
            sums[name, basis_points] = tax if known is None else known + tax
    return tuple(Row(words=_tax_name(name, points), amount=amount) for (name, points), amount in sums.items())


def _tax_name(name: str, basis_points: int) -> str:
    return name if "%" in name else f"{name} {percent(basis_points)}"
