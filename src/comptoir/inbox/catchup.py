"""Notices that the provider keeps and our inbox has not: counted when somebody asks, fetched by a job.

The sweep looks at whatever is open here, told or not; of a payment that has come to its end here (a refund or a dispute at the
provider) only a notice tells. So that none depends on an endpoint that was made late, was disabled, or reached nobody for a while, the
list is read about every hour by itself (`start_due`), from where the last reading began. A person may have all of it read at any time.
"""

from __future__ import annotations

import datetime as dt
import time
from collections import Counter
from collections.abc import Iterator

import structlog
from django.db import models, transaction
from django.db.models import F
from django.utils import timezone

from comptoir.inbox import actions
from comptoir.inbox.models import LOST, CatchUp, Notice
from comptoir.jobs.queue import enqueue
from comptoir.kernel import clock
from comptoir.kernel.whereabouts import elsewhere
from comptoir.kernel.words import NOTHING, Words
from comptoir.modules import registry
from comptoir.modules.api import Account, Mode, Told, ToldPage
from comptoir.modules.models import ModuleAccount

log = structlog.get_logger(__name__)
KEPT = dt.timedelta(days=30)  # as long as providers list their notices
EVERY = dt.timedelta(hours=1)
FORMER_EVERY = dt.timedelta(days=1)
LATE = dt.timedelta(minutes=15)  # a notice is sent at once; one that has not come by then does not come by itself soon
OVERLAP = dt.timedelta(hours=1)  # between two readings by itself: for what is listed late, and clocks that differ
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
    for page in _pages(module, account, since=clock.now() - KEPT):
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
    now = timezone.now()
    CatchUp.objects.get_or_create(module=module, account=account, mode=mode)
    open_now = models.Q(asked_at__isnull=False, ended_at=None, alive_at__gt=now - LOST)
    idle = _rows(module, account, mode).exclude(open_now)
    fresh = idle.update(asked_at=now, alive_at=now, ended_at=None, read=0, stored=0, problem=NOTHING)
    # Also where one is under way: should its job be lost, this one takes its place; twins do no harm, each notice is stored once.
    enqueue("inbox.catch_up", key=f"catch_up:{module}:{account}:{mode}", args=_named(module, account, mode))
    return bool(fresh)


def start_due() -> int:
    """Have the list of each account in use read by a worker, about every hour, also where its module is disabled; returns how many.

    Called by the sweep, often and by every worker: one query where nothing is due, and a conditional UPDATE that only one of them wins.
    """
    if elsewhere():
        return 0  # a copy of a counter leaves the provider alone
    begun, now = 0, clock.now()
    for row in _due(now):
        mode: Mode = "live" if row.mode == "live" else "test"
        CatchUp.objects.get_or_create(module=row.module, account=row.account, mode=mode)
        with transaction.atomic():
            if _rows(row.module, row.account, mode).exclude(_not_yet(now)).update(due_at=now + EVERY):
                key = f"catch_up_own:{row.module}:{row.account}:{mode}"
                enqueue("inbox.catch_up", key=key, args={**_named(row.module, row.account, mode), "by_itself": True})
                begun += 1
    return begun


def _not_yet(now: dt.datetime) -> models.Q:
    """Read lately. A time that lies much further ahead than a reading sets it was set by a clock that has gone back since."""
    return models.Q(due_at__gt=now, due_at__lte=now + 2 * EVERY)  # two sweeps at once have not quite the same time


def _due(now: dt.datetime) -> Iterator[ModuleAccount]:
    """Accounts in use, every hour; former ones that have told us something, every day: refunds and disputes come late."""
    this = {name: models.OuterRef(name) for name in ("module", "account", "mode")}
    lately = CatchUp.objects.filter(read_until__gt=now - FORMER_EVERY, read_until__lte=now + EVERY, **this)
    former = models.Exists(Notice.objects.filter(**this)) & ~models.Exists(lately)
    rows = ModuleAccount.objects.filter(models.Q(current=True) | former)
    for row in rows.exclude(models.Exists(CatchUp.objects.filter(_not_yet(now), **this))).order_by("id"):
        module = registry.installed().get(row.module)
        if module is not None and module.gateway is not None and module.manifest.settings:
            yield row


def _named(module: str, account: str, mode: Mode) -> dict[str, str | int]:
    return {"module": module, "account": account, "mode": mode}


def _rows(module: str, account: str, mode: Mode) -> models.QuerySet[CatchUp]:
    return CatchUp.objects.filter(module=module, account=account, mode=mode)


def fetch(*, module: str, account: Account) -> None:
    """Store every notice that we lack, as if it had been sent; safe to repeat. Raises CallRefusedError, OutcomeUnknownError."""
    began, rows = clock.now(), _rows(module, account.account, account.mode)
    rows.update(read=0, stored=0, ended_at=None, alive_at=timezone.now())
    for page, stored in _stored(module, account, since=began - KEPT):
        rows.update(read=F("read") + len(page.told), stored=F("stored") + len(stored), alive_at=timezone.now())
    rows.update(missing={}, complete=True, counted_at=timezone.now(), read_until=began, own_problem=NOTHING)
    end(module=module, account=account.account, mode=account.mode)


def fetch_newest(*, module: str, account: Account) -> None:
    """The same by itself: from where the last reading began, the first time from when the account was first used here.

    What a person has asked for is shown as it is. Raises as `fetch`; then the next one begins where this one did.
    """
    if elsewhere():
        return
    began, rows = clock.now(), _rows(module, account.account, account.mode)
    read_until = rows.values_list("read_until", flat=True).first()
    if read_until is None:
        used = ModuleAccount.objects.filter(module=module, account=account.account, mode=account.mode)
        read_until = used.values_list("used_at", flat=True).first() or began
    # Where the clock has gone back (a demo's), nothing is taken for read.
    since = max(min(read_until, began) - OVERLAP, began - KEPT)
    found = [told for _page, stored in _stored(module, account, since=since) for told in stored]
    if found:
        log.warning(
            "notices had not reached us", module=module, account=account.account, mode=account.mode, count=len(found)
        )
    late = _late(found, began=began, since=rows.values_list("sound_since", flat=True).first())
    if late:
        rows.update(late=late, late_at=timezone.now())
    rows.update(read_until=began, own_problem=NOTHING)


def _late(found: list[Told], *, began: dt.datetime, since: dt.datetime | None) -> int:
    """How many of what had to be fetched should have been sent to us long before, by an endpoint that was right by then."""
    if since is None:
        return 0
    return sum(since < told.envelope.created < began - LATE for told in found)


def end(*, module: str, account: str, mode: Mode, problem: Words = NOTHING) -> None:
    """The fetch has ended; `problem`: before its end."""
    _rows(module, account, mode).update(ended_at=timezone.now(), problem=problem)


def end_newest(*, module: str, account: str, mode: Mode, problem: Words) -> None:
    """A reading by itself has ended before its end."""
    log.warning("notices not read", module=module, account=account, mode=mode, cause=problem.english)
    _rows(module, account, mode).update(own_problem=problem)


def _stored(module: str, account: Account, *, since: dt.datetime) -> Iterator[tuple[ToldPage, list[Told]]]:
    """Each page of the list, and which notices of it were stored."""
    for page in _pages(module, account, since=since):
        lacking = _lacking(module, page)
        yield page, [told for told in lacking if _store(told, module)]


def _store(told: Told, module: str) -> bool:
    return actions.store(told.envelope, module=module, payload=told.payload, fetched=True)


def _pages(module: str, account: Account, *, since: dt.datetime) -> Iterator[ToldPage]:
    """The provider's list, newest first, page by page."""
    cursor = ""
    while True:
        page = registry.gateway(module).notices(account, since=since, cursor=cursor)
        yield page
        cursor = page.cursor
        if not cursor:
            return


def _lacking(module: str, page: ToldPage) -> list[Told]:
    """What of a page has not reached us, neither as it is listed nor as a twin of another id."""
    ids = [told.envelope.event_id for told in page.told]
    rows = Notice.objects.filter(module=module)
    known = set(rows.filter(event_id__in=ids).values_list("event_id", flat=True))
    known |= set(rows.filter(twin__in=ids).values_list("twin", flat=True))
    return [told for told in page.told if told.envelope.event_id not in known]
