"""REFUND: somebody of the team gives money of a payment back; stored with its random key before the provider is called.

Who asks holds the payment's lock: never more than was paid can be asked for, whoever asks at the same time. The call is a job
(`refund_call`); what it has done is read afresh and mirrored like every refund (`refund_rows`), whoever made it and where.
"""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _, gettext_noop

from comptoir.customers.models import User
from comptoir.jobs.queue import enqueue
from comptoir.kernel import audit, clock, locks
from comptoir.kernel.errors import SaidError
from comptoir.kernel.money import Money
from comptoir.kernel.records import alert, close_alerts
from comptoir.kernel.whereabouts import elsewhere
from comptoir.kernel.words import code, words
from comptoir.payments import refundable
from comptoir.payments.actions import placing, taken_back
from comptoir.payments.models import LEAVING, OWED, PAYMENT_STATES, REFUND_STATES, Payment, Refund, ServicePolicy

TOO_LITTLE = _("An amount to give back is greater than zero and in the payment’s currency. Nothing was changed.")
TOO_MUCH = _("Of this payment no more than %(left)s can be given back (any more). Nothing was changed.")
NOT_WAITING = _("This refund is not waiting for a second person (any more). Nothing was changed.")
SAME_PERSON = _("You asked for this refund yourself: another person has to approve it. Nothing was changed.")
SENT_BEFORE = _(
    "This form has asked for a refund once already, with other values. Nothing was asked for a second time; "
    "open the page anew to give more back."
)
NOT_OWED = _(
    "This refund is not owed (any more): it was given in another way, or another refund stands in its place. Nothing was changed."
)
NOT_HERE = _("This is a copy of your counter: no money is moved from here. Nothing was changed.")


def request(
    *,
    refund_id: uuid.UUID,
    payment_id: int,
    amount: Money,
    reason: str,
    note: str,
    policy: str,
    who: str,
    again_of: uuid.UUID | None = None,
) -> Refund:
    """Ask for money of a payment to be given back: at once, or once a second person has approved it (`Rules.approval_above_minor`).

    `refund_id` is drawn by the page: a form that is sent twice asks once, and with other values it is refused. `policy`: what becomes
    of the services that this payment has paid once the money has gone; `keep` where it has paid none. `again_of`: the refund that
    failed, in whose place this one is.

    Raises:
        SaidError: no money can be given back, or not so much, or nothing is owed; the sentence says why. Nothing is stored then.
    """
    if elsewhere():
        raise SaidError(NOT_HERE)
    with locks.transaction():
        payment = locks.take(Payment, payment_id)
        policy = policy if refundable.paid_by(payment) else ServicePolicy.KEEP
        if (there := _sent_before(refund_id, payment, amount, policy)) is not None:
            return there
        _refuse(payment, amount)
        refund = Refund.objects.create(
            id=refund_id,
            payment=payment,
            **{name: getattr(payment, name) for name in ("module", "account", "mode")},
            state=Refund.State.WAITING if refundable.needs_second(payment, amount) else Refund.State.CREATED,
            amount_minor=amount.minor,
            currency=amount.currency,
            reason=reason,
            note=note[:500],
            policy=policy,
            requested_by=who[:150],
            asked_by=_person(who),
            again_of=_failed_before(payment, again_of, amount),
            created_at=clock.now(),
        )
        _asked_for(refund, who=who)
    return refund


def _sent_before(refund_id: uuid.UUID, payment: Payment, amount: Money, policy: str) -> Refund | None:
    """What the same form has asked for. Raises SaidError where it said something else then."""
    there = Refund.objects.filter(pk=refund_id).first()
    if there is not None and (there.payment_id, there.amount, there.policy) != (payment.pk, amount, policy):
        raise SaidError(SENT_BEFORE)
    return there


def _asked_for(refund: Refund, *, who: str) -> None:
    """It is on record; somebody else is asked to approve it, or it is carried out."""
    REFUND_STATES.born(refund, who=who)
    after = {"amount": refund.amount, "reason": refund.reason, "note": refund.note, "policy": refund.policy}
    audit.record(who=who, verb="refund.requested", on=thing(refund), after=after)
    if refund.state == Refund.State.WAITING:
        _tell_waiting(refund)
    else:
        enqueue_call(refund)


def approve(*, refund_id: uuid.UUID, who: str) -> None:
    """A second person agrees to a refund that waits for one: it is carried out.

    Raises:
        SaidError: it does not wait (any more), the same person asked for it, or it cannot be given back any more.
    """
    if elsewhere():
        raise SaidError(NOT_HERE)
    with locks.transaction():
        refund = _waiting(refund_id)
        person = _person(who)
        if refund.requested_by == who[:150] or (person is not None and refund.asked_by_id == person.pk):
            raise SaidError(SAME_PERSON)
        why = refundable.refusal(refund.payment)
        if why is not None:
            raise SaidError(why)
        Refund.objects.filter(pk=refund.pk).update(approved_by=who[:150])
        REFUND_STATES.move(refund, Refund.State.CREATED, who=who)
        audit.record(who=who, verb="refund.approved", on=thing(refund), after={"amount": refund.amount})
        close_alerts(_waits(refund))
        enqueue_call(refund)


def _person(who: str) -> User | None:
    """Whose name in the histories this is now: people may change their address, by which they are named there."""
    return User.objects.filter(email=who.removeprefix("staff:")).first()


def refuse(*, refund_id: uuid.UUID, who: str) -> None:
    """A refund that waits for a second person is not made: whoever may approve it says no, or its own asker thinks better of it.

    Raises:
        SaidError: it does not wait (any more).
    """
    with locks.transaction():
        refund = _waiting(refund_id)
        REFUND_STATES.move(refund, Refund.State.CANCELLED, who=who)
        audit.record(who=who, verb="refund.cancelled", on=thing(refund), after={"amount": refund.amount})
        close_alerts(_waits(refund))


def put_aside(*, refund_id: uuid.UUID, who: str) -> None:
    """Somebody says that a customer who was owed money again has it in another way: that much less of the payment can be given back.

    A held payment of which nothing is left to decide then is held no longer.

    Raises:
        SaidError: it is not owed (any more).
    """
    with locks.transaction():
        payment = locks.take(Payment, Refund.objects.values_list("payment_id", flat=True).get(pk=refund_id))
        refund = owed().filter(pk=refund_id).select_related("payment").first()
        if refund is None:
            raise SaidError(NOT_OWED)
        Refund.objects.filter(pk=refund_id).update(put_aside_by=who[:150], put_aside_at=clock.now())
        audit.record(who=who, verb="refund.put_aside", on=thing(refund), after={"amount": refund.amount})
        close_alerts(*_told(refund))
        if payment.state == Payment.State.HELD and not placing.to_decide(payment):
            PAYMENT_STATES.move(payment, taken_back.by_books(payment), who=who)
            close_alerts(f"held:{payment.pk}")


def owed() -> models.QuerySet[Refund]:
    """The refunds whose customer does not have the money, and in whose place no other one stands, the oldest first."""
    rows = Refund.objects.filter(state__in=OWED, put_aside_by="").exclude(replaced())
    return rows.order_by("created_at", "pk")


def replaced() -> models.Exists:
    """Whether another refund stands in the place of one that failed: of a failed one too it is that one that is owed."""
    return models.Exists(Refund.objects.filter(again_of=models.OuterRef("pk"), state__in=(*LEAVING, *OWED)))


def _failed_before(payment: Payment, again_of: uuid.UUID | None, amount: Money) -> Refund | None:
    """The refund that this one takes the place of, also where nobody has named it; what was alerted of it is seen to.

    Raises SaidError where the one that is named is not owed (any more).
    """
    rows = owed().filter(payment=payment)
    if again_of is not None:
        failed = rows.filter(pk=again_of).first()
        if failed is None:
            raise SaidError(NOT_OWED)
    else:  # what is left afterwards would not reach to pay it once more
        rest = refundable.left(payment).minor - amount.minor
        failed = rows.filter(amount_minor__gt=rest).first() if rest >= 0 else None
    if failed is not None:
        close_alerts(*_told(failed))
    return failed


def _told(refund: Refund) -> tuple[str, str]:
    """The alerts that tell of its failure: of a refusal, and of money that came back."""
    return f"refund-refused:{refund.pk}", f"refund-failed:{refund.module}:{refund.reference}"


def enqueue_call(refund: Refund) -> None:
    """Have a refund carried out by the worker once this transaction commits."""
    enqueue("payments.refund", key=f"refund:{refund.pk}", args={"refund_id": str(refund.pk)})


def thing(refund: Refund) -> audit.Thing:
    """A refund as the audit trail names it: by its payment, which people know."""
    return audit.Thing("payments.refund", str(refund.pk), refund.payment.reference)


def _refuse(payment: Payment, amount: Money) -> None:
    """Raise SaidError where this amount of a payment cannot be given back. The payment's lock is held."""
    why = refundable.refusal(payment)
    if why is not None:
        raise SaidError(why)
    if amount.minor <= 0 or amount.currency != payment.currency:
        raise SaidError(TOO_LITTLE)
    left = refundable.left(payment)
    if amount.minor > left.minor:
        raise SaidError(TOO_MUCH % {"left": left})


def _waiting(refund_id: uuid.UUID) -> Refund:
    """A refund that waits for a second person, its payment's lock held. Raises SaidError."""
    payment_id = Refund.objects.values_list("payment_id", flat=True).get(pk=refund_id)
    locks.take(Payment, payment_id)
    refund = locks.take(Refund, refund_id)
    if refund.state != Refund.State.WAITING:
        raise SaidError(NOT_WAITING)
    return refund


def _waits(refund: Refund) -> str:
    return f"refund-waits:{refund.pk}"


def _tell_waiting(refund: Refund) -> None:
    alert(
        _waits(refund),
        words(
            gettext_noop("A refund of %(amount)s of %(payment)s waits for a second person."),
            amount=refund.amount,
            payment=code(refund.payment.reference),
        ),
    )
