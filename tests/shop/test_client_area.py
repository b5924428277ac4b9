"""The customer area: one's own and nobody else's."""

from __future__ import annotations

import pytest
from django.test import Client
from tests import builders
from tests.jobs import run_jobs
from tests.shop.steps import ADDRESS, fill, named, order, pay_page, states, text_of

from comptoir.catalogue.models import Product
from comptoir.customers.models import Customer, User
from comptoir.invoices.models import Invoice
from comptoir.kernel.shown import page_of
from comptoir.services.models import Service

PAGES = ["/client/", "/client/services/", "/client/invoices/", "/client/profile/", "/client/security/"]


@pytest.fixture
def service(as_alice: Client, free: Product) -> Service:
    """A delivered service of Alice's."""
    fill(as_alice, free)
    order(as_alice, gateway=None)
    run_jobs()
    return Service.objects.get()


@pytest.mark.parametrize("address", PAGES)
def test_a_guest_is_shown_the_sign_in_page(guest: Client, shop: object, address: str) -> None:
    answer = guest.get(address)
    assert answer["Location"] == f"/accounts/login/?next={address}"
    assert len(named(guest.get(answer["Location"]), "sign-in")) == 1


@pytest.mark.parametrize("address", PAGES)
def test_private_pages_are_not_kept_by_anybody(as_alice: Client, address: str) -> None:
    answer = as_alice.get(address)
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["X-Robots-Tag"] == "noindex, nofollow"


@pytest.mark.parametrize("address", PAGES)
def test_staff_who_never_ordered_find_empty_pages(guest: Client, shop: object, address: str) -> None:
    guest.force_login(builders.owner())
    assert guest.get(address).status_code == 200
    assert not Customer.objects.exists()


def test_access_data_are_shown_to_their_owner(as_alice: Client, as_bob: Client, service: Service) -> None:
    page = as_alice.get("/client/services/")
    assert states(page, "service-state") == ["active"]
    assert len(named(page, "service-access")) == 1
    assert f"client{service.pk}" in text_of(page)
    assert named(as_bob.get("/client/services/"), "service") == []


def test_what_has_ended_says_no_day_until_which_it_is_paid(as_alice: Client, service: Service) -> None:
    Service.objects.update(paid_until="2031-11-30T12:00:00Z")
    for state, said in (("active", True), ("suspended", True), ("ended", False), ("cancelled", False)):
        Service.objects.update(state=state)
        for address in ("/client/", "/client/services/"):
            assert ("2031" in text_of(as_alice.get(address))) is said, (state, address)


def test_what_is_not_active_shows_no_access_data(as_alice: Client, service: Service) -> None:
    Service.objects.update(state="suspended")
    assert named(as_alice.get("/client/services/"), "service-access") == []


def test_access_data_that_cannot_be_opened_are_said(as_alice: Client, service: Service) -> None:
    Service.objects.update(access_sealed=b"sealed with a key that is lost")
    page = as_alice.get("/client/services/")
    assert page.status_code == 200
    assert "ne peuvent pas être affichées" in text_of(page)


def test_an_open_invoice_can_be_paid_from_the_list_and_from_its_page(as_alice: Client, vps: Product) -> None:
    pay_page(as_alice, vps)
    invoice = Invoice.objects.get()
    for address in ("/client/invoices/", f"/client/invoices/{invoice.pk}/"):
        page = as_alice.get(address)
        assert states(page, "invoice-state") == ["open"]
        assert len(named(page, "invoice-number")) == len(named(page, "invoice-total")) == len(named(page, "pay")) == 1
        assert f'action="/pay/{invoice.pay_token}/start"' in page.content.decode()
    assert "Durand" in text_of(page)


def test_lines_say_whether_they_have_vat_in_them_to_customers_and_staff(as_alice: Client, vps: Product) -> None:
    pay_page(as_alice, vps)
    invoice = Invoice.objects.get()
    mine = as_alice.get(f"/client/invoices/{invoice.pk}/")
    staff = Client(headers={"accept-language": "fr"})
    staff.force_login(builders.owner())
    theirs = staff.get(page_of(invoice), follow=True)
    for shown in (mine, theirs):
        assert len(named(shown, "lines-tax")) == 1
        assert "Lignes HT" in text_of(shown)


def test_somebody_elses_invoice_is_not_there(as_alice: Client, as_bob: Client, guest: Client, vps: Product) -> None:
    pay_page(as_alice, vps)
    address = f"/client/invoices/{Invoice.objects.get().pk}/"
    assert as_bob.get(address).status_code == 404
    assert guest.get(address).status_code == 302
    assert named(as_bob.get("/client/invoices/"), "invoice") == []


def test_a_paid_invoice_is_not_paid_again(as_alice: Client, service: Service) -> None:
    page = as_alice.get("/client/invoices/")
    assert states(page, "invoice-state") == ["paid"]
    assert named(page, "pay") == []


def test_test_mode_is_said(as_alice: Client, service: Service) -> None:
    Service.objects.update(mode="test")
    Invoice.objects.update(mode="test")
    assert "tag test" in as_alice.get("/client/services/").content.decode()
    assert "tag test" in as_alice.get("/client/invoices/").content.decode()
    assert "Mode test" in text_of(as_alice.get(f"/client/invoices/{Invoice.objects.get().pk}/"))


def test_details_and_language_are_saved(as_alice: Client, alice: Customer) -> None:
    page = as_alice.post("/client/profile/", {**ADDRESS, "city": "Lyon", "locale": "en"}, follow=True)
    alice.refresh_from_db()
    assert (alice.city, alice.locale) == ("Lyon", "en")
    assert "Your details are saved." in text_of(page)
    assert "<h1>My details</h1>" in text_of(page)


def test_details_that_are_wrong_are_not_saved(as_alice: Client, alice: Customer) -> None:
    page = as_alice.post("/client/profile/", {**ADDRESS, "city": "", "country": "\x00", "locale": "tlh"})
    assert page.status_code == 200
    assert text_of(page).count("Ce champ est obligatoire.") == 1
    alice.refresh_from_db()
    assert alice.city == "Paris"


def test_a_guest_saves_nothing(guest: Client, alice: Customer) -> None:
    assert guest.post("/client/profile/", {**ADDRESS, "city": "Lyon"}).status_code == 302
    alice.refresh_from_db()
    assert alice.city == "Paris"


def test_staff_who_save_their_details_become_customers(guest: Client, shop: object) -> None:
    guest.force_login(builders.owner())
    guest.post("/client/profile/", {**ADDRESS, "locale": "fr"})
    assert Customer.objects.get().user == User.objects.get()


def test_long_lists_have_pages(as_alice: Client, vps: Product) -> None:
    for _each in range(21):
        pay_page(as_alice, vps)
    assert len(named(as_alice.get("/client/invoices/"), "invoice")) == 20
    assert len(named(as_alice.get("/client/invoices/?page=2"), "invoice")) == 1
    assert as_alice.get("/client/invoices/", {"page": "\x00"}).status_code == 200
    assert as_alice.get("/client/invoices/", {"page": str(10**40)}).status_code == 200


def test_what_is_paid_and_left_to_people_does_not_read_as_unpaid(as_alice: Client, free: Product) -> None:
    Product.objects.filter(pk=free.pk).update(driver="manual")
    fill(as_alice, free)
    order(as_alice, gateway=None)
    run_jobs()
    assert "Il est payé et en cours de livraison." in text_of(as_alice.get("/client/services/"))
