"""When a failed job is tried again."""

from __future__ import annotations

import random

from django.db import InterfaceError, OperationalError
from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.jobs import Job


class Backoff(BaseRetryStrategy):
    """Twice as long each time up to a cap, with jitter; after the last try people are told. Seconds."""

    def __init__(self, *, first: float = 2, longest: float = 600, tries: int = 12) -> None:
        """Delays from `first` to `longest` seconds, `tries` runs in all."""
        self.first = first
        self.longest = longest
        self.tries = tries

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:  # noqa: ARG002 - its form
        """Decide for a job whose run has raised."""
        if job.attempts + 1 >= self.tries:
            return None  # stays `failed`; the sweep raises the alert (this runs on the event loop, without a database)
        delay = min(self.longest, self.first * 2**job.attempts)
        return RetryDecision(retry_in={"seconds": max(1, round(delay * random.uniform(0.8, 1.2)))})  # noqa: S311 - jitter


class Interrupted(Backoff):
    """For a task that comes again by itself anyway: tried again where the database went away under it, as after its worker's death.

    Any other failure is its end: the next one of its kind comes when it is due.
    """

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """Decide for a job whose run has raised."""
        if not isinstance(exception, OperationalError | InterfaceError):
            return None
        return super().get_retry_decision(exception=exception, job=job)
