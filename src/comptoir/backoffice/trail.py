"""The audit trail as people read it: found by who, deed, thing and day, with words in place of codes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Q
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext, gettext_lazy as _

from comptoir.customers import roles
from comptoir.kernel import audit
from comptoir.kernel.models import AuditEntry
from comptoir.kernel.money import Money
from comptoir.modules import registry

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

PER_PAGE = 50

# Names and values that are no columns of a model, in words.
NAMES: Mapping[str, _StrOrPromise] = {
    "role": _("role"),
    "by": _("by"),
    "what": _("what"),
    "factors": _("second factors"),
    "from_email": _("former address"),
    "to_email": _("new address"),
    "enabled": _("enabled"),
    "mode": _("mode"),
    "note": _("note"),
    "access": _("access data"),
    "account": _("account"),
    "address": _("address"),
    "endpoint": _("webhook endpoint"),
    "payment method types": _("payment method types"),
}
VALUES: Mapping[str, _StrOrPromise] = {
    **roles.NAMES,
    audit.CHANGED: _("changed"),
    "password": _("password"),
    "code": _("code"),
    "totp": _("codes of an app"),
    "webauthn": _("passkey"),
    "recovery_codes": _("recovery codes"),
    "test": _("test"),
    "live": _("live"),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody looks for; '' and None for everything. `before` is an entry's id: pages are cut by it, never by a count."""

    who: str = ""
    verb: str = ""
    thing: str = ""
    day: dt.date | None = None
    before: int | None = None

    @property
    def everything(self) -> bool:
        """Whether nothing narrows it."""
        return not (self.who or self.verb or self.thing or self.day)


@dataclass(frozen=True, slots=True)
class Difference:
    """One name with its value before and after, in words; '' where there was or is none."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Told:
    """One entry in words."""

    entry: AuditEntry
    verb: str
    noun: str
    url: str
    differences: list[Difference]


def found(wanted: Wanted) -> tuple[list[Told], int | None]:
    """One page, the newest first, and the id to go on from, None on the last."""
    rows = AuditEntry.objects.order_by("-id")
    if wanted.who:
        rows = rows.filter(Q(who=wanted.who) | Q(who__startswith=f"staff:{wanted.who.lower()}"))
    if wanted.verb:
        rows = rows.filter(verb=wanted.verb)
    if wanted.thing:
        rows = rows.filter(Q(key=wanted.thing) | Q(name__istartswith=wanted.thing))
    if wanted.day is not None:
        begin = timezone.make_aware(dt.datetime.combine(wanted.day, dt.time.min))
        end = timezone.make_aware(dt.datetime.combine(wanted.day + dt.timedelta(days=1), dt.time.min))
        rows = rows.filter(at__gte=begin, at__lt=end)
    if wanted.before is not None:
        rows = rows.filter(pk__lt=wanted.before)
    page = list(rows[: PER_PAGE + 1])
    return [told(row) for row in page[:PER_PAGE]], page[PER_PAGE - 1].pk if len(page) > PER_PAGE else None


def told(entry: AuditEntry) -> Told:
    """An entry with words in place of codes."""
    names = [*entry.before, *(name for name in entry.after if name not in entry.before)]
    return Told(
        entry=entry,
        verb=str(audit.VERBS.get(entry.verb, entry.verb)),
        noun=_noun(entry.noun),
        url=_url(entry),
        differences=[
            Difference(
                _label(entry, name),
                _value(_said(entry.noun, name, entry.before.get(name))),
                _value(_said(entry.noun, name, entry.after.get(name))),
            )
            for name in names
        ],
    )


def _noun(label: str) -> str:
    try:
        return str(apps.get_model(label)._meta.verbose_name)  # noqa: SLF001 - Django's public, if underscored, model options
    except (LookupError, ValueError):
        return label


def _label(entry: AuditEntry, name: str) -> str:
    if name in NAMES:
        return capfirst(str(NAMES[name]))
    module = registry.installed().get(entry.key) if entry.noun == "modules.installedmodule" else None
    for setting in module.manifest.settings if module else ():
        if setting.name == name:
            return str(setting.label)
    return capfirst(str(getattr(_field(entry.noun, name), "verbose_name", name)))


def _field(noun: str, name: str) -> object:
    """The column of a model; None where the name is none."""
    try:
        return apps.get_model(noun)._meta.get_field(name)  # noqa: SLF001 - Django's public, if underscored, model options
    except (LookupError, ValueError, FieldDoesNotExist):
        return None


def _said(noun: str, name: str, value: object) -> object:
    """The words of a column's choice; any other value as it is."""
    choices: Iterable[tuple[object, object]] = getattr(_field(noun, name), "flatchoices", ())
    return next((str(words) for code, words in choices if code == value), value)


def _value(value: object) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, list):
        return ", ".join(_value(each) for each in value)
    if isinstance(value, dict) and set(value) == {"minor", "currency"}:
        return Money(int(value["minor"]), str(value["currency"])).format()
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_value(each)}" for name, each in value.items())
    return str(VALUES.get(str(value), value))


def _url(entry: AuditEntry) -> str:
    """Address of the thing's page, '' where it has none (any more)."""
    if entry.verb == "deleted":
        return ""
    try:
        return reverse(f"admin:{entry.noun.replace('.', '_')}_change", args=[entry.key])
    except NoReverseMatch:
        return ""
