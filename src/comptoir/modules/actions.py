"""Enabling modules, and storing their settings. `who` is as in the histories; each deed leaves an entry of the audit trail."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict

from django.db import models, transaction
from django.utils import timezone

from comptoir.kernel import audit, secrets
from comptoir.modules import queries, registry
from comptoir.modules.api import Connection, EndpointSeen, Mode
from comptoir.modules.models import FormerSettings, InstalledModule, ModuleAccount, WaitingSettings

FORMER_LIVES = dt.timedelta(hours=24)  # a replaced secret of a provider may still sign what is on its way
KEY_LIVES = dt.timedelta(hours=23)  # providers remember keys for a day
BUSY = dt.timedelta(seconds=120)  # longer than the slowest making of an endpoint


class ChangedMeanwhileError(Exception):
    """Somebody stored other settings while these were tested: what would be stored now was not tested together."""


class SecretTakenError(Exception):
    """A secret that signs is stored already for another account or for the other mode: its notices could be taken for theirs."""

    def __init__(self, *, field: str, mode: str) -> None:
        """`field`: the setting; `mode`: of the settings that have it already."""
        super().__init__(field)
        self.field = field
        self.mode = mode


def _lock(name: str) -> InstalledModule:
    """The row of a module, made where it is not there yet, and locked.

    Whoever stores settings locks it first, and holds it to the end: which account is in use, which one waits and what is kept of an empty
    field are read and written by one at a time.
    """
    module = registry.installed().get(name)
    fresh = {"enabled": module is not None and module.manifest.enabled_from_start}
    row, _fresh = InstalledModule.objects.select_for_update().get_or_create(name=name, defaults=fresh)
    return row


def set_enabled(*, name: str, enabled: bool, who: str) -> None:
    """Enable or disable a module."""
    with transaction.atomic():
        _lock(name)
        InstalledModule.objects.filter(pk=name).update(enabled=enabled, changed_at=timezone.now())
        audit.record(who=who, verb="module.enabled" if enabled else "module.disabled", on=_thing(name))


def use_mode(*, name: str, mode: Mode, who: str) -> None:
    """Choose the mode in which a gateway is offered from now on; what was started in the other goes on there."""
    with transaction.atomic():
        before = _lock(name).mode
        InstalledModule.objects.filter(pk=name).update(mode=mode, changed_at=timezone.now())
        audit.record(who=who, verb="mode.used", on=_thing(name), before={"mode": before}, after={"mode": mode})


def _thing(name: str) -> audit.Thing:
    module = registry.installed().get(name)
    return audit.Thing("modules.installedmodule", name, str(module.manifest.title) if module else name)


def store_account(*, module: str, account: str, mode: Mode, values: Mapping[str, str], who: str) -> None:
    """Store all settings of an account in a mode and make it the one in use; a replaced secret that signs stays valid for 24 hours."""
    with transaction.atomic():
        _lock(module)
        _use(module, account, mode, values, who=who)


def store_tested(
    *,
    module: str,
    mode: Mode,
    connection: Connection,
    values: Mapping[str, str],
    who: str,
    tested: Mapping[str, str] | None = None,
) -> bool:
    """Store settings that a test has found good; True where they open another account than the one in use, and wait for a yes.

    `values`: what was typed; an empty one keeps what is stored now, which may be newer than the test. `tested`: the whole set as it was
    tested, where that is more. Whatever waited before is forgotten.

    Raises:
        ChangedMeanwhileError: a setting that the test needs is not any more what was tested.
        SecretTakenError: a secret that signs is somebody else's.
    """
    with transaction.atomic():
        _lock(module)
        account = connection.account
        in_use = ModuleAccount.objects.filter(module=module, mode=mode, current=True).first()
        whole = queries.completed(module, values, queries.known(module=module, account=account, mode=mode))
        _judge(module, whole, values if tested is None else tested)
        _judge_signing(module, account, mode, values)
        waits = in_use is not None and in_use.account != account
        typed = _forget_waiting(module, account, mode, values)
        told = _told_of(connection)
        if waits:
            methods = None if connection.methods is None else dict(connection.methods)
            WaitingSettings.objects.create(
                module=module, account=account, mode=mode, sealed=secrets.seal(typed), active_methods=methods, **told
            )
            _told(module, account, mode, sorted(name for name, value in typed.items() if value), who=who)
            return True
        _use(module, account, mode, whole, who=who)
        ModuleAccount.objects.filter(module=module, account=account, mode=mode).update(**told)
        if connection.methods is not None:
            store_methods(module=module, account=account, mode=mode, methods=connection.methods)
        return False


def _told_of(connection: Connection) -> dict[str, object]:
    """What a test has told of an account, as columns."""
    return {
        "title": connection.title[:200],
        "country": connection.country,
        "currency": connection.currency,
        "tested_at": timezone.now(),
    }


def _forget_waiting(module: str, account: str, mode: Mode, values: Mapping[str, str]) -> dict[str, str]:
    """Forget what waits; returns what was typed, over what had been typed for the same account before."""
    rows = WaitingSettings.objects.filter(module=module, mode=mode)
    waited = queries.open_or_nothing(rows.filter(account=account).first())
    rows.delete()
    return queries.completed(module, values, waited)


def _judge(module: str, whole: Mapping[str, str], tested: Mapping[str, str]) -> None:
    """Whether what would be stored was tested together. Raises ChangedMeanwhileError."""
    found = registry.installed().get(module)
    needed = [field.name for field in found.manifest.settings if field.required] if found else []
    if any(whole.get(name, "") != tested.get(name, "") for name in needed):
        raise ChangedMeanwhileError


def _judge_signing(module: str, account: str, mode: Mode, typed: Mapping[str, str]) -> None:
    """Whether what was typed signs for this account and mode alone. Raises SecretTakenError."""
    names = queries.signing(module)
    for rows in (ModuleAccount.objects.filter(module=module), WaitingSettings.objects.filter(module=module)):
        for row in rows.exclude(account=account, mode=mode):
            theirs = queries.open_or_nothing(row)
            taken = {part for name in names for part in theirs.get(name, "").split()}
            for name in names:
                if taken & set(typed.get(name, "").split()):
                    raise SecretTakenError(field=name, mode=row.mode)


def use_waiting(*, module: str, mode: Mode, who: str, account: str = "") -> bool:
    """Somebody has said yes: from now on the waiting account is used. Payments of the one before stay there.

    `account`: the one that was asked about, where another one may wait by now. False: none waits, or its settings cannot be opened any
    more, and are forgotten.
    """
    with transaction.atomic():
        _lock(module)
        row = WaitingSettings.objects.filter(module=module, mode=mode).first()
        if row is None or row.account != (account or row.account):
            return False
        typed = queries.open_or_nothing(row)
        row.delete()
        if not typed:
            return False
        before = ModuleAccount.objects.filter(module=module, mode=mode, current=True)
        audit.record(
            who=who,
            verb="account.used",
            on=_thing(module),
            before={"account": ", ".join(before.values_list("account", flat=True)), "mode": mode},
            after={"account": row.account, "mode": mode},
        )
        rows = ModuleAccount.objects.filter(module=module, account=row.account, mode=mode)
        _use(module, row.account, mode, queries.completed(module, typed, queries.open_or_nothing(rows.first())), who="")
        rows.update(title=row.title, country=row.country, currency=row.currency, tested_at=row.tested_at)
        if row.active_methods is not None:
            rows.update(active_methods=row.active_methods, methods_read_at=row.tested_at)
        return True


def drop_waiting(*, module: str, mode: Mode, who: str, account: str = "") -> bool:
    """Somebody has said no: what waits is forgotten, and nothing else. False: nothing waits."""
    with transaction.atomic():
        _lock(module)
        row = WaitingSettings.objects.filter(module=module, mode=mode).first()
        if row is None or row.account != (account or row.account):
            return False
        audit.record(who=who, verb="account.dropped", on=_thing(module), after={"account": row.account, "mode": mode})
        row.delete()
        return True


def store_values(*, module: str, account: str, mode: Mode, values: Mapping[str, str], who: str) -> None:
    """Replace some of an account's settings (an endpoint's secret) and keep the others. Raises ModuleAccount.DoesNotExist."""
    with transaction.atomic():
        _lock(module)
        row = ModuleAccount.objects.get(module=module, account=account, mode=mode)
        _put(row, {**secrets.unseal(row.sealed), **values}, who=who)


def _use(module: str, account: str, mode: Mode, values: Mapping[str, str], *, who: str) -> None:
    """Store an account's settings and make it the one in use; the module is locked. `who` '': it is told elsewhere."""
    ModuleAccount.objects.filter(module=module, mode=mode, current=True).exclude(account=account).update(current=False)
    WaitingSettings.objects.filter(module=module, mode=mode, account=account).delete()
    row, _fresh = ModuleAccount.objects.get_or_create(
        module=module, account=account, mode=mode, defaults={"sealed": b"", "current": False}
    )
    _put(row, values, who=who)
    ModuleAccount.objects.filter(pk=row.pk).update(current=True)


def _put(row: ModuleAccount, values: Mapping[str, str], *, who: str) -> None:
    """Seal values into a row; the module is locked. A secret that signs, and is replaced, stays valid for 24 hours from now."""
    before = queries.open_or_nothing(row)  # nothing where the seal keys were lost: then none of it can sign any more
    changed = sorted(name for name, value in values.items() if before.get(name, "") != value)
    if not changed:
        return
    now = timezone.now()
    FormerSettings.objects.filter(until__lte=now).delete()
    replaced = {name: before[name] for name in queries.signing(row.module) if name in changed and before.get(name)}
    if replaced:
        FormerSettings.objects.create(account=row, sealed=secrets.seal(replaced), until=now + FORMER_LIVES)
    ModuleAccount.objects.filter(pk=row.pk).update(sealed=secrets.seal(values), changed_at=now)
    if who:
        _told(row.module, row.account, row.mode, changed, who=who)


def _told(module: str, account: str, mode: str, changed: Sequence[str], *, who: str) -> None:
    """Leave word of what was stored, never of its value."""
    audit.record(
        who=who, verb="account.stored", on=_thing(module), after={"account": account, "mode": mode}, secret=changed
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
        _lock(module)
        row = ModuleAccount.objects.get(module=module, account=account, mode=mode)
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


def endpoint_key(*, module: str, account: str, mode: Mode) -> str:
    """The key of the call that makes an endpoint, stored before it: the same as long as nobody knows what an earlier call has made."""
    rows = ModuleAccount.objects.filter(module=module, account=account, mode=mode)
    now = timezone.now()
    spent = models.Q(endpoint_key=None) | models.Q(endpoint_key_at__lt=now - KEY_LIVES)
    rows.filter(spent).update(endpoint_key=uuid.uuid4(), endpoint_key_at=now)
    return str(rows.values_list("endpoint_key", flat=True).get())


def drop_endpoint_key(*, module: str, account: str, mode: Mode) -> None:
    """The call is known to have made one, or is known to make none any more under its key: the next one is another."""
    ModuleAccount.objects.filter(module=module, account=account, mode=mode).update(endpoint_key=None)


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
