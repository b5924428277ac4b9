"""A worker in steps: one job, one look, one sweep at a time, with the product's own rules for what fails."""

from __future__ import annotations

import json
from dataclasses import dataclass

from django.db import connection
from procrastinate.jobs import Job
from procrastinate.retry import BaseRetryStrategy
from tests.proofs.crash import Crashed

from comptoir.jobs import recovery
from comptoir.jobs.app import real
from comptoir.kernel.errors import StaffError
from comptoir.mail.tasks import NotSentError
from comptoir.modules.api import OutcomeUnknownError
from comptoir.payments import sweep, sync
from comptoir.payments.actions.refund_call import NotYetError as RefundNotYet
from comptoir.payments.tasks import NotYetError as EndNotYet
from comptoir.services.tasks import NotYetError as DeliveryNotYet

NAME = "worker-1"
# What a job may raise because Stripe, a driver, a mail server or an answer is not there yet; anything else is a fault of ours.
EXPECTED = (OutcomeUnknownError, StaffError, RefundNotYet, EndNotYet, DeliveryNotYet, NotSentError)
FETCH = """
UPDATE procrastinate_jobs SET status = 'doing' WHERE id = (
    SELECT id FROM procrastinate_jobs WHERE status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= now()) ORDER BY id LIMIT 1
) RETURNING id, task_name, args::text, attempts
"""


@dataclass
class Done:
    """What a worker has done since it was last asked."""

    jobs: int = 0
    looks: int = 0


def one_job() -> bool:
    """Run the job that is due longest; False where there is none. A job that fails is retried by its own rule.

    Raises `Crashed` with the job left as a dead worker leaves it.
    """
    with connection.cursor() as cursor:
        cursor.execute(FETCH)
        row = cursor.fetchone()
    if row is None:
        return False
    number, name, arguments, attempts = row
    task = real().tasks[name]
    try:
        task(**json.loads(arguments))
    except EXPECTED as error:
        _again(number, task.retry_strategy, error, Job(id=number, queue="default", lock=None, queueing_lock=None,
                                                       task_name=name, attempts=attempts))  # fmt: skip
        return True
    _finish(number, "succeeded")
    return True


def _again(number: int, rule: BaseRetryStrategy | None, error: Exception, job: Job) -> None:
    decision = rule.get_retry_decision(exception=error, job=job) if rule is not None else None
    if decision is None or decision.retry_at is None:
        _finish(number, "failed")
        return
    with connection.cursor() as cursor:  # where a sweep took this worker for dead meanwhile, the job is back already
        cursor.execute(
            "SELECT procrastinate_retry_job_v2(id, %s, NULL, NULL, NULL) FROM procrastinate_jobs WHERE id = %s AND status = 'doing'",
            [decision.retry_at, number],
        )


def _finish(number: int, status: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT procrastinate_finish_job_v1(%s, %s, %s)", [number, status, status == "succeeded"])


def one_look() -> bool:
    """Answer the wish that is due longest; False where there is none."""
    return sync.look_once(by=NAME)


def one_sweep() -> None:
    """What the sweeping thread and the recovering thread do."""
    recovery.retry_stalled()
    sweep.sweep()


def buried() -> None:
    """A supervisor has seen the worker die: what it held is freed at once."""
    recovery.release(NAME)


def survive(step: object) -> None:
    """Take a step of the worker's; if it dies on it, so be it: another one goes on."""
    try:
        step()  # type: ignore[operator]
    except Crashed:
        return
