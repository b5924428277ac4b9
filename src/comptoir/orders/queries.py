"""What a basket holds."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from comptoir.catalogue.models import Price, Product, Shop
from comptoir.catalogue.pricing import Quote, quote
from comptoir.catalogue.queries import price_of
from comptoir.orders.models import BasketLine


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
