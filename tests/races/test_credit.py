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
from comptoir.kernel.models import AuditEntry
from comptoir.kernel.money import Money
from comptoir.ledger import credit
from comptoir.ledger.models import Allocation, Credit, CreditEntry, Entry
from comptoir.payments.models import Payment

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]
CREDIT_TAKE = "comptoir.ledger.credit.locks.take"
CREDIT_READ = (
    "comptoir.ledger.credit.lock"  # by now each knows the balance; `locks.take` is called for the invoice before
)


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
    told = two_uses(stripe, after=CREDIT_READ, without={"comptoir.kernel.locks.take": unguarded.take})
    assert sorted("ledger_credit_not_negative" in each.error for each in told) == [False, True]
    held = Credit.objects.get()
    assert (held.balance_minor, credit.agrees(held)) == (2010, True)


def test_without_lock_and_check_it_would_be_spent_twice(stripe: Stripe) -> None:
    with unguarded.no_key("ledger_credit_not_negative", "ledger_credit"):
        two_uses(stripe, after=CREDIT_READ, without={"comptoir.kernel.locks.take": unguarded.take})
        assert Credit.objects.get().balance_minor == 12000 - 2 * 9990


def use_and_take(stripe: Stripe, **more: Any) -> list[Told]:
    """Alice has 120.00 in hand, of which she uses 99.90 while all of the money that it came from goes back."""
    stripe.connect()
    alice = builders.customer("Alice")
    invoice = builders.invoice(alice)
    give(alice, 12000)
    deeds = (
        {"deed": deed, "invoice": each, "minor": 12000} for deed, each in (("use", invoice.pk), ("take", _other(alice)))
    )
    return together(actors.use_or_take, *deeds, **more)


def _other(alice: Customer) -> int:
    """Another invoice of hers, so that the two meet at the credit alone."""
    return builders.invoice(alice, builders.product("VPS Phare")).pk


def test_what_is_used_and_what_goes_back_share_what_there_is(stripe: Stripe) -> None:
    used, taken = use_and_take(stripe, before=CREDIT_TAKE)
    held = Credit.objects.get()
    assert (held.balance_minor, credit.agrees(held)) == (0, True)
    if used.error:  # the money was faster
        assert "SaidError" in used.error
        assert taken.answer == 12000
    else:
        assert (used.answer, taken.answer) == (9990, 2010)


def test_without_the_lock_the_database_refuses_to_use_what_goes_back(stripe: Stripe) -> None:
    told = use_and_take(stripe, after=CREDIT_READ, without={"comptoir.kernel.locks.take": unguarded.take})
    assert sorted("ledger_credit_not_negative" in each.error for each in told) == [False, True]
    assert credit.agrees(Credit.objects.get())


def two_buttons(stripe: Stripe, **more: Any) -> list[Told]:
    """Alice and Boris press the button that uses her 40.00 on the same invoice."""
    stripe.connect()
    alice = builders.customer("Alice")
    invoice = builders.invoice(alice)
    give(alice, 4000)
    pressed = ({"invoice": invoice.pk, "minor": 4000, "who": who} for who in ("customer:1", "staff:boris"))
    return together(actors.spend_credit, *pressed, **more)


def test_customer_and_staff_use_the_same_credit_once(stripe: Stripe) -> None:
    told = two_buttons(stripe, before="comptoir.payments.actions.record.locks.take")
    assert [each.error for each in told] == ["", ""]
    assert sorted(int(str(each.answer)) for each in told) == [0, 4000]
    assert Credit.objects.get().balance_minor == 0
    assert AuditEntry.objects.filter(verb="credit.used").count() == 1


def test_without_the_lock_both_say_that_they_have_used_it(stripe: Stripe) -> None:
    """The unique row of the ledger books it once all the same; what is told, and the audit trail, would be wrong."""
    without = {"comptoir.kernel.locks.take": unguarded.take, "comptoir.kernel.locks.note": unguarded.note}
    told = two_buttons(stripe, after=CREDIT_READ, without=without)
    assert "MovedMeanwhileError" in "".join(each.error for each in told) or [each.answer for each in told] == [
        4000,
        4000,
    ]
    assert Credit.objects.get().balance_minor == 0


def test_the_same_transfer_recorded_twice_at_once_is_recorded_once(stripe: Stripe) -> None:
    stripe.connect()
    alice = builders.customer("Alice")
    first, second = builders.invoice(alice), builders.invoice(alice, builders.product("VPS Phare"))
    typed = [{"invoice": each.pk, "minor": 9990, "who": "staff:boris"} for each in (first, second)]
    told = together(actors.record_transfer, *typed, before="comptoir.ledger.actions.record")
    assert sorted(str(each.answer) for each in told) == ["recorded", "refused"]
    assert (Entry.objects.count(), placed()) == (1, 9990)


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
    told = two_decisions(after="comptoir.payments.actions.review.standing", without=without)
    assert any("MovedMeanwhileError" in each.error or "IntegrityError" in each.error for each in told)
    assert placed() == 12000
