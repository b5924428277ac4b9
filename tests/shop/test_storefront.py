"""The storefront, and the addresses that hosts link to."""

from __future__ import annotations

from django.test import Client
from tests import builders
from tests.shop.steps import named, text_of

from comptoir.catalogue.models import Product, Shop
from comptoir.orders.models import Basket, BasketLine


def test_a_product_shows_its_default_price_with_its_tax(guest: Client, vps: Product) -> None:
    page = guest.get("/")
    assert "99,90\u00a0€" in text_of(page)
    assert "/ an TTC" in text_of(page)
    assert named(page, "product") == [f'<article class="card stack" data-test="product" data-id="{vps.pk}">']
    assert len(named(page, "order")) == 1


def test_another_cycle_is_a_plain_link(guest: Client, vps: Product) -> None:
    assert 'href="?cycle=monthly#vps"' in guest.get("/").content.decode()
    page = guest.get("/?cycle=monthly")
    assert "9,99\u00a0€" in text_of(page)
    assert '<input type="hidden" name="cycle" value="monthly">' in page.content.decode()


def test_the_saving_against_the_shortest_cycle_is_shown(guest: Client, vps: Product) -> None:
    assert "−17\u00a0%" in text_of(guest.get("/"))  # 99.90 instead of 119.88
    assert "−17%" in text_of(guest.get("/", headers={"Accept-Language": "en"}))


def test_without_a_tax_rate_nothing_is_said_of_tax(guest: Client, vps: Product, shop: Shop) -> None:
    Shop.objects.update(tax_rate=None)
    assert "TTC" not in text_of(guest.get("/"))


def test_an_empty_shop_says_so(guest: Client) -> None:
    assert "Il n’y a encore rien à commander." in text_of(guest.get("/"))


def test_what_is_hidden_is_not_there(guest: Client, vps: Product) -> None:
    Product.objects.update(visible=False)
    assert named(guest.get("/"), "product") == []
    for address in (f"/basket/add/{vps.pk}", f"/store/{vps.pk}/checkout"):
        assert guest.get(address).status_code == 404


def test_a_group_has_an_address(guest: Client, vps: Product) -> None:
    assert guest.get("/store/vps/").status_code == 200
    assert guest.get("/store/no-such-group/").status_code == 404


def test_a_direct_link_leads_to_checkout_once(guest: Client, vps: Product) -> None:
    for _twice in range(2):
        assert guest.get(f"/store/{vps.pk}/checkout?recurring=monthly")["Location"] == "/checkout/"
    line = BasketLine.objects.get()
    assert (line.cycle, line.quantity) == ("monthly", 1)


def test_a_direct_link_without_a_cycle_takes_the_default_one(guest: Client, vps: Product) -> None:
    guest.get(f"/store/{vps.pk}/checkout")
    assert BasketLine.objects.get().cycle == "annually"


def test_a_direct_link_with_a_cycle_that_is_not_sold_offers_the_others(guest: Client, vps: Product) -> None:
    for cycle in ("weekly", "banana", "", "\x00"):
        page = guest.get(f"/store/{vps.pk}/checkout", {"recurring": cycle})
        assert page.status_code == 404
        assert "n’est pas vendu avec cette période" in text_of(page)
    assert not Basket.objects.exists()


def test_a_product_without_tax_in_its_price_says_so(guest: Client, shop: Shop) -> None:
    builders.shop(prices_include_tax=False)
    builders.product()
    assert "/ an HT" in text_of(guest.get("/"))
