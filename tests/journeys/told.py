"""What `demo.json` says, and the control API of the local Stripe."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import requests

TIMEOUT = 10  # seconds


@dataclass(frozen=True)
class Told:
    """The running demo."""

    shop: str
    stripe: str  # where browsers reach the local Stripe
    admin: dict[str, str]
    team: list[dict[str, str]]  # role, e-mail address, password
    customer: dict[str, str]
    control: Control
    database: str  # its address


@dataclass(frozen=True)
class Control:
    """The local Stripe, driven."""

    base: str

    def move(self, name: str, do: str, **more: str) -> None:
        """Move an object: `settle`, `fail`, `expire`, `win`, `lose`; `code` gives the reason."""
        self._post(f"/objects/{name}", do=do, **more)

    def advance(self, seconds: int) -> None:
        """Move the clock of the local Stripe, which the counter's business time follows."""
        self._post("/clock", advance=seconds)

    def today(self) -> dt.date:
        """The day of that clock, where the shop is."""
        return dt.datetime.fromtimestamp(self._get("/clock")["now"], ZoneInfo("Europe/Paris")).date()

    def pay_out(self) -> str:
        """The day's payout of euros: its id."""
        return str(self._post("/payouts/run", mode="test", currency="eur")["payouts"][0]["id"])

    def silent(self, *, paths: str = "/v1/*") -> None:
        """From now on calls of the API have no answer, nor an effect."""
        self._post("/faults", do="drop_before", path=paths, times=1_000_000)

    def answering(self) -> None:
        """It answers again."""
        requests.delete(f"{self.base}/faults", timeout=TIMEOUT).raise_for_status()

    def deliveries(self, rule: str) -> None:
        """How events are delivered from now on: `drop`, `none`."""
        self._post("/deliveries", rule=rule)

    def last_request(self) -> int:
        """The number of the newest request of the API."""
        return int(self._get("/requests")["last"])

    def reads_since(self, number: int, *names: str) -> list[str]:
        """The reads of these objects since then."""
        seen = self._get(f"/requests?after={number}")["requests"]
        return [each["path"] for each in seen if each["method"] == "GET" and each["path"].endswith(names)]

    def keys(self, mode: str = "test") -> dict[str, str]:
        """The account's own keys: `secret`, `publishable`."""
        found: dict[str, str] = self._get("/keys")[mode]
        return found

    def restricted(self, *permissions: str) -> str:
        """A new test key that may do only this."""
        return str(self._post("/keys", mode="test", permissions=list(permissions))["key"])

    def endpoints(self) -> list[dict[str, Any]]:
        """Every webhook endpoint there is."""
        found: list[dict[str, Any]] = self._get("/endpoints")["endpoints"]
        return found

    def forget_endpoints(self) -> None:
        """Remove them all."""
        for each in self.endpoints():
            requests.delete(f"{self.base}/endpoints/{each['id']}", timeout=TIMEOUT).raise_for_status()

    def newest(self, name: str) -> dict[str, Any]:
        """An object as the local Stripe has it."""
        found: dict[str, Any] = self._get(f"/objects/{name}")
        return found

    def _get(self, path: str) -> Any:
        answer = requests.get(f"{self.base}{path}", timeout=TIMEOUT)
        answer.raise_for_status()
        return answer.json()

    def _post(self, address: str, /, **values: Any) -> Any:
        answer = requests.post(f"{self.base}{address}", json=values, timeout=TIMEOUT)
        answer.raise_for_status()
        return answer.json()
