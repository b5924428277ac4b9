"""The safety net and its edges: nothing forgotten, nothing repeated without end, people told once and told again."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone
from tests import builders
from tests.jobs import run_jobs
from tests.stripe import Stripe

from comptoir.inbox import actions as inbox
from comptoir.inbox.models import Wish
from comptoir.kernel.errors import SaidError
from comptoir.kernel.models import Alert
from comptoir.kernel.words import NOTHING, verbatim
from comptoir.modules import queries as modules, registry
from comptoir.modules.api import Envelope, PaymentSeen, PaymentStatus, Subject
from comptoir.modules.models import ModuleAccount
from comptoir.payments import sweep, sync
from comptoir.payments.actions import start as starting
from comptoir.payments.actions.closing import database_now
from comptoir.payments.actions.look import visit
from comptoir.payments.actions.observe import observe
from comptoir.payments.actions.start import Ready, start, subject_of
from comptoir.payments.models import Attempt, Payment
from comptoir.services.models import Operation, Service
from stripe_simulator import idempotency

pytestmark = pytest.mark.django_db(transaction=True)
SESSIONS = "/v1/checkout/sessions"


def look() -> int:
    """Answer all wishes that are due; returns how many."""
    count = 0
    while sync.look_once(by="test"):
        count += 1
    return count


def paid(stripe: Stripe, invoice_id: int) -> tuple[Ready, PaymentSeen]:
    """A page that is paid and not looked at yet, with what a read of it shows."""
    ready = start(invoice_id=invoice_id, gateway="stripe", who="test")
    stripe.pay(ready.url)
    subject = subject_of(ready.attempt)
    assert subject is not None
    account = modules.account(module="stripe", account=stripe.account, mode="test")
    seen = registry.gateway("stripe").look(account, subject)
    assert isinstance(seen, PaymentSeen)
    return ready, seen


def older(minutes: int) -> dt.datetime:
    return timezone.now() - dt.timedelta(minutes=minutes)


def test_one_attempt_of_a_missing_module_does_not_stop_the_net_for_others(stripe: Stripe) -> None:
    stripe.connect()
    ready, _seen = paid(stripe, builders.invoice(builders.customer("Alice")).pk)
    other = builders.invoice(builders.customer("Bob"), builders.product("Autre"))
    Attempt.objects.create(
        invoice=other, module="gone", account="", mode="test", amount_minor=1, currency="EUR",
        created_at=older(60), expires_at=older(0),
    )  # fmt: skip
    Attempt.objects.filter(pk=ready.attempt.pk).update(created_at=older(11))
    sweep.sweep()
    look()
    ready.attempt.refresh_from_db()
    assert ready.attempt.state == "succeeded"


def test_people_are_told_when_nothing_can_be_read_however_often_it_is_wished(stripe: Stripe) -> None:
    stripe.connect()
    ready, _seen = paid(stripe, builders.invoice(builders.customer("Alice")).pk)
    stripe.fault("status:401", method="GET", path="/v1/*", times=1000)
    looks = 0
    for _minute in range(40):
        Attempt.objects.update(wished_at=None)
        visit(ready.attempt)  # somebody keeps coming back
        looks += look()
        with connection.cursor() as cursor:
            cursor.execute("UPDATE inbox_wish SET not_before = not_before - interval '1 minute'")
    assert Alert.objects.filter(key__startswith="look:stripe").count() == 1
    assert looks < 50


def test_a_missing_fee_does_not_reset_the_back_off_of_a_claim(stripe: Stripe) -> None:
    stripe.connect()
    _ready, seen = paid(stripe, builders.invoice(builders.customer("Alice")).pk)
    envelope = Envelope("evt_1", "charge.updated", timezone.now(), stripe.account, "test", seen.subject, "booked")
    inbox.store(envelope, module="stripe", payload=b"{}")
    stale = replace(seen, shows=seen.shows - {"booked"}, charges=(replace(seen.charges[0], settlement=None),))
    for seconds in (2, 10, 60, 600):
        Wish.objects.update(not_before=timezone.now())
        claimed = inbox.claim(by="test")
        assert claimed is not None
        before = database_now()
        observe(stale, read_at=claimed.read_at, claimed=claimed)
        delay = dt.timedelta(seconds=seconds)
        assert before + delay <= Wish.objects.get().not_before <= database_now() + delay, seconds


def test_a_late_worker_does_not_free_the_next_ones_lease() -> None:
    inbox.wish(Subject("stripe", "acct_1", "test", "payment", "pi_1"))
    late = inbox.claim(by="late")
    Wish.objects.update(leased_until=older(1))
    assert inbox.claim(by="next") is not None
    assert late is not None
    inbox.put_off(late, problem=verbatim("too late"))
    wish = Wish.objects.get()
    assert (wish.leased_by[:5], wish.leased_until is None, wish.problem) == ("next/", False, NOTHING)


def test_a_failure_stored_under_the_customers_key_is_not_for_ever(
    stripe: Stripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    stripe.connect()
    invoice = builders.invoice(builders.customer("Alice"))
    keep = idempotency.keep

    def keep_a_failure(mode: object, key: str, mark: object, *, status: int, body: str, request_id: str) -> None:
        if '"object":"customer"' in body.replace(" ", ""):
            status, body = 500, '{"error":{"type":"api_error","message":"An unknown error occurred"}}'
        keep(mode, key, mark, status=status, body=body, request_id=request_id)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(idempotency, "keep", keep_a_failure)
        stripe.fault("drop_after", method="POST", path="/v1/customers")
        with pytest.raises(SaidError):
            start(invoice_id=invoice.pk, gateway="stripe", who="test")
    for _click in range(2):
        try:
            ready = start(invoice_id=invoice.pk, gateway="stripe", who="test")
        except SaidError:
            continue
        assert ready.url
        return
    raise AssertionError("the customer can never pay")


def test_a_key_used_with_other_words_finds_the_page_that_it_made(
    stripe: Stripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    stripe.connect()
    invoice = builders.invoice(builders.customer("Alice"))
    stripe.fault("drop_after", method="POST", path=SESSIONS, times=2)
    with pytest.raises(SaidError):
        start(invoice_id=invoice.pk, gateway="stripe", who="test")
    monkeypatch.setattr(settings, "PUBLIC_URL", "https://new.example.org")
    ready = start(invoice_id=invoice.pk, gateway="stripe", who="test")
    assert ready.attempt.reference == stripe.api("GET", SESSIONS)["data"][0]["id"]
    assert Attempt.objects.get().state == "open"


def test_nobody_is_led_to_pay_what_was_paid_meanwhile(stripe: Stripe) -> None:
    stripe.connect()
    invoice = builders.invoice(builders.customer("Alice"))
    first, seen = paid(stripe, invoice.pk)
    Attempt.objects.update(state="ended")
    second = starting._claim(invoice.pk, gateway="stripe", who="test")
    assert starting.may_call(second)
    observe(seen, read_at=timezone.now())  # the first page was paid after all, while the second is being made
    ready = starting.call(second)
    assert ready.url == ""
    run_jobs()
    look()
    second.refresh_from_db()
    assert (second.state, stripe.api("GET", f"{SESSIONS}/{second.reference}")["status"]) == ("ended", "expired")
    assert first.attempt.pk != second.pk


def test_a_decline_after_processing_on_a_page_that_is_open_leads_back_to_it(stripe: Stripe) -> None:
    stripe.connect()
    invoice = builders.invoice(builders.customer("Alice"))
    _ready, seen = paid(stripe, invoice.pk)
    observe(replace(seen, status=PaymentStatus.IN_PROGRESS, ended=False, charges=()), read_at=timezone.now())
    declined = replace(seen, status=PaymentStatus.FAILED, ended=False, charges=(), failure="card_declined")
    observe(declined, read_at=timezone.now())
    invoice.refresh_from_db()
    assert (invoice.state, Attempt.objects.get().state) == ("open", "open")
    assert start(invoice_id=invoice.pk, gateway="stripe", who="test").url


def test_an_object_of_another_account_says_nothing_of_our_attempt(stripe: Stripe) -> None:
    stripe.connect()
    invoice = builders.invoice(builders.customer("Alice"))
    _ready, seen = paid(stripe, invoice.pk)
    wrong = replace(
        seen, subject=replace(seen.subject, account="acct_other"), payment_id="pi_other", references=(), charges=()
    )
    for status, ended in ((PaymentStatus.IN_PROGRESS, False), (PaymentStatus.CANCELLED, True)):
        observe(replace(wrong, status=status, ended=ended), read_at=timezone.now())
        invoice.refresh_from_db()
        assert (invoice.state, Attempt.objects.get().state) == ("open", "open")


def test_a_payment_that_changes_its_attempt_is_held(stripe: Stripe) -> None:
    stripe.connect()
    alice = builders.customer("Alice")
    first, other = builders.invoice(alice), builders.invoice(alice, builders.product("Autre"))
    _ready, seen = paid(stripe, first.pk)
    observe(replace(seen, status=PaymentStatus.OPEN, charges=(), ended=False), read_at=timezone.now())
    attempt = start(invoice_id=other.pk, gateway="stripe", who="test").attempt
    observe(replace(seen, attempt=str(attempt.pk)), read_at=timezone.now())
    other.refresh_from_db()
    assert (other.state, Payment.objects.get().state) == ("open", "held")


def test_refunded_before_it_was_seen_is_not_delivered(stripe: Stripe) -> None:
    stripe.connect()
    invoice = builders.invoice(builders.customer("Alice"))
    ready, seen = paid(stripe, invoice.pk)
    stripe.api("POST", "/v1/refunds", data={"payment_intent": seen.payment_id})
    visit(ready.attempt)
    look()
    assert Payment.objects.get().state == "refunded"  # all of it has gone back: nobody has anything to decide
    assert not Operation.objects.exists()
    assert Service.objects.get().state == "pending"


def test_an_attempt_that_a_restored_backup_has_forgotten_is_told(stripe: Stripe) -> None:
    stripe.connect()
    _ready, seen = paid(stripe, builders.invoice(builders.customer("Alice")).pk)
    observe(replace(seen, attempt=str(uuid.uuid4())), read_at=timezone.now())
    assert Payment.objects.get().state == "held"


def test_the_sweep_leaves_a_call_alone_that_a_click_has_just_begun(stripe: Stripe) -> None:
    stripe.connect()
    invoice = builders.invoice(builders.customer("Alice"))
    attempt = starting._claim(invoice.pk, gateway="stripe", who="test")
    Attempt.objects.update(created_at=older(2))
    seen_by_the_sweep = Attempt.objects.get()
    assert starting.may_call(attempt)
    sweep.resume(seen_by_the_sweep)
    assert starting.call(attempt).url
    assert Attempt.objects.get().state == "open"


def test_another_way_of_paying_waits_for_the_one_that_was_begun(stripe: Stripe) -> None:
    stripe.connect()
    invoice = builders.invoice(builders.customer("Alice"))
    starting._claim(invoice.pk, gateway="stripe", who="test")
    with pytest.raises(SaidError):
        start(invoice_id=invoice.pk, gateway="cash", who="test")


def test_settings_that_cannot_be_unsealed_are_told_and_stop_nobody_else(stripe: Stripe) -> None:
    stripe.connect()
    invoice = builders.invoice(builders.customer("Alice"))
    starting._claim(invoice.pk, gateway="stripe", who="test")
    ModuleAccount.objects.update(sealed=b"gAAAAAbroken")
    with pytest.raises(SaidError):
        start(invoice_id=invoice.pk, gateway="stripe", who="test")
    assert modules.accounts("stripe") == []
    assert Alert.objects.filter(key__startswith="unseal:stripe").exists()


def test_a_page_whose_time_has_run_out_is_not_offered(stripe: Stripe) -> None:
    stripe.connect()
    ready = start(invoice_id=builders.invoice(builders.customer("Alice")).pk, gateway="stripe", who="test")
    Attempt.objects.update(expires_at=older(1))
    assert start(invoice_id=ready.attempt.invoice_id, gateway="stripe", who="test").url == ""
    assert Wish.objects.get().external_id == ready.attempt.reference


def test_an_event_whose_object_is_not_there_yet_waits_for_it(stripe: Stripe) -> None:
    stripe.connect()
    subject = Subject("stripe", stripe.account, "test", "payment", "pi_late")
    envelope = Envelope(
        "evt_1", "payment_intent.succeeded", timezone.now(), stripe.account, "test", subject, "succeeded"
    )
    inbox.store(envelope, module="stripe", payload=b"{}")
    for turn in range(5):
        wish = Wish.objects.get()
        assert wish.wanted > wish.done, turn
        Wish.objects.update(not_before=timezone.now())
        assert sync.look_once(by="test")
    wish = Wish.objects.get()
    assert wish.wanted == wish.done  # after the last written delay it is taken for absent
