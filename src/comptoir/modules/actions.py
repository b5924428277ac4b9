"""Enabling modules and storing their settings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone

from comptoir.kernel import secrets
from comptoir.modules.api import Mode
from comptoir.modules.models import InstalledModule, ModuleAccount

FORMER_LIVES = dt.timedelta(hours=24)  # a replaced secret of a provider may still sign what is on its way


def set_enabled(*, name: str, enabled: bool) -> None:
    """Enable or disable a module."""
    InstalledModule.objects.update_or_create(name=name, defaults={"enabled": enabled})


def use_mode(*, name: str, mode: Mode) -> None:
    """Choose the mode in which a gateway is offered from now on; what was started in the other goes on there."""
    InstalledModule.objects.update_or_create(name=name, defaults={"mode": mode})


def store_account(*, module: str, account: str, mode: Mode, values: Mapping[str, str]) -> None:
    """Store the settings of an account in a mode and make it the one in use; replaced values stay valid for 24 hours."""
    with transaction.atomic():
        ModuleAccount.objects.filter(module=module, mode=mode, current=True).exclude(account=account).update(
            current=False
        )
        row = ModuleAccount.objects.select_for_update().filter(module=module, account=account, mode=mode).first()
        if row is None:
            ModuleAccount.objects.create(module=module, account=account, mode=mode, sealed=secrets.seal(values))
            return
        if secrets.unseal(row.sealed) != dict(values):
            row.former_sealed, row.former_until = row.sealed, timezone.now() + FORMER_LIVES
            row.sealed = secrets.seal(values)
        row.current = True
        row.save()
