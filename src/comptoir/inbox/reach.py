"""Whether what the provider sends can reach us: looked at once a day by itself, told in an alert that closes by itself.

Of the mode that customers are offered, while the module is enabled. What is found is told in words, with what to do and where; nothing
is mended on nobody's behalf. An answer that does not come says nothing: it is asked again an hour later.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from enum import StrEnum
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models, transaction
from django.utils.translation import gettext_noop

from comptoir.inbox.models import CatchUp, Notice
from comptoir.jobs.queue import enqueue
from comptoir.kernel import clock
from comptoir.kernel.models import Alert
from comptoir.kernel.records import alert, close_alerts
from comptoir.kernel.secrets import UnsealError
from comptoir.kernel.whereabouts import elsewhere
from comptoir.kernel.words import MODES, Words, code, label, words
from comptoir.modules import queries, registry, setup
from comptoir.modules.api import Account, CallRefusedError, EndpointSeen, Mode, OutcomeUnknownError, proof_of
from comptoir.modules.models import ModuleAccount

EVERY = dt.timedelta(days=1)
AGAIN = dt.timedelta(hours=1)
NOBODY_OUTSIDE = frozenset({"localhost", "127.0.0.1", "::1"})  # a real provider reaches none of these: nothing to tell
NAMED = 3  # so many types are named in a sentence


class Fault(StrEnum):
    """Why notices do not reach us; the last part of the alert's key."""

    MISSING = "missing"
    DISABLED = "disabled"
    LACKING = "lacking"
    SECRET = "secret"  # noqa: S105 - the name of a fault
    SILENT = "silent"
    REFUSED = "refused"


def start_due() -> int:
    """Have a worker look at each endpoint that is due; returns how many. Called by the sweep, often and by every worker."""
    if elsewhere():
        return 0
    begun, now = 0, clock.now()
    for row in _due(now):
        mine = CatchUp.objects.get_or_create(module=row.module, account=row.account, mode=row.mode)[0]
        with transaction.atomic():
            if CatchUp.objects.filter(pk=mine.pk).exclude(_not_yet(now)).update(check_due_at=now + EVERY):
                enqueue(
                    "inbox.check_endpoint", key=f"endpoint:{mine.pk}", args={"module": row.module, "mode": row.mode}
                )
                begun += 1
    return begun


def _not_yet(now: dt.datetime) -> models.Q:
    """Looked at lately. A time that lies much further ahead was set by a clock that has gone back since."""
    return models.Q(check_due_at__gt=now, check_due_at__lte=now + 2 * EVERY)


def _due(now: dt.datetime) -> Iterator[ModuleAccount]:
    this = {name: models.OuterRef(name) for name in ("module", "account", "mode")}
    rows = ModuleAccount.objects.filter(current=True)
    for row in rows.exclude(models.Exists(CatchUp.objects.filter(_not_yet(now), **this))).order_by("id"):
        module = registry.installed().get(row.module)
        offered = queries.is_enabled(row.module) and queries.mode_of(row.module) == row.mode
        if module is not None and module.setup is not None and offered and _reachable(row.module):
            yield row


def _reachable(module: str) -> bool:
    """Whether anybody who sends could reach our address: a provider on this machine can, the real one cannot."""
    return bool(queries.api_base(module)) or urlsplit(settings.PUBLIC_URL).hostname not in NOBODY_OUTSIDE


def check(*, module: str, mode: Mode) -> None:
    """Ask the provider what sends to us, and tell people what is wrong. Never inside a transaction."""
    row = queries.row_of(module=module, mode=mode)
    if row is None or elsewhere():
        return
    try:
        setup.endpoints(module=module, mode=mode)
    except OutcomeUnknownError:
        CatchUp.objects.filter(module=module, account=row.account, mode=mode).update(check_due_at=clock.now() + AGAIN)
    except CallRefusedError as error:
        _raise(row, Fault.REFUSED, words(_REFUSED, **_named(row), code=code(error.code)))
    except UnsealError:
        return  # told where settings are opened
    else:
        tell(module=module, mode=mode, raising=True)


def tell(*, module: str, mode: Mode, raising: bool = False) -> None:
    """Judge what was read last, without asking anybody: close the alerts that are not true any more; `raising`: raise the true one."""
    row = queries.row_of(module=module, mode=mode)
    if row is None or row.seen_endpoints is None:
        return
    try:
        account = queries.account(module=module, account=row.account, mode=mode)
    except UnsealError:
        return
    found = _judge(row, account)
    if found is not None and raising:
        _raise(row, *found)
        return
    key = _key(row, found[0]) if found is not None else ""
    old = Alert.objects.filter(key__startswith=f"endpoint:{module}:", closed_at=None).exclude(key=key)
    if mode != queries.mode_of(module):  # says nothing of the mode that customers are offered
        old = old.filter(key__contains=f":{mode}:")
    close_alerts(*old.values_list("key", flat=True))


def _raise(row: ModuleAccount, fault: Fault, text: Words) -> None:
    """One alert a module, that of today's fault: what it was before is not true any more."""
    key = _key(row, fault)
    old = Alert.objects.filter(key__startswith=f"endpoint:{row.module}:", closed_at=None).exclude(key=key)
    close_alerts(*old.values_list("key", flat=True))
    alert(key, text)


def _key(row: ModuleAccount, fault: Fault) -> str:
    return f"endpoint:{row.module}:{row.account}:{row.mode}:{fault}"


# ------------------------------------------------------------------ what is wrong


def _judge(row: ModuleAccount, account: Account) -> tuple[Fault, Words] | None:
    """The first thing that is wrong, in words; None where all is right as far as we know."""
    here = queries.seen_endpoints(row) or ()
    sending = [each for each in here if each.enabled]
    sound = [each for each in sending if not each.missing]
    secrets = [account.values[name] for name in queries.signing(row.module) if account.values.get(name)]
    known = _since(row, sound, secrets)
    if not here:
        return Fault.MISSING, _missing(row)
    if not secrets:
        return Fault.SECRET, words(_NO_SECRET, **_named(row))
    if not sending:
        return Fault.DISABLED, words(_DISABLED, **_named(row), endpoint=code(here[0].id))
    if not sound:
        return Fault.LACKING, _lacking(row, min(sending, key=lambda each: len(each.missing)))
    if known is None or known.late_at is None or _arrived_after(known):
        return None
    proven = bool(account.proof) and account.proof in {proof_of(secret) for secret in secrets}
    text = _SILENT if proven else _UNPROVEN
    return Fault.SILENT if proven else Fault.SECRET, words(text, **_named(row), since=known.late_at, count=known.late)


def _since(row: ModuleAccount, sound: list[EndpointSeen], secrets: list[str]) -> CatchUp | None:
    """Note since when everything should arrive: these endpoints with these secrets. What was late before says nothing of them."""
    mark = ""
    if sound and secrets:
        told = [*sorted(each.id for each in sound), *(proof_of(secret) for secret in secrets)]
        mark = hashlib.sha256("\n".join(told).encode()).hexdigest()
    rows = CatchUp.objects.filter(module=row.module, account=row.account, mode=row.mode)
    since = clock.now() if mark else None
    rows.exclude(sound_mark=mark).update(sound_mark=mark, sound_since=since, late=0, late_at=None)
    return rows.first()


def _arrived_after(known: CatchUp) -> bool:
    """Whether anything has been sent to us since a reading of the list found what should have been."""
    rows = Notice.objects.filter(module=known.module, account=known.account, mode=known.mode, fetched=False)
    last = rows.order_by("-id").values_list("received_at", flat=True).first()
    return last is not None and known.late_at is not None and last > known.late_at


def _missing(row: ModuleAccount) -> Words:
    astray = queries.astray_endpoints(row)
    if astray:
        return words(_ASTRAY, **_named(row), endpoint=code(astray[0].id), other=code(astray[0].address))
    other: Mode = "test" if row.mode == "live" else "live"
    theirs = queries.row_of(module=row.module, mode=other)
    if theirs is not None and queries.seen_endpoints(theirs):
        return words(_OTHER_MODE, **_named(row), other=label(MODES[other]))
    return words(_MISSING, **_named(row))


def _lacking(row: ModuleAccount, best: EndpointSeen) -> Words:
    return words(
        _LACKING,
        **_named(row),
        endpoint=code(best.id),
        count=len(best.missing),
        types=code(", ".join(best.missing[:NAMED])),
    )


def _named(row: ModuleAccount) -> dict[str, Words]:
    return {
        "title": registry.title(row.module),
        "mode": label(MODES[row.mode]),
        "address": code(setup.notice_address(row.module)),
    }


_MISSING = gettext_noop(
    "No endpoint at %(title)s (%(mode)s) sends to %(address)s: this counter is not told what happens to payments. They are found all "
    "the same, only later. Open the settings of the module and press “Make the endpoint”."
)
_ASTRAY = gettext_noop(
    "The endpoint %(endpoint)s at %(title)s (%(mode)s), which this counter has made, sends to %(other)s instead of %(address)s: nothing "
    "of it arrives. Payments are found all the same, only later. Open the settings of the module and press “Make the endpoint”."
)
_OTHER_MODE = gettext_noop(
    "No endpoint at %(title)s (%(mode)s) sends to %(address)s; the one that is there belongs to the other mode (%(other)s), and each "
    "mode needs its own. Payments are found all the same, only later. Open the settings of the module and press “Make the endpoint”."
)
_NO_SECRET = gettext_noop(
    "An endpoint at %(title)s (%(mode)s) sends to %(address)s, and its secret is not stored here: every event is refused. Payments are "
    "found all the same, only later. Open the settings of the module and press “Make the endpoint anew”, or type the secret."
)
_DISABLED = gettext_noop(
    "The endpoint %(endpoint)s at %(title)s (%(mode)s), which sends to %(address)s, is switched off: this counter is not told what "
    "happens to payments. They are found all the same, only later. Open the settings of the module and press “Repair”."
)
_LACKING = gettext_noop(
    "The endpoint %(endpoint)s at %(title)s (%(mode)s), which sends to %(address)s, leaves out %(count)s types of events that are needed "
    "(%(types)s …). What they tell is found all the same, only later. Open the settings of the module and press “Repair”."
)
_UNPROVEN = gettext_noop(
    "Events of %(title)s (%(mode)s) do not arrive at %(address)s: %(count)s had to be fetched until %(since)s, and the stored secret was "
    "never proven. It may belong to another endpoint. Open the settings of the module and press “Make the endpoint anew”."
)
_SILENT = gettext_noop(
    "Events of %(title)s (%(mode)s) do not arrive at %(address)s any more: %(count)s had to be fetched until %(since)s. See in its "
    "dashboard why deliveries fail; where the secret was replaced there, open the settings and press “Make the endpoint anew”."
)
_REFUSED = gettext_noop(
    "%(title)s (%(mode)s) refuses to say which endpoints send to %(address)s (%(code)s). Open the settings of the module and test the "
    "connection: it names the permission that is missing."
)
