"""Disputes and warnings of fraud as staff see them: what stands, what the bank took, what there is to do."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import F
from django.utils.translation import gettext_lazy as _, pgettext_lazy

from comptoir.backoffice.dispute_standing import Standing, standing
from comptoir.kernel import clock
from comptoir.kernel.money import Money
from comptoir.ledger.models import Entry, SettlementEntry
from comptoir.modules import registry
from comptoir.modules.api import DisputeReason
from comptoir.payments import evidence, refundable
from comptoir.payments.actions.dispute_words import is_late
from comptoir.payments.models import OPEN_DISPUTES, Dispute, FraudWarning, Payment
from comptoir.services.models import Service

PER_PAGE = 50
MOST_OPEN = 200
SHOWS = (("open", pgettext_lazy("disputes", "open")), ("closed", _("over")), ("all", _("all")))


@dataclass(frozen=True, slots=True)
class Listed:
    """A dispute in the list."""

    row: Dispute
    reason: DisputeReason
    late: bool


@dataclass(frozen=True, slots=True)
class Warned:
    """A warning in the list."""

    row: FraudWarning
    kind: str
    refundable: bool


@dataclass(frozen=True, slots=True)
class Booked:
    """A movement of the bank's, with what the provider has booked for it in the currency of settlement."""

    entry: Entry
    settled: SettlementEntry | None

    @property
    def amount(self) -> Money:
        """In the currency that was paid."""
        return self.entry.amount

    @property
    def fee(self) -> Money | None:
        """What the provider keeps for it, where it keeps something."""
        return self.settled.fee if self.settled is not None and self.settled.fee else None


def listed(show: str, *, before: int | None = None) -> tuple[list[Listed], int | None]:
    """Disputes: the open ones by the day on which an answer is due, others by age; and where the next page begins."""
    rows = Dispute.objects.select_related("payment__invoice__customer__user")
    if show == "open":
        found = list(rows.filter(state__in=OPEN_DISPUTES).order_by(F("due_by").asc(nulls_last=True), "pk")[:MOST_OPEN])
        return [_listed(row) for row in found], None
    if show == "closed":
        rows = rows.exclude(state__in=OPEN_DISPUTES)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows.order_by("-pk")[: PER_PAGE + 1])
    older = found[PER_PAGE - 1].pk if len(found) > PER_PAGE else None
    return [_listed(row) for row in found[:PER_PAGE]], older


def _listed(row: Dispute) -> Listed:
    return Listed(row, reason_of(row), is_late(row))


def reason_of(row: Dispute) -> DisputeReason:
    """The bank's reason in the module's words."""
    part = registry.disputes(row.module)
    return part.reason(row.reason) if part is not None else DisputeReason(row.reason)


@dataclass(frozen=True, slots=True)
class OfPayment:
    """A dispute as its payment's page tells of it."""

    row: Dispute
    reason: DisputeReason
    standing: Standing


@dataclass(frozen=True, slots=True)
class AroundPayment:
    """What banks have said about a payment."""

    disputes: list[OfPayment]
    warnings: list[Warned]


def around_payment(payment: Payment) -> AroundPayment:
    """The disputes of a payment, and the warnings about which something can be done."""
    rows = [OfPayment(row, reason_of(row), standing(row)) for row in payment.disputes.order_by("pk")]
    open_warnings = payment.fraud_warnings.filter(actionable=True, closed_by="").select_related("payment")
    return AroundPayment(rows, [warned(row) for row in open_warnings.order_by("pk")])


def to_answer() -> list[Dispute]:
    """Disputes that wait for an answer of ours, the one that is due first before the others."""
    waiting = Dispute.objects.filter(state=Dispute.State.NEEDS_RESPONSE, answerable=True, sent_at=None)
    return list(waiting.order_by(F("due_by").asc(nulls_last=True), "pk")[:MOST_OPEN])


def warnings() -> list[Warned]:
    """Warnings of fraud about which something can be done, the newest first."""
    rows = FraudWarning.objects.filter(actionable=True, closed_by="").select_related("payment__invoice__customer__user")
    return [warned(row) for row in rows.order_by("-pk")[:MOST_OPEN]]


def warned(row: FraudWarning) -> Warned:
    """A warning with its words."""
    part = registry.disputes(row.module)
    kind = str(part.suspicion(row.kind)) if part is not None else row.kind
    return Warned(row, kind, refundable.refusal(row.payment) is None)


def booked(row: Dispute) -> list[Booked]:
    """What the bank took and gave back, oldest first."""
    entries = Entry.objects.filter(
        source=row.module,
        account=row.account,
        mode=row.mode,
        kind__in=[Entry.Kind.DISPUTE, Entry.Kind.DISPUTE_REVERSAL],
        reference__in=row.booked,
    )
    return [
        Booked(entry, next(iter(entry.settlements.all()), None))
        for entry in entries.prefetch_related("settlements").order_by("pk")
    ]


def fees(movements: list[Booked]) -> list[Money]:
    """The fees of all movements, a sum for each currency of settlement."""
    sums: dict[str, Money] = {}
    for each in movements:
        if each.fee is not None:
            sums[each.fee.currency] = sums.get(each.fee.currency, Money(0, each.fee.currency)) + each.fee
    return [sums[currency] for currency in sorted(sums)]


def services_of(row: Dispute) -> list[Service]:
    """The services that the disputed payment has paid."""
    invoice = row.payment.invoice
    if invoice is None or invoice.order_id is None or not refundable.paid_by(row.payment):
        return []
    return list(Service.objects.filter(order_line__order=invoice.order_id).order_by("pk"))


def may_be_answered(row: Dispute) -> bool:
    """Whether a person can still write, send or give up."""
    return row.state in OPEN_DISPUTES and row.answerable and row.sent_at is None


def may_be_refunded(row: Dispute) -> bool:
    """Whether the payment can be given back now."""
    return row.state in OPEN_DISPUTES and refundable.refusal(row.payment) is None


def texts(row: Dispute) -> dict[str, str]:
    """The evidence as it stands."""
    return evidence.texts(row)


def days_left(row: Dispute) -> int | None:
    """Whole days until an answer is due; None where none is."""
    if row.due_by is None or not may_be_answered(row):
        return None
    return max((row.due_by - clock.now()) // dt.timedelta(days=1), 0)
