"""Sums over the payments that somebody looks for, by mode and currency, and what there is to choose from: both over a bounded number."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass

from django.db.models import Q, Sum

from comptoir.backoffice.sums import remembered
from comptoir.backoffice.transactions import Wanted, looked_up, narrowed
from comptoir.kernel.money import Money
from comptoir.ledger.models import Entry, SettlementEntry
from comptoir.ledger.queries import OF_DISPUTES
from comptoir.modules import registry
from comptoir.payments.models import Payment

MOST_SUMMED = 10_000  # payments, the newest; a page says so where there are more
MOST_ASKED = 2_000  # of which the choices are made; a rarer one can still be asked for by its address
NEWEST = ("-created_at", "-pk")


@dataclass(frozen=True, slots=True)
class Total:
    """Payments of a mode in one currency: what customers paid in it, what was refunded and what banks took, what was booked in it."""

    mode: str
    count: int
    paid: Money
    back: Money
    taken: Money
    fee: Money
    net: Money


@dataclass(frozen=True, slots=True)
class Totals:
    """Live first, test apart: test money is in no total of real money. `cut`: only the newest were summed."""

    rows: list[Total]
    cut: bool = False
    most: int = MOST_SUMMED

    @property
    def disputed(self) -> bool:
        """Whether a bank has taken anything."""
        return any(each.taken for each in self.rows)


def totals(wanted: Wanted) -> Totals:
    """The ledger's sums for our payments that are wanted; payments of others are in none."""
    name = hashlib.sha256(repr(wanted.uncut).encode()).hexdigest()[:32]
    return remembered(f"backoffice:totals:{name}", lambda: _summed(wanted))


def _summed(wanted: Wanted) -> Totals:
    wanted = looked_up(wanted)
    newest = narrowed(wanted).order_by(*NEWEST)[:MOST_SUMMED]
    counts = Counter(newest.values_list("mode", "currency"))
    entries = Entry.objects.filter(source=wanted.gateway, payment__in=newest.values("reference"))
    came, disputed = Q(kind=Entry.Kind.PAYMENT), Q(kind__in=OF_DISPUTES)
    moved = {
        (mode, currency): (paid or 0, -(back or 0), -(taken or 0))
        for mode, currency, paid, back, taken in entries.order_by()
        .values_list("mode", "currency")
        .annotate(
            paid=Sum("amount_minor", filter=came),
            back=Sum("amount_minor", filter=~came & ~disputed),
            taken=Sum("amount_minor", filter=disputed),
        )
    }
    settled = SettlementEntry.objects.filter(
        entry__source=wanted.gateway, entry__payment__in=newest.values("reference")
    )
    booked = {
        (mode, currency): (fee, net)
        for mode, currency, fee, net in settled.order_by()
        .values_list("entry__mode", "currency")
        .annotate(Sum("fee_minor"), Sum("net_minor"))
    }
    keys = sorted({*counts, *moved, *booked})
    rows = [
        Total(
            mode,
            counts[mode, currency],
            *(Money(each, currency) for each in moved.get((mode, currency), (0, 0, 0))),
            *(Money(each, currency) for each in booked.get((mode, currency), (0, 0))),
        )
        for mode, currency in keys
    ]
    cut = wanted.found is not None and wanted.found.cut
    return Totals(rows, cut=cut or counts.total() >= MOST_SUMMED)


@dataclass(frozen=True, slots=True)
class Choices:
    """What the newest payments of a gateway offer to choose from."""

    methods: list[tuple[str, str]]
    currencies: list[str]


def choices(wanted: Wanted) -> Choices:
    """Method types with their titles, and currencies; what is chosen stands among them."""

    def compute() -> list[tuple[str, str]]:
        newest = Payment.objects.filter(module=wanted.gateway).order_by(*NEWEST)[:MOST_ASKED]
        return sorted(set(newest.values_list("method_type", "currency")))

    pairs = remembered(f"backoffice:choices:{wanted.gateway}", compute)
    types = sorted({kind for kind, _currency in pairs if kind} | ({wanted.method} - {""}))
    currencies = sorted({currency for _kind, currency in pairs} | ({wanted.currency} - {""}))
    return Choices(methods=[(kind, method_title(wanted.gateway, kind)) for kind in types], currencies=currencies)


def method_title(gateway: str, kind: str) -> str:
    """A method type in the module's words, or the provider's word where it has none."""
    module = registry.installed().get(gateway)
    if module is None or module.setup is None:
        return kind
    tiles = module.setup().tiles({kind: True}, account="", mode="live")
    return next((str(tile.title) for tile in tiles if tile.type == kind), kind)
