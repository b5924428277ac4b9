"""From prices to amounts: what is shown, what is invoiced and what is charged are one number, in both price modes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from comptoir.catalogue.models import Cycle, Price, Product, Shop, TaxRate
from comptoir.kernel.money import Money, share

FULL = 10_000  # basis points in a whole
MONTHS = {
    Cycle.MONTHLY: 1,
    Cycle.QUARTERLY: 3,
    Cycle.SEMIANNUALLY: 6,
    Cycle.ANNUALLY: 12,
    Cycle.BIENNIALLY: 24,
    Cycle.TRIENNIALLY: 36,
}


@dataclass(frozen=True, slots=True)
class Taxed:
    """An amount split: gross = net + tax, to the minor unit."""

    net: Money
    tax: Money
    gross: Money


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """One line of what is owed. `part` is `price` or `setup`."""

    product: Product
    cycle: str
    quantity: int
    part: str
    rate: TaxRate | None
    amount: Taxed

    @property
    def cycle_label(self) -> str:
        """The cycle in words."""
        return str(Cycle(self.cycle).label)


@dataclass(frozen=True, slots=True)
class Quote:
    """What a choice of products costs now."""

    lines: tuple[QuoteLine, ...]
    net: Money
    tax: Money
    total: Money


def split(amount: Money, *, basis_points: int, includes_tax: bool) -> Taxed:
    """Split a price into net, tax and gross. The side that the shop shows is exact, the tax is rounded commercially."""
    if includes_tax:
        net = Money(share(amount.minor, part=FULL, whole=FULL + basis_points), amount.currency)
        return Taxed(net=net, tax=amount - net, gross=amount)
    tax = Money(share(amount.minor, part=basis_points, whole=FULL), amount.currency)
    return Taxed(net=amount, tax=tax, gross=amount + tax)


def quote(choice: Sequence[tuple[Product, Price, int]], *, shop: Shop) -> Quote:
    """Price a choice of (product, price, quantity). Tax is rounded once for each line."""
    lines: list[QuoteLine] = []
    for product, price, quantity in choice:
        rate = product.tax_rate or shop.tax_rate
        for part, amount in (("price", price.amount), ("setup", price.setup)):
            if part == "setup" and not amount:
                continue
            taxed = split(
                amount * quantity,
                basis_points=rate.basis_points if rate else 0,
                includes_tax=shop.prices_include_tax,
            )
            lines.append(QuoteLine(product, price.cycle, quantity, part, rate, taxed))
    zero = Money(0, shop.currency)
    return Quote(
        lines=tuple(lines),
        net=sum((line.amount.net for line in lines), zero),
        tax=sum((line.amount.tax for line in lines), zero),
        total=sum((line.amount.gross for line in lines), zero),
    )


def saving_percent(prices: Sequence[Price], cycle: str) -> int | None:
    """Whole per cent that a cycle saves against a product's shortest one, set-up fees left aside; None without a comparison."""
    by_cycle = {Cycle(price.cycle): price.amount_minor for price in prices if price.cycle in MONTHS}
    chosen = Cycle(cycle)
    if chosen not in by_cycle or not any(by_cycle.values()):
        return None
    shortest = min(by_cycle, key=lambda known: MONTHS[known])
    if chosen == shortest or not by_cycle[shortest]:
        return None
    usual = by_cycle[shortest] * MONTHS[chosen]
    return max(0, 100 - share(100, part=by_cycle[chosen] * MONTHS[shortest], whole=usual))
