"""Fee and net of what the ledger has: read in lists, a hundred of the provider's rows a call, and for what those lack payment by payment.

A charge is booked some seconds after it, so most entries come without their settlement. Once there are some, the account's books are
read from the oldest of them on (or from the newest row that was read before, with an overlap); each row settles the entry that it was
booked for. Works from our own rows: the sweep asks which entries lack their settlement, whatever was lost on the way.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import models, transaction
from django.utils import timezone

from comptoir.inbox import actions as inbox
from comptoir.jobs.queue import enqueue
from comptoir.kernel import clock
from comptoir.kernel.whereabouts import elsewhere
from comptoir.ledger import actions as ledger
from comptoir.ledger.models import Entry, SettlementEntry
from comptoir.modules.api import BookRow, Mode, Settlement, Subject
from comptoir.payments import books
from comptoir.payments.models import BookReading, Payment

PAGES = 20  # a job; the next one goes on where it stopped
SOONEST, LATEST = dt.timedelta(seconds=20), dt.timedelta(hours=1)  # between two readings, while something is lacking
OVERLAP = dt.timedelta(minutes=5)
GIVEN_UP = dt.timedelta(days=35)  # what lacks its settlement for so long is the comparison's to tell
ALONE = dt.timedelta(minutes=10)  # after which a payment is looked at by itself
HOUR, RARELY = dt.timedelta(hours=1), dt.timedelta(hours=6)
AHEAD = dt.timedelta(days=1)  # the provider's clock may be ahead of ours
MOST_ALONE = 100
STEP = 100  # entries, so that not every sweep writes


def start_due() -> None:
    """Have the books read of each account of which an entry lacks its settlement, soon after it was written, then ever more rarely.

    Called by the sweep, often and by every worker; a conditional UPDATE lets one of them begin.
    """
    if elsewhere():
        return  # a copy of a counter leaves the provider alone
    for row in books.readings():
        now = timezone.now()
        if row.fees_read_at is not None and row.fees_read_at > now - SOONEST:
            continue
        newest = _lacking(row).order_by("-pk").first()
        if newest is None:
            _move_on(row, None)
            continue
        pause = min(max(now - newest.recorded_at, SOONEST), LATEST)
        if row.fees_read_at is not None and row.fees_read_at > now - pause:
            continue
        with transaction.atomic():
            same = BookReading.objects.filter(pk=row.pk, fees_read_at=row.fees_read_at)
            if same.update(fees_read_at=now):
                enqueue("payments.fees", key=f"fees:{row.pk}", args={"reading_id": row.pk})


def read(reading_id: int, *, since: str = "", cursor: str = "", newest: str = "") -> None:
    """Read some pages of an account's books, newest first, and settle what lacks its settlement; the rest is another job's.

    `since`, `cursor`, `newest`: where the job before this one stopped. Raises OutcomeUnknownError and StaffError, for a later try.
    """
    row = BookReading.objects.get(pk=reading_id)
    reader, account = books.of(row.module), books.account_of(row)
    begin = dt.datetime.fromisoformat(since) if since else _since(row)
    for _page in range(PAGES):
        if begin is None:
            return
        page = reader.books(account, since=begin, until=clock.now() + AHEAD, cursor=cursor)
        newest = newest or (page.rows[0].created.isoformat() if page.rows else "")
        settle(row, page.rows)
        cursor = page.cursor
        if not cursor or not _lacking(row).exists():
            _note(row, newest)
            return
    where = {"since": begin.isoformat() if begin else "", "cursor": cursor, "newest": newest}
    enqueue("payments.fees", key=f"fees:{row.pk}:more", args={"reading_id": row.pk, **where})


def settle(row: BookReading, rows: Iterable[BookRow]) -> int:
    """Add what the provider booked for each entry that lacks it; returns for how many. Read, never computed."""
    found = _entries(row, rows)
    with transaction.atomic():
        ledger.settle_entries([(entry, _settlement(booked)) for booked, entry in found])
    return len(found)


def _entries(row: BookReading, rows: Iterable[BookRow]) -> list[tuple[BookRow, Entry]]:
    wanted = {(booked.kind.value, booked.source): booked for booked in rows if booked.source and not booked.of_account}
    entries = _lacking(row).filter(reference__in={source for _kind, source in wanted})
    found = ((wanted.get((entry.kind, entry.reference)), entry) for entry in entries)
    return [(booked, entry) for booked, entry in found if booked is not None]


def _settlement(row: BookRow) -> Settlement:
    return Settlement(
        id=row.id,
        amount=row.amount,
        fee=row.fee,
        net=row.net,
        exchange_rate=row.exchange_rate,
        category=row.category,
        booked_at=row.created,
    )


def _since(row: BookReading) -> dt.datetime | None:
    """From when on the rows of what is lacking can stand in the books; None where nothing is lacking any more."""
    found = _lacking(row).aggregate(oldest=models.Min("pk"), earliest=models.Min("occurred_at"))
    _move_on(row, found["oldest"])
    earliest: dt.datetime | None = found["earliest"]
    if earliest is None:
        return None
    begin = earliest if row.read_until is None else max(earliest, row.read_until - OVERLAP)
    return begin.replace(microsecond=0)


def _move_on(row: BookReading, oldest: int | None) -> None:
    """Begin later from now on: at the oldest entry that is lacking, and before what other transactions may be writing yet."""
    old = Entry.objects.filter(recorded_at__lt=timezone.now() - ALONE).order_by("-pk").values_list("pk", flat=True)
    edge = old.first()
    begin = min(edge, oldest) if edge and oldest else edge
    if begin and begin >= row.lacking_from + STEP:
        BookReading.objects.filter(pk=row.pk, lacking_from__lt=begin).update(lacking_from=begin)


def _note(row: BookReading, newest: str) -> None:
    if newest:
        BookReading.objects.filter(pk=row.pk).update(read_until=dt.datetime.fromisoformat(newest))


def _lacking(row: BookReading) -> models.QuerySet[Entry]:
    """Entries of an account that lack what the provider booked for them. Times of the database: whenever they were written here."""
    entries = Entry.objects.filter(
        source=row.module,
        account=row.account,
        mode=row.mode,
        pk__gte=row.lacking_from,
        recorded_at__gt=timezone.now() - GIVEN_UP,
    )
    return entries.exclude(models.Exists(SettlementEntry.objects.filter(entry=models.OuterRef("pk"))))


# ------------------------------------------------------------------ payment by payment


def look_alone() -> None:
    """Wish for a look at payments whose fee the lists have not brought: each some minutes, in its first hour; later each some hours."""
    if elsewhere():
        return
    for row in books.readings():
        mode: Mode = "live" if row.mode == "live" else "test"
        for reference in [
            *_waiting(row, least=ALONE, most=HOUR, pause=ALONE),
            *_waiting(row, least=HOUR, most=GIVEN_UP),
        ]:
            inbox.wish(Subject(row.module, row.account, mode, "payment", reference))


def _waiting(row: BookReading, *, least: dt.timedelta, most: dt.timedelta, pause: dt.timedelta = RARELY) -> list[str]:
    """Payments that lack their fee for so long and were not looked at for a while, the one that waits longest first."""
    now = timezone.now()
    late = _lacking(row).filter(recorded_at__gt=now - most, recorded_at__lte=now - least).values("payment")
    waiting = Payment.objects.filter(
        module=row.module, account=row.account, mode=row.mode, reference__in=late, read_at__lt=now - pause
    )
    return list(waiting.order_by("read_at").values_list("reference", flat=True)[:MOST_ALONE])
