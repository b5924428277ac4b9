"""Money that goes back: a part with the service suspended, with a second person, one that fails, and a debit that can be recalled."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect
from tests.journeys import settings, steps
from tests.journeys.buyer import Buyer
from tests.journeys.told import Told
from tests.journeys.visit import Come, Visit
from tests.journeys.ways import EN_DESKTOP, FR_PHONE, JOURNEY, Way, made

if TYPE_CHECKING:
    pass

pytestmark = JOURNEY
LIST = "/admin/refunds/"
RETURNED = "4000000000005126"  # its refunds succeed, and fail later


@pytest.fixture
def two_people(told: Told) -> Iterator[None]:
    """Refunds above 20.00 need a second person."""
    settings.rule(told, "approval_above_minor", "2000")
    yield
    settings.rule(told, "approval_above_minor", "NULL")


@made(FR_PHONE, EN_DESKTOP)
@pytest.mark.usefixtures("two_people")
def test_a_part_goes_back_at_once_and_the_rest_with_a_second_person(staff: Visit, come: Come, way: Way) -> None:
    buyer = Buyer(staff.told, way.language)
    intent = buyer.buys()
    _a_part(staff, intent)
    invoice = _as_the_customer(come(way, beside=True), buyer)
    invoice.see("invoice-refunded-in-part")
    _the_rest(staff, intent)
    _the_second_person(come(way, beside=True))
    staff.comes_to_show(LIST, "done")
    staff.see("office-refunds-done")
    invoice.page.reload()
    expect(invoice.get("invoice-state")).to_have_attribute("data-state", "refunded")
    invoice.see("invoice-refunded")
    invoice.open("/client/services/")
    invoice.see("services-of-refunded")


def _a_part(staff: Visit, intent: str) -> None:
    steps.open_payment(staff, intent)
    staff.get("give-back").click()
    staff.see("office-refund")
    staff.watch.expect(422, "/admin/billing/")  # a part without an amount
    staff.get("refund-part").check()
    expect(staff.get("lacks")).to_be_visible()
    expect(staff.get("refund-submit")).to_have_count(0)
    staff.get("refund-amount").fill("500")  # told while it is typed
    expect(staff.get("too-much")).to_be_visible()
    staff.see("office-refund-too-much")
    staff.get("refund-amount").fill("10")
    staff.get("refund-amount").press("Tab")
    expect(staff.get("stays")).to_contain_text(steps.amount(staff, "39.90"))
    staff.get("policy-suspend").check()
    staff.get("refund-reason").select_option("requested_by_customer")
    staff.get("refund-note").fill("Zoé, Tél. 03 88 00 00 00")
    expect(staff.get("service-after")).to_be_visible()
    staff.see("office-refund-part")
    staff.get("refund-submit").click()
    expect(staff.get("payment-state")).to_be_visible()
    staff.comes_to_show(staff.path, "refunded")
    staff.see("office-payment-refunded-in-part")


def _as_the_customer(customer: Visit, buyer: Buyer) -> Visit:
    customer.enter(buyer.cookies())
    customer.open("/client/invoices/")
    customer.get("invoice-number").click()
    expect(customer.get("went-back")).to_be_visible()
    return customer


def _the_rest(staff: Visit, intent: str) -> None:
    steps.open_payment(staff, intent)
    staff.get("give-back").click()
    staff.see("office-refund-again")
    staff.get("refund-submit").click()
    expect(staff.get("refund-refuse")).to_be_visible()
    staff.see("office-payment-refund-waits")
    staff.open(LIST)
    expect(staff.get("waiting").get_by_text(intent)).to_be_visible()
    staff.see("office-refunds-of-mine")


def _the_second_person(second: Visit) -> None:
    billing = next(each for each in second.told.team if each["role"] == "billing")
    second.open("/admin/")
    steps.sign_in(second, billing["email"], billing["password"])
    second.page.wait_for_url(f"{second.told.shop}/admin/")
    second.lend()
    second.open(LIST)
    second.see("office-refunds-to-approve")
    second.get("refund-approve").last.click()
    expect(second.page.locator(".notice").first).to_be_visible()
    second.see("office-refunds-approved")


@made(FR_PHONE, EN_DESKTOP)
def test_a_refund_that_comes_back_is_owed_until_somebody_sees_to_it(staff: Visit, come: Come, way: Way) -> None:
    buyer = Buyer(staff.told, way.language)
    intent = buyer.buys(RETURNED)
    steps.open_payment(staff, intent)
    staff.get("give-back").click()
    staff.get("refund-submit").click()
    expect(staff.get("payment-state")).to_be_visible()
    staff.comes_to_show(staff.path, "refund-again")
    staff.see("office-payment-refund-failed")
    customer = _as_the_customer(come(way, beside=True), buyer)
    expect(customer.page.locator('[data-how="not_arrived"]')).to_be_visible()
    customer.see("invoice-refund-failed")
    staff.open(LIST)
    owed = staff.get("owed").locator("tr").filter(has_text=intent)
    staff.see("office-refunds-owed")
    owed.locator('[data-test="refund-aside"]').click()
    expect(owed).to_have_count(0)
    staff.see("office-refunds-put-aside")


@made(FR_PHONE, EN_DESKTOP)
def test_a_debit_is_waited_for_and_its_refund_warns_of_the_bank(staff: Visit, come: Come, way: Way) -> None:
    """In progress until the bank's days have passed on Stripe's clock; then the refund says that the bank may take it, too."""
    buyer = Buyer(staff.told, way.language)
    intent = buyer.buys_by_debit()
    customer = come(way, beside=True)
    customer.enter(buyer.cookies())
    customer.open("/client/invoices/")
    customer.see("invoices-debit")
    customer.get("invoice-number").click()
    expect(customer.get("invoice-state")).to_have_attribute("data-state", "in_progress")
    customer.see("invoice-debit")
    steps.open_payment(staff, intent)
    expect(staff.get("expected")).to_be_visible()
    staff.see("office-payment-debit")
    staff.told.control.advance(steps.BANK_DAYS)
    staff.comes_to_show(staff.path, "give-back")
    staff.get("give-back").click()
    expect(staff.get("recall-warning")).to_be_visible()
    staff.see("office-refund-recall")
    staff.watch.expect(422, "/admin/billing/")
    staff.get("refund-submit").click()
    expect(staff.page.locator(".field.wrong")).to_have_count(1)
    staff.see("office-refund-recall-unread")
