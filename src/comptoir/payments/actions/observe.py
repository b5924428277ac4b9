"""OBSERVE: what a read of the provider has shown becomes rows, in one transaction. The only way in for the provider's money."""

from __future__ import annotations

import datetime as dt
import uuid
from contextlib import suppress

import structlog
from django.utils.translation import gettext_noop

from comptoir.inbox import actions as inbox
from comptoir.inbox.actions import Claimed
from comptoir.invoices.models import Invoice
from comptoir.kernel import clock, locks
from comptoir.kernel.records import alert, installation
from comptoir.kernel.states import ODD
from comptoir.kernel.words import MODES, NOTHING, Words, code, label, said, verbatim, words
from comptoir.ledger import actions as ledger
from comptoir.ledger.models import Entry
from comptoir.ledger.queries import owed_on
from comptoir.modules import registry
from comptoir.modules.api import (
    Absent,
    Foreign as ForeignSeen,
    Observation,
    PaymentSeen,
    PaymentStatus,
    PayoutShown,
    Subject,
)
from comptoir.orders.models import Order
from comptoir.payments.actions import dispute_money, late, letters, limits, odd, payouts, placing, taken_back
from comptoir.payments.actions.foreign import of_others, store_foreign
from comptoir.payments.actions.settle import settle
from comptoir.payments.models import (
    ATTEMPT_READS,
    ATTEMPT_STATES,
    PAYMENT_READS,
    PAYMENT_STATES,
    Attempt,
    Payment,
    PaymentReference,
    page_word,
)

log = structlog.get_logger(__name__)
LOST = gettext_noop(
    "it names payment attempt %(attempt)s of this counter, which is not in its database; was a backup restored?"
)
LOST_BY = gettext_noop(
    "it names payment attempt %(attempt)s of this counter, which is not in its database; was a backup restored? Paid by: %(payer)s"
)
FEE_LOOK_SECONDS = 30
FEE_LOOK_LONGEST_SECONDS = 6 * 3600
BEFORE_MONEY = {Payment.State.OPEN, Payment.State.IN_PROGRESS, Payment.State.FAILED}


def observe(seen: Observation, *, read_at: dt.datetime, claimed: Claimed | None = None) -> None:
    """Store what was seen, all or nothing: payment, ledger, invoice, order, services, jobs; and the wish that asked for it.

    Steps: 1 find the attempt, lock order, invoice, attempt and payment in the written order; 2 drop what was read before the
    applied read; 3 what does not match ours is held; 4 ledger rows, those of refunds and disputes, too; 5 states; 6 `settle`;
    7 what follows from refunds and disputes; 8 notices and wish are done.
    `read_at` is the database's clock, taken before the read.
    """
    with locks.transaction():
        if isinstance(seen, PaymentSeen) and _is_ours(seen):
            if not _apply(seen, _attempt_of(seen), read_at=read_at):
                _look_again(claimed)
                return
            if claimed is None or inbox.finish(claimed, shows=seen.shows):
                _wish_for_fees(seen)
            return
        if isinstance(seen, PayoutShown):
            _payout(seen, read_at=read_at, claimed=claimed)
            return
        if claimed is not None and isinstance(seen, Absent) and inbox.may_come_yet(claimed):
            inbox.put_off(claimed, problem=words(gettext_noop("the provider knows no such object yet")))
            return
        note = _not_ours(seen, read_at=read_at)
        if claimed is not None:
            inbox.finish(claimed, shows=frozenset(), note=note)


def _is_ours(seen: PaymentSeen) -> bool:
    """Whether it names this installation: with an attempt of ours, or at least with a payment, whose attempt a restored backup forgot."""
    return seen.installation == installation() and (bool(seen.payment_id) or _attempt_of(seen) is not None)


def _attempt_of(seen: PaymentSeen) -> uuid.UUID | None:
    """The attempt that the metadata name; else that of the payment, where it is known here already."""
    with suppress(ValueError):
        named = uuid.UUID(seen.attempt)
        if Attempt.objects.filter(pk=named).exists():
            return named
    subject = seen.subject
    key = {"module": subject.module, "account": subject.account, "mode": subject.mode, "reference": seen.payment_id}
    return Payment.objects.filter(**key).values_list("attempt_id", flat=True).first()


def _look_again(claimed: Claimed | None) -> None:
    if claimed is not None:
        inbox.put_off(claimed, problem=words(gettext_noop("a later read was faster")))


def _payout(seen: PayoutShown, *, read_at: dt.datetime, claimed: Claimed | None) -> None:
    if not payouts.store(seen, read_at=read_at):
        _look_again(claimed)
    elif claimed is not None:
        inbox.finish(claimed, shows=seen.shows)


def _wish_for_fees(seen: PaymentSeen) -> None:
    """The provider books a charge some seconds after it, and the notice of that may be lost: look again, ever more rarely.

    Where the provider's books can be read, fees come from there, a hundred a call (`payments/fees.py`).
    """
    by_books = registry.books(seen.subject.module) is not None
    missing = [charge.created for charge in seen.charges if charge.settlement is None and not by_books]
    missing += [dispute.created for dispute in seen.disputes if dispute_money.is_awaited(dispute, now=clock.now())]
    if missing:
        age = (clock.now() - min(missing)).total_seconds()
        inbox.wish(seen.subject, delay_seconds=min(max(age, FEE_LOOK_SECONDS), FEE_LOOK_LONGEST_SECONDS))


def _not_ours(seen: PaymentSeen | ForeignSeen | Absent, *, read_at: dt.datetime) -> Words:
    if isinstance(seen, Absent):
        return _absent(seen.subject)
    stranger = seen if isinstance(seen, ForeignSeen) else of_others(seen)
    store_foreign(stranger, read_at=read_at)
    return words(gettext_noop("not ours: %(why)s"), why=said(stranger.why))


def _absent(subject: Subject) -> Words:
    known = PaymentReference.objects.filter(
        module=subject.module, account=subject.account, mode=subject.mode, reference=subject.id
    ).exists()
    if known:
        alert(
            f"absent:{subject.account}:{subject.id}",
            words(
                gettext_noop(
                    "%(reference)s is ours, and the provider says that it does not exist. "
                    "Nothing was changed here; check at the provider which account the key belongs to."
                ),
                reference=code(subject.id),
            ),
        )
    return words(gettext_noop("the provider knows no such object"))


def _apply(seen: PaymentSeen, attempt_id: uuid.UUID | None, *, read_at: dt.datetime) -> bool:
    """Apply one read to one attempt; False where a later read is applied already."""
    if attempt_id is None:
        return _apply_lost(seen, read_at=read_at)
    invoice_id, order_id = Attempt.objects.values_list("invoice_id", "invoice__order_id").get(pk=attempt_id)
    order = locks.take(Order, order_id) if order_id else None
    invoice = locks.take(Invoice, invoice_id)
    attempt = locks.take(Attempt, attempt_id)
    payment = None
    if seen.payment_id:
        payment = _payment(seen, attempt, read_at=read_at)
        if payment.read_at > read_at:
            return False
        _store_payment(payment, seen, read_at=read_at, problem=_mismatch(seen, attempt, payment, invoice))
        _store_money(seen, payment, invoice, order)
    tried = _remember(seen, attempt, payment)
    if _same_account(seen, attempt):  # another account's object says nothing of our attempt
        before = attempt.state
        _move_attempt(attempt, seen)
        _write(seen, invoice, attempt, before=before, cancelled=late.is_late(order))
    back = taken_back.book(seen, payment, invoice) if payment is not None else None
    settle(invoice=invoice, order=order, who=seen.subject.module)
    if payment is not None and back is not None:
        taken_back.follow(back, seen, payment, invoice)
    if tried and attempt.state != Attempt.State.SUCCEEDED:
        limits.note_failed(attempt, tries=tried)
    return True


def _apply_lost(seen: PaymentSeen, *, read_at: dt.datetime) -> bool:
    """A payment of ours whose attempt is not in this database, as after a restored backup: its money is held, allocated to nothing."""
    payment = _payment(seen, None, read_at=read_at)
    if payment.read_at > read_at:
        return False
    problem = words(LOST_BY if seen.payer else LOST, attempt=code(seen.attempt), payer=verbatim(seen.payer))
    _store_payment(payment, seen, read_at=read_at, problem=problem)
    _store_money(seen, payment, None, None)
    _remember(seen, None, payment)
    taken_back.follow(taken_back.book(seen, payment, None), seen, payment, None)
    return True


def _payment(seen: PaymentSeen, attempt: Attempt | None, *, read_at: dt.datetime) -> Payment:
    """The payment's row, made at the first sight of it, locked."""
    subject = seen.subject
    row, fresh = Payment.objects.get_or_create(  # the unique key decides once
        module=subject.module,
        account=subject.account,
        mode=subject.mode,
        reference=seen.payment_id,
        defaults={
            "attempt": attempt,
            "invoice_id": attempt.invoice_id if attempt is not None else None,
            "amount_minor": seen.amount.minor,
            "currency": seen.amount.currency,
            "created_at": seen.created or clock.now(),
            "read_at": read_at,
        },
    )
    if fresh:
        PAYMENT_STATES.born(row, who=subject.module)
    return locks.take(Payment, row.pk)


def _same_account(seen: PaymentSeen, attempt: Attempt) -> bool:
    subject = seen.subject
    return (subject.module, subject.account, subject.mode) == (attempt.module, attempt.account, attempt.mode)


def _mismatch(seen: PaymentSeen, attempt: Attempt, payment: Payment, invoice: Invoice) -> Words:
    """Why this payment cannot be taken for the attempt's; nothing where all agrees. For staff."""
    if not _same_account(seen, attempt):
        return words(
            gettext_noop("the account or the mode differs: it is %(account)s, %(mode)s"),
            account=code(seen.subject.account),
            mode=label(MODES[seen.subject.mode]),
        )
    if payment.attempt_id != attempt.pk:
        return words(
            gettext_noop("it named attempt %(before)s before, and now %(now)s"),
            before=code(str(payment.attempt_id)),
            now=code(str(attempt.pk)),
        )
    if attempt.revision != invoice.revision:
        return words(
            gettext_noop("it was begun before invoice %(number)s was changed: %(amount)s, and now %(now)s is owed"),
            number=code(invoice.number or ""),
            amount=attempt.amount,
            now=owed_on(invoice),
        )
    if any(charge.taken_back for charge in seen.charges) and payment.state in BEFORE_MONEY:
        return words(gettext_noop("refunded or disputed before it was seen"))
    return _other_amount(seen, attempt)


def _other_amount(seen: PaymentSeen, attempt: Attempt) -> Words:
    if seen.amount != attempt.amount:
        return words(
            gettext_noop("the amount differs: %(amount)s instead of %(expected)s"),
            amount=seen.amount,
            expected=attempt.amount,
        )
    charged = next((charge.amount for charge in seen.charges if charge.amount != attempt.amount), None)
    if charged is not None:
        return words(
            gettext_noop("the charged amount differs: %(amount)s instead of %(expected)s"),
            amount=charged,
            expected=attempt.amount,
        )
    return NOTHING


def _store_payment(payment: Payment, seen: PaymentSeen, *, read_at: dt.datetime, problem: Words) -> None:
    state = PAYMENT_READS.decide(old=payment.state, word=seen.status)
    if payment.held_because and payment.state == Payment.State.SUCCEEDED:
        problem = NOTHING  # somebody has decided what becomes of it: it is not held for the same reason again
    if state == Payment.State.SUCCEEDED and problem:
        state = Payment.State.HELD
    values: dict[str, object] = {"read_at": read_at, "failure": seen.failure[:120], "expected_on": seen.expected_on}
    if seen.risk:
        values["risk"] = seen.risk
    if seen.method is not None:
        values |= {"method": seen.method.label[:80], "method_type": seen.method.type[:40]}
    if problem and state == Payment.State.HELD:
        values["held_because"] = problem
        placing.alert_held(payment, problem)
    Payment.objects.filter(pk=payment.pk).update(**values)
    if state == ODD:
        odd.tell("payment", payment, now=Payment.State(seen.status.value))
    else:
        PAYMENT_STATES.move(payment, state, who=payment.module, why=code(seen.failure))


def _store_money(seen: PaymentSeen, payment: Payment, invoice: Invoice | None, order: Order | None) -> None:
    """Ledger rows for each charge; one that is held is allocated to nothing, nor is a second payment of a paid invoice."""
    subject = seen.subject
    for charge in seen.charges:
        entry = ledger.record(
            source=subject.module,
            account=subject.account,
            mode=subject.mode,
            kind=Entry.Kind.PAYMENT,
            reference=charge.id,
            payment=seen.payment_id,
            amount=charge.amount,
            occurred_at=charge.created,
        )
        held = payment.state == Payment.State.HELD or payment.held_because  # it pays nothing by itself
        if invoice is not None and not held:
            _allocate(entry, payment, invoice, order)
        booked = charge.settlement
        if booked is not None:
            ledger.settle_entry(entry, booked)


def _allocate(entry: Entry, payment: Payment, invoice: Invoice, order: Order | None) -> None:
    if placing.is_placed(entry):
        return
    if invoice.state in {Invoice.State.OPEN, Invoice.State.IN_PROGRESS}:
        (late if late.is_late(order) else placing).place(entry, invoice, who=payment.module)
        return
    state = label(Invoice.State(invoice.state).label)
    why = words(
        gettext_noop("invoice %(number)s is no longer open: %(state)s"), number=code(invoice.number or ""), state=state
    )
    Payment.objects.filter(pk=payment.pk).update(held_because=why)
    PAYMENT_STATES.move(payment, Payment.State.HELD, who=payment.module, why=why)
    placing.alert_held(payment, why)


def _remember(seen: PaymentSeen, attempt: Attempt | None, payment: Payment | None) -> int:
    """Keep every id by which it can be found; how many are new of charges that have failed: tries."""
    subject, tried = seen.subject, 0
    failed = seen.status in {PaymentStatus.FAILED, PaymentStatus.CANCELLED}
    for reference in seen.references:
        row, fresh = PaymentReference.objects.get_or_create(
            module=subject.module,
            account=subject.account,
            mode=subject.mode,
            reference=reference.id,
            defaults={"kind": reference.kind, "attempt": attempt, "payment": payment},
        )
        if payment is not None and row.payment_id is None:
            PaymentReference.objects.filter(pk=row.pk).update(payment=payment)
        tried += fresh and failed and reference.kind == "charge"
    return tried


def _move_attempt(attempt: Attempt, seen: PaymentSeen) -> None:
    """What the payment says of the attempt, by `ATTEMPT_READS`."""
    who = seen.subject.module
    if attempt.failure != code(seen.failure):
        Attempt.objects.filter(pk=attempt.pk).update(failure=code(seen.failure))
    state = ATTEMPT_READS.decide(old=attempt.state, word=page_word(seen.status, ended=seen.ended))
    why = _end_of(seen) if state == Attempt.State.ENDED else NOTHING
    ATTEMPT_STATES.move(attempt, state, who=who, why=why)


def _write(seen: PaymentSeen, invoice: Invoice, attempt: Attempt, *, before: str, cancelled: bool) -> None:
    """A debit that takes days is told when it begins and when it fails; that it has succeeded is told with the invoice."""
    now = attempt.state
    if now == before or invoice.state not in {Invoice.State.OPEN, Invoice.State.IN_PROGRESS}:
        return
    if now == Attempt.State.IN_PROGRESS:
        letters.in_progress(invoice, attempt, expected_on=seen.expected_on)
    elif before == Attempt.State.IN_PROGRESS and now != Attempt.State.SUCCEEDED:
        letters.failed(invoice, attempt, failure=seen.failure, cancelled=cancelled)


def _end_of(seen: PaymentSeen) -> Words:
    """Why nothing more can be paid: the provider's code, or the state itself."""
    return code(seen.failure) if seen.failure else label(Payment.State(seen.status.value).label)
