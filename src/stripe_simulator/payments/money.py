"""Amounts: minor units, currencies, the least and the most that Stripe takes."""

import re
from decimal import ROUND_HALF_UP, Decimal

ZERO_DECIMAL = frozenset(
    ["bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"]
)
LARGEST = 99_999_999  # minor units
LEAST = {  # minor units
    "gbp": 30,
    "dkk": 250,
    "nok": 300,
    "sek": 300,
    "pln": 200,
    "ron": 200,
    "aed": 200,
    "myr": 200,
    "czk": 1500,
    "huf": 17500,
    "hkd": 400,
    "jpy": 50,
    "krw": 50,
    "mxn": 1000,
    "thb": 1000,
}
SYMBOLS = {"eur": "€", "gbp": "£", "usd": "$"}


CODE = re.compile(r"[A-Za-z]{3}")


def is_currency(code: str) -> bool:
    """Whether it has the form of a currency's code."""
    return CODE.fullmatch(code) is not None


def least(currency: str) -> int:
    return LEAST.get(currency, 50)


def digits(currency: str) -> int:
    return 0 if currency in ZERO_DECIMAL else 2


def spoken(amount: int, currency: str) -> str:
    """As Stripe's error sentences write it: €0.50."""
    figure = f"{Decimal(amount).scaleb(-digits(currency)):,}"
    symbol = SYMBOLS.get(currency)
    return f"{symbol}{figure}" if symbol else f"{figure} {currency}"


def fee(amount: int) -> int:
    """1.5 % and 25 minor units."""
    return int((Decimal(amount) * 15 / 1000).quantize(Decimal(1), ROUND_HALF_UP)) + 25
