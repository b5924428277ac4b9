"""What customers and banks do in the tests of this folder, and how we come to know of it."""

from __future__ import annotations

import pytest
from tests.stripe import SEPA_DELAYED, Stripe

from comptoir.conf import conf
from comptoir.inbox import actions as inbox
from comptoir.inbox.models import Wish
from comptoir.invoices.models import Invoice
from comptoir.kernel import clock
from comptoir.payments import sync
from comptoir.payments.actions.start import start, subject_of
from comptoir.payments.models import Attempt, Payment

DAY = 24 * 3600


def look() -> None:
    """Answer all wishes that are due."""
    while sync.look_once(by="test"):
        pass


def look_again() -> None:
    """Have every page looked at afresh, whatever was looked at before."""
    for attempt in Attempt.objects.exclude(reference=""):
        subject = subject_of(attempt)
        assert subject is not None
        inbox.wish(subject)
    Wish.objects.update(not_before="2020-01-01T00:00:00Z")
    look()


def debit(stripe: Stripe, invoice: Invoice, *, iban: str = SEPA_DELAYED) -> Payment:
    """A customer orders the direct debit of an invoice, and comes back."""
    ready = start(invoice_id=invoice.pk, gateway="stripe", who="test")
    stripe.pay_by_sepa(ready.url, iban=iban)
    look_again()
    return Payment.objects.get(attempt=ready.attempt)


def share_clock(stripe: Stripe, monkeypatch: pytest.MonkeyPatch) -> None:
    """Business time goes by the simulator's clock, as in the demo."""
    moved = conf().model_copy(update={"clock_url": f"{stripe.server.base_url}/_control/clock"})
    monkeypatch.setattr(clock, "conf", lambda: moved)
    monkeypatch.setattr(clock, "_reading", clock._Reading())


def a_week_later(stripe: Stripe) -> None:
    """The bank has had its days, and somebody looks."""
    stripe.control.advance(9 * DAY)
    clock._reading.taken = 0.0
    look_again()
