"""Enqueueing: one statement on Django's own connection, in the same transaction as the rows that the job serves."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping

from django.db import connection

QUEUE = "default"

# A waiting job of the same key is held until we commit (the worker fetches with SKIP LOCKED) and pulled forward. A trigger releases the key
# when the job starts (migration 0001): kept by Procrastinate until the end, a retry beside a waiting twin would freeze both.
_ENQUEUE = """
INSERT INTO procrastinate_jobs (queue_name, task_name, priority, lock, queueing_lock, args, scheduled_at)
VALUES (%(queue)s, %(task)s, 0, NULL, %(key)s, %(args)s, %(at)s)
ON CONFLICT (queueing_lock) WHERE status = 'todo'
DO UPDATE SET scheduled_at = CASE
    WHEN excluded.scheduled_at IS NULL OR procrastinate_jobs.scheduled_at IS NULL THEN NULL
    ELSE least(procrastinate_jobs.scheduled_at, excluded.scheduled_at) END
RETURNING id, (xmax = 0)
"""
_NOTIFY = """
SELECT pg_notify('procrastinate_any_queue_v1', json_build_object('type', 'job_inserted', 'job_id', %s)::text)
"""


def enqueue(task: str, *, key: str | None = None, at: dt.datetime | None = None, args: Mapping[str, str | int]) -> int:
    """Enqueue a task by its registered name; returns the job's number. Runs if and only if the caller's transaction commits.

    `key`: at most one job of a key waits. `at`: wall time (UTC) before which it does not start.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ENQUEUE, {"queue": QUEUE, "task": task, "key": key, "args": json.dumps(dict(args)), "at": at})
        job, fresh = cursor.fetchone()
        if not fresh:
            cursor.execute(_NOTIFY, [job])  # an UPDATE does not notify by itself
    return int(job)
