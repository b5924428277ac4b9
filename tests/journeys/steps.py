"""What people do at the counter, step by step."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Locator
    from tests.journeys.visit import Visit

GOOD = "4242 4242 4242 4242"
DECLINED = "4000 0000 0000 0002"
SECURED = "4000 0000 0000 3220"
IBAN = "FR14 2004 1010 0505 0001 3M02 606"
BANK_DAYS = 10 * 86_400  # seconds, within which a debit settles
PASSWORD = "girouette-au-vent-42"
ADDRESS = {
    "first-name": "Zoé",
    "last-name": "Marchand",
    "address": "3 quai des Bateliers",
    "postcode": "67000",
    "city": "Strasbourg",
}


def new_email() -> str:
    """An address that nobody has registered with."""
    return f"zoe.{secrets.token_hex(4)}@client.example"


def order(visit: Visit, position: int = 0) -> None:
    """Put a product of the storefront into the basket: the one at this position."""
    visit.open("/")
    visit.get("product").nth(position).locator('[data-test="order"]').click()
    expect(visit.get("basket-total")).to_be_visible()


def register(visit: Visit) -> str:
    """Make an account at checkout; return its e-mail address."""
    email = new_email()
    visit.get("email").fill(email)
    visit.get("password").fill(PASSWORD)
    visit.get("register").click()
    expect(visit.get("first-name")).to_be_visible()
    return email


def sign_up(visit: Visit) -> str:
    """Make an account on its own page; return its e-mail address."""
    email = new_email()
    visit.get("email").fill(email)
    visit.get("password").fill(PASSWORD)
    visit.get("register").click()
    visit.page.wait_for_url(f"{visit.told.shop}/client/")
    return email


def sign_in(visit: Visit, email: str, password: str) -> None:
    """Sign in on the page that is open."""
    visit.get("email").fill(email)
    visit.get("password").fill(password)
    visit.get("sign-in").click()


def staff_signs_in(visit: Visit) -> None:
    """A member of staff enters the back office."""
    visit.open("/admin/")
    sign_in(visit, visit.told.admin["email"], visit.told.admin["password"])
    visit.page.wait_for_url(f"{visit.told.shop}/admin/")


def open_customer(visit: Visit, email: str) -> None:
    """A member of staff looks for a customer and opens the page."""
    visit.open(f"/admin/customers/customer/?q={email}")
    visit.get("row").first.locator("a").first.click()
    expect(visit.get("tab-linked")).to_be_visible()


def open_payment(visit: Visit, intent: str) -> None:
    """A member of staff looks for a payment and opens its page."""
    visit.open(f"/admin/billing/stripe/?q={intent}")
    visit.get("payment-id").click()
    expect(visit.page.locator('h1[data-test="payment-id"]')).to_have_text(intent)


def fill_address(visit: Visit) -> None:
    """Say who is billed, and accept the terms."""
    for name, value in ADDRESS.items():
        visit.get(name).fill(value)
    visit.get("accept-terms").check()


def new_customer_orders(visit: Visit, position: int = 0) -> str:
    """From the storefront to the button that orders, as a new customer; return the e-mail address."""
    order(visit, position)
    visit.get("to-checkout").click()
    email = register(visit)
    fill_address(visit)
    return email


def submit(visit: Visit) -> None:
    """Order, and be led to Stripe's page: ours leaves by itself, a click would race with it."""
    visit.get("checkout-submit").click()
    at_stripe(visit)


def at_stripe(visit: Visit) -> None:
    """Stripe's payment page is open."""
    visit.page.wait_for_url(re.compile(re.escape(visit.told.stripe) + "/c/pay/"))
    expect(visit.get("pay")).to_be_visible()


def session_of(visit: Visit) -> str:
    """The id of the Checkout Session whose page is open."""
    found = re.search(r"cs_(test|live)_\w+", visit.page.url)
    assert found is not None, visit.page.url
    return found[0]


def pay_by_card(visit: Visit, number: str) -> None:
    """Fill in the card on Stripe's page and pay."""
    visit.get("card-number").fill(number)
    visit.get("card-expiry").fill("12 / 40")
    visit.get("card-cvc").fill("123")
    visit.get("card-name").fill("Zoé Marchand")
    visit.get("pay").click()


def pay_by_debit(visit: Visit, iban: str) -> None:
    """Fill in the IBAN on Stripe's page and pay."""
    visit.get("method-sepa_debit").check()
    visit.get("iban").fill(iban)
    visit.get("iban-name").fill("Zoé Marchand")
    visit.get("pay").click()


def back_at_the_counter(visit: Visit) -> Locator:
    """Our own page after Stripe's; return how the payment stands."""
    visit.page.wait_for_url(re.compile(re.escape(visit.told.shop) + "/pay/"))
    return visit.get("payment-state")


def paid(visit: Visit) -> None:
    """The payment page says so, by itself."""
    expect(back_at_the_counter(visit)).to_have_attribute("data-state", "succeeded")


def delivered(visit: Visit) -> None:
    """The payment page reaches the third step, by itself."""
    paid(visit)
    expect(visit.get("to-services")).to_be_visible()
    expect(visit.page.locator("ol.steps > li.done")).to_have_count(3)


def amount(visit: Visit, figures: str) -> str:
    """The figures of an amount as the pages of this visit write them."""
    return figures.replace(".", ",") if visit.way.language == "fr" else figures
