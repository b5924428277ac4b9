"""Disputes of money that stands elsewhere than on an invoice: held, or credit; and in another currency than it was paid."""

from __future__ import annotations

import pytest
from tests import builders
from tests.payments.disputing import (
    VERA,
    Later,
    agrees,
    decided,
    disputed,
    held,
    look,
    open_alerts,
    paid,
    service,
    states,
    taken,
)
from tests.stripe import Stripe

from comptoir.customers.models import Customer
from comptoir.kernel.errors import SaidError
from comptoir.kernel.models import Alert
from comptoir.kernel.money import Money
from comptoir.ledger.models import Credit
from comptoir.modules.api import Settlement
from comptoir.payments.actions import placing, review
from comptoir.payments.actions.dispute_money import in_paid_currency
from comptoir.payments.actions.look import visit
from comptoir.payments.actions.spend import use_credit
from comptoir.payments.actions.start import start
from comptoir.payments.models import Dispute, Payment

pytestmark = pytest.mark.django_db(transaction=True)


def test_credit_that_a_lost_payment_had_become_is_taken_and_comes_back_with_a_win(stripe: Stripe) -> None:
    payment = held(stripe)
    review.keep_as_credit(payment_id=payment.pk, who=VERA)
    row = disputed(stripe, payment)
    stripe.api("POST", f"/v1/disputes/{row.reference}", data={"evidence[uncategorized_text]": "He signed in."})
    row = decided(stripe, row, "lose")
    assert (row.lost_minor, Credit.objects.get().balance_minor, row.policy) == (9990, 0, ""), "it has paid no service"
    row = decided(stripe, decided(stripe, row, "appeal"), "win")
    assert (row.lost_minor, Credit.objects.get().balance_minor) == (0, 9990)
    assert states(payment) == ("succeeded", "paid", 9990)
    assert placing.rest_of(payment).minor == 0


def test_credit_that_is_spent_is_owed_and_leaves_later_refunds_as_they_are(stripe: Stripe) -> None:
    payment = held(stripe)
    review.keep_as_credit(payment_id=payment.pk, who=VERA)
    other = builders.invoice(
        Customer.objects.get(), builders.product("Domaine", prices={"annually": 1990}), total_minor=1990
    )
    use_credit(invoice_id=other.pk, who=VERA)
    row = disputed(stripe, payment)
    stripe.api("POST", f"/v1/disputes/{row.reference}", data={"evidence[uncategorized_text]": "He signed in."})
    row = decided(stripe, row, "lose")
    assert Credit.objects.get().balance_minor == 0
    (alert,) = Alert.objects.filter(key__startswith="credit-spent:", closed_at=None)
    assert "€19.90" in alert.text.english
    assert placing.rest_of(payment).minor == -1990
    decided(stripe, decided(stripe, row, "appeal"), "win")
    assert (Credit.objects.get().balance_minor, placing.rest_of(payment).minor) == (8000, 0)
    assert not Alert.objects.filter(key__startswith="credit-spent:", closed_at=None).exists(), "nobody owes it any more"


def test_a_held_payment_that_is_disputed_stays_in_the_books_and_cannot_be_decided(stripe: Stripe) -> None:
    payment = held(stripe)
    row = disputed(stripe, payment)
    assert payment.state == "held"
    assert taken() == [("dispute", -9990)]
    for decision in (review.accept, review.keep_as_credit):
        with pytest.raises(SaidError, match=r"banque|bank"):
            decision(payment_id=payment.pk, who=VERA)
    agrees(stripe)
    decided(stripe, row, "lose")
    assert states(payment) == ("disputed", "paid", 9990), "the transfer stands"
    assert open_alerts("held:") == []
    assert placing.rest_of(payment).minor == 0
    assert service().state == "active"
    agrees(stripe)


def test_a_held_payment_whose_dispute_is_won_can_be_decided_again(stripe: Stripe) -> None:
    payment = held(stripe)
    decided(stripe, disputed(stripe, payment), "win")
    payment.refresh_from_db()
    assert payment.state == "held"
    review.keep_as_credit(payment_id=payment.pk, who=VERA)
    assert Credit.objects.get().balance_minor == 9990
    agrees(stripe)


def test_a_payment_that_was_disputed_before_it_was_seen_is_held(
    stripe: Stripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    stripe.connect()
    later = Later(stripe, monkeypatch)
    ready = start(invoice_id=builders.invoice(builders.customer("Alice")).pk, gateway="stripe", who="test")
    stripe.pay(ready.url, number="4000000000000259")
    later.by(seconds=10)
    visit(ready.attempt)
    look()
    payment = Payment.objects.get()
    assert states(payment) == ("held", "open", 0)
    decided(stripe, Dispute.objects.get(), "win")
    review.accept(payment_id=payment.pk, who=VERA)
    look()
    assert (states(payment), service().state) == (("succeeded", "paid", 9990), "active")
    agrees(stripe)


MOVEMENTS = [
    ("EUR", -9990, "EUR", "", 0, -9990),
    ("EUR", 4000, "EUR", "", 9990, 4000),
    ("USD", -7992, "EUR", "0.8", 0, -9990),
    ("USD", -7991, "EUR", "0.8", 0, -9990),  # as near as rounding explains
    ("USD", -8000, "EUR", "0.8", 0, -10000),  # by its rate: banks take more than the amount where rates have moved
    ("USD", 7992, "EUR", "0.8", 9990, 9990),
    ("USD", 4000, "EUR", "0.8", 9990, 5000),
    ("EUR", -15984, "JPY", "160", 0, -9990),
    ("EUR", 8000, "JPY", "160", 9990, 5000),
    ("JPY", 6244, "EUR", "0.00625", 9990, 9990),
    ("USD", 0, "EUR", "0.8", 9990, 0),
    ("USD", -7992, "EUR", "", 0, -9990),
]


@pytest.mark.parametrize("movement", MOVEMENTS)
def test_a_movement_in_another_currency_is_told_in_the_one_that_was_paid(
    movement: tuple[str, int, str, str, int, int],
) -> None:
    paid_in, minor, currency, rate, away, expected = movement
    amount = Money(minor, currency)
    booked = Settlement("txn_1", amount, Money(0, currency), amount, exchange_rate=rate)
    assert in_paid_currency(booked, Money(9990, paid_in), away=away) == Money(expected, paid_in)


def test_a_dispute_settles_in_another_currency_and_is_lost_in_the_paid_one(stripe: Stripe) -> None:
    stripe.control.post("account", settlement_currencies=["usd"])
    payment = paid(stripe)
    row = disputed(stripe, payment)
    assert taken() == [("dispute", -9990)]
    decided(stripe, row, "win")
    assert taken() == [("dispute", -9990), ("dispute_reversal", 9990)]
    agrees(stripe)
