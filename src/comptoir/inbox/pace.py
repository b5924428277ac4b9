"""How fast a provider is asked after trouble: a pause when it does not answer or takes no more, then no faster than it allows.

In calm times nothing here is written. After an outage many wishes wait, and all workers together must not become the next one: each look
takes its turn, which the database gives. The rate is the module's to say (`Manifest.looks_per_second`).
"""

from __future__ import annotations

import datetime as dt
import time

from django.db import connection, models
from django.utils import timezone

from comptoir.inbox.models import Pace, Wish
from comptoir.modules import registry
from comptoir.modules.api import OutcomeUnknownError

CAREFUL_SECONDS = 600  # after trouble
FAILURES = 3  # without one answer between them: it is not one object's fault
LONGEST_SECONDS = 60
KNOCK = dt.timedelta(seconds=30)

_TURN = """
INSERT INTO inbox_pace (module, account, mode, next_at, failures, refusals)
VALUES (%(module)s, %(account)s, %(mode)s, clock_timestamp() + %(gap)s * interval '1 second', 0, 0)
ON CONFLICT (module, account, mode)
DO UPDATE SET next_at = greatest(inbox_pace.next_at, clock_timestamp()) + %(gap)s * interval '1 second'
RETURNING extract(epoch FROM next_at - clock_timestamp())::float8 - %(gap)s
"""

# Only the first of several that fail at once makes a pause longer than the one before.
_SILENT = """
INSERT INTO inbox_pace (module, account, mode, careful_until, failures, refusals)
VALUES (%(module)s, %(account)s, %(mode)s, now() + %(careful)s * interval '1 second', 1, 0)
ON CONFLICT (module, account, mode)
DO UPDATE SET failures = inbox_pace.failures + 1, careful_until = excluded.careful_until,
    held_until = CASE WHEN inbox_pace.failures + 1 >= %(enough)s
        THEN now() + least(%(longest)s, 2 ^ least(inbox_pace.failures + 2 - %(enough)s, 10)) * interval '1 second' END
WHERE inbox_pace.held_until IS NULL OR inbox_pace.held_until <= now()
"""
_BUSY = """
INSERT INTO inbox_pace (module, account, mode, careful_until, held_until, failures, refusals)
VALUES (%(module)s, %(account)s, %(mode)s, now() + %(careful)s * interval '1 second',
    now() + greatest(%(asked)s, 1) * interval '1 second', 0, 1)
ON CONFLICT (module, account, mode)
DO UPDATE SET refusals = inbox_pace.refusals + 1, careful_until = excluded.careful_until,
    held_until = now() + greatest(%(asked)s, least(%(longest)s, 2 ^ least(inbox_pace.refusals, 10))) * interval '1 second'
WHERE inbox_pace.held_until IS NULL OR inbox_pace.held_until <= now()
"""
_ANSWERED = """
UPDATE inbox_pace SET failures = 0,
    refusals = CASE WHEN held_until > now() THEN refusals ELSE 0 END,
    held_until = CASE WHEN refusals > 0 THEN held_until END
WHERE module = %(module)s AND account = %(account)s AND mode = %(mode)s AND (failures > 0 OR refusals > 0)
"""


def _named(module: str, account: str, mode: str) -> dict[str, str]:
    return {"module": module, "account": account, "mode": mode}


def _rows(module: str, account: str, mode: str) -> models.QuerySet[Pace]:
    return Pace.objects.filter(module=module, account=account, mode=mode)


def is_held(module: str, account: str, mode: str) -> bool:
    """Whether nobody is to ask now."""
    return _rows(module, account, mode).filter(held_until__gt=timezone.now()).exists()


def is_silent(module: str, account: str, mode: str) -> bool:
    """Whether several calls in a row have had no answer, and the next one is not due yet: then nobody needs to wait for one more."""
    return _rows(module, account, mode).filter(held_until__gt=timezone.now(), failures__gte=FAILURES).exists()


def is_careful(module: str, account: str, mode: str) -> bool:
    """Whether there was trouble lately: then looks take turns."""
    return _rows(module, account, mode).filter(careful_until__gt=timezone.now()).exists()


def wait_turn(module: str, account: str, mode: str) -> None:
    """Wait until the next look of all workers together is allowed; at once where the module names no rate."""
    found = registry.installed().get(module)
    rate = found.manifest.looks_per_second.get("live" if mode == "live" else "test") if found else None
    if not rate:
        return
    with connection.cursor() as cursor:
        cursor.execute(_TURN, {**_named(module, account, mode), "gap": 1 / rate})
        seconds: float = cursor.fetchone()[0]
    if seconds > 0:
        time.sleep(seconds)


def note(module: str, account: str, mode: str, error: OutcomeUnknownError) -> bool:
    """A call had no clear answer; True where all looks of this account wait now."""
    named = _named(module, account, mode)
    if not error.silent and error.busy is None:
        answered(**named)  # it said something, if only that it would not
        return False
    values: dict[str, str | float] = {
        **named,
        "careful": CAREFUL_SECONDS,
        "longest": LONGEST_SECONDS,
        "enough": FAILURES,
        "asked": error.busy or 0,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SILENT if error.silent else _BUSY, values)
    return is_held(**named)


def answered(module: str, account: str, mode: str) -> None:
    """The provider has answered: the pause for its silence is over; one that it has asked for is kept. Writes only after trouble."""
    with connection.cursor() as cursor:
        cursor.execute(_ANSWERED, _named(module, account, mode))


def may_knock(module: str, account: str, mode: str) -> bool:
    """Whether it is time to ask a silent provider again; one worker at a time, twice a minute."""
    Pace.objects.get_or_create(module=module, account=account, mode=mode)
    now = timezone.now()
    free = models.Q(knocked_at=None) | models.Q(knocked_at__lt=now - KNOCK)
    return bool(_rows(module, account, mode).filter(free).update(knocked_at=now))


def go_on(module: str, account: str, mode: str) -> int:
    """A silent provider answers again: what was put off for it is due now, each in its turn; returns how many."""
    now = timezone.now()
    answered(module, account, mode)
    _rows(module, account, mode).update(careful_until=now + dt.timedelta(seconds=CAREFUL_SECONDS))
    waiting = Wish.objects.filter(module=module, account=account, mode=mode, wanted__gt=models.F("done"))
    return waiting.filter(not_before__gt=now, tries__gt=0).exclude(problem="").update(not_before=now)
