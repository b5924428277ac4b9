"""Sentences with something filled in, translated when they are read: for the contract's `Text`."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import lazy
from django.utils.translation import gettext

from comptoir.modules.api import Text


def _fill(msgid: str, values: Mapping[str, object]) -> str:
    return gettext(msgid) % {name: str(value) for name, value in values.items()}


def _join(texts: tuple[Text, ...]) -> str:
    return ", ".join(str(text) for text in texts)


_filled = lazy(_fill, str)
_joined = lazy(_join, str)


def filled(msgid: str, /, **values: object) -> Text:
    """An English text with places, marked with `gettext_noop` where it is written; lazy values are read with it."""
    return _filled(msgid, values)


def joined(texts: tuple[Text, ...]) -> Text:
    """An enumeration, e.g. `Card, SEPA Direct Debit`."""
    return _joined(texts)
