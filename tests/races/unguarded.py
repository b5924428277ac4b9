"""The guards of the house, each taken away: what a race is lost without."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, models

CLAIM_WITHOUT_LEASE = """
UPDATE inbox_wish SET tries = tries + 1, leased_by = %(by)s
WHERE id = (SELECT id FROM inbox_wish WHERE wanted > done AND not_before <= now() ORDER BY not_before LIMIT 1)
AND %(lease)s > 0
RETURNING id, module, account, mode, kind, external_id, wanted, tries, clock_timestamp(), false
"""

COUNT_WITHOUT_ADDING = """
INSERT INTO payments_tally (key, step, count) VALUES (%s, %s, %s) ON CONFLICT (key, step) DO UPDATE SET count = excluded.count
"""


def take(model: type[models.Model], pk: object) -> models.Model:
    """`locks.take` without a lock."""
    return model._default_manager.get(pk=pk)


def take_all(model: type[models.Model], **having: object) -> list[models.Model]:
    """`locks.take_all` without locks."""
    return list(model._default_manager.filter(**having).order_by("pk"))


def note(_model: type[models.Model]) -> None:
    """`locks.note` that notes nothing."""


def select_for_update(rows: models.QuerySet[models.Model], **_how: object) -> models.QuerySet[models.Model]:
    """`select_for_update` without FOR UPDATE."""
    return rows


def never(_now: object) -> models.Q:
    """A condition that no row meets: what it excludes is nothing."""
    return models.Q(pk__in=[])


def lock_module(name: str) -> models.Model:
    """`modules.actions._lock` that locks nothing."""
    from comptoir.modules.models import InstalledModule

    return InstalledModule(name=name)


def move(_states: object, row: Any, new: str, *, who: str, why: str = "") -> bool:
    """`States.move` that looks and then writes, without the condition and without the table."""
    if row.state == new:
        return False
    type(row)._default_manager.filter(pk=row.pk).update(state=new)
    row.state = new
    return True


class RandomKey:
    """A key that is another one at each look: an idempotency key that guards nothing."""

    def __get__(self, _row: object, _owner: type[object]) -> uuid.UUID:
        """Never the stored one."""
        return uuid.uuid4()

    def __set__(self, _row: object, _value: object) -> None:
        """Nothing is kept."""


def next_number(series: str) -> int:
    """Numbers by looking first and writing then."""
    from comptoir.kernel.models import Counter

    found = Counter.objects.filter(series=series).values_list("value", flat=True).first() or 0
    Counter.objects.update_or_create(series=series, defaults={"value": found + 1})
    return found + 1


@contextmanager
def no_key(name: str, table: str) -> Iterator[None]:
    """Take a unique key out of this test's database; its table is emptied and the key is back at the end."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s", [name])
        constraint = cursor.fetchone()
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = %s", [name])
        index = cursor.fetchone()
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}" if constraint else f"DROP INDEX {name}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {table} CASCADE")
            cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {constraint[0]}" if constraint else index[0])
