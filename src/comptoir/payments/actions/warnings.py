"""What people do about warnings of fraud: give the payment back (`refund`), or leave it as it is."""

from __future__ import annotations

from django.db import transaction

from comptoir.kernel import audit
from comptoir.kernel.records import close_alerts
from comptoir.payments.actions.dispute_words import of_warning
from comptoir.payments.models import FraudWarning


def put_aside(*, warning_id: int, who: str) -> bool:
    """Somebody has looked and leaves the payment as it is; False where that was said before."""
    with transaction.atomic():
        if not FraudWarning.objects.filter(pk=warning_id, closed_by="").update(closed_by=who[:150]):
            return False
        row = FraudWarning.objects.get(pk=warning_id)
        audit.record(who=who, verb="warning.closed", on=row)
        close_alerts(of_warning(row))
    return True
