"""Stripe does not answer for a while: since when is stored once, everybody waits, and afterwards nobody storms it."""

from __future__ import annotations

import threading
import time
from collections import Counter

import pytest
import requests
import stripe as library
from django.db import close_old_connections, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests import builders
from tests.stripe import Stripe

from comptoir.inbox import actions as inbox, pace
from comptoir.inbox.models import Pace, Wish
from comptoir.kernel.errors import SaidError
from comptoir.kernel.models import Alert
from comptoir.kernel.words import said
from comptoir.modules import queries
from comptoir.modules.api import Account, CallRefusedError, OutcomeUnknownError, Subject
from comptoir.payments import silence, sync
from comptoir.payments.actions.start import start
from comptoir.payments.models import Attempt
from comptoir_stripe import gateway, silence as stored
from comptoir_stripe.models import StripeSilence

pytestmark = pytest.mark.django_db(transaction=True)
SESSIONS, INTENTS = "/v1/checkout/sessions", "/v1/payment_intents"


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two tries of one call."""
    monkeypatch.setattr(library.RequestsClient, "_sleep_time_seconds", lambda _self, _count: 0)


@pytest.fixture
def account(stripe: Stripe) -> Account:
    stripe.connect()
    return queries.account(module="stripe", account=stripe.account, mode="test")


def ask(account: Account) -> None:
    client = gateway.client(account)
    gateway.ask(client.v1.balance.retrieve)


def fails(account: Account) -> None:
    with pytest.raises(OutcomeUnknownError):
        ask(account)


def clear(stripe: Stripe) -> None:
    requests.delete(f"{stripe.server.base_url}/_control/faults", timeout=10).raise_for_status()


def subject(stripe: Stripe, number: int) -> Subject:
    return Subject("stripe", stripe.account, "test", "payment", f"pi_{number:014d}")


# ------------------------------------------------------------------ since when


def test_since_when_is_stored_at_the_first_call_without_an_answer_and_ends_with_the_first_answer(
    stripe: Stripe, account: Account
) -> None:
    stripe.fault("status:503", method="GET", path="/v1/balance", times=4)
    before = timezone.now()
    fails(account)
    (told,) = silence.all_silent()
    assert before <= told.silence.since <= timezone.now()
    assert (told.module, told.silence.account, told.silence.mode) == ("stripe", stripe.account, "test")
    assert said(told.silence.cause).english == "it has a fault of its own (HTTP 503)"
    fails(account)
    assert silence.all_silent() == [told], "the first says since when"
    ask(account)
    assert silence.all_silent() == []
    stripe.fault("drop_before", method="GET", path="/v1/balance", times=2)
    fails(account)
    assert silence.all_silent()[0].silence.since > told.silence.since
    assert said(silence.all_silent()[0].silence.cause).english == "it cannot be reached, or the connection was lost"


def test_a_refusal_and_too_many_calls_are_answers(stripe: Stripe, account: Account) -> None:
    stored.unheard((stripe.account, "test"), "earlier")
    stripe.fault("status:403", method="GET", path="/v1/balance")
    with pytest.raises(CallRefusedError):
        ask(account)
    assert silence.all_silent() == []
    stored.unheard((stripe.account, "test"), "earlier")
    stripe.fault("status:429", method="GET", path="/v1/balance")
    fails(account)
    assert silence.all_silent() == []


def test_the_other_mode_and_other_accounts_are_others(stripe: Stripe, account: Account) -> None:
    for whose in (("acct_other", "test"), (stripe.account, "live")):
        stored.unheard(whose, "TimeoutError")
    ask(account)
    assert len(silence.all_silent()) == 2
    assert silence.of(module="stripe", account=stripe.account, mode="test") is None
    assert silence.of(module="stripe", account=stripe.account, mode="live") is not None


def test_in_calm_times_a_call_writes_nothing(account: Account) -> None:
    ask(account)
    with CaptureQueriesContext(connection) as asked:
        ask(account)
        pace.answered("stripe", account.account, "test")
    changes = [each["sql"] for each in asked.captured_queries if not each["sql"].startswith("SELECT")]
    assert len(asked.captured_queries) == 2
    assert [each[:17] for each in changes] == ["\nUPDATE inbox_pace"[:17]], "and that finds no row"
    assert not Pace.objects.exists()
    assert not StripeSilence.objects.exists()


def test_of_two_first_failures_at_once_one_is_stored_and_an_answer_given_before_does_not_end_it(stripe: Stripe) -> None:
    whose = (stripe.account, "test")
    answered_at = timezone.now()
    barrier = threading.Barrier(4)

    def fail(number: int) -> None:
        barrier.wait()
        stored.unheard(whose, f"cause {number}")
        close_old_connections()
        connection.close()

    threads = [threading.Thread(target=fail, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    row = StripeSilence.objects.get()
    stored.heard(whose, at=answered_at)  # a slow process, which notes its answer late
    assert StripeSilence.objects.get().since == row.since
    stored.heard(whose, at=timezone.now())
    assert StripeSilence.objects.get().since is None


# ------------------------------------------------------------------ everybody waits


def test_after_three_looks_without_an_answer_nobody_looks_for_a_while_and_no_object_is_blamed(
    stripe: Stripe, account: Account
) -> None:
    stripe.fault("status:500", method="GET", path=f"{INTENTS}*", times=1000)
    for number in range(8):
        inbox.wish(subject(stripe, number))
    while sync.look_once(by="test"):
        pass
    tried = Wish.objects.filter(tries__gt=0)
    assert tried.count() == 3
    assert pace.is_silent("stripe", stripe.account, "test")
    for _round in range(6):  # the pause is over, again and again
        Pace.objects.update(held_until=timezone.now())
        Wish.objects.update(not_before=timezone.now(), tries=6)
        while sync.look_once(by="test"):
            pass
    assert not Alert.objects.filter(key__startswith="look:").exists(), "it is no fault of theirs"
    held = Pace.objects.get()
    assert held.held_until is not None
    assert 30 < (held.held_until - timezone.now()).total_seconds() <= 60, "ever longer, up to a minute"


def test_one_object_that_stripe_cannot_give_does_not_stop_the_others_and_is_told(
    stripe: Stripe, account: Account
) -> None:
    bad = subject(stripe, 0)
    stripe.fault("status:500", method="GET", path=f"{INTENTS}/{bad.id}", times=1000)
    for number in range(8):
        inbox.wish(subject(stripe, number))
        sync.look_once(by="test")
    for _round in range(6):
        inbox.wish(subject(stripe, 1))
        Wish.objects.update(not_before=timezone.now())
        while sync.look_once(by="test"):
            pass
    assert not pace.is_held("stripe", stripe.account, "test")
    assert Wish.objects.get(external_id=bad.id).tries > 4
    assert Alert.objects.filter(key__endswith=bad.id, closed_at=None).exists()
    clear(stripe)
    Wish.objects.update(not_before=timezone.now())
    while sync.look_once(by="test"):
        pass
    assert not Alert.objects.filter(key__endswith=bad.id, closed_at=None).exists()


def test_when_it_answers_again_what_was_put_off_is_due_at_once(stripe: Stripe, account: Account) -> None:
    stripe.fault("drop_before", method="*", path="/v1/*", times=100)
    for number in range(5):
        inbox.wish(subject(stripe, number))
    while sync.look_once(by="test"):
        pass
    Wish.objects.filter(tries__gt=0).update(not_before=timezone.now() + pace.KNOCK * 20)
    silence.knock_due()
    assert silence.all_silent(), "it does not yet"
    clear(stripe)
    silence.knock_due()
    assert silence.all_silent(), "asked twice a minute, not more"
    Pace.objects.update(knocked_at=timezone.now() - pace.KNOCK)
    silence.knock_due()
    assert silence.all_silent() == []
    looked = 0
    while sync.look_once(by="test"):
        looked += 1
    assert looked == 5
    assert pace.is_careful("stripe", stripe.account, "test")


def test_a_customer_does_not_wait_for_one_more_call_and_is_told(stripe: Stripe, account: Account) -> None:
    invoice = builders.invoice(builders.customer("Alice", locale="en"))
    stripe.fault("drop_before", method="POST", path="/v1/*", times=100)
    for _click in range(3):
        with pytest.raises(SaidError):
            start(invoice_id=invoice.pk, gateway="stripe", who="test")
    calls = len(stripe.calls("POST", "/v1/"))
    with pytest.raises(SaidError) as said:
        start(invoice_id=invoice.pk, gateway="stripe", who="test")
    assert len(stripe.calls("POST", "/v1/")) == calls
    assert "does not answer" in str(said.value.sentence) or "ne répond pas" in str(said.value.sentence)
    assert Attempt.objects.get().state == "created"
    clear(stripe)
    Pace.objects.update(held_until=timezone.now())
    assert start(invoice_id=invoice.pk, gateway="stripe", who="test").url
    assert len(stripe.api("GET", SESSIONS)["data"]) == 1


# ------------------------------------------------------------------ too many calls


def test_too_many_calls_is_a_pause_for_all_which_grows(stripe: Stripe, account: Account) -> None:
    for number in range(4):
        inbox.wish(subject(stripe, number))
    pauses = []
    for _time in range(3):
        stripe.fault("status:429", method="GET", path=f"{INTENTS}*")
        Wish.objects.update(not_before=timezone.now())
        assert sync.look_once(by="test")
        assert not sync.look_once(by="test"), "nobody else looks meanwhile"
        held = Pace.objects.get().held_until
        assert held is not None
        pauses.append(round((held - timezone.now()).total_seconds()))
        Pace.objects.update(held_until=timezone.now())
    assert pauses[0] <= 1 < pauses[1] < pauses[2] <= 4
    while sync.look_once(by="test"):
        pass
    assert Pace.objects.get().refusals == 0


def test_after_an_outage_many_lookers_stay_under_stripes_limit(
    stripe: Stripe, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five thousand wishes are due at once; eight lookers, as of two workers, are let loose on Stripe's own limits for two seconds."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO inbox_wish (module, account, mode, kind, external_id, wanted, done, tries, leased_by, problem) "
            "SELECT 'stripe', %s, 'test', 'payment', 'pi_' || lpad(number::text, 14, '0'), 1, 0, 0, '', '' "
            "FROM generate_series(1, 5000) number",
            [stripe.account],
        )
    stripe.control.post("rate-limit", stripe=True)
    until = time.monotonic() + 2.2

    def looker() -> None:
        while time.monotonic() < until:
            sync.look_once(by="test", in_turn=True)
        connection.close()

    threads = [threading.Thread(target=looker) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    made = stripe.calls("GET", INTENTS)
    stripe.control.post("rate-limit")
    seconds = Counter(int(each["time"]) for each in made)
    assert 429 not in {each["status"] for each in made}
    assert len(made) >= 15
    assert max(seconds.values()) <= 12
    assert not Wish.objects.exclude(problem="").exists()
