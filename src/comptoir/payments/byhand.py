"""What somebody does with a gateway by hand, on the command line: have one object looked at now, take an event up again."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

from comptoir.inbox import actions as inbox
from comptoir.inbox.models import Notice
from comptoir.modules import queries, registry
from comptoir.modules.api import (
    CallRefusedError,
    Foreign,
    Mode,
    Observation,
    OutcomeUnknownError,
    PaymentSeen,
    PayoutShown,
    Subject,
)
from comptoir.payments.actions.observe import observe
from comptoir.payments.models import PaymentReference, Payout


class UnknownError(Exception):
    """Nobody knows such an id: neither we nor the provider, in any account whose keys are stored."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What was looked at, and in a word how it stands: the state that is said of it, or what it is instead."""

    subject: Subject
    stands: str


def look(module: str, reference: str) -> Looked:
    """Read the object of an id afresh, of any kind, and store what is seen: as a worker does, at once.

    Raises:
        UnknownError: nobody knows it.
        OutcomeUnknownError: the provider did not answer, in one account at least, and none of the others knows it.
        StaffError: the module or its keys are not there.
    """
    return _look(_subject(module, reference))


def replay(module: str, event: str) -> Looked:
    """Take an event up again: it counts as not done, and its object is looked at now. One that never came is asked for by its id.

    Raises as `look`; UnknownError also where the event is of something that we do not look at.
    """
    notice = Notice.objects.filter(module=module, event_id=event).defer("payload").first()
    if notice is None:
        return look(module, event)
    if not notice.subject_kind:
        raise UnknownError(event)
    subject = Subject(module, notice.account, _mode(notice.mode), notice.subject_kind, notice.subject_id)
    Notice.objects.filter(pk=notice.pk).update(done_at=None)
    inbox.wish(subject)  # the worker says whether the object shows what the event has told
    return _look(subject)


def _look(subject: Subject) -> Looked:
    account = queries.account(module=subject.module, account=subject.account, mode=subject.mode)
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        read_at = cursor.fetchone()[0]
    seen = registry.gateway(subject.module).look(account, subject)
    observe(seen, read_at=read_at)
    return Looked(subject, _stands(seen))


def _stands(seen: Observation) -> str:
    if isinstance(seen, PaymentSeen):
        return seen.status.value
    if isinstance(seen, PayoutShown):
        return seen.payout.status.value
    return "not ours" if isinstance(seen, Foreign) else "not there"


def _subject(module: str, reference: str) -> Subject:
    """By what we know; else each account is asked, those in use first."""
    known = PaymentReference.objects.filter(module=module, reference=reference).select_related("payment").first()
    if known is not None:
        named = (known.kind, reference) if known.payment is None else ("payment", known.payment.reference)
        return Subject(module, known.account, _mode(known.mode), *named)
    payout = Payout.objects.filter(module=module, reference=reference).first()
    if payout is not None:
        return Subject(module, payout.account, _mode(payout.mode), "payout", reference)
    return _resolved(module, reference)


def _resolved(module: str, reference: str) -> Subject:
    gateway, problem = registry.gateway(module), None
    if not gateway.well_formed(reference):
        raise UnknownError(reference)
    for account in queries.accounts(module):
        try:
            found = gateway.resolve(account, reference)
        except (OutcomeUnknownError, CallRefusedError) as error:
            problem = error
            continue
        if found is not None:
            return found
    if problem is not None:
        raise problem
    raise UnknownError(reference)


def _mode(word: str) -> Mode:
    return "live" if word == "live" else "test"
