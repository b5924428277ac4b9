"""What the shop shows."""

from __future__ import annotations

from django.db.models import Prefetch, QuerySet

from comptoir.catalogue.models import Group, Price, Product, Shop


def shop() -> Shop:
    """The shop's settings; made with their defaults at the first call."""
    row = Shop.objects.select_related("tax_rate").first()
    if row is None:
        Shop.objects.get_or_create(only=True)
        row = Shop.objects.select_related("tax_rate").get()
    return row


def products(currency: str) -> QuerySet[Product]:
    """Visible products with their prices in a currency."""
    prices = Price.objects.filter(currency=currency).order_by("id")
    return (
        Product.objects.filter(visible=True, group__visible=True, prices__currency=currency)
        .select_related("group", "tax_rate")
        .prefetch_related(Prefetch("prices", queryset=prices))
        .distinct()
    )


def groups() -> QuerySet[Group]:
    """Visible groups in their order."""
    return Group.objects.filter(visible=True)


def price_of(product: Product, *, cycle: str | None, currency: str) -> Price | None:
    """The price of a cycle, or of the product's default one; None where it is not sold so."""
    prices = {price.cycle: price for price in product.prices.all() if price.currency == currency}
    if cycle is not None:
        return prices.get(cycle)
    return prices.get(product.default_cycle) or next(iter(prices.values()), None)
