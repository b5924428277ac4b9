"""Numbers, alerts and the installation's name: each decided by the database in one statement."""

from __future__ import annotations

import uuid

import structlog
from django.db import connection
from django.utils import timezone

from comptoir.kernel import locks
from comptoir.kernel.models import Alert, Counter, Installation
from comptoir.kernel.words import Words

log = structlog.get_logger(__name__)
_ALERT = """
INSERT INTO kernel_alert (key, text, raised_at) VALUES (%s, %s, now())
ON CONFLICT (key) DO UPDATE SET text = excluded.text, raised_at = excluded.raised_at, closed_at = NULL
WHERE kernel_alert.closed_at IS NOT NULL
RETURNING id
"""
_ALERT_ONCE = """
INSERT INTO kernel_alert (key, text, raised_at) VALUES (%s, %s, now()) ON CONFLICT (key) DO NOTHING RETURNING id
"""
_known: list[str] = []


def next_number(series: str) -> int:
    """Give the next number of a series, from 1. Gap-free: the counter's row stays locked until the transaction ends."""
    locks.note(Counter)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO kernel_counter (series, value) VALUES (%s, 1) "
            "ON CONFLICT (series) DO UPDATE SET value = kernel_counter.value + 1 RETURNING value",
            [series],
        )
        value: int = cursor.fetchone()[0]
    return value


def alert(key: str, text: Words, *, again: bool = True) -> None:
    """Raise an alert for a key: once while it is open, anew once somebody has closed it; without `again` only the first time.

    `text` is for staff, without secrets: read in their language; the log has it in English.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ALERT if again else _ALERT_ONCE, [key[:200], text.stored()])
        fresh = cursor.fetchone() is not None
    if fresh:
        log.error("alert", key=key, text=text.english)


def close_alerts(*keys: str) -> None:
    """Close alerts whose cause is gone."""
    Alert.objects.filter(key__in=keys, closed_at=None).update(closed_at=timezone.now())


def installation() -> str:
    """The installation's name (a UUID), which travels in the metadata of every object made at a provider."""
    if _known:
        return _known[0]
    with connection.cursor() as cursor:
        cursor.execute(
            'INSERT INTO kernel_installation (id, "only") VALUES (%s, true) ON CONFLICT ("only") DO NOTHING',
            [uuid.uuid4()],
        )
    name = str(Installation.objects.get().pk)
    if not connection.in_atomic_block:  # else it may be rolled back yet, and must not be remembered
        _known[:] = [name]
    return name


def forget_installation() -> None:
    """Read the name anew at the next call: the database has been replaced."""
    _known.clear()
