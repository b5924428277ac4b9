"""How values are shown to staff: one way for each kind, in the active language."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.admin import utils
from django.db import models
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import get_language_info, gettext_lazy as _

from comptoir.kernel.money import Money
from comptoir.kernel.words import MODES, Words, written

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

NOTHING = SafeString('<span class="muted" aria-hidden="true">–</span>')

# A state's colour has one meaning: good, waiting, bad, to be noted. What is over and calls for nothing has none.
TONES = {
    **dict.fromkeys(("paid", "succeeded", "active", "done", "completed", "sent", "won"), "good"),
    **dict.fromkeys(("open", "waiting", "pending", "created", "partially_refunded", "needs_response"), "wait"),
    **dict.fromkeys(("failed", "refused", "held", "disputed", "suspended", "expired", "uncertain", "lost"), "bad"),
    **dict.fromkeys(("in_progress", "running", "sending", "in_transit", "under_review"), "note"),
}


def state(word: str, label: _StrOrPromise, *, test: str = "") -> SafeString:
    """A state as a dot and a word; `test` is its `data-test` name."""
    named = format_html(' data-test="{}"', test) if test else ""
    words = (TONES.get(word, ""), word, named, capfirst(str(label)))
    return format_html('<span class="state {}" data-state="{}"{}>{}</span>', *words)


def amount(value: Money | None) -> SafeString:
    """An amount as people of the active language write it, never broken over lines."""
    return NOTHING if value is None else format_html('<span class="num">{}</span>', value.format())


def moment(value: dt.datetime | dt.date | None, *, seconds: bool = False) -> SafeString:
    """A time in the counter's zone, or a day, as people of the active language write it."""
    if value is None:
        return NOTHING
    zoned = timezone.localtime(value) if isinstance(value, dt.datetime) else value
    text = written(value, seconds=seconds)
    return format_html('<time class="num" datetime="{}">{}</time>', zoned.isoformat(), text)


def reason(words: str | Promise, code: str) -> SafeString:
    """What a provider's code means, and the code itself, small; the code alone where it means nothing to anybody."""
    name = format_html('<span class="id">{}</span>', code)
    return (
        name
        if str(words) == code
        else format_html('{} <span class="small muted">{}</span>', capfirst(str(words)), name)
    )


def mode(word: str) -> SafeString:
    """The mode: test is a striped label that nobody takes for money, live is a plain word."""
    if word == "test":
        return format_html('<span class="tag test">{}</span>', MODES["test"])
    return format_html('<span class="muted">{}</span>', MODES["live"])


def language(code: str) -> str:
    """The name of a language, in the active one."""
    return str(get_language_info(code)["name_translated"]) if code in dict(settings.LANGUAGES) else code


def page_of(row: models.Model) -> str:
    """Address of a row's page in the back office, '' where it has none."""
    options = row._meta  # noqa: SLF001 - Django's public, if underscored, model options
    try:
        return reverse(f"admin:{options.app_label}_{options.model_name}_change", args=[utils.quote(row.pk)])
    except NoReverseMatch:
        return ""


def link(row: models.Model | None, text: _StrOrPromise = "") -> SafeString:
    """A row's name, leading to its page."""
    if row is None:
        return NOTHING
    address = page_of(row)
    return format_html('<a href="{}">{}</a>', address, text or row) if address else format_html("{}", text or row)


def thing(name: str, below: str) -> SafeString:
    """A provider's long id, which breaks where it must, and below it what it is: one column instead of two."""
    html = '<span class="thing"><span class="id">{}</span><span class="below muted">{}</span></span>'
    return format_html(html, name, below)


def said(value: Words) -> SafeString:
    """What was stored for staff: one piece, whatever is marked in it."""
    return format_html('<span class="said">{}</span>', value) if value else NOTHING


def _yes_or_no(value: bool) -> SafeString:  # noqa: FBT001 - it is the value itself
    return format_html("{}", _("yes") if value else _("no"))


# The first that fits: a date and time is a day, too.
_FORMS: tuple[tuple[type, Callable[[Any], SafeString]], ...] = (
    (SafeString, SafeString),
    (bool, _yes_or_no),
    (dt.date, moment),
    (Money, amount),
    (models.Model, link),
    (Words, said),
)


def shown(value: object, field: models.Field[Any, Any] | None = None) -> SafeString:
    """Any value of a column or a page of facts."""
    form = next((form for kind, form in _FORMS if isinstance(value, kind)), None)
    if form is not None:
        return form(value)
    if field is not None and field.choices:
        value = dict(field.flatchoices).get(value, value)
    return NOTHING if value is None or value == "" else format_html("{}", value)
