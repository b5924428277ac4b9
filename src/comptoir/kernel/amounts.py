"""Amounts that people type: in major units, as their language writes them; stored in minor units, never rounded."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from babel.numbers import is_currency
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext, gettext_lazy as _

from comptoir.kernel.errors import SaidError
from comptoir.kernel.money import Money, exponent

MOST_SENT = 18  # digits of minor units that a column holds
MOST_DIGITS = 12  # in all: sums of many such amounts still fit into a column of minor units
ANEW = _("This page was not sent as it was made. Nothing was changed; please open it anew.")
SPACES = re.compile(r"[\s\u00a0\u202f]")
PLAIN = re.compile(r"[+-]?\d*[.,]?\d*")
COMMA = re.compile(
    r"[+-]?\d*,\d{1,2}"
)  # no language parts thousands so: these are decimals; `1,000` may be either and is not guessed


class AmountField(forms.DecimalField):
    """An amount in major units: `1 234,50` in French, `1234.50` in English, where `1234,50` is understood as well.

    `minor` makes minor units of what it gives.
    """

    default_error_messages: ClassVar = {"invalid": _("An amount in figures, such as 12 or 1234.50.")}

    def __init__(self, *, more_than_nothing: bool = False, **values: Any) -> None:
        """Nothing below zero; `more_than_nothing`: not zero either."""
        super().__init__(max_digits=MOST_DIGITS, localize=True, **values)
        self.more_than_nothing = more_than_nothing
        self.widget.attrs |= {"inputmode": "decimal", "autocomplete": "off"}

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]  # the stubs name the integer of its parent
        """The figures; spaces between them are left aside, exponents and words are refused."""
        text = SPACES.sub("", str(value or ""))
        if not PLAIN.fullmatch(text):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(text.replace(",", ".") if COMMA.fullmatch(text) else text)

    def validate(self, value: Any) -> None:
        """Refuse less than nothing, and nothing where there must be something."""
        super().validate(value)
        if value is not None and self.more_than_nothing and value <= 0:
            raise ValidationError(gettext("The amount must be more than nothing."), code="nothing")
        if value is not None and value < 0:
            raise ValidationError(gettext("The amount cannot be below zero."), code="negative")


def minor(value: Decimal, currency: str) -> int:
    """What was typed, in minor units of a currency. Raises ValidationError for a part of the smallest coin: nothing is rounded."""
    scaled = value.scaleb(exponent(currency))
    if scaled != scaled.to_integral_value():
        raise ValidationError(gettext("This currency has fewer decimals."), code="decimals")
    return int(scaled)


def money(value: Decimal, currency: str) -> Money:
    """What was typed, in a currency. Raises ValidationError as `minor` does."""
    return Money(minor(value, currency), currency)


def minor_sent(text: str, currency: str) -> Money | None:
    """Minor units that a page of ours has written into its form; None where that is not what came back."""
    plain = text.isascii() and text.isdigit() and len(text) <= MOST_SENT
    return Money(int(text), currency) if plain else None


def agreed(posted: Mapping[str, str], currency: str, *names: str) -> list[Money]:
    """The amounts that a page has shown and its form brings back. Raises SaidError where one does not come back."""
    found = [minor_sent(posted.get(name, ""), currency) for name in names]
    if None in found:
        raise SaidError(ANEW)
    return [each for each in found if each is not None]


def major(amount: Money) -> Decimal:
    """An amount as it stands in a field that somebody may change."""
    return Decimal(amount.minor).scaleb(-exponent(amount.currency))


def currency_code(typed: str) -> str:
    """The code of a currency that exists, in capitals. Raises ValidationError."""
    word = typed.strip().upper()
    if not is_currency(word):
        raise ValidationError(gettext("Three letters, for example EUR."), code="currency")
    return word
