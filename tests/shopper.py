"""A customer without a browser: signs in, orders and pays over HTTP, by the names that the pages promise."""

from __future__ import annotations

import time
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

import requests


class Page(HTMLParser):
    """The forms of a page with their fields, and where each `data-test` stands."""

    def __init__(self, answer: requests.Response) -> None:
        super().__init__()
        self.address = answer.url
        self.forms: list[dict[str, Any]] = []
        self.named: dict[str, dict[str, str]] = {}
        self.form_of: dict[str, int] = {}
        self._open: int | None = None
        self._choice = ""
        self.feed(answer.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect."""
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append({"action": values.get("action", ""), "fields": {}})
            self._open = len(self.forms) - 1
        if tag in {"input", "button", "select", "textarea"} and values.get("name") and self._open is not None:
            chosen = values.get("type") not in {"radio", "checkbox"} or "checked" in values
            if chosen and tag != "button":
                self.forms[self._open]["fields"][values["name"]] = values.get("value", "")
            self._choice = values["name"] if tag == "select" else self._choice
        if tag == "option" and "selected" in values and self._open is not None:
            self.forms[self._open]["fields"][self._choice] = values.get("value", "")
        if "data-test" in values:
            self.named.setdefault(values["data-test"], values)
            if self._open is not None:
                self.form_of.setdefault(values["data-test"], self._open)

    def handle_endtag(self, tag: str) -> None:
        """A form ends."""
        if tag == "form":
            self._open = None


class Shopper:
    """One customer's visit."""

    def __init__(self, demo: dict[str, Any]) -> None:
        self.demo = demo
        self.web = requests.Session()
        self.web.trust_env = False

    def get(self, address: str) -> Page:
        """Open a page."""
        answer = self.web.get(urljoin(self.demo["shop"] + "/", address), timeout=20)
        answer.raise_for_status()
        return Page(answer)

    def press(self, page: Page, name: str, **fields: str) -> Page:
        """Press what carries a `data-test`, with its form's fields and these."""
        form = page.forms[page.form_of[name]]
        button = page.named[name]
        pressed = {button["name"]: button.get("value", "")} if button.get("name") else {}
        answer = self.web.post(
            urljoin(page.address, form["action"] or page.address),
            data={**form["fields"], **pressed, **fields},
            headers={"Referer": page.address},
            timeout=30,
        )
        answer.raise_for_status()
        return Page(answer)

    def sign_in(self) -> None:
        """As the demo's customer."""
        who = self.demo["customer"]
        page = self.get("/accounts/login/")
        names = {page.named["email"]["name"]: who["email"], page.named["password"]["name"]: who["password"]}
        self.press(page, "sign-in", **names)

    def fill_basket(self) -> Page:
        """The first product, and on to the checkout page."""
        self.press(self.get("/"), "order")
        return self.get("/checkout/")

    def order(self, page: Page) -> Page:
        """Confirm the checkout page: leads to the page between shop and Stripe."""
        terms, gateway = page.named["accept-terms"], page.named["gateway-stripe"]
        return self.press(
            page,
            "checkout-submit",
            **{terms["name"]: terms.get("value", "on"), gateway["name"]: gateway.get("value", "")},
        )

    def pay_page(self, address: str, *, seconds: float = 30) -> str:
        """The provider's page, once our page offers it; presses *pay* where nothing is under way any more."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            page = self.get(address)
            if "to-stripe" in page.named:
                return page.named["to-stripe"]["href"]
            if "pay" in page.form_of:
                self.press(page, "pay")
            time.sleep(0.7)
        raise AssertionError(f"no way to the provider's page from {address}")

    @staticmethod
    def pay(url: str, *, number: str = "4242424242424242") -> requests.Response:
        """Fill in the provider's page with a card; does not follow back to the shop."""
        fields = {"method": "card", "number": number, "expiry": "12/34", "cvc": "123", "name_card": "Camille Durand"}
        answer = requests.post(url, data=fields, allow_redirects=False, timeout=20)
        answer.raise_for_status()
        return answer
