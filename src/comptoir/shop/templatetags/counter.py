"""How the counter writes days, cycles, amounts and states."""

from __future__ import annotations

import datetime as dt
from typing import Any

from babel import Locale
from babel.dates import format_date
from django import template
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy as _, pgettext_lazy

from comptoir.catalogue.models import Cycle
from comptoir.invoices.models import Invoice
from comptoir.kernel import money
from comptoir.kernel.words import date_locale
from comptoir.payments.models import Payment
from comptoir.services.models import Operation, Service

register = template.Library()

PER = {
    Cycle.ONCE: "",
    Cycle.WEEKLY: pgettext_lazy("price per", "/ week"),
    Cycle.MONTHLY: pgettext_lazy("price per", "/ month"),
    Cycle.QUARTERLY: pgettext_lazy("price per", "/ quarter"),
    Cycle.SEMIANNUALLY: pgettext_lazy("price per", "/ six months"),
    Cycle.ANNUALLY: pgettext_lazy("price per", "/ year"),
    Cycle.BIENNIALLY: pgettext_lazy("price per", "/ two years"),
    Cycle.TRIENNIALLY: pgettext_lazy("price per", "/ three years"),
}
ACCESS = {"login": _("Login"), "password": _("Password"), "address": _("Address"), "url": _("Address")}

# One meaning a colour: good, waiting, bad, note. None is grey.
TONES: dict[str, dict[str, str]] = {
    "invoice": {
        Invoice.State.OPEN: "wait",
        Invoice.State.IN_PROGRESS: "note",
        Invoice.State.PAID: "good",
    },
    "service": {
        Service.State.PENDING: "wait",
        Service.State.ACTIVE: "good",
        Service.State.SUSPENDED: "bad",
        Service.State.EXPIRED: "bad",
    },
    "payment": {
        Payment.State.OPEN: "wait",
        Payment.State.IN_PROGRESS: "note",
        Payment.State.SUCCEEDED: "good",
        Payment.State.FAILED: "bad",
        Payment.State.HELD: "wait",
        Payment.State.DISPUTED: "bad",
    },
    "delivery": {
        Operation.State.WAITING: "wait",
        Operation.State.RUNNING: "note",
        Operation.State.FAILED: "wait",
        Operation.State.DONE: "good",
    },
}
LABELS: dict[str, Any] = {
    "invoice": Invoice.State,
    "service": Service.State,
    "payment": Payment.State,
    "delivery": Operation.State,
}


@register.inclusion_tag("parts/state.html")
def state(noun: str, value: str, *, test: str = "", label: str = "") -> dict[str, str]:
    """A state as a dot and a word, with its `data-state`; `test` is its `data-test` name."""
    return {
        "value": value,
        "test": test,
        "tone": TONES[noun].get(value, ""),
        "label": label or str(LABELS[noun](value).label),
    }


@register.filter
def per(cycle: str) -> str:
    """`/ year` for a yearly price; '' for one that is paid once."""
    return str(PER.get(Cycle(cycle), ""))


@register.filter
def cycle_name(cycle: str) -> str:
    """A cycle in words."""
    return str(Cycle(cycle).label)


@register.filter
def day(moment: dt.datetime | dt.date | None) -> str:
    """A day as people of the active language write it, in the counter's time zone."""
    if moment is None:
        return ""
    date = timezone.localdate(moment) if isinstance(moment, dt.datetime) else moment
    return format_date(date, format="medium", locale=date_locale())


@register.filter
def day_long(moment: dt.datetime | dt.date | None) -> str:
    """A day with its month in full."""
    if moment is None:
        return ""
    date = timezone.localdate(moment) if isinstance(moment, dt.datetime) else moment
    locale = date_locale()
    written = format_date(date, format="long", locale=locale)
    return written.replace("1 ", "1er ", 1) if locale == "fr" and date.day == 1 else written


@register.filter
def access_name(name: str) -> str:
    """The name of a piece of access data, in words where it is a common one."""
    known = ACCESS.get(name)
    return str(known) if known else name.replace("_", " ").capitalize()


@register.filter
def country_name(code: str) -> str:
    """A country's name in the active language."""
    return str(Locale.parse((get_language() or "en")[:2]).territories.get(code, code))


@register.filter
def percent(basis_points: int) -> str:
    """A rate as people of the active language write it."""
    return money.percent(basis_points)


@register.filter
def saved(per_cent: int) -> str:
    """What a longer cycle saves, with its sign: `−17 %` (fr), `−17%` (en)."""
    return f"−{money.percent(per_cent * 100)}"
