"""The safety net: what was killed, lost or forgotten on the way is found again. Works from our own rows, never from jobs."""

from __future__ import annotations

import datetime as dt
import threading

import structlog
from django.db import close_old_connections
from django.utils import timezone

from comptoir.inbox import actions as inbox
from comptoir.jobs.queue import enqueue
from comptoir.kernel import clock
from comptoir.modules import queries as modules, registry
from comptoir.modules.api import OutcomeUnknownError
from comptoir.payments.actions import start
from comptoir.payments.models import Attempt
from comptoir.services.models import Operation

log = structlog.get_logger(__name__)
EVERY_SECONDS = 15
OPEN_LOOK = dt.timedelta(minutes=10)
WITHOUT_ANSWER = dt.timedelta(seconds=60)
UNDELIVERED = dt.timedelta(minutes=10)


def loop(stop: threading.Event) -> None:
    """Sweep until told to stop. Each worker sweeps; what one has taken up, the others find taken."""
    while not stop.is_set():
        try:
            sweep()
        except Exception:
            log.exception("sweep failed")
        finally:
            close_old_connections()
        stop.wait(EVERY_SECONDS)


def sweep() -> None:
    """One round: attempts whose call has no answer; attempts open for long or past their end; paid and not delivered."""
    now = timezone.now()
    unanswered = Attempt.objects.filter(state=Attempt.State.CREATED, created_at__lt=clock.now() - WITHOUT_ANSWER)
    for attempt in unanswered.exclude(calling_until__gt=now)[:100]:
        resume(attempt)
    waiting = Attempt.objects.filter(state__in=[Attempt.State.OPEN, Attempt.State.IN_PROGRESS])
    for attempt in waiting.filter(created_at__lt=clock.now() - OPEN_LOOK).exclude(wished_at__gt=now - OPEN_LOOK)[:500]:
        subject = start.subject_of(attempt)
        if subject is not None:
            Attempt.objects.filter(pk=attempt.pk).update(wished_at=now)
            inbox.wish(subject)
    late = Operation.objects.filter(state=Operation.State.WAITING, by_hand=False, created_at__lt=now - UNDELIVERED)
    for operation in late.values_list("pk", flat=True)[:500]:
        enqueue("services.deliver", key=f"deliver:{operation}", args={"operation_id": str(operation)})


def resume(attempt: Attempt) -> None:
    """An attempt whose call has no known answer: find what it made by listing; else end it, so that the customer may start anew.

    Nothing is called again on nobody's behalf: a page that nobody waits for is not worth making, and one that was made and is
    not in the list has an address that nobody knows.
    """
    gateway = registry.gateway(attempt.module)
    try:
        account = modules.account(module=attempt.module, account=attempt.account, mode=attempt.mode)  # type: ignore[arg-type]
        found = gateway.find(account, start.request_of(attempt))
    except (OutcomeUnknownError, modules.AccountMissingError) as error:
        log.warning("attempt not resumed", attempt=str(attempt.pk), cause=str(error))
        return
    if found is not None:
        start.opened(attempt, found)
    else:
        start.ended(attempt, why="nothing was made for it")
