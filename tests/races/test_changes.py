"""Somebody changes or cancels while somebody else changes or pays; two people let one order go: each with its guard, and lost without."""

from __future__ import annotations

from typing import Any

import pytest
from tests import builders
from tests.races import actors, unguarded
from tests.races.together import Told, together
from tests.stripe import Stripe

from comptoir.invoices.models import Invoice
from comptoir.kernel.models import AuditEntry
from comptoir.kernel.words import code
from comptoir.payments.actions import tallies
from comptoir.payments.models import PAYABLE, Attempt
from comptoir.services.models import Service

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]
TAKE, NOTE = "comptoir.kernel.locks.take", "comptoir.kernel.locks.note"
RECORD = "comptoir.kernel.states.States._record"
UNLOCKED = {TAKE: unguarded.take, NOTE: unguarded.note}


def both(stripe: Stripe, first: dict[str, Any], second: dict[str, Any], **more: Any) -> list[str]:
    """Two people do something about Alice's invoice of 99.90 at the same moment; what each was told."""
    stripe.connect()
    invoice = builders.invoice(builders.customer("Alice"))
    shared = {"api_base": stripe.server.base_url, "invoice": invoice.pk}
    told: list[Told] = together(actors.at_invoice, shared | first, shared | second, **more)
    assert [each.error for each in told] == ["", ""]
    return [str(each.answer) for each in told]


def test_a_change_and_a_customer_who_pays(stripe: Stripe) -> None:
    """Whoever is first: the page that can be paid is over what is owed."""
    both(stripe, {"deed": "price", "minor": 12000}, {"deed": "pay"}, before=TAKE)
    attempt, invoice = Attempt.objects.filter(state__in=PAYABLE).get(), Invoice.objects.get()
    assert (attempt.amount_minor, attempt.revision) == (invoice.total_minor, invoice.revision)


def test_without_the_invoices_lock_a_page_over_the_earlier_amount_can_be_paid(stripe: Stripe) -> None:
    both(stripe, {"deed": "price", "minor": 12000}, {"deed": "pay"}, before=RECORD, without=UNLOCKED)
    attempt, invoice = Attempt.objects.filter(state__in=PAYABLE).get(), Invoice.objects.get()
    assert (attempt.amount_minor, invoice.total_minor) == (9990, 12000)
    assert attempt.revision != invoice.revision  # the second guard: its payment would be held


def test_a_cancel_and_a_customer_who_pays(stripe: Stripe) -> None:
    both(stripe, {"deed": "cancel"}, {"deed": "pay"}, before=TAKE)
    void = Invoice.objects.get().state == "void"
    assert Attempt.objects.filter(state__in=PAYABLE).exists() != void


def test_without_the_invoices_lock_a_void_invoice_can_be_paid(stripe: Stripe) -> None:
    both(stripe, {"deed": "cancel"}, {"deed": "pay"}, before=RECORD, without=UNLOCKED)
    assert (Invoice.objects.get().state, Attempt.objects.filter(state__in=PAYABLE).count()) == ("void", 1)


def two_discounts(stripe: Stripe, **more: Any) -> list[str]:
    each = {"deed": "discount", "minor": 1000}
    return both(stripe, each, each, **more)


def test_two_people_give_one_discount(stripe: Stripe) -> None:
    assert sorted(two_discounts(stripe, before=TAKE)) == ["discount", "refused"]
    assert Invoice.objects.get().total_minor == 8990


def test_without_the_lock_they_give_two(stripe: Stripe) -> None:
    assert two_discounts(stripe, before=RECORD, without=UNLOCKED) == ["discount", "discount"]
    assert Invoice.objects.get().lines.count() == 3


def two_people(**more: Any) -> list[str]:
    """Boris and Olive both let an order go that is held."""
    invoice = builders.invoice(
        builders.customer("Alice"), builders.product(prices={"annually": 0}), gateway="", total_minor=0
    )
    Service.objects.update(held_because=code("highest"))
    each = [{"order": invoice.order_id, "who": f"staff:{name}@example.org"} for name in ("boris", "olive")]
    return sorted(str(told.answer) for told in together(actors.release, *each, **more))


def test_one_person_lets_an_order_go() -> None:
    assert two_people(before=TAKE) == ["refused", "released"]
    assert AuditEntry.objects.filter(verb="service.released").count() == 1


def test_without_the_locks_two_people_do() -> None:
    without = {**UNLOCKED, "comptoir.kernel.locks.take_all": unguarded.take_all}
    assert two_people(before="comptoir.services.steering.release", without=without) == ["released", "released"]
    assert AuditEntry.objects.filter(verb="service.released").count() == 2


def two_counts(**more: Any) -> int:
    assert [each.error for each in together(actors.tally, {}, {}, **more)] == ["", ""]
    return tallies.in_an_hour("failed:newcomers")["failed:newcomers"]


def test_two_processes_count_two() -> None:
    assert two_counts() == 2


def test_without_the_adding_statement_one_is_lost() -> None:
    assert two_counts(without={"comptoir.payments.actions.tallies._COUNT": unguarded.COUNT_WITHOUT_ADDING}) == 1
