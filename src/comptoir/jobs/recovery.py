"""Work that a dead worker held is freed: at once where the death is known, else when its heartbeat or lease is too old."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.db import connection, transaction
from django.utils.module_loading import import_string
from django.utils.translation import gettext_noop

from comptoir.jobs.models import Worker
from comptoir.kernel.records import alert
from comptoir.kernel.words import code, words

HEARTBEAT_DEAD_SECONDS = 20

_STALLED = """
SELECT job.id FROM procrastinate_jobs job LEFT JOIN procrastinate_workers worker ON worker.id = job.worker_id
WHERE job.status = 'doing' AND (worker.id IS NULL OR worker.last_heartbeat < now() - %s * interval '1 second')
FOR UPDATE OF job SKIP LOCKED
"""
_GIVEN_UP = """
SELECT id, task_name, args::text FROM procrastinate_jobs job
WHERE status = 'failed' AND NOT EXISTS (SELECT 1 FROM kernel_alert WHERE key = 'job:' || job.id) ORDER BY id LIMIT 100
"""


def retry_stalled() -> int:
    """Put jobs whose worker no longer lives back into the queue; returns how many. Safe to run anywhere, any time."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_STALLED, [HEARTBEAT_DEAD_SECONDS])
        jobs = [row[0] for row in cursor.fetchall()]
        for job in jobs:
            cursor.execute("SELECT procrastinate_retry_job_v2(%s, now(), NULL, NULL, NULL)", [job])
    return len(jobs)


def alert_given_up() -> int:
    """Raise an alert for each job that was given up after its last try; returns how many are new."""
    with connection.cursor() as cursor:
        cursor.execute(_GIVEN_UP)
        given_up = cursor.fetchall()
    for job, task, arguments in given_up:
        alert(
            f"job:{job}",
            words(
                gettext_noop(
                    "The task %(task)s %(arguments)s was tried many times and is given up. The logs tell why."
                ),
                task=code(task),
                arguments=code(arguments),
            ),
        )
    return len(given_up)


def release(worker_name: str) -> None:
    """Free everything that a worker, known to be dead, had claimed: its leases and its jobs."""
    for name in settings.LEASE_RELEASERS:
        releaser: Callable[..., int] = import_string(name)
        releaser(by=worker_name)
    worker = Worker.objects.filter(name=worker_name).first()
    if worker is not None:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM procrastinate_workers WHERE id = %s", [worker.procrastinate_id])
        worker.delete()
    retry_stalled()
