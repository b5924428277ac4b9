"""Numbers, alerts and the installation's name: each decided by the database in one statement."""

from __future__ import annotations

import uuid
from functools import cache

import structlog
from django.db import connection
from django.utils import timezone

from comptoir.kernel import locks
from comptoir.kernel.models import Alert, Counter, Installation

log = structlog.get_logger(__name__)


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


def alert(key: str, text: str) -> None:
    """Raise an alert once for a key; the same key again changes nothing. `text` is for staff and carries no secret."""
    _row, fresh = Alert.objects.get_or_create(key=key, defaults={"text": text})
    if fresh:
        log.error("alert", key=key, text=text)


def close_alerts(*keys: str) -> None:
    """Close alerts whose cause is gone."""
    Alert.objects.filter(key__in=keys, closed_at=None).update(closed_at=timezone.now())


@cache
def installation() -> str:
    """The installation's name (a UUID), which travels in the metadata of every object made at a provider."""
    with connection.cursor() as cursor:
        cursor.execute(
            'INSERT INTO kernel_installation (id, "only") VALUES (%s, true) ON CONFLICT ("only") DO NOTHING',
            [uuid.uuid4()],
        )
    return str(Installation.objects.get().pk)
