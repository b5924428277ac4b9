"""Each pair of a word of the provider's and a state of ours is observed: what comes of it is what the tables say.

One scene a state; each word is tried on it and undone, so that hundreds of pairs take seconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from django.db import transaction
from tests import builders
from tests.backoffice import scenes

from comptoir.invoices.models import INVOICE_STATES, Invoice
from comptoir.kernel import clock
from comptoir.kernel.errors import SaidError
from comptoir.kernel.models import Alert
from comptoir.kernel.money import Money
from comptoir.kernel.records import installation
from comptoir.kernel.states import ODD, Reads, reads, table
from comptoir.modules.api import (
    ChargeSeen,
    DisputeSeen,
    DisputeStatus,
    PaymentSeen,
    PaymentStatus,
    PayoutSeen,
    PayoutShown,
    PayoutStatus,
    RefundSeen,
    RefundStatus,
    Settlement,
    Subject,
)
from comptoir.payments import decisions
from comptoir.payments.actions.closing import database_now
from comptoir.payments.actions.observe import observe
from comptoir.payments.actions.start import start
from comptoir.payments.decisions import INVOICE_BY_DISPUTE, INVOICE_BY_PAYMENT, INVOICE_BY_REFUND, bank_word
from comptoir.payments.management.commands import states as command
from comptoir.payments.models import (
    ATTEMPT_READS,
    DISPUTE_READS,
    PAYMENT_READS,
    PAYOUT_READS,
    REFUND_READS,
    Attempt,
    Dispute,
    Payment,
    Payout,
    Refund,
    page_word,
)

pytestmark = pytest.mark.django_db
WHOLE, PART = Money(9990, "EUR"), Money(4000, "EUR")
GONE = ("partially_refunded", "refunded")


@pytest.fixture
def invoice() -> Invoice:
    """Alice's invoice over 99.90 EUR, to be paid."""
    scenes.gateway()
    return builders.invoice(builders.customer("Alice"))


@contextmanager
def undone() -> Iterator[None]:
    """Whatever happens within has not happened afterwards."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def shown(
    attempt: Attempt, status: PaymentStatus = PaymentStatus.SUCCEEDED, *, amount: Money = WHOLE, ended: bool = False
) -> PaymentSeen:
    """The payment of an attempt as a read shows it."""
    name = attempt.reference.removeprefix("cs_")
    charged = (ChargeSeen(f"ch_{name}", amount, clock.now()),) if status is PaymentStatus.SUCCEEDED else ()
    return PaymentSeen(
        subject=Subject("stripe", scenes.ACCOUNT, "test", "payment", f"pi_{name}"),
        installation=installation(),
        attempt=str(attempt.pk),
        payment_id=f"pi_{name}",
        status=status,
        amount=amount,
        ended=ended or status in {PaymentStatus.SUCCEEDED, PaymentStatus.CANCELLED},
        charges=charged,
        created=clock.now(),
    )


def refund(amount: Money = WHOLE, status: RefundStatus = RefundStatus.SUCCEEDED) -> RefundSeen:
    return RefundSeen("re_1", "ch_one", amount, status, clock.now())


def dispute(
    amount: Money = WHOLE, status: DisputeStatus = DisputeStatus.NEEDS_RESPONSE, *, appeal: bool = False
) -> DisputeSeen:
    """What the bank takes is booked; what it gives back, too."""
    nothing = Money(0, "EUR")
    taken = (Settlement("txn_away", -amount, nothing, -amount),)
    back = (Settlement("txn_back", amount, nothing, amount),)
    booked = {DisputeStatus.CLOSED: (), DisputeStatus.WON: taken + back}.get(status, taken)
    return DisputeSeen("du_1", "ch_one", amount, status, "fraudulent", clock.now(), settlements=booked, appeal=appeal)


def see(seen: PaymentSeen | PayoutShown) -> None:
    observe(seen, read_at=database_now())


def is_told() -> bool:
    """Whether people were told that something cannot be."""
    return Alert.objects.filter(key__contains="-odd:").exists()


def check(reads: Reads, *, old: str, word: str, now: str) -> None:
    """It is as the table says; of what cannot be nothing has changed, and people are told."""
    decided = reads.decide(old=old, word=word)
    assert now == (old if decided == ODD else decided), (reads.states.noun, old, word)
    assert is_told() == (decided == ODD), (reads.states.noun, old, word)


def test_attempts(invoice: Invoice) -> None:
    attempt = scenes.attempt(invoice, name="one")
    for old in ATTEMPT_READS.states.moves:
        for status in PaymentStatus:
            for ended in (False, True):
                with undone():
                    Attempt.objects.filter(pk=attempt.pk).update(state=old)
                    see(shown(attempt, status, ended=ended))
                    now = Attempt.objects.get(pk=attempt.pk).state
                    word = page_word(status, ended=ended or status is PaymentStatus.CANCELLED)
                    assert now == ATTEMPT_READS.decide(old=old, word=word), (old, status, ended)


def payment_in(state: str, attempt: Attempt) -> PaymentSeen:
    """The read that has brought a payment into a state."""
    paid = shown(attempt)
    brought = {
        "held": shown(attempt, amount=WHOLE + Money(1, "EUR")),
        "partially_refunded": replace(paid, refunds=(refund(PART),)),
        "refunded": replace(paid, refunds=(refund(),)),
        "disputed": replace(paid, disputes=(dispute(),), disputed=True),
    }
    seen = brought.get(state) or shown(attempt, PaymentStatus(state))
    see(paid if state in {*GONE, "disputed"} else seen)  # what went back before it was seen would be held
    see(seen)
    assert Payment.objects.get().state == state
    return seen


@pytest.mark.parametrize("old", PAYMENT_READS.states.moves)
def test_payments(invoice: Invoice, old: str) -> None:
    attempt = scenes.attempt(invoice, name="one")
    before = payment_in(old, attempt)
    for status in PaymentStatus:
        with undone():
            again = shown(attempt, status, amount=before.amount)
            see(replace(again, refunds=before.refunds, disputes=before.disputes, disputed=before.disputed))
            check(PAYMENT_READS, old=old, word=status, now=Payment.objects.get().state)


def test_refunds(invoice: Invoice) -> None:
    attempt = scenes.attempt(invoice, name="one")
    see(shown(attempt))
    row = scenes.refund(Payment.objects.get(), WHOLE.minor)
    for old in REFUND_READS.states.moves:
        for status in RefundStatus:
            with undone():
                Refund.objects.filter(pk=row.pk).update(state=old, reference="re_1")
                see(replace(shown(attempt), refunds=(refund(status=status),)))
                check(REFUND_READS, old=old, word=status, now=Refund.objects.get().state)


def test_disputes(invoice: Invoice) -> None:
    attempt = scenes.attempt(invoice, name="one")
    see(shown(attempt))
    see(replace(shown(attempt), disputes=(dispute(),)))
    for old in DISPUTE_READS.states.moves:
        for status in DisputeStatus:
            with undone():
                Dispute.objects.update(state=old)
                see(replace(shown(attempt), disputes=(dispute(status=status),)))
                check(DISPUTE_READS, old=old, word=status, now=Dispute.objects.get().state)


def test_payouts() -> None:
    def told(status: PayoutStatus) -> PayoutShown:
        arrives = clock.now().date()
        payout = PayoutSeen("po_1", WHOLE, status, clock.now(), arrives, automatic=True, reconciled=False)
        return PayoutShown(Subject("stripe", scenes.ACCOUNT, "test", "payout", "po_1"), payout)

    see(told(PayoutStatus.PENDING))
    for old in PAYOUT_READS.states.moves:
        for status in PayoutStatus:
            with undone():
                Payout.objects.update(state=old)
                see(told(status))
                check(PAYOUT_READS, old=old, word=status, now=Payout.objects.get().state)


# ------------------------------------------------------------------ invoices


def refuse_draft(invoice: Invoice) -> None:
    """On a draft no payment can be begun."""
    Invoice.objects.filter(pk=invoice.pk).update(state="draft")
    with pytest.raises(SaidError):
        start(invoice_id=invoice.pk, gateway="stripe", who="test")


def settled(state: str, invoice: Invoice) -> PaymentSeen:
    """An invoice that was paid by its first attempt, and what went back of it."""
    first = payment_in({"paid": "succeeded"}.get(state, state), scenes.attempt(invoice, name="one"))
    assert Invoice.objects.get().state == state
    return first


def unsettled(state: str, invoice: Invoice) -> PaymentSeen:
    """An invoice that is not paid, and a payment of it that is held."""
    held = payment_in("held", scenes.attempt(invoice, name="one"))
    if state == "in_progress":
        see(shown(scenes.attempt(invoice, name="two"), PaymentStatus.IN_PROGRESS))
    elif state == "void":
        Invoice.objects.update(state="void")
    assert Invoice.objects.get().state == state
    return held


@pytest.mark.parametrize("old", [state for state in INVOICE_STATES.moves if state != "draft"])
def test_invoices_by_payments(invoice: Invoice, old: str) -> None:
    if old in {"paid", *GONE}:
        settled(old, invoice)
    attempt = scenes.attempt(invoice, name="next")
    if old == "in_progress":
        see(shown(attempt, PaymentStatus.IN_PROGRESS))
    elif old == "void":
        Invoice.objects.update(state="void")
    for status in PaymentStatus:
        with undone():
            see(shown(attempt, status))
            check(INVOICE_BY_PAYMENT, old=old, word=status, now=Invoice.objects.get().state)
            held = Payment.objects.get(reference="pi_next").state == "held"
            assert held == (status is PaymentStatus.SUCCEEDED and old in {"paid", "void", *GONE}), (old, status)


@pytest.mark.parametrize("old", [state for state in INVOICE_STATES.moves if state != "draft"])
def test_invoices_by_refunds(invoice: Invoice, old: str) -> None:
    before = (settled if old in {"paid", *GONE} else unsettled)(old, invoice)
    what = before.refunds[0] if before.refunds else refund(before.amount)
    for status in RefundStatus:
        with undone():
            see(replace(before, refunds=(replace(what, status=status),)))
            decided = INVOICE_BY_REFUND.decide(old=old, word=status)
            assert Invoice.objects.get().state == decided, (old, status)


@pytest.mark.parametrize("old", [state for state in INVOICE_STATES.moves if state != "draft"])
def test_invoices_by_disputes(invoice: Invoice, old: str) -> None:
    before = (settled if old in {"paid", *GONE} else unsettled)(old, invoice)
    stands = before.amount - PART if old == "partially_refunded" else before.amount
    for status in DisputeStatus:
        for appeal in (False, True):
            with undone():
                asked = dispute(stands, status, appeal=appeal)
                see(replace(before, disputes=(asked if old != "refunded" else replace(asked, settlements=()),)))
                decided = INVOICE_BY_DISPUTE.decide(old=old, word=bank_word(status, appeal=appeal))
                assert Invoice.objects.get().state == decided, (old, status, appeal)


def test_on_a_draft_no_payment_can_be_begun(invoice: Invoice) -> None:
    refuse_draft(invoice)
    for each in (INVOICE_BY_PAYMENT, INVOICE_BY_REFUND, INVOICE_BY_DISPUTE):
        assert {each.decide(old="draft", word=word) for word in each.by} == {ODD}


# ------------------------------------------------------------------ the tables themselves


def test_every_table_of_states_is_decided_upon_or_follows() -> None:
    nouns = {title for title, _what, _table in command.TABLES}
    decided = {each.noun for each in decisions.DECISIONS}
    assert (decided | set(decisions.FOLLOWING), decided & set(decisions.FOLLOWING)) == (nouns, set())
    states = {title: table for title, _what, table in command.TABLES}
    assert all(each.table.states is states[each.noun] for each in decisions.DECISIONS)


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ({"pending": "a b", "succeeded": "b b", "failed": "odd b"}, "decisions for"),  # a word without a row
        ({"pending": "a", "succeeded": "b b", "failed": "a b", "cancelled": "a b"}, "1 decisions for 2 states"),
        ({"pending": "a a", "succeeded": "b b", "failed": "a b", "cancelled": "a b"}, "b -> a is no move"),
        ({"pending": "a b", "succeeded": "b b", "failed": "c b", "cancelled": "a b"}, "a -> c is no move"),
    ],
)
def test_a_pair_without_a_decision_stops_the_start(row: dict[str, str], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        reads(table("thing", a="b", b=""), RefundStatus, **row)
