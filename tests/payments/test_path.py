"""The money path in one process: what the rows say after each step."""

from __future__ import annotations

import pytest
from django.utils import timezone
from tests import builders
from tests.jobs import run_jobs
from tests.stripe import DECLINED, Stripe

from comptoir.inbox import actions as inbox
from comptoir.inbox.models import Notice
from comptoir.invoices.models import Invoice
from comptoir.kernel.models import StateChange
from comptoir.kernel.words import code
from comptoir.ledger.models import Allocation, Entry, SettlementEntry
from comptoir.mail.models import Mail
from comptoir.modules.api import Envelope, Subject
from comptoir.payments import sweep, sync
from comptoir.payments.actions.look import visit
from comptoir.payments.actions.start import start
from comptoir.payments.finding import find
from comptoir.payments.models import Attempt, Payment
from comptoir.payments.queries import summary
from comptoir.services.models import Operation, Service

pytestmark = pytest.mark.django_db(transaction=True)


def look() -> None:
    """Answer all wishes that are due."""
    while sync.look_once(by="test"):
        pass


def test_a_card_payment_is_paid_and_delivered(stripe: Stripe) -> None:
    stripe.connect()
    alice = builders.customer("Alice")
    invoice = builders.invoice(alice)
    assert (invoice.state, invoice.number) == ("open", f"TEST-{invoice.issued_at:%Y}-00001")

    ready = start(invoice_id=invoice.pk, gateway="stripe", who="customer:1")
    assert ready.url.startswith(stripe.server.base_url)
    assert stripe.pay(ready.url).status_code == 303
    assert visit(ready.attempt)
    look()

    invoice.refresh_from_db()
    payment = Payment.objects.get()
    assert (invoice.state, payment.state, ready.attempt.pk) == ("paid", "succeeded", payment.attempt_id)
    assert payment.method == "Visa ·· 4242"
    entry = Entry.objects.get()
    assert (entry.amount_minor, entry.currency, entry.reference[:3]) == (9990, "EUR", "ch_")
    assert Allocation.objects.get().invoice_id == invoice.pk

    run_jobs()
    service = Service.objects.get()
    assert service.state == "active"
    assert service.paid_until is not None
    assert Operation.objects.get().state == "done"
    assert sorted(Mail.objects.values_list("state", "template")) == [("sent", "delivered"), ("sent", "paid")]
    for kind, prefix in (("payment", "pi_"), ("session", "cs_"), ("charge", "ch_")):
        reference = payment.references.get(kind=kind).reference
        assert reference.startswith(prefix)
        assert find(reference[:12]).payments == {payment.pk}


def test_the_fee_is_read_once_it_is_booked(stripe: Stripe) -> None:
    stripe.connect()
    invoice = builders.invoice(builders.customer("Alice"))
    ready = start(invoice_id=invoice.pk, gateway="stripe", who="test")
    stripe.pay(ready.url)
    visit(ready.attempt)
    look()
    assert not SettlementEntry.objects.exists()
    stripe.control.advance(5)
    sweep.sweep()
    run_jobs()
    booked = SettlementEntry.objects.get()
    assert booked.amount_minor == booked.fee_minor + booked.net_minor == 9990
    assert booked.fee_minor == 175  # 1.5 % and 0.25


def test_a_declined_card_leads_back_to_the_same_page(stripe: Stripe) -> None:
    stripe.connect()
    invoice = builders.invoice(builders.customer("Alice"))
    ready = start(invoice_id=invoice.pk, gateway="stripe", who="test")
    stripe.pay(ready.url, number=DECLINED)
    visit(ready.attempt)
    look()
    assert summary(invoice) == "failed"
    assert Attempt.objects.get().failure == code("generic_decline")
    again = start(invoice_id=invoice.pk, gateway="stripe", who="test")
    assert (again.attempt.pk, again.url) == (ready.attempt.pk, ready.url)
    stripe.pay(again.url)
    Attempt.objects.update(wished_at=None)
    visit(again.attempt)
    look()
    invoice.refresh_from_db()
    assert (invoice.state, Payment.objects.get().state) == ("paid", "succeeded")


def test_completed_and_unpaid_is_in_progress_until_it_settles(stripe: Stripe) -> None:
    stripe.connect()
    invoice = builders.invoice(builders.customer("Alice"))
    ready = start(invoice_id=invoice.pk, gateway="stripe", who="test")
    stripe.pay_by_sepa(ready.url)
    visit(ready.attempt)
    look()
    invoice.refresh_from_db()
    assert (invoice.state, summary(invoice)) == ("in_progress", "in_progress")
    assert not Entry.objects.exists()
    assert not Operation.objects.exists()
    payment = Payment.objects.get()
    stripe.control.move(payment.reference, "settle")
    Attempt.objects.update(wished_at=None)
    assert visit(Attempt.objects.get())
    look()
    invoice.refresh_from_db()
    assert invoice.state == "paid"
    assert Operation.objects.count() == 1


def test_a_delayed_payment_that_fails_reopens_the_invoice(stripe: Stripe) -> None:
    stripe.connect()
    invoice = builders.invoice(builders.customer("Alice"))
    first = start(invoice_id=invoice.pk, gateway="stripe", who="test")
    stripe.pay_by_sepa(first.url)
    visit(first.attempt)
    look()
    stripe.control.move(Payment.objects.get().reference, "fail")
    Attempt.objects.update(wished_at=None)
    visit(Attempt.objects.get())
    look()
    invoice.refresh_from_db()
    assert (invoice.state, Attempt.objects.get().state) == ("open", "ended")
    second = start(invoice_id=invoice.pk, gateway="stripe", who="test")
    assert second.attempt.pk != first.attempt.pk
    assert second.url != first.url


def test_an_expired_page_ends_its_attempt(stripe: Stripe) -> None:
    stripe.connect()
    invoice = builders.invoice(builders.customer("Alice"))
    first = start(invoice_id=invoice.pk, gateway="stripe", who="test")
    stripe.control.move(first.attempt.reference, "expire")
    visit(first.attempt)
    look()
    assert Attempt.objects.get().state == "ended"
    second = start(invoice_id=invoice.pk, gateway="stripe", who="test")
    stripe.pay(second.url)
    visit(second.attempt)
    look()
    invoice.refresh_from_db()
    assert invoice.state == "paid"


def test_a_total_of_zero_is_settled_without_a_provider(stripe: Stripe) -> None:
    free = builders.product("Essai", prices={"annually": 0})
    invoice = builders.invoice(builders.customer("Alice"), free, total_minor=0)
    invoice.refresh_from_db()
    assert (invoice.state, invoice.mode) == ("paid", "live")
    run_jobs()
    assert Service.objects.get().state == "active"
    assert stripe.calls() == []


def test_every_state_has_its_history(stripe: Stripe) -> None:
    stripe.connect()
    invoice = builders.invoice(builders.customer("Alice"))
    ready = start(invoice_id=invoice.pk, gateway="stripe", who="customer:1")
    stripe.pay(ready.url)
    visit(ready.attempt)
    look()
    run_jobs()
    for noun, rows in (
        ("invoice", Invoice.objects.all()),
        ("attempt", Attempt.objects.all()),
        ("payment", Payment.objects.all()),
        ("service", Service.objects.all()),
        ("operation", Operation.objects.all()),
        ("mail", Mail.objects.all()),
    ):
        for row in rows:
            moves = StateChange.objects.filter(noun=noun, object_id=str(row.pk)).order_by("id")
            states = [""] + [move.to_state for move in moves]
            assert [move.from_state for move in moves] == states[:-1], noun
            assert states[-1] == row.state, noun


@pytest.mark.parametrize("order", ["visit notice", "notice visit", "notice", "visit", "notice notice visit"])
def test_return_page_and_notice_in_any_order_are_one_payment(stripe: Stripe, order: str) -> None:
    stripe.connect()
    invoice = builders.invoice(builders.customer("Alice"))
    ready = start(invoice_id=invoice.pk, gateway="stripe", who="test")
    stripe.pay(ready.url)
    intent = stripe.api("GET", f"/v1/checkout/sessions/{ready.attempt.reference}")["payment_intent"]
    for number, step in enumerate(order.split()):
        if step == "visit":
            visit(ready.attempt)
        else:
            subject = Subject("stripe", stripe.account, "test", "payment", intent)
            envelope = Envelope(
                f"evt_{number}",
                "payment_intent.succeeded",
                timezone.now(),
                stripe.account,
                "test",
                subject,
                "succeeded",
            )
            inbox.store(envelope, module="stripe", payload=b"{}")
        look()
    run_jobs()
    counts = [each.objects.count() for each in (Payment, Entry, Allocation, Operation)]
    assert (counts, Mail.objects.count(), Service.objects.get().state) == ([1, 1, 1, 1], 2, "active")
    assert not Notice.objects.filter(done_at=None).exists()


def test_the_return_page_needs_one_read_of_stripe(stripe: Stripe) -> None:
    stripe.connect()
    invoice = builders.invoice(builders.customer("Alice"))
    ready = start(invoice_id=invoice.pk, gateway="stripe", who="test")
    stripe.pay(ready.url)
    before = len(stripe.calls("GET"))
    assert [visit(ready.attempt) for _second in range(5)] == [True, False, False, False, False]
    look()
    invoice.refresh_from_db()
    assert (invoice.state, len(stripe.calls("GET")) - before) == ("paid", 1)


def test_a_free_order_is_a_try_out_where_the_shop_is_one(stripe: Stripe) -> None:
    stripe.connect()
    free = builders.product("Essai", prices={"annually": 0})
    assert builders.invoice(builders.customer("Alice"), free, total_minor=0).mode == "test"
    assert builders.invoice(builders.customer("Bob", tester=False), free, total_minor=0).mode == "live"


def test_a_debit_that_fails_is_told_and_the_invoice_is_to_be_paid_again(stripe: Stripe) -> None:
    stripe.connect()
    invoice = builders.invoice(builders.customer("Alice"))
    ready = start(invoice_id=invoice.pk, gateway="stripe", who="test")
    stripe.pay_by_sepa(ready.url)
    visit(ready.attempt)
    look()
    invoice.refresh_from_db()
    payment = Payment.objects.get()
    assert (invoice.state, payment.state, payment.expected_on is not None) == ("in_progress", "in_progress", True)
    run_jobs()
    told = Mail.objects.get()
    assert told.template == "in_progress"
    assert str(payment.expected_on.day) in told.body if payment.expected_on else False
    assert "mode test" in told.body

    stripe.control.post(f"objects/{payment.reference}", do="fail")
    inbox.wish(Subject("stripe", stripe.account, "test", "payment", payment.reference))
    look()
    look()
    invoice.refresh_from_db()
    assert (invoice.state, Service.objects.get().state, Operation.objects.count()) == ("open", "pending", 0)
    run_jobs()
    assert sorted(Mail.objects.values_list("template", flat=True)) == ["failed", "in_progress"]
    assert invoice.pay_token in Mail.objects.get(template="failed").body

    again = start(invoice_id=invoice.pk, gateway="stripe", who="test")
    stripe.pay(again.url)
    visit(again.attempt)
    look()
    invoice.refresh_from_db()
    assert invoice.state == "paid"
