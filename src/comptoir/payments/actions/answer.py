"""ANSWER a dispute: evidence is laid with the provider, sent to the bank once and for good by a person, or the dispute is given up.

Sending and giving up are claimed by a conditional write before the call: of two clicks one calls. The call has a stored key, so that
one whose answer was lost is repeated without a second effect, after a look at what has become of it. Never inside a transaction.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import structlog
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from comptoir.inbox import actions as inbox
from comptoir.kernel import audit, locks
from comptoir.kernel.errors import SaidError
from comptoir.kernel.secrets import UnsealError
from comptoir.kernel.whereabouts import elsewhere
from comptoir.modules import queries as modules, registry
from comptoir.modules.api import (
    EVIDENCE_FIELDS,
    EVIDENCE_LONGEST,
    Account,
    CallRefusedError,
    Disputes,
    DisputeSeen,
    Evidence,
    OutcomeUnknownError,
)
from comptoir.payments import evidence
from comptoir.payments.actions.answered import apply, look
from comptoir.payments.actions.closing import database_now
from comptoir.payments.models import OPEN_DISPUTES, Dispute, Payment
from comptoir.payments.queries import dispute_subject

log = structlog.get_logger(__name__)
CALL_SECONDS = 120  # longer than the slowest call: a look, a read and the call itself, each tried twice, 25 s a try
NOT_HERE = _("This is a copy of your counter: nothing is sent from here. Nothing was changed.")
NOT_OPEN = _("This dispute cannot be answered (any more). Nothing was changed.")
SENT = _("This was sent to the bank already, and it is sent only once. Nothing was changed.")
BEING_SENT = _("Somebody is answering this dispute right now. Nothing was changed; you see in a moment how it stands.")
NO_MODULE = _(
    "The module that this payment came by cannot answer disputes here. Nothing was changed; answer at the provider."
)
NO_ANSWER = _("The payment service does not answer at the moment. Nothing was sent to the bank; please try again.")
UNKNOWN = _(
    "The payment service did not answer, so nobody knows yet whether this has reached the bank. It is being read afresh; "
    "press again in a moment: nothing is sent twice."
)
REFUSED = _(
    "The payment service has refused this. Nothing was sent to the bank; how the dispute stands is read afresh."
)


@dataclass(frozen=True, slots=True)
class Desk:
    """A dispute with what it takes to answer it."""

    row: Dispute
    part: Disputes
    account: Account

    def evidence(self) -> Evidence:
        """The texts as they stand, under the stored key."""
        texts = evidence.texts(self.row)
        return Evidence(
            dispute=dispute_subject(self.row),
            key=str(self.row.evidence_key),
            texts=texts,
            emptied=frozenset(name for name in self.row.laid if not texts.get(name)),
        )


def keep(*, dispute_id: int, texts: Mapping[str, str]) -> None:
    """Store what a person has written. Raises SaidError: it was sent, or cannot be answered (any more)."""
    with locks.transaction():
        row = _locked(dispute_id)
        _refuse(row)
        kept = {name: texts.get(name, "").replace("\r\n", "\n")[:EVIDENCE_LONGEST] for name in EVIDENCE_FIELDS}
        Dispute.objects.filter(pk=row.pk).update(evidence=kept)


def stage(*, dispute_id: int, who: str) -> None:
    """Lay the texts with the provider, without sending them on; as often as one likes.

    Raises:
        SaidError: it was sent, cannot be answered, is refused, or the provider does not answer.
    """
    desk = _desk(dispute_id)
    _refuse(desk.row)
    told = desk.evidence()
    laid = sorted({*desk.row.laid, *(name for name, text in told.texts.items() if text)})
    Dispute.objects.filter(pk=dispute_id).update(laid=laid)  # before the call: its answer may be lost
    asked_at = database_now()
    try:
        seen = desk.part.stage_evidence(desk.account, told)
    except (CallRefusedError, OutcomeUnknownError) as error:
        inbox.wish(dispute_subject(desk.row))
        sentence = REFUSED if isinstance(error, CallRefusedError) else NO_ANSWER
        raise SaidError(sentence, cause=str(error)) from error
    apply(desk.row, seen, asked_at=asked_at)
    _note(desk.row, "dispute.staged", who=who)


def send(*, dispute_id: int, who: str) -> None:
    """Send the texts to the bank: once, for good. A call whose answer was lost before is looked for first.

    Raises:
        SaidError: it was sent, somebody sends it now, it is refused, or nobody knows yet what became of it.
    """
    desk, called_before = _claim(dispute_id, who=who)
    if not (called_before and _is_sent(_look(desk))):
        _call(desk, lambda: desk.part.send_evidence(desk.account, desk.evidence()), done=_is_sent)


def give_up(*, dispute_id: int, who: str) -> None:
    """Accept a dispute: it is lost at once, for good. Raises SaidError, as `send`."""
    desk, called_before = _claim(dispute_id, who="")
    if not (called_before and _is_over(_look(desk))):
        _call(desk, lambda: desk.part.accept_dispute(desk.account, dispute_subject(desk.row)), done=_is_over)
    _note(desk.row, "dispute.accepted", who=who)


def _desk(dispute_id: int) -> Desk:
    """Raises SaidError where nothing can be answered from here."""
    if elsewhere():
        raise SaidError(NOT_HERE)
    row = Dispute.objects.select_related("payment__invoice__customer__user").get(pk=dispute_id)
    part = registry.disputes(row.module)
    if part is None:
        raise SaidError(NO_MODULE)
    try:
        account = modules.account(module=row.module, account=row.account, mode=row.mode)  # type: ignore[arg-type]
    except (modules.AccountMissingError, UnsealError) as error:
        raise SaidError(NO_MODULE, cause=error.words.english) from error
    return Desk(row, part, account)


def _locked(dispute_id: int) -> Dispute:
    """A dispute under its payment's lock and its own. Within the caller's transaction."""
    locks.take(Payment, Dispute.objects.values_list("payment_id", flat=True).get(pk=dispute_id))
    return locks.take(Dispute, dispute_id)


def _refuse(row: Dispute) -> None:
    """Raise SaidError where a dispute is not to be answered now."""
    if row.sent_at is not None:
        raise SaidError(SENT)
    if row.state not in OPEN_DISPUTES or not row.answerable:
        raise SaidError(NOT_OPEN)
    if row.calling_until is not None and row.calling_until > timezone.now():
        raise SaidError(BEING_SENT)


def _claim(dispute_id: int, *, who: str) -> tuple[Desk, bool]:
    """Take the right to call, for a while; and whether somebody had it before, whose answer nobody knows.

    The texts are kept as they are called with: a repetition under the same key must say the same.
    """
    desk = _desk(dispute_id)
    with locks.transaction():
        row = _locked(dispute_id)
        _refuse(row)
        called_before = row.calling_until is not None
        row.calling_until = timezone.now() + dt.timedelta(seconds=CALL_SECONDS)
        row.sent_by, row.evidence = who[:150], evidence.texts(row)
        row.save(update_fields=["calling_until", "sent_by", "evidence"])
    return replace(desk, row=row), called_before


def _call(desk: Desk, call: Callable[[], DisputeSeen], *, done: Callable[[Dispute], bool]) -> None:
    """Call, and keep what came of it. Raises SaidError where it has not come to be, as far as anybody knows."""
    asked_at = database_now()
    try:
        apply(desk.row, call(), asked_at=asked_at)
    except CallRefusedError as error:
        if not done(_look(desk)):  # somebody may have answered at the provider's
            _release(desk.row)
            raise SaidError(REFUSED, cause=error.code) from error
    except OutcomeUnknownError as error:
        if not done(_look(desk)):
            _put_off(desk.row, new_key=error.replayed)
            raise SaidError(UNKNOWN, cause=str(error)) from error


def _look(desk: Desk) -> Dispute:
    """The dispute as it stands at the provider now. Raises SaidError: no answer, and nobody knows."""
    try:
        return look(desk.row, desk.account)
    except OutcomeUnknownError as error:
        _put_off(desk.row, new_key=False)
        raise SaidError(UNKNOWN, cause=str(error)) from error


def _release(row: Dispute) -> None:
    """The call had no effect, for good: it may be made anew, under another key."""
    Dispute.objects.filter(pk=row.pk, sent_at=None).update(calling_until=None, sent_by="", evidence_key=uuid.uuid4())


def _put_off(row: Dispute, *, new_key: bool) -> None:
    """Free to be called again; that it was called stays known, so that the next one looks first.

    `new_key`: the old one is spent, and a look has shown that the call under it has come to nothing.
    """
    log.warning("answer to a dispute not known", dispute=row.reference)
    key = uuid.uuid4() if new_key else row.evidence_key
    Dispute.objects.filter(pk=row.pk, sent_at=None).update(calling_until=timezone.now(), evidence_key=key)
    inbox.wish(dispute_subject(row))


def _is_sent(row: Dispute) -> bool:
    return row.sent_at is not None


def _is_over(row: Dispute) -> bool:
    return row.state not in OPEN_DISPUTES


def _note(row: Dispute, verb: str, *, who: str) -> None:
    audit.record(who=who, verb=verb, on=row, after={"amount": row.amount})
