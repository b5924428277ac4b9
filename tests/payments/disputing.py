"""A payment that is paid and disputed at the simulator, and the clocks that go with it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from typing import Any

import pytest
from django.db.models import Sum
from tests import builders
from tests.jobs import run_jobs
from tests.stripe import GOOD, Stripe

from comptoir.inbox import actions as inbox
from comptoir.invoices.models import Invoice
from comptoir.kernel import clock
from comptoir.kernel.models import Alert
from comptoir.kernel.money import Money
from comptoir.ledger.models import Entry, SettlementEntry, Source
from comptoir.ledger.queries import paid_on
from comptoir.modules import queries as modules
from comptoir.payments import sync
from comptoir.payments.actions.look import visit
from comptoir.payments.actions.record import record_payment
from comptoir.payments.actions.refund_call import wish
from comptoir.payments.actions.start import start, subject_of
from comptoir.payments.models import Attempt, Dispute, Payment, Rules
from comptoir.services.models import Service
from comptoir_stripe import webhooks

VERA = "staff:vera@example.org"
HALF = 4995
TWICE = "4000004040000079"


def open_alerts(beginning: str) -> list[str]:
    """The keys of alerts that stand."""
    return list(Alert.objects.filter(key__startswith=beginning, closed_at=None).values_list("key", flat=True))


def service() -> Service:
    """The one that there is."""
    return Service.objects.get()


class Later:
    """The clocks of the house and of Stripe, moved together."""

    def __init__(self, stripe: Stripe, monkeypatch: pytest.MonkeyPatch) -> None:
        self.stripe = stripe
        self.ahead = dt.timedelta()
        now = clock.now
        monkeypatch.setattr(clock, "now", lambda: now() + self.ahead)

    def by(self, **time: float) -> None:
        """So much time passes."""
        passed = dt.timedelta(**time)
        self.stripe.control.advance(passed.total_seconds())
        self.ahead += passed


def paid(stripe: Stripe, *, number: str = GOOD, iban: str = "", **invoice: Any) -> Payment:
    """Alice has paid 99.90 and has been served; a debit has settled."""
    stripe.connect()
    ready = start(invoice_id=builders.invoice(builders.customer("Alice"), **invoice).pk, gateway="stripe", who="test")
    if iban:
        stripe.pay_by_sepa(ready.url, iban=iban)
    else:
        stripe.pay(ready.url, number=number)
    visit(ready.attempt)
    look()
    return Payment.objects.get()


def held(stripe: Stripe, *, number: str = GOOD) -> Payment:
    """Alice has paid by card on a page that was given up here, and the invoice had been paid by a transfer: somebody must decide."""
    stripe.connect()
    invoice = builders.invoice(builders.customer("Alice"))
    ready = start(invoice_id=invoice.pk, gateway="stripe", who="test")
    stripe.pay(ready.url, number=number)
    Attempt.objects.update(state=Attempt.State.ENDED)
    record_payment(
        invoice_id=invoice.pk,
        source=Source.TRANSFER,
        amount=Money(9990, "EUR"),
        reference="transfer 1",
        occurred_at=clock.now(),
        who="staff:vera@example.org",
    )
    subject = subject_of(ready.attempt)
    assert subject is not None
    inbox.wish(subject)
    look()
    payment = Payment.objects.get()
    assert payment.state == "held"
    return payment


def look(payment: Payment | None = None) -> None:
    """Have the wishes answered, and one for a payment; then the jobs."""
    if payment is not None:
        wish(payment)
    while sync.look_once(by="test"):
        pass
    run_jobs()


def does(stripe: Stripe, thing: str, what: str, code: str = "") -> dict[str, Any]:
    """The bank, or a hand in the dashboard, moves an object."""
    made: dict[str, Any] = stripe.control.post(f"objects/{thing}", do=what, **({"code": code} if code else {}))
    return made


def disputed(stripe: Stripe, payment: Payment, reason: str = "") -> Dispute:
    """The customer's bank disputes a payment, and we have looked."""
    made = does(stripe, payment.reference, "dispute", reason)
    look(payment)
    return Dispute.objects.get(reference=made["id"])


def decided(stripe: Stripe, row: Dispute, what: str, code: str = "") -> Dispute:
    """The bank decides, and we have looked."""
    does(stripe, row.reference, what, code)
    look(row.payment)
    row.refresh_from_db()
    return row


def states(payment: Payment) -> tuple[str, str, int]:
    """Payment, invoice, and what stands paid on it, in minor units."""
    payment.refresh_from_db()
    assert payment.invoice_id is not None
    invoice = Invoice.objects.get(pk=payment.invoice_id)
    return payment.state, invoice.state, paid_on(invoice).minor


def taken() -> list[tuple[str, int]]:
    """The ledger's rows of disputes."""
    rows = Entry.objects.filter(kind__startswith="dispute").order_by("pk")
    return list(rows.values_list("kind", "amount_minor"))


def agrees(stripe: Stripe) -> None:
    """What we have as booked is Stripe's balance: each of its rows once, to the cent. What it books meanwhile is looked at as well."""
    before, theirs = None, booked(stripe)
    while before != theirs:
        for payment in Payment.objects.all():
            look(payment)
        before, theirs = theirs, booked(stripe)
    ours = SettlementEntry.objects.values_list("reference", "net_minor")
    assert sorted(ours) == sorted((each["id"], each["net"]) for each in theirs)
    net = (
        SettlementEntry.objects.aggregate(sum=Sum("net_minor"))["sum"] or 0
    )  # a charge is booked some seconds after it
    assert net == sum(each["net"] for each in theirs)


def rule(**values: str) -> None:
    """The owner has set the house's rules."""
    Rules.objects.update_or_create(pk=1, defaults=values)


def events(stripe: Stripe, beginning: str) -> list[dict[str, Any]]:
    """Stripe's events of some types, the oldest first."""
    found = stripe.api("GET", "/v1/events", params={"limit": 100})["data"]
    return [each for each in reversed(found) if each["type"].startswith(beginning)]


def told(stripe: Stripe, notices: Iterable[dict[str, Any]]) -> None:
    """Notices arrive, as they come through the door once their signature is good."""
    account = modules.account(module="stripe", account=stripe.account, mode="test")
    for event in notices:
        inbox.store(webhooks.envelope(event, account), module="stripe", payload=json.dumps(event).encode())


def booked(stripe: Stripe) -> list[dict[str, Any]]:
    """Every row of Stripe's balance."""
    listed: list[dict[str, Any]] = stripe.api("GET", "/v1/balance_transactions", params={"limit": 100})["data"]
    return listed
