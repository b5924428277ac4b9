"""Disputes: an inbox with what is urgent on top, evidence that is written, laid aside and sent once, and how they end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect
from tests.journeys import steps
from tests.journeys.buyer import Buyer
from tests.journeys.ways import EN_DESKTOP, FR_PHONE, JOURNEY, Way, made

if TYPE_CHECKING:
    from tests.journeys.visit import Come, Visit

pytestmark = JOURNEY
INBOX = "/admin/disputes/"
DISPUTED, INQUIRY, SUSPECTED = "4000000000000259", "4000000000001976", "4000000000005423"


def open_dispute(staff: Visit, intent: str) -> str:
    """From its payment's page to the dispute's; returns its id."""
    steps.open_payment(staff, intent)
    staff.comes_to_show(staff.path, "to-dispute")
    staff.get("to-dispute").click()
    return staff.get("dispute-id").inner_text()


def stands(staff: Visit, state: str) -> None:
    """The dispute comes to stand so, once it was looked at."""
    staff.comes_to_show(staff.path, "dispute-state", f'[data-state="{state}"]')


@made(FR_PHONE, EN_DESKTOP)
def test_a_dispute_is_answered_once_and_won_and_another_one_lost(staff: Visit, come: Come, way: Way) -> None:
    buyer = Buyer(staff.told, way.language)
    won, lost = buyer.buys(DISPUTED), buyer.buys(DISPUTED)
    open_dispute(staff, won)
    staff.open(INBOX)
    staff.see("office-disputes-open")
    name = open_dispute(staff, won)
    staff.see("office-dispute")
    staff.page.locator("#id_more").fill("winning_evidence")
    staff.get("stage").click()
    expect(staff.get("staged")).to_be_visible()
    staff.see("office-dispute-staged")
    staff.get("to-send").click()
    staff.see("office-dispute-confirm")
    staff.get("send").click()
    expect(staff.get("sent")).to_be_visible()
    staff.see("office-dispute-sent")
    staff.told.control.advance(10)
    stands(staff, "won")
    expect(staff.get("history").locator(".state")).not_to_have_count(0)
    staff.see("office-dispute-won")
    assert staff.told.control.newest(name)["status"] == "won"
    other = open_dispute(staff, lost)
    staff.get("to-give-up").click()
    staff.see("office-dispute-give-up")
    staff.get("give-up").click()
    stands(staff, "lost")
    staff.see("office-dispute-lost")
    assert staff.told.control.newest(other)["status"] == "lost"
    staff.open(f"{INBOX}?show=closed")
    staff.see("office-disputes-over")
    customer = come(way, beside=True)
    customer.enter(buyer.cookies())
    customer.open("/client/invoices/")
    customer.see("invoices-disputed")
    customer.get("invoice-number").first.click()
    expect(customer.page.locator('[data-how="taken"]')).to_be_visible()
    customer.see("invoice-lost")
    customer.open("/client/services/")
    customer.see("services-disputed")


@made(FR_PHONE, EN_DESKTOP)
def test_a_question_of_the_bank_and_a_suspicion_lead_to_the_refund(staff: Visit, way: Way) -> None:
    buyer = Buyer(staff.told, way.language)
    asked, suspected = buyer.buys(INQUIRY), buyer.buys(SUSPECTED)
    open_dispute(staff, asked)
    staff.see("office-dispute-inquiry")
    staff.get("refund").click()
    staff.see("office-refund-inquiry")
    staff.comes_to_show(INBOX, "warning")
    row = staff.get("warning").filter(has_text=suspected)
    expect(row).to_be_visible()
    staff.see("office-warnings")
    steps.open_payment(staff, suspected)
    staff.comes_to_show(staff.path, "payment-warning")
    staff.see("office-payment-warning")
    staff.open(INBOX)
    row.locator('[data-test="put-aside"]').click()
    expect(row).to_have_count(0)
    staff.see("office-warnings-put-aside")
