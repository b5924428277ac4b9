"""Money: integer minor units and an ISO 4217 code; no float, no DECIMAL."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from babel.numbers import format_currency, format_decimal, get_currency_precision
from django.utils.translation import get_language

MINUS = "\u2212"


class CurrencyMismatchError(ValueError):
    """Two currencies met where one was meant: sums never mix them."""


# Currencies of two decimals by ISO 4217 (list one, 2026), which people seldom write, so that CLDR has none: amounts have them all the same.
SELDOM_WRITTEN = frozenset(["AFN", "ALL", "IRR", "KPW", "LAK", "LBP", "MMK", "RSD", "SLL", "SOS", "STD", "SYP", "YER"])


def exponent(currency: str) -> int:
    """Number of decimals of a currency's minor unit: ISO 4217, as babel's CLDR data have it where they do not leave out small coins."""
    return 2 if currency in SELDOM_WRITTEN else get_currency_precision(currency)


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount in minor units (cents for EUR, yen for JPY) of one currency (upper case ISO 4217)."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        """Refuse what is not an integer amount of a three-letter currency."""
        if type(self.minor) is not int:
            raise TypeError(f"minor units are an integer, not {self.minor!r}")
        if len(self.currency) != 3 or not self.currency.isupper():  # noqa: PLR2004 - ISO 4217 codes have three letters
            raise ValueError(f"a currency is an upper case ISO 4217 code, not {self.currency!r}")

    def __add__(self, other: Money) -> Money:
        """Sum of two amounts. Raises CurrencyMismatchError."""
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        """Difference of two amounts. Raises CurrencyMismatchError."""
        return Money(self.minor - self._same(other), self.currency)

    def __mul__(self, factor: int) -> Money:
        """A whole multiple."""
        return Money(self.minor * factor, self.currency)

    def __neg__(self) -> Money:
        """The opposite amount."""
        return Money(-self.minor, self.currency)

    def __bool__(self) -> bool:
        """True where the amount is not zero."""
        return self.minor != 0

    def _same(self, other: Money) -> int:
        if other.currency != self.currency:
            raise CurrencyMismatchError(f"{self.currency} and {other.currency}")
        return other.minor

    def format(self, locale: str | None = None) -> str:
        """The amount as people of a locale write it, e.g. `99,90 €` (fr) or `€99.90` (en); a negative one with a true minus.

        Decimals that a currency seldom has are written where there are some: no figure is ever rounded away.
        """
        digits = exponent(self.currency)
        value, usual = Decimal(self.minor).scaleb(-digits), get_currency_precision(self.currency) == digits
        text = format_currency(
            value,
            self.currency,
            locale=(locale or get_language() or "en").replace("-", "_"),
            currency_digits=usual or self.minor % 10**digits == 0,
        )
        return text.replace("-", MINUS)

    def __str__(self) -> str:
        """The amount in the active language."""
        return self.format()


def percent(basis_points: int) -> str:
    """A rate as people of the active language write it: `20 %` (fr), `20%` (en)."""
    language = (get_language() or "en")[:2]
    figure = format_decimal(Decimal(basis_points).scaleb(-2), format="#,##0.##", locale=language)
    return f"{figure}\u00a0%" if language == "fr" else f"{figure}%"


def share(amount_minor: int, *, part: int, whole: int) -> int:
    """`amount * part / whole` in minor units, rounded half away from zero (commercial rounding), in integers."""
    product = abs(amount_minor) * part
    rounded = (2 * product + whole) // (2 * whole)
    return rounded if amount_minor >= 0 else -rounded
