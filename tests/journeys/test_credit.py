"""Credit and payments from elsewhere: what the team does, what the customer sees, and that both pages say the same."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING

from playwright.sync_api import expect
from tests.journeys import steps
from tests.journeys.ways import EN_PHONE, FR_DESKTOP, JOURNEY, Way, made

if TYPE_CHECKING:
    from tests.journeys.visit import Visit

pytestmark = JOURNEY
MUCH = "500"  # more than the first product costs


def of_the_invoice(staff: Visit, number: str) -> None:
    """Staff open an invoice by its number."""
    staff.open(f"/admin/invoices/invoice/?q={number}")
    staff.get("row").first.locator("a").first.click()
    expect(staff.get("record-payment")).to_be_visible()


def type_payment(staff: Visit, amount: str) -> None:
    """Fill in a transfer, and look what it would do."""
    staff.page.locator('[name="amount"]').fill(steps.amount(staff, amount))
    staff.page.locator('[name="reference"]').fill(f"VIR {secrets.token_hex(4)}")
    staff.get("preview-button").click()


@made(FR_DESKTOP, EN_PHONE)
def test_credit_and_a_transfer_pay_and_what_is_too_much_pays_the_next_order(
    staff: Visit, come: Callable[[Way], Visit], way: Way
) -> None:
    customer = come(way)
    email = steps.new_customer_orders(customer)
    steps.submit(customer)
    _give(staff, email)
    number = _use_a_part(customer)
    _record(staff, number)
    _order_with_credit(customer)
    _give_back(staff, customer)


def _give(staff: Visit, email: str) -> None:
    steps.open_customer(staff, email)
    staff.get("tab-credit").click()
    staff.see("office-credit-none")
    staff.page.locator('[name="amount"]').fill("10")
    staff.page.locator('[name="mode"]').select_option("test")
    staff.watch.expect(422, "/admin/customers/")
    staff.get("give").click()
    expect(staff.page.locator(".field.wrong")).to_have_count(1)
    staff.see("office-credit-wrong")
    staff.page.locator('[name="reason"]').fill("Our apology · Nos excuses")
    staff.get("give").click()
    expect(staff.get("balance")).to_have_attribute("data-minor", "1000")
    staff.see("office-credit")


def _use_a_part(customer: Visit) -> str:
    """The customer, who had left the payment page, uses the credit and is led to a page over the rest."""
    customer.open("/client/")
    expect(customer.get("balance")).to_have_attribute("data-minor", "1000")
    customer.see("overview-credit")
    customer.open("/client/invoices/")
    customer.get("invoice-number").click()
    number = customer.get("invoice-number").inner_text()
    customer.see("invoice-credit-offered")
    customer.get("use-credit").click()
    steps.at_stripe(customer)
    customer.get("back").click()
    expect(steps.back_at_the_counter(customer)).to_have_attribute("data-state", "open")
    customer.open("/client/invoices/")
    customer.see("invoices-partly")
    customer.get("invoice-number").click()
    expect(customer.get("by-credit")).to_contain_text(steps.amount(customer, "10.00"))
    customer.see("invoice-partly")
    return number


def _record(staff: Visit, number: str) -> None:
    of_the_invoice(staff, number)
    staff.see("office-invoice-partly")
    staff.get("record-payment").click()
    staff.see("office-record")
    staff.watch.expect(422, "/admin/invoices/")
    type_payment(staff, "-1")
    expect(staff.page.locator(".field.wrong")).to_have_count(1)
    staff.see("office-record-wrong")
    type_payment(staff, MUCH)
    expect(staff.get("becomes-credit")).to_be_visible()
    staff.see("office-record-preview")
    staff.get("confirm").dblclick()
    expect(staff.get("owed")).to_have_count(0)
    expect(staff.get("allocation")).to_have_count(2)
    staff.see("office-invoice-recorded")


def _order_with_credit(customer: Visit) -> None:
    """What was paid too much pays another order, and nobody is led to a payment page."""
    customer.open("/client/credit/")
    customer.see("credit")
    steps.order(customer)
    customer.get("to-checkout").click()
    expect(customer.get("use-credit")).to_be_checked()
    customer.see("checkout-credit")
    customer.get("use-credit").uncheck()
    expect(customer.get("gateway-stripe")).to_be_visible()
    customer.see("checkout-credit-not-used")
    customer.get("use-credit").check()
    customer.get("accept-terms").check()
    customer.get("checkout-submit").click()
    steps.delivered(customer)
    customer.see("paid-by-credit")


def _give_back(staff: Visit, customer: Visit) -> None:
    """The team gives the credit of the new order back: its invoice counts as refunded."""
    customer.open("/client/invoices/")
    of_the_invoice(staff, customer.get("invoice-number").first.inner_text())
    staff.get("give-back").click()
    staff.see("office-credit-back")
    staff.get("give").click()
    expect(staff.page.locator(".head .state").first).to_have_attribute("data-state", "refunded")
    staff.see("office-invoice-given-back")
    customer.get("invoice-number").first.click()
    customer.see("invoice-given-back")


@made(FR_DESKTOP, EN_PHONE)
def test_a_rule_that_is_none_is_told_and_a_good_one_is_stored(staff: Visit) -> None:
    staff.open("/admin/settings/payments/")
    staff.see("office-rules")
    staff.page.locator('[name="approval_above_minor"]').fill("-1")
    staff.watch.expect(422, "/admin/settings/payments/")
    staff.get("save").click()
    expect(staff.page.locator(".field.wrong")).to_have_count(1)
    staff.see("office-rules-wrong")
    staff.page.locator('[name="approval_above_minor"]').fill(steps.amount(staff, "1000.50"))
    staff.get("save").click()
    expect(staff.page.locator(".notice").first).to_be_visible()
    expect(staff.page.locator('[name="approval_above_minor"]')).to_have_value(steps.amount(staff, "1000.50"))
    staff.page.locator('[name="approval_above_minor"]').fill("")
    staff.get("save").click()
    expect(staff.page.locator('[name="approval_above_minor"]')).to_have_value("")
