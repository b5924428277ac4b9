"""Credit, and money that is held: two processes at one balance, two people at one decision."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.models import Sum
from tests import builders
from tests.backoffice import scenes
from tests.races import actors, unguarded
from tests.races.together import Told, together
from tests.stripe import Stripe

from comptoir.customers.models import Customer
from comptoir.kernel import locks
from comptoir.kernel.money import Money
from comptoir.ledger import credit
from comptoir.ledger.models import Allocation, Credit, CreditEntry, Entry
from comptoir.payments.models import Payment

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]
CREDIT_TAKE = "comptoir.ledger.credit.locks.take"


def give(customer: Customer, minor: int) -> None:
    """Credit by the team, in test mode as the orders of these tests are."""
    with locks.transaction():
        credit.add(
            customer_id=customer.pk,
            mode="test",
            amount=Money(minor, "EUR"),
            kind=CreditEntry.Kind.STAFF,
            reference="staff:given",
            who="test",
        )


def two_uses(stripe: Stripe, **more: Any) -> list[Told]:
    """Alice has 120.00 in hand and owes two invoices of 99.90: she uses her credit on both at once."""
    stripe.connect()
    alice = builders.customer("Alice")
    invoices = [builders.invoice(alice, builders.product(f"VPS {number}")) for number in (1, 2)]
    give(alice, 12000)
    return together(actors.use_credit, *({"invoice": each.pk} for each in invoices), **more)


def test_two_uses_at_once_share_what_there_is(stripe: Stripe) -> None:
    told = two_uses(stripe, before=CREDIT_TAKE)
    assert [each.error for each in told] == ["", ""]
    assert sorted(int(str(each.answer)) for each in told) == [2010, 9990]
    held = Credit.objects.get()
    assert (held.balance_minor, credit.agrees(held)) == (0, True)
    assert sum(Entry.objects.filter(source="credit").values_list("amount_minor", flat=True)) == 12000


def test_without_the_lock_the_database_refuses_the_second(stripe: Stripe) -> None:
    told = two_uses(stripe, after=CREDIT_TAKE, without={"comptoir.kernel.locks.take": unguarded.take})
    assert sorted("ledger_credit_not_negative" in each.error for each in told) == [False, True]
    held = Credit.objects.get()
    assert (held.balance_minor, credit.agrees(held)) == (2010, True)


def test_without_lock_and_check_it_would_be_spent_twice(stripe: Stripe) -> None:
    with unguarded.no_key("ledger_credit_not_negative", "ledger_credit"):
        two_uses(stripe, after=CREDIT_TAKE, without={"comptoir.kernel.locks.take": unguarded.take})
        assert Credit.objects.get().balance_minor == 12000 - 2 * 9990


def two_additions(**more: Any) -> list[Told]:
    """Alice, who has 1.00 in hand, has paid 5.00 too much, which is seen twice at once."""
    builders.shop()
    alice = builders.customer("Alice")
    give(alice, 100)
    arguments = {"customer": alice.pk, "minor": 500, "reference": "overpaid:ch_1"}
    return together(actors.add_credit, arguments, arguments, **more)


def test_the_same_overpayment_is_added_once() -> None:
    told = two_additions(before=CREDIT_TAKE)
    assert [each.error for each in told] == ["", ""]
    assert (Credit.objects.get().balance_minor, CreditEntry.objects.count()) == (600, 2)


def test_without_lock_and_key_it_is_added_twice() -> None:
    with unguarded.no_key("ledger_creditentry_reference_key", "ledger_creditentry"):
        two_additions(before="comptoir.kernel.clock.now", without={"comptoir.kernel.locks.take": unguarded.take})
        assert Credit.objects.get().balance_minor == 1100


def two_decisions(**more: Any) -> list[Told]:
    """Alice's 120.00 are held, of which her invoice needs 99.90: Olive accepts them while Boris keeps them as credit."""
    scenes.gateway()
    payment = scenes.paid(builders.customer("Alice"), amount_minor=12000)
    assert payment.state == "held"
    return together(actors.decide, *({"payment": payment.pk, "deed": deed} for deed in ("accept", "credit")), **more)


def placed() -> int:
    """What stands on invoices and as credit, in minor units."""
    sums = (
        Allocation.objects.aggregate(sum=Sum("amount_minor")),
        CreditEntry.objects.aggregate(sum=Sum("amount_minor")),
    )
    return sum(each["sum"] or 0 for each in sums)


def test_of_two_decisions_one_is_made() -> None:
    told = two_decisions(before=CREDIT_TAKE)
    assert [each.error for each in told] == ["", ""]
    assert sum(each.answer == "decided" for each in told) == 1
    assert (placed(), Payment.objects.get().state) == (12000, "succeeded")


def test_without_locks_and_conditional_move_both_are_made() -> None:
    """Without the locks alone the conditional move of the payment, or the unique row of its credit, ends one of the two."""
    without = {
        "comptoir.kernel.locks.take": unguarded.take,
        "comptoir.kernel.locks.note": unguarded.note,
    }
    told = two_decisions(before="comptoir.payments.actions.review.standing", without=without)
    assert any("MovedMeanwhileError" in each.error or "IntegrityError" in each.error for each in told)
    assert placed() == 12000
