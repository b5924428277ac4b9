"""OBSERVE, disputes and warnings of fraud: one row each, by the provider's id; money, services and people follow."""

from __future__ import annotations

import uuid

from comptoir.invoices.models import Invoice
from comptoir.kernel import audit, clock
from comptoir.kernel.records import close_alerts
from comptoir.kernel.states import ODD
from comptoir.modules.api import DisputeSeen, PaymentSeen, WarningSeen
from comptoir.payments.actions import dispute_money, dispute_words, odd
from comptoir.payments.models import DISPUTE_READS, DISPUTE_STATES, OPEN_DISPUTES, Dispute, FraudWarning, Payment

TOLD = ("inquiry", "reason", "appeal", "refundable", "answerable", "due_by", "charge")  # kept as the provider says them


def mirrored(seen: PaymentSeen, payment: Payment, invoice: Invoice | None) -> list[Dispute]:
    """Make and move the rows of all disputes and warnings that a read shows, with their money; those that have come to another stage.

    Within the transaction of `observe`: the payment's lock, which it holds, guards their rows. What becomes of the services follows.
    """
    news = [row for each in seen.disputes if (row := follow(each, payment, invoice)) is not None]
    for warning in seen.warnings:
        _warned(warning, payment)
    if payment.disputes.exists() or payment.state == Payment.State.REFUNDED:
        _calm(payment)
    return news


def follow(seen: DisputeSeen, payment: Payment, invoice: Invoice | None) -> Dispute | None:
    """One dispute as the provider shows it now: 1 its row; 2 its state; 3 its money; 4 people are told. None where it stands as before."""
    row, fresh = _row(seen, payment)
    before = "" if fresh else row.state
    stage = not fresh and _next_stage(row, seen)
    _keep(row, seen, stage=stage)
    moved = _move(row, seen)
    dispute_money.book(seen, row, payment)
    lost = row.lost_minor
    dispute_money.judge(row, payment, invoice)
    news = fresh or moved or stage
    dispute_words.tell(row, payment, before=before, news=news or row.lost_minor != lost)
    return row if news else None


def _row(seen: DisputeSeen, payment: Payment) -> tuple[Dispute, bool]:
    row, fresh = Dispute.objects.get_or_create(  # the unique key decides once
        module=payment.module,
        account=payment.account,
        mode=payment.mode,
        reference=seen.id,
        defaults={
            "payment": payment,
            "state": seen.status.value,
            "amount_minor": seen.amount.minor,
            "currency": seen.amount.currency,
            "created_at": seen.created,
            **{name: getattr(seen, name) for name in TOLD},
        },
    )
    if fresh:
        DISPUTE_STATES.born(row, who=payment.module)
    return row, fresh


def _next_stage(row: Dispute, seen: DisputeSeen) -> bool:
    """Whether the bank asks anew: an inquiry became a chargeback, a decision is appealed, or one that was over goes on."""
    escalated = row.inquiry and not seen.inquiry  # be it over by now: what was sent to the inquiry was not sent to this
    appealed = seen.appeal and not row.appeal
    reopened = row.state not in OPEN_DISPUTES and seen.status.value in OPEN_DISPUTES
    return escalated or appealed or reopened


def _keep(row: Dispute, seen: DisputeSeen, *, stage: bool) -> None:
    """What the provider says of it, and how far our answer has come; each stage is answered by itself."""
    now: dict[str, object] = {name: getattr(seen, name) for name in TOLD}
    now |= {"amount_minor": seen.amount.minor, "currency": seen.amount.currency}
    if stage:
        now |= {"evidence_key": uuid.uuid4(), "staged_at": None, "sent_at": None, "sent_by": "", "calling_until": None}
    if seen.staged and (stage or row.staged_at is None):
        now["staged_at"] = clock.now()
    if seen.sent and (stage or row.sent_at is None):
        now |= {"sent_at": clock.now(), "calling_until": None}
        if row.sent_by and not stage:  # one of us; else it was sent at the provider's
            audit.record(who=row.sent_by, verb="dispute.sent", on=row, after={"amount": seen.amount})
    if now.get("due_by") != row.due_by:
        close_alerts(dispute_words.late(row))
    changed = {name: value for name, value in now.items() if getattr(row, name) != value}
    if changed:
        Dispute.objects.filter(pk=row.pk).update(**changed)
        for name, value in changed.items():
            setattr(row, name, value)


def _move(row: Dispute, seen: DisputeSeen) -> bool:
    """The later read is believed; what cannot be is told to people instead of stopping the look for ever."""
    state = DISPUTE_READS.decide(old=row.state, word=seen.status)
    if state != ODD:
        return DISPUTE_STATES.move(row, state, who=row.module)
    odd.tell("dispute", row, now=Dispute.State(seen.status.value))
    return False


def _warned(seen: WarningSeen, payment: Payment) -> None:
    row, fresh = FraudWarning.objects.get_or_create(  # the unique key decides once
        module=payment.module,
        account=payment.account,
        mode=payment.mode,
        reference=seen.id,
        defaults={"payment": payment, "kind": seen.kind, "actionable": seen.actionable, "created_at": seen.created},
    )
    if fresh and row.actionable:
        dispute_words.tell_warning(row)
    if row.actionable and not seen.actionable:
        _close(row)


def _calm(payment: Payment) -> None:
    """A payment that was disputed or given back: no refund avoids anything any more, whatever the provider has said of it yet."""
    for row in payment.fraud_warnings.filter(actionable=True):
        _close(row)


def _close(row: FraudWarning) -> None:
    FraudWarning.objects.filter(pk=row.pk).update(actionable=False)
    close_alerts(dispute_words.of_warning(row))
