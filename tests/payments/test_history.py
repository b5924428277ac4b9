"""An account's earlier payments are read once, page by page: ours find their rows again, those of others are kept to be shown."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from django.db import connection
from django.utils import timezone
from procrastinate.jobs import Job
from tests import builders
from tests.jobs import run_jobs
from tests.stripe import Stripe

from comptoir.inbox import actions as inbox
from comptoir.inbox.models import Wish
from comptoir.jobs.app import real
from comptoir.jobs.backoff import Backoff
from comptoir.kernel.models import Installation
from comptoir.ledger.models import Entry
from comptoir.modules import registry
from comptoir.modules.api import Account, Foreign as ForeignSeen, OutcomeUnknownError, SeenPage, Subject
from comptoir.modules.models import ModuleAccount
from comptoir.payments import history
from comptoir.payments.actions.start import start
from comptoir.payments.models import Foreign, History, Payment
from comptoir.payments.sweep import sweep
from comptoir.payments.sync import look_once

pytestmark = pytest.mark.django_db(transaction=True)


def made_by_others(stripe: Stripe, *, minor: int = 4200) -> str:
    """A payment by another shop of the same account, paid."""
    intent = stripe.api(
        "POST",
        "/v1/payment_intents",
        data={
            "amount": minor,
            "currency": "eur",
            "confirm": "true",
            "payment_method": "pm_card_visa",
            "automatic_payment_methods[enabled]": "true",
            "automatic_payment_methods[allow_redirects]": "never",
            "receipt_email": "mallory@example.net",
        },
    )
    name: str = intent["id"]
    return name


def account() -> ModuleAccount:
    return ModuleAccount.objects.get()


def waiting() -> list[dict[str, object]]:
    """Jobs that read a history, and when they start."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT args::text, scheduled_at FROM procrastinate_jobs "
            "WHERE task_name = 'payments.history' AND status = 'todo' ORDER BY id"
        )
        return [{**json.loads(args), "at": at} for args, at in cursor.fetchall()]


def due_now() -> None:
    """The pause between two pages is over."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET scheduled_at = NULL WHERE status = 'todo'")


def test_the_sweep_has_it_read_and_those_of_others_are_kept(stripe: Stripe) -> None:
    stripe.connect()
    name = made_by_others(stripe)
    sweep()
    assert len(waiting()) == 1
    run_jobs()
    row = Foreign.objects.get()
    assert (row.reference, row.kind, row.state, row.method) == (name, "payment", "succeeded", "Visa ·· 4242")
    assert (row.amount_minor, row.currency, row.payer) == (4200, "EUR", "mallory@example.net")
    assert account().history_read_at is not None
    assert not History.objects.exists()
    assert (Payment.objects.count(), Entry.objects.count()) == (0, 0)


def test_what_is_read_is_not_read_again(stripe: Stripe) -> None:
    stripe.connect()
    sweep()
    run_jobs()
    calls = len(stripe.calls("GET", "/v1/payment_intents"))
    sweep()
    assert waiting() == []
    run_jobs()
    assert len(stripe.calls("GET", "/v1/payment_intents")) == calls == 1


def test_ours_that_we_were_not_told_of_is_found(stripe: Stripe) -> None:
    """A payment of which no notice came, and nobody looked: the history shows it as a look would."""
    stripe.connect()
    ready = start(invoice_id=builders.invoice(builders.customer("Alice")).pk, gateway="stripe", who="test")
    stripe.pay(ready.url)
    Wish.objects.all().delete()
    sweep()
    run_jobs()
    payment = Payment.objects.get()
    assert payment.invoice is not None
    assert (payment.state, payment.invoice.state, payment.method_type) == ("succeeded", "paid", "card")
    assert not Foreign.objects.exists()


def test_page_by_page_with_a_pause_and_from_where_it_stood(stripe: Stripe, monkeypatch: pytest.MonkeyPatch) -> None:
    from comptoir_stripe import lists

    monkeypatch.setattr(lists, "PAGE", 2)
    stripe.connect()
    names = [made_by_others(stripe) for _each in range(5)]
    history.start_due()
    run_jobs()
    row = History.objects.get()
    assert (row.count, row.cursor) == (2, names[3])
    assert {each.reference for each in Foreign.objects.all()} == set(names[3:])
    (job,) = waiting()
    assert job["history_id"] == row.pk
    assert isinstance(job["at"], dt.datetime)
    assert job["at"] > timezone.now() - dt.timedelta(seconds=5)
    assert run_jobs() == 0  # not before the pause is over
    for _page in range(2):
        due_now()
        assert run_jobs() == 1
    assert {each.reference for each in Foreign.objects.all()} == set(names)
    assert account().history_read_at is not None
    pages = stripe.calls("GET", "/v1/payment_intents")
    assert len(pages) == 3


def test_only_the_last_thirty_days_are_asked_for(stripe: Stripe) -> None:
    stripe.connect()
    history.start_due()
    row = History.objects.get()
    assert abs((timezone.now() - dt.timedelta(days=30) - row.since).total_seconds()) < 60


def test_a_failure_is_tried_again_from_the_same_page(stripe: Stripe) -> None:
    stripe.connect()
    made_by_others(stripe)
    history.start_due()
    row = History.objects.get()
    stripe.fault("status:500", method="GET", path="/v1/payment_intents*", times=9)
    with pytest.raises(OutcomeUnknownError):
        history.read_page(row.pk)
    assert (Foreign.objects.count(), account().history_read_at) == (0, None)
    strategy = real().tasks["payments.history"].retry_strategy
    assert isinstance(strategy, Backoff)
    job = Job(id=1, queue="default", lock=None, queueing_lock=None, task_name="payments.history", attempts=0)
    assert strategy.get_retry_decision(exception=OutcomeUnknownError("x"), job=job) is not None
    stripe.control.delete("faults")
    history.read_page(row.pk)
    assert (Foreign.objects.count(), History.objects.count()) == (1, 0)


def test_it_is_enqueued_once_and_again_after_it_was_given_up(stripe: Stripe) -> None:
    stripe.connect()
    for _each in range(3):
        history.start_due()
    assert len(waiting()) == 1
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'failed'")
    history.start_due()
    assert waiting() == []
    History.objects.update(enqueued_at=timezone.now() - history.AGAIN)
    history.start_due()
    assert len(waiting()) == 1


def test_a_twin_of_the_job_does_no_harm(stripe: Stripe, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both read the same page; one of them moves on, and one job for the next page waits."""
    from comptoir_stripe import lists

    monkeypatch.setattr(lists, "PAGE", 1)
    stripe.connect()
    made_by_others(stripe)
    second = made_by_others(stripe)
    history.start_due()
    row = History.objects.get()
    gateway = registry.gateway

    class Twin:
        """While this one asks, its twin reads the page."""

        def recent(self, account: Account, *, since: dt.datetime, cursor: str = "") -> SeenPage:
            monkeypatch.setattr(registry, "gateway", gateway)
            history.read_page(row.pk)
            return gateway("stripe").recent(account, since=since, cursor=cursor)

    monkeypatch.setattr(registry, "gateway", lambda _name: Twin())
    history.read_page(row.pk)
    row.refresh_from_db()
    assert (row.count, row.cursor) == (1, second)
    assert len(waiting()) == 1


class Answers:
    """A gateway that answers one page."""

    def __init__(self, page: SeenPage) -> None:
        self.page = page

    def recent(self, account: Account, *, since: dt.datetime, cursor: str = "") -> SeenPage:
        return self.page


def test_a_cursor_that_does_not_move_is_a_fault_and_no_endless_reading(
    stripe: Stripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    stripe.connect()
    history.start_due()
    History.objects.update(cursor="pi_1")
    monkeypatch.setattr(registry, "gateway", lambda _name: Answers(SeenPage((), cursor="pi_1")))
    with pytest.raises(history.StuckError):
        history.read_page(History.objects.get().pk)


def test_one_payment_that_fails_is_left_to_the_looks_and_the_others_go_on(
    stripe: Stripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    stripe.connect()
    history.start_due()
    good, bad = (Subject("stripe", stripe.account, "test", "payment", name) for name in ("pi_good", "pi_" + "x" * 300))
    page = SeenPage(tuple(ForeignSeen(each, why="made by others") for each in (bad, good)))
    monkeypatch.setattr(registry, "gateway", lambda _name: Answers(page))
    wished: list[Subject] = []
    monkeypatch.setattr(inbox, "wish", wished.append)
    history.read_page(History.objects.get().pk)
    assert Foreign.objects.get().reference == "pi_good"
    assert account().history_read_at is not None
    assert wished == [bad]


def test_a_copy_of_a_counter_leaves_the_provider_alone(stripe: Stripe) -> None:
    stripe.connect()
    builders.shop()
    from comptoir.kernel.records import installation

    installation()
    Installation.objects.update(address="https://another.example.org")
    history.start_due()
    assert waiting() == []


def test_what_a_look_and_the_history_both_show_is_stored_once(stripe: Stripe) -> None:
    stripe.connect()
    ready = start(invoice_id=builders.invoice(builders.customer("Alice")).pk, gateway="stripe", who="test")
    stripe.pay(ready.url)
    history.start_due()
    while look_once(by="test"):
        pass
    run_jobs()
    assert Payment.objects.count() == 1
    assert Entry.objects.count() == 1
