"""Payouts beside their notices: the list is read now and then for what no notice told of, and each one's contents once."""

from __future__ import annotations

import datetime as dt

from django.db import connection, models, transaction
from django.utils import timezone

from comptoir.jobs.queue import enqueue
from comptoir.kernel import clock
from comptoir.kernel.whereabouts import elsewhere
from comptoir.modules.api import BookRow, Mode, PayoutSeen, PayoutShown, Subject
from comptoir.modules.queries import account
from comptoir.payments import books
from comptoir.payments.actions.observe import observe
from comptoir.payments.actions.payouts import enqueue_rows
from comptoir.payments.models import BookReading, Payout, PayoutRow

EVERY = dt.timedelta(hours=1)
FIRST = dt.timedelta(days=90)  # of an account that is read for the first time
BACK = dt.timedelta(days=14)  # a payout that has arrived may come back some days later
UNDER_WAY = (Payout.State.PENDING, Payout.State.IN_TRANSIT)
PAGES = 20  # a job; the next one goes on where it stopped


def start_due() -> None:
    """Have the list of payouts of each account read about every hour. Called by the sweep; one of them begins."""
    if elsewhere():
        return  # a copy of a counter leaves the provider alone
    now = clock.now()
    # A time that lies much further ahead than a reading sets it was set by a clock that has gone back since.
    not_yet = models.Q(payouts_due_at__gt=now, payouts_due_at__lte=now + 2 * EVERY)
    for row in books.readings():
        with transaction.atomic():
            if BookReading.objects.exclude(not_yet).filter(pk=row.pk).update(payouts_due_at=now + EVERY):
                enqueue("payments.payouts", key=f"payouts:{row.pk}", args={"reading_id": row.pk})


def read(reading_id: int) -> None:
    """Observe every payout that may have moved, or that nobody has told of. Raises OutcomeUnknownError, StaffError."""
    row = BookReading.objects.get(pk=reading_id)
    reader, keys, cursor, since = books.of(row.module), books.account_of(row), "", _since(row)
    while True:
        read_at = _database_clock()
        page = reader.payouts(keys, since=since, cursor=cursor)
        for payout in page.payouts:
            observe(_shown(row, payout), read_at=read_at)
        if not page.cursor or page.cursor == cursor:
            break
        cursor = page.cursor
    for lost in _of(row).filter(reconciled=True, rows_read_at=None):
        enqueue_rows(lost)


def _since(row: BookReading) -> dt.datetime:
    """From when on payouts may have moved: the last days, and the oldest that is under way."""
    oldest = _of(row).filter(state__in=UNDER_WAY).order_by("created_at").first()
    begin = clock.now() - (BACK if _of(row).exists() else FIRST)
    return min(begin, oldest.created_at) if oldest is not None else begin


def _of(row: BookReading) -> models.QuerySet[Payout]:
    return Payout.objects.filter(module=row.module, account=row.account, mode=row.mode)


def _shown(row: BookReading, payout: PayoutSeen) -> PayoutShown:
    return PayoutShown(Subject(row.module, row.account, _mode(row.mode), "payout", payout.id), payout)


def _mode(word: str) -> Mode:
    return "live" if word == "live" else "test"


def _database_clock() -> dt.datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: dt.datetime = cursor.fetchone()[0]
    return now


def read_rows(payout_id: int, *, cursor: str = "") -> None:
    """Read some pages of what a payout contains; once all are here, it is noted. Safe to repeat. Raises as `read`."""
    payout = Payout.objects.get(pk=payout_id)
    if payout.rows_read_at is not None:
        return
    reader = books.of(payout.module)
    keys = account(module=payout.module, account=payout.account, mode=_mode(payout.mode))
    for _page in range(PAGES):
        page = reader.payout_rows(keys, payout.reference, cursor=cursor)
        PayoutRow.objects.bulk_create([_row(payout, each) for each in page.rows], ignore_conflicts=True)
        cursor = page.cursor
        if not cursor:
            _complete(payout)
            return
    enqueue(
        "payments.payout_rows", key=f"payout_rows:{payout.pk}:more", args={"payout_id": payout.pk, "cursor": cursor}
    )


def _complete(payout: Payout) -> None:
    """All of its rows are here: what they add up to in its currency is kept beside its amount."""
    rows = PayoutRow.objects.filter(payout=payout, currency=payout.currency)
    total = rows.aggregate(sum=models.Sum("net_minor"))["sum"] or 0
    Payout.objects.filter(pk=payout.pk).update(rows_read_at=timezone.now(), contents_minor=total)


def _row(payout: Payout, row: BookRow) -> PayoutRow:
    return PayoutRow(
        payout=payout,
        reference=row.id,
        kind=row.kind.value,
        whose=_whose(row),
        type=row.type[:40],
        category=row.category[:60],
        source=row.source,
        payment=row.payment,
        amount_minor=row.amount.minor,
        fee_minor=row.fee.minor,
        net_minor=row.net.minor,
        currency=row.amount.currency,
        booked_at=row.created,
    )


def _whose(row: BookRow) -> str:
    if row.of_account:
        return PayoutRow.Whose.ACCOUNT
    if row.ours is None:
        return PayoutRow.Whose.UNKNOWN
    return PayoutRow.Whose.OURS if row.ours else PayoutRow.Whose.OTHERS
