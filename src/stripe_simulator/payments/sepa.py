"""Stripe's test IBANs, and when a direct debit shows its result."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from stripe_simulator.payments.claims import UNAUTHORIZED, Claim

SHORT = 180.0  # seconds: "at least three minutes" of the delayed test accounts
BUSINESS_DAYS = 6
SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Scenario:
    """`failure` is the charge's failure code, or None; `soon` settles after minutes instead of business days."""

    failure: str | None = None
    soon: bool = False
    refused: bool = False  # the payment method itself cannot be made
    disputes: tuple[Claim, ...] = ()  # a moment after it settled


GOOD, GOOD_SOON = Scenario(), Scenario(soon=True)
BAD, BAD_SOON = Scenario("generic_could_not_process"), Scenario("generic_could_not_process", soon=True)
NO_FUNDS, REFUSED = Scenario("insufficient_funds"), Scenario(refused=True)
DISPUTED = Scenario(disputes=(Claim(UNAUTHORIZED),))

IBANS: dict[str, Scenario] = {
    "AT611904300234573201": GOOD,
    "BE62510007547061": GOOD,
    "DE89370400440532013000": GOOD,
    "FR1420041010050500013M02606": GOOD,
    "AT321904300235473204": GOOD_SOON,
    "DE08370400440532013003": GOOD_SOON,
    "FR3020041010050500013M02609": GOOD_SOON,
    "AT861904300235473202": BAD,
    "DE62370400440532013001": BAD,
    "FR8420041010050500013M02607": BAD,
    "AT051904300235473205": BAD_SOON,
    "DE78370400440532013004": BAD_SOON,
    "FR7920041010050500013M02600": BAD_SOON,
    "AT981904300002222227": NO_FUNDS,
    "DE65370400440002222227": NO_FUNDS,
    "AT591904300235473203": DISPUTED,
    "DE35370400440532013002": DISPUTED,
    "FR5720041010050500013M02608": DISPUTED,
    "AT271904300000055555": REFUSED,
    "AT511904300000066666": REFUSED,
}

MESSAGES = {
    "insufficient_funds": "The customer's account has insufficient funds to cover this payment.",
    "generic_could_not_process": "The payment could not be processed.",
    "refer_to_customer": "The customer's bank refused the payment.",
    "debit_not_authorized": "The customer has notified their bank that this payment was unauthorized.",
}


def scenario(iban: str) -> Scenario:
    return IBANS.get(iban, GOOD)


LETTERS_TO_DIGITS = str.maketrans({chr(ord("A") + index): str(10 + index) for index in range(26)})
SHORTEST, LONGEST = 15, 34


def valid(iban: str) -> bool:
    """ISO 13616: the first four characters move to the end, letters become numbers, the rest by 97 is 1."""
    if not (SHORTEST <= len(iban) <= LONGEST and iban.isascii() and iban.isalnum() and iban[:2].isalpha()):
        return False
    return int((iban[4:] + iban[:4]).upper().translate(LETTERS_TO_DIGITS)) % 97 == 1


def settles_at(now: float, found: Scenario) -> float:
    """Unix seconds: minutes later, or six business days later at midnight UTC."""
    if found.soon:
        return now + SHORT
    return after_days(now, BUSINESS_DAYS)


def after_days(now: float, left: int) -> float:
    """Unix seconds: midnight UTC, so many business days later."""
    day = datetime.fromtimestamp(now, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < SATURDAY
    return day.timestamp()


def expected_date(now: float, found: Scenario) -> str:
    return datetime.fromtimestamp(settles_at(now, found), UTC).date().isoformat()
