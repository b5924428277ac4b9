"""REFUND, the call: claimed by a conditional UPDATE, made outside of any transaction with the stored key, never made blindly twice."""

from __future__ import annotations

import datetime as dt
import uuid

import structlog
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _, gettext_noop

from comptoir.inbox import actions as inbox
from comptoir.kernel import audit, locks
from comptoir.kernel.errors import SaidError
from comptoir.kernel.records import alert
from comptoir.kernel.secrets import UnsealError
from comptoir.kernel.whereabouts import elsewhere
from comptoir.kernel.words import NOTHING, Words, code, label, said, words
from comptoir.modules import queries as modules, registry
from comptoir.modules.api import (
    Account,
    CallRefusedError,
    OutcomeUnknownError,
    RefundRequest,
    Refunds,
    RefundSeen,
    Subject,
)
from comptoir.payments import refundable
from comptoir.payments.actions.refund import NOT_HERE, thing
from comptoir.payments.models import REFUND_STATES, Payment, Refund

log = structlog.get_logger(__name__)
CALL_SECONDS = 120  # longer than the slowest call: a search and the call itself, each tried twice, 25 s a try
NOT_STOPPED = _("This refund cannot be stopped any more. Nothing was changed; its state is read afresh.")
NO_ANSWER = _("The payment service does not answer at the moment. Nothing is known to have changed; please try again.")


class NotYetError(Exception):
    """What became of the call is not known, or it could not be made: it is tried again."""


def carry_out(refund_id: uuid.UUID) -> None:
    """Give the money back. Safe to call at any time, any number of times, after any kill.

    A refund that was called before and whose answer nobody knows is looked for first.

    Raises:
        NotYetError: worth another try.
    """
    if elsewhere():
        raise NotYetError  # a copy of a counter moves no money
    refund = _claim(refund_id)
    if refund is None:
        if Refund.objects.filter(pk=refund_id, state=Refund.State.CREATED, calling_until__gt=timezone.now()).exists():
            raise NotYetError  # whoever calls may have died over it: its claim ends soon
        return
    try:
        account = modules.account(module=refund.module, account=refund.account, mode=refund.mode)  # type: ignore[arg-type]
    except (modules.AccountMissingError, UnsealError) as error:
        _put_off(refund, error.words)
        raise NotYetError from error
    part = registry.refunds(refund.module)
    if part is None:
        _put_off(refund, words(gettext_noop("the module that gives this money back is not installed")))
        raise NotYetError
    seen = _found_or_made(part, account, refund)
    if seen is not None:
        answered(refund, seen)


def _claim(refund_id: uuid.UUID) -> Refund | None:
    """The refund as it was before: `calling_until` tells whether somebody has called already. None where nobody is to call now."""
    before = (
        Refund.objects.select_related("payment").filter(pk=refund_id, state=Refund.State.CREATED, reference="").first()
    )
    if before is None:
        return None
    now = timezone.now()
    free = models.Q(calling_until=None) | models.Q(calling_until__lte=now)
    rows = Refund.objects.filter(free, pk=refund_id, state=Refund.State.CREATED, calling_until=before.calling_until)
    return before if rows.update(calling_until=now + dt.timedelta(seconds=CALL_SECONDS)) else None


def _found_or_made(part: Refunds, account: Account, refund: Refund) -> RefundSeen | None:
    """What the call has made, now or earlier; None where the provider refused it. Raises NotYetError."""
    try:
        if refund.calling_until is not None:
            found = part.find_refund(account, request_of(refund))
            if found is not None:
                return found
        why = refundable.refusal(refund.payment)
        if why is not None:  # something has happened since it was asked for: a dispute, for one
            refused(refund, label(why))
            return None
        return part.refund(account, request_of(refund))
    except CallRefusedError as error:
        refused(refund, error.why)
        return None
    except OutcomeUnknownError as error:
        if error.replayed:
            _after_replay(part, account, refund)
        _put_off(refund, said(error.cause))
        raise NotYetError from error


def _after_replay(part: Refunds, account: Account, refund: Refund) -> None:
    """A stored failure is answered for ever under its key: where nothing is found, the next try has a new one."""
    try:
        found = part.find_refund(account, request_of(refund))
    except (OutcomeUnknownError, CallRefusedError):
        return  # not known: the next try looks first, with the old key
    if found is None:
        _new_key(refund)


def _new_key(refund: Refund) -> None:
    refund.key = uuid.uuid4()
    Refund.objects.filter(pk=refund.pk).update(key=refund.key)


def _put_off(refund: Refund, why: Words) -> None:
    """Free to be called again; that it was called stays known."""
    log.warning("refund not known", refund=str(refund.pk), cause=why.english)
    Refund.objects.filter(pk=refund.pk, state=Refund.State.CREATED).update(failure=why, calling_until=timezone.now())


def answered(refund: Refund, seen: RefundSeen) -> None:
    """Keep the provider's id of it, and have its payment read afresh: what has become of the money only a look says."""
    with locks.transaction():
        payment = locks.take(Payment, refund.payment_id)
        row = locks.take(Refund, refund.pk)
        if row.state == Refund.State.CREATED:
            Refund.objects.filter(pk=row.pk).update(reference=seen.id, failure=NOTHING, calling_until=None)
            REFUND_STATES.move(row, Refund.State.PENDING, who=row.module)
        wish(payment)


def refused(refund: Refund, why: Words) -> None:
    """The provider gives nothing back, for good: people are told; the amount can be asked for again."""
    with locks.transaction():
        payment = locks.take(Payment, refund.payment_id)
        row = locks.take(Refund, refund.pk)
        if row.state != Refund.State.CREATED:
            return
        Refund.objects.filter(pk=row.pk).update(failure=why, calling_until=None)
        REFUND_STATES.move(row, Refund.State.REFUSED, who=row.module, why=why)
        alert(
            f"refund-refused:{row.pk}",
            words(
                gettext_noop(
                    "The refund of %(amount)s of %(payment)s was refused: %(why)s. No money has gone to the customer."
                ),
                amount=row.amount,
                payment=code(payment.reference),
                why=why,
            ),
        )
        wish(payment)


def call_off(*, refund_id: uuid.UUID, who: str) -> None:
    """Ask the provider to stop a refund that is under way; what becomes of it is read afresh. Never inside a transaction.

    Raises:
        SaidError: it is not under way, or cannot be stopped any more, or the provider does not answer.
    """
    if elsewhere():
        raise SaidError(NOT_HERE)
    refund = Refund.objects.select_related("payment").get(pk=refund_id)
    part = registry.refunds(refund.module)
    if refund.state != Refund.State.PENDING or not refund.reference or part is None:
        raise SaidError(NOT_STOPPED)
    try:
        account = modules.account(module=refund.module, account=refund.account, mode=refund.mode)  # type: ignore[arg-type]
        part.cancel_refund(account, refund.reference)
    except CallRefusedError as error:
        wish(refund.payment)
        raise SaidError(NOT_STOPPED, cause=error.code) from error
    except (OutcomeUnknownError, modules.AccountMissingError, UnsealError) as error:
        wish(refund.payment)
        raise SaidError(NO_ANSWER, cause=str(error)) from error
    with locks.transaction():
        audit.record(who=who, verb="refund.cancelled", on=thing(refund), after={"amount": refund.amount})
        wish(refund.payment)


def request_of(refund: Refund) -> RefundRequest:
    """What the provider is asked for; the same words at every repetition, as idempotency keys demand."""
    return RefundRequest(
        refund=str(refund.pk),
        key=str(refund.key),
        payment=refund.payment.reference,
        amount=refund.amount,
        reason=refund.reason,
    )


def wish(payment: Payment) -> None:
    """Wish for a look at a payment, where we know what to look at."""
    subject = subject_of(payment)
    if subject is not None:
        inbox.wish(subject)


def subject_of(payment: Payment) -> Subject | None:
    """What to look at for a payment; None where that is not known."""
    reference = payment.references.filter(reference=payment.reference).first()
    if reference is None:
        return None
    return Subject(payment.module, payment.account, payment.mode, reference.kind, reference.reference)  # type: ignore[arg-type]
