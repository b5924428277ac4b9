"""Each night the day before is compared, of every account; a night that was missed is made up for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.utils import timezone

from comptoir.kernel import clock
from comptoir.kernel.whereabouts import elsewhere
from comptoir.ledger.models import Entry
from comptoir.modules.models import ModuleAccount
from comptoir.payments import books
from comptoir.payments.models import BookReading, Reconciliation
from comptoir.payments.reconcile import run

HOUR = 3  # of the counter's zone: by then what was paid before midnight is booked
RECENT = dt.timedelta(days=180)
MOST = 7  # nights that are made up for


def start_due() -> int:
    """Have the reports made that are due; returns how many. Called by the sweep, often and by every worker: each day has one, once."""
    if elsewhere():
        return 0  # a copy of a counter leaves the provider alone
    asked = 0
    for reading in books.readings():
        for day in _missing(reading):
            if not _lives(reading):
                break
            since, until = midnight(day), midnight(day + dt.timedelta(days=1))
            asked += run.ask(reading, since=since, until=until, day=day, who="nightly") is not None
    return asked


def _lives(reading: BookReading) -> bool:
    """In use, or with money of the last months: what nobody uses any more may have keys that open nothing."""
    mine = {"account": reading.account, "mode": reading.mode}
    current = ModuleAccount.objects.filter(module=reading.module, current=True, **mine).exists()
    recent = Entry.objects.filter(source=reading.module, occurred_at__gt=clock.now() - RECENT, **mine)
    return current or recent.exists()


def midnight(day: dt.date) -> dt.datetime:
    """When a day of the counter's zone begins."""
    return timezone.make_aware(dt.datetime.combine(day, dt.time.min))


def _missing(reading: BookReading) -> Iterator[dt.date]:
    """The days until yesterday that have no report yet, from the last one on, or from when the account was first used."""
    now = timezone.localtime(clock.now())
    yesterday = (now - dt.timedelta(hours=HOUR)).date() - dt.timedelta(days=1)
    mine = {"module": reading.module, "account": reading.account, "mode": reading.mode}
    last = Reconciliation.objects.filter(**mine, day__isnull=False).order_by("-day").values_list("day", flat=True)
    before = last.first()
    if before is None:
        used = ModuleAccount.objects.filter(**mine).values_list("used_at", flat=True).first()
        before = timezone.localdate(used) - dt.timedelta(days=1) if used is not None else yesterday
    day = max(before + dt.timedelta(days=1), yesterday - dt.timedelta(days=MOST - 1))
    while day <= yesterday:
        yield day
        day += dt.timedelta(days=1)
