"""The simulator as tests use it: one server for the run, emptied for each test; and what a person does on its pages."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from tests import builders
from tests.simulator.guard import Sworn

from comptoir.conf import conf
from comptoir.modules import queries as modules
from stripe_simulator.server import Server
from stripe_simulator.settings import Settings

GOOD, DECLINED, CHALLENGE = "4242424242424242", "4000000000000002", "4000000000003220"
SEPA_DELAYED = "FR1420041010050500013M02606"
MODULE = "stripe"


class Stripe:
    """A running simulator and its account."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.control = server.control
        self.account = server.settings.account_id

    def connect(self, *, webhook: str | None = None) -> str:
        """Store this account's keys in the Stripe module; with an address, also make an endpoint there. Returns its secret."""
        secret = "whsec_" + "0" * 32
        if webhook is not None:
            made = self.api("POST", "/v1/webhook_endpoints", data={"url": webhook, "enabled_events[]": "*"})
            secret = made["secret"]
        builders.stripe_account(
            account=self.account,
            secret_key=self.server.secret_key,
            publishable_key=self.server.publishable_key,
            webhook_secret=secret,
        )
        return secret

    def api(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        """One call of the API with the account's key."""
        answer = requests.request(
            method, self.server.base_url + path, auth=(self.server.secret_key, ""), timeout=10, **more
        )
        answer.raise_for_status()
        body: dict[str, Any] = answer.json()
        return body

    def calls(self, method: str = "", path: str = "") -> list[dict[str, Any]]:
        """The API requests since the last reset whose method and path begin so."""
        made = self.control.get("requests")["requests"]
        return [each for each in made if each["method"].startswith(method) and each["path"].startswith(path)]

    def fault(self, do: str, *, method: str, path: str, times: int = 1) -> None:
        """The next `times` calls of a method and path (`*` at its end: any beginning so) go wrong."""
        rule = {"method": method, "path": path, "nth": 1, "times": times, "do": do}
        requests.post(f"{self.server.base_url}/_control/faults", json=rule, timeout=10).raise_for_status()

    def pay(self, url: str, *, number: str = GOOD) -> requests.Response:
        """Fill in the hosted page with a card and press the button; returns where it led, without following to the shop."""
        fields = {"method": "card", "number": number, "expiry": "12/34", "cvc": "123", "name_card": "Alice Durand"}
        return self._submit(url, fields)

    def pay_by_sepa(self, url: str, *, iban: str = SEPA_DELAYED) -> requests.Response:
        """Fill in the hosted page with an IBAN."""
        fields = {"method": "sepa_debit", "iban": iban, "name_sepa_debit": "Alice Durand"}
        return self._submit(url, fields)

    def _submit(self, url: str, fields: dict[str, str]) -> requests.Response:
        answer = requests.post(url, data=fields, allow_redirects=False, timeout=10)
        answer.raise_for_status()
        return answer


@functools.cache
def sworn() -> Sworn:
    """Sees every answer and event of the simulator, and compares them with the schema of the library."""
    return Sworn()


@pytest.fixture(scope="session")
def stripe_server() -> Iterator[Server]:
    """One simulator for the run."""
    with Server(Settings(public_url="", balance_delay=0.2), witness=sworn()) as server:
        yield server


@pytest.fixture
def stripe(stripe_server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stripe]:
    """An emptied simulator; the house's modules call it."""
    stripe_server.control.post("reset")
    settings = conf().model_copy(update={"stripe_api_base": stripe_server.base_url})
    monkeypatch.setattr(modules, "conf", lambda: settings)
    yield Stripe(stripe_server)
    assert sworn().told() == []
