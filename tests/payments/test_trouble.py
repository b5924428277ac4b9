"""Answers that are lost, refused or late; payments that do not match; reads that overtake each other."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.db import connection, transaction
from django.utils import timezone
from tests import builders
from tests.jobs import run_jobs
from tests.stripe import Stripe

from comptoir.inbox import actions as inbox
from comptoir.inbox.models import Notice, Wish
from comptoir.kernel.errors import SaidError
from comptoir.kernel.models import Alert
from comptoir.ledger.models import Allocation, Entry
from comptoir.modules import queries as modules, registry
from comptoir.modules.api import Envelope, PaymentSeen, Subject
from comptoir.payments import sweep, sync
from comptoir.payments.actions.look import visit
from comptoir.payments.actions.observe import observe
from comptoir.payments.actions.start import start, subject_of
from comptoir.payments.models import Attempt, Payment
from comptoir.services.models import Operation

pytestmark = pytest.mark.django_db(transaction=True)
SESSIONS = "/v1/checkout/sessions"


def look() -> None:
    """Answer all wishes that are due."""
    while sync.look_once(by="test"):
        pass


def test_an_answer_lost_after_the_change_makes_no_second_page(stripe: Stripe) -> None:
    stripe.connect()
    invoice = builders.invoice(builders.customer("Alice"))
    stripe.fault("drop_after", method="POST", path=SESSIONS, times=2)
    with pytest.raises(SaidError) as said:
        start(invoice_id=invoice.pk, gateway="stripe", who="test")
    assert "Nothing was charged" in str(said.value.sentence) or "débité" in str(said.value.sentence)
    assert Attempt.objects.get().state == "created"
    ready = start(invoice_id=invoice.pk, gateway="stripe", who="test")
    assert ready.url
    assert len(stripe.api("GET", SESSIONS)["data"]) == 1
    assert Attempt.objects.count() == 1


def test_the_sweep_finds_the_page_of_a_call_without_answer(stripe: Stripe) -> None:
    stripe.connect()
    invoice = builders.invoice(builders.customer("Alice"))
    stripe.fault("drop_after", method="POST", path=SESSIONS, times=2)
    with pytest.raises(SaidError):
        start(invoice_id=invoice.pk, gateway="stripe", who="test")
    Attempt.objects.update(created_at=timezone.now() - dt.timedelta(minutes=2), calling_until=None)
    sweep.sweep()
    attempt = Attempt.objects.get()
    assert (attempt.state, attempt.reference) == ("open", stripe.api("GET", SESSIONS)["data"][0]["id"])


def test_the_sweep_ends_an_attempt_for_which_nothing_was_made(stripe: Stripe) -> None:
    stripe.connect()
    invoice = builders.invoice(builders.customer("Alice"))
    stripe.fault("drop_before", method="POST", path=SESSIONS, times=2)
    with pytest.raises(SaidError):
        start(invoice_id=invoice.pk, gateway="stripe", who="test")
    Attempt.objects.update(created_at=timezone.now() - dt.timedelta(minutes=2), calling_until=None)
    sweep.sweep()
    assert Attempt.objects.get().state == "ended"
    assert start(invoice_id=invoice.pk, gateway="stripe", who="test").url


@pytest.mark.parametrize("arrived", [False, True])
def test_pressing_again_long_after_a_call_without_answer_alarms_nobody(stripe: Stripe, *, arrived: bool) -> None:
    """Stripe makes no page that would close in less than half an hour: repeating the call would be refused, and told as a fault."""
    stripe.connect()
    invoice = builders.invoice(builders.customer("Alice"))
    stripe.fault("drop_after" if arrived else "drop_before", method="POST", path=SESSIONS, times=2)
    with pytest.raises(SaidError):
        start(invoice_id=invoice.pk, gateway="stripe", who="test")
    now = timezone.now()
    later = {"created_at": now - dt.timedelta(minutes=40), "expires_at": now + dt.timedelta(minutes=20)}
    Attempt.objects.update(**later)
    stripe.fault("drop_before", method="GET", path=f"{SESSIONS}*", times=2)
    with pytest.raises(SaidError):  # nothing is ended on a guess
        start(invoice_id=invoice.pk, gateway="stripe", who="test")
    assert Attempt.objects.get().state == "created"
    ready = start(invoice_id=invoice.pk, gateway="stripe", who="test")
    assert ready.url
    made = [each["id"] for each in stripe.api("GET", SESSIONS)["data"]]
    assert made == [ready.attempt.reference]
    states = list(Attempt.objects.order_by("created_at").values_list("state", flat=True))
    assert states == (["open"] if arrived else ["ended", "open"])
    assert not Alert.objects.exists()


def test_a_definite_refusal_ends_the_attempt_and_tells_staff(stripe: Stripe) -> None:
    stripe.connect()
    invoice = builders.invoice(builders.customer("Alice"))
    stripe.fault("status:400", method="POST", path=SESSIONS, times=1)
    with pytest.raises(SaidError):
        start(invoice_id=invoice.pk, gateway="stripe", who="test")
    assert Attempt.objects.get().state == "ended"
    assert Alert.objects.filter(key__startswith="refused:stripe").exists()
    assert start(invoice_id=invoice.pk, gateway="stripe", who="test").url


def test_stripe_answers_429_and_the_customer_is_told_honestly(stripe: Stripe) -> None:
    stripe.connect()
    invoice = builders.invoice(builders.customer("Alice"))
    stripe.fault("status:429", method="POST", path=SESSIONS, times=1)
    with pytest.raises(SaidError):
        start(invoice_id=invoice.pk, gateway="stripe", who="test")
    assert Attempt.objects.get().state == "created"  # the same key serves again
    assert start(invoice_id=invoice.pk, gateway="stripe", who="test").url


def test_a_look_that_gets_no_answer_is_tried_again(stripe: Stripe) -> None:
    stripe.connect()
    invoice = builders.invoice(builders.customer("Alice"))
    ready = start(invoice_id=invoice.pk, gateway="stripe", who="test")
    stripe.pay(ready.url)
    visit(ready.attempt)
    stripe.fault("status:503", method="GET", path=f"{SESSIONS}*", times=2)
    look()
    wish = Wish.objects.get()
    assert (wish.wanted > wish.done, "503" in wish.problem.english, wish.tries) == (True, True, 1)
    assert wish.not_before > timezone.now()
    Wish.objects.update(not_before=timezone.now())
    look()
    invoice.refresh_from_db()
    assert invoice.state == "paid"


def test_a_notice_that_says_more_than_the_object_shows_is_not_done(stripe: Stripe) -> None:
    stripe.connect()
    invoice = builders.invoice(builders.customer("Alice"))
    ready = start(invoice_id=invoice.pk, gateway="stripe", who="test")
    subject = subject_of(ready.attempt)
    assert subject is not None
    inbox.store(
        Envelope(
            "evt_early", "checkout.session.completed", timezone.now(), stripe.account, "test", subject, "succeeded"
        ),
        module="stripe",
        payload=b"{}",
    )
    look()
    assert Notice.objects.get().done_at is None
    assert Wish.objects.get().problem
    stripe.pay(ready.url)
    Wish.objects.update(not_before=timezone.now())
    look()
    assert Notice.objects.get().done_at is not None
    invoice.refresh_from_db()
    assert invoice.state == "paid"


def _paid(stripe: Stripe, invoice_id: int) -> tuple[Subject, PaymentSeen]:
    """A page that is paid and not looked at yet, with what a read of it shows."""
    ready = start(invoice_id=invoice_id, gateway="stripe", who="test")
    stripe.pay(ready.url)
    subject = subject_of(ready.attempt)
    assert subject is not None
    account = modules.account(module="stripe", account=stripe.account, mode="test")
    seen = registry.gateway("stripe").look(account, subject)
    assert isinstance(seen, PaymentSeen)
    return subject, seen


def test_an_older_read_that_commits_last_changes_nothing(stripe: Stripe) -> None:
    stripe.connect()
    invoice = builders.invoice(builders.customer("Alice"))
    ready = start(invoice_id=invoice.pk, gateway="stripe", who="test")
    stripe.pay_by_sepa(ready.url)
    subject = subject_of(ready.attempt)
    assert subject is not None
    account = modules.account(module="stripe", account=stripe.account, mode="test")
    early, early_at = registry.gateway("stripe").look(account, subject), timezone.now()
    assert isinstance(early, PaymentSeen)
    stripe.control.move(early.payment_id, "fail")
    late, late_at = registry.gateway("stripe").look(account, subject), timezone.now()
    observe(late, read_at=late_at)
    before = Payment.objects.values().get(), Attempt.objects.values().get()
    observe(early, read_at=early_at)
    assert (Payment.objects.values().get(), Attempt.objects.values().get()) == before
    invoice.refresh_from_db()
    assert invoice.state == "open"


def test_another_amount_is_held_and_nothing_is_delivered(stripe: Stripe) -> None:
    stripe.connect()
    invoice = builders.invoice(builders.customer("Alice"))
    _subject, seen = _paid(stripe, invoice.pk)
    Attempt.objects.update(amount_minor=9991)  # as if the invoice had changed meanwhile
    observe(seen, read_at=timezone.now())
    invoice.refresh_from_db()
    payment = Payment.objects.get()
    assert (invoice.state, payment.state) == ("open", "held")
    assert "amount differs" in payment.held_because.english
    assert Entry.objects.count() == 1  # the money is there, and said to be there
    assert not Allocation.objects.exists()
    assert not Operation.objects.exists()
    assert Alert.objects.filter(key=f"held:{payment.pk}").exists()
    with pytest.raises(SaidError):  # no second payment is asked for while people look at this one
        start(invoice_id=invoice.pk, gateway="stripe", who="test")


def test_another_installation_has_no_effect_here(stripe: Stripe) -> None:
    stripe.connect()
    invoice = builders.invoice(builders.customer("Alice"))
    _subject, seen = _paid(stripe, invoice.pk)
    from dataclasses import replace

    observe(replace(seen, installation=str(uuid.uuid4())), read_at=timezone.now())
    assert not Payment.objects.exists()
    assert not Entry.objects.exists()
    observe(replace(seen, attempt="'; DROP TABLE"), read_at=timezone.now())  # ours, whatever became of its attempt
    invoice.refresh_from_db()
    assert (invoice.state, Payment.objects.get().state, Entry.objects.count()) == ("open", "held", 1)
    assert not Allocation.objects.exists()


def test_a_second_real_payment_is_held(stripe: Stripe) -> None:
    stripe.connect()
    invoice = builders.invoice(builders.customer("Alice"))
    _subject, first = _paid(stripe, invoice.pk)
    Attempt.objects.update(state="ended")  # given up here though its page was paid: the customer starts anew
    _subject, second = _paid(stripe, invoice.pk)
    observe(second, read_at=timezone.now())
    observe(first, read_at=timezone.now())
    run_jobs()
    states = dict(Payment.objects.values_list("reference", "state"))
    assert states == {second.payment_id: "succeeded", first.payment_id: "held"}
    assert (Entry.objects.count(), Allocation.objects.count(), Operation.objects.count()) == (2, 1, 1)


def test_a_page_left_open_is_closed_when_the_invoice_is_paid(stripe: Stripe) -> None:
    stripe.connect()
    invoice = builders.invoice(builders.customer("Alice"))
    _subject, first = _paid(stripe, invoice.pk)
    Attempt.objects.update(state="ended")
    second = start(invoice_id=invoice.pk, gateway="stripe", who="test")
    observe(first, read_at=timezone.now())
    run_jobs()
    look()
    assert stripe.api("GET", f"{SESSIONS}/{second.attempt.reference}")["status"] == "expired"
    second.attempt.refresh_from_db()
    assert second.attempt.state == "ended"
    invoice.refresh_from_db()
    assert invoice.state == "paid"


def test_stripe_is_never_called_inside_a_transaction(stripe: Stripe) -> None:
    from comptoir_stripe.gateway import StripeCallInTransactionError

    stripe.connect()
    invoice = builders.invoice(builders.customer("Alice"))
    with pytest.raises(StripeCallInTransactionError), transaction.atomic():
        start(invoice_id=invoice.pk, gateway="stripe", who="test")


def test_the_ledger_refuses_changes(stripe: Stripe) -> None:
    stripe.connect()
    invoice = builders.invoice(builders.customer("Alice"))
    _subject, seen = _paid(stripe, invoice.pk)
    observe(seen, read_at=timezone.now())
    for table in ("ledger_entry", "ledger_allocation"):
        for statement in (f"UPDATE {table} SET amount_minor = 1", f"DELETE FROM {table}"):
            with pytest.raises(Exception, match="never changed or deleted"), connection.cursor() as cursor:
                cursor.execute(statement)
