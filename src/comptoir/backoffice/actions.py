"""What staff do that no other room does for itself."""

from __future__ import annotations

from django.utils import timezone

from comptoir.inbox import actions as inbox
from comptoir.kernel.models import Alert
from comptoir.modules.api import Mode, Subject
from comptoir.payments.models import Foreign, Payment


def close_alert(alert_id: int) -> bool:
    """Close an alert; False where it was closed before."""
    return bool(Alert.objects.filter(pk=alert_id, closed_at=None).update(closed_at=timezone.now()))


def look_now(payment: Payment) -> bool:
    """Wish for a look at a payment, with the keys of its own account and mode; False where we do not know what to look at."""
    reference = payment.references.filter(reference=payment.reference).first()
    if reference is None:
        return False
    inbox.wish(
        Subject(
            module=payment.module,
            account=payment.account,
            mode="live" if payment.mode == "live" else "test",
            kind=reference.kind,
            id=reference.reference,
        )
    )
    return True


def look_at_foreign(foreign: Foreign) -> None:
    """Wish for a look at an object of others: what there is to say of it may have changed, or it may turn out to be ours."""
    mode: Mode = "live" if foreign.mode == "live" else "test"
    inbox.wish(Subject(foreign.module, foreign.account, mode, foreign.kind, foreign.reference))
