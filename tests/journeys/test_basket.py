"""Other ways to an order: nothing to pay, several products, a link from elsewhere, a keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect
from tests.journeys import keyboard, steps
from tests.journeys.ways import EN_DARK, EN_DESKTOP, EN_PHONE, FR_DESKTOP, FR_PHONE, JOURNEY, made

if TYPE_CHECKING:
    from tests.journeys.visit import Visit

pytestmark = JOURNEY
# Where the storefront shows them.
CANDLE, SPARK, FLAME = 0, 3, 4


@made(FR_DESKTOP, EN_DARK)
def test_a_free_product_is_delivered_without_a_payment(visit: Visit) -> None:
    steps.new_customer_orders(visit, SPARK)
    expect(visit.get("gateway-stripe")).to_have_count(0)
    visit.see("checkout-free")
    visit.get("checkout-submit").click()
    steps.delivered(visit)
    visit.see("delivered-free")
    visit.open("/client/services/")
    expect(visit.get("service-state")).to_have_attribute("data-state", "active")
    visit.open("/demo/mail/")
    visit.see("mails", language=False)


@made(FR_PHONE, EN_DESKTOP)
def test_two_products_one_of_them_twice_and_for_another_cycle(visit: Visit) -> None:
    steps.order(visit, CANDLE)
    steps.order(visit, FLAME)
    candle, flame = visit.get("line").first, visit.get("line").last
    candle.locator('[data-test="quantity"]').fill("2")
    candle.locator('[data-test="quantity"]').press("Tab")
    expect(visit.get("basket-total")).to_contain_text(steps.amount(visit, "103.70"))
    flame.locator('[data-test="cycle"]').select_option("annually")
    expect(visit.get("basket-total")).to_contain_text(steps.amount(visit, "138.80"))
    visit.see("basket-two")
    visit.get("to-checkout").click()
    steps.register(visit)
    steps.fill_address(visit)
    steps.submit(visit)
    expect(visit.get("total")).to_contain_text(steps.amount(visit, "138.80"))
    visit.see("stripe-two")
    steps.pay_by_card(visit, steps.GOOD)
    steps.delivered(visit)
    visit.open("/client/services/")
    expect(visit.get("service")).to_have_count(3)
    visit.open("/client/")
    visit.see("overview")


@made(FR_PHONE)
def test_the_basket_is_emptied(visit: Visit) -> None:
    steps.order(visit)
    visit.get("remove").click()
    expect(visit.get("line")).to_have_count(0)
    visit.see("basket-empty")


@made(EN_PHONE)
def test_a_link_leads_straight_to_checkout(visit: Visit) -> None:
    visit.open("/")
    product = visit.get("product").first.get_attribute("data-id")
    visit.open(f"/store/{product}/checkout?recurring=monthly")
    expect(visit.get("register")).to_be_visible()
    steps.register(visit)
    steps.fill_address(visit)
    expect(visit.get("checkout-submit")).to_contain_text(steps.amount(visit, "4.99"))
    steps.submit(visit)
    steps.pay_by_card(visit, steps.GOOD)
    steps.delivered(visit)


@made(FR_DESKTOP, EN_PHONE)
def test_a_link_with_a_cycle_that_is_not_sold_offers_the_others(visit: Visit) -> None:
    visit.open("/")
    product = visit.get("product").first.get_attribute("data-id")
    visit.watch.expect(404, "/store/")
    visit.open(f"/store/{product}/checkout?recurring=weekly")
    visit.see("offer")
    visit.get("order").click()
    expect(visit.get("basket-total")).to_be_visible()


@made(FR_DESKTOP)
def test_everything_can_be_done_with_the_keyboard(visit: Visit) -> None:
    visit.open("/")
    keyboard.press(visit, "order")
    keyboard.press(visit, "to-checkout")
    keyboard.write(visit, "email", steps.new_email())
    keyboard.write(visit, "password", steps.PASSWORD)
    keyboard.press(visit, "register")
    for name, value in steps.ADDRESS.items():
        keyboard.write(visit, name, value)
    keyboard.press(visit, "accept-terms", key="Space")
    keyboard.press(visit, "checkout-submit")
    steps.at_stripe(visit)
    keyboard.write(visit, "card-number", steps.GOOD)
    keyboard.write(visit, "card-expiry", "12 / 40")
    keyboard.write(visit, "card-cvc", "123")
    keyboard.write(visit, "card-name", "Zoé Marchand")
    keyboard.press(visit, "pay")
    steps.delivered(visit)
    keyboard.press(visit, "to-services")
    expect(visit.get("service-access")).to_be_visible()
