"""The audit trail as people read it: found by who, deed, thing and day, with words in place of codes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import Q
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext, gettext_lazy as _, pgettext

from comptoir.backoffice.totals import method_title
from comptoir.customers import roles
from comptoir.kernel import audit
from comptoir.kernel.models import AuditEntry
from comptoir.kernel.money import Money
from comptoir.kernel.words import read
from comptoir.ledger.models import Source
from comptoir.modules import registry
from comptoir.payments.models import ServicePolicy

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

PER_PAGE = 50
MODULE, METHODS = "modules.installedmodule", "payment method types"

# Names that are no columns of a model, in words; or whose columns are called otherwise where amounts are typed in minor units.
NAMES: Mapping[str, _StrOrPromise] = {
    "role": _("role"),
    "by": _("by"),
    "what": _("what"),
    "factors": _("second factors"),
    "from_email": _("former address"),
    "to_email": _("new address"),
    "mode": _("mode"),
    "note": _("note"),
    "access": _("access data"),
    "account": _("account"),
    "endpoint": _("webhook endpoint"),
    "address": _("address"),
    METHODS: _("payment method types"),
    "amount_minor": _("amount"),
    "setup_minor": _("set-up fee"),
    "wanted": _("shall be"),
    "held_because": _("held because"),
    "amount": _("amount"),
    "reason": _("reason"),
    "policy": _("services"),
    "source": _("source"),
    "reference": _("reference"),
    "credit": _("credit"),
    "line": _("line of the invoice"),
    "total": _("total"),
    "why": _("reason"),
}
# The codes that stand under these names.
CODES: Mapping[str, _StrOrPromise] = {
    **roles.NAMES,
    "password": _("password"),
    "code": _("code"),
    "totp": _("codes of an app"),
    "webauthn": _("passkey"),
    "recovery_codes": _("recovery codes"),
    "test": _("test"),
    "live": _("live"),
    **{each.value: each.label for each in (*Source, *ServicePolicy)},
}
WORDED = frozenset({"held_because"})  # stored as `Words`
CODED = frozenset({"role", "by", "what", "factors", "mode", "source", "policy"})


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
    own: bool  # about the person who did it, so that the thing need not be named


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
        own=entry.who == f"staff:{entry.name}",
        differences=[
            Difference(
                _label(entry, name),
                _value(entry, name, entry.before.get(name)),
                _value(entry, name, entry.after.get(name)),
            )
            for name in names
        ],
    )


def _noun(label: str) -> str:
    try:
        return str(apps.get_model(label)._meta.verbose_name)  # noqa: SLF001 - Django's public, if underscored, model options
    except (LookupError, ValueError):
        return label


def _field(entry: AuditEntry, name: str) -> models.Field[Any, Any] | None:
    try:
        found = apps.get_model(entry.noun)._meta.get_field(name)  # noqa: SLF001 - see above
    except (LookupError, ValueError, FieldDoesNotExist):
        return None
    return found if isinstance(found, models.Field) else None


def _label(entry: AuditEntry, name: str) -> str:
    """A column's name; of a module's own settings the one that its page has."""
    module = registry.installed().get(entry.key) if entry.noun == MODULE else None
    own = {each.name: each.label for each in module.manifest.settings} if module is not None else {}
    field = _field(entry, name)
    return capfirst(str(own.get(name) or NAMES.get(name) or (field.verbose_name if field is not None else name)))


def _value(entry: AuditEntry, name: str, value: object) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, list):
        return ", ".join(_value(entry, name, each) for each in value)
    if isinstance(value, dict) and set(value) == {"minor", "currency"}:
        return Money(int(value["minor"]), str(value["currency"])).format()
    return pgettext("a secret", "changed") if value == audit.CHANGED else _word(entry, name, str(value))


def _word(entry: AuditEntry, name: str, code: str) -> str:
    """A code in words; whatever people wrote stays as it is."""
    if name == METHODS and entry.noun == MODULE:
        return method_title(entry.key, code)
    if name in WORDED:
        return str(read(code))
    field = _field(entry, name)
    words = CODES if name in CODED else dict(field.flatchoices) if field is not None else {}
    return str(words.get(code, code))


def _url(entry: AuditEntry) -> str:
    """Address of the thing's page, '' where it has none (any more)."""
    if entry.verb == "deleted":
        return ""
    try:
        return reverse(f"admin:{entry.noun.replace('.', '_')}_change", args=[entry.key])
    except NoReverseMatch:
        return ""
