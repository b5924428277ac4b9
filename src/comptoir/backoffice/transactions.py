"""Payments of one gateway's account, ours and those of others: found, narrowed, paged by key, with what the provider booked."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Literal, TypeVar

from babel.numbers import format_decimal
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import get_language

from comptoir.inbox.models import Notice
from comptoir.kernel.money import Money, exponent
from comptoir.ledger.models import Entry
from comptoir.ledger.queries import OF_DISPUTES
from comptoir.payments import finding
from comptoir.payments.finding import Found
from comptoir.payments.models import Attempt, Foreign, Payment

PER_PAGE = 50
MOST_BESIDE = 10  # pages and notices that a search finds beside payments
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
MICROSECOND = dt.timedelta(microseconds=1)
Show = Literal["ours", "others", "all"]
Key = tuple[str, str, str, str]  # module, account, mode, reference
Listable = TypeVar("Listable", Payment, Foreign)


def number(text: str | None) -> int | None:
    """A row's id as an address has it; None where that is none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None  # noqa: PLR2004 - fits a bigint


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a list is cut, as an address has it: a row's time in microseconds, whether it is ours, and its id."""

    micros: int
    ours: int
    id: int

    def __str__(self) -> str:
        return f"{self.micros}.{self.ours}.{self.id}"

    @property
    def time(self) -> dt.datetime:
        """The row's time."""
        return EPOCH + self.micros * MICROSECOND

    @classmethod
    def read(cls, text: str) -> Place | None:
        """What an address says; None where that is no place."""
        parts = text.split(".")
        plain = all(part.isascii() and part.isdigit() and len(part) <= 17 for part in parts)  # noqa: PLR2004 - fits a bigint
        return cls(*map(int, parts)) if plain and len(parts) == len(cls.__slots__) else None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody looks for. Pages are cut at `before` or `after` a place, never by a count.

    `gateway` '': of any; `show` '': ours, or all in a search.
    """

    gateway: str = ""
    text: str = ""
    show: str = ""
    state: str = ""
    mode: str = ""
    method: str = ""
    currency: str = ""
    begin: dt.date | None = None  # days of the counter's zone, both included
    end: dt.date | None = None
    customer: int | None = None
    before: Place | None = None
    after: Place | None = None
    found: Found | None = None  # what the text may mean, looked up once

    @property
    def uncut(self) -> Wanted:
        """The same from its beginning."""
        return replace(self, before=None, after=None, found=None)

    @property
    def everything(self) -> bool:
        """Whether nothing narrows it."""
        return self.uncut == Wanted(self.gateway)

    @property
    def narrowed(self) -> bool:
        """Whether more than a text narrows it."""
        return self.uncut != Wanted(self.gateway, self.text, show=self.show if self.show in {"all", "ours"} else "")

    @property
    def shows(self) -> Show:
        """Whose payments."""
        if self.show == "others":
            return "others"
        return "all" if self.show == "all" or (self.text and not self.show) else "ours"


@dataclass(frozen=True, slots=True)
class Booked:
    """What the provider booked for a payment, in one currency of settlement. `rate`: with which it was exchanged, '' where it was not."""

    amount: Money
    fee: Money
    net: Money
    rate: str = ""


@dataclass(frozen=True, slots=True)
class Exchanged:
    """An amount as it was settled; `rate`: what one whole unit that was paid is in that currency, '' where nobody tells."""

    amount: Money
    rate: str


def rate(paid: Money, booked: Booked) -> str:
    """The provider's rate for whole units: it is told for minor units, of which currencies have more or fewer."""
    if not booked.rate:
        return ""
    places = exponent(paid.currency) - exponent(booked.amount.currency)
    if abs(paid.minor * Decimal(booked.rate) - booked.amount.minor) > 1:
        return ""  # told for other units than ours (ISK, UGX), or for a part
    whole = format_decimal(
        Decimal(booked.rate).scaleb(places), format="#,##0.00######", locale=(get_language() or "en")[:2]
    )
    return f"1 {paid.currency} = {whole} {booked.amount.currency}"


@dataclass(frozen=True, slots=True)
class Transaction:
    """A payment with what was booked for it (nothing where the provider has not said yet), what was refunded, and what its bank took."""

    payment: Payment
    booked: Sequence[Booked] = ()
    back: Money | None = None
    taken: Money | None = None

    @property
    def exchanged(self) -> list[Exchanged]:
        """What was booked in another currency than the one that was paid in."""
        others = (each for each in self.booked if each.amount and each.amount.currency != self.payment.currency)
        return [Exchanged(each.amount, rate(self.payment.amount, each)) for each in others]


@dataclass(frozen=True, slots=True)
class Other:
    """A payment that others made: in no figure."""

    foreign: Foreign


@dataclass(frozen=True, slots=True)
class Listed:
    """One page. `older` and `newer` are the places to go on from, None at either end. `cut`: the text fits more, which is older."""

    rows: list[Transaction | Other]
    older: Place | None = None
    newer: Place | None = None
    attempts: list[Attempt] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    cut: bool = False

    @property
    def nothing(self) -> bool:
        """Whether nothing at all was found."""
        return not (self.rows or self.attempts or self.notices)


def looked_up(wanted: Wanted) -> Wanted:
    """The same with its text looked up, where there is one."""
    return replace(wanted, found=finding.find(wanted.text)) if wanted.text and wanted.found is None else wanted


def listed(wanted: Wanted) -> Listed:
    """One page of the payments wanted, the newest first."""
    wanted = looked_up(wanted)
    rows: list[Payment | Foreign] = []
    if wanted.shows != "others":
        ours = narrowed(wanted).select_related("invoice__customer__user").prefetch_related("disputes")
        rows += _cut(ours, wanted, ours=1)
    if wanted.shows != "ours":
        rows += _cut(_narrowed_foreign(wanted), wanted, ours=0)
    rows.sort(key=_place, reverse=wanted.after is None)
    further = len(rows) > PER_PAGE
    rows = rows[:PER_PAGE]
    if wanted.after is not None:
        rows.reverse()
        newer, older = further, bool(rows)
    else:
        newer, older = wanted.before is not None and bool(rows), further
    page = Listed(
        rows=_told(rows),
        older=_place(rows[-1]) if older else None,
        newer=_place(rows[0]) if newer else None,
    )
    return page if wanted.found is None else _with_others(page, wanted, wanted.found)


def _place(row: Payment | Foreign) -> Place:
    return Place((row.created_at - EPOCH) // MICROSECOND, int(isinstance(row, Payment)), row.pk)


def _cut(rows: QuerySet[Listable], wanted: Wanted, *, ours: int) -> list[Listable]:
    """The next rows from where the page is cut, and one more. The time comes first in the condition: an index answers it."""
    place = wanted.after or wanted.before
    if place is None:
        return list(rows.order_by("-created_at", "-pk")[: PER_PAGE + 1])
    bound = (
        place.id if ours == place.ours else -1 if ours > place.ours else 2**63 - 1
    )  # of the same time: some, all or none
    if wanted.after is not None:
        beyond = Q(created_at__gt=place.time) | Q(created_at=place.time, pk__gt=bound)
        return list(rows.filter(beyond, created_at__gte=place.time).order_by("created_at", "pk")[: PER_PAGE + 1])
    beyond = Q(created_at__lt=place.time) | Q(created_at=place.time, pk__lt=bound)
    return list(rows.filter(beyond, created_at__lte=place.time).order_by("-created_at", "-pk")[: PER_PAGE + 1])


def narrowed(wanted: Wanted) -> QuerySet[Payment]:
    """Our payments that are wanted, uncut."""
    found = looked_up(wanted).found
    payments = Payment.objects.filter(_condition(wanted))
    if found is not None:
        payments = payments.filter(pk__in=found.payments)
    if wanted.customer is not None:
        payments = payments.filter(invoice__customer=wanted.customer)
    return payments


def _narrowed_foreign(wanted: Wanted) -> QuerySet[Foreign]:
    """Those of others. Objects that are no payments are found by their id alone."""
    if wanted.customer is not None:
        return Foreign.objects.none()
    if wanted.found is not None:
        return Foreign.objects.filter(finding.of_others(wanted.text, wanted.found), _condition(wanted))
    return Foreign.objects.filter(_condition(wanted), amount_minor__isnull=False)


def _condition(wanted: Wanted) -> Q:
    """What both kinds of rows have."""
    named = {
        "module": wanted.gateway,
        "state": wanted.state,
        "mode": wanted.mode,
        "method_type": wanted.method,
        "currency": wanted.currency,
    }
    condition = Q(**{name: value for name, value in named.items() if value})
    if wanted.begin is not None:
        condition &= Q(created_at__gte=_midnight(wanted.begin))
    if wanted.end is not None:
        condition &= Q(created_at__lt=_midnight(wanted.end + dt.timedelta(days=1)))
    return condition


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time.min))


def _with_others(page: Listed, wanted: Wanted, found: Found) -> Listed:
    """What a text finds beside payments: pages of the provider's on which nobody paid; where there is no payment, notices."""
    unused = Attempt.objects.filter(pk__in=found.attempts, module=wanted.gateway)
    attempts = unused.select_related("invoice__customer__user").order_by("-created_at")
    told = Notice.objects.filter(module=wanted.gateway, event_id__startswith=wanted.text).defer("payload")
    return replace(
        page,
        attempts=list(attempts[:MOST_BESIDE]),
        notices=[] if page.rows else list(told.order_by("event_id")[:MOST_BESIDE]),
        cut=found.cut,
    )


def _told(rows: Sequence[Payment | Foreign]) -> list[Transaction | Other]:
    booked = {each.payment.pk: each for each in with_booked([row for row in rows if isinstance(row, Payment)])}
    return [booked[row.pk] if isinstance(row, Payment) else Other(row) for row in rows]


def with_booked(payments: Sequence[Payment]) -> list[Transaction]:
    """Payments with what the ledger knows of them, in two queries."""
    entries = Entry.objects.filter(
        source__in={payment.module for payment in payments}, payment__in={payment.reference for payment in payments}
    ).prefetch_related("settlements")
    booked: dict[Key, dict[str, Booked]] = defaultdict(dict)
    back: dict[Key, int] = defaultdict(int)
    taken: dict[Key, int] = defaultdict(int)
    for entry in entries if payments else ():
        key = (entry.source, entry.account, entry.mode, entry.payment)
        came = entry.kind == Entry.Kind.PAYMENT
        if not came:
            (taken if entry.kind in OF_DISPUTES else back)[key] -= entry.amount_minor
        for row in entry.settlements.all():
            nothing = Money(0, row.currency)
            before = booked[key].get(row.currency, Booked(nothing, nothing, nothing))
            booked[key][row.currency] = Booked(
                before.amount + (row.amount if came else nothing),
                before.fee + row.fee,
                before.net + row.net,
                rate=row.exchange_rate if came else before.rate,
            )
    return [
        Transaction(
            payment,
            [each for _currency, each in sorted(booked[_key(payment)].items())],
            back=_some(back[_key(payment)], payment.currency),
            taken=_some(taken[_key(payment)], payment.currency),
        )
        for payment in payments
    ]


def _some(minor: int, currency: str) -> Money | None:
    return Money(minor, currency) if minor else None


def _key(payment: Payment) -> Key:
    return payment.module, payment.account, payment.mode, payment.reference
