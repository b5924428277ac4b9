"""A customer who orders and pays without a browser, for journeys that begin where somebody has paid."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any, cast

import requests
from tests.journeys.steps import ADDRESS, PASSWORD, new_email
from tests.journeys.told import TIMEOUT
from tests.shopper import Shopper

if TYPE_CHECKING:
    from playwright._impl._api_structures import SetCookieParam
    from tests.journeys.told import Control, Told
    from tests.journeys.ways import Language

WITHIN = 60  # seconds until a payment is seen and its order served, on a loaded machine
CARD = {
    "confirm": "true",
    "payment_method": "pm_card_visa",
    "automatic_payment_methods[enabled]": "true",
    "automatic_payment_methods[allow_redirects]": "never",
}
AGAIN = 0.3  # seconds between two looks
IBAN = "FR1420041010050500013M02606"


class Buyer:
    """Zoé, with an account of her own."""

    def __init__(self, told: Told, language: Language) -> None:
        self.told = told
        self.email = new_email()
        self._shopper = Shopper({"shop": told.shop})
        self._shopper.web.headers["Accept-Language"] = language
        self._known = False

    def orders(self) -> str:
        """The first product, up to Stripe's page, whose address is returned."""
        checkout = self._shopper.fill_basket()
        fields: dict[str, str] = {}
        if not self._known:
            checkout = self._shopper.press(checkout, "register", email=self.email, password1=PASSWORD)
            fields = {name.replace("-", "_"): value for name, value in ADDRESS.items()}
            self._known = True
        terms, gateway = checkout.named["accept-terms"], checkout.named["gateway-stripe"]
        chosen = {terms["name"]: terms["value"], gateway["name"]: gateway["value"]}
        leads = self._shopper.press(checkout, "checkout-submit", **fields, **chosen)
        return self._shopper.pay_page(leads.address)

    def pays(self, page: str, number: str) -> str:
        """By card on Stripe's page, and back to the counter; returns the PaymentIntent once the counter knows the payment."""
        return self._paid(page, Shopper.pay(self._here(page), number=number))

    def buys(self, number: str = "4242424242424242") -> str:
        """Orders and pays by card; returns the PaymentIntent."""
        return self.pays(self.orders(), number)

    def buys_by_debit(self) -> str:
        """Orders and pays by a direct debit, which is then in progress; returns the PaymentIntent."""
        page = self.orders()
        fields = {"method": "sepa_debit", "iban": IBAN, "name_sepa_debit": "Zoé Marchand"}
        answer = requests.post(self._here(page), data=fields, allow_redirects=False, timeout=TIMEOUT)
        answer.raise_for_status()
        return self._paid(page, answer)

    def _paid(self, page: str, answer: requests.Response) -> str:
        until = time.monotonic() + WITHIN
        while self._shopper.get(answer.headers["Location"]).named["payment-state"]["data-state"] == "open":
            assert time.monotonic() < until, "the counter does not see the payment"
            time.sleep(AGAIN)
        return str(self.told.control.newest(session_of(page))["payment_intent"])

    def _here(self, page: str) -> str:
        """Browsers know the local Stripe under another name."""
        return page.replace(self.told.stripe, self.told.control.base.removesuffix("/_control"))

    def cookies(self) -> list[SetCookieParam]:
        """What lets a browser go on as this customer."""
        found = self._shopper.web.cookies
        return [
            cast("SetCookieParam", {"name": each.name, "value": each.value or "", "url": self.told.shop})
            for each in found
            if "session" in each.name
        ]


def session_of(page: str) -> str:
    """The id of the Checkout Session at this address."""
    found = re.search(r"cs_(test|live)_\w+", page)
    assert found is not None, page
    return found[0]


def api(control: Control, path: str, **values: Any) -> dict[str, Any]:
    """A call of Stripe's API with the account's own key, as another shop of the same account makes it."""
    address = f"{control.base.removesuffix('/_control')}/v1/{path}"
    answer = requests.post(address, auth=(control.keys()["secret"], ""), data=values, timeout=TIMEOUT)
    answer.raise_for_status()
    made: dict[str, Any] = answer.json()
    return made


def like_an_attempt(told: Told, page: str, **values: Any) -> str:
    """A payment that bears the marks of an attempt of ours and was made otherwise: its PaymentIntent."""
    marks = {f"metadata[{name}]": value for name, value in told.control.newest(session_of(page))["metadata"].items()}
    return str(api(told.control, "payment_intents", **{**CARD, "currency": "eur", **marks, **values})["id"])
