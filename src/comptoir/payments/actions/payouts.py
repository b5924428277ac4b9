"""OBSERVE, payouts: money on its way to the host's bank, once by its id; a later read is believed, what it contains is read by a job."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext_noop

from comptoir.jobs.queue import enqueue
from comptoir.kernel import locks
from comptoir.kernel.records import alert
from comptoir.kernel.states import ODD
from comptoir.kernel.words import NOTHING, Words, code, label, words
from comptoir.modules.api import PayoutSeen, PayoutShown
from comptoir.payments.actions import odd
from comptoir.payments.books import payout_cause
from comptoir.payments.models import PAYOUT_READS, PAYOUT_STATES, Payout


def store(seen: PayoutShown, *, read_at: dt.datetime) -> bool:
    """Within the transaction of `observe`: keep what a read has shown. False where a later read is applied already."""
    payout, subject = seen.payout, seen.subject
    row, fresh = Payout.objects.get_or_create(  # the unique key decides once
        module=subject.module,
        account=subject.account,
        mode=subject.mode,
        reference=payout.id,
        defaults={**_facts(payout), "state": payout.status.value, "created_at": payout.created, "read_at": read_at},
    )
    if fresh:
        PAYOUT_STATES.born(row, who=subject.module)
    row = locks.take(Payout, row.pk)
    if row.read_at > read_at:
        return False
    before = "" if fresh else row.state
    Payout.objects.filter(pk=row.pk).update(**_facts(payout), read_at=read_at)
    if not fresh:
        _move(row, payout)
    row.refresh_from_db()
    if row.state != before:
        _tell(row, before=before)
    enqueue_rows(row)
    return True


def enqueue_rows(row: Payout) -> bool:
    """Have its contents read, once the provider knows them and they are not here."""
    if not (row.automatic and row.reconciled and row.rows_read_at is None):
        return False
    enqueue("payments.payout_rows", key=f"payout_rows:{row.pk}", args={"payout_id": row.pk})
    return True


def _facts(payout: PayoutSeen) -> dict[str, object]:
    return {
        "amount_minor": payout.amount.minor,
        "currency": payout.amount.currency,
        "arrival_on": payout.arrival,
        "automatic": payout.automatic,
        "reconciled": payout.reconciled,
        "failure": payout.why[:120],
    }


def _move(row: Payout, payout: PayoutSeen) -> None:
    """What cannot be is told to people instead of stopping the look for ever."""
    state = PAYOUT_READS.decide(old=row.state, word=payout.status)
    if state != ODD:
        PAYOUT_STATES.move(row, state, who=row.module, why=code(payout.why) if payout.why else NOTHING)
        return
    odd.tell("payout", row, now=Payout.State(payout.status.value))


def _tell(row: Payout, *, before: str) -> None:
    """Staff are told of a payout that has failed, and more so of one that had arrived."""
    if row.state != Payout.State.FAILED:
        return
    came_back = gettext_noop(
        "The payout %(payout)s of %(amount)s had arrived at your bank and has come back: %(why)s. "
        "The money is in your balance at the provider again. Check your bank account there, and what you have booked."
    )
    never_came = gettext_noop(
        "The payout %(payout)s of %(amount)s has failed: %(why)s. "
        "The money is in your balance at the provider again. Check your bank account there."
    )
    told = came_back if before == Payout.State.PAID else never_came
    alert(
        f"payout-failed:{row.pk}",
        words(
            told,
            payout=code(row.reference),
            amount=row.amount,
            why=_cause(row),
        ),
    )


def _cause(row: Payout) -> Words:
    """Why it has failed, in words that are read in the reader's language; else the provider's word."""
    said = payout_cause(row.module, row.failure)
    return code(said or "-") if isinstance(said, str) else label(said)
