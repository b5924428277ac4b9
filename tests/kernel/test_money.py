"""Money: integers, one currency, shown as people write it; prices split to the cent in both modes."""

from __future__ import annotations

import pytest
from babel.numbers import get_currency_precision
from django.core.exceptions import ValidationError
from django.utils.translation import override
from hypothesis import given, strategies as st

from comptoir.catalogue.pricing import split
from comptoir.kernel import amounts as typed
from comptoir.kernel.amounts import AmountField
from comptoir.kernel.money import CurrencyMismatchError, Money, exponent, share
from comptoir_stripe import amounts
from comptoir_stripe.amounts import Trouble
from stripe_simulator.payments import money as simulated

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
        (Money(125_000, "RSD"), "en", "RSD1,250"),  # paras are seldom written
        (Money(125_050, "RSD"), "en", "RSD1,250.50"),  # but never rounded away
        (Money(-125_050, "RSD"), "fr", "\u22121\u202f250,50\u00a0RSD"),
        (Money(5, "LBP"), "en", "LBP0.05"),
        (Money(1250, "ISK"), "en", "ISK1,250"),
        (Money(1250, "HUF"), "en", "HUF12.50"),
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
        (Money(100_000_000, "EUR"), True),
        (Money(999_999_999_999, "EUR"), True),
        (Money(1_000_000_000_000, "EUR"), False),
    ],
)
def test_stripes_limits_for_cards(money: Money, taken: bool) -> None:
    assert amounts.payable(money) is taken


@pytest.mark.parametrize(
    ("most", "currency"),
    [(99_999_999, "EUR"), (999_999_999_999, "IDR"), (9_999_999_999, "COP"), (999_999_999, "INR")],
)
def test_stripes_limits_for_other_methods(most: int, currency: str) -> None:
    assert amounts.trouble(Money(most, currency), by="sepa_debit") is None
    assert amounts.trouble(Money(most + 1, currency), by="sepa_debit") is Trouble.MUCH


# ------------------------------------------------------------------ every currency of Stripe's

WHOLE_HERE = {"ISK", "UGX"}  # no decimals by ISO 4217; Stripe writes two, which are 00
SELDOM = {"AFN", "ALL", "LAK", "LBP", "MMK", "RSD", "SOS", "STD", "YER"}  # CLDR leaves out their small coins
EVERY = sorted(code.upper() for code in simulated.CURRENCIES)


def test_our_table_and_the_simulators_were_written_apart_and_agree() -> None:
    assert len(EVERY) == 141
    assert {code: amounts.decimals(code) for code in EVERY} == {code: simulated.digits(code.lower()) for code in EVERY}


def test_our_minor_unit_is_stripes_but_for_two_currencies() -> None:
    assert {code for code in EVERY if exponent(code) != amounts.decimals(code)} == WHOLE_HERE
    assert {code for code in EVERY if exponent(code) != get_currency_precision(code)} == SELDOM


def test_each_currency_goes_to_stripe_and_back_and_no_figure_of_it_is_hidden() -> None:
    for code in EVERY:
        for minor in (0, 10, 12_340, 9_990_000):
            money, odd = Money(minor, code), Money(minor + 1, code)
            assert amounts.from_stripe(amounts.to_stripe(money), code.lower()) == money
            written = str(odd.minor).zfill(exponent(code) + 1)
            assert {figures(odd.format(language)) for language in ("en", "fr")} == {written}, code
            at_stripe = minor * simulated.step(code.lower())  # any amount that Stripe can name can be told here
            assert amounts.to_stripe(amounts.from_stripe(at_stripe, code.lower())) == at_stripe


def figures(text: str) -> str:
    """The figures of an amount."""
    return "".join(each for each in text if each.isdigit())


@pytest.mark.parametrize(
    ("language", "text", "currency", "minor"),
    [
        ("en", "30,00", "EUR", 3000),
        ("en", "1234,5", "EUR", 123450),
        ("en", "30,00", "JPY", 30),
        ("en", "30.00", "EUR", 3000),
        ("fr", "30,00", "EUR", 3000),
        ("fr", "30.00", "EUR", 3000),
        ("en", "1,000", "EUR", None),  # a thousand, or one: not guessed
        ("en", "1,000", "KWD", None),
        ("en", "1,234.50", "EUR", None),
        ("en", "30,50", "JPY", None),
        ("en", "30,", "EUR", None),
    ],
)
def test_a_comma_parts_decimals_where_it_can_be_nothing_else(
    language: str, text: str, currency: str, minor: int | None
) -> None:
    with override(language):
        try:
            assert typed.money(AmountField().clean(text), currency).minor == minor
        except ValidationError:
            assert minor is None
