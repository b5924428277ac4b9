"""Enabling modules, and storing their settings. `who` is as in the histories; each deed leaves an entry of the audit trail."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict

from django.db import models, transaction
from django.utils import timezone

from comptoir.kernel import audit, secrets
from comptoir.modules import registry
from comptoir.modules.api import Connection, EndpointSeen, Mode
from comptoir.modules.models import InstalledModule, ModuleAccount

FORMER_LIVES = dt.timedelta(hours=24)  # a replaced secret of a provider may still sign what is on its way
BUSY = dt.timedelta(seconds=120)  # longer than the slowest making of an endpoint


def set_enabled(*, name: str, enabled: bool, who: str) -> None:
    """Enable or disable a module."""
    with transaction.atomic():
        InstalledModule.objects.update_or_create(name=name, defaults={"enabled": enabled})
        audit.record(who=who, verb="module.enabled" if enabled else "module.disabled", on=_thing(name))


def use_mode(*, name: str, mode: Mode, who: str) -> None:
    """Choose the mode in which a gateway is offered from now on; what was started in the other goes on there."""
    with transaction.atomic():
        row = InstalledModule.objects.filter(name=name).first()
        InstalledModule.objects.update_or_create(name=name, defaults={"mode": mode})
        audit.record(
            who=who,
            verb="mode.used",
            on=_thing(name),
            before={"mode": row.mode if row else "test"},
            after={"mode": mode},
        )


def _thing(name: str) -> audit.Thing:
    module = registry.installed().get(name)
    return audit.Thing("modules.installedmodule", name, str(module.manifest.title) if module else name)


def store_account(*, module: str, account: str, mode: Mode, values: Mapping[str, str], who: str) -> None:
    """Store the settings of an account in a mode and make it the one in use; replaced values stay valid for 24 hours."""
    with transaction.atomic():
        ModuleAccount.objects.filter(module=module, mode=mode, current=True).exclude(account=account).update(
            current=False
        )
        row = _locked(module, account, mode)
        _put(row, values, who=who)
        ModuleAccount.objects.filter(pk=row.pk).update(current=True, used=True, waiting=False)


def store_tested(*, module: str, mode: Mode, connection: Connection, values: Mapping[str, str], who: str) -> bool:
    """Store settings that a test has found good; True where they open another account than the one in use, and wait for a yes."""
    with transaction.atomic():
        in_use = ModuleAccount.objects.select_for_update().filter(module=module, mode=mode, current=True).first()
        waits = in_use is not None and in_use.account != connection.account
        ModuleAccount.objects.filter(module=module, mode=mode, waiting=True).update(waiting=False)
        if waits:
            row = _locked(module, connection.account, mode)
            _put(row, values, who=who)
            ModuleAccount.objects.filter(pk=row.pk).update(waiting=True)
        else:
            store_account(module=module, account=connection.account, mode=mode, values=values, who=who)
            row = _locked(module, connection.account, mode)
        ModuleAccount.objects.filter(pk=row.pk).update(
            title=connection.title[:200],
            country=connection.country,
            currency=connection.currency,
            tested_at=timezone.now(),
        )
        if connection.methods is not None:
            store_methods(module=module, account=connection.account, mode=mode, methods=connection.methods)
        return waits


def use_waiting(*, module: str, mode: Mode, who: str) -> bool:
    """Somebody has said yes: from now on the waiting account is used. Payments of the one before stay there. False: none waits."""
    with transaction.atomic():
        row = ModuleAccount.objects.select_for_update().filter(module=module, mode=mode, waiting=True).first()
        if row is None:
            return False
        before = ModuleAccount.objects.filter(module=module, mode=mode, current=True)
        audit.record(
            who=who,
            verb="account.used",
            on=_thing(module),
            before={"account": ", ".join(before.values_list("account", flat=True)), "mode": mode},
            after={"account": row.account, "mode": mode},
        )
        before.update(current=False)
        ModuleAccount.objects.filter(pk=row.pk).update(current=True, used=True, waiting=False)
        return True


def drop_waiting(*, module: str, mode: Mode, who: str) -> bool:
    """Somebody has said no: the waiting settings are forgotten, unless the account was in use before. False: none waits."""
    with transaction.atomic():
        row = ModuleAccount.objects.select_for_update().filter(module=module, mode=mode, waiting=True).first()
        if row is None:
            return False
        audit.record(who=who, verb="account.dropped", on=_thing(module), after={"account": row.account, "mode": mode})
        if row.used:
            ModuleAccount.objects.filter(pk=row.pk).update(waiting=False)
        else:
            row.delete()
        return True


def store_values(*, module: str, account: str, mode: Mode, values: Mapping[str, str], who: str) -> None:
    """Replace some of an account's settings (an endpoint's secret) and keep the others. Raises ModuleAccount.DoesNotExist."""
    with transaction.atomic():
        row = ModuleAccount.objects.select_for_update().get(module=module, account=account, mode=mode)
        _put(row, {**secrets.unseal(row.sealed), **values}, who=who)


def _locked(module: str, account: str, mode: Mode) -> ModuleAccount:
    """The row of an account and mode, made where it is not there yet, locked."""
    row, _fresh = ModuleAccount.objects.select_for_update().get_or_create(
        module=module, account=account, mode=mode, defaults={"sealed": b"", "current": False}
    )
    return row


def _put(row: ModuleAccount, values: Mapping[str, str], *, who: str) -> None:
    """Seal values into a locked row. What they replace stays valid for 24 hours; the proof of a secret goes with it."""
    try:
        before = secrets.unseal(row.sealed) if row.sealed else {}
    except secrets.UnsealError:  # the seal keys were lost: what is typed anew is how one gets out of that
        before = {}
    changed = sorted(name for name, value in values.items() if before.get(name, "") != value)
    if not changed:
        return
    now = timezone.now()
    update: dict[str, object] = {"sealed": secrets.seal(values), "changed_at": now}
    if row.sealed:
        update |= {"former_sealed": bytes(row.sealed), "former_until": now + FORMER_LIVES}
    ModuleAccount.objects.filter(pk=row.pk).update(**update)
    row.refresh_from_db()
    audit.record(
        who=who,
        verb="account.stored",
        on=_thing(row.module),
        after={"account": row.account, "mode": row.mode},
        secret=changed,
    )


def prove(*, module: str, account: str, mode: str, proof: str) -> None:
    """A notice was signed with a secret: it is proven to be right. `proof` is its digest."""
    rows = ModuleAccount.objects.filter(module=module, account=account, mode=mode).exclude(proof=proof)
    rows.update(proof=proof, proven_at=timezone.now())


def store_methods(*, module: str, account: str, mode: Mode, methods: Mapping[str, bool]) -> None:
    """Keep which payment method types the provider says are active."""
    rows = ModuleAccount.objects.filter(module=module, account=account, mode=mode)
    rows.update(active_methods=dict(methods), methods_read_at=timezone.now())


def allow_methods(*, module: str, account: str, mode: Mode, types: Sequence[str], who: str) -> None:
    """Keep which payment method types staff allow; none: the provider decides."""
    with transaction.atomic():
        row = ModuleAccount.objects.select_for_update().get(module=module, account=account, mode=mode)
        wanted = sorted(set(types))
        audit.record(
            who=who,
            verb="settings.stored",
            on=_thing(module),
            before={"payment method types": row.allowed_methods},
            after={"payment method types": wanted},
        )
        ModuleAccount.objects.filter(pk=row.pk).update(allowed_methods=wanted)


def claim_endpoint(*, module: str, account: str, mode: Mode) -> bool:
    """Only one person at a time makes an endpoint; a conditional UPDATE says who."""
    now = timezone.now()
    free = models.Q(busy_until=None) | models.Q(busy_until__lt=now)
    rows = ModuleAccount.objects.filter(free, module=module, account=account, mode=mode)
    return bool(rows.update(busy_until=now + BUSY))


def release_endpoint(*, module: str, account: str, mode: Mode) -> None:
    """It is made, or was not."""
    ModuleAccount.objects.filter(module=module, account=account, mode=mode).update(busy_until=None)


def store_endpoints(*, module: str, account: str, mode: Mode, endpoints: Iterable[EndpointSeen]) -> None:
    """Keep which subscriptions at the provider send to our address."""
    rows = ModuleAccount.objects.filter(module=module, account=account, mode=mode)
    rows.update(seen_endpoints=[asdict(each) for each in endpoints], endpoints_read_at=timezone.now())


def note_endpoint(*, module: str, mode: Mode, endpoint: str, verb: str, who: str) -> None:
    """Leave word of what was done to a subscription at the provider (`endpoint.made`, `endpoint.mended`)."""
    audit.record(who=who, verb=verb, on=_thing(module), after={"endpoint": endpoint, "mode": mode})


def note_history(*, module: str, account: str, mode: str) -> None:
    """The account's earlier transactions have been read."""
    ModuleAccount.objects.filter(module=module, account=account, mode=mode).update(history_read_at=timezone.now())
