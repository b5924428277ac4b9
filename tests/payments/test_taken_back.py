"""Refunds made anywhere are mirrored once, by their id: ledger, payment, invoice; those that fail later are taken back."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re

import pytest
from django.db import connection
from django.test import Client
from tests import builders
from tests.jobs import run_jobs
from tests.payments.disputing import held
from tests.stripe import Stripe

from comptoir.backoffice.story import story
from comptoir.invoices.models import Invoice
from comptoir.kernel.models import Alert
from comptoir.kernel.money import Money
from comptoir.ledger.models import Allocation, Entry
from comptoir.ledger.queries import paid_on, went_back
from comptoir.mail.models import Mail
from comptoir.modules import queries as modules, registry
from comptoir.modules.api import PaymentSeen, RefundSeen, RefundStatus, Subject
from comptoir.payments import sync
from comptoir.payments.actions.look import visit
from comptoir.payments.actions.observe import observe
from comptoir.payments.actions.start import start
from comptoir.payments.models import Payment
from comptoir.services.models import Operation, Service

pytestmark = pytest.mark.django_db(transaction=True)


def paid(stripe: Stripe) -> Payment:
    """Alice has paid 99.90 and has been served."""
    stripe.connect()
    ready = start(invoice_id=builders.invoice(builders.customer("Alice")).pk, gateway="stripe", who="test")
    stripe.pay(ready.url)
    visit(ready.attempt)
    while sync.look_once(by="test"):
        pass
    run_jobs()
    return Payment.objects.get()


def now() -> dt.datetime:
    """The database's clock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: dt.datetime = cursor.fetchone()[0]
    return moment


def read(payment: Payment) -> PaymentSeen:
    """What Stripe shows of a payment now."""
    account = modules.account(module="stripe", account=payment.account, mode="test")
    subject = Subject("stripe", payment.account, "test", "payment", payment.reference)
    seen = registry.gateway("stripe").look(account, subject)
    assert isinstance(seen, PaymentSeen)
    return seen


def refund(stripe: Stripe, payment: Payment, minor: int) -> str:
    """Refund a part at Stripe, as its dashboard does; the refund's id."""
    made = stripe.api("POST", "/v1/refunds", data={"payment_intent": payment.reference, "amount": str(minor)})
    return str(made["id"])


def states(payment: Payment) -> tuple[str, str, Money]:
    """Payment, invoice, and what stands paid on it."""
    payment.refresh_from_db()
    assert payment.invoice_id is not None
    invoice = Invoice.objects.get(pk=payment.invoice_id)
    return payment.state, invoice.state, paid_on(invoice)


def test_refunds_made_at_stripe_are_mirrored_once_each(stripe: Stripe) -> None:
    payment = paid(stripe)
    first = refund(stripe, payment, 4000)
    for _time in range(3):
        observe(read(payment), read_at=now())
    assert states(payment) == ("partially_refunded", "partially_refunded", Money(5990, "EUR"))
    assert list(Entry.objects.filter(kind="refund").values_list("reference", "amount_minor")) == [(first, -4000)]
    refund(stripe, payment, 5990)
    observe(read(payment), read_at=now())
    assert states(payment) == ("refunded", "refunded", Money(0, "EUR"))
    assert Alert.objects.filter(key__startswith="refund:").count() == 2
    assert Service.objects.get().state == "active"  # people decide what becomes of it
    assert Operation.objects.count() == 1


def test_a_refund_that_fails_later_is_owed_to_the_customer_again(stripe: Stripe) -> None:
    payment = paid(stripe)
    refund(stripe, payment, 9990)
    seen = read(payment)
    observe(seen, read_at=now())
    failed = tuple(dataclasses.replace(each, status=RefundStatus.FAILED) for each in seen.refunds)
    assert failed
    for _time in range(2):
        observe(dataclasses.replace(seen, refunds=failed), read_at=now())
    assert states(payment) == ("succeeded", "paid", Money(9990, "EUR"))
    assert sorted(Entry.objects.values_list("kind", "amount_minor")) == [
        ("payment", 9990),
        ("refund", -9990),
        ("refund_failure", 9990),
    ]
    assert Alert.objects.filter(key__startswith="refund-failed:").exists()


def test_a_refund_that_is_pending_counts_from_the_moment_that_stripe_has_booked_it(stripe: Stripe) -> None:
    payment = paid(stripe)
    refund(stripe, payment, 1000)
    seen = read(payment)
    pending = tuple(dataclasses.replace(each, status=RefundStatus.PENDING) for each in seen.refunds)
    waiting = tuple(dataclasses.replace(each, settlement=None) for each in pending)
    observe(dataclasses.replace(seen, refunds=waiting), read_at=now())
    assert states(payment) == ("succeeded", "paid", Money(9990, "EUR"))
    assert Entry.objects.count() == 1
    for refunds in (pending, seen.refunds):
        observe(dataclasses.replace(seen, refunds=refunds), read_at=now())
        assert states(payment) == ("partially_refunded", "partially_refunded", Money(8990, "EUR"))
        assert Entry.objects.count() == 2
        assert Mail.objects.filter(fact__startswith="refunded:").exists() == (refunds is seen.refunds)


def test_a_dispute_is_said_and_changes_no_amount(stripe: Stripe) -> None:
    payment = paid(stripe)
    observe(dataclasses.replace(read(payment), disputed=True), read_at=now())
    assert states(payment) == ("disputed", "paid", Money(9990, "EUR"))
    assert Alert.objects.filter(key=f"disputed:{payment.pk}").exists()


def test_what_was_refunded_before_it_was_seen_is_held_no_longer_and_the_invoice_can_be_paid(stripe: Stripe) -> None:
    stripe.connect()
    invoice = builders.invoice(builders.customer("Alice"))
    ready = start(invoice_id=invoice.pk, gateway="stripe", who="test")
    stripe.pay(ready.url)
    session = stripe.api("GET", f"/v1/checkout/sessions/{ready.attempt.reference}")
    stripe.api("POST", "/v1/refunds", data={"payment_intent": session["payment_intent"]})
    visit(ready.attempt)
    while sync.look_once(by="test"):
        pass
    payment = Payment.objects.get()
    for _time in range(2):
        observe(read(payment), read_at=now())
    assert states(payment) == ("refunded", "open", Money(0, "EUR"))
    assert not Alert.objects.filter(key__startswith="held:", closed_at=None).exists()
    (mail,) = letters("refunded:")
    assert "reste à payer" in mail.body
    assert (
        "vous a été renvoyé"
        in Client(headers={"accept-language": "fr"}).get(f"/pay/{invoice.pay_token}/").content.decode()
    )
    assert start(invoice_id=invoice.pk, gateway="stripe", who="test").url
    assert Operation.objects.count() == 0


def test_a_second_payment_that_is_given_back_is_held_no_longer(stripe: Stripe) -> None:
    payment = paid(stripe)
    charge = Entry.objects.get()
    seen = read(payment)
    twin = dataclasses.replace(
        seen,
        payment_id="pi_twin",
        references=(),
        charges=tuple(dataclasses.replace(each, id="ch_twin", settlement=None) for each in seen.charges),
    )
    observe(twin, read_at=now())
    second = Payment.objects.get(reference="pi_twin")
    assert (second.state, paid_on(Invoice.objects.get())) == ("held", charge.amount)
    back = RefundSeen(
        id="re_twin", charge="ch_twin", amount=charge.amount, status=RefundStatus.SUCCEEDED, created=now()
    )
    part = dataclasses.replace(back, id="re_part", amount=Money(90, "EUR"))
    observe(dataclasses.replace(twin, refunds=(part,)), read_at=now())
    second.refresh_from_db()
    assert second.state == "held"  # a part is still here: people decide
    rest = dataclasses.replace(back, amount=charge.amount - Money(90, "EUR"))
    for _time in range(2):
        observe(dataclasses.replace(twin, refunds=(part, rest)), read_at=now())
    second.refresh_from_db()
    assert second.state == "refunded"
    assert states(payment) == ("succeeded", "paid", Money(9990, "EUR"))


def test_a_refund_is_told_at_each_step_and_a_closed_alert_stays_closed(stripe: Stripe) -> None:
    payment = paid(stripe)
    refund(stripe, payment, 4000)
    seen = read(payment)
    for status, key in ((RefundStatus.PENDING, "refund-pending:"), (RefundStatus.FAILED, "refund-failed:")):
        now_so = tuple(dataclasses.replace(each, status=status) for each in seen.refunds)
        for _time in range(2):
            observe(dataclasses.replace(seen, refunds=now_so), read_at=now())
        assert Alert.objects.get(key__startswith=key).closed_at is None
    assert Alert.objects.get(key__startswith="refund-pending:").closed_at is not None
    Alert.objects.update(closed_at=now())
    observe(dataclasses.replace(seen, refunds=now_so, disputed=True), read_at=now())
    Alert.objects.filter(key__startswith="disputed:").update(closed_at=now())
    observe(dataclasses.replace(seen, refunds=now_so, disputed=True), read_at=now())
    assert not Alert.objects.filter(closed_at=None).exists()


def test_refunds_of_a_held_payment_are_kept_and_settle_nothing(stripe: Stripe) -> None:
    payment = held(stripe)
    refund(stripe, payment, 1000)
    observe(read(payment), read_at=now())
    payment.refresh_from_db()
    assert payment.state == "held"
    assert not Allocation.objects.filter(entry__payment=payment.reference).exists()
    assert Entry.objects.filter(kind="refund").count() == 1


def letters(start: str) -> list[Mail]:
    """The mails of a fact, in words."""
    run_jobs()
    return list(Mail.objects.filter(fact__startswith=start).order_by("pk"))


def test_the_customer_is_written_once_of_each_refund_and_reads_it_on_the_invoice(
    stripe: Stripe, client: Client
) -> None:
    payment = paid(stripe)
    first = refund(stripe, payment, 3000)
    for _time in range(3):
        observe(read(payment), read_at=now())
    (mail,) = letters("refunded:")
    assert (mail.fact, mail.to) == (f"refunded:{first}", "alice@example.org")
    assert mail.subject.replace("\xa0", " ").startswith("Remboursement de 30,00 €, facture ")
    assert "30,00\xa0€" in mail.body
    invoice = Invoice.objects.get()
    assert f"/client/invoices/{invoice.pk}/" in mail.body
    client.force_login(invoice.customer.user)
    page = client.get(f"/client/invoices/{invoice.pk}/", headers={"accept-language": "en"}).content.decode()
    assert 'data-test="went-back"' in page
    assert "€30.00" in page
    refund(stripe, payment, 6990)
    observe(read(payment), read_at=now())
    assert len(letters("refunded:")) == 2
    assert [entry.amount for entry in went_back(invoice)] == [Money(-3000, "EUR"), Money(-6990, "EUR")]
    told = [str(line.text) for line in story(payment, events=False)]
    assert sum("Remboursement de" in line for line in told) == 2


def test_an_alert_of_a_refund_leads_to_its_transaction(stripe: Stripe, client: Client) -> None:
    payment = paid(stripe)
    refund(stripe, payment, 3000)
    observe(dataclasses.replace(read(payment), disputed=True), read_at=now())
    client.force_login(builders.owner())
    for key in ("refund:", "disputed:"):
        page = client.get(f"/admin/kernel/alert/{Alert.objects.get(key__startswith=key).pk}/")
        found = re.search(r'data-test="about">.*?href="([^"]+)"', page.content.decode())
        assert found is not None, key
        assert payment.reference in client.get(found[1]).content.decode()


def test_a_refund_under_way_or_failed_is_not_told_as_money_that_went_back(stripe: Stripe) -> None:
    payment = paid(stripe)
    refund(stripe, payment, 3000)
    seen = read(payment)
    for status in (RefundStatus.PENDING, RefundStatus.FAILED):
        so = tuple(dataclasses.replace(each, status=status, settlement=None) for each in seen.refunds)
        observe(dataclasses.replace(seen, refunds=so), read_at=now())
    assert letters("refunded:") == []
    assert went_back(Invoice.objects.get()) == []
    observe(seen, read_at=now())
    assert len(went_back(Invoice.objects.get())) == 1
    observe(dataclasses.replace(seen, refunds=so), read_at=now())
    assert went_back(Invoice.objects.get()) == []  # it failed later: nothing has gone


def test_money_that_never_settled_the_invoice_goes_back_with_a_letter_too(stripe: Stripe) -> None:
    payment = paid(stripe)
    seen = read(payment)
    refund(stripe, payment, 1000)
    twin = dataclasses.replace(
        read(payment),
        payment_id="pi_twin",
        references=(),
        charges=tuple(dataclasses.replace(each, id="ch_twin", settlement=None) for each in seen.charges),
    )
    observe(twin, read_at=now())
    assert Payment.objects.get(reference="pi_twin").state == "held"
    assert len(letters("refunded:")) == 1  # whose payment was checked was told that we write
