"""Refunds from the asking to the bank and back, against Stripe: one refund whatever happens to the call, and honest words meanwhile."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Iterator

import pytest
from django.test import Client
from django.utils import timezone, translation
from tests import builders
from tests.jobs import run_jobs
from tests.payments.test_held import agrees
from tests.payments.test_versions import Counter
from tests.simulator.receiver import Receiver
from tests.stripe import GOOD, Stripe

from comptoir.invoices.models import Invoice
from comptoir.kernel.models import Alert
from comptoir.kernel.money import Money
from comptoir.ledger.models import Entry
from comptoir.ledger.queries import paid_on
from comptoir.mail.models import Mail
from comptoir.payments.actions import refund, refund_call
from comptoir.payments.actions.refund import owed
from comptoir.payments.models import Payment, Refund
from comptoir.payments.sweep import sweep
from comptoir_stripe import gateway

pytestmark = pytest.mark.django_db(transaction=True)
REFUNDS = "/v1/refunds"
PENDING, FAILING, AT_ONCE = "4000000000007726", "4000000000005126", "4000000000000077"


@pytest.fixture
def counter(stripe: Stripe) -> Iterator[Counter]:
    """Our door, and an endpoint that sends everything to it."""
    with Receiver() as receiver:
        stripe.connect(webhook=receiver.url)
        yield Counter(stripe, receiver)


def paid(counter: Counter, *, number: str = GOOD) -> Payment:
    """Alice has paid 99.90 with this card, or by debit, and has been served."""
    invoice = counter.order("Alice")
    page = counter.page(invoice)
    if number == "debit":
        counter.stripe.pay_by_sepa(page)
        counter.receive()
        counter.stripe.control.move(counter.payment(invoice).reference, "settle")
    else:
        counter.stripe.pay(page, number=number)
    counter.receive()
    return counter.payment(invoice)


def ask(payment: Payment, minor: int = 9990) -> Refund:
    return refund.request(
        refund_id=uuid.uuid4(),
        payment_id=payment.pk,
        amount=Money(minor, "EUR"),
        reason="requested_by_customer",
        note="",
        policy="keep",
        who="staff:boris@example.org",
    )


def standing(counter: Counter, payment: Payment) -> tuple[str, str, int]:
    """Once all events have come: the refund, the payment, and what stands paid on the invoice."""
    counter.receive()
    payment.refresh_from_db()
    assert payment.invoice_id is not None
    return (
        Refund.objects.latest("created_at").state,
        payment.state,
        paid_on(Invoice.objects.get(pk=payment.invoice_id)).minor,
    )


def read_by_alice(payment: Payment) -> str:
    """What the customer reads of it on the invoice's page, in English."""
    assert payment.invoice is not None
    client = Client()
    client.force_login(payment.invoice.customer.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    with translation.override("en"):
        page = client.get(f"/client/invoices/{payment.invoice_id}/", headers={"accept-language": "en"}).content.decode()
    found = re.search(r'data-test="went-back">(.*?)</dl>', page, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", found[1] if found else "").split())


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Answers are waited for a third of a second."""
    monkeypatch.setattr(gateway, "TIMEOUT_SECONDS", (1, 0.3))
    gateway._clients.clear()
    yield
    gateway._clients.clear()


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    "trouble",
    ["drop_before", "drop_after", "status:500", "stored:500", "status:429", "status:409", "delay:900", "garbage"],
)
def test_one_refund_is_made_whatever_happens_to_the_call(counter: Counter, trouble: str) -> None:
    """failures.md: Stripe in trouble; a refund is Stripe's object, and ours follows it."""
    payment = paid(counter)
    counter.stripe.fault(trouble, method="POST", path=REFUNDS, times=2)
    row = ask(payment, 4995)
    with pytest.raises(refund_call.NotYetError):
        run_jobs()
    for _round in range(4):
        if Refund.objects.get().state != "created":
            break
        long_ago = timezone.now() - dt.timedelta(minutes=6)
        Refund.objects.update(calling_until=long_ago, created_at=long_ago)
        sweep()
        with_patience(row)
    assert standing(counter, payment) == ("succeeded", "partially_refunded", 4995)
    listed = counter.stripe.api("GET", REFUNDS)["data"]
    assert [(each["amount"], each["metadata"]["refund"]) for each in listed] == [(4995, str(row.pk))]
    assert Refund.objects.count() == 1
    assert Mail.objects.filter(fact__startswith="refunded:").count() == 1
    agrees(counter)


def with_patience(row: Refund) -> None:
    """The worker does what the sweep has enqueued; a call that is still under way is waited for."""
    try:
        run_jobs()
    except refund_call.NotYetError:
        Refund.objects.filter(pk=row.pk).update(calling_until=None)


def test_a_pending_refund_has_left_us_and_is_on_its_way_to_the_customer(counter: Counter) -> None:
    """failures.md: pending shown as failed."""
    payment = paid(counter, number=PENDING)
    ask(payment)
    run_jobs()
    counter.stripe.control.post("clock", frozen=True)
    assert standing(counter, payment) == ("pending", "refunded", 0)
    agrees(counter)
    assert "On its way back to you since" in read_by_alice(payment)
    assert not Mail.objects.filter(fact__startswith="refund").exists()
    counter.stripe.control.post("clock", frozen=False)
    counter.stripe.control.advance(86400)
    assert standing(counter, payment) == ("succeeded", "refunded", 0)
    assert "Sent back to you on" in read_by_alice(payment)
    assert Mail.objects.filter(fact__startswith="refunded:").count() == 1
    agrees(counter)


def test_a_refund_that_fails_after_it_had_succeeded_is_owed_again(counter: Counter) -> None:
    """failures.md: succeeded that fails later is never noticed."""
    payment = paid(counter, number=FAILING)
    row = ask(payment, 4000)
    run_jobs()
    assert standing(counter, payment) == ("succeeded", "partially_refunded", 5990)
    counter.stripe.control.advance(86400)
    assert standing(counter, payment) == ("failed", "succeeded", 9990)
    assert Refund.objects.get().failure.english == "the card has expired or was cancelled"
    assert list(owed()) == [row]
    assert "Could not reach you, and is owed to you" in read_by_alice(payment)
    assert Mail.objects.filter(fact__startswith="refund-failed:").count() == 1
    agrees(counter)
    refund.put_aside(refund_id=row.pk, who="staff:olive@example.org")
    assert list(owed()) == []
    assert "Given to you in another way on" in read_by_alice(payment)
    assert "is owed to you" not in read_by_alice(payment)


def test_a_refund_to_a_bank_account_takes_days_and_may_come_back(counter: Counter) -> None:
    counter.stripe.control.post("account", slow_bank_refunds=True)
    payment = paid(counter, number="debit")
    ask(payment)
    run_jobs()
    assert standing(counter, payment) == ("pending", "refunded", 0)
    (listed,) = counter.stripe.api("GET", REFUNDS)["data"]
    assert listed["id"].startswith("pyr_")
    counter.stripe.control.advance(8 * 86400)
    assert standing(counter, payment) == ("succeeded", "refunded", 0)
    counter.stripe.control.advance(20 * 86400)
    counter.stripe.control.post(f"objects/{listed['id']}", do="refund_fail", code="declined")
    assert standing(counter, payment) == ("failed", "succeeded", 9990)
    assert Refund.objects.get().failure.english == "the customer’s bank has declined it"
    agrees(counter)


def test_a_refund_waits_until_the_balance_suffices(counter: Counter) -> None:
    payment = paid(counter, number=AT_ONCE)
    counter.stripe.control.post("account", debit_negative_balances=False)
    counter.stripe.control.post("payouts/run")
    row = ask(payment)
    run_jobs()
    assert standing(counter, payment) == ("pending", "succeeded", 9990)
    assert Entry.objects.count() == 1  # Stripe has booked nothing, and so have we
    row.refresh_from_db()
    assert row.failure.english == "the balance at Stripe does not suffice"
    assert Alert.objects.filter(key=f"refund-pending:stripe:{row.reference}", closed_at=None).exists()
    builders.shop()
    counter.stripe.pay(counter.page(counter.order("Bob")), number=AT_ONCE)
    counter.stripe.pay(counter.page(counter.order("Charlie")), number=AT_ONCE)
    counter.stripe.control.advance(8 * 86400)
    assert standing(counter, payment) == ("succeeded", "refunded", 0)
    assert not Alert.objects.filter(key__startswith="refund-pending:", closed_at=None).exists()
    agrees(counter)


def test_a_dispute_that_is_faster_has_the_refund_refused_in_words(counter: Counter) -> None:
    """failures.md: refund of a disputed charge crashes."""
    payment = paid(counter)
    row = ask(payment)
    counter.stripe.control.move(payment.reference, "dispute")  # Stripe knows it; its event has not come yet
    run_jobs()
    row.refresh_from_db()
    assert (row.state, row.failure.english) == (
        "refused",
        "the customer’s bank disputes this payment and has taken the money back",
    )
    assert "No money has gone to the customer." in Alert.objects.get(key=f"refund-refused:{row.pk}").text.english
    assert counter.stripe.api("GET", REFUNDS)["data"] == []


def test_one_that_was_made_in_stripes_dashboard_is_mirrored_once_and_said_to_the_customer(counter: Counter) -> None:
    """failures.md: still “paid” after a refund made in Stripe's dashboard; recorded twice."""
    payment = paid(counter)
    counter.stripe.api("POST", REFUNDS, data={"payment_intent": payment.reference, "amount": "990"})
    for _time in range(2):
        assert standing(counter, payment) == ("succeeded", "partially_refunded", 9000)
    assert (Refund.objects.count(), Refund.objects.get().made_here) == (1, False)
    assert "Sent back to you on" in read_by_alice(payment)
    agrees(counter)
