"""The safety net: what was killed, lost or forgotten on the way is found again. Works from our own rows, never from jobs."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable

import structlog
from django.db import close_old_connections, models
from django.utils import timezone

from comptoir.customers import visits
from comptoir.inbox import actions as inbox, catchup, pace, reach
from comptoir.kernel import clock
from comptoir.mail import actions as mail
from comptoir.modules import queries as modules, registry
from comptoir.modules.api import OutcomeUnknownError
from comptoir.payments import fees, history, payouts, silence
from comptoir.payments.actions import dispute_words, refund_call, start, tallies
from comptoir.payments.actions.refund import enqueue_call
from comptoir.payments.models import OPEN_DISPUTES, Attempt, Dispute, Refund
from comptoir.payments.queries import dispute_subject
from comptoir.payments.reconcile import nightly
from comptoir.services import actions as services

log = structlog.get_logger(__name__)
EVERY_SECONDS = 15
OPEN_LOOK = dt.timedelta(minutes=10)
DISPUTE_LOOK = dt.timedelta(hours=6)
MOST_DISPUTES = 500  # a round
CALLED = dt.timedelta(minutes=5)  # a job that knows no answer tries again by itself for a while
WITHOUT_ANSWER = dt.timedelta(seconds=60)


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
    """One round. Each part and each row stands for itself: one that fails is logged, the others go on."""
    _safely(silence.knock_due)
    for attempt in _unanswered():
        _safely(resume, attempt)
    for attempt in _open_for_long():
        _safely(_wish, attempt)
    for refund in _refunds_without_outcome():
        _safely(_see_to_refund, refund)
    for dispute in _disputes_open():
        _safely(_see_to_dispute, dispute)
    _safely(inbox.take_up_forgotten)
    _safely(services.take_up_late)
    _safely(tallies.prune)
    _safely(mail.take_up_forgotten)
    _safely(visits.prune)
    _safely(history.start_due)
    _safely(catchup.start_due)
    _safely(reach.start_due)
    _safely(fees.start_due)
    _safely(fees.look_alone)
    _safely(payouts.start_due)
    _safely(nightly.start_due)


def _safely(step: Callable[..., object], *args: Attempt | Refund | Dispute) -> None:
    try:
        step(*args)
    except Exception:
        log.exception("sweep: one step failed", step=step.__name__, of=[str(each.pk) for each in args])


def _unanswered() -> list[Attempt]:
    """Attempts whose call has no answer, and that nobody calls for now; the oldest first."""
    rows = Attempt.objects.filter(state=Attempt.State.CREATED, created_at__lt=clock.now() - WITHOUT_ANSWER)
    return list(rows.exclude(calling_until__gt=timezone.now()).order_by("created_at")[:100])


def _open_for_long() -> list[Attempt]:
    """Attempts open or in progress that nobody has looked at for a while; the one that waits longest first."""
    old = Attempt.objects.filter(
        state__in=[Attempt.State.OPEN, Attempt.State.IN_PROGRESS], created_at__lt=clock.now() - OPEN_LOOK
    )
    rows = old.exclude(wished_at__gt=timezone.now() - OPEN_LOOK)
    return list(rows.order_by(models.F("wished_at").asc(nulls_first=True), "created_at")[:500])


def _refunds_without_outcome() -> list[Refund]:
    """Refunds whose call has no answer and that nobody calls for now, and those under way that nobody has looked at for a while."""
    now = timezone.now()
    free = models.Q(calling_until=None) | models.Q(calling_until__lt=now - CALLED)
    unanswered = models.Q(free, state=Refund.State.CREATED, created_at__lt=clock.now() - WITHOUT_ANSWER)
    under_way = models.Q(state=Refund.State.PENDING, payment__read_at__lt=now - OPEN_LOOK)
    rows = Refund.objects.filter(unanswered | under_way).select_related("payment")
    return list(rows.order_by("created_at")[:100])


def _see_to_refund(refund: Refund) -> None:
    """Have it called, or looked at where no look is wished for yet: a wish that was put off keeps its time."""
    if refund.state == Refund.State.CREATED:
        enqueue_call(refund)
        return
    subject = refund_call.subject_of(refund.payment)
    if subject is not None and not inbox.is_wished(subject):
        inbox.wish(subject)


def _disputes_open() -> list[Dispute]:
    """Open disputes that nobody has looked at for long, or whose time ends soon; the one that must be answered first before the others."""
    old = models.Q(payment__read_at__lt=timezone.now() - DISPUTE_LOOK)
    soon = models.Q(due_by__lt=clock.now() + dispute_words.SOON, sent_at=None)
    rows = Dispute.objects.filter(old | soon, state__in=OPEN_DISPUTES).select_related("payment")
    return list(rows.order_by(models.F("due_by").asc(nulls_last=True))[:MOST_DISPUTES])


def _see_to_dispute(dispute: Dispute) -> None:
    """People are told again before the time to answer ends; one that nobody has looked at for long is read afresh."""
    if dispute_words.is_late(dispute):
        dispute_words.remind(dispute)
    subject = dispute_subject(dispute)
    old = timezone.now() - DISPUTE_LOOK
    if dispute.payment.read_at < old and not inbox.is_wished(subject):
        inbox.wish(subject)


def _wish(attempt: Attempt) -> None:
    subject = start.subject_of(attempt)
    if subject is not None:
        Attempt.objects.filter(pk=attempt.pk).update(wished_at=timezone.now())
        inbox.wish(subject)


def resume(attempt: Attempt) -> None:
    """An attempt whose call has no known answer: find what it made by listing; else end it, so that the customer may start anew.

    Nothing is called again on nobody's behalf: a page that nobody waits for is not worth making, and one that was made and is
    not in the list has an address that nobody knows. The claim of the call is taken first, so that no customer's click meets us.
    """
    where = (attempt.module, attempt.account, attempt.mode)
    if pace.is_held(*where) or not start.may_call(attempt):
        return
    pace.wait_turn(*where)
    gateway = registry.gateway(attempt.module)
    try:
        account = modules.account(module=attempt.module, account=attempt.account, mode=attempt.mode)  # type: ignore[arg-type]
        start.find_or_end(attempt, gateway, account)
    except (OutcomeUnknownError, modules.AccountMissingError) as error:
        log.warning("attempt not resumed", attempt=str(attempt.pk), cause=str(error))
        if isinstance(error, OutcomeUnknownError):
            pace.note(*where, error)
