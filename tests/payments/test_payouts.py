"""Payouts are followed by what Stripe says, once by their id, with what each contains; whatever notice was lost."""

from __future__ import annotations

import datetime as dt

import pytest
from tests.jobs import run_jobs
from tests.payments import ledger_world as world
from tests.stripe import Stripe

from comptoir.inbox import actions as inbox
from comptoir.inbox.models import Notice, Wish
from comptoir.kernel.models import Alert, StateChange
from comptoir.kernel.money import Money
from comptoir.modules.api import Account, Subject
from comptoir.payments import payouts
from comptoir.payments.actions.observe import observe
from comptoir.payments.models import BookReading, Payout, PayoutRow
from comptoir_stripe import look as looking, webhooks

pytestmark = pytest.mark.django_db(transaction=True)
DAY = world.DAY


def earned(stripe: Stripe) -> None:
    """Alice has paid 99.90 and got 40.00 back, somebody else has paid 25.00 elsewhere; all of it is available."""
    stripe.connect()
    alice = world.pay(stripe, "Alice")
    world.refund(stripe, alice, 4000)
    world.by_others(stripe)
    stripe.control.advance(5 * DAY)


def run(stripe: Stripe) -> str:
    (made,) = stripe.control.post("payouts/run")["payouts"]
    return str(made["id"])


def tell(stripe: Stripe) -> None:
    """Every event of a payout comes as a notice, and every wish is answered, jobs too."""
    account: Account = world.account(stripe)
    for event in reversed(stripe.api("GET", "/v1/events?limit=100")["data"]):
        if event["type"] in {"payout.paid", "payout.failed", "payout.reconciliation_completed"}:
            inbox.store(webhooks.envelope(event, account), module="stripe", payload=b"")
    world.look()
    run_jobs()


def test_a_payout_is_followed_and_what_it_contains_adds_up_to_it(stripe: Stripe) -> None:
    earned(stripe)
    name = run(stripe)
    stripe.control.advance(3601)
    tell(stripe)
    row = Payout.objects.get()
    assert (row.reference, row.state, row.automatic, row.amount) == (name, "in_transit", True, Money(8252, "EUR"))
    assert row.rows_read_at is not None
    rows = PayoutRow.objects.filter(payout=row)
    assert {(each.kind, each.whose, each.net.minor) for each in rows} == {
        ("payment", "ours", 9815), ("refund", "ours", -4000), ("payment", "others", 2437),
    }  # fmt: skip
    assert sum(each.net_minor for each in rows) == row.amount_minor
    stripe.control.advance(5 * DAY)
    tell(stripe)
    row.refresh_from_db()
    assert row.state == "paid"
    assert list(StateChange.objects.filter(noun="payout").values_list("to_state", flat=True)) == ["in_transit", "paid"]
    assert not Notice.objects.filter(done_at=None).exists()
    assert not Alert.objects.filter(key__startswith="payout").exists()


def test_a_payout_that_comes_back_after_it_arrived_is_told(stripe: Stripe) -> None:
    earned(stripe)
    name = run(stripe)
    stripe.control.advance(5 * DAY)
    tell(stripe)
    stripe.control.move(name, "fail", code="account_closed")
    tell(stripe)
    row = Payout.objects.get()
    assert (row.state, row.failure) == ("failed", "account_closed")
    alert = Alert.objects.get(key=f"payout-failed:{row.pk}")
    assert "had arrived" in alert.text.english
    assert "the bank account is closed" in alert.text.english
    assert not Notice.objects.filter(done_at=None).exists()


def test_one_that_fails_before_it_arrives_is_told_too(stripe: Stripe) -> None:
    earned(stripe)
    name = run(stripe)
    stripe.control.advance(3601)
    tell(stripe)
    stripe.control.move(name, "fail")
    tell(stripe)
    assert "has failed" in Alert.objects.get(key__startswith="payout-failed:").text.english


def test_an_older_read_changes_nothing(stripe: Stripe) -> None:
    earned(stripe)
    name = run(stripe)
    stripe.control.advance(3601)
    account = world.account(stripe)
    subject = Subject("stripe", account.account, "test", "payout", name)
    early, early_at = looking.look(account, subject), dt.datetime.now(dt.UTC)
    stripe.control.advance(5 * DAY)
    late = looking.look(account, subject)
    observe(late, read_at=dt.datetime.now(dt.UTC))
    observe(early, read_at=early_at)
    assert Payout.objects.get().state == "paid"


def test_without_a_single_notice_the_list_tells_of_payouts_and_of_what_they_contain(stripe: Stripe) -> None:
    earned(stripe)
    run(stripe)
    payouts.start_due()
    run_jobs()
    assert Payout.objects.get().state == "pending"
    assert PayoutRow.objects.count() == 0
    stripe.control.advance(5 * DAY)
    payouts.start_due()  # read lately
    assert run_jobs() == 0
    BookReading.objects.update(payouts_due_at=None)
    payouts.start_due()
    run_jobs()
    assert Payout.objects.get().state == "paid"
    assert PayoutRow.objects.count() == 3
    assert Wish.objects.filter(kind="payout").count() == 0


def test_what_a_payout_contains_is_read_to_its_end_in_steps_and_once(
    stripe: Stripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    earned(stripe)
    run(stripe)
    stripe.control.advance(3601)
    monkeypatch.setattr(payouts, "PAGES", 1)
    monkeypatch.setattr("comptoir_stripe.reconcile.PAGE", 1)
    tell(stripe)
    row = Payout.objects.get()
    assert row.rows_read_at is not None
    assert row.rows.count() == 3
    calls = len(stripe.calls("GET", "/v1/balance_transactions"))
    payouts.read_rows(row.pk)
    assert len(stripe.calls("GET", "/v1/balance_transactions")) == calls


def test_a_payout_that_somebody_made_by_hand_has_no_contents(stripe: Stripe) -> None:
    earned(stripe)
    made = stripe.api("POST", "/v1/payouts", data={"amount": "1000", "currency": "eur"})
    stripe.control.advance(5 * DAY)
    tell(stripe)
    row = Payout.objects.get(reference=made["id"])
    assert (row.state, row.automatic, row.rows_read_at) == ("paid", False, None)
