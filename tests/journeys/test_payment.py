"""What can happen on the way of paying, and what the counter then says."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from playwright.sync_api import expect
from tests.journeys import steps
from tests.journeys.ways import EN_DESKTOP, EN_PHONE, FR_DARK, FR_DESKTOP, FR_PHONE, JOURNEY, made

if TYPE_CHECKING:
    from tests.journeys.told import Control
    from tests.journeys.visit import Visit

pytestmark = JOURNEY
WITHIN = 5_000  # milliseconds from the return to "paid" when no event comes
SEVERAL = 4  # times that an open page asks us


@made(FR_PHONE, EN_DESKTOP)
def test_a_declined_card_then_a_good_one_on_the_same_page(visit: Visit) -> None:
    steps.new_customer_orders(visit)
    steps.submit(visit)
    session = steps.session_of(visit)
    visit.watch.expect(402, "/c/pay/")
    steps.pay_by_card(visit, steps.DECLINED)
    expect(visit.get("error")).to_be_visible()
    visit.see("stripe-declined")
    assert steps.session_of(visit) == session
    steps.pay_by_card(visit, steps.GOOD)
    steps.delivered(visit)


@made(FR_DESKTOP, EN_PHONE)
def test_cancelled_on_stripes_page_and_paid_later_from_the_invoices(visit: Visit) -> None:
    steps.new_customer_orders(visit)
    steps.submit(visit)
    session = steps.session_of(visit)
    visit.get("back").click()
    expect(steps.back_at_the_counter(visit)).to_have_attribute("data-state", "open")
    expect(visit.get("to-stripe")).to_be_visible()
    visit.see("cancelled")
    visit.open("/client/")
    visit.see("overview-due")
    visit.open("/client/invoices/")
    expect(visit.get("invoice-state")).to_have_attribute("data-state", "open")
    visit.see("invoices-open")
    visit.get("pay").click()
    steps.at_stripe(visit)
    assert steps.session_of(visit) == session, "a second page that can be paid"
    steps.pay_by_card(visit, steps.GOOD)
    steps.delivered(visit)


@made(EN_PHONE)
def test_the_bank_asks_and_is_satisfied(visit: Visit) -> None:
    steps.new_customer_orders(visit)
    steps.submit(visit)
    steps.pay_by_card(visit, steps.SECURED)
    expect(visit.get("challenge-pass")).to_be_visible()
    visit.see("stripe-challenge")
    visit.get("challenge-pass").click()
    steps.delivered(visit)


@made(FR_DARK)
def test_the_bank_refuses_and_then_agrees(visit: Visit) -> None:
    steps.new_customer_orders(visit)
    visit.see("checkout-filled")
    steps.submit(visit)
    visit.watch.expect(402, "/c/")
    steps.pay_by_card(visit, steps.SECURED)
    visit.get("challenge-fail").click()
    expect(visit.get("error")).to_be_visible()
    visit.see("stripe-refused")
    steps.pay_by_card(visit, steps.SECURED)
    visit.get("challenge-pass").click()
    steps.delivered(visit)
    visit.see("delivered")
    visit.get("to-services").click()
    expect(visit.get("service")).to_have_count(1)
    visit.see("services")


@made(FR_PHONE, EN_DESKTOP)
def test_a_debit_is_in_progress_until_the_bank_confirms(visit: Visit, control: Control) -> None:
    steps.new_customer_orders(visit)
    steps.submit(visit)
    session = steps.session_of(visit)
    steps.pay_by_debit(visit, steps.IBAN)
    expect(steps.back_at_the_counter(visit)).to_have_attribute("data-state", "in_progress")
    expect(visit.get("to-stripe").or_(visit.get("pay"))).to_have_count(0)
    visit.see("in-progress")
    address = visit.page.url
    visit.open("/client/invoices/")
    expect(visit.get("invoice-state")).to_have_attribute("data-state", "in_progress")
    expect(visit.get("pay")).to_have_count(0)
    visit.see("invoices-in-progress")
    visit.open("/client/services/")
    expect(visit.get("service-state")).to_have_attribute("data-state", "pending")
    visit.see("services-pending")
    visit.page.goto(address)
    expect(visit.get("payment-state")).to_have_attribute("data-state", "in_progress")
    control.move(session, "settle")
    steps.delivered(visit)


@made(FR_DESKTOP)
def test_without_any_event_the_return_page_reaches_paid(visit: Visit, control: Control) -> None:
    steps.new_customer_orders(visit)
    steps.submit(visit)
    session = steps.session_of(visit)
    control.deliveries("drop")
    visit.get("back").click()
    visit.get("to-stripe").click()
    steps.at_stripe(visit)
    before = control.last_request()
    steps.pay_by_card(visit, steps.GOOD)
    state = steps.back_at_the_counter(visit)
    began = time.monotonic()
    expect(state).to_have_attribute("data-state", "succeeded", timeout=WITHIN)
    assert time.monotonic() - began < WITHIN / 1000
    intent = control.newest(session)["payment_intent"]
    assert control.reads_since(before, session, intent) == [f"/v1/checkout/sessions/{session}"]


@made(EN_PHONE)
def test_a_page_that_waits_does_not_ask_stripe_each_second(visit: Visit, control: Control) -> None:
    """Somebody says to have paid and has not: the page asks us often, and we ask Stripe once."""
    steps.new_customer_orders(visit)
    steps.submit(visit)
    session = steps.session_of(visit)
    visit.get("back").click()
    steps.back_at_the_counter(visit)
    control.deliveries("drop")
    before = control.last_request()
    visit.page.goto(visit.page.url.replace("back=cancel", "back=done"))
    for _look in range(SEVERAL):
        with visit.page.expect_response(re.compile("/state/")):
            pass
    expect(visit.get("payment-state")).to_have_attribute("data-state", "open")
    visit.see("being-confirmed")
    assert len(control.reads_since(before, session)) <= 1


@made(FR_PHONE)
def test_the_back_button_of_stripes_page_does_not_bounce(visit: Visit) -> None:
    steps.new_customer_orders(visit)
    visit.get("checkout-submit").click()
    steps.at_stripe(visit)
    visit.page.go_back()
    expect(steps.back_at_the_counter(visit)).to_have_attribute("data-state", "open")
    visit.page.wait_for_timeout(1_800)  # longer than a page takes that leaves by itself
    assert visit.page.url.startswith(f"{visit.told.shop}/pay/")
    visit.see("back-button")
    visit.get("to-stripe").click()
    steps.at_stripe(visit)
    steps.pay_by_card(visit, steps.GOOD)
    steps.delivered(visit)


@made(EN_DESKTOP)
def test_two_clicks_on_the_button_order_once(visit: Visit) -> None:
    steps.new_customer_orders(visit)
    visit.get("checkout-submit").dblclick()
    steps.at_stripe(visit)
    visit.open("/client/invoices/")
    expect(visit.get("invoice")).to_have_count(1)
    visit.open("/client/services/")
    expect(visit.get("service")).to_have_count(1)


@made(FR_DESKTOP)
def test_stripe_lives_under_a_name_that_no_setting_mentions(visit: Visit) -> None:
    """The way there needs no line in the Content-Security-Policy, whose forms lead to ourselves alone."""
    steps.new_customer_orders(visit)
    steps.submit(visit)
    assert visit.page.url.startswith("http://stripe.localhost:")
    steps.pay_by_card(visit, steps.GOOD)
    steps.paid(visit)
    ours = visit.watch.policies["localhost"]
    assert len(ours) == 1
    policy = ours.pop()
    assert "form-action 'self';" in f"{policy};"
    assert "default-src 'none'" in policy
    assert not re.search(r"unsafe|http|stripe|\*", policy)
