"""Stripe's documented test cards, and how each behaves."""

from dataclasses import dataclass

from stripe_simulator.payments.claims import FRAUD, NOT_RECEIVED, UNRECOGNIZED, Claim
from stripe_simulator.payments.enhanced import NONCOMPLIANT

DECLINED = "card_declined"


@dataclass(frozen=True, slots=True)
class Decline:
    code: str
    decline_code: str
    message: str


GENERIC = Decline(DECLINED, "generic_decline", "Your card was declined.")
NO_FUNDS = Decline(DECLINED, "insufficient_funds", "Your card has insufficient funds.")
LOST = Decline(DECLINED, "lost_card", "Your card was declined.")
STOLEN = Decline(DECLINED, "stolen_card", "Your card was declined.")
VELOCITY = Decline(
    DECLINED,
    "card_velocity_exceeded",
    "Your card was declined for making repeated attempts too frequently or exceeding its amount limit.",
)
EXPIRED = Decline("expired_card", "expired_card", "Your card has expired.")
WRONG_CVC = Decline("incorrect_cvc", "incorrect_cvc", "Your card's security code is incorrect.")
PROCESSING = Decline(
    "processing_error",
    "processing_error",
    "An error occurred while processing your card. Try again in a little bit.",
)
BLOCKED = Decline(DECLINED, "fraudulent", "Your card was declined.")
TOO_MUCH = Decline(DECLINED, "invalid_amount", "Your card was declined.")
NOT_A_TEST_CARD = Decline(
    DECLINED,
    "test_mode_live_card",
    "Your card was declined. Your request was in test mode, but used a non test card. For a list of valid test cards, "
    "visit: https://stripe.com/docs/testing.",
)
AUTHENTICATION = Decline(
    "authentication_required",
    "authentication_required",
    "Your card was declined. This transaction requires authentication.",
)

ALWAYS, UNLESS_SET_UP = "always", "unless_set_up"
PENDING, FAILS = "pending", "fails"
CHARGE_FAILS = "4000000000000341"  # can be saved, is declined when charged


@dataclass(frozen=True, slots=True)
class Behaviour:
    decline: Decline | None = None
    challenge: str | None = None  # 3-D Secure: ALWAYS, UNLESS_SET_UP, or never
    refund: str | None = None  # PENDING, then succeeded; or FAILS, after it had succeeded
    disputes: tuple[Claim, ...] = ()  # a moment after the payment
    at_once: bool = False  # its money is available as soon as it is booked
    warns: bool = False  # the bank sends an early fraud warning, a moment after the payment
    risk: str = ""  # what Radar thinks of the charge, where that is not `normal`


TWICE = Behaviour(disputes=(Claim(FRAUD, part=2), Claim(NOT_RECEIVED)))
CARDS: dict[str, Behaviour] = {
    "4242424242424242": Behaviour(),
    "4000056655665556": Behaviour(),
    "4000002500001001": Behaviour(),
    "5555555555554444": Behaviour(),
    "378282246310005": Behaviour(),
    "6011111111111117": Behaviour(),
    "4000000000000077": Behaviour(at_once=True),
    "4000000000000002": Behaviour(GENERIC),
    "4000000000009995": Behaviour(NO_FUNDS),
    "4000000000009987": Behaviour(LOST),
    "4000000000009979": Behaviour(STOLEN),
    "4000000000006975": Behaviour(VELOCITY),
    "4000000000000069": Behaviour(EXPIRED),
    "4000000000000127": Behaviour(WRONG_CVC),
    "4000000000000119": Behaviour(PROCESSING),
    "4000000000000341": Behaviour(GENERIC),
    "4100000000000019": Behaviour(BLOCKED),
    "4000000000004954": Behaviour(BLOCKED),  # by a rule of Radar's that is on unless somebody switches it off
    "4000000000009235": Behaviour(risk="elevated"),
    "4000002500003155": Behaviour(challenge=UNLESS_SET_UP),
    "4000002760003184": Behaviour(challenge=ALWAYS),
    "4000003800000446": Behaviour(),
    "4000000000003220": Behaviour(challenge=ALWAYS),
    "4000008400001629": Behaviour(GENERIC, ALWAYS),
    "4000008260003178": Behaviour(NO_FUNDS, ALWAYS),
    "4000000000007726": Behaviour(refund=PENDING),
    "4000000000005126": Behaviour(refund=FAILS),
    "4000000000000259": Behaviour(disputes=(Claim(FRAUD),)),
    "4000000000002685": Behaviour(disputes=(Claim(NOT_RECEIVED),)),
    "4000000000001976": Behaviour(disputes=(Claim(UNRECOGNIZED, inquiry=True),)),
    "4000000000005423": Behaviour(warns=True),
    "4000000404000079": TWICE,
    "4000004040000079": TWICE,  # the same as it is written in some copies of the table
    "4000008400000779": Behaviour(disputes=(Claim(NONCOMPLIANT),)),
    "5105008400000002": Behaviour(disputes=(Claim(NONCOMPLIANT),)),
}

# ids that stand for a fresh payment method with that card
TOKENS: dict[str, str] = {
    "pm_card_visa": "4242424242424242",
    "pm_card_mastercard": "5555555555554444",
    "pm_card_amex": "378282246310005",
    "pm_card_discover": "6011111111111117",
    "pm_card_bypassPending": "4000000000000077",
    "pm_card_visa_chargeDeclined": "4000000000000002",
    "pm_card_visa_chargeDeclinedInsufficientFunds": "4000000000009995",
    "pm_card_visa_chargeDeclinedLostCard": "4000000000009987",
    "pm_card_visa_chargeDeclinedStolenCard": "4000000000009979",
    "pm_card_visa_chargeDeclinedVelocityLimitExceeded": "4000000000006975",
    "pm_card_chargeDeclinedExpiredCard": "4000000000000069",
    "pm_card_chargeDeclinedIncorrectCvc": "4000000000000127",
    "pm_card_chargeDeclinedProcessingError": "4000000000000119",
    "pm_card_chargeCustomerFail": "4000000000000341",
    "pm_card_authenticationRequiredOnSetup": "4000002500003155",
    "pm_card_authenticationRequired": "4000002760003184",
    "pm_card_authenticationRequiredSetupForOffSession": "4000003800000446",
    "pm_card_threeDSecure2Required": "4000000000003220",
    "pm_card_threeDSecureRequiredChargeDeclined": "4000008400001629",
    "pm_card_createDispute": "4000000000000259",
    "pm_card_createDisputeProductNotReceived": "4000000000002685",
    "pm_card_createDisputeInquiry": "4000000000001976",
    "pm_card_pendingRefund": "4000000000007726",
    "pm_card_refundFail": "4000000000005126",
}


def behaviour(number: str) -> Behaviour:
    return CARDS.get(number, Behaviour(NOT_A_TEST_CARD))


def refused_when_saved(number: str) -> Decline | None:
    """What a bank says when it is asked to keep the card: only `CHARGE_FAILS` and those that ask for 3-D Secure wait
    with their refusal until they are charged, and Radar looks at charges alone.
    """
    found = behaviour(number)
    return None if number == CHARGE_FAILS or found.challenge or found.decline is BLOCKED else found.decline


def luhn(number: str) -> bool:
    """Whether the last digit fits the others; Stripe's own test numbers always do."""
    if number in CARDS:  # 4000 0040 4000 0079 is written so
        return True
    total = 0
    for index, letter in enumerate(reversed(number)):
        digit = int(letter) * (1 + index % 2)
        total += digit - 9 * (digit > 9)  # noqa: PLR2004 - two digits are added up
    return total % 10 == 0


def brand(number: str) -> str:
    if number.startswith("3"):
        return "amex"
    if number.startswith(("51", "52", "53", "54", "55", "2")):
        return "mastercard"
    return "discover" if number.startswith("6") else "visa"
