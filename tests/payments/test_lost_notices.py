"""Notices that never reached us: the provider's list is read by itself about every hour, and whenever somebody asks."""

from __future__ import annotations

import datetime as dt

import pytest
import requests
from django.db import OperationalError
from tests import builders
from tests.jobs import run_jobs
from tests.payments.disputing import Later
from tests.payments.test_versions import ENDPOINTS, Counter, by_card, ending, endpoint
from tests.simulator.receiver import Receiver
from tests.stripe import Stripe

from comptoir.inbox import catchup
from comptoir.inbox.models import LOST, CatchUp, Notice
from comptoir.invoices.models import Invoice
from comptoir.kernel import clock
from comptoir.kernel.models import Installation
from comptoir.kernel.whereabouts import settle_in
from comptoir.kernel.words import NOTHING
from comptoir.modules import actions as modules, queries
from comptoir.modules.api import Account, ToldPage
from comptoir.modules.models import ModuleAccount
from comptoir.payments import sync
from comptoir.payments.actions.look import visit
from comptoir.payments.actions.start import start
from comptoir.payments.models import Payment
from comptoir_stripe import lists

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def later(stripe: Stripe, monkeypatch: pytest.MonkeyPatch) -> Later:
    """Keys are stored, no endpoint was ever made, and time passes when it is told to."""
    stripe.connect()
    return Later(stripe, monkeypatch)


@pytest.fixture
def since(monkeypatch: pytest.MonkeyPatch) -> list[dt.datetime]:
    """From when each listing of events was asked for; the listing itself is Stripe's."""
    asked: list[dt.datetime] = []
    ask = lists.notices

    def heard(account: Account, *, since: dt.datetime, cursor: str = "") -> ToldPage:
        asked.append(since)
        return ask(account, since=since, cursor=cursor)

    monkeypatch.setattr(lists, "notices", heard)
    return asked


def paid(stripe: Stripe) -> Payment:
    """Alice has paid by card and has come back: the payment is at its end here, and nobody looks any more."""
    invoice = builders.invoice(builders.customer("Alice"))
    ready = start(invoice_id=invoice.pk, gateway="stripe", who="test")
    stripe.pay(ready.url)
    visit(ready.attempt)
    look()
    return Payment.objects.get()


def look() -> None:
    """A worker does what is due: jobs, and looks."""
    run_jobs()
    while sync.look_once(by="test"):
        pass


def listings(stripe: Stripe) -> int:
    """How often the list of events was asked for."""
    return len(stripe.calls("GET", "/v1/events"))


def account(stripe: Stripe) -> Account:
    return queries.account(module="stripe", account=stripe.account, mode="test")


def test_a_refund_whose_event_was_lost_is_found_without_a_person(stripe: Stripe, later: Later) -> None:
    payment = paid(stripe)
    catchup.start_due()
    look()
    modules.set_enabled(name="stripe", enabled=False, who="test")  # a disabled module is looked after all the same
    stripe.api("POST", "/v1/refunds", data={"payment_intent": payment.reference})
    catchup.start_due()
    look()
    payment.refresh_from_db()
    assert payment.state == "succeeded", "not due yet"
    later.by(minutes=61)
    catchup.start_due()
    look()
    payment.refresh_from_db()
    assert (payment.state, Invoice.objects.get().state) == ("refunded", "refunded")
    assert not Notice.objects.filter(done_at=None).exists()


def test_it_is_found_though_no_worker_ran_for_a_week(stripe: Stripe, later: Later) -> None:
    payment = paid(stripe)
    catchup.start_due()
    look()
    stripe.api("POST", "/v1/refunds", data={"payment_intent": payment.reference, "amount": "4000"})
    later.by(days=7)
    catchup.start_due()
    look()
    payment.refresh_from_db()
    assert payment.state == "partially_refunded"


def test_it_is_read_once_an_hour_whoever_sweeps_and_from_where_the_last_reading_began(
    stripe: Stripe, later: Later, since: list[dt.datetime]
) -> None:
    for _ in range(3):
        catchup.start_due()
    assert run_jobs() == 1
    once = listings(stripe)
    later.by(minutes=59)
    catchup.start_due()
    assert run_jobs() == 0
    later.by(minutes=2)
    began = clock.now()
    for _ in range(3):
        catchup.start_due()
    assert run_jobs() == 1
    assert listings(stripe) == 2 * once
    row = CatchUp.objects.get()
    assert row.read_until is not None
    assert began <= row.read_until <= clock.now()
    distance = began - since[-1]
    assert dt.timedelta(hours=2) < distance < dt.timedelta(hours=2, minutes=5), "an hour before the last reading began"
    assert not row.under_way, "what a person asks for is another thing"
    assert row.counted_at is None


def test_the_first_reading_begins_where_the_account_was_first_used_and_at_most_thirty_days_ago(
    later: Later, since: list[dt.datetime]
) -> None:
    for days, expected in ((3, 3), (40, 30)):
        CatchUp.objects.all().delete()
        ModuleAccount.objects.update(used_at=clock.now() - dt.timedelta(days=days))
        catchup.start_due()
        run_jobs()
        distance = clock.now() - since[-1]
        assert dt.timedelta(days=expected) <= distance < dt.timedelta(days=expected, hours=1, minutes=1), days
    assert later.ahead == dt.timedelta()


def test_a_copy_reads_nothing(stripe: Stripe, later: Later) -> None:
    catchup.start_due()
    settle_in()
    Installation.objects.update(address="https://home.example")
    before = listings(stripe)
    run_jobs()  # one that was waiting when the copy was made
    later.by(hours=2)
    catchup.start_due()
    assert run_jobs() == 0
    assert listings(stripe) == before


def test_an_account_that_is_not_used_is_left_alone(stripe: Stripe, later: Later) -> None:
    ModuleAccount.objects.update(current=False)
    catchup.start_due()
    assert run_jobs() == 0
    assert (later.ahead, listings(stripe)) == (dt.timedelta(), 0)


def test_a_reading_that_fails_is_told_and_the_next_begins_where_it_did(stripe: Stripe, later: Later) -> None:
    payment = paid(stripe)
    catchup.start_due()
    look()
    began = CatchUp.objects.get().read_until
    stripe.api("POST", "/v1/refunds", data={"payment_intent": payment.reference})
    for status in (403, 401):
        stripe.fault(f"status:{status}", method="GET", path="/v1/events", times=9)
        later.by(minutes=90)
        catchup.start_due()
        look()
        row = CatchUp.objects.get()
        assert row.own_problem
        assert row.read_until == began
        assert not row.problem, "nobody had asked"
        requests.delete(f"{stripe.server.base_url}/_control/faults", timeout=10).raise_for_status()
    later.by(minutes=90)
    catchup.start_due()
    look()
    payment.refresh_from_db()
    assert payment.state == "refunded"
    assert CatchUp.objects.get().own_problem == NOTHING


def test_a_clock_that_has_gone_back_does_not_stop_it(stripe: Stripe, later: Later) -> None:
    later.ahead = dt.timedelta(days=300)  # of the house alone: a demo whose Stripe was begun anew
    catchup.start_due()
    run_jobs()
    later.ahead = dt.timedelta()
    before = listings(stripe)
    catchup.start_due()
    assert run_jobs() == 1
    assert listings(stripe) > before


# ------------------------------------------------------------------ somebody asks


def test_a_fetch_that_stumbles_ends_and_can_be_asked_for_again(
    stripe: Stripe, later: Later, monkeypatch: pytest.MonkeyPatch
) -> None:
    paid(stripe)
    named = {"module": "stripe", "account": stripe.account, "mode": "test"}

    def torn(*_args: object) -> None:
        raise OperationalError("the connection was lost")

    with monkeypatch.context() as patched:
        patched.setattr(catchup, "_lacking", torn)
        assert catchup.ask(**named)  # type: ignore[arg-type]
        with pytest.raises(OperationalError):
            run_jobs()
    row = CatchUp.objects.get()
    assert (row.under_way, row.lost) == (False, False)
    assert row.problem.english == "a fault of this counter: OperationalError"
    assert catchup.ask(**named)  # type: ignore[arg-type]
    run_jobs()
    row.refresh_from_db()
    assert (row.problem, row.stored > 0) == (NOTHING, True)
    assert later.ahead == dt.timedelta()


def test_a_fetch_whose_worker_was_killed_counts_as_ended(stripe: Stripe, later: Later) -> None:
    named = {"module": "stripe", "account": stripe.account, "mode": "test"}
    assert catchup.ask(**named)  # type: ignore[arg-type]
    assert not catchup.ask(**named)  # type: ignore[arg-type]
    assert CatchUp.objects.get().under_way
    CatchUp.objects.update(alive_at=dt.datetime.now(dt.UTC) - LOST)
    row = CatchUp.objects.get()
    assert (row.under_way, row.lost) == (False, True)
    assert catchup.ask(**named)  # type: ignore[arg-type]
    assert CatchUp.objects.get().under_way
    assert later.ahead == dt.timedelta()


def test_of_a_host_with_thin_events_alone_nothing_is_missing(stripe: Stripe) -> None:
    """Stripe lists the snapshots, and has sent their thin twins, which have ids of their own."""
    stripe.connect()
    with Receiver() as receiver:
        secret = endpoint(ENDPOINTS["thin payloads, all events"], stripe, receiver.url)
        modules.store_values(
            module="stripe", account=stripe.account, mode="test", values={"webhook_secret": secret}, who="test"
        )
        counter = Counter(stripe, receiver)
        invoice = counter.order("Alice")
        by_card(counter, invoice)
    assert ending(invoice)["payment"][0] == "succeeded"
    received = Notice.objects.count()
    assert received == Notice.objects.exclude(twin="").count() > 0
    assert catchup.count(module="stripe", account=account(stripe)).missing == {}
    catchup.fetch(module="stripe", account=account(stripe))
    assert Notice.objects.count() == received
    lost = Notice.objects.filter(type="v1.payment_intent.succeeded").get()
    lost.delete()
    assert catchup.count(module="stripe", account=account(stripe)).missing == {"payment_intent.succeeded": 1}
