"""Refunds in lists: what somebody has to see to on top, the rest by time, a page at a time."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet
from django.utils import timezone

from comptoir.payments.actions.refund import owed, replaced
from comptoir.payments.models import OWED, Payment, Refund

PER_PAGE = 50
MOST = 200  # of what is to be seen to; more of it says so
UNDER_WAY = (Refund.State.CREATED, Refund.State.PENDING)


@dataclass(frozen=True, slots=True)
class Listed:
    """The groups of the page. `older`: where the last one goes on, '' where it ends."""

    owed: list[Refund]
    waiting: list[Refund]
    under_way: list[Refund]
    done: list[Refund]
    older: str

    @property
    def nothing(self) -> bool:
        """Whether no refund was ever made."""
        return not (self.owed or self.waiting or self.under_way or self.done)


def listed(*, before: str) -> Listed:
    """The refunds of all gateways; from the second page on only what is over and done."""
    rows = with_all(Refund.objects.all())
    open_owed = list(with_all(owed())[:MOST])
    done = rows.exclude(state__in=[Refund.State.WAITING, *UNDER_WAY]).exclude(pk__in=[row.pk for row in open_owed])
    place = _place(before)
    if place is not None:
        at, key = place
        done = done.filter(Q(created_at__lt=at) | Q(created_at=at, pk__lt=key))
    page = list(done.order_by("-created_at", "-pk")[: PER_PAGE + 1])
    further, page = len(page) > PER_PAGE, page[:PER_PAGE]
    first = place is None
    oldest = rows.order_by("created_at", "pk")
    return Listed(
        owed=open_owed if first else [],
        waiting=list(oldest.filter(state=Refund.State.WAITING)[:MOST]) if first else [],
        under_way=list(oldest.filter(state__in=UNDER_WAY)[:MOST]) if first else [],
        done=page,
        older=f"{page[-1].created_at.isoformat()}_{page[-1].pk}" if further else "",
    )


def with_all(rows: QuerySet[Refund]) -> QuerySet[Refund]:
    """With what a row of the table shows; `is_owed`: somebody has to see to it."""
    is_owed = ExpressionWrapper(Q(state__in=OWED, put_aside_by="") & ~replaced(), output_field=BooleanField())
    return rows.select_related("payment__invoice__customer__user").annotate(is_owed=is_owed)


def of_payment(payment: Payment) -> list[Refund]:
    """The refunds of one payment, the newest first."""
    return list(with_all(payment.refunds.all()).order_by("-created_at", "-pk"))


def _place(text: str) -> tuple[dt.datetime, uuid.UUID] | None:
    moment, _line, key = text.partition("_")
    try:
        at, name = dt.datetime.fromisoformat(moment), uuid.UUID(key)
    except ValueError:
        return None
    return (at, name) if timezone.is_aware(at) else None
