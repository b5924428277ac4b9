"""The comparison: the provider's rows, newest first, in windows of time against what the ledger has booked in the same window.

A window is judged once all rows of its seconds are read, so no more is held in memory than a page and the second that it was cut in.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from comptoir.ledger.models import Entry, SettlementEntry
from comptoir.modules.api import Account, BookPage, BookRow
from comptoir.payments import books
from comptoir.payments.reconcile import ledger
from comptoir.payments.reconcile.ledger import Books
from comptoir.payments.reconcile.result import Figures, Finding, Line, Reconciled, Side, Tally

SECOND = dt.timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Window:
    """All rows that the provider has booked from `since` to before `until`."""

    rows: tuple[BookRow, ...]
    since: dt.datetime
    until: dt.datetime


@dataclass(slots=True)
class Comparison:
    """One run through a period: sums grow, and what was met without its settlement is remembered by its key."""

    ledger: Books
    tally: Tally = field(default_factory=Tally)
    met: set[int] = field(default_factory=set)

    def judge(self, window: Window) -> Iterator[Line]:
        """Compare one window."""
        here = self.ledger.settled_as([row.id for row in window.rows])
        lacking = [row for row in window.rows if row.id not in here and not row.of_account]
        unread = self.ledger.unread_for(lacking) if lacking else {}
        for row in window.rows:
            if row.id in here:
                yield from self._booked(row, here[row.id])
            else:
                yield from self._not_booked(row, unread)
        for booked in self.ledger.settled_between(window.since, window.until):
            if booked.reference not in here:
                self._count(booked)
                yield _line(Finding.MISSING_THERE, booked=booked)

    def rest(self, since: dt.datetime, until: dt.datetime) -> Iterator[Line]:
        """After the last window: what the ledger has of the period, and the provider has booked nothing for."""
        for entry in self.ledger.unread_between(since, until):
            if entry.pk not in self.met:
                self.tally.add(Side.HERE, "", entry.amount)
                yield Line(
                    Finding.MISSING_THERE,
                    entry.reference,
                    "",
                    entry.reference,
                    entry.payment,
                    entry.occurred_at,
                    here=Figures(entry.amount, paid=entry.amount),
                )

    def _booked(self, row: BookRow, booked: list[SettlementEntry]) -> Iterator[Line]:
        self.tally.add(Side.THERE, row.category, row.amount, row.fee, row.net)
        fitting = [each for each in booked if not _elsewhere(row, each)] or booked
        first = fitting[0]
        self._count(first)
        finding = _differs(row, first)
        if finding is not None:
            yield _line(finding, row=row, booked=first)
        for again in booked:
            if again is not first:
                self._count(again)
                yield _line(Finding.TWICE, row=row, booked=again)

    def _not_booked(self, row: BookRow, unread: dict[tuple[str, str], Entry]) -> Iterator[Line]:
        entry = unread.get((row.kind.value, row.source)) or unread.get((row.kind.value, row.id))
        if entry is not None:
            self.met.add(entry.pk)
            self._count_row(Side.THERE, row)
            self.tally.add(Side.HERE, "", entry.amount)
            here = Figures(entry.amount, paid=entry.amount)
            finding = Finding.UNREAD if _paid_alike(row, entry) else Finding.AMOUNT
            yield replace(_of_row(finding, row, here), entry=entry.pk)
        elif row.of_account:
            self._count_row(Side.ACCOUNT, row)
        elif row.ours is None:
            self._count_row(Side.UNKNOWN, row)
            yield _of_row(Finding.UNKNOWN, row)
        else:
            self._count_row(Side.THERE if row.ours else Side.OTHERS, row)
            yield _of_row(Finding.MISSING_HERE if row.ours else Finding.OTHERS, row)

    def _count(self, booked: SettlementEntry) -> None:
        self.tally.add(Side.HERE, booked.category, booked.amount, booked.fee, booked.net)

    def _count_row(self, side: Side, row: BookRow) -> None:
        self.tally.add(side, row.category, row.amount, row.fee, row.net)


def reconciled(*, module: str, account: Account, since: dt.datetime, until: dt.datetime) -> Reconciled:
    """Compare an account's ledger with the provider's books of a period, `until` not included; everything in memory.

    Raises:
        OutcomeUnknownError: the books could not be read to their end: nothing is known then.
        ModuleMissingError: there is no such module, or its books cannot be read.
    """
    since, until = since.replace(microsecond=0), until.replace(microsecond=0)
    comparison = Comparison(ledger.books_of(module, account))
    lines: list[Line] = []
    for window in windows(pages(module, account, since=since, until=until), since=since, until=until):
        lines += comparison.judge(window)
    lines += comparison.rest(since, until)
    return Reconciled(tuple(lines), comparison.tally.sums)


def pages(module: str, account: Account, *, since: dt.datetime, until: dt.datetime) -> Iterator[BookPage]:
    """The provider's books of a period, newest first, page by page. Raises OutcomeUnknownError, ModuleMissingError."""
    reader, cursor = books.of(module), ""
    while True:
        page = reader.books(account, since=since, until=until, cursor=cursor)
        yield page
        if not page.cursor:
            return
        if page.cursor == cursor:
            raise StuckError(cursor)
        cursor = page.cursor


def windows(read: Iterable[BookPage], *, since: dt.datetime, until: dt.datetime) -> Iterator[Window]:
    """Cut pages of rows, newest first, into windows that leave out nothing and overlap nowhere, from `until` down to `since`."""
    waiting: list[BookRow] = []
    for page in read:
        waiting += page.rows
        if not page.cursor or not waiting:
            continue
        cut = min(row.created for row in waiting)  # more rows of this second may stand on the next page
        whole = tuple(row for row in waiting if row.created > cut)
        if whole:
            yield Window(whole, cut + SECOND, until)
            until = cut + SECOND
            waiting = [row for row in waiting if row.created <= cut]
    yield Window(tuple(waiting), since, until)


class StuckError(Exception):
    """The module answers the cursor that it was given: a fault of the module's, which would be read for ever."""


def _elsewhere(row: BookRow, booked: SettlementEntry) -> bool:
    """Whether a row is booked here for another thing than it was booked for there."""
    entry = booked.entry
    named = entry.reference in {row.source, row.id} and entry.payment == (row.payment or entry.payment)
    return not named or (row.kind.value in Entry.Kind.values and entry.kind != row.kind.value)


def _differs(row: BookRow, booked: SettlementEntry) -> Finding | None:
    if _elsewhere(row, booked):
        return Finding.ELSEWHERE
    if booked.amount != row.amount or not _paid_alike(row, booked.entry):
        return Finding.AMOUNT
    if (booked.fee, booked.net) != (row.fee, row.net):
        return Finding.FEE
    return None


def _paid_alike(row: BookRow, entry: Entry) -> bool:
    """Whether the ledger has what the customer paid; not known of a part of a dispute that was settled in another currency."""
    if row.paid is not None:
        return row.paid == entry.amount
    return row.amount.currency != entry.currency or row.amount == entry.amount


def _line(finding: Finding, *, booked: SettlementEntry, row: BookRow | None = None) -> Line:
    entry = booked.entry
    return Line(
        finding,
        booked.reference,
        row.category if row is not None else booked.category,
        entry.reference,
        entry.payment,
        booked.booked_at,
        there=_figures(row) if row is not None else None,
        here=ledger.figures(booked),
    )


def _of_row(finding: Finding, row: BookRow, here: Figures | None = None) -> Line:
    return Line(finding, row.id, row.category, row.source, row.payment, row.created, there=_figures(row), here=here)


def _figures(row: BookRow) -> Figures:
    return Figures(row.amount, row.fee, row.net, row.paid)
