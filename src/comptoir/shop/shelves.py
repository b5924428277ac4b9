"""The storefront's shelves: groups, their products, and the billing cycles that a visitor may choose between."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from comptoir.catalogue.models import Cycle, Group, Price, Product, Shop
from comptoir.catalogue.pricing import saving_percent
from comptoir.catalogue.queries import groups, price_of, products


@dataclass(frozen=True)
class CycleChoice:
    """A billing cycle of a shelf. `saving`: per cent saved at least on each of its products, against the shortest cycle."""

    cycle: Cycle
    chosen: bool
    saving: int


@dataclass(frozen=True)
class Item:
    """A product with the price that is shown."""

    product: Product
    price: Price


@dataclass(frozen=True)
class Shelf:
    """A group with what it offers."""

    group: Group
    items: tuple[Item, ...]
    cycles: tuple[CycleChoice, ...]


def shelves(shop: Shop, *, cycle: str | None, group: Group | None = None) -> list[Shelf]:
    """Every group that sells something, or one; prices of the chosen cycle where a product has it, else of its default one."""
    sold: dict[int, list[Product]] = {}
    for product in products(shop.currency):
        sold.setdefault(product.group_id, []).append(product)
    shown = [group] if group else groups()
    return [_shelf(each, sold[each.pk], shop, cycle) for each in shown if each.pk in sold]


def _shelf(group: Group, sold: list[Product], shop: Shop, cycle: str | None) -> Shelf:
    items = []
    for product in sold:
        price = price_of(product, cycle=cycle, currency=shop.currency) if cycle else None
        price = price or price_of(product, cycle=None, currency=shop.currency)
        if price is not None:
            items.append(Item(product, price))
    return Shelf(group, tuple(items), tuple(_cycles(items)))


def _cycles(items: list[Item]) -> Iterable[CycleChoice]:
    """The cycles of a shelf, shortest first; none where there is nothing to choose."""
    offered = {Cycle(price.cycle) for item in items for price in item.product.prices.all()} - {Cycle.ONCE}
    if len(offered) < 2:  # noqa: PLR2004 - a choice begins with two
        return
    shown = {
        item.price.cycle for item in items if len(item.product.prices.all()) > 1
    }  # the others have nothing to choose
    for cycle in Cycle:
        if cycle in offered:
            savings = [saving_percent(list(item.product.prices.all()), cycle) for item in items]
            known = [saving for saving in savings if saving is not None]
            yield CycleChoice(cycle, chosen=shown == {cycle}, saving=min(known, default=0))
