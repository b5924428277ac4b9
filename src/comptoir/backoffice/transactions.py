"""Payments of one gateway: found, paged by key, with what the provider booked, and summed by currency."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Count, QuerySet, Sum

from comptoir.backoffice.sums import remembered
from comptoir.kernel.money import Money
from comptoir.ledger.models import Entry, SettlementEntry
from comptoir.payments.models import Attempt, Payment, PaymentReference
from comptoir.payments.queries import found

PER_PAGE = 50
Key = tuple[str, str, str, str]  # module, account, mode, reference


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody looks for. `before` and `after` are ids of payments: pages are cut by them, never by a count."""

    gateway: str
    text: str = ""
    state: str = ""
    mode: str = ""
    customer: int | None = None
    before: int | None = None
    after: int | None = None

    @property
    def everything(self) -> bool:
        """Whether nothing narrows it."""
        return not (self.text or self.state or self.mode or self.customer)


@dataclass(frozen=True, slots=True)
class Booked:
    """What the provider booked for a payment, in one currency of settlement."""

    fee: Money
    net: Money


@dataclass(frozen=True, slots=True)
class Transaction:
    """A payment with what was booked for it; nothing where the provider has not said yet."""

    payment: Payment
    booked: Sequence[Booked] = ()


@dataclass(frozen=True, slots=True)
class Listed:
    """One page. `older` and `newer` are the ids to go on from, None at either end."""

    rows: list[Transaction]
    older: int | None
    newer: int | None
    attempts: list[Attempt] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Total:
    """All money of a mode in one currency: what customers paid in it, what was booked in it."""

    mode: str
    count: int
    paid: Money
    fee: Money
    net: Money


def listed(wanted: Wanted) -> Listed:
    """One page of the payments wanted, the newest first."""
    payments = _narrowed(wanted).select_related("invoice__customer__user")
    if wanted.after is not None:
        rows = list(payments.filter(pk__gt=wanted.after).order_by("pk")[: PER_PAGE + 1])
        further = len(rows) > PER_PAGE
        rows = rows[:PER_PAGE][::-1]
        newer, older = further, bool(rows)
    else:
        if wanted.before is not None:
            payments = payments.filter(pk__lt=wanted.before)
        rows = list(payments.order_by("-pk")[: PER_PAGE + 1])
        older, newer = len(rows) > PER_PAGE, wanted.before is not None and bool(rows)
        rows = rows[:PER_PAGE]
    return Listed(
        rows=with_booked(rows),
        older=rows[-1].pk if older else None,
        newer=rows[0].pk if newer else None,
        attempts=_attempts(wanted),
    )


def _narrowed(wanted: Wanted) -> QuerySet[Payment]:
    payments = found(wanted.text) if wanted.text else Payment.objects.all()
    payments = payments.filter(module=wanted.gateway)
    if wanted.state:
        payments = payments.filter(state=wanted.state)
    if wanted.mode:
        payments = payments.filter(mode=wanted.mode)
    if wanted.customer is not None:
        payments = payments.filter(invoice__customer=wanted.customer)
    return payments


def _attempts(wanted: Wanted) -> list[Attempt]:
    """Pages of the provider's that were opened and never became a payment, where their id is looked for."""
    if not wanted.text:
        return []
    references = PaymentReference.objects.filter(
        module=wanted.gateway, reference__startswith=wanted.text, payment=None, attempt__isnull=False
    )
    rows = Attempt.objects.filter(pk__in=references.values("attempt_id")).select_related("invoice__customer__user")
    return list(rows[:PER_PAGE])


def with_booked(payments: Sequence[Payment]) -> list[Transaction]:
    """Payments with their fees and nets, in one query through the references that the ledger's index knows."""
    settled = SettlementEntry.objects.filter(
        entry__source__in={payment.module for payment in payments},
        entry__account__in={payment.account for payment in payments},
        entry__mode__in={payment.mode for payment in payments},
        entry__kind__in=Entry.Kind.values,
        entry__reference__in=PaymentReference.objects.filter(payment__in=payments).values("reference"),
    ).select_related("entry")
    sums: dict[Key, dict[str, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    for row in settled:
        entry = row.entry
        pair = sums[entry.source, entry.account, entry.mode, entry.payment][row.currency]
        pair[0] += row.fee_minor
        pair[1] += row.net_minor
    return [
        Transaction(
            payment,
            [
                Booked(Money(fee, currency), Money(net, currency))
                for currency, (fee, net) in sorted(
                    sums[payment.module, payment.account, payment.mode, payment.reference].items()
                )
            ],
        )
        for payment in payments
    ]


def totals(gateway: str) -> list[Total]:
    """The ledger's sums for a gateway, by mode and currency: live first, test apart."""

    def compute() -> list[Total]:
        paid = (
            Entry.objects.filter(source=gateway)
            .order_by("mode", "currency")
            .values_list("mode", "currency")
            .annotate(Count("id"), Sum("amount_minor"))
        )
        booked = (
            SettlementEntry.objects.filter(entry__source=gateway)
            .order_by("entry__mode", "currency")
            .values_list("entry__mode", "currency")
            .annotate(Sum("fee_minor"), Sum("net_minor"))
        )
        fees = {(mode, currency): (fee, net) for mode, currency, fee, net in booked}
        sums = {(mode, currency): (count, amount) for mode, currency, count, amount in paid}
        return [
            Total(
                mode,
                sums.get((mode, currency), (0, 0))[0],
                Money(sums.get((mode, currency), (0, 0))[1], currency),
                *(Money(each, currency) for each in fees.get((mode, currency), (0, 0))),
            )
            for mode, currency in sorted({*sums, *fees})
        ]

    return remembered(f"backoffice:totals:{gateway}", compute)
