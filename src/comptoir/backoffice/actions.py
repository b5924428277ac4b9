"""What staff do that no other room does for itself."""

from __future__ import annotations

from dataclasses import replace

from django.db import transaction
from django.utils import timezone

from comptoir.inbox import actions as inbox
from comptoir.kernel import audit
from comptoir.kernel.models import Alert
from comptoir.modules.api import Mode, Subject
from comptoir.payments.models import Dispute, Foreign, Payment
from comptoir.payments.queries import dispute_subject


def close_alert(alert_id: int, *, who: str) -> bool:
    """Close an alert; False where it was closed before."""
    with transaction.atomic():
        closed = Alert.objects.filter(pk=alert_id, closed_at=None).update(closed_at=timezone.now())
        if closed:
            key = Alert.objects.values_list("key", flat=True).get(pk=alert_id)
            audit.record(who=who, verb="alert.closed", on=audit.Thing("kernel.alert", str(alert_id), key))
    return bool(closed)


def look_now(payment: Payment, *, who: str) -> bool:
    """Wish for a look at a payment, with the keys of its own account and mode; False where we do not know what to look at."""
    reference = payment.references.filter(reference=payment.reference).first()
    if reference is None:
        return False
    mode: Mode = "live" if payment.mode == "live" else "test"
    _look(payment, Subject(payment.module, payment.account, mode, reference.kind, reference.reference), who=who)
    return True


def look_at_foreign(foreign: Foreign, *, who: str) -> None:
    """Wish for a look at an object of others: what there is to say of it may have changed, or it may turn out to be ours."""
    mode: Mode = "live" if foreign.mode == "live" else "test"
    _look(foreign, Subject(foreign.module, foreign.account, mode, foreign.kind, foreign.reference), who=who)


def look_at_dispute(dispute: Dispute, *, who: str) -> None:
    """Wish for a look at a dispute, and so at its payment."""
    _look(dispute, dispute_subject(dispute), who=who)


def _look(row: Payment | Foreign | Dispute, subject: Subject, *, who: str) -> None:
    with transaction.atomic():
        inbox.wish(subject)
        audit.record(who=who, verb="payment.looked", on=replace(audit.Thing.of(row), name=row.reference))
