"""Money: integers, one currency, shown as people write it; prices split to the cent in both modes."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from comptoir.catalogue.pricing import split
from comptoir.kernel.money import CurrencyMismatchError, Money, share
from comptoir_stripe import amounts

MINOR = st.integers(-(10**11), 10**11)


@pytest.mark.parametrize(
    ("money", "locale", "shown"),
    [
        (Money(9990, "EUR"), "fr", "99,90\u00a0€"),
        (Money(9990, "EUR"), "en", "€99.90"),
        (Money(123456789, "EUR"), "fr", "1\u202f234\u202f567,89\u00a0€"),
        (Money(500, "JPY"), "en", "¥500"),
        (Money(1234, "KWD"), "en", "KWD1.234"),
        (Money(-5, "EUR"), "fr", "\u22120,05\u00a0€"),
    ],
)
def test_shown_as_people_of_a_language_write_it(money: Money, locale: str, shown: str) -> None:
    assert money.format(locale) == shown


def test_currencies_never_mix() -> None:
    with pytest.raises(CurrencyMismatchError):
        Money(1, "EUR") + Money(1, "USD")
    with pytest.raises(CurrencyMismatchError):
        Money(1, "EUR") - Money(1, "USD")


@pytest.mark.parametrize("wrong", [1.0, "1", None, True])
def test_minor_units_are_integers(wrong: object) -> None:
    with pytest.raises(TypeError):
        Money(wrong, "EUR")  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", ["eur", "EURO", "", "E1"])
def test_currencies_are_codes(wrong: str) -> None:
    with pytest.raises(ValueError, match="ISO 4217"):
        Money(1, wrong)


@given(MINOR, st.integers(0, 3000), st.booleans())
def test_net_and_tax_always_add_up_and_the_shown_side_is_exact(
    minor: int, basis_points: int, includes_tax: bool
) -> None:
    taxed = split(Money(minor, "EUR"), basis_points=basis_points, includes_tax=includes_tax)
    assert taxed.net + taxed.tax == taxed.gross
    assert (taxed.gross if includes_tax else taxed.net) == Money(minor, "EUR")
    assert abs(taxed.tax.minor * 10_000 - taxed.net.minor * basis_points) <= 10_000 + basis_points


@given(MINOR)
def test_rounding_is_commercial_and_symmetric(minor: int) -> None:
    assert share(-minor, part=1, whole=2) == -share(minor, part=1, whole=2)
    assert share(5, part=1, whole=10) == 1
    assert share(minor, part=7, whole=7) == minor


@pytest.mark.parametrize(
    ("money", "stripe"),
    [
        (Money(9990, "EUR"), 9990),
        (Money(500, "JPY"), 500),
        (Money(500, "ISK"), 50000),  # no decimals for people, two at Stripe, which must be 00
        (Money(500, "UGX"), 50000),
        (Money(1230, "KWD"), 1230),
    ],
)
def test_stripes_minor_units_are_its_own(money: Money, stripe: int) -> None:
    assert amounts.to_stripe(money) == stripe
    assert amounts.from_stripe(stripe, money.currency.lower()) == money


def test_what_stripe_cannot_take_exactly_is_refused() -> None:
    with pytest.raises(ValueError, match="end with 0"):
        amounts.to_stripe(Money(1234, "KWD"))
    with pytest.raises(ValueError, match="no whole amount"):
        amounts.from_stripe(50001, "isk")


@pytest.mark.parametrize(
    ("money", "taken"),
    [
        (Money(49, "EUR"), False),
        (Money(50, "EUR"), True),
        (Money(29, "GBP"), False),
        (Money(30, "GBP"), True),
        (Money(49, "JPY"), False),
        (Money(50, "JPY"), True),
        (Money(99_999_999, "EUR"), True),
        (Money(100_000_000, "EUR"), False),
    ],
)
def test_stripes_limits(money: Money, taken: bool) -> None:
    assert amounts.payable(money) is taken
