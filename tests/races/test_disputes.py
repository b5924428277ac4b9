"""Two people send the evidence of one dispute to the bank: once with the claim's lock, and by both without it."""

from __future__ import annotations

from typing import Any

import pytest
from tests.payments.disputing import disputed, paid
from tests.races import actors, unguarded
from tests.races.together import Told, together
from tests.stripe import Stripe

from comptoir.kernel.models import AuditEntry
from comptoir.payments.models import Dispute

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]
TAKE, NOTE = "comptoir.kernel.locks.take", "comptoir.kernel.locks.note"
VERA, BORIS = "staff:vera@example.org", "staff:boris@example.org"


def two_people(stripe: Stripe, **more: Any) -> list[Told]:
    """Vera and Boris both press *send to the bank*."""
    row = disputed(stripe, paid(stripe))
    shared = {"api_base": stripe.server.base_url, "dispute": row.pk}
    return together(actors.send_evidence, {**shared, "who": VERA}, {**shared, "who": BORIS}, **more)


def sent(stripe: Stripe) -> int:
    """How often the bank was called with evidence."""
    return len(stripe.calls("POST", "/v1/disputes"))


def test_evidence_is_sent_once(stripe: Stripe) -> None:
    told = two_people(stripe, before="comptoir.payments.actions.answer._claim")
    assert [each.error for each in told] == ["", ""]
    assert sorted(str(each.answer) for each in told) == ["refused", "sent"]
    assert sent(stripe) == 1
    row = Dispute.objects.get()
    sender = VERA if told[0].answer == "sent" else BORIS
    assert (row.state, row.sent_by) == ("under_review", sender)
    assert list(AuditEntry.objects.filter(verb="dispute.sent").values_list("who", flat=True)) == [sender]


def test_without_the_disputes_lock_both_send_it(stripe: Stripe) -> None:
    two_people(
        stripe,
        after="comptoir.payments.actions.answer._refuse",
        without={TAKE: unguarded.take, NOTE: unguarded.note},
    )
    assert sent(stripe) == 2
