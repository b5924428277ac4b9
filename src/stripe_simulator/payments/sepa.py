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
    refused: str = ""  # the code of the refusal, where the payment method itself cannot be made
    disputes: tuple[Claim, ...] = ()  # a moment after it settled


GOOD, GOOD_SOON = Scenario(), Scenario(soon=True)
BAD, BAD_SOON = Scenario("generic_could_not_process"), Scenario("generic_could_not_process", soon=True)
NO_FUNDS = Scenario("insufficient_funds")
DISPUTED = Scenario(disputes=(Claim(UNAUTHORIZED),))

VOLUME, TRANSACTIONS = Scenario("charge_exceeds_source_limit"), Scenario("charge_exceeds_weekly_limit")
NO_BANK, NO_DEBITS = (
    Scenario(refused="sepa_debit_bank_not_supported"),
    Scenario(refused="sepa_debit_debits_not_supported"),
)
NAMED = frozenset(  # those that a `pm_sepaDebit_<name>_<country>` stands for: the others cannot be made at all
    {
        *("success", "successDelayed", "failed", "failedDelayed", "disputed"),
        *("exceedsWeeklyVolumeLimit", "exceedsWeeklyTransactionLimit", "insufficientFunds"),
    }
)
# by scenario: Austria, Belgium, Germany, France, Ireland; the whole list is on the page docs.stripe.com/testing
ACCOUNTS: dict[str, tuple[Scenario, tuple[str, ...]]] = {
    "success": (
        GOOD,
        (
            *("AT611904300234573201", "BE62510007547061", "DE89370400440532013000"),
            *("FR1420041010050500013M02606", "IE29AIBK93115212345678"),
        ),
    ),
    "successDelayed": (
        GOOD_SOON,
        (
            *("AT321904300235473204", "BE78510007547064", "DE08370400440532013003"),
            *("FR3020041010050500013M02609", "IE24AIBK93115212345671"),
        ),
    ),
    "failed": (
        BAD,
        (
            *("AT861904300235473202", "BE68539007547034", "DE62370400440532013001"),
            *("FR8420041010050500013M02607", "IE02AIBK93115212345679"),
        ),
    ),
    "failedDelayed": (
        BAD_SOON,
        (
            *("AT051904300235473205", "BE51510007547065", "DE78370400440532013004"),
            *("FR7920041010050500013M02600", "IE94AIBK93115212345672"),
        ),
    ),
    "disputed": (
        DISPUTED,
        (
            *("AT591904300235473203", "BE08510007547063", "DE35370400440532013002"),
            *("FR5720041010050500013M02608", "IE51AIBK93115212345670"),
        ),
    ),
    "exceedsWeeklyVolumeLimit": (
        VOLUME,
        (
            *("AT981904300000343434", "BE90510000343434", "DE65370400440000343434"),
            *("FR9720041010050000000343434", "IE10AIBK93115200343434"),
        ),
    ),
    "exceedsWeeklyTransactionLimit": (
        TRANSACTIONS,
        (
            *("AT601904300000121212", "BE52510000121212", "DE27370400440000121212"),
            *("FR5920041010050000000121212", "IE69AIBK93115200121212"),
        ),
    ),
    "insufficientFunds": (
        NO_FUNDS,
        (
            *("AT981904300002222227", "BE90510002222227", "DE65370400440002222227"),
            *("FR9720041010050000002222227", "IE10AIBK93115202222227"),
        ),
    ),
    "bankNotSupported": (
        NO_BANK,
        (
            *("AT271904300000055555", "BE19510000055555", "DE91370400440000055555"),
            *("FR2620041010050000000055555", "IE36AIBK93115200055555"),
        ),
    ),
    "debitsNotSupported": (
        NO_DEBITS,
        (
            *("AT511904300000066666", "BE43510000066666", "DE18370400440000066666"),
            *("FR5020041010050000000066666", "IE60AIBK93115200066666"),
        ),
    ),
}
IBANS: dict[str, Scenario] = {iban: found for found, accounts in ACCOUNTS.values() for iban in accounts}

MESSAGES = {
    "charge_exceeds_source_limit": "This payment exceeds the amount that can be debited from this source in a week.",
    "charge_exceeds_weekly_limit": "This payment exceeds the number of debits that are possible in a week.",
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
