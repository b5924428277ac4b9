"""Sentences that are stored for staff and read in the reader's language: an English text with places, and plain values.

    from django.utils.translation import gettext_noop

    problem = words(gettext_noop("the amount is %(amount)s instead of %(expected)s"), amount=seen, expected=ours)

The database keeps the English text (the msgid) and the values; whoever reads them gets the translation, with amounts and days as
their language writes them. What a person or a stranger wrote is `verbatim`, an id or a provider's code is `code`: both stay as they are.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

from babel.dates import format_date, format_skeleton
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, gettext_lazy as _, override

from comptoir.kernel.money import Money

LONGEST = 300  # characters of one value that is kept: strangers' words may be long
Kind = Literal["sentence", "code", "verbatim"]
Plain: TypeAlias = "str | int | Money | dt.date | Words"


@dataclass(frozen=True, slots=True)
class Words:
    """Something said to staff. Made by `words`, `code`, `verbatim` and `label`; false where nothing is said."""

    text: str = ""  # of a sentence: the English text, with places
    values: Mapping[str, Plain] = field(default_factory=dict, hash=False)
    kind: Kind = "verbatim"

    def __bool__(self) -> bool:
        """Whether something is said."""
        return bool(self.text)

    def __str__(self) -> str:
        """In the active language, as plain text."""
        if self.kind != "sentence":
            return self.text
        return _filled(gettext(self.text), {name: _written(value) for name, value in self.values.items()})

    def __html__(self) -> SafeString:
        """In the active language, for a page: ids and codes are marked as such, everything is escaped."""
        if self.kind == "code":
            return format_html('<span class="id">{}</span>', self.text)
        if self.kind != "sentence":
            return format_html("{}", self.text)
        values = {name: _marked(value) for name, value in self.values.items()}
        return SafeString(_filled(conditional_escape(gettext(self.text)), values))

    @property
    def english(self) -> str:
        """In English, for log lines and exceptions."""
        with override("en"):
            return str(self)

    def changed(self, change: Callable[[str], str]) -> Words:
        """The same with whatever others wrote in it changed, such as by `secrets.hidden`: a stranger's words may hold anything."""
        if self.kind != "sentence":
            return replace(self, text=change(self.text))
        return replace(self, values={name: _changed(value, change) for name, value in self.values.items()})

    def stored(self) -> str:
        """As the database keeps it: JSON, or nothing where nothing is said."""
        return json.dumps(_packed(self), ensure_ascii=True, sort_keys=True) if self else ""


NOTHING = Words()
MODES: Mapping[str, Promise] = {"test": _("test"), "live": _("live")}


def words(msgid: str, /, **values: Plain) -> Words:
    """A sentence: its English text, marked with `gettext_noop` where it is written, and a value for each of its places."""
    return Words(msgid, {name: _short(value) for name, value in values.items()}, "sentence")


def code(text: str) -> Words:
    """An id, a number or a provider's code, which has no language."""
    return Words(text[:LONGEST], kind="code")


def verbatim(text: str) -> Words:
    """What a person or a stranger wrote, in whichever language."""
    return Words(text[:LONGEST])


def label(text: Promise) -> Words:
    """A word that is translated lazily where it is written, such as a state's: to stand in a sentence."""
    with override(None):
        return Words(str(text), kind="sentence")


def said(value: Words | str) -> Words:
    """What a module answers, whose plain texts are codes of its provider's."""
    return value if isinstance(value, Words) else code(value)


def date_locale() -> str:
    """The locale of days, in the active language: English ones are written day, month, year, for readers of Europe."""
    language = (get_language() or "en").replace("-", "_")
    return "en_GB" if language == "en" else language


def written(value: dt.datetime | dt.date, *, seconds: bool = False) -> str:
    """A time in the counter's zone, or a day, as people of the active language write it."""
    locale = date_locale()
    if not isinstance(value, dt.datetime):
        return format_date(value, "medium", locale=locale)
    value = timezone.localtime(value)
    # Babel would shift a zoned time to its own default zone; the time of day is written on 24 hours in both languages.
    time = format_skeleton("Hms" if seconds else "Hm", value.replace(tzinfo=None), locale=locale)
    return f"{format_date(value.date(), 'medium', locale=locale)}, {time}"


def _filled(text: str, values: Mapping[str, str]) -> str:
    """A catalogue's mistake must not take away the page that tells of a problem: then the places stay visible."""
    try:
        return text % values
    except (KeyError, TypeError, ValueError):
        return text


def _written(value: Plain) -> str:
    return written(value) if isinstance(value, dt.date) else str(value)


def _marked(value: Plain) -> SafeString:
    if isinstance(value, Words):
        return value.__html__()
    if isinstance(value, dt.date | Money):
        return format_html('<span class="num">{}</span>', _written(value))
    return conditional_escape(str(value))


def _short(value: Plain) -> Plain:
    return value[:LONGEST] if isinstance(value, str) else value


def _changed(value: Plain, change: Callable[[str], str]) -> Plain:
    if isinstance(value, Words):
        return value.changed(change)
    return change(value) if isinstance(value, str) else value


# ------------------------------------------------------------------ in the database


def _packed(value: Plain) -> object:
    if isinstance(value, Words):
        inner = {name: _packed(each) for name, each in value.values.items()}
        return {value.kind: value.text, **({"values": inner} if inner else {})}
    if isinstance(value, Money):
        return {"minor": value.minor, "currency": value.currency}
    if isinstance(value, dt.datetime):
        return {"at": value.isoformat()}
    return {"day": value.isoformat()} if isinstance(value, dt.date) else value


def _unpacked(value: Any) -> Plain:
    found: Plain
    match value:
        case {"sentence": str(text)}:
            values = {name: _unpacked(each) for name, each in value.get("values", {}).items()}
            found = Words(text, values, "sentence")
        case {"code": str(text)}:
            found = Words(text, kind="code")
        case {"verbatim": str(text)}:
            found = Words(text)
        case {"minor": int(minor), "currency": str(currency)}:
            found = Money(minor, currency)
        case {"at": str(moment)}:
            found = dt.datetime.fromisoformat(moment)
        case {"day": str(day)}:
            found = dt.date.fromisoformat(day)
        case str() | int():
            found = value
        case _:
            raise ValueError(f"no words: {value!r}")
    return found


def read(stored: str) -> Words:
    """What `stored` has made. Any other text is shown as it stands."""
    if stored.startswith("{"):
        try:
            found = _unpacked(json.loads(stored))
        except (ValueError, AttributeError, RecursionError):
            return Words(stored)
        return found if isinstance(found, Words) else Words(stored)
    return Words(stored)
