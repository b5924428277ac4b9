"""Counting in PostgreSQL: one statement a count, in steps of ten minutes, so that an hour is a sum of six rows."""

from __future__ import annotations

import time

from django.db import connection
from django.db.models import Sum

from comptoir.kernel import locks
from comptoir.payments.models import Tally

STEP_SECONDS = 600
STEPS = 6  # make the hour that is looked back on: from fifty to sixty minutes
_COUNT = """
INSERT INTO payments_tally (key, step, count) VALUES (%s, %s, %s)
ON CONFLICT (key, step) DO UPDATE SET count = payments_tally.count + excluded.count
"""


def count(*keys: str, times: int = 1) -> None:
    """Count what has just happened under each key, once or several times, within the caller's `locks.transaction()`."""
    locks.note(Tally)
    with connection.cursor() as cursor:
        for key in sorted(set(keys)):  # in one order, so that two who count the same do not wait for each other
            cursor.execute(_COUNT, [key, _now(), times])


def in_an_hour(*keys: str) -> dict[str, int]:
    """How often each has happened within the last hour, by one look."""
    rows = Tally.objects.filter(key__in=keys, step__gt=_now() - STEPS).values_list("key").annotate(Sum("count"))
    return {**dict.fromkeys(keys, 0), **dict(rows)}


def just_now(key: str) -> int:
    """How often it happened in the step that is running."""
    return Tally.objects.filter(key=key, step=_now()).values_list("count", flat=True).first() or 0


def prune() -> int:
    """Forget what no look back reaches any more; returns how many rows."""
    return Tally.objects.filter(step__lte=_now() - STEPS).delete()[0]


def _now() -> int:
    return int(time.time()) // STEP_SECONDS
