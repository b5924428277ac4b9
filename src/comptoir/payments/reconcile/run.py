"""A report is made in steps: each reads some pages of the provider's books, compares them, and leaves the rest to the next.

What a step has compared stands in the database with the place where the next one begins, both or neither: whatever is killed, each row
is compared once. While the provider does not answer, the report is unfinished and says why; it is never taken for one of nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from itertools import islice

import structlog
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from comptoir.jobs.queue import enqueue
from comptoir.kernel.errors import StaffError
from comptoir.kernel.records import alert
from comptoir.kernel.words import MODES, NOTHING, code, label, said, words
from comptoir.modules import registry
from comptoir.modules.api import BookPage, OutcomeUnknownError
from comptoir.payments import books
from comptoir.payments.models import BookReading, Reconciliation, ReconciliationLine, ReconciliationSum
from comptoir.payments.models.reconciliation import line_row
from comptoir.payments.reconcile import compare
from comptoir.payments.reconcile.compare import Comparison
from comptoir.payments.reconcile.ledger import Books
from comptoir.payments.reconcile.result import Finding, Line, Tally

log = structlog.get_logger(__name__)
PAGES = 20  # a step
CHUNK = 500  # lines written at once
AGAIN, PATIENCE = dt.timedelta(minutes=2), dt.timedelta(days=1)
MET = (Finding.UNREAD, Finding.AMOUNT)  # of entries that have no settlement


def ask(
    reading: BookReading,
    *,
    since: dt.datetime,
    until: dt.datetime,
    who: str,
    day: dt.date | None = None,
    by_worker: bool = True,
) -> Reconciliation | None:
    """Have a report made of an account and a period (`until` not included); None where that day has its own already.

    Without `by_worker` whoever asks makes its steps, and tells where one failed (`fail`): no worker makes another answer of it.
    Raises ValueError: the period is empty.
    """
    since, until = since.replace(microsecond=0), until.replace(microsecond=0)
    if until <= since:
        raise ValueError("a period ends after it begins")
    account = {"module": reading.module, "account": reading.account, "mode": reading.mode}
    period = {"since": since, "until": until, "read_until": until, "who": who[:150]}
    with transaction.atomic():
        if day is None:
            row, fresh = Reconciliation.objects.create(**account, **period), True
        else:  # the unique key decides once
            row, fresh = Reconciliation.objects.get_or_create(**account, day=day, defaults=period)
        if fresh and by_worker:
            go_on(row)
    return row if fresh else None


def go_on(row: Reconciliation, *, at: dt.datetime | None = None) -> None:
    """Have the next step made, not before a time (wall time)."""
    enqueue("payments.reconcile", key=f"reconcile:{row.pk}", at=at, args={"reconciliation_id": row.pk})


def take_up(row: Reconciliation) -> None:
    """Have one that has stopped or failed go on where it was: somebody asks for it."""
    with transaction.atomic():
        _open(row).update(failed_at=None)
        go_on(row)


def fail(row: Reconciliation) -> None:
    """Its reading is given up: it says so from now on, with the reason, and nobody goes on with it unless asked to."""
    _open(row).update(failed_at=timezone.now())
    row.refresh_from_db()


def work(reconciliation_id: int) -> None:
    """A worker's share: one step, and what comes after it. Without an answer it is tried again for a day; then people are told."""
    try:
        more, at = step(reconciliation_id), None
    except (OutcomeUnknownError, StaffError) as error:
        log.warning("reconciliation waits", of=reconciliation_id, cause=str(error))
        more, at = True, timezone.now() + AGAIN
    row = Reconciliation.objects.get(pk=reconciliation_id)
    if more and at is not None and row.asked_at < timezone.now() - PATIENCE:
        _give_up(row)
    elif more:
        go_on(row, at=at)


def step(reconciliation_id: int) -> bool:
    """Compare some more of a report; False once it has come to its end.

    Raises OutcomeUnknownError and StaffError, for a later try; why stands in the report.
    """
    row = Reconciliation.objects.get(pk=reconciliation_id)
    if row.ended_at is not None:
        return False
    try:
        _compare(row)
    except (OutcomeUnknownError, StaffError) as error:
        problem = said(error.cause) if isinstance(error, OutcomeUnknownError) else error.words
        _open(row).update(problem=problem)
        raise
    row.refresh_from_db()
    return row.ended_at is None


def _compare(row: Reconciliation) -> None:
    reading = BookReading(module=row.module, account=row.account, mode=row.mode)
    read = compare.pages(row.module, books.account_of(reading), since=row.since, until=row.read_until)
    counted = _Counted(read)
    ledger = Books(row.module, row.account, row.mode)
    for window in compare.windows(counted, since=row.since, until=row.read_until):
        comparison = Comparison(ledger)
        last = window.since == row.since
        with transaction.atomic():
            if not _came_on(row, window.since, rows=len(window.rows)):
                return  # a twin of this job was faster
            found = _write(row, comparison.judge(window))
            if last:
                found += _write(row, _rest(row, comparison))
            _sum(row, comparison.tally)
            _open(row).update(problems=models.F("problems") + found)
            if last:
                _end(row)
        row.read_until = window.since
        if counted.pages >= PAGES:
            return


class _Counted:
    """Pages, counted as they are read."""

    def __init__(self, pages: Iterator[BookPage]) -> None:
        self._source = pages
        self.pages = 0

    def __iter__(self) -> Iterator[BookPage]:
        for page in self._source:
            self.pages += 1
            yield page


def _open(row: Reconciliation) -> models.QuerySet[Reconciliation]:
    return Reconciliation.objects.filter(pk=row.pk, ended_at=None)


def _came_on(row: Reconciliation, until: dt.datetime, *, rows: int) -> int:
    """Take the next window: the row stays locked until it is written."""
    mine = _open(row).filter(read_until=row.read_until)
    return mine.update(read_until=until, rows=models.F("rows") + rows, alive_at=timezone.now(), problem=NOTHING)


def _rest(row: Reconciliation, comparison: Comparison) -> Iterator[Line]:
    met = ReconciliationLine.objects.filter(reconciliation=row, finding__in=MET, entry__isnull=False)
    comparison.met.update(pk for pk in met.values_list("entry", flat=True) if pk is not None)
    return comparison.rest(row.since, row.until)


def _write(row: Reconciliation, lines: Iterable[Line]) -> int:
    """Store lines as they come; how many of them somebody has to look at."""
    found, each = 0, iter(lines)
    while chunk := list(islice(each, CHUNK)):
        ReconciliationLine.objects.bulk_create([line_row(row, line) for line in chunk])
        found += sum(line.is_problem for line in chunk)
    return found


def _sum(row: Reconciliation, tally: Tally) -> None:
    ReconciliationSum.objects.bulk_create(
        [
            ReconciliationSum(
                reconciliation=row,
                side=key.side,
                currency=key.currency,
                category=key.category[:60],
                count=each.count,
                amount_minor=each.amount,
                fee_minor=each.fee,
                net_minor=each.net,
            )
            for key, each in tally.sums.items()
        ]
    )


def _give_up(row: Reconciliation) -> None:
    fail(row)
    alert(
        f"reconciliation:{row.pk}",
        words(
            gettext_noop(
                "The ledger could not be compared with the books of %(provider)s (account %(account)s, %(mode)s) to the end: "
                "%(problem)s. Nothing is known of what was not read."
            ),
            provider=registry.title(row.module),
            account=code(row.account),
            mode=label(MODES[row.mode]),
            problem=row.problem,
        ),
    )


def _end(row: Reconciliation) -> None:
    """The report is complete; of a nightly one that has found something, people are told."""
    _open(row).update(ended_at=timezone.now())
    row.refresh_from_db()
    if row.day is not None and row.problems:
        alert(
            f"reconciliation:{row.pk}",
            words(
                gettext_noop(
                    "The ledger and the books of %(provider)s (account %(account)s, %(mode)s) do not agree on %(day)s: "
                    "%(count)s rows are to be looked at. The report names each."
                ),
                provider=registry.title(row.module),
                account=code(row.account),
                mode=label(MODES[row.mode]),
                day=row.day,
                count=row.problems,
            ),
        )
