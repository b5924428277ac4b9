"""Payments by what a host has at hand: any id of the provider's, an invoice's number, a customer's address; whole or the beginning.

Each is a look-up in an index of its own, the newest first and no more than `MOST` of them, so that one letter costs no more than an id.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from comptoir.inbox.models import Notice
from comptoir.ledger.models import Entry
from comptoir.payments.models import Payment, PaymentReference

MOST = 1000


@dataclass(frozen=True, slots=True)
class Found:
    """What a text may mean, by our keys. `told`: what the notices of that id are about. `cut`: there is more, which is older."""

    payments: frozenset[int] = frozenset()
    attempts: frozenset[uuid.UUID] = frozenset()
    told: frozenset[str] = frozenset()
    cut: bool = False


def find(text: str) -> Found:
    """Look a text up in every index (`_` is no wildcard in it: startswith escapes it)."""
    named = _first(
        PaymentReference.objects.filter(reference__startswith=text).order_by("-pk"), "payment_id", "attempt_id"
    )
    notices = Notice.objects.filter(event_id__startswith=text).exclude(subject_id="")
    told = _first(notices.order_by("-pk"), "subject_id")
    settled = Entry.objects.filter(settlements__reference__startswith=text).exclude(payment="")
    booked = _first(settled.order_by("-pk"), "payment")
    names = {row[0] for row in (*told, *booked)}
    if names:
        named += PaymentReference.objects.filter(reference__in=names).values_list("payment_id", "attempt_id")
    of_invoices = _first(Payment.objects.filter(invoice__number__startswith=text.upper()).order_by("-pk"), "pk")
    of_customers = Payment.objects.filter(invoice__customer__user__email__startswith=text.lower()).order_by("-pk")
    of_people = _first(of_customers, "pk")
    return Found(
        payments=_keys(row[0] for row in (*named, *of_invoices, *of_people)),
        attempts=frozenset(attempt for payment, attempt in named if payment is None and attempt is not None),
        told=frozenset(row[0] for row in told),
        cut=any(len(rows) >= MOST for rows in (named, told, booked, of_invoices, of_people)),
    )


def _first(rows: QuerySet[Any], *columns: str) -> list[tuple[Any, ...]]:
    return list(rows.values_list(*columns)[:MOST])


def _keys(keys: Iterable[int | None]) -> frozenset[int]:
    return frozenset(key for key in keys if key is not None)


def of_others(text: str, found: Found) -> Q:
    """The condition for objects of others: an id of theirs, the payer as the provider has it, or a notice about them."""
    condition = Q(reference__startswith=text) | Q(settlement__startswith=text) | Q(payer__startswith=text)
    return condition | Q(reference__in=found.told) if found.told else condition
