"""Checkout: one order, once, for what was shown."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from tests.jobs import run_jobs
from tests.shop.steps import fill, named, order, text_of

from comptoir.catalogue.models import Price, Product
from comptoir.catalogue.queries import shop
from comptoir.customers.models import Customer, User
from comptoir.invoices.models import Invoice
from comptoir.kernel.errors import SaidError
from comptoir.modules.actions import set_enabled
from comptoir.orders.models import Basket, Order
from comptoir.payments.actions.place import place
from comptoir.payments.models import Attempt
from comptoir.services.models import Service
from comptoir.shop.pay import leaving
from comptoir.shop.views import checkout


def test_an_order_leads_to_its_payment_page(as_alice: Client, alice: Customer, vps: Product) -> None:
    fill(as_alice, vps)
    page = as_alice.get("/checkout/")
    assert len(named(page, "gateway-cash")) == len(named(page, "accept-terms")) == 1
    assert "Payer 99,90\u00a0€" in text_of(page)
    answer = order(as_alice, first_name="  Alice\u200b\tMarie ", postcode="75 011")
    invoice = Invoice.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, f"/pay/{invoice.pay_token}/")
    assert (invoice.total_minor, invoice.customer_id, invoice.state) == (9990, alice.pk, "open")
    assert invoice.billed_to["postcode"] == "75011"
    assert Attempt.objects.get().state == Attempt.State.OPEN
    alice.refresh_from_db()
    assert alice.postcode == "75011"


def test_a_second_click_finds_the_first_ones_order(as_alice: Client, vps: Product) -> None:
    fill(as_alice, vps)
    page = as_alice.get("/checkout/")
    first = order(as_alice)
    second = as_alice.post("/checkout/", {"basket": str(page.context["basket_key"]), "total": "9990"})
    third = as_alice.post("/checkout/", {"basket": str(page.context["basket_key"])})
    assert first["Location"] == second["Location"] == third["Location"]
    assert as_alice.get("/checkout/")["Location"] == first["Location"]
    assert Order.objects.count() == Invoice.objects.count() == Attempt.objects.count() == 1


def test_two_clicks_at_the_same_time(as_alice: Client, vps: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(as_alice, vps)
    real = place

    def after_the_other_one(**values: Any) -> Invoice:
        real(**values)
        return real(**values)

    monkeypatch.setattr(checkout, "place", after_the_other_one)
    answer = order(as_alice)
    assert answer["Location"] == f"/pay/{Invoice.objects.get().pay_token}/"
    assert Order.objects.count() == 1


def test_a_basket_after_an_order_is_a_new_one(as_alice: Client, vps: Product) -> None:
    fill(as_alice, vps)
    order(as_alice)
    fill(as_alice, vps)
    assert as_alice.get("/checkout/").status_code == 200
    order(as_alice)
    assert Order.objects.count() == 2


def test_what_alice_has_ordered_is_not_bobs(as_alice: Client, as_bob: Client, vps: Product) -> None:
    fill(as_alice, vps)
    key = as_alice.session["basket"]
    order(as_alice)
    fill(as_bob, vps)
    answer = as_bob.post("/checkout/", {"basket": key})
    assert answer.status_code == 200
    assert Order.objects.count() == 1


def test_a_price_that_has_changed_is_said_and_nothing_ordered(as_alice: Client, vps: Product) -> None:
    fill(as_alice, vps)
    Price.objects.filter(cycle="annually").update(amount_minor=10990)
    answer = order(as_alice, total="9990")
    assert "Un prix a changé pendant votre commande." in text_of(answer)
    assert "Payer 109,90\u00a0€" in text_of(answer)
    assert not Order.objects.exists()
    assert order(as_alice).status_code == 303


def test_a_free_order_is_settled_at_once(as_alice: Client, free: Product) -> None:
    fill(as_alice, free)
    page = as_alice.get("/checkout/")
    assert named(page, "gateway-cash") == []
    assert "Commander" in text_of(page)
    answer = order(as_alice, gateway=None)
    assert Invoice.objects.get().state == Invoice.State.PAID
    assert not Attempt.objects.exists()
    run_jobs()
    assert Service.objects.get().state == Service.State.ACTIVE
    assert 'data-state="succeeded"' in as_alice.get(answer["Location"]).content.decode()


def test_a_guest_is_asked_to_sign_in_and_orders_nothing(guest: Client, vps: Product) -> None:
    fill(guest, vps)
    page = guest.get("/checkout/")
    assert len(named(page, "register")) == 1
    assert "99,90" in text_of(page)
    guest.post("/checkout/", {"gateway": "cash", "terms": "1", "total": "9990"})
    assert not Order.objects.exists()


def test_the_basket_survives_registration(guest: Client, vps: Product) -> None:
    fill(guest, vps)
    values = {"email": "dora@example.org", "password1": "une phrase bien longue", "next": "/checkout/"}
    assert guest.post("/accounts/signup/", values)["Location"] == "/checkout/"
    assert Customer.objects.get(user__email="dora@example.org").tester  # as the shop says of new customers
    assert order(guest, first_name="Dora").status_code == 303  # her address is not confirmed: she need not wait
    assert Order.objects.get().customer.user.email == "dora@example.org"


def test_the_basket_survives_sign_in(guest: Client, alice: Customer, vps: Product) -> None:
    fill(guest, vps)
    values = {"login": "alice@example.org", "password": "correct horse battery", "next": "/checkout/"}
    assert guest.post("/accounts/login/", values)["Location"] == "/checkout/"
    assert order(guest).status_code == 303


def test_staff_may_order_too(guest: Client, vps: Product) -> None:
    User.objects.create_superuser("owner@example.org", "correct horse battery")
    guest.force_login(User.objects.get())
    fill(guest, vps)
    assert order(guest).status_code == 303


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"terms": None}, "veuillez accepter les conditions"),
        ({"gateway": None}, "Veuillez choisir comment vous voulez payer."),
        ({"gateway": "stripe"}, "Ce moyen de paiement n’est pas disponible."),
        ({"gateway": "\x00"}, "Ce moyen de paiement n’est pas disponible."),
        ({"postcode": "7501"}, "Cinq chiffres"),
        ({"country": "XX"}, "Veuillez choisir un pays"),
        ({"country": "\x00\x00"}, "Veuillez choisir un pays"),
        ({"city": "   \x00 "}, "Ce champ est obligatoire."),
        ({"address": "a" * 201}, "200 caractères"),
        ({"total": "x" * 50}, "Veuillez vérifier le total"),
        ({"total": str(10**40)}, "Un prix a changé"),
        ({"total": "-9990"}, "Un prix a changé"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_ordered(
    as_alice: Client, vps: Product, wrong: dict[str, str | None], sentence: str
) -> None:
    fill(as_alice, vps)
    answer = order(as_alice, **wrong)
    assert answer.status_code == 200
    assert sentence in text_of(answer)
    assert not Order.objects.exists()
    assert Basket.objects.exists()


def test_bytes_that_are_no_text(as_alice: Client, vps: Product) -> None:
    fill(as_alice, vps)
    body = b"first_name=%ff%fe%00&city=\xff\xfe&gateway=cash&terms=1&total=9990"
    answer = as_alice.post("/checkout/", body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 200
    assert not Order.objects.exists()


def test_without_any_way_of_paying_nothing_can_be_ordered(as_alice: Client, vps: Product) -> None:
    fill(as_alice, vps)
    set_enabled(name="cash", enabled=False, who="test")
    page = as_alice.get("/checkout/")
    assert named(page, "checkout-submit") == []
    assert "Aucun moyen de paiement" in text_of(page)
    assert named(page, "accept-terms") == []
    assert "mailto:" not in text_of(page)
    row = shop()
    row.support_email = "help@example.org"
    row.save()
    assert '<a href="mailto:help@example.org">écrivez-nous</a>' in text_of(as_alice.get("/checkout/"))
    assert order(as_alice).status_code == 200
    assert not Order.objects.exists()


def test_a_provider_that_refuses_leaves_the_order_and_a_sentence(
    as_alice: Client, vps: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_values: object) -> None:
        raise SaidError("La page de paiement n’a pas pu s’ouvrir.", cause="secret cause")

    monkeypatch.setattr(leaving, "start", refuse)
    fill(as_alice, vps)
    page = as_alice.get(order(as_alice)["Location"])
    assert "La page de paiement n’a pas pu s’ouvrir." in text_of(page)
    assert "secret cause" not in text_of(page)
    assert len(named(page, "pay")) == 1
    assert "Refresh" not in page.headers


def test_an_empty_basket_has_no_checkout(as_alice: Client) -> None:
    assert as_alice.get("/checkout/")["Location"] == "/basket/"
    assert as_alice.post("/checkout/", {})["Location"] == "/basket/"
