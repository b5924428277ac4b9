"""Notices that the provider keeps and our inbox has not: counted when somebody asks, fetched by a job.

Nothing depends on it for being right: whatever we have started is looked at by the sweep, told or not. It shows, and mends, what an
endpoint has missed that was made late, was disabled, or answered nothing for a while.
"""

from __future__ import annotations

import datetime as dt
import time
from collections import Counter
from collections.abc import Iterator

from django.db.models import F
from django.utils import timezone

from comptoir.inbox import actions
from comptoir.inbox.models import CatchUp, Notice
from comptoir.jobs.queue import enqueue
from comptoir.kernel import clock
from comptoir.kernel.words import NOTHING, Words
from comptoir.modules import registry
from comptoir.modules.api import Account, Mode, Told, ToldPage

KEPT = dt.timedelta(days=30)  # as long as providers list their notices
PATIENCE_SECONDS = 8.0  # for a person who waits for the count; a call that is under way is not cut short


def of(*, module: str, account: str, mode: Mode) -> CatchUp | None:
    """The last count and the last fetch of an account."""
    return CatchUp.objects.filter(module=module, account=account, mode=mode).first()


def count(*, module: str, account: Account, patience: float = PATIENCE_SECONDS) -> CatchUp:
    """Ask the provider for its notices and count those that we lack, by type; stops at a page once `patience` (seconds) is over.

    Raises CallRefusedError, OutcomeUnknownError; then the last count stays as it was.
    """
    until = time.monotonic() + patience
    found: Counter[str] = Counter()
    complete = True
    for page in _pages(module, account):
        found.update(told.envelope.type for told in _lacking(module, page))
        if page.cursor and time.monotonic() > until:
            complete = False
            break
    row, _fresh = CatchUp.objects.update_or_create(
        module=module,
        account=account.account,
        mode=account.mode,
        defaults={"missing": dict(sorted(found.items())), "complete": complete, "counted_at": timezone.now()},
    )
    return row


def ask(*, module: str, account: str, mode: Mode) -> bool:
    """Have what we lack fetched by a worker; False where that is under way."""
    CatchUp.objects.get_or_create(module=module, account=account, mode=mode)
    rows = CatchUp.objects.filter(module=module, account=account, mode=mode)
    idle = rows.filter(asked_at=None) | rows.exclude(ended_at=None)
    fresh = idle.update(asked_at=timezone.now(), ended_at=None, read=0, stored=0, problem=NOTHING)
    # Also where one is under way: should its job be lost, this one takes its place; twins do no harm, each notice is stored once.
    enqueue("inbox.catch_up", key=f"catch_up:{module}:{account}:{mode}", args=_named(module, account, mode))
    return bool(fresh)


def _named(module: str, account: str, mode: Mode) -> dict[str, str | int]:
    return {"module": module, "account": account, "mode": mode}


def fetch(*, module: str, account: Account) -> None:
    """Store every notice that we lack, as if it had been sent; safe to repeat. Raises CallRefusedError, OutcomeUnknownError."""
    rows = CatchUp.objects.filter(module=module, account=account.account, mode=account.mode)
    rows.update(read=0, stored=0, ended_at=None)
    for page in _pages(module, account):
        lacking = _lacking(module, page)
        stored = sum(actions.store(told.envelope, module=module, payload=told.payload) for told in lacking)
        rows.update(read=F("read") + len(page.told), stored=F("stored") + stored)
    rows.update(missing={}, complete=True, counted_at=timezone.now())
    end(module=module, account=account.account, mode=account.mode)


def end(*, module: str, account: str, mode: Mode, problem: Words = NOTHING) -> None:
    """The fetch has ended; `problem`: before its end."""
    rows = CatchUp.objects.filter(module=module, account=account, mode=mode)
    rows.update(ended_at=timezone.now(), problem=problem)


def _pages(module: str, account: Account) -> Iterator[ToldPage]:
    """The provider's list, newest first, page by page."""
    since, cursor = clock.now() - KEPT, ""
    while True:
        page = registry.gateway(module).notices(account, since=since, cursor=cursor)
        yield page
        cursor = page.cursor
        if not cursor:
            return


def _lacking(module: str, page: ToldPage) -> list[Told]:
    ids = [told.envelope.event_id for told in page.told]
    known = set(Notice.objects.filter(module=module, event_id__in=ids).values_list("event_id", flat=True))
    return [told for told in page.told if told.envelope.event_id not in known]
