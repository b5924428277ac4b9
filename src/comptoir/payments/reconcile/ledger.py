"""Our side: what the ledger says that a provider has booked. Reads a few rows at a time, by index."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet

from comptoir.ledger.models import Entry, SettlementEntry
from comptoir.modules.api import Account, BookRow
from comptoir.payments.reconcile.result import Figures

CHUNK = 500


@dataclass(frozen=True, slots=True)
class Books:
    """The ledger of one account and mode of a module."""

    module: str
    account: str
    mode: str

    def settled_as(self, references: Collection[str]) -> dict[str, list[SettlementEntry]]:
        """What is booked here under these ids of the provider's rows."""
        found: dict[str, list[SettlementEntry]] = defaultdict(list)
        for row in self._settled().filter(reference__in=references).order_by("pk"):
            found[row.reference].append(row)
        return found

    def unread_for(self, rows: Collection[BookRow]) -> dict[tuple[str, str], Entry]:
        """Entries for what these rows were booked for that lack their settlement, by kind and the id of what it was."""
        names = {name for row in rows for name in (row.source, row.id) if name}
        entries = self._unread().filter(reference__in=names, kind__in={row.kind.value for row in rows})
        return {(entry.kind, entry.reference): entry for entry in entries}

    def settled_between(self, since: dt.datetime, until: dt.datetime) -> Iterator[SettlementEntry]:
        """What is booked here from `since` to before `until`, a few at a time."""
        rows = self._settled().filter(booked_at__gte=since, booked_at__lt=until)
        return rows.order_by("booked_at", "pk").iterator(chunk_size=CHUNK)

    def unread_between(self, since: dt.datetime, until: dt.datetime) -> Iterator[Entry]:
        """Entries of the period for which no row of the provider's is here."""
        rows = self._unread().filter(occurred_at__gte=since, occurred_at__lt=until)
        return rows.order_by("pk").iterator(chunk_size=CHUNK)

    def _settled(self) -> QuerySet[SettlementEntry]:
        return SettlementEntry.objects.filter(
            entry__source=self.module, entry__account=self.account, entry__mode=self.mode
        ).select_related("entry")

    def _unread(self) -> QuerySet[Entry]:
        entries = Entry.objects.filter(source=self.module, account=self.account, mode=self.mode)
        return entries.exclude(Exists(SettlementEntry.objects.filter(entry=OuterRef("pk"))))


def books_of(module: str, account: Account) -> Books:
    """The ledger of an account."""
    return Books(module, account.account, account.mode)


def figures(booked: SettlementEntry) -> Figures:
    """How a row is booked here."""
    return Figures(booked.amount, booked.fee, booked.net, booked.entry.amount)
