"""What a basket holds."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.db.models import Sum

from comptoir.catalogue.models import Price, Product, Shop
from comptoir.catalogue.pricing import Quote, quote
from comptoir.catalogue.queries import price_of
from comptoir.customers.models import Customer
from comptoir.orders.models import BasketLine, Order


@dataclass(frozen=True)
class Filled:
    """A basket's lines with their prices of today, and what they cost together."""

    lines: tuple[tuple[BasketLine, Price], ...]
    quote: Quote

    @property
    def choice(self) -> list[tuple[Product, Price, int]]:
        """As an order is placed with."""
        return [(line.product, price, line.quantity) for line, price in self.lines]

    @property
    def count(self) -> int:
        """How many pieces."""
        return sum(line.quantity for line, _price in self.lines)


def filled(key: uuid.UUID | None, *, shop: Shop) -> Filled:
    """A basket as it stands; lines that are no longer sold so are left out."""
    rows = (
        BasketLine.objects.filter(basket=key, product__visible=True)
        .select_related("product__tax_rate", "product__group")
        .prefetch_related("product__prices")
        .order_by("id")
    )
    lines = []
    for line in rows if key else ():
        price = price_of(line.product, cycle=line.cycle, currency=shop.currency)
        if price is not None:
            lines.append((line, price))
    return Filled(
        lines=tuple(lines),
        quote=quote([(line.product, price, line.quantity) for line, price in lines], shop=shop),
    )


def count(key: uuid.UUID | None) -> int:
    """How many pieces lie in a basket."""
    if key is None:
        return 0
    lines = BasketLine.objects.filter(basket=key, product__visible=True)
    return lines.aggregate(pieces=Sum("quantity"))["pieces"] or 0


def became(key: uuid.UUID | None, *, customer: Customer) -> Order | None:
    """The order that a basket has become, where it is this customer's."""
    return Order.objects.filter(basket_key=key, customer=customer).first() if key else None
