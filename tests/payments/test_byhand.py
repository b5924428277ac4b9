"""`comptoir stripe test | look | replay | reconcile`, as somebody with a shell on the machine types it."""

from __future__ import annotations

import datetime as dt
import io
import subprocess
import sys

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone
from tests.jobs import run_jobs
from tests.payments import ledger_world as world
from tests.stripe import Stripe

from comptoir.inbox import actions as inbox
from comptoir.inbox.models import Notice, Wish
from comptoir.kernel import clock
from comptoir.kernel.words import code
from comptoir.ledger.models import Entry
from comptoir.modules import registry
from comptoir.payments.models import Payout, Reconciliation
from comptoir_stripe import webhooks

pytestmark = pytest.mark.django_db(transaction=True)


def comptoir(*words: str) -> list[str]:
    """What a command prints, line by line. Raises CommandError."""
    told = io.StringIO()
    call_command("gateway", *words, stdout=told)
    return told.getvalue().splitlines()


def refused(*words: str) -> tuple[int, str]:
    """The exit code and the sentence of a command that ends badly."""
    with pytest.raises(CommandError) as error:
        comptoir(*words)
    return error.value.returncode, str(error.value)


def test_the_command_line_knows_each_gateway_and_says_what_it_can() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "comptoir", "--help"], capture_output=True, text=True, check=True, timeout=60
    )
    assert "stripe" in done.stdout
    assert "instant" not in done.stdout  # a driver has no such operations


def test_the_connection_is_tried_with_the_stored_keys(stripe: Stripe) -> None:
    stripe.connect()
    told = comptoir("stripe", "test")
    assert told[0] == f"account {stripe.account}, test"
    assert any(line.startswith("  ok") for line in told)
    stripe.control.delete(f"keys/{stripe.server.secret_key}")
    assert refused("stripe", "test") == (1, "Something is to be mended.")


def test_an_object_is_looked_at_by_any_id_at_once(stripe: Stripe) -> None:
    stripe.connect()
    payment = world.pay(stripe, "Alice")
    name = stripe.api("POST", "/v1/refunds", data={"payment_intent": payment.reference, "amount": "4000"})["id"]
    for reference in (payment.reference, name, Entry.objects.get(kind="payment").reference):
        (told,) = comptoir("stripe", "look", reference)
        assert told.startswith(f"{payment.reference}  payment, account {stripe.account}, test: succeeded"), told
    assert Entry.objects.filter(kind="refund", reference=name).exists()
    other = world.by_others(stripe)
    assert comptoir("stripe", "look", other)[0].endswith("not ours")


def test_a_payout_is_looked_at_too(stripe: Stripe) -> None:
    stripe.connect()
    world.pay(stripe, "Alice")
    stripe.control.advance(5 * world.DAY)
    (made,) = stripe.control.post("payouts/run")["payouts"]
    assert comptoir("stripe", "look", made["id"])[0].endswith("payout, account " + stripe.account + ", test: pending")
    assert Payout.objects.get().reference == made["id"]
    stripe.control.advance(5 * world.DAY)
    assert comptoir("stripe", "look", made["id"])[0].endswith("paid")


def test_what_nobody_knows_is_said(stripe: Stripe) -> None:
    stripe.connect()
    for reference in ("pi_0000000000000000", "nonsense"):
        code, said = refused("stripe", "look", reference)
        assert (code, reference in said) == (1, True)
    assert refused("nobody", "look", "x") == (1, "No payment gateway named nobody is installed.")


def test_an_event_is_taken_up_again(stripe: Stripe) -> None:
    stripe.connect()
    payment = world.pay(stripe, "Alice")
    event = stripe.api("GET", "/v1/events?type=payment_intent.succeeded")["data"][0]
    assert comptoir("stripe", "replay", event["id"])[0].endswith("succeeded")  # it never came: asked for by its id
    inbox.store(webhooks.envelope(event, world.account(stripe)), module="stripe", payload=b"")
    world.look()
    assert Notice.objects.get().done_at is not None
    assert comptoir("stripe", "replay", event["id"])[0].startswith(payment.reference)
    assert Notice.objects.get().done_at is None
    world.look()
    assert Notice.objects.get().done_at is not None
    assert not Wish.objects.filter(wanted__gt=1, done=0).exists()


def test_the_books_are_compared_and_the_exit_code_says_how_it_ended(stripe: Stripe) -> None:
    stripe.connect()
    world.pay(stripe, "Alice")
    run_jobs()
    today = timezone.localdate(clock.now()).isoformat()
    period = ("--from", today, "--to", timezone.localdate(clock.now()).isoformat())
    # The simulator is some seconds ahead of us: the day's end is not, unless it is midnight just now.
    told = comptoir("stripe", "reconcile", *period, "--mode", "test")
    assert told[0].startswith(f"account {stripe.account}, test: ")
    assert told[0].endswith("0 do not agree")
    world.sql("UPDATE ledger_settlemententry SET booked_at = booked_at - interval '1 minute', reference = 'txn_else'")
    world.sql("UPDATE ledger_entry SET occurred_at = occurred_at - interval '1 minute'")
    told_io = io.StringIO()
    with pytest.raises(CommandError) as error:
        call_command("gateway", "stripe", "reconcile", *period, stdout=told_io)
    assert error.value.returncode == 1
    assert "txn_else  missing at the provider" in told_io.getvalue()
    stripe.fault("status:500", method="GET", path="/v1/balance_transactions*", times=2)
    code, said = refused("stripe", "reconcile", *period)
    assert (code, "no clear answer" in said) == (2, True)
    assert Reconciliation.objects.filter(ended_at=None).count() == 1
    assert refused("stripe", "reconcile", "--from", "2126-01-01", "--to", "2126-01-02")[0] == 1
    assert refused("stripe", "reconcile", "--from", "2026-01-02", "--to", "2026-01-01")[0] == 1
    assert refused("stripe", "reconcile", "--account", "acct_none")[0] == 1


def test_a_comparison_that_failed_says_so_for_good_and_no_worker_makes_another_answer_of_it(stripe: Stripe) -> None:
    stripe.connect()
    world.pay(stripe, "Alice")
    run_jobs()
    today = timezone.localdate(clock.now()).isoformat()
    told = io.StringIO()
    stripe.fault("status:500", method="GET", path="/v1/balance_transactions*", times=20)
    with pytest.raises(CommandError) as error:
        call_command("gateway", "stripe", "reconcile", "--from", today, "--to", today, stdout=told)
    stripe.control.delete("faults")
    run_jobs()
    row = Reconciliation.objects.get()
    assert (error.value.returncode, f"report {row.pk}" in str(error.value)) == (2, True)
    assert "FAILED, nothing was compared: it has a fault of its own (HTTP 500)" in told.getvalue()
    assert (row.failed, row.ended_at, "500" in row.problem.english) == (True, None, True)


def test_without_an_account_to_read_with_nothing_is_said_to_agree(
    stripe: Stripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    stripe.connect()
    monkeypatch.setattr("comptoir.payments.books.account_of", _missing)
    today = timezone.localdate(clock.now()).isoformat()
    assert refused("stripe", "reconcile", "--from", today, "--to", today)[0] == 2
    assert Reconciliation.objects.get().failed


def _missing(_row: object) -> None:
    raise registry.ModuleMissingError(code("gone"))


def test_a_period_that_reaches_past_now_says_until_when_it_was_compared(stripe: Stripe) -> None:
    stripe.connect()
    world.pay(stripe, "Alice")
    run_jobs()
    today = timezone.localdate(clock.now())
    told = comptoir("stripe", "reconcile", "--from", f"{today}", "--to", f"{today + dt.timedelta(days=8)}")
    until = timezone.localtime(Reconciliation.objects.get().until)
    assert told[1] == f"  compared until {until:%Y-%m-%d %H:%M:%S %Z}: what comes later has not happened yet"
