"""Payments' jobs."""

from __future__ import annotations

import uuid

from comptoir.inbox import actions as inbox
from comptoir.jobs.app import app
from comptoir.jobs.backoff import Backoff, Interrupted
from comptoir.kernel.whereabouts import elsewhere
from comptoir.modules import queries as modules, registry
from comptoir.payments import books, fees, history as earlier, payouts
from comptoir.payments.actions import refund_call
from comptoir.payments.actions.start import subject_of
from comptoir.payments.models import PAYABLE, Attempt
from comptoir.payments.reconcile import run as reports


class NotYetError(Exception):
    """The attempt has no page yet; the job is tried again."""


@app.task(name="payments.end", retry=Backoff(first=5, longest=600, tries=12))
def end(attempt_id: str) -> None:
    """Close the page of an attempt that must not be paid any more, then look at what became of it."""
    if elsewhere():
        raise NotYetError  # a copy of a counter touches nothing at the provider's
    attempt = Attempt.objects.get(pk=attempt_id)
    subject = subject_of(attempt)
    if subject is None:
        if attempt.state in PAYABLE:
            raise NotYetError  # its page is being made right now: it is closed once we know it
        return
    if attempt.state == Attempt.State.SUCCEEDED:
        return
    account = modules.account(module=attempt.module, account=attempt.account, mode=attempt.mode)  # type: ignore[arg-type]
    registry.gateway(attempt.module).end(account, subject)
    inbox.wish(subject)


@app.task(name="payments.history", retry=Backoff(first=5, longest=600, tries=12))
def history(history_id: int) -> None:
    """Read one page of an account's earlier payments; the next one is another job."""
    earlier.read_page(history_id)


@app.task(name="payments.fees", retry=Interrupted(longest=60))
def read_fees(reading_id: int, since: str = "", cursor: str = "", newest: str = "") -> None:
    """Read some pages of an account's books for fees; the next ones are another job. Without an answer the sweep asks again."""
    with books.answering(reading_id):
        fees.read(reading_id, since=since, cursor=cursor, newest=newest)


@app.task(name="payments.payouts", retry=Interrupted(longest=60))
def read_payouts(reading_id: int) -> None:
    """Read an account's newest payouts: those of which no notice came, and those that have moved. As `read_fees`."""
    with books.answering(reading_id):
        payouts.read(reading_id)


@app.task(name="payments.payout_rows", retry=Backoff(first=5, longest=600, tries=12))
def read_payout_rows(payout_id: int, cursor: str = "") -> None:
    """Read some pages of what a payout contains; the next ones are another job."""
    payouts.read_rows(payout_id, cursor=cursor)


@app.task(name="payments.reconcile", retry=Backoff(first=5, longest=600, tries=12))
def reconcile(reconciliation_id: int) -> None:
    """Make one step of a report; the next one is another job."""
    reports.work(reconciliation_id)


@app.task(name="payments.refund", retry=Backoff(first=5, longest=600, tries=12))
def refund(refund_id: str) -> None:
    """Give money back that somebody of the team has asked for."""
    refund_call.carry_out(uuid.UUID(refund_id))
