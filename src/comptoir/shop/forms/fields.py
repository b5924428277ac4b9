"""Fields that take what people type, tidied."""

from __future__ import annotations

import unicodedata
from typing import Any

from babel import Locale
from django import forms
from django.utils.translation import get_language

# Not countries: regions, pseudo codes, and territories that no post reaches.
LEFT_OUT = frozenset(
    {"AC", "AQ", "BV", "CP", "CQ", "DG", "EA", "EU", "EZ", "HM", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"}
)
CODE_LENGTH = 2


class TidyField(forms.CharField):
    """One line of text: composed (NFC), without control characters, single spaces."""

    def to_python(self, value: Any) -> Any:
        """Tidy before anything is checked."""
        text = super().to_python(value)
        if not isinstance(text, str):
            return text
        kept = "".join(" " if unicodedata.category(letter) in {"Cc", "Cs", "Zl", "Zp"} else letter for letter in text)
        return unicodedata.normalize("NFC", " ".join(kept.split()))


def countries() -> list[tuple[str, str]]:
    """Countries by name in the active language, in the order of their names."""
    names = Locale.parse((get_language() or "en")[:2]).territories
    found = [(code, name) for code, name in names.items() if _is_country(code)]
    return sorted(found, key=lambda pair: _unaccented(pair[1]))


def _is_country(code: str) -> bool:
    return len(code) == CODE_LENGTH and code.isalpha() and code not in LEFT_OUT


def _unaccented(name: str) -> str:
    return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
