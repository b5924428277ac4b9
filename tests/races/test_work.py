"""Deliveries, mails, numbers, Stripe customers: two processes at one thing."""

from __future__ import annotations

from typing import Any

import pytest
from comptoir_cash.models import Parcel
from django.db import connection
from tests import builders
from tests.races import actors, unguarded
from tests.races.together import Told, together
from tests.stripe import Stripe

from comptoir.kernel.models import AuditEntry, Counter
from comptoir.mail import actions as mail
from comptoir.mail.models import Mail
from comptoir.services.models import Operation, Service

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]
MOVE = "comptoir.kernel.states.States.move"


def two_deliveries(**more: Any) -> list[Told]:
    free = builders.product("Essai", prices={"annually": 0}, driver="shelf")
    builders.invoice(builders.customer("Alice"), free, total_minor=0)
    operation = str(Operation.objects.get().pk)
    return together(actors.deliver, {"operation": operation}, {"operation": operation}, **more)


def test_two_workers_at_one_delivery_call_the_driver_once() -> None:
    told = two_deliveries(before=MOVE)
    assert [each.error for each in told] == ["", ""]
    assert (Operation.objects.get().tries, Service.objects.get().state, Parcel.objects.count()) == (1, "active", 1)


def test_without_the_locks_and_the_conditional_move_both_call_it() -> None:
    two_deliveries(before=MOVE, without={MOVE: unguarded.move, "comptoir.kernel.locks.take": unguarded.take})
    assert Operation.objects.get().tries == 2
    # The shelf itself keeps its promise by the operation's key: the second line of defence, not the first.
    assert Parcel.objects.count() == 1


def two_senders(**more: Any) -> list[Told]:
    mail.queue_text(fact="a fact", to="alice@example.org", subject="Bonjour", body="Bonjour", locale="fr")
    number = Mail.objects.get().pk
    return together(actors.claim_mail, {"mail": number}, {"mail": number}, before=MOVE, **more)


def test_a_mail_is_claimed_by_one_worker() -> None:
    told = two_senders()
    assert [each.error for each in told] == ["", ""]
    assert sorted(bool(each.answer) for each in told) == [False, True]


def test_without_the_conditional_move_both_would_send_it() -> None:
    assert [each.answer for each in two_senders(without={MOVE: unguarded.move})] == [True, True]


def two_deciders(**more: Any) -> list[Told]:
    mail.queue_text(fact="a fact", to="alice@example.org", subject="Bonjour", body="Bonjour", locale="fr")
    Mail.objects.update(state="uncertain")
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    number = Mail.objects.get().pk
    return together(
        actors.decide_mail, {"mail": number, "deed": "again"}, {"mail": number, "deed": "sent"}, before=MOVE, **more
    )


def test_two_people_who_decide_about_one_mail_are_one() -> None:
    told = two_deciders()
    assert [each.error for each in told] == ["", ""]
    assert sorted(bool(each.answer) for each in told) == [False, True]
    assert (Mail.objects.get().state == "waiting") == bool(told[0].answer)
    assert AuditEntry.objects.filter(verb__startswith="mail.").count() == 1


def test_without_the_conditional_move_both_decide() -> None:
    assert [each.answer for each in two_deciders(without={MOVE: unguarded.move})] == [True, True]


def two_numbers(**more: Any) -> list[Told]:
    return together(actors.number, *({"series": "invoice:F-2026"} for _ in range(6)), **more)


def test_numbers_have_no_gap_and_no_double() -> None:
    told = two_numbers()
    assert [each.error for each in told] == [""] * 6
    assert sorted(int(str(each.answer)) for each in told) == [1, 2, 3, 4, 5, 6]
    assert Counter.objects.get().value == 6


def test_numbers_by_looking_first_are_given_twice() -> None:
    told = together(
        actors.number,
        {"series": "invoice:F-2026"},
        {"series": "invoice:F-2026"},
        before="django.db.models.query.QuerySet.update_or_create",
        without={"comptoir.kernel.records.next_number": unguarded.next_number},
    )
    assert [each.answer for each in told] == [1, 1]


def two_first_payments(stripe: Stripe, **more: Any) -> list[Told]:
    arguments = {"api_base": stripe.server.base_url, "secret_key": stripe.server.secret_key}
    return together(actors.stripe_customer, arguments, arguments, before="comptoir_stripe.gateway.ask", **more)


def test_two_first_payments_make_one_stripe_customer(stripe: Stripe) -> None:
    told = two_first_payments(stripe)
    assert [each.error for each in told] == ["", ""]
    assert told[0].answer == told[1].answer
    assert len(stripe.api("GET", "/v1/customers")["data"]) == 1


def test_without_the_stored_key_they_make_two(stripe: Stripe) -> None:
    two_first_payments(stripe, without={"comptoir_stripe.models.StripeCustomer.key": unguarded.RandomKey()})
    assert len(stripe.api("GET", "/v1/customers")["data"]) == 2
