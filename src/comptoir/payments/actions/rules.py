"""The house's rules for payments are stored: by the owner, with before and after in the audit trail."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from comptoir.kernel import audit
from comptoir.payments.models import Rules
from comptoir.payments.queries import rules

THING = audit.Thing("payments.rules", "1")


def store_rules(*, values: Mapping[str, object], who: str) -> bool:
    """Store rules by the names of their columns, amounts in minor units; False where nothing differs from what holds already."""
    with transaction.atomic():
        before = audit.snapshot(rules())
        row, _fresh = Rules.objects.update_or_create(pk=1, defaults=dict(values))
        after = audit.snapshot(row)
        if after != before:
            audit.record(who=who, verb="rules.stored", on=THING, before=before, after=after)
    return after != before
