"""Payouts as people read them: the list, and what one contains, added up by kind and held against what arrives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from comptoir.backoffice.transactions import EPOCH, MICROSECOND, Place
from comptoir.kernel.money import Money
from comptoir.ledger.models import SettlementEntry
from comptoir.modules.api import Text
from comptoir.payments.books import category_title
from comptoir.payments.models import Foreign, Payment, Payout, PayoutRow

PER_PAGE = 50
ROWS = 100  # of what one contains, a page
MOST_UNKNOWN = 50


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the list, and the places to go on from."""

    rows: list[Payout]
    older: Place | None = None
    newer: Place | None = None


def listed(*, mode: str, state: str, before: Place | None, after: Place | None) -> Page:
    """One page, the newest first, cut by key."""
    narrowed = {name: value for name, value in (("mode", mode), ("state", state)) if value}
    rows = Payout.objects.filter(**narrowed)
    if after is not None:
        beyond = Q(created_at__gt=after.time) | Q(created_at=after.time, pk__gt=after.id)
        found = list(rows.filter(beyond, created_at__gte=after.time).order_by("created_at", "pk")[: PER_PAGE + 1])
        shown = list(reversed(found[:PER_PAGE]))
        return _page(shown, older=bool(shown), newer=len(found) > PER_PAGE)
    if before is not None:
        beyond = Q(created_at__lt=before.time) | Q(created_at=before.time, pk__lt=before.id)
        rows = rows.filter(beyond, created_at__lte=before.time)
    found = list(rows.order_by("-created_at", "-pk")[: PER_PAGE + 1])
    return _page(found[:PER_PAGE], older=len(found) > PER_PAGE, newer=before is not None)


def _page(shown: list[Payout], *, older: bool, newer: bool) -> Page:
    return Page(shown, _place(shown[-1]) if older and shown else None, _place(shown[0]) if newer and shown else None)


def _place(row: Payout) -> Place:
    return Place((row.created_at - EPOCH) // MICROSECOND, 1, row.pk)


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of one payout that are alike: whose, of which category, in one currency."""

    whose: str
    label: str
    category: str
    title: Text
    count: int
    amount: Money
    fee: Money
    net: Money


ORDER = [word for word, _label in PayoutRow.Whose.choices]


def groups(payout: Payout) -> list[Group]:
    """What a payout contains, added up; a sum has one currency."""
    parts = (
        payout.rows.order_by()
        .values_list("whose", "category", "currency")
        .annotate(Count("pk"), Sum("amount_minor"), Sum("fee_minor"), Sum("net_minor"))
    )
    labels = dict(PayoutRow.Whose.choices)
    found = [
        Group(
            whose=whose,
            label=str(labels[whose]),
            category=category,
            title=category_title(payout.module, category),
            count=count,
            amount=Money(amount, currency),
            fee=Money(fee, currency),
            net=Money(net, currency),
        )
        for whose, category, currency, count, amount, fee, net in parts
    ]
    return sorted(found, key=lambda group: (ORDER.index(group.whose), -abs(group.amount.minor), group.category))


def fees(found: Sequence[Group]) -> list[Money]:
    """What the provider has kept of these rows, below zero, in each currency; nothing where it has kept nothing.

    With their amounts they add up to the net.
    """
    kept: dict[str, Money] = {}
    for group in found:
        kept[group.fee.currency] = kept.get(group.fee.currency, Money(0, group.fee.currency)) - group.fee
    return [each for _currency, each in sorted(kept.items()) if each]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a payout, with the payment that it belongs to where there is one here, and whether the ledger has it."""

    row: PayoutRow
    title: Text
    payment: Payment | None = None
    foreign: Foreign | None = None
    missing: bool = False  # ours, and not in the ledger


def rows(payout: Payout, *, after: int | None) -> tuple[list[Row], int | None]:
    """Some of what a payout contains, the newest first, and where to go on from; `after`: the last row of the page before."""
    found = payout.rows.order_by("-pk") if after is None else payout.rows.filter(pk__lt=after).order_by("-pk")
    shown = list(_marked(payout, found)[: ROWS + 1])
    return _with_payments(payout, shown[:ROWS]), shown[ROWS - 1].pk if len(shown) > ROWS else None


def unknown(payout: Payout) -> list[Row]:
    """Rows that need somebody: of whom nobody knows whose they are, and ours that are not in the ledger."""
    found = _marked(payout, payout.rows.order_by("-pk"))
    lacking = Q(whose=PayoutRow.Whose.UNKNOWN) | Q(whose=PayoutRow.Whose.OURS, booked=False)
    return _with_payments(payout, list(found.filter(lacking)[:MOST_UNKNOWN]))


def _marked(payout: Payout, found: QuerySet[PayoutRow]) -> QuerySet[PayoutRow]:
    settled = SettlementEntry.objects.filter(
        reference=OuterRef("reference"),
        entry__source=payout.module,
        entry__account=payout.account,
        entry__mode=payout.mode,
    )
    return found.annotate(booked=Exists(settled))


def _with_payments(payout: Payout, found: Sequence[PayoutRow]) -> list[Row]:
    names = {row.payment for row in found if row.payment}
    mine = {"module": payout.module, "account": payout.account, "mode": payout.mode, "reference__in": names}
    payments = {each.reference: each for each in Payment.objects.filter(**mine)}
    others = {each.reference: each for each in Foreign.objects.filter(**mine)}
    return [
        Row(
            row,
            title=category_title(payout.module, row.category),
            payment=payments.get(row.payment),
            foreign=others.get(row.payment),
            missing=row.whose == PayoutRow.Whose.OURS and not getattr(row, "booked", True),
        )
        for row in found
    ]
