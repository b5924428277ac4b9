"""The main journey: a new customer orders the yearly product, pays by card, and is served."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect
from tests.journeys import steps
from tests.journeys.ways import ALL, JOURNEY, made

if TYPE_CHECKING:
    from tests.journeys.visit import Visit

pytestmark = JOURNEY


@made(*ALL)
def test_a_new_customer_orders_pays_and_is_served(visit: Visit) -> None:
    visit.open("/")
    visit.see("shop")
    steps.order(visit)
    visit.see("basket")
    visit.get("to-checkout").click()
    expect(visit.get("register")).to_be_visible()
    visit.see("checkout-guest")
    steps.register(visit)
    visit.see("checkout")
    steps.fill_address(visit)
    visit.get("checkout-submit").click()
    steps.at_stripe(visit)
    visit.see("stripe")
    steps.pay_by_card(visit, steps.GOOD)
    steps.delivered(visit)
    visit.see("delivered")
    visit.get("to-services").click()
    expect(visit.get("service")).to_have_count(1)
    expect(visit.get("service-state")).to_have_attribute("data-state", "active")
    expect(visit.get("service-access").locator("code")).not_to_have_count(0)
    visit.see("services")
    visit.open("/client/invoices/")
    expect(visit.get("invoice-state")).to_have_attribute("data-state", "paid")
    visit.see("invoices")
    visit.get("invoice-number").click()
    expect(visit.get("invoice-total")).to_be_visible()
    visit.see("invoice")
