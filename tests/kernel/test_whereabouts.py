"""A copy of the database that is started at another address charges nobody, delivers nothing, writes to nobody."""

from __future__ import annotations

from typing import Any

import pytest
from tests import builders
from tests.jobs import run_jobs
from tests.stripe import Stripe, stripe, stripe_server

from comptoir.kernel import whereabouts
from comptoir.kernel.errors import SaidError
from comptoir.kernel.models import AuditEntry
from comptoir.mail import actions as mail
from comptoir.mail.models import Mail
from comptoir.payments import sync
from comptoir.payments.actions.look import visit
from comptoir.payments.actions.start import start
from comptoir.payments.queries import choices
from comptoir.services import actions as services
from comptoir.services.models import Operation

__all__ = ["stripe", "stripe_server"]
pytestmark = pytest.mark.django_db(transaction=True)
COPY = "https://copy.example.org"


def test_a_copy_waits_for_a_yes(stripe: Stripe, settings: Any) -> None:
    stripe.connect()
    whereabouts.settle_in()
    alice = builders.customer("Alice")
    invoice = builders.invoice(alice)
    ready = start(invoice_id=invoice.pk, gateway="stripe", who="test")
    stripe.pay(ready.url)
    visit(ready.attempt)
    while sync.look_once(by="test"):
        pass
    home = settings.PUBLIC_URL
    settings.PUBLIC_URL = COPY

    assert whereabouts.elsewhere() == home
    run_jobs()
    assert Operation.objects.get().state == "waiting"
    assert set(Mail.objects.values_list("state", flat=True)) == {"waiting"}
    assert choices(customer=alice, amount=invoice.total) == []
    other = Mail.objects.count()
    with pytest.raises(SaidError) as said:
        start(invoice_id=invoice.pk, gateway="stripe", who="test")
    assert home not in str(said.value.sentence)
    assert services.take_up_late() == 0

    assert whereabouts.move_here(who="staff:owner@example.org")
    assert not whereabouts.move_here(who="staff:owner@example.org")
    entry = AuditEntry.objects.get(verb="clone.confirmed")
    assert (entry.before, entry.after) == ({"address": home}, {"address": COPY})
    Operation.objects.update(created_at=Operation.objects.get().created_at - services.FORGOTTEN)
    assert (services.take_up_late(), mail.take_up_waiting()) == (1, other)
    run_jobs()
    assert Operation.objects.get().state == "done"
    assert set(Mail.objects.values_list("state", flat=True)) == {"sent"}


def test_somebody_locked_out_of_a_copy_still_gets_a_new_password(settings: Any) -> None:
    whereabouts.settle_in()
    settings.PUBLIC_URL = COPY
    mail.queue_text(fact="reset:1", to="owner@example.org", subject="Password", body="link", locale="en", secret=True)
    run_jobs()
    assert Mail.objects.get().state == "sent"


def test_a_demo_settles_in_anew_and_a_counter_does_not(settings: Any) -> None:
    whereabouts.settle_in()
    settings.PUBLIC_URL = COPY
    whereabouts.settle_in()
    assert whereabouts.elsewhere()
    whereabouts.settle_in(anew=True)
    assert not whereabouts.elsewhere()
