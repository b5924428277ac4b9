"""What the settings page of a module shows of one mode. Nothing here asks the provider: pages show what was read and stored before."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.utils.functional import Promise

from comptoir.catalogue.models import Shop
from comptoir.inbox import catchup
from comptoir.inbox.models import CatchUp, Notice
from comptoir.kernel import secrets
from comptoir.modules import queries, setup
from comptoir.modules.api import EndpointSeen, GatewaySetup, Manifest, MethodTile, Mode, Module, proof_of
from comptoir.modules.models import ModuleAccount, WaitingSettings

LEAD = re.compile(r"[A-Za-z0-9]{1,8}_(?:[A-Za-z]{1,8}_)?")
HIDDEN = 8  # characters of a secret that stay hidden at least; of a shorter one nothing is shown
TAIL = 4


def masked(value: str) -> str:
    """A secret as staff may see it: its kind up to the second underscore, and its last four characters (`sk_test_…4242`)."""
    return " ".join(_masked(part) for part in value.split())


def _masked(value: str) -> str:
    found = LEAD.match(value)
    lead = found[0] if found else ""
    return f"{lead}…{value[-TAIL:] if len(value) - len(lead) >= HIDDEN + TAIL else ''}"


@dataclass(frozen=True, slots=True)
class Field:
    """One input. `stored` is what is stored, masked where it is secret; what somebody typed is never shown again."""

    name: str
    label: str | Promise
    help: str | Promise
    link: str
    secret: bool
    required: bool
    stored: str

    @property
    def test(self) -> str:
        """Its `data-test` name."""
        return self.name.replace("_", "-")


@dataclass(frozen=True, slots=True)
class Type:
    """A payment method type with its tick. `fits`: it takes the shop's currency."""

    tile: MethodTile
    ticked: bool
    fits: bool


@dataclass(frozen=True)
class Desk:
    """A module's settings in one mode, as they are stored."""

    module: Module
    mode: Mode
    shop: Shop

    @property
    def manifest(self) -> Manifest:
        """What the module says of itself."""
        return self.module.manifest

    @property
    def name(self) -> str:
        """Its name."""
        return self.module.manifest.name

    @cached_property
    def setup(self) -> GatewaySetup:
        """Its set-up part; whoever makes a desk has seen that it has one."""
        return setup.setup_of(self.name)

    @cached_property
    def row(self) -> ModuleAccount | None:
        """The account in use."""
        return queries.row_of(module=self.name, mode=self.mode)

    @cached_property
    def waiting(self) -> WaitingSettings | None:
        """Another account, whose keys wait for a yes."""
        return queries.waiting_of(module=self.name, mode=self.mode)

    @cached_property
    def values(self) -> Mapping[str, str] | None:
        """The stored settings, open; None where our seal keys do not open them."""
        try:
            return secrets.unseal(self.row.sealed) if self.row else {}
        except secrets.UnsealError:
            return None

    @property
    def fields(self) -> list[Field]:
        """The inputs, in the module's order."""
        stored = self.values or {}
        return [
            Field(
                name=each.name,
                label=each.label,
                help=each.help,
                link=each.links.get(self.mode, ""),
                secret=each.secret,
                required=each.required,
                stored=masked(stored.get(each.name, "")) if each.secret else stored.get(each.name, ""),
            )
            for each in self.manifest.settings
        ]

    @property
    def late(self) -> list[str | Promise]:
        """Labels of secrets that may be filled in later, and are not yet: those that come with an endpoint."""
        stored = self.values or {}
        later = (each for each in self.manifest.settings if each.secret and not each.required)
        return [each.label for each in later if not stored.get(each.name)] if self.row else []

    @property
    def proven(self) -> bool:
        """Whether a notice was signed with a secret that is stored now, and not with one that it has replaced."""
        proof = self.row.proof if self.row else ""
        return bool(proof) and any(proof_of(value) == proof for value in (self.values or {}).values())

    # ------------------------------------------------------------------ notices

    @property
    def address(self) -> str:
        """Where the provider sends its notices."""
        return setup.notice_address(self.name)

    @property
    def endpoints(self) -> tuple[EndpointSeen, ...] | None:
        """What sent to that address when we last read it; None: not read yet."""
        return queries.seen_endpoints(self.row) if self.row else None

    @property
    def astray(self) -> tuple[EndpointSeen, ...]:
        """What this counter has made, and what sends to another address."""
        return queries.astray_endpoints(self.row) if self.row else ()

    @property
    def sound(self) -> bool:
        """Whether an endpoint is there, sends, and misses nothing; also where nobody has looked."""
        return self.endpoints is None or any(each.enabled and not each.missing for each in self.endpoints)

    @cached_property
    def last_notice(self) -> tuple[dt.datetime, str] | None:
        """When the account's last notice arrived, and its type."""
        if self.row is None:
            return None
        rows = Notice.objects.filter(module=self.name, account=self.row.account, mode=self.mode)
        return rows.order_by("-id").values_list("received_at", "type").first()

    @cached_property
    def catch_up(self) -> CatchUp | None:
        """What was missing in our inbox at the last count, and how far the last fetch came."""
        return catchup.of(module=self.name, account=self.row.account, mode=self.mode) if self.row else None

    # ------------------------------------------------------------------ payment method types

    @cached_property
    def types(self) -> list[Type]:
        """Every type that the account knows, as last read."""
        row = self.row
        if row is None or row.active_methods is None:
            return []
        tiles = self.setup.tiles(row.active_methods, account=row.account, mode=self.mode)
        return [Type(tile, tile.type in row.allowed_methods, _fits(tile, self.shop.currency)) for tile in tiles]

    @property
    def types_in_front(self) -> list[Type]:
        """Those that customers can use now, and those that are ticked."""
        return [each for each in self.types if each.tile.active or each.ticked]

    @property
    def types_folded(self) -> list[Type]:
        """The others, of which there are many."""
        return [each for each in self.types if not (each.tile.active or each.ticked)]

    @property
    def nothing_fits(self) -> bool:
        """Whether no type is left for the shop's currency, so that customers are not offered the gateway."""
        return bool(self.types) and not any(each.tile.active and each.fits for each in self._allowed)

    @property
    def _allowed(self) -> Sequence[Type]:
        return [each for each in self.types if each.ticked] or self.types

    @property
    def webhooks_url(self) -> str:
        """The page of the provider's dashboard on which endpoints stand."""
        return self.setup.settings_url(self.row.account if self.row else "", self.mode, "webhooks")


def _fits(tile: MethodTile, currency: str) -> bool:
    return not tile.currencies or currency in tile.currencies
