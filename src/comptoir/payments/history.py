"""An account's earlier payments, read once when it is first used: its last 30 days, page by page, each as good as a look.

What is read is observed like any other read: ours (a counter that was restored, or set up anew on its database) finds its row again,
those of others are kept to be shown. Cut short, it goes on where it was.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import structlog
from django.db import connection, models, transaction
from django.utils import timezone

from comptoir.inbox import actions as inbox
from comptoir.jobs.queue import enqueue
from comptoir.kernel import clock
from comptoir.kernel.whereabouts import elsewhere
from comptoir.modules import actions as modules, queries, registry
from comptoir.modules.api import Observation
from comptoir.modules.models import ModuleAccount
from comptoir.payments.actions.observe import observe
from comptoir.payments.models import History

log = structlog.get_logger(__name__)
READ = dt.timedelta(days=30)
PAUSE = dt.timedelta(seconds=1)  # between two pages: each is a call or a few, beside those that customers wait for
AGAIN = dt.timedelta(hours=6)  # after which a reading whose job was given up is begun again where it stood


class StuckError(Exception):
    """The module answers the cursor that it was given: a fault of the module's, which would be read for ever."""


def start_due() -> None:
    """Have the history of each account in use read that was not read yet. Called by the sweep: nobody needs to ask for it."""
    if elsewhere():
        return  # a copy of a counter leaves the provider alone
    for account in _due():
        row, _fresh = History.objects.get_or_create(
            module=account.module,
            account=account.account,
            mode=account.mode,
            defaults={"since": clock.now() - READ},
        )
        now = timezone.now()
        idle = models.Q(enqueued_at=None) | models.Q(enqueued_at__lt=now - AGAIN)
        with transaction.atomic():
            if History.objects.filter(idle, pk=row.pk).update(enqueued_at=now):
                _enqueue(row, at=None)


def _due() -> Iterator[ModuleAccount]:
    for row in ModuleAccount.objects.filter(current=True, history_read_at=None).order_by("id"):
        module = registry.installed().get(row.module)
        if module is not None and module.gateway is not None:
            yield row


def _enqueue(row: History, *, at: dt.datetime | None) -> None:
    enqueue("payments.history", key=f"history:{row.pk}", at=at, args={"history_id": row.pk})


def read_page(history_id: int) -> None:
    """Read one page and have the next one read after a pause; at the end the account is noted as read.

    Steps: 1 the database's clock, then the provider, outside any transaction; 2 each payment is observed, in a transaction of its own;
    3 the cursor and the job for the next page are stored together. Raises OutcomeUnknownError and StaffError, for a later try; StuckError.
    """
    row = History.objects.filter(pk=history_id).first()
    if row is None:
        return  # read to its end by a twin of this job
    account = queries.account(module=row.module, account=row.account, mode="live" if row.mode == "live" else "test")
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        read_at: dt.datetime = cursor.fetchone()[0]
    page = registry.gateway(row.module).recent(account, since=row.since, cursor=row.cursor)
    if page.cursor and page.cursor == row.cursor:
        raise StuckError(row.cursor)
    for seen in page.seen:
        _observe(seen, read_at=read_at)
    with transaction.atomic():
        if page.cursor:
            _go_on(row, page.cursor, count=len(page.seen))
        else:
            modules.note_history(module=row.module, account=row.account, mode=row.mode)
            History.objects.filter(pk=row.pk).delete()
            log.info("history read", module=row.module, account=row.account, mode=row.mode)


def _observe(seen: Observation, *, read_at: dt.datetime) -> None:
    """One payment that we stumble over is left to the looks, which raise an alert where they stumble too; the others go on."""
    try:
        observe(seen, read_at=read_at)
    except Exception:
        log.exception("history: one payment failed", of=seen.subject.id)
        inbox.wish(seen.subject)


def _go_on(row: History, cursor: str, *, count: int) -> None:
    now = timezone.now()
    moved = History.objects.filter(pk=row.pk, cursor=row.cursor).update(
        cursor=cursor, count=models.F("count") + count, enqueued_at=now
    )
    if moved:  # else a twin of this job was faster, and has enqueued the next
        _enqueue(row, at=now + PAUSE)
