"""Store a notice, wish for a look, claim a wish, put it off. Each is one statement: the database decides."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import cast

from django.db import connection
from django.db.models import F
from django.utils.translation import gettext_noop

from comptoir.inbox.models import Notice, Wish
from comptoir.kernel import locks
from comptoir.kernel.records import alert, close_alerts
from comptoir.kernel.words import NOTHING, Words, code, words
from comptoir.modules.api import Envelope, Mode, Subject

KEPT_BYTES = 256 * 1024  # a larger payload is genuine but not kept: the object is read afresh anyway
LEASE_SECONDS = 120  # longer than the slowest look: two calls, each tried twice, 25 s a try
MANY = 20  # wishes due at once
FORGOTTEN_SECONDS = 600
TAKEN_UP = 500  # so many at once
BACK_OFF_SECONDS = (2, 10, 60, 600)  # then an alert, and every ten minutes

_STORE = """
WITH fresh AS (
    INSERT INTO inbox_notice (module, account, mode, event_id, type, created, subject_kind, subject_id, claim, note, twin, payload,
        fetched, done_at)
    VALUES (%(module)s, %(account)s, %(mode)s, %(event)s, %(type)s, %(created)s, %(kind)s, %(id)s, %(claim)s, %(note)s,
            %(twin)s, %(payload)s, %(fetched)s,
            CASE WHEN %(kind)s = '' THEN now() END)
    ON CONFLICT (module, event_id) DO NOTHING
    RETURNING 1
), wished AS (
    INSERT INTO inbox_wish (module, account, mode, kind, external_id, wanted, done, since, not_before, tries, leased_by, problem)
    SELECT %(module)s, %(account)s, %(mode)s, %(kind)s, %(id)s, 1, 0, now(), now(), 0, '', '' FROM fresh WHERE %(kind)s <> ''
    ON CONFLICT (module, account, mode, kind, external_id)
    DO UPDATE SET wanted = inbox_wish.wanted + 1, not_before = now(),
        since = CASE WHEN inbox_wish.wanted > inbox_wish.done THEN inbox_wish.since ELSE now() END,
        tries = CASE WHEN inbox_wish.wanted > inbox_wish.done THEN inbox_wish.tries ELSE 0 END
)
SELECT count(*) FROM fresh
"""

_WISH = """
INSERT INTO inbox_wish (module, account, mode, kind, external_id, wanted, done, since, not_before, tries, leased_by, problem)
VALUES (%(module)s, %(account)s, %(mode)s, %(kind)s, %(id)s, 1, 0, now(), now() + %(delay)s * interval '1 second', 0, '', '')
ON CONFLICT (module, account, mode, kind, external_id)
DO UPDATE SET wanted = inbox_wish.wanted + 1,
    since = CASE WHEN inbox_wish.wanted > inbox_wish.done THEN inbox_wish.since ELSE now() END,
    tries = CASE WHEN inbox_wish.wanted > inbox_wish.done THEN inbox_wish.tries ELSE 0 END,
    not_before = CASE WHEN inbox_wish.wanted > inbox_wish.done THEN least(inbox_wish.not_before, excluded.not_before)
                      ELSE excluded.not_before END
"""

_CLAIM = """
UPDATE inbox_wish SET leased_until = now() + %(lease)s * interval '1 second', leased_by = %(by)s, tries = tries + 1
WHERE id = (
    SELECT id FROM inbox_wish
    WHERE wanted > done AND not_before <= now() AND (leased_until IS NULL OR leased_until < now())
        AND NOT EXISTS (
            SELECT 1 FROM inbox_pace pace
            WHERE (pace.module, pace.account, pace.mode) = (inbox_wish.module, inbox_wish.account, inbox_wish.mode)
                AND pace.held_until > now()
        )
    ORDER BY not_before LIMIT 1 FOR UPDATE SKIP LOCKED
)
RETURNING id, module, account, mode, kind, external_id, wanted, tries, clock_timestamp(),
    EXISTS (
        SELECT 1 FROM inbox_wish other
        WHERE other.wanted > other.done AND other.not_before <= now() AND (other.leased_until IS NULL OR other.leased_until < now())
        OFFSET %(many)s
    )
"""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A wish that this worker answers now: what was wanted when it was claimed, and the notices open at that time."""

    wish_id: int
    by: str  # the lease's holder: this claim alone
    subject: Subject
    wanted: int
    tries: int
    read_at: dt.datetime  # the database's clock, read after the claim and before the look
    notices: tuple[tuple[int, str], ...]  # id and claim of each
    many: bool = False  # it was one of many that were due


def store(envelope: Envelope, *, module: str, payload: bytes, fetched: bool = False) -> bool:
    """Store a notice and wish for a look at its subject, in one statement; False where it was stored before.

    `fetched`: it was read from the provider's list instead of being sent to us.

    When it returns the row is committed, unless the caller has a transaction open: receiving never has.
    """
    subject = envelope.subject
    with connection.cursor() as cursor:
        cursor.execute(
            _STORE,
            {
                "module": module,
                "account": envelope.account,
                "mode": envelope.mode,
                "event": envelope.event_id,
                "type": envelope.type[:120],
                "created": envelope.created,
                "kind": subject.kind if subject else "",
                "id": subject.id if subject else "",
                "claim": envelope.claim,
                "note": (NOTHING if subject else words(gettext_noop("nothing to look at"))).stored(),
                "twin": envelope.twin,
                "payload": payload if len(payload) <= KEPT_BYTES else None,
                "fetched": fetched,
            },
        )
        return bool(cursor.fetchone()[0])


def wish(subject: Subject, *, delay_seconds: float = 0) -> None:
    """Wish that somebody looks at a subject, not before a delay; a wish that waits for a later time is pulled forward."""
    with connection.cursor() as cursor:
        cursor.execute(
            _WISH,
            {
                "module": subject.module,
                "account": subject.account,
                "mode": subject.mode,
                "kind": subject.kind,
                "id": subject.id,
                "delay": delay_seconds,
            },
        )


_FORGOTTEN = """
INSERT INTO inbox_wish (module, account, mode, kind, external_id, wanted, done, since, not_before, tries, leased_by, problem)
SELECT DISTINCT notice.module, notice.account, notice.mode, notice.subject_kind, notice.subject_id, 1, 0, now(), now(), 0, '', ''
FROM inbox_notice notice LEFT JOIN inbox_wish wish
    ON (wish.module, wish.account, wish.mode, wish.kind, wish.external_id)
     = (notice.module, notice.account, notice.mode, notice.subject_kind, notice.subject_id)
WHERE notice.done_at IS NULL AND notice.subject_id <> '' AND notice.received_at < now() - %s * interval '1 second'
    AND (wish.id IS NULL OR wish.wanted <= wish.done)
LIMIT %s
ON CONFLICT (module, account, mode, kind, external_id) DO UPDATE SET wanted = inbox_wish.wanted + 1
WHERE inbox_wish.wanted <= inbox_wish.done
"""


def take_up_forgotten() -> int:
    """Wish for a look for each notice that is not done and for which nobody waits any more; returns how many.

    Its wish was stored with it, so there is none such: this is the net beneath, should rows ever be lost or be changed by hand.
    """
    with connection.cursor() as cursor:
        cursor.execute(_FORGOTTEN, [FORGOTTEN_SECONDS, TAKEN_UP])
        return int(cursor.rowcount)


def is_wished(subject: Subject) -> bool:
    """Whether somebody waits for a look at a subject already."""
    rows = Wish.objects.filter(module=subject.module, account=subject.account, mode=subject.mode)
    return rows.filter(kind=subject.kind, external_id=subject.id, wanted__gt=F("done")).exists()


def claim(*, by: str) -> Claimed | None:
    """Claim the wish that is due longest, with a lease; None where none is due. `by` names the worker."""
    with connection.cursor() as cursor:
        holder = f"{by}/{uuid.uuid4().hex[:8]}"
        cursor.execute(_CLAIM, {"lease": LEASE_SECONDS, "by": holder, "many": MANY})
        row = cursor.fetchone()
    if row is None:
        return None
    subject = Subject(module=row[1], account=row[2], mode=cast("Mode", row[3]), kind=row[4], id=row[5])
    notices = Notice.objects.filter(
        module=subject.module,
        account=subject.account,
        mode=subject.mode,
        subject_kind=subject.kind,
        subject_id=subject.id,
        done_at=None,
    ).values_list("id", "claim")
    return Claimed(
        wish_id=row[0],
        by=holder,
        subject=subject,
        wanted=row[6],
        tries=row[7],
        read_at=row[8],
        notices=tuple(notices),
        many=row[9],
    )


def finish(claimed: Claimed, *, shows: frozenset[str], note: Words = NOTHING) -> bool:
    """Within the transaction of the effects: mark done what the read has shown. False where a notice claims more than it shows.

    Then the wish is put off; after the last delay an alert is raised and it is tried every ten minutes.
    """
    shown = [row_id for row_id, claimed_word in claimed.notices if not claimed_word or claimed_word in shows or note]
    locks.note(Wish)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE inbox_notice SET done_at = now(), note = %s WHERE id = ANY(%s) AND done_at IS NULL",
            [note.stored(), shown],
        )
    if len(shown) < len(claimed.notices):
        put_off(claimed, problem=words(gettext_noop("a notice says more than the object shows")))
        return False
    Wish.objects.filter(pk=claimed.wish_id, done__lt=claimed.wanted).update(
        done=claimed.wanted, tries=0, problem=NOTHING
    )
    Wish.objects.filter(pk=claimed.wish_id, leased_by=claimed.by).update(leased_until=None, leased_by="")
    if claimed.tries > len(BACK_OFF_SECONDS):
        close_alerts(_alert_key(claimed.subject))
    return True


def may_come_yet(claimed: Claimed) -> bool:
    """Whether a notice claims something of an object that a read did not find, and there is a written delay left to wait for it."""
    return any(word for _notice, word in claimed.notices) and claimed.tries <= len(BACK_OFF_SECONDS)


def put_off(claimed: Claimed, *, problem: Words, quietly: bool = False) -> None:
    """Try the wish again after the next delay of the written back-off, where the lease is still ours. `problem` is for staff.

    `quietly`: it is no fault of this object's, and told elsewhere, so no alert is raised for it.
    """
    step = min(claimed.tries, len(BACK_OFF_SECONDS)) - 1
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE inbox_wish SET leased_until = NULL, leased_by = '', problem = %s, "
            "not_before = CASE WHEN wanted > %s THEN now() ELSE now() + %s * interval '1 second' END "
            "WHERE id = %s AND leased_by = %s",
            [problem.stored(), claimed.wanted, BACK_OFF_SECONDS[step], claimed.wish_id, claimed.by],
        )
    if claimed.tries > len(BACK_OFF_SECONDS) and not quietly:
        subject = claimed.subject
        alert(
            _alert_key(subject),
            words(
                gettext_noop(
                    "%(reference)s could not be looked at %(tries)s times: %(problem)s. It is tried again every ten minutes."
                ),
                reference=code(subject.id),
                tries=claimed.tries,
                problem=problem,
            ),
        )


def _alert_key(subject: Subject) -> str:
    return f"look:{subject.module}:{subject.account}:{subject.mode}:{subject.id}"


def release(*, by: str) -> int:
    """Free the leases of a worker that is known to be dead; returns how many."""
    return Wish.objects.filter(leased_by__startswith=f"{by}/").update(leased_until=None, leased_by="")
