"""Amounts: minor units, currencies, the least and the most that Stripe takes, and what one is worth in another."""

from decimal import ROUND_HALF_UP, Context, Decimal

from stripe_simulator.errors import StripeError, invalid, malformed, not_built
from stripe_simulator.world import Mode

ZERO_DECIMAL = frozenset(
    ["bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"]
)
THREE_DECIMAL = frozenset({"bhd", "jod", "kwd", "omr", "tnd"})  # thousandths, of which the last digit must be 0
WHOLE = frozenset({"isk", "ugx"})  # written with two decimals for old times' sake, which must be 00
LARGEST = 999_999_999_999  # minor units: what a card can be charged
AMEX = 999_999_999  # minor units: but for American Express
USUAL = 99_999_999  # minor units: what every other method takes
MOST = {"idr": 999_999_999_999, "cop": 9_999_999_999, "inr": 999_999_999}  # minor units, where more digits are taken
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
TAKEN = """
aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp byn bzd cad cdf chf clp cny cop
crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf gtq gyd hkd hnl hrk htg huf idr ils inr isk jmd jod
jpy kes kgs khr kmf krw kwd kyd kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio
nok npr nzd omr pab pen pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek sgd shp sle sos srd std szl thb tjs tnd
top try ttd twd tzs uah ugx usd uyu uzs vnd vuv wst xaf xcd xcg xof xpf yer zar zmw
"""
CURRENCIES = frozenset(TAKEN.split())
# what one euro is worth: plain numbers near the real ones, the same every day
RATES = {
    "aed": "4", "aud": "1.65", "bgn": "1.95583", "bhd": "0.4", "brl": "6", "cad": "1.5", "chf": "0.95", "clp": "1000",
    "cny": "8", "cop": "4500", "czk": "25", "dkk": "7.5", "eur": "1", "gbp": "0.8", "hkd": "8", "huf": "400",
    "idr": "17500", "ils": "4", "inr": "90", "isk": "150", "jod": "0.8", "jpy": "160", "krw": "1600", "kwd": "0.32",
    "mxn": "20", "myr": "5", "nok": "12", "nzd": "1.8", "omr": "0.4", "php": "64", "pln": "4", "ron": "5", "sek": "11",
    "sgd": "1.5", "thb": "40", "tnd": "3.4", "try": "40", "twd": "35", "ugx": "4000", "usd": "1.25", "vnd": "27000",
    "xaf": "655.957", "xof": "655.957", "zar": "20",
}  # fmt: skip
PRECISE = Context(prec=6, rounding=ROUND_HALF_UP)  # a rate has six significant figures
SETTLING = "settlement_currencies"  # among the account's changes: what it has bank accounts for; without it, all


def is_currency(code: str) -> bool:
    """Whether Stripe takes payments in it."""
    return code.lower() in CURRENCIES


def least(currency: str) -> int:
    """Minor units; of the currency in which a payment settles."""
    return LEAST.get(currency, 50)


def most(currency: str) -> int:
    """Minor units; of any method but cards."""
    return MOST.get(currency, USUAL)


def digits(currency: str) -> int:
    if currency in THREE_DECIMAL:
        return 3
    return 0 if currency in ZERO_DECIMAL else 2


def spoken(amount: int, currency: str) -> str:
    """As Stripe's error sentences write it: €0.50."""
    figure = f"{Decimal(amount).scaleb(-digits(currency)):,}"
    symbol = SYMBOLS.get(currency)
    return f"{symbol}{figure}" if symbol else f"{figure} {currency}"


def step(currency: str) -> int:
    """The least that two amounts of a currency differ by, in minor units."""
    return 100 if currency in WHOLE else 10 if currency in THREE_DECIMAL else 1


def fee(amount: int, currency: str) -> int:
    """1.5 % and 25 minor units, as exact as the currency is."""
    least_part = step(currency)
    return int(((Decimal(amount) * 15 / 1000 + 25) / least_part).quantize(Decimal(1), ROUND_HALF_UP)) * least_part


def settles_in(mode: Mode, currency: str) -> str:
    """The currency of the balance that a payment in `currency` reaches: its own, if the account holds that one."""
    holds = mode.world.account_changes.get(SETTLING)
    if holds is None or currency in holds:
        return currency
    return mode.world.settings.currency


def rate(currency: str, other: str) -> Decimal:
    """What one minor unit is worth in minor units of the other. Raises KeyError for what is not in the table."""
    plain = Decimal(RATES[other]) / Decimal(RATES[currency])
    return PRECISE.create_decimal(plain.scaleb(digits(other) - digits(currency)))


def exchange(amount: int, by: Decimal) -> int:
    """Minor units times a rate, rounded to the next whole one."""
    return int((amount * by).quantize(Decimal(1), ROUND_HALF_UP))


def check(mode: Mode, amount: int, currency: str) -> None:
    """Refuse an amount (minor units) that Stripe would not charge. Raises StripeError."""
    if amount < 1:
        raise malformed(
            "This value must be greater than or equal to 1.", code="parameter_invalid_integer", param="amount"
        )
    check_unit(amount, currency, param="amount")
    if amount > LARGEST:
        raise too_much(LARGEST, currency)
    if too_little := below(mode, amount, currency):
        raise invalid(f"Amount must {too_little}", code="amount_too_small", param="amount")


def too_much(limit: int, currency: str) -> StripeError:
    """The refusal of what exceeds `limit` (minor units)."""
    words = f"Amount must be no more than {spoken(limit, currency)}"
    return invalid(words, code="amount_too_large", param="amount")


def below(mode: Mode, amount: int, currency: str) -> str | None:
    """None, or what an amount must do to be enough: the least is that of the currency in which it settles."""
    held = settles_in(mode, currency)
    if held == currency:
        return None if amount >= least(currency) else f"be at least {spoken(least(currency), currency)}"
    if currency not in RATES or held not in RATES:
        raise not_built(f"A payment in {currency} that settles in {held}")
    worth = exchange(amount, rate(currency, held))
    if worth >= least(held):
        return None
    return (
        f"convert to at least {spoken(least(held), held)}. {spoken(amount, currency)} converts to approximately "
        f"{spoken(worth, held)}."
    )


def check_unit(amount: int, currency: str, *, param: str | None = None) -> None:
    """Refuse figures in places that a currency does not have. Raises StripeError."""
    if amount % step(currency):
        raise invalid(
            f"Invalid amount: amounts in {currency} must be divisible by {step(currency)}.",
            code="invalid_charge_amount",
            param=param,
        )
