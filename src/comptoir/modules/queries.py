"""Which modules there are, which are on, and their accounts with open settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import structlog
from django.utils import timezone
from django.utils.translation import gettext_noop

from comptoir.conf import conf
from comptoir.kernel import secrets
from comptoir.kernel.errors import StaffError
from comptoir.kernel.records import alert, installation
from comptoir.kernel.words import MODES, code, label, words
from comptoir.modules import registry
from comptoir.modules.api import Account, EndpointSeen, Manifest, Mode
from comptoir.modules.models import InstalledModule, ModuleAccount, WaitingSettings

log = structlog.get_logger(__name__)


class AccountMissingError(StaffError):
    """No settings are stored for this account and mode: nothing of it can be looked at now."""


@dataclass(frozen=True)
class Card:
    """A module as the modules page shows it.

    `has_settings`: there is something to be filled in; `configured`: that is stored for the mode in use, or it needs none.
    """

    manifest: Manifest
    enabled: bool
    mode: Mode
    is_gateway: bool
    has_settings: bool
    configured: bool


def cards() -> list[Card]:
    """Every installed module."""
    rows = {row.name: row for row in InstalledModule.objects.all()}
    configured = set(ModuleAccount.objects.filter(current=True).values_list("module", "mode"))
    modes: dict[str, Mode] = {name: "live" if row.mode == "live" else "test" for name, row in rows.items()}
    return [
        Card(
            manifest=module.manifest,
            enabled=rows[name].enabled if name in rows else module.manifest.enabled_from_start,
            mode=modes.get(name, "test"),
            is_gateway=module.gateway is not None,
            has_settings=bool(module.manifest.settings) and module.setup is not None,
            configured=(name, modes.get(name, "test")) in configured or not module.manifest.settings,
        )
        for name, module in registry.installed().items()
    ]


def is_enabled(name: str) -> bool:
    """Whether a module is installed and on."""
    module = registry.installed().get(name)
    if module is None:
        return False
    row = InstalledModule.objects.filter(name=name).first()
    return row.enabled if row else module.manifest.enabled_from_start


def mode_of(name: str) -> Mode:
    """The mode in which a module is offered, or would be."""
    return "live" if InstalledModule.objects.filter(name=name, mode="live").exists() else "test"


def offered_account(name: str) -> Account | None:
    """The account with which a gateway is offered now: its chosen mode; None where it is off or not configured."""
    module = registry.installed().get(name)
    row = InstalledModule.objects.filter(name=name).first()
    if module is None or not (row.enabled if row else module.manifest.enabled_from_start):
        return None
    if not module.manifest.settings:
        return _without_settings()
    mode = row.mode if row else "test"
    stored = ModuleAccount.objects.filter(module=name, mode=mode, current=True).first()
    return _opened_or_told(stored) if stored else None


def account(*, module: str, account: str, mode: Mode) -> Account:
    """The settings of one account and mode, also of one no longer in use. Raises AccountMissingError."""
    manifest = registry.installed()[module].manifest if module in registry.installed() else None
    if manifest is not None and not manifest.settings:
        return _without_settings()
    stored = ModuleAccount.objects.filter(module=module, account=account, mode=mode).first()
    if stored is None:
        raise AccountMissingError(
            words(
                gettext_noop("no settings of %(module)s are stored for account %(account)s, %(mode)s"),
                module=registry.title(module),
                account=code(account),
                mode=label(MODES[mode]),
            )
        )
    return _opened(stored)


def accounts(module: str) -> list[Account]:
    """Every account of a module, those in use first: their secrets may sign a notice that arrives."""
    if module in registry.installed() and not registry.installed()[module].manifest.settings:
        return [_without_settings()]
    return [
        opened
        for row in ModuleAccount.objects.filter(module=module).order_by("-current", "-id").prefetch_related("former")
        if (opened := _opened_or_told(row)) is not None
    ]


def row_of(*, module: str, mode: Mode) -> ModuleAccount | None:
    """The stored settings in use in a mode, sealed; None where there are none."""
    return ModuleAccount.objects.filter(module=module, mode=mode, current=True).first()


def waiting_of(*, module: str, mode: Mode) -> WaitingSettings | None:
    """Tested settings of another account that wait for a yes."""
    return WaitingSettings.objects.filter(module=module, mode=mode).first()


def known(*, module: str, account: str, mode: Mode) -> dict[str, str]:
    """What a field that is left empty keeps: what waits for a yes to this account, else what is stored for it.

    Nothing where the seal keys were lost: then everything is typed anew.
    """
    stored = ModuleAccount.objects.filter(module=module, account=account, mode=mode).first()
    waits = WaitingSettings.objects.filter(module=module, account=account, mode=mode).first()
    return completed(module, open_or_nothing(waits), open_or_nothing(stored))


def completed(module: str, typed: Mapping[str, str], stored: Mapping[str, str]) -> dict[str, str]:
    """One value for each setting of a module: the typed one; where that is empty, the stored one; else ''."""
    found = registry.installed().get(module)
    names = [field.name for field in found.manifest.settings] if found else [*stored, *typed]
    return {name: typed.get(name) or stored.get(name, "") for name in names}


def open_or_nothing(row: ModuleAccount | WaitingSettings | None) -> dict[str, str]:
    """The open settings of a row; nothing where there is none, or where our seal keys do not open them."""
    try:
        return secrets.unseal(row.sealed) if row is not None else {}
    except secrets.UnsealError:
        return {}


def signing(module: str) -> tuple[str, ...]:
    """Names of the settings with which a module's provider signs its notices."""
    found = registry.installed().get(module)
    return tuple(field.name for field in found.manifest.settings if field.signs) if found else ()


def api_base(module: str) -> str:
    """The address at which a module's provider answers; '' for its own."""
    return getattr(conf(), f"{module.replace('-', '_')}_api_base", "")


def seen_endpoints(row: ModuleAccount) -> tuple[EndpointSeen, ...] | None:
    """The subscriptions that sent to our address at the last reading; None where nobody has read yet."""
    return None if row.seen_endpoints is None else tuple(each for each in _endpoints(row) if each.here)


def astray_endpoints(row: ModuleAccount) -> tuple[EndpointSeen, ...]:
    """The subscriptions that we have made, and that sent to another address than ours at the last reading."""
    return tuple(each for each in _endpoints(row) if not each.here)


def _endpoints(row: ModuleAccount) -> tuple[EndpointSeen, ...]:
    return tuple(
        EndpointSeen(**{**each, "missing": tuple(each["missing"]), "superfluous": tuple(each["superfluous"])})
        for each in row.seen_endpoints or ()
    )


def _opened_or_told(row: ModuleAccount) -> Account | None:
    """One account that our seal keys do not open must not stop the notices of the others."""
    try:
        return _opened(row)
    except secrets.UnsealError as error:
        alert(
            f"unseal:{row.module}:{row.account}:{row.mode}",
            words(
                gettext_noop(
                    "The settings of %(module)s for account %(account)s, %(mode)s, cannot be opened, so nothing of this account "
                    "is received or looked at: %(why)s. Bring back the keys, or enter the settings anew."
                ),
                module=registry.title(row.module),
                account=code(row.account),
                mode=label(MODES[row.mode]),
                why=error.words,
            ),
        )
        return None


def _without_settings() -> Account:
    """A module that asks for no settings has one account, without a name, for real."""
    return Account(account="", mode="live", installation=installation(), values={})


def _opened(row: ModuleAccount) -> Account:
    return Account(
        account=row.account,
        mode="live" if row.mode == "live" else "test",
        installation=installation(),
        values=secrets.unseal(row.sealed),
        api_base=api_base(row.module),
        former_values=_former(row),
        allowed_methods=tuple(row.allowed_methods),
        active_methods=row.active_methods,
        proof=row.proof,
    )


def _former(row: ModuleAccount) -> tuple[dict[str, str], ...]:
    """Replaced secrets that may sign yet, the newest first. One that our seal keys do not open must not stop the account."""
    now, found = timezone.now(), []
    for each in sorted(row.former.all(), key=lambda former: former.pk, reverse=True):
        try:
            if each.until > now:
                found.append(secrets.unseal(each.sealed))
        except secrets.UnsealError:
            log.warning("a replaced secret cannot be opened", module=row.module, account=row.account, mode=row.mode)
    return tuple(found)
