"""Two people give the same money back; two workers carry one refund out: each race with its guard, and lost without it."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.models import Sum
from tests.payments.test_refunds import ask, paid
from tests.races import actors, unguarded
from tests.races.together import Told, together

from comptoir.payments.models import Refund

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]
TAKE, NOTE = "comptoir.kernel.locks.take", "comptoir.kernel.locks.note"


def two_people(**more: Any) -> list[Told]:
    """Boris and Olive both give 60 of 99.90 back."""
    payment = paid()
    each = [{"payment": payment.pk, "minor": 6000, "who": f"staff:{name}@example.org"} for name in ("boris", "olive")]
    return together(actors.ask_refund, *each, **more)


def test_two_people_never_give_back_more_than_was_paid() -> None:
    told = two_people()
    assert [each.error for each in told] == ["", ""]
    assert sorted(str(each.answer) for each in told) == ["created", "refused"]
    assert Refund.objects.aggregate(sum=Sum("amount_minor"))["sum"] == 6000


def test_without_the_payments_lock_they_do() -> None:
    two_people(after="comptoir.payments.refundable.left", without={TAKE: unguarded.take, NOTE: unguarded.note})
    assert Refund.objects.aggregate(sum=Sum("amount_minor"))["sum"] == 12000


def one_pays_and_one_refunds(**more: Any) -> list[Told]:
    """All of it has come back: Boris refunds it anew while Olive notes that Alice has it in another way."""
    payment = paid()
    row = ask(payment, 9990)
    Refund.objects.update(state="failed", reference="re_failed")
    each = [{"refund": str(row.pk), "payment": payment.pk, "how": how} for how in ("again", "aside")]
    return together(actors.see_to_refund, *each, **more)


def test_money_that_came_back_is_given_again_or_in_another_way_and_never_both() -> None:
    told = one_pays_and_one_refunds()
    assert [each.error for each in told] == ["", ""]
    assert [str(each.answer) for each in told].count("refused") == 1


def test_without_the_payments_lock_it_is_given_twice() -> None:
    more = {"after": "comptoir.payments.actions.refund.thing", "without": {TAKE: unguarded.take, NOTE: unguarded.note}}
    told = one_pays_and_one_refunds(**more)
    assert sorted(str(each.answer) for each in told) == ["aside", "created"]


def two_workers(**more: Any) -> list[Told]:
    row = ask(paid(), 6000)
    return together(actors.call_refund, {"refund": str(row.pk)}, {"refund": str(row.pk)}, **more)


def test_two_workers_call_once() -> None:
    told = two_workers(before="comptoir.payments.actions.refund_call._claim")
    assert [each.error for each in told] == ["", ""]
    assert sum(int(str(each.answer)) for each in told) == 1


def test_without_the_claim_both_call() -> None:
    told = two_workers(
        before="comptoir.payments.actions.refund_call.request_of",
        without={"comptoir.payments.actions.refund_call._claim": actors.unclaimed_refund},
    )
    assert sum(int(str(each.answer)) for each in told) == 2
