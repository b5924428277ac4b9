"""Refunds that the team asks for: once each, never more than was paid, whatever happens to the call; mirrored like all others."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator

import pytest
from comptoir_cash.models import Banknotes, Handed
from comptoir_cash.module import GivesBack
from django.utils import timezone
from tests import builders
from tests.jobs import run_jobs

from comptoir.inbox import actions as inbox
from comptoir.invoices.models import Invoice
from comptoir.kernel.errors import SaidError
from comptoir.kernel.models import Alert, AuditEntry
from comptoir.kernel.money import Money
from comptoir.ledger.models import Entry
from comptoir.ledger.queries import paid_on
from comptoir.mail.models import Mail
from comptoir.modules import actions as modules
from comptoir.payments import refundable, sync
from comptoir.payments.actions import refund, refund_call
from comptoir.payments.actions.start import start, subject_of
from comptoir.payments.models import Attempt, Dispute, Payment, Refund, Rules
from comptoir.payments.sweep import sweep
from comptoir.services.models import Service

pytestmark = pytest.mark.django_db(transaction=True)
BORIS, OLIVE = "staff:boris@example.org", "staff:olive@example.org"


@pytest.fixture(autouse=True)
def till() -> Iterator[None]:
    """A till without trouble."""
    GivesBack.trouble[:], GivesBack.calls[:] = [], []
    yield
    GivesBack.trouble[:], GivesBack.calls[:] = [], []


def paid() -> Payment:
    """Alice has paid 99.90 in cash and has been served."""
    modules.set_enabled(name="cash", enabled=True, who="test")
    invoice = builders.invoice(builders.customer("Alice"), gateway="cash")
    start(invoice_id=invoice.pk, gateway="cash", who="test")
    Banknotes.objects.update(counted=True)
    look()
    run_jobs()
    return Payment.objects.get()


def look() -> None:
    """Have every wish answered, and one for each attempt."""
    for attempt in Attempt.objects.all():
        subject = subject_of(attempt)
        assert subject is not None
        inbox.wish(subject)
    while sync.look_once(by="test"):
        pass


def ask(
    payment: Payment, minor: int, *, policy: str = "keep", who: str = BORIS, refund_id: uuid.UUID | None = None
) -> Refund:
    """Ask for a part of a payment in euros to be given back."""
    return refund.request(
        refund_id=refund_id or uuid.uuid4(),
        payment_id=payment.pk,
        amount=Money(minor, "EUR"),
        reason="requested_by_customer",
        note="",
        policy=policy,
        who=who,
    )


def carried_out() -> None:
    """The worker does its jobs and looks."""
    run_jobs()
    look()
    run_jobs()


def states(payment: Payment) -> tuple[str, str, int]:
    """Payment, invoice, and what stands paid on it, in minor units."""
    payment.refresh_from_db()
    assert payment.invoice_id is not None
    invoice = Invoice.objects.get(pk=payment.invoice_id)
    return payment.state, invoice.state, paid_on(invoice).minor


def test_a_part_is_asked_for_and_goes_back_once() -> None:
    payment = paid()
    name = uuid.uuid4()
    for _time in range(2):  # the form is sent twice
        ask(payment, 3000, refund_id=name)
    carried_out()
    row = Refund.objects.get()
    assert (row.state, row.made_here, row.requested_by, row.reference) == (
        "succeeded",
        True,
        BORIS,
        str(Handed.objects.get()),
    )
    assert states(payment) == ("partially_refunded", "partially_refunded", 6990)
    assert len(GivesBack.calls) == 1
    assert AuditEntry.objects.filter(verb="refund.requested").count() == 1
    assert Mail.objects.filter(fact__startswith="refunded:").count() == 1
    ask(payment, 6990)
    carried_out()
    assert states(payment) == ("refunded", "refunded", 0)
    assert Service.objects.get().state == "active"


@pytest.mark.parametrize("minor", [9991, 0, -1])
def test_never_more_than_was_paid_and_never_nothing(minor: int) -> None:
    payment = paid()
    with pytest.raises(SaidError):
        ask(payment, minor)
    ask(payment, 9000)
    with pytest.raises(SaidError):
        ask(payment, 991)
    ask(payment, 990)
    carried_out()
    assert sum(each.minor for each in Handed.objects.all()) == 9990
    with pytest.raises(SaidError):
        ask(payment, 1)


@pytest.mark.parametrize("trouble", ["lost before", "lost after", "replayed", "replayed after"])
def test_an_answer_that_is_lost_is_looked_for_and_nothing_goes_back_twice(trouble: str) -> None:
    payment = paid()
    GivesBack.trouble[:] = [trouble]
    row = ask(payment, 3000)
    first_key = row.key
    with pytest.raises(refund_call.NotYetError):
        run_jobs()
    row.refresh_from_db()
    assert row.state == "created"
    assert row.failure
    assert (row.key != first_key) == (trouble == "replayed")  # a spent key is not used again
    refund_call.carry_out(row.pk)
    carried_out()
    row.refresh_from_db()
    assert row.state == "succeeded"
    assert not row.failure
    assert Handed.objects.count() == 1
    assert states(payment) == ("partially_refunded", "partially_refunded", 6990)


@pytest.mark.parametrize("moment", ["killed before", "killed after"])
def test_a_worker_that_is_killed_leaves_a_refund_that_the_sweep_finds(moment: str) -> None:
    payment = paid()
    GivesBack.trouble[:] = [moment]
    row = ask(payment, 3000)
    with pytest.raises(KeyboardInterrupt):
        run_jobs()
    with pytest.raises(
        refund_call.NotYetError
    ):  # the dead one's claim still stands: its job comes again, and is not done with
        refund_call.carry_out(row.pk)
    assert len(GivesBack.calls) == 1
    long_ago = timezone.now() - dt.timedelta(minutes=6)
    Refund.objects.update(calling_until=long_ago, created_at=long_ago)
    sweep()
    carried_out()
    row.refresh_from_db()
    assert row.state == "succeeded"
    assert Handed.objects.count() == 1
    assert len(GivesBack.calls) == (2 if moment == "killed before" else 1)
    assert states(payment) == ("partially_refunded", "partially_refunded", 6990)


def test_a_refund_that_is_refused_is_told_and_can_be_asked_for_again() -> None:
    payment = paid()
    GivesBack.trouble[:] = ["refused"]
    row = ask(payment, 9990)
    carried_out()
    row.refresh_from_db()
    assert (row.state, str(row.failure)) == ("refused", "till_is_shut")
    assert Alert.objects.filter(key=f"refund-refused:{row.pk}", closed_at=None).exists()
    assert states(payment) == ("succeeded", "paid", 9990)
    ask(payment, 9990)
    carried_out()
    assert states(payment) == ("refunded", "refunded", 0)


def test_a_second_person_approves_above_the_rules_amount() -> None:
    payment = paid()
    Rules.objects.create(pk=1, approval_above_minor=5000)
    row = ask(payment, 5001)
    assert row.state == "waiting"
    carried_out()
    assert GivesBack.calls == []
    with pytest.raises(SaidError):
        ask(payment, 4990)  # what waits counts
    with pytest.raises(SaidError):
        refund.approve(refund_id=row.pk, who=BORIS)
    refund.approve(refund_id=row.pk, who=OLIVE)
    carried_out()
    row.refresh_from_db()
    assert (row.state, row.approved_by) == ("succeeded", OLIVE)
    assert not Alert.objects.filter(key=f"refund-waits:{row.pk}", closed_at=None).exists()
    with pytest.raises(SaidError):
        refund.refuse(refund_id=row.pk, who=OLIVE)
    assert list(
        AuditEntry.objects.filter(verb__startswith="refund.").order_by("pk").values_list("verb", flat=True)
    ) == [
        "refund.requested",
        "refund.approved",
    ]


def test_a_large_refund_in_small_parts_asks_for_a_second_person_too() -> None:
    payment = paid()
    Rules.objects.create(pk=1, approval_above_minor=5000)
    assert refundable.needs_second(payment, Money(5000, "EUR")) is False
    first, second = ask(payment, 3000), ask(payment, 2001)
    assert (first.state, second.state) == ("created", "waiting")
    assert ask(payment, 2000).state == "created", "what waits is not given back yet"
    refund.approve(refund_id=second.pk, who=OLIVE)
    assert ask(payment, 1).state == "waiting"


def test_who_has_changed_their_address_meanwhile_is_no_second_person() -> None:
    payment = paid()
    boris = builders.staff("Boris")
    Rules.objects.create(pk=1, approval_above_minor=0)
    row = ask(payment, 9990)
    boris.email = "b.martin@example.org"
    boris.save()
    with pytest.raises(SaidError) as refused:
        refund.approve(refund_id=row.pk, who="staff:b.martin@example.org")
    assert refused.value.sentence is refund.SAME_PERSON
    builders.staff("Olive")
    refund.approve(refund_id=row.pk, who=OLIVE)


def test_a_form_that_is_sent_again_with_other_values_is_refused_not_taken_for_the_first() -> None:
    payment, name = paid(), uuid.uuid4()
    assert ask(payment, 3000, refund_id=name) == ask(payment, 3000, refund_id=name)
    other = builders.invoice(builders.customer("Bob"), gateway="cash")
    start(invoice_id=other.pk, gateway="cash", who="test")
    Banknotes.objects.update(counted=True)
    look()
    bobs = Payment.objects.exclude(pk=payment.pk).get()
    for again in ({"minor": 4000}, {"minor": 3000, "policy": "end"}, {"minor": 3000, "payment": bobs}):
        with pytest.raises(SaidError) as refused:
            ask(**{"payment": payment, "refund_id": name, **again})  # type: ignore[arg-type]
        assert refused.value.sentence is refund.SENT_BEFORE
    assert Refund.objects.get().amount_minor == 3000


def test_a_refund_that_the_second_person_refuses_is_not_made() -> None:
    payment = paid()
    Rules.objects.create(pk=1, approval_above_minor=0)
    row = ask(payment, 9990)
    refund.refuse(refund_id=row.pk, who=OLIVE)
    carried_out()
    row.refresh_from_db()
    assert (row.state, GivesBack.calls, refundable.left(payment).minor) == ("cancelled", [], 9990)


def test_amounts_in_another_currency_than_the_rules_always_ask_for_a_person() -> None:
    Rules.objects.create(pk=1, approval_above_minor=5000, currency="CHF")
    assert ask(paid(), 1).state == "waiting"


def dispute(payment: Payment, *, refundable: bool, state: str = "needs_response") -> Dispute:
    """The customer's bank disputes a payment."""
    return Dispute.objects.create(
        module=payment.module,
        account=payment.account,
        mode=payment.mode,
        reference=f"du_{uuid.uuid4().hex[:8]}",
        payment=payment,
        charge="note",
        state=state,
        amount_minor=9990,
        currency="EUR",
        reason="fraudulent",
        refundable=refundable,
        created_at=timezone.now(),
    )


def test_a_disputed_payment_is_refused_before_the_call_unless_the_provider_says_that_it_can_be_refunded() -> None:
    payment = paid()
    row = dispute(payment, refundable=False)
    with pytest.raises(SaidError):
        ask(payment, 1000)
    Dispute.objects.filter(pk=row.pk).update(refundable=True, inquiry=True)
    ask(payment, 1000)
    Dispute.objects.filter(pk=row.pk).update(state="won", refundable=False)
    ask(payment, 1000)
    Dispute.objects.filter(pk=row.pk).update(state="lost")
    run_jobs()  # lost between the asking and the call
    assert GivesBack.calls == []
    assert set(Refund.objects.values_list("state", flat=True)) == {"refused"}


@pytest.mark.parametrize(("policy", "state"), [("keep", "active"), ("suspend", "suspended"), ("end", "ended")])
def test_the_services_follow_once_the_money_has_gone(policy: str, state: str) -> None:
    payment = paid()
    GivesBack.trouble[:] = ["pending"]
    ask(payment, 9990, policy=policy)
    carried_out()
    assert (Refund.objects.get().state, Service.objects.get().state) == ("pending", "active")
    Handed.objects.update(status="succeeded")
    carried_out()
    assert (Refund.objects.get().state, Service.objects.get().state) == ("succeeded", state)


def test_a_refund_under_way_can_be_called_off_while_the_provider_lets_it() -> None:
    payment = paid()
    GivesBack.trouble[:] = ["pending"]
    row = ask(payment, 9990)
    carried_out()
    refund_call.call_off(refund_id=row.pk, who=BORIS)
    carried_out()
    row.refresh_from_db()
    assert (row.state, states(payment)) == ("cancelled", ("succeeded", "paid", 9990))
    with pytest.raises(SaidError):
        refund_call.call_off(refund_id=row.pk, who=BORIS)


def test_a_refund_that_others_made_is_a_row_here_once() -> None:
    payment = paid()
    Handed.objects.create(
        key=uuid.uuid4(), attempt=payment.reference.removeprefix("cash_"), minor=1000, currency="EUR", at=timezone.now()
    )
    for _time in range(2):
        look()
    row = Refund.objects.get()
    assert (row.made_here, row.state, row.amount, row.requested_by) == (False, "succeeded", Money(1000, "EUR"), "")
    assert refundable.left(payment).minor == 8990


def test_a_refund_that_fails_weeks_later_is_owed_again_and_the_customer_is_told_once() -> None:
    payment = paid()
    ask(payment, 4000)
    carried_out()
    assert states(payment) == ("partially_refunded", "partially_refunded", 5990)
    Handed.objects.update(status="failed", why="account_closed")
    for _time in range(2):
        carried_out()
    row = Refund.objects.get()
    assert (row.state, str(row.failure)) == ("failed", "account_closed")
    assert states(payment) == ("succeeded", "paid", 9990)
    assert Alert.objects.filter(key=f"refund-failed:cash:{row.reference}", closed_at=None).count() == 1
    (letter,) = Mail.objects.filter(fact=f"refund-failed:{row.reference}")
    assert letter.subject.replace("\xa0", " ").startswith("Le remboursement de 40,00 €")
    assert sorted(Entry.objects.values_list("kind", "amount_minor")) == [
        ("payment", 9990),
        ("refund", -4000),
        ("refund_failure", 4000),
    ]
    ask(payment, 9990)  # what has come back can be given back anew
    carried_out()
    assert states(payment) == ("refunded", "refunded", 0)


def test_a_refund_that_never_left_tells_the_customer_nothing() -> None:
    payment = paid()
    GivesBack.trouble[:] = ["pending"]
    ask(payment, 4000)
    carried_out()
    Handed.objects.update(status="failed", why="account_closed")
    carried_out()
    assert Refund.objects.get().state == "failed"
    assert not Mail.objects.filter(fact__startswith="refund").exists()
    assert Entry.objects.count() == 1


def test_a_refund_waits_where_the_balance_does_not_suffice_and_somebody_is_told() -> None:
    payment = paid()
    GivesBack.trouble[:] = ["pending"]
    row = ask(payment, 4000)
    carried_out()
    row.refresh_from_db()
    assert not Alert.objects.filter(key__startswith="refund").exists()  # who asked for it knows of it
    Handed.objects.update(why="insufficient_funds")
    carried_out()
    told = Alert.objects.get(key=f"refund-pending:cash:{row.reference}", closed_at=None)
    assert "balance at the provider does not suffice" in told.text.english
    Handed.objects.update(status="succeeded", why="")
    carried_out()
    assert not Alert.objects.filter(closed_at=None).exists()
