"""What a module says of itself, and the settings that it is handed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from django.utils.functional import Promise

Text = str | Promise
Mode = Literal["test", "live"]


@dataclass(frozen=True, slots=True)
class SettingField:
    """One setting that the host fills in for each account and mode. A secret one is sealed and never shown again.

    `links`: the provider's page on which the value is found, for each mode. `signs`: the provider signs its notices with it, so that it
    belongs to one account in one mode, and stays valid for a day after it was replaced (`Account.former_values`).
    """

    name: str
    label: Text
    help: Text = ""
    secret: bool = False
    required: bool = True
    links: Mapping[Mode, str] = field(default_factory=dict)
    signs: bool = False


@dataclass(frozen=True, slots=True)
class Permission:
    """A right that a key must have at the provider: its name there, and what we need it for."""

    name: str
    purpose: Text


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a module says of itself. `name` is its address and key: lower case letters, digits, hyphens.

    `notices_by_hand`: how a host has the provider send its notices without our help, one step each. `looks_per_second`: so many objects
    of one account may be looked at in a second, all workers together, where there are many to look at; without a figure any number.
    """

    name: str
    title: Text
    purpose: Text
    version: str
    settings: tuple[SettingField, ...] = ()
    permissions: tuple[Permission, ...] = ()
    notices_by_hand: tuple[Text, ...] = ()
    looks_per_second: Mapping[Mode, float] = field(default_factory=dict)
    enabled_from_start: bool = False
    touches_outside: bool = True  # a driver that does is not called for test orders


@dataclass(frozen=True, slots=True)
class Account:
    """One account at a provider in one mode, with the values of the module's settings (secrets open). Never logged.

    `allowed_methods`: the payment method types that staff have ticked; none: the provider decides. `active_methods`: every type that the
    provider knew at the last reading, and whether it is active there; None: not read yet. `proof`: see `Envelope.proof`.
    """

    account: str
    mode: Mode
    installation: str
    values: Mapping[str, str] = field(repr=False)
    api_base: str = ""
    former_values: tuple[Mapping[str, str], ...] = field(default=(), repr=False)  # replaced and still valid: what signs
    allowed_methods: tuple[str, ...] = ()
    active_methods: Mapping[str, bool] | None = None
    proof: str = ""
