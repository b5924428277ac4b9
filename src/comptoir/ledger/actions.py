"""Rows are added to the ledger, once for each id of their source."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db.models import Sum
from django.utils.translation import gettext_noop

from comptoir.invoices.models import Invoice
from comptoir.kernel.money import Money
from comptoir.kernel.records import alert
from comptoir.kernel.words import code, words
from comptoir.ledger.models import Allocation, Entry, SettlementEntry
from comptoir.modules.api import Settlement


def record(
    *,
    source: str,
    account: str,
    mode: str,
    kind: str,
    reference: str,
    payment: str,
    amount: Money,
    occurred_at: dt.datetime,
    recorded_by: str = "",
) -> Entry:
    """Add an entry, or return the one that is there. The same reference with another amount is an incident: alerted, unchanged."""
    Entry.objects.bulk_create(
        [
            Entry(
                source=source,
                account=account,
                mode=mode,
                kind=kind,
                reference=reference,
                payment=payment,
                amount_minor=amount.minor,
                currency=amount.currency,
                occurred_at=occurred_at,
                recorded_by=recorded_by[:150],
            )
        ],
        ignore_conflicts=True,  # ON CONFLICT DO NOTHING: the unique key decides once
    )
    entry = Entry.objects.get(source=source, account=account, mode=mode, kind=kind, reference=reference)
    if entry.amount != amount:
        alert(
            f"ledger:{source}:{reference}",
            words(
                gettext_noop(
                    "%(reference)s was %(before)s and is now said to be %(now)s. The ledger stays as it was; compare it with the provider."
                ),
                reference=code(reference),
                before=entry.amount,
                now=amount,
            ),
        )
    return entry


def settle_entry(entry: Entry, booked: Settlement) -> None:
    """Add what the provider booked for an entry, once."""
    settle_entries([(entry, booked)])


def settle_entries(found: Iterable[tuple[Entry, Settlement]]) -> None:
    """Add what the provider booked for many entries, each once, in one statement."""
    SettlementEntry.objects.bulk_create(
        [
            SettlementEntry(
                entry=entry,
                reference=booked.id,
                amount_minor=booked.amount.minor,
                fee_minor=booked.fee.minor,
                net_minor=booked.net.minor,
                currency=booked.amount.currency,
                exchange_rate=booked.exchange_rate,
                category=booked.category,
                booked_at=booked.booked_at or entry.occurred_at,
            )
            for entry, booked in found
        ],
        ignore_conflicts=True,
    )


def allocate(*, entry: Entry, invoice: Invoice, amount: Money | None = None) -> None:
    """Let an entry pay an invoice, wholly or by a part; once for an entry and an invoice. The caller holds the invoice's lock.

    Raises:
        ValueError: the part is nothing, of another currency or sign than the entry, or more than is left of it; or another part of it
            pays this invoice already.
    """
    part = entry.amount if amount is None else amount
    placed = entry.allocations.exclude(invoice=invoice).aggregate(sum=Sum("amount_minor"))["sum"] or 0
    if not 0 < (part - Money(0, entry.currency)).minor * sign(entry) <= (entry.amount_minor - placed) * sign(entry):
        raise ValueError(f"{part!r} of {entry.amount!r} cannot be allocated: {placed} is placed already")
    row, fresh = Allocation.objects.get_or_create(entry=entry, invoice=invoice, defaults={"amount_minor": part.minor})
    if not fresh and row.amount_minor != part.minor:
        raise ValueError(f"{row.amount_minor} of {entry.amount!r} pays this invoice already, not {part!r}")


def sign(entry: Entry) -> int:
    """1 where money came, -1 where it went."""
    return -1 if entry.amount_minor < 0 else 1
