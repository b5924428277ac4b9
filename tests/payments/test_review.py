"""Payments that are held: a person accepts them, keeps them as credit, or they go back. Nothing is lost, nothing is decided twice."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable

import pytest
from django.db import connection
from django.utils import translation
from tests import builders
from tests.backoffice import scenes
from tests.jobs import run_jobs

from comptoir.backoffice import trail
from comptoir.customers.models import Customer
from comptoir.invoices.models import INVOICE_STATES, Invoice
from comptoir.kernel import clock
from comptoir.kernel.errors import SaidError
from comptoir.kernel.models import Alert, AuditEntry
from comptoir.kernel.money import Money
from comptoir.kernel.records import installation
from comptoir.ledger import credit
from comptoir.ledger.models import Credit, CreditEntry
from comptoir.ledger.queries import owed_on, paid_on
from comptoir.mail.models import Mail
from comptoir.modules.api import ChargeSeen, PaymentSeen, PaymentStatus, RefundSeen, RefundStatus, Subject
from comptoir.payments.actions import review, spend
from comptoir.payments.actions.observe import observe
from comptoir.payments.models import ATTEMPT_STATES, Payment
from comptoir.services.models import Operation, Service

pytestmark = pytest.mark.django_db(transaction=True)
OLIVE = "staff:olive@example.org"


@pytest.fixture
def alice() -> Customer:
    """A customer of a shop whose gateway needs no network."""
    builders.shop()
    scenes.gateway()
    return builders.customer("Alice")


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


def in_hand() -> int:
    """The balance, which is the sum of its rows."""
    held = Credit.objects.get()
    assert credit.agrees(held)
    return held.balance_minor


def invoice_of(payment: Payment) -> Invoice:
    assert payment.invoice_id is not None
    return Invoice.objects.get(pk=payment.invoice_id)


def state_of(payment: Payment) -> str:
    payment.refresh_from_db()
    return payment.state


def seen_again(payment: Payment, *refunds: RefundSeen) -> None:
    """The provider is read once more, and shows the same charge, and perhaps refunds."""
    assert payment.attempt is not None
    observe(
        PaymentSeen(
            subject=Subject("stripe", payment.account, "test", "payment", payment.reference),
            installation=installation(),
            attempt=str(payment.attempt.pk),
            payment_id=payment.reference,
            status=PaymentStatus.SUCCEEDED,
            amount=payment.amount,
            ended=True,
            charges=(ChargeSeen(payment.reference.replace("pi_", "ch_"), payment.amount, clock.now()),),
            refunds=refunds,
            created=clock.now(),
        ),
        read_at=now(),
    )


def now() -> dt.datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: dt.datetime = cursor.fetchone()[0]
    return moment


def refund(minor: int, name: str = "re_1", status: RefundStatus = RefundStatus.SUCCEEDED) -> RefundSeen:
    return RefundSeen(name, "ch_1", eur(minor), status, clock.now())


def second_payment(alice: Customer) -> Payment:
    """Two browser tabs, both paid: the second one comes when the invoice is paid."""
    first = scenes.paid(alice, name="first")
    assert first.attempt is not None
    second = scenes.attempt(invoice_of(first), name="second")
    return scenes.seen(second, name="second")


def test_an_amount_that_differs_is_accepted_and_the_rest_is_credit(alice: Customer) -> None:
    payment = scenes.paid(alice, amount_minor=12000)
    assert (payment.state, paid_on(invoice_of(payment))) == ("held", eur(0))
    assert [(each.paying, each.over, each.refused) for each in review.held()] == [(eur(9990), eur(2010), "")]
    review.accept(payment_id=payment.pk, who=OLIVE)
    run_jobs()
    assert (state_of(payment), invoice_of(payment).state) == ("succeeded", "paid")
    assert (paid_on(invoice_of(payment)), in_hand(), Service.objects.get().state) == (eur(9990), 2010, "active")
    assert Alert.objects.get(key=f"held:{payment.pk}").closed_at is not None
    entry = AuditEntry.objects.get(verb="held.accepted")
    assert entry.who == OLIVE
    with translation.override("fr"):
        assert "le montant diffère\xa0: 120,00\xa0€ au lieu de 99,90\xa0€" in {
            each.before for each in trail.told(entry).differences
        }
    assert list(review.held()) == []


def test_too_little_is_accepted_and_the_rest_is_still_owed(alice: Customer) -> None:
    payment = scenes.paid(alice, amount_minor=4000)
    review.accept(payment_id=payment.pk, who=OLIVE)
    assert (state_of(payment), invoice_of(payment).state, owed_on(invoice_of(payment))) == (
        "succeeded",
        "open",
        eur(5990),
    )
    assert (Credit.objects.exists(), Operation.objects.exists()) == (False, False)


def test_all_of_it_is_kept_as_credit_and_the_customer_is_written_to(alice: Customer) -> None:
    payment = scenes.paid(alice, amount_minor=12000)
    review.keep_as_credit(payment_id=payment.pk, who=OLIVE)
    assert (state_of(payment), invoice_of(payment).state, in_hand()) == ("succeeded", "open", 12000)
    assert Mail.objects.filter(template="credited", to="alice@example.org").count() == 1
    assert CreditEntry.objects.get().kind == "payment"


def test_what_was_decided_is_not_held_again_by_a_later_look(alice: Customer) -> None:
    payment = scenes.paid(alice, amount_minor=12000)
    review.keep_as_credit(payment_id=payment.pk, who=OLIVE)
    for _time in range(2):
        seen_again(payment)
    assert (state_of(payment), in_hand(), paid_on(invoice_of(payment))) == ("succeeded", 12000, eur(0))


def test_a_second_decision_is_refused(alice: Customer) -> None:
    payment = scenes.paid(alice, amount_minor=12000)
    review.accept(payment_id=payment.pk, who=OLIVE)
    for decide in (review.accept, review.keep_as_credit):
        with pytest.raises(SaidError) as refused:
            decide(payment_id=payment.pk, who="staff:boris@example.org")
        assert refused.value.sentence is review.DECIDED
    assert (in_hand(), AuditEntry.objects.filter(verb__startswith="held.").count()) == (2010, 1)


def test_a_second_real_payment_becomes_credit_never_a_second_delivery(alice: Customer) -> None:
    """failures.md: two browser tabs, two payable intents, both paid."""
    payment = second_payment(alice)
    assert payment.state == "held"
    with pytest.raises(SaidError):
        review.accept(payment_id=payment.pk, who=OLIVE)
    assert state_of(payment) == "held"
    review.keep_as_credit(payment_id=payment.pk, who=OLIVE)
    assert (state_of(payment), in_hand(), paid_on(invoice_of(payment))) == ("succeeded", 9990, eur(9990))
    assert Operation.objects.count() == 1


def test_a_payment_for_a_void_invoice_becomes_credit(alice: Customer) -> None:
    invoice = builders.invoice(alice)
    attempt = scenes.attempt(invoice, name="late")
    ATTEMPT_STATES.move(attempt, "ended", who="test")
    INVOICE_STATES.move(invoice, "void", who="test")
    payment = scenes.seen(attempt, name="late")
    assert (payment.state, [each.refused for each in review.held()]) == ("held", [review.NOT_OPEN])
    review.keep_as_credit(payment_id=payment.pk, who=OLIVE)
    assert (invoice_of(payment).state, in_hand()) == ("void", 9990)


def test_what_went_back_of_a_held_payment_is_not_decided_on(alice: Customer) -> None:
    payment = scenes.paid(alice, amount_minor=12000)
    seen_again(payment, refund(2000))
    assert [each.rest for each in review.held()] == [eur(10000)]
    review.accept(payment_id=payment.pk, who=OLIVE)
    seen_again(payment, refund(2000))
    assert (paid_on(invoice_of(payment)), in_hand()) == (eur(9990), 10)


def test_a_refund_takes_the_credit_first_and_then_the_invoice(alice: Customer) -> None:
    payment = scenes.paid(alice, amount_minor=12000)
    review.accept(payment_id=payment.pk, who=OLIVE)
    for _time in range(2):
        seen_again(payment, refund(2500))
    assert (in_hand(), paid_on(invoice_of(payment)), invoice_of(payment).state) == (0, eur(9500), "partially_refunded")
    failed = dataclasses.replace(refund(2500), status=RefundStatus.FAILED)
    for _time in range(2):
        seen_again(payment, failed)
    assert (in_hand(), paid_on(invoice_of(payment)), invoice_of(payment).state) == (2010, eur(9990), "paid")


@pytest.mark.parametrize("decide", [review.accept, review.keep_as_credit])
def test_of_which_a_part_went_back_is_partially_refunded_however_the_rest_is_decided(
    alice: Customer, decide: Callable[..., object]
) -> None:
    payment = scenes.paid(alice, amount_minor=12000)
    seen_again(payment, refund(1000))
    decide(payment_id=payment.pk, who=OLIVE)
    assert state_of(payment) == "partially_refunded"
    seen_again(payment, refund(1000))
    assert state_of(payment) == "partially_refunded", "a look changes nothing of it"


def test_credit_that_is_spent_when_its_payment_goes_back_is_told(alice: Customer) -> None:
    payment = scenes.paid(alice, amount_minor=12000)
    review.keep_as_credit(payment_id=payment.pk, who=OLIVE)
    other = builders.invoice(alice, builders.product("Autre"))
    spend.use_credit(invoice_id=other.pk, who=OLIVE)
    seen_again(payment, refund(12000))
    assert (in_hand(), paid_on(other)) == (0, eur(9990))
    spent = Alert.objects.filter(key__startswith="credit-spent:", closed_at=None)
    assert spent.count() == 1
    seen_again(payment, dataclasses.replace(refund(12000), status=RefundStatus.FAILED))
    assert (in_hand(), spent.count()) == (2010, 0), "nobody owes it any more"


def test_a_held_payment_whose_refund_fails_is_held_again(alice: Customer) -> None:
    payment = scenes.paid(alice, amount_minor=12000)
    seen_again(payment, refund(12000))
    assert state_of(payment) == "refunded"
    seen_again(payment, dataclasses.replace(refund(12000), status=RefundStatus.FAILED))
    assert (state_of(payment), [each.rest for each in review.held()]) == ("held", [eur(12000)])
    assert Alert.objects.get(key=f"held:{payment.pk}").closed_at is None
