"""Payments that do not fit and deliveries that wait: each is decided once, by a person who sees what it does to the money."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect
from tests.journeys import settings, steps
from tests.journeys.buyer import Buyer, like_an_attempt
from tests.journeys.ways import EN_DESKTOP, FR_PHONE, JOURNEY, Way, made

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Locator
    from tests.journeys.told import Told
    from tests.journeys.visit import Come, Visit

pytestmark = JOURNEY
QUEUE, HOLDS = "/admin/review/", "/admin/holds/"
RISKY = "4000000000009235"
NOBODYS = "01970000-0000-7000-8000-000000000000"  # of the form of an attempt's name, and of no attempt


def held(staff: Visit, intent: str) -> Locator:
    """The card of a payment in the queue."""
    return staff.page.locator(f'[data-test="held"][data-payment="{intent}"]')


@made(FR_PHONE, EN_DESKTOP)
def test_what_does_not_fit_is_accepted_kept_or_given_back(staff: Visit, come: Come, way: Way) -> None:
    buyer = Buyer(staff.told, way.language)
    more, less = (like_an_attempt(staff.told, buyer.orders(), amount=amount) for amount in (6000, 1500))
    unknown = like_an_attempt(staff.told, buyer.orders(), amount=4990, **{"metadata[attempt]": NOBODYS})
    for each in (more, less, unknown):
        staff.comes_to_show(QUEUE, "held", f'[data-payment="{each}"]')
    staff.see("office-review")
    customer = come(way, beside=True)
    customer.enter(buyer.cookies())
    customer.open("/client/invoices/")
    customer.get("invoice-number").last.click()
    expect(customer.get("being-checked")).to_be_visible()
    customer.see("invoice-checked")
    held(staff, more).locator('[data-test="accept"]').click()
    expect(held(staff, more)).to_have_count(0)
    staff.see("office-review-accepted")
    held(staff, unknown).locator('[data-test="held-owner"]').fill(buyer.email)
    held(staff, unknown).locator('[data-test="credit"]').click()
    expect(held(staff, unknown)).to_have_count(0)
    held(staff, less).locator('[data-test="give-back"]').click()
    staff.see("office-refund-held")
    staff.get("refund-submit").click()
    expect(staff.get("payment-state")).to_be_visible()
    staff.comes_to_show(staff.path, "refunded")
    staff.see("office-payment-held-given-back")
    customer.open("/client/")
    customer.see("overview-reviewed")


@pytest.fixture
def careful(told: Told) -> Iterator[None]:
    """Deliveries are held from an elevated risk on, which Stripe itself lets pass."""
    settings.rule(told, "hold_risk", "'elevated'")
    yield
    settings.rule(told, "hold_risk", "'highest'")


@made(FR_PHONE, EN_DESKTOP)
@pytest.mark.usefixtures("careful")
def test_a_risky_delivery_waits_and_is_let_go(staff: Visit, come: Come, way: Way) -> None:
    buyer = Buyer(staff.told, way.language)
    buyer.buys(RISKY)
    staff.comes_to_show(HOLDS, "hold")
    staff.see("office-holds-one")
    customer = come(way, beside=True)
    customer.enter(buyer.cookies())
    customer.open("/client/services/")
    expect(customer.get("being-checked")).to_be_visible()
    customer.see("services-checked")
    staff.get("release").last.click()
    expect(staff.page.locator(".notice").first).to_be_visible()
    staff.see("office-holds-released")
    customer.comes_to_show("/client/services/", "service-access")
    steps.open_customer(staff, buyer.email)
