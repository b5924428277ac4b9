"""Credit, and money that is held: two processes at one balance, two people at one decision."""

from __future__ import annotations

from typing import Any

import pytest
from tests import builders
from tests.races import actors, unguarded
from tests.races.together import Told, together
from tests.stripe import Stripe

from comptoir.customers.models import Customer
from comptoir.kernel import locks
from comptoir.kernel.money import Money
from comptoir.ledger import credit
from comptoir.ledger.models import Credit, CreditEntry, Entry

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
