"""OBSERVE, refunds: each that a read has shown is one row here, by the provider's id, whoever made it and where."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.utils.translation import gettext_noop

from comptoir.kernel.records import alert
from comptoir.kernel.states import ODD
from comptoir.kernel.words import NOTHING, Words, code, words
from comptoir.modules.api import PaymentSeen, RefundSeen, RefundStatus
from comptoir.payments.actions import odd
from comptoir.payments.models import LEAVING, REFUND_READS, REFUND_STATES, Payment, Refund, ServicePolicy
from comptoir.services.models import Service
from comptoir.services.steering import REFUNDED, apply_policy

STATES = {
    RefundStatus.PENDING: Refund.State.PENDING,
    RefundStatus.SUCCEEDED: Refund.State.SUCCEEDED,
    RefundStatus.FAILED: Refund.State.FAILED,
    RefundStatus.CANCELLED: Refund.State.CANCELLED,
}


def mirrored(seen: PaymentSeen, payment: Payment) -> list[Refund]:
    """Make and move the rows of all refunds that a read shows; those whose money has gone since the read before.

    Within the transaction of `observe`: the payment's lock, which it holds, guards the rows of its refunds.
    """
    gone: list[Refund] = []
    for refund in seen.refunds:
        row, moved = _follow(refund, payment)
        if moved and refund.status is RefundStatus.SUCCEEDED:
            gone.append(row)
    return gone


def _follow(seen: RefundSeen, payment: Payment) -> tuple[Refund, bool]:
    """The row of a refund, made at the first sight of it, moved to what the provider says; and whether it has moved."""
    why = _why(seen)
    row = _ours(seen, payment)
    if row is None:
        row = Refund.objects.create(
            payment=payment,
            module=payment.module,
            account=payment.account,
            mode=payment.mode,
            reference=seen.id,
            state=STATES[seen.status],
            amount_minor=seen.amount.minor,
            currency=seen.amount.currency,
            made_here=False,
            failure=why,
            stoppable=seen.stoppable,
            created_at=seen.created,
        )
        REFUND_STATES.born(row, who=payment.module)
        return row, True
    if (row.reference, row.failure, row.stoppable, row.calling_until) != (seen.id, why, seen.stoppable, None):
        row.reference, row.failure, row.stoppable, row.calling_until = seen.id, why, seen.stoppable, None
        Refund.objects.filter(pk=row.pk).update(
            reference=seen.id, failure=why, stoppable=seen.stoppable, calling_until=None
        )
    return row, _move(row, seen)


def _ours(seen: RefundSeen, payment: Payment) -> Refund | None:
    """The row that has this id; else the one that we asked for under the name in its metadata, while that has no id yet."""
    rows = Refund.objects.filter(payment=payment)
    row = rows.filter(reference=seen.id).first()
    if row is not None or not seen.refund:
        return row
    try:
        name = uuid.UUID(seen.refund)
    except ValueError:
        return None
    return rows.filter(pk=name, reference="", amount_minor=seen.amount.minor, currency=seen.amount.currency).first()


def _move(row: Refund, seen: RefundSeen) -> bool:
    """The later read is believed; what cannot be is told to people instead of stopping the look for ever."""
    state = REFUND_READS.decide(old=row.state, word=seen.status)
    if state == ODD:
        odd.tell("refund", row, now=STATES[seen.status], reference=seen.id)
        return False
    moved = REFUND_STATES.move(row, state, who=row.module, why=_why(seen))
    if moved and row.put_aside_by and state in LEAVING:
        _tell_twice(row)
    return moved


def _tell_twice(row: Refund) -> None:
    """It leaves after all, and somebody has said that the customer has the money in another way."""
    alert(
        f"refund-twice:{row.pk}",
        words(
            gettext_noop(
                "The refund of %(amount)s of %(payment)s had been refused and leaves after all, and the customer has the money in another "
                "way already. Ask them for it, or let them keep it; then close this alert."
            ),
            amount=row.amount,
            payment=code(row.payment.reference),
        ),
        again=False,
    )


def _why(seen: RefundSeen) -> Words:
    """Why it has failed or what it waits for: in words, else the provider's code."""
    return seen.because or (code(seen.why) if seen.why else NOTHING)


def carry_policies(gone: Iterable[Refund], services: list[Service]) -> None:
    """What was decided about the services when a refund was asked for, now that its money has gone.

    Within the transaction of `observe`, for a payment that has paid these services; it holds their locks.
    """
    for row in gone:
        why = words(REFUNDED, refund=code(row.reference))
        who = row.requested_by[:80] or row.module
        if row.policy != ServicePolicy.KEEP:
            apply_policy(services=services, policy=row.policy, why=why, who=who)
