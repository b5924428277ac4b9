"""Jobs in a test's own process and connection: what the worker does, step by step, until none is due."""

from __future__ import annotations

import json

from django.db import connection

from comptoir.jobs.app import real


def run_jobs(*, most: int = 100) -> int:
    """Run every job that is due; a job that raises is left `failed`, as a worker without retries would. Returns how many ran."""
    for count in range(most):
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE procrastinate_jobs SET status = 'doing' WHERE id = (SELECT id FROM procrastinate_jobs "
                "WHERE status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= now()) ORDER BY id LIMIT 1) "
                "RETURNING id, task_name, args::text"
            )
            row = cursor.fetchone()
        if row is None:
            return count
        job, task, arguments = row
        status = "failed"
        try:
            real().tasks[task](**json.loads(arguments))
            status = "succeeded"
        finally:
            with connection.cursor() as cursor:
                cursor.execute("SELECT procrastinate_finish_job_v1(%s, %s, false)", [job, status])
    raise AssertionError(f"more than {most} jobs: they call each other for ever")
