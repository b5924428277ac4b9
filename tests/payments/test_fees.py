"""Fees are read in lists, a hundred rows a call; payment by payment only where the lists do not bring them."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone
from tests.jobs import run_jobs
from tests.payments import ledger_world as world
from tests.stripe import Stripe

from comptoir.inbox.models import Wish
from comptoir.kernel.models import Installation
from comptoir.kernel.money import Money
from comptoir.ledger import actions as ledger
from comptoir.ledger.models import Entry, SettlementEntry
from comptoir.payments import fees
from comptoir.payments.models import BookReading, Payment

pytestmark = pytest.mark.django_db(transaction=True)
BOOKS = "/v1/balance_transactions"


def lacking() -> int:
    return Entry.objects.filter(settlements=None).count()


def due() -> None:
    """The last reading was long ago."""
    BookReading.objects.update(fees_read_at=timezone.now() - dt.timedelta(hours=2))


def unsettled(stripe: Stripe, *names: str) -> None:
    """Payments that were seen before Stripe had booked them, and that it has booked by now."""
    stripe.server.settings.balance_delay, before = 60, stripe.server.settings.balance_delay
    try:
        for name in names:
            world.pay(stripe, name)
        assert lacking() == len(names)
        stripe.control.advance(120)
    finally:
        stripe.server.settings.balance_delay = before


def test_one_list_brings_the_fees_of_many_payments(stripe: Stripe) -> None:
    stripe.connect()
    unsettled(stripe, "Alice", "Bob", "Carla")
    Wish.objects.all().delete()
    before = len(stripe.calls("GET"))
    fees.start_due()
    run_jobs()
    assert lacking() == 0
    assert [call["path"] for call in stripe.calls("GET")[before:]] == [BOOKS]
    booked = SettlementEntry.objects.select_related("entry")
    assert {(each.amount, each.fee, each.net, each.category) for each in booked} == {
        (Money(9990, "EUR"), Money(175, "EUR"), Money(9815, "EUR"), "charge")
    }
    at_stripe = {each["id"]: each for each in stripe.api("GET", BOOKS)["data"]}
    for each in booked:
        row = at_stripe[each.reference]
        assert (row["source"], row["created"]) == (each.entry.reference, each.booked_at.timestamp())
    due()
    fees.start_due()
    run_jobs()
    assert len(stripe.calls("GET", BOOKS)) == 2  # ours above, and one: nothing is lacking, nothing is asked


def many(stripe: Stripe, count: int) -> None:
    """So many more payments like the one that is there, at Stripe and in the ledger, none settled here."""
    mode, entry = stripe.server.world.test, Entry.objects.get()
    charge = mode.objects[entry.reference]
    row = mode.objects[charge["balance_transaction"]]
    for number in range(count):
        intent = mode.put({**mode.objects[entry.payment], "id": f"pi_many{number:06d}"})
        twin = mode.put({**charge, "id": f"ch_many{number:06d}", "payment_intent": intent["id"]})
        mode.put({**row, "id": f"txn_many{number:06d}", "source": twin["id"]})
        ledger.record(
            source="stripe",
            account=entry.account,
            mode="test",
            kind="payment",
            reference=twin["id"],
            payment=intent["id"],
            amount=entry.amount,
            occurred_at=entry.occurred_at,
        )


def test_a_backlog_takes_a_call_for_a_hundred_payments_and_goes_on_where_it_was_cut(
    stripe: Stripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    stripe.connect()
    world.pay(stripe, "Alice")
    run_jobs()
    many(stripe, 250)
    assert lacking() == 250
    monkeypatch.setattr(fees, "PAGES", 2)
    before = len(stripe.calls("GET"))
    fees.start_due()
    assert run_jobs() == 2
    assert lacking() == 0
    assert [call["path"] for call in stripe.calls("GET")[before:]] == 3 * [BOOKS]


def test_an_outage_loses_nothing_and_the_next_reading_overlaps_the_last(stripe: Stripe) -> None:
    stripe.connect()
    unsettled(stripe, "Alice")
    stripe.fault("status:500", method="GET", path=BOOKS + "*", times=2)
    fees.start_due()
    run_jobs()
    assert lacking() == 1
    assert "500" in BookReading.objects.get().problem.english
    due()
    fees.start_due()
    run_jobs()
    assert lacking() == 0
    assert not BookReading.objects.get().problem
    first = BookReading.objects.get().read_until
    unsettled(stripe, "Bob")
    due()
    fees.start_due()
    run_jobs()
    assert lacking() == 0
    assert first is not None
    read_until = BookReading.objects.get().read_until
    assert read_until is not None
    assert read_until > first


def test_while_something_is_lacking_it_is_asked_for_soon_and_then_ever_more_rarely(stripe: Stripe) -> None:
    stripe.connect()
    world.pay(stripe, "Alice")
    world.sql("DELETE FROM ledger_settlemententry")
    stripe.server.world.test.forget(next(iter(stripe.server.world.test.all("balance_transaction"))))
    fees.start_due()
    run_jobs()
    readings = []
    for minutes in (0, 1, 30):
        ago = timezone.now() - dt.timedelta(minutes=minutes)
        world.sql("UPDATE ledger_entry SET recorded_at = %s", ago.isoformat())
        for since in (10, 25, 120, 2000):
            BookReading.objects.update(fees_read_at=timezone.now() - dt.timedelta(seconds=since))
            fees.start_due()
            readings.append((minutes, since, run_jobs()))
    assert [(minutes, since) for minutes, since, ran in readings if ran] == [
        (0, 25), (0, 120), (0, 2000), (1, 120), (1, 2000), (30, 2000),
    ]  # fmt: skip


def test_what_the_lists_do_not_bring_is_looked_at_by_itself(stripe: Stripe) -> None:
    stripe.connect()
    payment = world.pay(stripe, "Alice")
    world.sql("DELETE FROM ledger_settlemententry")
    assert wished_alone(payment, recorded=5, read=5) is False
    assert wished_alone(payment, recorded=20, read=5) is False
    assert wished_alone(payment, recorded=20, read=15) is True
    assert wished_alone(payment, recorded=300, read=120) is False
    assert wished_alone(payment, recorded=300, read=400) is True
    assert wished_alone(payment, recorded=40 * 1440, read=400) is False  # the comparison tells of it
    world.look_at(payment)
    assert lacking() == 0
    assert wished_alone(payment, recorded=20, read=15) is False


def wished_alone(payment: Payment, *, recorded: int, read: int) -> bool:
    """Whether a look is wished for, so many minutes after the entry was written and the payment was read."""
    now = timezone.now()
    world.sql("UPDATE ledger_entry SET recorded_at = %s", (now - dt.timedelta(minutes=recorded)).isoformat())
    Payment.objects.filter(pk=payment.pk).update(read_at=now - dt.timedelta(minutes=read))
    Wish.objects.all().delete()
    fees.look_alone()
    return Wish.objects.filter(external_id=payment.reference).exists()


def test_a_copy_of_the_counter_asks_for_no_fees(stripe: Stripe) -> None:
    stripe.connect()
    unsettled(stripe, "Alice")
    run_jobs()
    Installation.objects.update(address="https://elsewhere.example.org")
    fees.start_due()
    assert run_jobs() == 0
    assert lacking() == 1


def test_refunds_and_what_came_back_of_them_are_settled_by_the_same_lists(stripe: Stripe) -> None:
    stripe.connect()
    payment = world.pay(stripe, "Alice", card="4000000000005126")
    world.refund(stripe, payment, 4000)
    stripe.control.advance(30)  # by then it has failed
    world.look_at(payment)
    assert set(Entry.objects.values_list("kind", "amount_minor")) == {
        ("payment", 9990), ("refund", -4000), ("refund_failure", 4000),
    }  # fmt: skip
    world.sql("DELETE FROM ledger_settlemententry")
    fees.start_due()
    run_jobs()
    assert set(SettlementEntry.objects.values_list("entry__kind", "amount_minor", "category")) == {
        ("payment", 9990, "charge"), ("refund", -4000, "refund"), ("refund_failure", 4000, "refund_failure"),
    }  # fmt: skip
