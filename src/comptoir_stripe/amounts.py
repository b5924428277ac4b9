"""Between the house's minor units (ISO 4217's decimals) and Stripe's, which differ for some currencies; and Stripe's limits.

Source: docs.stripe.com/currencies ("Minor units", "Special cases", "Minimum and maximum charge amounts"), read November 2026.
"""

from __future__ import annotations

from enum import StrEnum

from comptoir.kernel.money import Money, exponent

ZERO_DECIMAL = frozenset(
    ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"]
)
THREE_DECIMAL = frozenset(["BHD", "JOD", "KWD", "OMR", "TND"])  # in thousandths whose last digit is 0
# ISK and UGX have no decimals, and are sent as if they had two, which must be 00. HUF and TWD have two when a customer pays; only their
# payouts are whole, which Stripe sees to. All others: two decimals.

LEAST = {  # Stripe's minor units; it counts in the currency of settlement, so an amount just above may be refused still
    "DKK": 250, "NOK": 300, "SEK": 300, "GBP": 30, "PLN": 200, "RON": 200, "AED": 200, "MYR": 200, "CZK": 1500,
    "HUF": 17500, "HKD": 400, "JPY": 50, "KRW": 50, "MXN": 1000, "THB": 1000,
}  # fmt: skip
LEAST_ELSEWHERE = 50
LEAST_BY_TYPE = {"ideal": 1}  # whatever the currency of settlement
MOST_BY_CARD = 999_999_999_999  # twelve digits; American Express takes nine, which Stripe's page says
MOST = {"IDR": 999_999_999_999, "COP": 9_999_999_999, "INR": 999_999_999}  # by any other method
MOST_ELSEWHERE = 99_999_999  # eight digits


class Trouble(StrEnum):
    """Why Stripe does not take an amount."""

    INEXACT = "inexact"
    LITTLE = "little"
    MUCH = "much"


def decimals(currency: str) -> int:
    """Decimals of Stripe's minor unit of a currency."""
    if currency in ZERO_DECIMAL:
        return 0
    return 3 if currency in THREE_DECIMAL else 2


def to_stripe(amount: Money) -> int:
    """The amount in Stripe's minor units. Raises ValueError where Stripe cannot take it exactly."""
    shift = decimals(amount.currency) - exponent(amount.currency)
    if shift >= 0:
        value: int = amount.minor * 10**shift
    else:
        value, rest = divmod(amount.minor, 10**-shift)
        if rest:
            raise ValueError(f"{amount.currency} amounts are whole at Stripe")
    if amount.currency in THREE_DECIMAL and value % 10:
        raise ValueError(f"{amount.currency} amounts end with 0 at Stripe")
    return value


def from_stripe(minor: int, currency: str) -> Money:
    """An amount of Stripe's as the house writes it. Raises ValueError where it would not be exact."""
    code = currency.upper()
    shift = decimals(code) - exponent(code)
    if shift <= 0:
        return Money(minor * 10**-shift, code)
    value, rest = divmod(minor, 10**shift)
    if rest:
        raise ValueError(f"{minor} {code} is no whole amount")
    return Money(value, code)


def trouble(amount: Money, *, by: str = "card") -> Trouble | None:
    """Why Stripe does not take an amount by a payment method type; None where it does."""
    try:
        value = to_stripe(amount)
    except ValueError:
        return Trouble.INEXACT
    if value < (LEAST_BY_TYPE.get(by) or LEAST.get(amount.currency, LEAST_ELSEWHERE)):
        return Trouble.LITTLE
    most = MOST_BY_CARD if by == "card" else MOST.get(amount.currency, MOST_ELSEWHERE)
    return Trouble.MUCH if value > most else None


def payable(amount: Money, *, by: str = "card") -> bool:
    """Whether Stripe takes an amount by a payment method type: neither too small nor too large, and exact."""
    return trouble(amount, by=by) is None
