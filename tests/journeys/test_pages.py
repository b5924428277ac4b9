"""Pages beside the path of an order: accounts, details, a group, what is not there, and the local Stripe's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect
from tests.journeys import steps
from tests.journeys.ways import EN_DESKTOP, EN_PHONE, FR_DARK, FR_DESKTOP, FR_PHONE, JOURNEY, made

if TYPE_CHECKING:
    from tests.journeys.visit import Visit

pytestmark = JOURNEY


@made(FR_PHONE, EN_DESKTOP)
def test_somebody_looks_around(visit: Visit) -> None:
    visit.open("/store/vps/")
    visit.see("group")
    visit.open("/?cycle=monthly")
    visit.see("shop-monthly")
    visit.open("/basket/")
    visit.see("basket-nothing")
    visit.watch.expect(404, "/nothing/")
    visit.open("/nothing/here/")
    visit.see("not-found")


@made(FR_DESKTOP, EN_PHONE)
def test_an_account_is_made_and_its_details_changed(visit: Visit) -> None:
    visit.open("/client/")
    visit.see("sign-in")
    visit.get("email").fill(visit.told.customer["email"])
    visit.get("password").fill("not the password")
    visit.get("sign-in").click()
    expect(visit.page.locator('[role="alert"]:visible')).to_be_visible()
    visit.see("sign-in-refused")
    visit.open("/accounts/password/reset/")
    visit.see("password-reset")
    visit.open("/accounts/signup/")
    visit.see("sign-up")
    steps.sign_up(visit)
    visit.open("/client/")
    visit.see("overview-empty")
    for path, name in (("services", "services-empty"), ("invoices", "invoices-empty"), ("security", "security")):
        visit.open(f"/client/{path}/")
        visit.see(name)
    visit.open("/client/profile/")
    for name, value in steps.ADDRESS.items():
        visit.get(name).fill(value)
    visit.get("postcode").fill("670")
    visit.get("save").click()
    expect(visit.page.locator(".field.wrong")).to_have_count(1)
    visit.see("profile-wrong")
    visit.get("postcode").fill("67000")
    visit.get("save").click()
    expect(visit.page.locator(".field.wrong")).to_have_count(0)
    visit.see("profile")


@made(FR_PHONE, EN_DESKTOP)
def test_pages_about_signing_in(visit: Visit) -> None:
    steps.order(visit)
    visit.get("to-checkout").click()
    steps.register(visit)
    visit.open("/accounts/email/")
    visit.see("email")
    visit.open("/accounts/password/change/")
    visit.see("password-change")
    visit.get("sign-out").click()
    expect(visit.get("sign-out")).to_have_count(0)


@made(EN_PHONE, FR_DARK)
def test_the_local_stripe_shows_what_happened(visit: Visit) -> None:
    steps.new_customer_orders(visit)
    steps.submit(visit)
    steps.pay_by_card(visit, steps.GOOD)
    steps.paid(visit)
    visit.page.goto(f"{visit.told.stripe}/")
    visit.see("stripe-dashboard", language=False)  # it shows the words of the API
    visit.calm()


@made(FR_DESKTOP, EN_PHONE)
def test_the_demos_customer_pays_with_the_address_that_is_known(visit: Visit) -> None:
    steps.order(visit)
    visit.get("to-checkout").click()
    visit.get("sign-in").click()
    steps.sign_in(visit, visit.told.customer["email"], visit.told.customer["password"])
    expect(visit.get("first-name")).not_to_have_value("")
    visit.get("accept-terms").check()
    steps.submit(visit)
    steps.pay_by_card(visit, steps.GOOD)
    steps.delivered(visit)


@made(FR_PHONE)
def test_one_changes_the_language_where_one_is(visit: Visit) -> None:
    steps.order(visit)
    visit.get("language-en").click()
    expect(visit.page.locator("html")).to_have_attribute("lang", "en")
    expect(visit.get("basket-total")).to_be_visible()
    visit.get("language-fr").click()
    expect(visit.page.locator("html")).to_have_attribute("lang", "fr")
    visit.see("basket-language")
