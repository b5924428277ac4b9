"""The back office: staff find a payment, see a customer, switch a module, deliver by hand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect
from tests.journeys import steps
from tests.journeys.visit import Visit
from tests.journeys.ways import EN_DESKTOP, EN_PHONE, FR_DARK, FR_DESKTOP, FR_PHONE, JOURNEY, made

if TYPE_CHECKING:
    from tests.journeys.told import Told

pytestmark = JOURNEY
MOVE = 6  # where the storefront shows what is delivered by hand
BEGINNING = 12  # letters of an id that find it


@pytest.fixture
def enabled_again(staff: Visit) -> Iterator[None]:
    """Whatever happens, Stripe is enabled afterwards."""
    yield
    staff.open("/admin/modules/")
    enable = staff.get("module-stripe").locator('[data-test="enable"]')
    if enable.count():
        enable.click()
        staff.open("/admin/modules/")
    expect(staff.get("module-stripe").locator('[data-test="disable"]')).to_be_visible()


@made(FR_DESKTOP, EN_PHONE)
def test_a_payment_is_found_by_every_id(staff: Visit, customer: Visit) -> None:
    email = steps.new_customer_orders(customer)
    steps.submit(customer)
    session = steps.session_of(customer)
    steps.pay_by_card(customer, steps.GOOD)
    steps.delivered(customer)
    intent = customer.told.control.newest(session)["payment_intent"]
    charge = customer.told.control.newest(intent)["latest_charge"]
    staff.open("/admin/billing/stripe/")
    staff.see("office-stripe")
    for name in (intent, session, charge):
        for asked in (name, name[: BEGINNING + len("cs_test_")]):
            staff.get("search").fill(asked)
            staff.get("search").press("Enter")
            staff.page.wait_for_url(re.compile(f"q={asked}(&|$)"))
            expect(staff.get("payment-id")).to_have_text(intent)
            expect(staff.get("payment-state")).to_have_attribute("data-state", "succeeded")
    staff.see("office-stripe-found")
    staff.get("payment-id").click()
    expect(staff.get("references")).to_contain_text(session)
    expect(staff.get("references")).to_contain_text(charge)
    staff.see("office-payment")
    steps.open_customer(staff, email)
    staff.see("office-customer")
    staff.get("tab-linked").click()
    expect(staff.get("linked-services").locator('[data-test="service"]')).to_have_count(1)
    expect(staff.get("linked-transactions").locator('[data-test="payment-id"]')).to_have_text(intent)
    staff.see("office-customer-linked")


@made(FR_PHONE, EN_DESKTOP)
@pytest.mark.usefixtures("enabled_again")
def test_stripe_is_switched_off_and_on(staff: Visit, customer: Visit) -> None:
    steps.new_customer_orders(customer)
    staff.open("/admin/modules/")
    staff.see("office-modules")
    card = staff.get("module-stripe")
    card.locator('[data-test="disable"]').click()
    expect(card.locator('[data-test="module-state"]')).to_have_attribute("data-state", "disabled")
    staff.see("office-modules-disabled")
    customer.page.reload()
    expect(customer.get("gateway-stripe")).to_have_count(0)
    expect(customer.get("checkout-submit")).to_have_count(0)
    customer.see("checkout-without-gateway")
    card.locator('[data-test="enable"]').click()
    expect(staff.get("test-connection")).to_be_visible()
    staff.see("office-settings")
    staff.open("/admin/modules/")
    expect(card.locator('[data-test="module-state"]')).to_have_attribute("data-state", "enabled")
    card.locator('[data-test="configure"]').click()
    expect(staff.get("test-connection")).to_be_visible()
    customer.page.reload()
    steps.fill_address(customer)
    steps.submit(customer)


@made(EN_PHONE, FR_DARK)
def test_a_delivery_is_made_by_hand(staff: Visit, customer: Visit) -> None:
    steps.new_customer_orders(customer, MOVE)
    steps.submit(customer)
    steps.pay_by_card(customer, steps.GOOD)
    steps.paid(customer)
    customer.see("paid-not-delivered")
    address = customer.page.url
    customer.open("/client/services/")
    expect(customer.get("service-state")).to_have_attribute("data-state", "pending")
    staff.open("/admin/")
    staff.see("office-home")
    staff.get("due-by-hand").click()
    staff.see("office-due")
    staff.get("row").first.locator("a").first.click()
    expect(staff.get("deliver")).to_be_visible()
    staff.see("office-delivery")
    staff.get("mark-delivered").click()
    expect(staff.get("deliver")).to_have_count(0)
    staff.see("office-delivered")
    customer.page.goto(address)
    steps.delivered(customer)
    customer.get("to-services").click()
    expect(customer.get("service-state")).to_have_attribute("data-state", "active")


@made(FR_DESKTOP, EN_PHONE)
def test_every_page_of_the_menu(staff: Visit, told: Told) -> None:
    """Every list, and of each the page of its first row."""
    staff.open("/admin/")
    if staff.way.device == "phone":
        staff.page.locator("details.folded > summary").click()
        staff.see("office-menu")
    links = staff.page.locator(".menu a[href]").evaluate_all("links => [...new Set(links.map(each => each.pathname))]")
    assert len(links) > 10
    for path in links:
        staff.open(path)
        name = path.strip("/").replace("/", "-").removeprefix("admin-")
        staff.see(f"office-{name}")
        first = staff.get("row").first.locator("a").first
        if first.count():
            first.click()
            expect(staff.page).not_to_have_url(f"{told.shop}{path}")
            staff.see(f"office-{name}-one")
