"""The transactions of an account: what others made, an id that nobody knows here, what went back, and the event as it was sent."""

from __future__ import annotations

import re

from playwright.sync_api import expect
from tests.journeys import steps
from tests.journeys.buyer import CARD, api
from tests.journeys.told import Control
from tests.journeys.visit import Visit
from tests.journeys.ways import EN_DESKTOP, EN_PHONE, FR_DESKTOP, FR_PHONE, JOURNEY, made

pytestmark = JOURNEY
LIST = "/admin/billing/stripe/"


@made(FR_DESKTOP, EN_PHONE)
def test_an_id_that_nobody_knows_here_is_asked_for(staff: Visit, control: Control) -> None:
    """A payment of others, of which no event came: Stripe is asked, and its page opens by itself. One that there is not is said."""
    control.deliveries("drop")
    name = api(control, "payment_intents", amount=4200, currency="eur", receipt_email="mallory@example.net", **CARD)[
        "id"
    ]
    staff.open(f"{LIST}?q={name}")
    staff.see("office-stripe-unknown")
    staff.get("ask").click()
    staff.page.wait_for_url(re.compile(f"{LIST}others/"))
    expect(staff.get("foreign-id")).to_have_text(name)
    expect(staff.get("why")).to_be_visible()
    staff.see("office-stripe-others-payment")
    staff.open(LIST)
    expect(staff.page.get_by_text(name)).to_have_count(0)
    staff.get("not-ours").click()
    expect(staff.page.locator('[data-test="foreign"]').filter(has_text=name)).to_have_count(1)
    staff.see("office-stripe-others")
    nobody = "pi_3QNobodyKnowsThisOne00000"
    staff.open(f"{LIST}?q={nobody}")
    staff.get("ask").click()
    expect(staff.page.locator("p.notice")).to_contain_text(nobody)
    expect(staff.page.locator("p.notice")).to_contain_text("acct_")
    staff.see("office-stripe-unknown-there")


@made(FR_PHONE, EN_DESKTOP)
def test_what_went_back_is_found_told_and_read(staff: Visit, customer: Visit, control: Control) -> None:
    steps.new_customer_orders(customer)
    steps.submit(customer)
    session = steps.session_of(customer)
    steps.pay_by_card(customer, steps.GOOD)
    steps.delivered(customer)
    intent = control.newest(session)["payment_intent"]
    refund = api(control, "refunds", payment_intent=intent, amount=1000)["id"]
    known_within(staff, refund, intent)
    staff.get("payment-id").click()
    expect(staff.get("payment-state")).to_have_attribute("data-state", "partially_refunded")
    expect(staff.get("refunded")).to_be_visible()
    expect(staff.get("story")).to_contain_text(refund)
    staff.see("office-payment-refunded")
    staff.get("event").first.click()
    expect(staff.get("raw")).to_contain_text('"object": "event"')
    staff.see("office-event")


def known_within(staff: Visit, name: str, intent: str, *, tries: int = 20) -> None:
    """The event comes, the object is read, and the search finds the payment by it."""
    for _try in range(tries):
        staff.open(f"{LIST}?q={name}")
        if staff.get("payment-id").count():
            break
        staff.page.wait_for_timeout(500)
    expect(staff.get("payment-id")).to_have_text(intent)


@made(FR_DESKTOP, EN_PHONE)
def test_filters_narrow_the_list(staff: Visit, customer: Visit) -> None:
    steps.new_customer_orders(customer)
    steps.submit(customer)
    steps.pay_by_card(customer, steps.GOOD)
    steps.delivered(customer)
    staff.open(LIST)
    staff.get("filters").locator("summary").click()
    for name, value in (("mode", "test"), ("state", "succeeded"), ("method", "card"), ("currency", "EUR")):
        staff.page.locator(f"#{name}").select_option(value)
    staff.get("filter").click()
    staff.page.wait_for_url(re.compile("state=succeeded"))
    states = staff.get("payment-state").evaluate_all("all => [...new Set(all.map(each => each.dataset.state))]")
    assert states == ["succeeded"]
    expect(staff.get("totals")).to_be_visible()
    staff.see("office-stripe-filters")
    staff.page.locator("#mode").select_option("live")
    staff.get("filter").click()
    expect(staff.get("nothing")).to_be_visible()
    expect(staff.get("totals")).to_have_count(0)
