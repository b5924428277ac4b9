"""A payment's own page: its story, and the wish to look."""

from __future__ import annotations

import re

import pytest
from django.db.models import F
from django.test import Client
from tests.backoffice import scenes
from tests.jobs import run_jobs

from comptoir.customers.models import Customer
from comptoir.inbox.models import Wish
from comptoir.payments.models import PaymentReference

pytestmark = pytest.mark.django_db


def test_the_story_is_told_in_order(owner: Client, alice: Customer) -> None:
    payment = scenes.paid(alice, name="told")
    run_jobs()
    page = owner.get(f"/admin/billing/stripe/{payment.pk}/", headers={"accept-language": "en"}).content.decode()
    story = page[page.index('data-test="story"') :]
    kinds = re.findall(r'class="what">([^<]*)<', story)
    assert set(kinds) == {
        *("Order", "Invoice", "Attempt", "Transaction", "Event"),
        *("Ledger", "Booked", "Service", "Delivery", "Mail"),
    }
    times = re.findall(r'datetime="([^"]*)"', story)
    assert times == sorted(times)
    for told in ("evt_told", "ch_told", "txn_told", "not done yet", "€99.90, fee €1.74, net €98.16"):
        assert told in story, told
    assert "kept to ourselves" not in page
    assert f'href="https://dashboard.stripe.com/{scenes.ACCOUNT}/test/payments/pi_told"' in page


def test_access_data_stay_the_customers(owner: Client, alice: Customer) -> None:
    payment = scenes.paid(alice)
    run_jobs()
    service = alice.services.get()
    assert service.state == "active"
    from comptoir.services.queries import access

    secret = access(service)["password"]
    for path in (
        f"billing/stripe/{payment.pk}/",
        f"services/service/{service.pk}/",
        f"services/operation/{service.operations.get().pk}/",
        f"customers/{alice.pk}/?tab=linked",
        *(f"mail/mail/{pk}/" for pk in range(1, 4)),
    ):
        assert secret not in owner.get(f"/admin/{path}").content.decode()


def test_look_now_is_a_wish_for_the_payment_itself(owner: Client, alice: Customer) -> None:
    payment = scenes.paid(alice, name="look")
    Wish.objects.update(done=F("wanted"))
    answer = owner.post(f"/admin/billing/stripe/{payment.pk}/look/")
    assert answer.status_code == 302
    wish = Wish.objects.get(wanted__gt=F("done"))
    assert (wish.module, wish.account, wish.mode, wish.kind, wish.external_id) == (
        *("stripe", scenes.ACCOUNT, "test", "payment", "pi_look"),
    )


def test_without_an_id_there_is_nothing_to_look_at(owner: Client, alice: Customer) -> None:
    payment = scenes.paid(alice)
    PaymentReference.objects.all().delete()
    wished = Wish.objects.get().wanted
    owner.post(f"/admin/billing/stripe/{payment.pk}/look/")
    assert Wish.objects.get().wanted == wished


def test_held_money_says_so(owner: Client, alice: Customer) -> None:
    payment = scenes.paid(alice, amount_minor=9000)
    page = owner.get(f"/admin/billing/stripe/{payment.pk}/", headers={"accept-language": "en"}).content.decode()
    assert "Held for review: this money is allocated to nothing." in page
    assert "allocated to nothing" in page[page.index('data-test="story"') :]
    assert 'class="ribbon"' in page
