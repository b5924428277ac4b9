"""What comes back of a payment about which somebody had decided, as a refund fails or a dispute is won at last: a person decides again."""

from __future__ import annotations

import uuid

import pytest
from tests import builders
from tests.payments.disputing import decided, disputed
from tests.payments.test_held import OLIVE, agrees, arrives, counter, given_back, lost, ordered
from tests.payments.test_versions import Counter

from comptoir.kernel.errors import SaidError
from comptoir.kernel.models import Alert
from comptoir.kernel.money import Money
from comptoir.ledger.models import Credit
from comptoir.ledger.queries import paid_on
from comptoir.payments.actions import placing, review, spend
from comptoir.payments.actions.rules import store_rules
from comptoir.services.models import Service

__all__ = ["counter"]
pytestmark = pytest.mark.django_db(transaction=True)


def test_what_comes_back_after_a_decision_is_held_again(counter: Counter) -> None:
    """The refund had taken what nobody had placed yet; by the time that it fails, the rest has become Alice's credit."""
    payment = lost(counter)
    name = given_back(counter, payment, 4000)
    alice = builders.customer("Alice")
    review.keep_as_credit(payment_id=payment.pk, who=OLIVE, customer=alice)
    assert Credit.objects.get().balance_minor == 5990
    counter.stripe.control.move(name, "refund_fail")
    for _time in range(2):
        counter.receive()
        counter.stripe.api("POST", f"/v1/payment_intents/{payment.reference}", data={"description": "seen again"})
    payment.refresh_from_db()
    assert (payment.state, Credit.objects.get().balance_minor) == ("held", 5990)
    assert "€40.00 of it has come back" in Alert.objects.get(key=f"held:{payment.pk}", closed_at=None).text.english
    assert review.standing(payment).rest.minor == 4000
    review.keep_as_credit(payment_id=payment.pk, who=OLIVE, customer=alice)
    counter.stripe.api("POST", f"/v1/payment_intents/{payment.reference}", data={"description": "and again"})
    counter.receive()
    payment.refresh_from_db()
    assert (payment.state, Credit.objects.get().balance_minor) == ("succeeded", 9990)
    assert not Alert.objects.filter(key=f"held:{payment.pk}", closed_at=None).exists()
    agrees(counter)


def test_what_comes_back_after_a_decision_may_go_once_more(counter: Counter) -> None:
    payment = lost(counter)
    name = given_back(counter, payment, 4000)
    review.keep_as_credit(payment_id=payment.pk, who=OLIVE, customer=builders.customer("Alice"))
    counter.stripe.control.move(name, "refund_fail")
    counter.receive()
    given_back(counter, payment, 4000)
    assert (payment.state, Credit.objects.get().balance_minor) == ("partially_refunded", 5990)
    assert not Alert.objects.filter(key=f"held:{payment.pk}", closed_at=None).exists()
    agrees(counter)


@pytest.mark.parametrize("also", [0, 1000])
def test_what_comes_back_pays_nothing_by_itself(counter: Counter, also: int) -> None:
    """A person accepts it: then it pays what is owed, and is delivered or waits by the house's rules, as any other money."""
    store_rules(values={"currency": "EUR", "hold_new_above_minor": 0}, who=OLIVE)
    invoice, attempt = ordered(counter)
    payment = arrives(counter, attempt.pk, minor=12000)
    name = given_back(counter, payment, 4000)
    if also:
        given_back(counter, payment, also)
    review.accept(payment_id=payment.pk, who=OLIVE)
    assert paid_on(invoice).minor == 8000 - also
    counter.stripe.control.move(name, "refund_fail")
    counter.receive()
    payment.refresh_from_db()
    assert (payment.state, paid_on(invoice).minor) == ("held", 8000 - also)
    review.accept(payment_id=payment.pk, who=OLIVE)
    invoice.refresh_from_db()
    assert (invoice.state, paid_on(invoice).minor, Credit.objects.get().balance_minor) == ("paid", 9990, 2010 - also)
    counter.receive()
    assert (Service.objects.get().state, bool(Service.objects.get().held_because)) == ("pending", True)
    agrees(counter)


def test_what_comes_back_while_the_bank_disputes_the_rest_waits_for_the_bank(counter: Counter) -> None:
    store_rules(values={"currency": "EUR", "on_dispute": "suspend"}, who=OLIVE)
    invoice, attempt = ordered(counter)
    payment = arrives(counter, attempt.pk, minor=12000)
    name = given_back(counter, payment, 4000)
    review.accept(payment_id=payment.pk, who=OLIVE)
    counter.stripe.control.move(name, "refund_fail")
    row = disputed(counter.stripe, payment)
    payment.refresh_from_db()
    assert (payment.state, paid_on(invoice).minor) == ("held", 8000)
    with pytest.raises(SaidError, match=r"banque|bank"):
        review.accept(payment_id=payment.pk, who=OLIVE)
    decided(counter.stripe, row, "win")
    review.accept(payment_id=payment.pk, who=OLIVE)
    invoice.refresh_from_db()
    assert (invoice.state, paid_on(invoice).minor, Credit.objects.get().balance_minor) == ("paid", 9990, 2010)
    agrees(counter)


def test_a_dispute_that_is_won_at_last_leaves_no_money_nowhere(counter: Counter) -> None:
    """One read shows that the refund has failed and the dispute is lost; the appeal brings all of it back."""
    store_rules(values={"currency": "EUR", "on_lost": "keep"}, who=OLIVE)
    invoice, attempt = ordered(counter)
    payment = arrives(counter, attempt.pk, minor=12000)
    name = given_back(counter, payment, 4000)
    review.accept(payment_id=payment.pk, who=OLIVE)
    row = disputed(counter.stripe, payment)
    counter.stripe.api("POST", f"/v1/disputes/{row.reference}", data={"evidence[uncategorized_text]": "He signed in."})
    counter.stripe.control.move(name, "refund_fail")
    row = decided(counter.stripe, row, "lose")
    assert paid_on(invoice).minor == 4000, "what stood free goes first"
    decided(counter.stripe, decided(counter.stripe, row, "appeal"), "win")
    payment.refresh_from_db()
    assert (payment.state, paid_on(invoice).minor, placing.rest_of(payment).minor) == ("held", 8000, 4000)
    review.accept(payment_id=payment.pk, who=OLIVE)
    invoice.refresh_from_db()
    assert (invoice.state, paid_on(invoice).minor, placing.rest_of(payment).minor) == ("paid", 9990, 0)
    assert Credit.objects.get().balance_minor == 2010
    agrees(counter)


def test_credit_that_is_spent_is_owed_once_by_the_refund_that_took_it(counter: Counter) -> None:
    payment = lost(counter)
    first = given_back(counter, payment, 4000)
    alice = builders.customer("Alice")
    review.keep_as_credit(payment_id=payment.pk, who=OLIVE, customer=alice)
    other = builders.invoice(alice, builders.product("Domaine", prices={"annually": 2000}), total_minor=2000)
    spend.use_credit(invoice_id=other.pk, who=OLIVE)
    given_back(counter, payment, 5990)
    owed = Alert.objects.filter(key__startswith="credit-spent:", closed_at=None)
    assert [("€20.00" in each.text.english) for each in owed] == [True]
    gift = Money(500, "EUR")
    spend.give_credit(customer=alice, mode="test", amount=gift, note="sorry", key=uuid.uuid4(), who=OLIVE)
    counter.stripe.api("POST", f"/v1/payment_intents/{payment.reference}", data={"description": "seen again"})
    counter.receive()
    assert Credit.objects.get().balance_minor == 500, "what was given later is nobody's to take"
    counter.stripe.control.move(first, "refund_fail")
    counter.receive()
    payment.refresh_from_db()
    assert not owed.all().exists(), "what has come back is more than what was owed"
    assert (payment.state, placing.rest_of(payment).minor) == ("held", 2000)
    agrees(counter)
