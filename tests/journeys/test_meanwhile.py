"""What else befalls an order: cancelled, changed, a mail of which nobody knows whether it left, and a Stripe that does not answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect
from tests.journeys import settings, steps
from tests.journeys.buyer import Buyer
from tests.journeys.ways import EN_DESKTOP, FR_PHONE, JOURNEY, Way, made

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.journeys.told import Control, Told
    from tests.journeys.visit import Come, Visit

pytestmark = JOURNEY
UNCERTAIN = """
UPDATE mail_mail SET state = 'uncertain', sent_at = NULL
WHERE id = (SELECT max(id) FROM mail_mail WHERE state = 'sent' AND NOT secret)
"""


@made(FR_PHONE, EN_DESKTOP)
def test_an_invoice_costs_less_and_its_order_is_cancelled(staff: Visit, come: Come, way: Way) -> None:
    buyer = Buyer(staff.told, way.language)
    buyer.orders()
    buyer.orders()
    customer = come(way, beside=True)
    customer.enter(buyer.cookies())
    customer.open("/client/invoices/")
    numbers = customer.get("invoice-number").all_inner_texts()
    staff.open(f"/admin/invoices/invoice/?q={numbers[0]}")
    staff.get("row").first.locator("a").first.click()
    staff.get("change-invoice").click()
    staff.see("office-invoice-change")
    staff.watch.expect(422, "/admin/invoices/")
    staff.get("save").click()
    expect(staff.page.locator(".field.wrong").first).to_be_visible()
    staff.see("office-invoice-change-wrong")
    staff.page.locator('[name="amount"]').fill(steps.amount(staff, "9.90"))
    staff.page.locator('[name="reason"]').fill("Our apology · Nos excuses")
    staff.get("save").click()
    expect(staff.get("total")).to_contain_text(steps.amount(staff, "40.00"))
    staff.see("office-invoice-changed")
    staff.page.locator('main a[href*="/orders/order/"]').first.click()
    staff.get("cancel-order").locator("summary").click()
    staff.see("office-order-cancel")
    staff.get("why").fill("Twice · En double")
    staff.get("cancel-confirm").click()
    expect(staff.get("cancel-order")).to_have_count(0)
    staff.see("office-order-cancelled")
    customer.get("invoice-number").last.click()
    customer.get("cancel-order").locator("summary").click()
    customer.see("invoice-cancel")
    customer.get("cancel-confirm").click()
    expect(customer.get("cancel-order")).to_have_count(0)
    expect(customer.get("void")).to_be_visible()
    customer.see("invoice-cancelled")
    customer.open("/client/invoices/")
    customer.see("invoices-void")


@made(FR_PHONE, EN_DESKTOP)
def test_a_mail_that_may_have_left_is_sent_once_more_by_a_person(staff: Visit, way: Way) -> None:
    Buyer(staff.told, way.language).buys()
    staff.comes_to_show("/admin/mail/mail/?state__exact=sent", "row")
    settings.store(staff.told, UNCERTAIN)
    staff.open("/admin/")
    staff.get("due-uncertain").click()
    staff.see("office-mails-uncertain")
    staff.get("row").first.locator("a").first.click()
    expect(staff.get("uncertain")).to_be_visible()
    staff.see("office-mail-uncertain")
    staff.get("send-again").click()
    expect(staff.get("uncertain")).to_have_count(0)
    staff.see("office-mail-again")


@pytest.fixture
def answering(told: Told) -> Iterator[None]:
    """Whatever happens, the local Stripe answers afterwards."""
    yield
    told.control.answering()


@made(FR_PHONE, EN_DESKTOP)
@pytest.mark.usefixtures("answering")
def test_a_stripe_that_does_not_answer_is_told_to_both_sides(
    staff: Visit, come: Come, way: Way, control: Control
) -> None:
    buyer = Buyer(staff.told, way.language)
    buyer.orders()
    intent = Buyer(staff.told, way.language).buys()
    customer = come(way, beside=True)
    customer.enter(buyer.cookies())
    steps.open_payment(staff, intent)
    control.silent()
    staff.get("look-now").click()
    staff.comes_to_show("/admin/", "silent")
    staff.see("office-silent")
    customer.open("/client/invoices/")
    customer.get("invoice-number").click()
    customer.get("cancel-order").locator("summary").click()
    customer.get("cancel-confirm").click()
    customer.see("invoice-silent")
    control.answering()
    customer.get("cancel-order").locator("summary").click()
    customer.get("cancel-confirm").click()
    expect(customer.get("cancel-order")).to_have_count(0)
    staff.open("/admin/")
    expect(staff.get("silent")).to_have_count(0)
