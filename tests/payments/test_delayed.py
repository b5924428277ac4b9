"""Delayed methods (SEPA and kin): while a payment is in progress nothing is asked for again, nothing is delivered, nothing is lost."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client
from tests import builders
from tests.jobs import run_jobs
from tests.payments.steps import a_week_later, debit, look_again, share_clock
from tests.stripe import Stripe

from comptoir.customers.models import Customer
from comptoir.invoices.models import Invoice
from comptoir.kernel.errors import SaidError
from comptoir.kernel.money import Money
from comptoir.ledger.models import Entry
from comptoir.mail.models import Mail
from comptoir.orders.models import Order
from comptoir.payments.actions import cancel, spend
from comptoir.payments.actions.start import start
from comptoir.payments.models import Attempt, Payment
from comptoir.payments.sweep import sweep
from comptoir.services.models import Operation, Service

pytestmark = pytest.mark.django_db(transaction=True)
NO_FUNDS = "DE65370400440002222227"
TAKEN_BACK = "DE35370400440532013002"


@pytest.fixture
def alice(stripe: Stripe, monkeypatch: pytest.MonkeyPatch) -> Customer:
    """A customer of a shop that is paid through the simulator, whose clock is ours."""
    share_clock(stripe, monkeypatch)
    stripe.connect()
    return builders.customer("Alice")


@pytest.fixture
def invoice(alice: Customer) -> Invoice:
    """Hers."""
    return builders.invoice(alice)


def states() -> tuple[str, str, str]:
    """Of the order, its invoice and its service."""
    return Order.objects.get().state, Invoice.objects.get().state, Service.objects.get().state


def seen_by(customer: Customer, path: str) -> str:
    client = Client(headers={"accept-language": "fr"})
    client.force_login(customer.user)
    return client.get(path).content.decode()


def test_in_progress_offers_no_second_payment(alice: Customer, invoice: Invoice, stripe: Stripe) -> None:
    """failures.md: delayed method refused because "completed" is not "paid"; or delivered before it is paid."""
    debit(stripe, invoice)
    assert states() == ("open", "in_progress", "pending")
    assert not Operation.objects.exists()
    with pytest.raises(SaidError, match=r"in progress|en cours"):
        start(invoice_id=invoice.pk, gateway="stripe", who="test")
    with pytest.raises(SaidError, match=r"in progress|en cours"):
        spend.use_credit(invoice_id=invoice.pk, who="customer:1", by_customer=True)
    for path in ("/client/", "/client/invoices/", f"/client/invoices/{invoice.pk}/", f"/pay/{invoice.pay_token}/"):
        page = seen_by(alice, path)
        assert "/start" not in page, path  # nowhere a button that pays
        assert 'data-test="cancel-order"' not in page, path
    assert len(stripe.api("GET", "/v1/checkout/sessions")["data"]) == 1


def test_nothing_that_runs_by_itself_touches_it(invoice: Invoice, stripe: Stripe) -> None:
    """No reminder, no second mail, nothing cancelled or suspended: the sweep looks, and that is all."""
    payment = debit(stripe, invoice)
    for _day in range(3):
        Attempt.objects.update(wished_at=None, created_at="2026-01-01T00:00:00Z", expires_at="2026-01-01T01:00:00Z")
        sweep()
        look_again()
        run_jobs()
    assert states() == ("open", "in_progress", "pending")
    assert list(Mail.objects.values_list("template", flat=True)) == ["in_progress"]
    assert (Attempt.objects.get().state, Payment.objects.get().state) == ("in_progress", "in_progress")
    assert payment.expected_on is not None


def test_success_days_later_delivers_once(invoice: Invoice, stripe: Stripe) -> None:
    debit(stripe, invoice)
    a_week_later(stripe)
    look_again()
    run_jobs()
    assert states() == ("completed", "paid", "active")
    assert (Operation.objects.count(), Entry.objects.count()) == (1, 1)
    told = list(Mail.objects.order_by("id").values_list("template", flat=True))
    assert told == ["in_progress", "paid", "delivered"]


def test_failure_reopens_and_says_why_and_what_to_do(alice: Customer, invoice: Invoice, stripe: Stripe) -> None:
    debit(stripe, invoice, iban=NO_FUNDS)
    a_week_later(stripe)
    run_jobs()
    assert (states(), Attempt.objects.get().state) == (("open", "open", "pending"), "ended")
    mail = Mail.objects.get(template="failed").body
    page = seen_by(alice, f"/pay/{invoice.pay_token}/")
    for told in (mail, page, seen_by(alice, f"/client/invoices/{invoice.pk}/")):
        assert "La provision de votre compte bancaire ne suffisait pas" in told
    assert f"/pay/{invoice.pay_token}/" in mail
    assert 'data-test="pay"' in page
    assert not Entry.objects.exists()


def test_a_debit_that_the_bank_takes_back_at_once_is_told_with_what_it_means_and_what_to_do(
    alice: Customer, invoice: Invoice, stripe: Stripe
) -> None:
    """Settlement and loss are seen in one look: the last mail said “do not pay a second time”."""
    payment = debit(stripe, invoice, iban=TAKEN_BACK)
    a_week_later(stripe)
    for _time in range(3):
        look_again()
        run_jobs()
    payment.refresh_from_db()
    assert (states(), payment.state) == (("open", "open", "pending"), "disputed")
    assert list(Mail.objects.order_by("id").values_list("template", flat=True)) == ["in_progress", "taken_back"]
    mail = Mail.objects.get(template="taken_back")
    assert (mail.fact, mail.to) == (f"taken-back:{payment.pk}", "alice@example.org")
    assert "99,90" in mail.body
    assert f"/pay/{invoice.pay_token}/" in mail.body
    assert "reste à payer" in mail.body
    page = seen_by(alice, f"/client/invoices/{invoice.pk}/")
    assert 'data-how="taken_before"' in page
    assert 'data-test="pay"' in page
    staff = Client(headers={"accept-language": "fr"})
    staff.force_login(builders.owner())
    assert "Repris par la banque du client le" in staff.get(f"/admin/invoices/invoice/{invoice.pk}/").content.decode()
    assert "Votre banque a repris le paiement" in seen_by(alice, f"/pay/{invoice.pay_token}/")
    stripe.pay(start(invoice_id=invoice.pk, gateway="stripe", who="test").url)
    look_again()
    run_jobs()
    assert states() == ("completed", "paid", "active")
    assert 'data-test="went-back"' not in seen_by(alice, f"/client/invoices/{invoice.pk}/")


def test_of_a_cancelled_order_the_customer_is_told_that_nothing_is_owed(invoice: Invoice, stripe: Stripe) -> None:
    debit(stripe, invoice, iban=TAKEN_BACK)
    cancel.cancel(order_id=Order.objects.get().pk, why="", who="staff:vera@example.org", by_customer=False)
    a_week_later(stripe)
    look_again()
    run_jobs()
    assert states() == ("cancelled", "void", "cancelled")
    mail = Mail.objects.get(template="taken_back").body
    assert "vous ne devez rien" in mail
    assert f"/pay/{invoice.pay_token}/" not in mail


def test_after_a_failure_another_way_pays_and_delivers(invoice: Invoice, stripe: Stripe) -> None:
    first = debit(stripe, invoice, iban=NO_FUNDS)
    a_week_later(stripe)
    stripe.pay(start(invoice_id=invoice.pk, gateway="stripe", who="test").url)
    look_again()
    run_jobs()
    assert states() == ("completed", "paid", "active")
    first.refresh_from_db()
    assert (first.state, Payment.objects.exclude(pk=first.pk).get().state) == ("failed", "succeeded")


def test_beside_credit_the_mails_name_what_the_debit_is_over(alice: Customer, invoice: Invoice, stripe: Stripe) -> None:
    key = uuid.uuid4()
    spend.give_credit(customer=alice, mode="test", amount=Money(3000, "EUR"), note="", key=key, who="staff:boris")
    spend.use_credit(invoice_id=invoice.pk, who="test")
    debit(stripe, invoice, iban=NO_FUNDS)
    a_week_later(stripe)
    run_jobs()
    for template in ("in_progress", "failed"):
        body = Mail.objects.get(template=template).body
        assert ("69,90" in body, "99,90" in body) == (True, False), template
