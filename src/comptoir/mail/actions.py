"""Mails: queued once for a fact, claimed before they are sent. Takes plain data, never models of upper floors."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.db import connection, transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext_noop

from comptoir.conf import conf
from comptoir.jobs.queue import enqueue
from comptoir.kernel import audit
from comptoir.kernel.money import Money
from comptoir.kernel.records import alert, close_alerts
from comptoir.kernel.states import MovedMeanwhileError
from comptoir.kernel.whereabouts import elsewhere
from comptoir.kernel.words import NOTHING, Words, code, words, written
from comptoir.mail.models import MAIL_STATES, Mail

FORGOTTEN_SECONDS = 1800  # longer than a mail takes, its first tries again included


def queue(*, fact: str, to: str, template: str, values: Mapping[str, object], locale: str) -> bool:
    """Write a mail into the outbox and enqueue its sending, in the caller's transaction; False where the fact was told before.

    `template` names a text file in `templates/mail/`, whose first line is the subject. It is rendered when the mail is sent, in the
    reader's language. `values` are JSON; an amount is `{"minor": 9990, "currency": "EUR"}`, a day `{"day": "2026-11-30"}`.
    """
    return _store(fact, to=to, template=template, values=dict(values), locale=locale)


def queue_text(*, fact: str, to: str, subject: str, body: str, locale: str, secret: bool = False) -> bool:
    """Like `queue`, with the words given. `secret`: they are forgotten once they are sent."""
    return _store(fact, to=to, subject=" ".join(subject.split())[:250], body=body, locale=locale, secret=secret)


def _store(fact: str, **columns: Any) -> bool:
    mail, fresh = Mail.objects.get_or_create(fact=fact, defaults=columns)  # the unique fact decides once
    if fresh:
        MAIL_STATES.born(mail, who="system")
        enqueue("mail.send", key=f"mail:{mail.pk}", args={"mail_id": mail.pk})
    return fresh


def is_told(fact: str) -> bool:
    """Whether a mail was written for a fact."""
    return Mail.objects.filter(fact=fact).exists()


def render(mail: Mail) -> None:
    """Put a mail into words, where that is not done yet."""
    if mail.subject or not mail.template:
        return
    values = {name: _shown(value, mail.locale) for name, value in mail.values.items()}
    with translation.override(mail.locale):
        text = render_to_string(f"mail/{mail.template}.txt", values)
    subject, _break, body = text.strip().partition("\n")
    mail.subject, mail.body = subject.strip()[:250], body.strip() + "\n"
    Mail.objects.filter(pk=mail.pk).update(subject=mail.subject, body=mail.body)


def _shown(value: object, locale: str) -> object:
    if isinstance(value, dict) and set(value) == {"minor", "currency"}:
        return Money(value["minor"], value["currency"]).format(locale)
    if isinstance(value, dict) and set(value) == {"day"}:
        with translation.override(locale):
            return written(dt.date.fromisoformat(value["day"]))
    return value


def claim(mail_id: int) -> Mail | None:
    """Claim a waiting mail for sending; None where another has it or it was sent."""
    mail = Mail.objects.filter(pk=mail_id).first()
    if mail is None:
        return None
    if mail.state == Mail.State.SENDING:  # its sender died: nobody knows whether it left, so it is not sent again
        uncertain(mail, problem=words(gettext_noop("the sender stopped while sending")))
        return None
    if mail.state != Mail.State.WAITING or (elsewhere() and not mail.secret):
        return None  # a copy of a counter writes to nobody, but to who asks it for a new password
    try:
        with transaction.atomic():
            MAIL_STATES.move(mail, Mail.State.SENDING, who="system")
            Mail.objects.filter(pk=mail_id).update(claimed_at=timezone.now())
    except MovedMeanwhileError:
        return None
    return mail


def take_up_waiting() -> int:
    """Enqueue every mail that waits, once this database is at home here; returns how many."""
    names = list(Mail.objects.filter(state=Mail.State.WAITING).order_by("pk").values_list("pk", flat=True))
    for name in names:
        enqueue("mail.send", key=f"mail:{name}", args={"mail_id": name})
    return len(names)


@transaction.atomic
def sent(mail: Mail) -> None:
    """Note that the mail server has taken it."""
    done: dict[str, object] = {"sent_at": timezone.now(), "problem": NOTHING}
    if mail.secret and not conf().demo:
        done["body"] = ""  # it held a link that signs in; it has left, and nobody needs it here
    Mail.objects.filter(pk=mail.pk).update(**done)
    MAIL_STATES.move(mail, Mail.State.SENT, who="system")


@transaction.atomic
def again(mail: Mail, *, problem: Words) -> None:
    """Note that it surely did not leave; the job tries again."""
    Mail.objects.filter(pk=mail.pk).update(problem=problem)
    MAIL_STATES.move(mail, Mail.State.WAITING, who="system", why=problem)


def send_again(*, mail_id: int, who: str) -> bool:
    """Somebody has decided: an uncertain mail is sent once more. False where it waits for no decision (any more)."""
    return _decided(mail_id, Mail.State.WAITING, who=who, verb="mail.again")


def mark_sent(*, mail_id: int, who: str) -> bool:
    """Somebody has decided: an uncertain mail did arrive, as far as one can know. False as above."""
    return _decided(mail_id, Mail.State.SENT, who=who, verb="mail.marked")


def _decided(mail_id: int, state: Mail.State, *, who: str, verb: str) -> bool:
    """The move, the alert, the word of it and the job, all or nothing; of two people at once one decides."""
    mail = Mail.objects.filter(pk=mail_id, state=Mail.State.UNCERTAIN).first()
    if mail is None:
        return False
    try:
        with transaction.atomic():
            MAIL_STATES.move(mail, state, who=who)
            forgotten = {"body": ""} if mail.secret and state == Mail.State.SENT and not conf().demo else {}
            Mail.objects.filter(pk=mail_id).update(problem=NOTHING, **forgotten)
            close_alerts(f"mail:{mail_id}")
            audit.record(who=who, verb=verb, on=replace(audit.Thing.of(mail), name=mail.fact))
            if state == Mail.State.WAITING:
                enqueue("mail.send", key=f"mail:{mail_id}", args={"mail_id": mail_id})
    except MovedMeanwhileError:
        return False
    return True


_FORGOTTEN = """
SELECT mail.id FROM mail_mail mail
WHERE (mail.state = 'waiting' AND mail.created_at < now() - %(old)s * interval '1 second'
        OR mail.state = 'sending' AND mail.claimed_at < now() - %(old)s * interval '1 second')
    AND NOT EXISTS (
        SELECT 1 FROM procrastinate_jobs job
        WHERE job.task_name = 'mail.send' AND job.status IN ('todo', 'doing') AND (job.args ->> 'mail_id')::bigint = mail.id
    )
ORDER BY mail.id LIMIT 500
"""


def take_up_forgotten() -> int:
    """Enqueue each mail that waits, or was being sent, and that no job sees to any more: its job was given up, or was lost.

    One that was being sent becomes uncertain then; it is not sent.
    """
    if elsewhere():
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_FORGOTTEN, {"old": FORGOTTEN_SECONDS})
        names = [row[0] for row in cursor.fetchall()]
    for name in names:
        enqueue("mail.send", key=f"mail:{name}", args={"mail_id": name})
    return len(names)


@transaction.atomic
def uncertain(mail: Mail, *, problem: Words) -> None:
    """Note that nobody knows whether it left; people decide, and are told, in the same transaction."""
    Mail.objects.filter(pk=mail.pk).update(problem=problem)
    MAIL_STATES.move(mail, Mail.State.UNCERTAIN, who="system", why=problem)
    alert(
        f"mail:{mail.pk}",
        words(
            gettext_noop(
                "Nobody knows whether the mail %(fact)s reached its mail server, so it is not sent again by itself: %(problem)s"
            ),
            fact=code(mail.fact),
            problem=problem,
        ),
    )
