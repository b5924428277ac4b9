"""What `demo.json` says, and the control API of the local Stripe."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import requests

TIMEOUT = 10  # seconds


@dataclass(frozen=True)
class Told:
    """The running demo."""

    shop: str
    stripe: str  # where browsers reach the local Stripe
    admin: dict[str, str]
    customer: dict[str, str]
    control: Control
    database: str  # its address


@dataclass(frozen=True)
class Control:
    """The local Stripe, driven."""

    base: str

    def move(self, name: str, do: str) -> None:
        """Move an object: `settle`, `fail`, `expire`."""
        self._post(f"/objects/{name}", do=do)

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

    def _post(self, path: str, **values: Any) -> Any:
        answer = requests.post(f"{self.base}{path}", json=values, timeout=TIMEOUT)
        answer.raise_for_status()
        return answer.json()
