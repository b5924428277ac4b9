"""The contract of setting a payment gateway up: keys are checked and tried, notices are subscribed to, methods are chosen.

A module that asks for no settings needs none of this.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from comptoir.modules.api.manifest import Account, Mode, Text


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one setting as it was typed: a sentence at its field."""

    field: str
    text: Text


class Verdict(StrEnum):
    """How one point of a test came out."""

    GOOD = "good"
    BAD = "bad"
    UNPROVEN = "unproven"  # nothing that we can ask tells


@dataclass(frozen=True, slots=True)
class Finding:
    """One point of a connection test. `code` goes into the diagnosis and never holds a secret; `advice` says what to do."""

    code: str
    verdict: Verdict
    text: Text
    advice: Text = ""
    field: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Connection:
    """What a test has found; `account` is '' where the keys open none. Only a good one is stored."""

    account: str
    findings: tuple[Finding, ...]
    title: str = ""
    country: str = ""
    currency: str = ""  # ISO 4217, capitals
    methods: Mapping[str, bool] | None = None  # as `GatewaySetup.methods`; None where they could not be read

    @property
    def good(self) -> bool:
        """Whether nothing speaks against storing these settings."""
        return bool(self.account) and all(finding.verdict is not Verdict.BAD for finding in self.findings)


@dataclass(frozen=True, slots=True)
class MethodTile:
    """A payment method type as staff see it. `letters`: for a plain tile; `parts`: what comes with it, e.g. Apple Pay with cards."""

    type: str
    title: Text
    letters: Text
    active: bool
    parts: tuple[Text, ...] = ()
    currencies: tuple[str, ...] = ()  # empty: any
    url: str = ""  # where the provider lets one activate it


@dataclass(frozen=True, slots=True)
class EndpointSeen:
    """A subscription to notices at the provider. `missing` and `superfluous`: types, against those that we need.

    `here`: it sends to the address that was asked about; else it is one of ours that sends somewhere else, and nothing arrives by it.
    """

    id: str
    address: str
    version: str  # '' where the account's own default applies
    enabled: bool
    missing: tuple[str, ...] = ()
    superfluous: tuple[str, ...] = ()
    thin: bool = False
    ours: bool = False  # made by this installation
    here: bool = True


@dataclass(frozen=True, slots=True)
class EndpointMade:
    """A fresh subscription and the settings that come with it (its secret), which the provider tells this once."""

    endpoint: EndpointSeen
    values: Mapping[str, str] = field(repr=False)


class GatewaySetup(Protocol):
    """Setting up a gateway. Every method but `check` and `tiles` asks the provider; none is called inside a transaction."""

    def check(self, values: Mapping[str, str], *, mode: Mode) -> tuple[Problem, ...]:
        """Judge settings by their form alone; an empty value is judged only where it is required. No network."""
        ...

    def test(self, values: Mapping[str, str], *, mode: Mode, api_base: str) -> Connection:
        """Ask the provider everything that can be asked with these settings, without an effect. Never raises for its answers."""
        ...

    def methods(self, account: Account) -> dict[str, bool]:
        """Every payment method type that the account knows, and whether it is active. Raises CallRefusedError, OutcomeUnknownError."""
        ...

    def tiles(self, methods: Mapping[str, bool], *, account: str, mode: Mode) -> tuple[MethodTile, ...]:
        """The types in words and tiles, in a fixed order, those of wallets folded into what they are a part of. No network."""
        ...

    def endpoints(self, account: Account, *, address: str) -> tuple[EndpointSeen, ...]:
        """The subscriptions that send to an address, and those of this installation that send to another one (`here`).

        Raises:
            CallRefusedError, OutcomeUnknownError.
        """
        ...

    def make_endpoint(self, account: Account, *, address: str, key: str) -> EndpointMade:
        """Subscribe to just the notices that we need, at our version; `key` makes the call safe to repeat. Raises as `endpoints`."""
        ...

    def mend_endpoint(self, account: Account, *, endpoint: str) -> EndpointSeen:
        """Subscribe an endpoint to what it misses and enable it. Raises as `endpoints`."""
        ...

    def remove_endpoint(self, account: Account, *, endpoint: str) -> None:
        """Remove a subscription; one that is gone is fine. Raises as `endpoints`."""
        ...

    def settings_url(self, account: str, mode: Mode, page: str) -> str:
        """Address in the provider's dashboard: `keys`, `webhooks`, `methods`, `account`; '' for others."""
        ...
