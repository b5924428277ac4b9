"""What staff edit: catalogue, shop, customers; and what stays because something holds it."""

from __future__ import annotations

import pytest
from django.test import Client
from tests import builders
from tests.backoffice import scenes

from comptoir.catalogue.models import Group, Price, Product, Shop, TaxRate
from comptoir.customers.models import Customer

pytestmark = pytest.mark.django_db
FRENCH = {"headers": {"accept-language": "fr"}}


def test_a_price_is_typed_as_people_write_it(owner: Client) -> None:
    product = builders.product()
    path = f"/admin/catalogue/price/{product.prices.get().pk}/change/"
    typed = {"product": product.pk, "cycle": "annually", "currency": "eur", "amount": "1049,90", "setup": "5"}
    assert owner.post(path, typed, headers={"accept-language": "fr"}).status_code == 302
    price = Price.objects.get()
    assert (price.amount_minor, price.setup_minor, price.currency) == (104990, 500, "EUR")
    assert b'value="1049,90"' in owner.get(path, headers={"accept-language": "fr"}).content


@pytest.mark.parametrize(
    ("currency", "amount"), [("EUR", "9,999"), ("JPY", "9,5"), ("EUR", "-1"), ("EURO", "1"), ("EUR", "x")]
)
def test_a_price_that_is_none_is_refused(owner: Client, currency: str, amount: str) -> None:
    product = builders.product()
    path = f"/admin/catalogue/price/{product.prices.get().pk}/change/"
    typed = {"product": product.pk, "cycle": "annually", "currency": currency, "amount": amount, "setup": "0"}
    answer = owner.post(path, typed, headers={"accept-language": "fr"})
    assert (answer.status_code, Price.objects.get().amount_minor) == (200, 9990)


def test_a_product_with_its_prices(owner: Client) -> None:
    group = Group.objects.create(slug="vps", name_fr="VPS", name_en="VPS")
    page = owner.get("/admin/catalogue/product/add/").content.decode()
    assert 'value="manual"' in page  # the drivers that are installed are offered
    typed = {
        "name_fr": "Phare",
        "name_en": "Lighthouse",
        "group": group.pk,
        "driver": "instant",
        "position": "0",
        "default_cycle": "monthly",
        "driver_settings": "{}",
        "visible": "on",
        "prices-TOTAL_FORMS": "2",
        "prices-INITIAL_FORMS": "0",
        "prices-0-cycle": "monthly",
        "prices-0-currency": "EUR",
        "prices-0-amount": "9.99",
        "prices-0-setup": "0",
        "prices-1-currency": "EUR",
        "prices-1-setup": "0",
    }
    answer = owner.post("/admin/catalogue/product/add/", typed, headers={"accept-language": "en"})
    assert answer.status_code == 302, answer.content.decode()
    product = Product.objects.get()
    assert [(each.cycle, each.amount_minor) for each in product.prices.all()] == [("monthly", 999)]
    history = owner.get(f"/admin/catalogue/product/{product.pk}/history/").content.decode()
    assert "owner@example.org" in history


@pytest.mark.parametrize("name", ["driver_settings", "initial-driver_settings"])
def test_settings_that_are_nested_without_end_are_refused(owner: Client, name: str) -> None:
    group = Group.objects.create(slug="vps", name_fr="VPS", name_en="VPS")
    typed = {
        "name_fr": "",  # so that the form is shown again
        "group": group.pk,
        "driver": "instant",
        "default_cycle": "monthly",
        "driver_settings": "{}",
        "prices-TOTAL_FORMS": "0",
        "prices-INITIAL_FORMS": "0",
        name: "[" * 5_000,
    }
    assert owner.post("/admin/catalogue/product/add/", typed).status_code == 200
    assert not Product.objects.exists()


def test_what_was_ordered_stays(owner: Client, alice: Customer) -> None:
    payment = scenes.paid(alice)
    del payment
    product = Product.objects.get()
    page = f"/admin/catalogue/product/{product.pk}"
    assert f"{page}/delete/" not in owner.get(f"{page}/change/").content.decode()
    assert owner.post(f"{page}/delete/", {"post": "yes"}).status_code == 403
    assert owner.post(f"/admin/catalogue/group/{product.group_id}/delete/", {"post": "yes"}).status_code == 403
    assert Product.objects.count() == 1
    unsold = builders.product("Unsold")
    assert owner.post(f"/admin/catalogue/product/{unsold.pk}/delete/", {"post": "yes"}).status_code == 302
    assert Product.objects.count() == 1


def test_a_rate_is_typed_in_percent(owner: Client) -> None:
    typed = {"name_fr": "TVA", "country": "fr", "percent": "5,5"}
    assert owner.post("/admin/catalogue/taxrate/add/", typed, headers={"accept-language": "fr"}).status_code == 302
    assert TaxRate.objects.values_list("country", "basis_points").get() == ("FR", 550)
    typed["percent"] = "101"
    assert owner.post("/admin/catalogue/taxrate/add/", typed).status_code == 200
    assert TaxRate.objects.count() == 1


def test_the_shop_is_one_form(owner: Client) -> None:
    shop = builders.shop()
    led = owner.get("/admin/catalogue/shop/")
    assert led.headers["Location"] == f"/admin/catalogue/shop/{shop.pk}/change/"
    typed = {"name": "Chez Olive", "country": "FR", "currency": "eur", "prices_include_tax": "on", "support_email": ""}
    assert owner.post(led.headers["Location"], typed).status_code == 302
    assert Shop.objects.values_list("name", "currency", "new_customers_are_testers").get() == (
        "Chez Olive",
        "EUR",
        False,
    )
    assert owner.get("/admin/catalogue/shop/add/").status_code == 403
    assert owner.get(f"/admin/catalogue/shop/{shop.pk}/delete/").status_code == 403


def test_a_customers_page(owner: Client, alice: Customer) -> None:
    payment = scenes.paid(alice)
    path = f"/admin/customers/{alice.pk}/"
    typed = {
        "company": "",
        "first_name": "Alice",
        "last_name": "Martin",
        "address": "1 quai",
        "postcode": "69001",
        "city": "Lyon",
        "country": "be",
        "locale": "en",
    }
    assert owner.post(path, typed).status_code == 302
    alice.refresh_from_db()
    assert (alice.last_name, alice.user.last_name, alice.country, alice.locale, alice.tester) == (
        *("Martin", "Martin", "BE", "en"),
        False,
    )
    assert owner.post(path, {**typed, "country": "1"}).status_code == 200
    linked = owner.get(f"{path}?tab=linked").content.decode()
    services, transactions = linked.split('data-test="linked-transactions"')
    assert services.count('data-test="service-state"') == 1
    assert payment.reference in transactions
    assert 'data-test="form"' not in linked
    assert (
        owner.get("/admin/customers/999999/").status_code == 302
    )  # as Django does: to the first page, with a sentence
    for gone in ("customers/customer/add/", f"customers/customer/{alice.pk}/delete/"):
        assert owner.get(f"/admin/{gone}").status_code == 404


def test_a_rate_has_a_name_in_each_language_and_needs_one_of_them(owner: Client) -> None:
    typed = {"name_fr": "", "name_en": "", "country": "FR", "percent": "20"}
    refused = owner.post("/admin/catalogue/taxrate/add/", typed, headers={"accept-language": "en"})
    assert "A name in one of the languages is needed." in refused.content.decode()
    assert not TaxRate.objects.exists()
    owner.post("/admin/catalogue/taxrate/add/", {**typed, "name_fr": "TVA"})
    rate = TaxRate.objects.get()
    for language, named in (("fr", "TVA (20\xa0%)"), ("en", "TVA (20%)")):
        assert named in owner.get("/admin/catalogue/taxrate/", headers={"accept-language": language}).content.decode()
    page = f"/admin/catalogue/taxrate/{rate.pk}/change/"
    assert owner.post(page, {**typed, "name_fr": "TVA", "name_en": "VAT"}).status_code == 302
    listed = owner.get("/admin/catalogue/taxrate/", headers={"accept-language": "en"})
    assert "VAT (20%)" in listed.content.decode()
