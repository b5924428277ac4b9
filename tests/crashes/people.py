"""The load: customers who register, order and pay over HTTP, and one of the team who gives money back, while processes die.

What they were told is kept in `Told`: whatever the counter has answered with a page or a redirect must be true in the end. Their
choices come from the run's seed; what happens to them does not.
"""

from __future__ import annotations

import random
import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

import requests
from tests.crashes.house import House
from tests.proofs.customers import CARDS, IBANS
from tests.shopper import Page, Shopper

T = TypeVar("T")
PATIENCE = 400.0  # seconds that a person tries again for; then the counter has not come back
TRIES = 4
TOKEN = re.compile(r"/pay/([A-Za-z0-9_-]{16,40})/")
HONEST = ("n’est pas perdu", "is not lost")  # of templates/500.html, in both languages; see `Visitor.count`
INTERRUPTED = (
    409  # their session ended under way: an earlier request of theirs, whose answer was lost, has signed them in
)
PASSWORD = "lanterne-quai-marine-41"
WAYS = (*("good",) * 5, "declined", "sepa", "sepa soon", "sepa fails soon", "refund pending", "away")


@dataclass
class Told:
    """What people were told, and what went wrong on the way."""

    accounts: set[str] = field(default_factory=set)
    orders: dict[str, str] = field(default_factory=dict)  # token of the page of an order -> whose
    refunds: dict[str, str] = field(default_factory=dict)  # id of a refund that was asked for -> where its form was
    visits: Counter[str] = field(default_factory=Counter)  # by customer: orders that were confirmed, to their end
    open_visits: set[str] = field(default_factory=set)  # customers whose last order has no answer
    doubled: int = 0  # orders of which the form was sent twice at once
    paid: int = 0  # forms of the provider's page that were sent
    errors: Counter[str] = field(default_factory=Counter)
    dishonest: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)  # what should not have happened, whoever died
    guard: threading.Lock = field(default_factory=threading.Lock)


class Visitor(Shopper):
    """Somebody at the counter. Each request that fails is counted, and tried again as a person does."""

    def __init__(self, house: House, told: Told, name: str, chance: random.Random) -> None:
        super().__init__({"shop": house.shop})
        self.house, self.told, self.name, self.chance = house, told, name, chance
        self.email, self.number = "", 0

    def persist(self, step: Callable[[], T]) -> T:
        """Do it again until it is answered. Raises what it raised last."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                return step()
            except requests.RequestException as error:
                self.count(error)
                if time.monotonic() > until:
                    raise
                time.sleep(self.chance.uniform(0.2, 0.8))

    def count(self, error: requests.RequestException) -> None:
        """Every error by its kind. A page that says that something went wrong must say what that means for one's money."""
        answer = error.response
        kind = type(error).__name__ if answer is None else str(answer.status_code)
        with self.told.guard:
            self.told.errors[kind] += 1
            if answer is None or answer.status_code == 429:
                return
            if answer.status_code < 500 and answer.status_code != INTERRUPTED:
                self.told.faults.append(f"{self.name}: {answer.status_code} at {answer.url}")
            elif not any(words in answer.text for words in HONEST):
                self.told.dishonest.append(f"{answer.status_code} at {answer.url}: {answer.text[:300]}")

    def enter(self, email: str, password: str) -> bool:
        """Sign in; whether it was taken."""
        page = self.get("/accounts/login/")
        if "email" not in page.named:
            return True  # in already
        names = {page.named["email"]["name"]: email, page.named["password"]["name"]: password}
        return "/login/" not in self.press(page, "sign-in", **names).address


class Customer(Visitor):
    """Registers once, then orders and pays until told to stop."""

    def live(self, stop: threading.Event) -> None:
        """One visit after another, now and then as somebody new; the last one is gone through to its end."""
        while not stop.is_set():
            if not self.told.visits[self.email] or self.chance.random() < 0.05:
                self.come_new()
            self.visit()
            stop.wait(self.chance.uniform(0, 0.5))

    def come_new(self) -> None:
        """A visitor whom the counter does not know yet, who registers; with another address where the first one is throttled."""
        until = time.monotonic() + PATIENCE
        while True:
            self.web.cookies.clear()
            self.number += 1
            self.email = f"{self.name}{self.number}@client.example"
            if self.registered():
                break
            assert time.monotonic() < until, f"{self.name} cannot register"
        with self.told.guard:
            self.told.accounts.add(self.email)

    def registered(self) -> bool:
        """Whether it came to its end within a few tries: one whose answer is lost counts as a wrong one, and five are too many."""
        for _try in range(TRIES):
            try:
                self.register()
            except requests.RequestException as error:
                self.count(error)
                time.sleep(self.chance.uniform(0.5, 2.0))
            else:
                return True
        return False

    def register(self) -> None:
        """An account; one whose answer was lost may be there already."""
        page = self.get("/accounts/signup/")
        if "email" not in page.named:
            return
        names = {page.named["email"]["name"]: self.email, page.named["password"]["name"]: PASSWORD}
        if "/signup/" in self.press(page, "register", **names).address and not self.enter(self.email, PASSWORD):
            raise requests.ConnectionError("not in yet")

    def visit(self) -> None:
        """Fill a basket, confirm it, leave for the provider's page, pay or go away."""
        page = self.persist(self.choose)
        with self.told.guard:
            self.told.open_visits.add(self.email)
        token = self.persist(lambda: self.confirm(page))
        with self.told.guard:
            self.told.open_visits.discard(self.email)
            self.told.visits[self.email] += 1
            if token in self.told.orders:
                self.told.faults.append(f"{self.name} was led to {token} for two orders")
            self.told.orders[token] = self.email
        url = self.leave(token)
        if url:
            self.settle(url, token)

    def choose(self) -> Page:
        """Any product into the basket, and on to the page that asks for a yes."""
        home = self.get("/")
        offers = [form for form in home.forms if "/basket/add/" in form["action"]]
        offer = self.chance.choice(offers)
        answer = self.web.post(
            self.house.shop + offer["action"], data=offer["fields"], headers={"Referer": home.address}, timeout=30
        )
        answer.raise_for_status()
        page = self.get("/checkout/")
        if "checkout-submit" not in page.form_of:
            raise requests.ConnectionError("no order to confirm")  # the basket's answer was lost: fill it again
        return page

    def confirm(self, page: Page) -> str:
        """Confirm it, once or twice at once; the token of the page that it led to."""
        twice = self.chance.random() < 0.3
        with ThreadPoolExecutor(2) as pool:
            clicks = [pool.submit(self._click, page) for _click in range(2 if twice else 1)]
        tokens, lost = set(), None
        for click in clicks:
            try:
                tokens.add(click.result())
            except requests.RequestException as error:
                lost = error
                self.count(error) if tokens else None
        if not tokens:
            assert lost is not None
            raise lost
        with self.told.guard:
            self.told.doubled += twice
        if len(tokens) > 1:
            self.told.faults.append(f"{self.name}: two clicks made {tokens}")
        return tokens.pop()

    def _click(self, page: Page) -> str:
        form = page.forms[page.form_of["checkout-submit"]]
        address = {"first_name": self.name.title(), "last_name": "Durand", "address": "12 rue des Lanternes"}
        address |= {"postcode": "69001", "city": "Lyon", "country": "FR", "terms": "1", "gateway": "stripe"}
        answer = self.web.post(
            self.house.shop + "/checkout/",
            data={**form["fields"], **address},
            headers={"Referer": page.address},
            timeout=60,
            allow_redirects=False,
        )
        answer.raise_for_status()
        found = TOKEN.search(answer.headers.get("Location", ""))
        if found is None:
            raise AssertionError(f"{self.name}: not ordered, {answer.status_code} {Page(answer).named.get('refusal')}")
        return found[1]

    def leave(self, token: str) -> str:
        """The provider's page; '' where nothing is to be paid."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            page = self.persist(lambda: self.get(f"/pay/{token}/"))
            if "to-stripe" in page.named:
                return page.named["to-stripe"]["href"]
            if "pay" in page.form_of:
                self.persist(lambda page=page: self.press(page, "pay"))  # type: ignore[misc]
            elif page.named.get("payment-state", {}).get("data-state") == "succeeded":
                return ""  # it costs nothing
            time.sleep(0.7)
        raise AssertionError(f"{self.name}: no way to the provider's page of {token}")

    def settle(self, url: str, token: str) -> None:
        """On the provider's page: it is never down."""
        way = self.chance.choice(WAYS)
        if way == "away":
            return
        answers = [self._fill(url, way)]
        if way == "declined" or self.chance.random() < 0.15:  # another card; or the same page once more
            answers.append(self._fill(url, "good"))
        with self.told.guard:
            self.told.paid += len(answers)
        back = answers[-1].headers.get("Location", "")
        if back.startswith(self.house.shop) and self.chance.random() < 0.6:
            self.persist(lambda: self.get(back))

    @staticmethod
    def _fill(url: str, way: str) -> requests.Response:
        fields = {"method": "card", "number": CARDS.get(way, ""), "expiry": "12/39", "cvc": "123"}
        fields |= {"name_card": "Camille Durand", "email": "camille@client.example"}
        if way in IBANS:
            fields |= {"method": "sepa_debit", "iban": IBANS[way], "name_sepa_debit": "Camille Durand"}
        with requests.Session() as web:
            web.trust_env = False
            answer = web.post(url, data=fields, allow_redirects=False, timeout=60)
        assert answer.status_code < 500, answer.text
        return answer


class Member(Visitor):
    """One of the team: gives money back, whole or in part."""

    def come(self) -> None:
        """Sign in, before anybody dies: tries whose answer is lost count as wrong ones, and five in five minutes are too many."""
        admin = self.house.accounts["admin"]
        assert self.enter(admin["email"], admin["password"])

    def live(self, stop: threading.Event) -> None:
        """A refund now and then."""
        while not stop.wait(self.chance.uniform(1.0, 4.0)):
            payment = self.any_payment()
            if payment is not None:
                self.give_back(payment)

    def any_payment(self) -> int | None:
        """One that has come, read as staff would see it in a list."""
        try:
            with self.house.database() as connection:
                rows = connection.execute("SELECT id FROM payments_payment WHERE state = 'succeeded'").fetchall()
        except Exception:  # noqa: BLE001 - the database was killed: another time
            return None
        return int(self.chance.choice(rows)[0]) if rows else None

    def give_back(self, payment: int) -> None:
        """Fill in the form and press it until it is answered: it asks once, whoever presses how often."""
        where = f"/admin/billing/stripe/{payment}/refund/"
        part = self.chance.random() < 0.5
        page = self.persist(lambda: self.get(where))
        if "refund-submit" not in page.form_of:
            return  # given back meanwhile, or it cannot be
        more = {"policy": self.chance.choice(["keep", "suspend", "end"]), "recall": "on"}
        if part:
            more |= {"how": "part", "amount": "1.00"}
            page = self.persist(lambda: self.press(page, "refund-submit", **more))
        refund = page.forms[page.form_of["refund-submit"]]["fields"]["refund"]
        if self.persist(lambda: self._asked(page, more)):
            with self.told.guard:
                self.told.refunds[refund] = where

    def _asked(self, page: Page, more: dict[str, str]) -> bool:
        form = page.forms[page.form_of["refund-submit"]]
        answer = self.web.post(
            page.address, data={**form["fields"], **more}, headers={"Referer": page.address}, timeout=60,
            allow_redirects=False,
        )  # fmt: skip
        if answer.status_code == 422:
            return False  # refused with a sentence: too little is left
        answer.raise_for_status()
        return answer.status_code in {302, 303}
