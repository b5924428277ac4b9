"""Payments that others made through the same account: kept to be shown, with no effect and in no figure of ours."""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.utils.translation import gettext_noop

from comptoir.kernel import clock
from comptoir.kernel.words import said, words
from comptoir.modules.api import Foreign as ForeignSeen, ForeignPayment, PaymentSeen, Subject
from comptoir.payments.models import Foreign


def store_foreign(seen: ForeignSeen, *, read_at: dt.datetime) -> None:
    """Keep what a read has shown of an object that is not ours, unless a later read is kept already.

    Where the object leads to a payment (a session to its intent), that payment has a row of its own. `read_at` is the database's
    clock, taken before the read.
    """
    subject, payment = seen.subject, seen.payment
    if payment is None or payment.id == subject.id:
        _store(subject, seen, payment, read_at=read_at)
        return
    _store(subject, seen, None, read_at=read_at)
    named = Subject(subject.module, subject.account, subject.mode, "payment", payment.id)
    _store(named, seen, payment, read_at=read_at)


def of_others(seen: PaymentSeen) -> ForeignSeen:
    """A payment that names another installation (or an attempt that is not in our database) as what it is here: not ours."""
    why = words(gettext_noop("made by another installation, or by hand"))
    if not seen.payment_id:
        return ForeignSeen(seen.subject, why=why)
    booked = next((charge.settlement for charge in seen.charges if charge.settlement is not None), None)
    payment = ForeignPayment(
        id=seen.payment_id,
        status=seen.status,
        amount=seen.amount,
        created=seen.created or clock.now(),
        method=seen.method,
        settlement=booked,
    )
    return ForeignSeen(seen.subject, why=why, payment=payment)


def _store(subject: Subject, seen: ForeignSeen, payment: ForeignPayment | None, *, read_at: dt.datetime) -> None:
    values = {"kind": subject.kind, "why": said(seen.why), "read_at": read_at, **_facts(payment)}
    key = {"module": subject.module, "account": subject.account, "mode": subject.mode, "reference": subject.id}
    Foreign.objects.bulk_create(
        [Foreign(**key, **values, seen_at=clock.now())],
        ignore_conflicts=True,  # ON CONFLICT DO NOTHING: the unique key decides once
    )
    older = models.Q(read_at=None) | models.Q(read_at__lt=read_at)
    Foreign.objects.filter(older, **key).update(**values)


def _facts(payment: ForeignPayment | None) -> dict[str, object]:
    """A read that does not tell of the payment (of a session before there is one) takes nothing away from what is known."""
    if payment is None:
        return {}
    facts: dict[str, object] = {
        "state": payment.status.value,
        "amount_minor": payment.amount.minor,
        "currency": payment.amount.currency,
        "payer": payment.payer[:255],
        "created_at": payment.created,
    }
    if payment.method is not None:
        facts |= {"method": payment.method.label[:80], "method_type": payment.method.type[:40]}
    booked = payment.settlement
    if booked is not None:
        facts |= {
            "settlement": booked.id,
            "fee_minor": booked.fee.minor,
            "net_minor": booked.net.minor,
            "settlement_currency": booked.net.currency,
        }
    return facts
