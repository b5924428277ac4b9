"""The audit trail: who did what to what, when, from where, with before and after. Insert-only; no secret is ever part of it.

    audit.record(who=who(request), verb="module.enabled", on=audit.Thing("modules.installedmodule", "stripe", "Stripe"),
                 before={"enabled": False}, after={"enabled": True})
    audit.record(who=who(request), verb="account.stored", on=row, after={"mode": "test"}, secret=["secret_key"])

It is called by name, in the transaction of what it tells: both are kept, or neither.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils.translation import gettext_lazy as _, pgettext_lazy

from comptoir.kernel import secrets
from comptoir.kernel.models import AuditEntry
from comptoir.kernel.money import Money
from comptoir.kernel.words import Words

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

CHANGED = "changed"  # all that is ever said of a secret
LONGEST = 2000  # of a value that is a text: what a person must see to know what was changed

# Whatever people do that leaves an entry. A new deed needs a line here, and its French in the locale file.
VERBS: Mapping[str, _StrOrPromise] = {
    "added": pgettext_lazy("deed", "added"),
    "changed": pgettext_lazy("deed", "changed"),
    "deleted": pgettext_lazy("deed", "deleted"),
    "module.enabled": _("module enabled"),
    "module.disabled": _("module disabled"),
    "mode.used": _("mode switched"),
    "account.stored": _("keys stored"),
    "account.used": _("account switched"),
    "account.dropped": _("keys of another account refused"),
    "endpoint.made": _("webhook endpoint made"),
    "endpoint.mended": _("webhook endpoint repaired"),
    "settings.stored": _("settings stored"),
    "rules.stored": _("payment rules stored"),
    "clone.confirmed": _("copy confirmed"),
    "payment.looked": _("look asked for"),
    "service.delivered": _("marked as delivered"),
    "service.suspended": _("marked as suspended"),
    "service.resumed": _("marked as resumed"),
    "service.ended": _("marked as ended"),
    "service.again": _("tried again after a failure"),
    "service.released": _("held service released"),
    "service.steered": _("service suspended, resumed or ended"),
    "refund.requested": _("refund asked for"),
    "refund.approved": _("refund approved"),
    "refund.cancelled": _("refund called off"),
    "refund.put_aside": _("failed refund paid back in another way"),
    "held.accepted": _("held payment accepted"),
    "held.credited": _("held payment kept as credit"),
    "payment.recorded": _("payment recorded"),
    "credit.given": _("credit given"),
    "credit.used": _("credit used on an invoice"),
    "credit.returned": _("credit given back off an invoice"),
    "dispute.staged": _("evidence laid with the provider"),
    "dispute.sent": _("evidence sent to the bank"),
    "dispute.accepted": _("dispute given up"),
    "dispute.services": _("services of a disputed payment decided"),
    "warning.closed": _("fraud warning put aside"),
    "reconciliation.asked": _("reconciliation asked for"),
    "order.cancelled": _("order cancelled"),
    "invoice.changed": _("open invoice changed"),
    "alert.closed": _("alert closed"),
    "mail.again": _("mail sent again"),
    "mail.marked": _("mail marked as sent"),
    "staff.added": _("member of staff added"),
    "staff.role": _("role changed"),
    "staff.removed": _("access taken away"),
    "staff.invited": _("invitation sent"),
    "factor.added": _("second factor added"),
    "factor.removed": _("second factor removed"),
    "factor.codes": _("recovery codes made"),
    "factor.reset": _("second factor reset"),
    "password.changed": _("password changed"),
    "email.changed": _("e-mail address changed"),
    "sign_in.done": _("signed in"),
    "sign_in.refused": _("sign-in refused"),
    "sign_in.throttled": _("sign-in paused"),
}

# Columns that hold a secret under whatever noun: their values are never read.
SECRET_COLUMNS = frozenset({"password", "secret", "token", "access_sealed", "sealed"})


class UnknownVerbError(Exception):
    """The table of verbs has no such line: a fault of ours, not of a person."""


@dataclass(frozen=True, slots=True)
class Thing:
    """What an entry is about: a model's label (`app.model`), the key of the row, and its name as people know it."""

    noun: str
    key: str
    name: str = ""

    @classmethod
    def of(cls, row: models.Model) -> Thing:
        """A row as a thing."""
        return cls(row._meta.label_lower, str(row.pk), str(row))  # noqa: SLF001 - Django's public, if underscored, model options


def record(
    *,
    who: str,
    verb: str,
    on: Thing | models.Model,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
    secret: Iterable[str] = (),
) -> AuditEntry:
    """Write one entry, in the caller's transaction. Of names that stand in `before` and in `after` only what differs is kept.

    `who` is as in the histories (`staff:olive@example.org`, `customer:7`, `command`). `secret` names what was changed and must
    not be told: no value of it is handed over. Should one be among the values all the same (bytes, a column of secrets, a
    text that this process has lately sealed or opened), the word `changed` is stored in its place.

    Raises:
        UnknownVerbError: `VERBS` has no line for it.
    """
    if verb not in VERBS:
        raise UnknownVerbError(verb)
    thing = on if isinstance(on, Thing) else Thing.of(on)
    old, new = _told(before or {}), _told(after or {})
    if before is not None and after is not None:
        same = {name for name in old if name in new and old[name] == new[name] and before[name] == after[name]}
        old, new = ({name: value for name, value in side.items() if name not in same} for side in (old, new))
    for name in secret:
        old.pop(name, None)
        new[name] = CHANGED
    return AuditEntry.objects.create(
        who=who[:300],
        verb=verb,
        noun=thing.noun[:80],
        key=thing.key[:80],
        name=secrets.hidden(thing.name)[:200],
        before=old,
        after=new,
        address=_address.get(),
    )


def snapshot(row: models.Model) -> dict[str, object]:
    """The columns of a row by name, for `before` and `after`: amounts with their currency, other rows by their names.

    Columns of bytes, which hold what is sealed, are left out.
    """
    columns = row._meta.concrete_fields  # noqa: SLF001 - Django's public, if underscored, model options
    return {field.name: _column(row, field) for field in columns if not isinstance(field, models.BinaryField)}


def _column(row: models.Model, field: models.Field[Any, Any]) -> object:
    value = field.value_from_object(row)
    if value is not None and field.is_relation:
        return str(getattr(row, field.name))
    if isinstance(value, str):
        return value.replace("\r\n", "\n")  # as browsers send the line ends of a text that nobody has touched
    currency = getattr(row, "currency", "")
    if field.name.endswith("_minor") and isinstance(value, int) and currency:
        return Money(value, currency)
    return value


def _told(values: Mapping[str, object]) -> dict[str, object]:
    return {name: CHANGED if name in SECRET_COLUMNS else plain(value) for name, value in values.items()}


def plain(value: object) -> object:
    """A value as JSON has it, without the secrets that this process knows."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, Money):
        return {"minor": value.minor, "currency": value.currency}
    if isinstance(value, Mapping):
        return _told({str(name): each for name, each in value.items()})
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, bytes | bytearray | memoryview):
        return CHANGED
    if isinstance(value, Words):
        value = value.stored()  # told in the language of whoever reads it
    text = _text(value)
    return CHANGED if secrets.hidden(text) != text else text[:LONGEST]


def _text(value: object) -> str:
    text = value.isoformat() if isinstance(value, dt.date) else str(value)  # a datetime is a date, too
    return text.replace("\0", "")  # which JSON in PostgreSQL has not


# From where the request came that is being answered; '' for jobs and commands.
_address: ContextVar[str] = ContextVar("network of the request that is answered", default="")


@contextmanager
def asked_from(address: str) -> Iterator[None]:
    """Entries that are written inside come from this address, of which the network alone is kept."""
    mark = _address.set(network(address))
    try:
        yield
    finally:
        _address.reset(mark)


def network(address: str) -> str:
    """An address as it is kept: the network of 256 addresses (IPv4) or of a site (IPv6, 48 bits); '' for what is none."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    bits = 24 if found.version == 4 else 48  # noqa: PLR2004 - the version of the protocol
    return str(ipaddress.ip_network(f"{found}/{bits}", strict=False))
