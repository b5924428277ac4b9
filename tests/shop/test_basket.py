"""The visitor's own basket."""

from __future__ import annotations

import pytest
from django.test import Client
from tests import builders
from tests.shop.steps import fill, named, text_of

from comptoir.catalogue.models import Product
from comptoir.orders.models import BasketLine


def total(client: Client) -> str:
    page = text_of(client.get("/basket/"))
    return page.partition('data-test="basket-total">')[2].partition("<")[0]


def test_one_click_puts_the_default_cycle_into_the_basket(guest: Client, vps: Product) -> None:
    answer = fill(guest, vps)
    assert (answer.status_code, answer["Location"]) == (303, "/basket/")
    assert total(guest) == "99,90\u00a0€"
    assert len(named(guest.get("/basket/"), "cycle")) == 1


def test_a_get_offers_and_changes_nothing(guest: Client, vps: Product) -> None:
    page = guest.get(f"/basket/add/{vps.pk}")
    assert len(named(page, "order")) == 1
    assert not BasketLine.objects.exists()


def test_quantity_cycle_and_removal(guest: Client, vps: Product) -> None:
    fill(guest, vps, cycle="monthly")
    line = BasketLine.objects.get()
    guest.post(f"/basket/line/{line.pk}", {"quantity": "3", "cycle": "annually"})
    assert total(guest) == "299,70\u00a0€"
    guest.post(f"/basket/line/{line.pk}", {"remove": "1", "quantity": "999"})
    assert "Votre panier est vide." in text_of(guest.get("/basket/"))


def test_a_cycle_that_is_there_already_becomes_one_line(guest: Client, vps: Product) -> None:
    fill(guest, vps, cycle="monthly")
    fill(guest, vps, cycle="annually")
    monthly = BasketLine.objects.get(cycle="monthly")
    guest.post(f"/basket/line/{monthly.pk}", {"quantity": "2", "cycle": "annually"})
    assert list(BasketLine.objects.values_list("cycle", "quantity")) == [("annually", 3)]


@pytest.mark.parametrize("quantity", ["-1", "21", "9" * 5000, "1e3", "٣x", "\x00", "NaN"])
def test_a_quantity_that_is_none_gets_a_sentence(guest: Client, vps: Product, quantity: str) -> None:
    fill(guest, vps)
    line = BasketLine.objects.get()
    page = guest.post(f"/basket/line/{line.pk}", {"quantity": quantity}, follow=True)
    assert "Indiquez un nombre de 0 à 20." in text_of(page)
    assert fill(guest, vps, quantity=quantity).status_code == 422
    assert BasketLine.objects.get().quantity == 1


@pytest.mark.parametrize("cycle", ["banana", "\x00", "a" * 5000])
def test_a_cycle_that_is_none_gets_a_sentence(guest: Client, vps: Product, cycle: str) -> None:
    fill(guest, vps)
    line = BasketLine.objects.get()
    page = guest.post(f"/basket/line/{line.pk}", {"cycle": cycle}, follow=True)
    assert "Cette période de facturation n’existe pas." in text_of(page)
    assert fill(guest, vps, cycle=cycle).status_code == 422


def test_a_cycle_that_is_not_sold_gets_a_sentence(guest: Client, vps: Product) -> None:
    fill(guest, vps)
    line = BasketLine.objects.get()
    page = guest.post(f"/basket/line/{line.pk}", {"cycle": "weekly"}, follow=True)
    assert "n’est pas vendu avec cette période" in text_of(page)
    assert fill(guest, vps, cycle="weekly").status_code == 404
    assert BasketLine.objects.get().cycle == "annually"


def test_another_visitors_line_is_not_there(guest: Client, vps: Product) -> None:
    fill(guest, vps)
    line = BasketLine.objects.get()
    stranger = Client()
    assert stranger.post(f"/basket/line/{line.pk}", {"remove": "1"}).status_code == 404
    fill(stranger, vps)
    assert stranger.post(f"/basket/line/{line.pk}", {"remove": "1"}).status_code == 404
    assert BasketLine.objects.filter(pk=line.pk).exists()


def test_the_most_of_one_product(guest: Client, vps: Product) -> None:
    for _each in range(3):
        fill(guest, vps, quantity="15")
    assert BasketLine.objects.get().quantity == 20


def test_numbers_beyond_the_database_are_not_found(guest: Client, vps: Product) -> None:
    huge = 10**30
    for address in (f"/basket/add/{huge}", f"/store/{huge}/checkout"):
        assert guest.get(address).status_code == 404
    assert guest.post(f"/basket/line/{huge}").status_code == 404


def test_the_set_up_fee_has_its_own_row(guest: Client, vps: Product) -> None:
    fill(guest, builders.product("VPS Phare", setup_minor=1900))
    assert "Frais de mise en service" in text_of(guest.get("/basket/"))
    assert total(guest) == "118,90\u00a0€"
