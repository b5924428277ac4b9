"""Since when Stripe does not answer, for each account and mode: stored at the first call without an answer, ended by the first with one.

An answer is anything that Stripe itself says, a refusal and "too many calls" too. While all is well an answer costs one look at the table,
and writes nothing.
"""

from __future__ import annotations

import datetime as dt

from django.db import connection
from django.utils import timezone

from comptoir.kernel.words import Words
from comptoir.modules.api import Silence
from comptoir_stripe.models import StripeSilence

Whose = tuple[str, str]  # account and mode

_BEGIN = """
INSERT INTO comptoir_stripe_stripesilence (account, mode, since, cause) VALUES (%s, %s, %s, %s)
ON CONFLICT (account, mode) DO UPDATE SET since = excluded.since, cause = excluded.cause
WHERE comptoir_stripe_stripesilence.since IS NULL
"""


def unheard(whose: Whose, cause: Words | str) -> None:
    """A call had no answer; the first of them says since when. One statement: of two at once the database takes one."""
    with connection.cursor() as cursor:
        cursor.execute(_BEGIN, [*whose, timezone.now(), cause.stored() if isinstance(cause, Words) else cause[:80]])


def heard(whose: Whose, *, at: dt.datetime) -> None:
    """Stripe has answered a call; `at`: when. A silence that has begun after that goes on."""
    account, mode = whose
    silent = StripeSilence.objects.filter(account=account, mode=mode, since__lte=at)
    if silent.exists():
        silent.update(since=None)


def silences() -> tuple[Silence, ...]:
    """The accounts that Stripe does not answer for now. No network."""
    rows = StripeSilence.objects.filter(since__isnull=False).order_by("since")
    return tuple(
        Silence(row.account, "live" if row.mode == "live" else "test", row.since, row.cause)
        for row in rows
        if row.since is not None
    )
