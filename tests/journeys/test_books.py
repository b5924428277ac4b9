"""What Stripe has booked: a payout that agrees to the cent, and the ledger held against Stripe's books, with what is lacking here."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect
from tests.journeys.buyer import Buyer, api, like_an_attempt
from tests.journeys.ways import EN_DESKTOP, FR_PHONE, JOURNEY, Way, made

if TYPE_CHECKING:
    from tests.journeys.told import Control
    from tests.journeys.visit import Visit

pytestmark = JOURNEY
PAYOUTS, REPORTS = "/admin/payouts/", "/admin/reconciliation/"
AT_ONCE = "4000000000000077"  # its money is available at once
HOUR = 3600  # seconds, after which Stripe tells what a payout contains


@made(FR_PHONE, EN_DESKTOP)
def test_a_payout_says_what_it_contains(staff: Visit, way: Way) -> None:
    Buyer(staff.told, way.language).buys(AT_ONCE)
    staff.told.control.advance(10)  # until the payment is booked
    name = staff.told.control.pay_out()
    staff.comes_to_show(f"{PAYOUTS}?mode=test", "payout-id", f':text-is("{name}")')
    staff.see("office-payouts-new")
    staff.page.get_by_role("link", name=name).click()
    staff.see("office-payout-not-yet")
    staff.told.control.advance(HOUR + 60)
    staff.comes_to_show(staff.path, "agrees", '[data-agrees="yes"]')
    staff.see("office-payout")


@made(FR_PHONE, EN_DESKTOP)
def test_the_ledger_is_held_against_stripes_books(staff: Visit, way: Way, control: Control) -> None:
    """A payment of others stands aside, and one of ours of which nobody has heard here is named."""
    buyer = Buyer(staff.told, way.language)
    buyer.buys()
    control.deliveries("drop")
    unheard = like_an_attempt(staff.told, buyer.orders(), amount=4990)
    api(control, "refunds", payment_intent=unheard, amount=1000)
    control.advance(10)
    staff.open(REPORTS)
    staff.see("office-reports")
    staff.page.locator('[name="end"]').fill(control.today().isoformat())
    staff.get("compare").click()
    staff.page.wait_for_url(re.compile(r"/reconciliation/\d+/"))
    staff.comes_to_show(staff.path, "lines")
    staff.see("office-report")
    staff.page.locator('[data-test="found"][data-finding="missing_here"]').click()
    expect(staff.get("lines")).to_contain_text(unheard)
    staff.see("office-report-missing")
