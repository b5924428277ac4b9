"""Names that stand for a fresh payment method: `pm_card_visa`, `tok_visa`, `pm_sepaDebit_success_fr`."""

from stripe_simulator.payments import cards

# names of cards beyond those of `cards.TOKENS`
MORE_CARDS: dict[str, str] = {
    "pm_card_visa_debit": "4000056655665556",
    "pm_card_chargeDeclined": "4000000000000002",
    "pm_card_chargeDeclinedInsufficientFunds": "4000000000009995",
    "pm_card_chargeDeclinedLostCard": "4000000000009987",
    "pm_card_chargeDeclinedStolenCard": "4000000000009979",
    "pm_card_chargeDeclinedVelocityLimitExceeded": "4000000000006975",
    "pm_card_chargeDeclinedFraudulent": "4100000000000019",
    "pm_card_radarBlock": "4100000000000019",
    "pm_card_riskLevelHighest": "4000000000004954",
}

SEPA: dict[str, tuple[str, ...]] = {
    "success": (
        "AT611904300234573201",
        "BE62510007547061",
        "DE89370400440532013000",
        "FR1420041010050500013M02606",
    ),
    "successDelayed": ("AT321904300235473204", "DE08370400440532013003", "FR3020041010050500013M02609"),
    "failed": ("AT861904300235473202", "DE62370400440532013001", "FR8420041010050500013M02607"),
    "failedDelayed": ("AT051904300235473205", "DE78370400440532013004", "FR7920041010050500013M02600"),
    "disputed": ("AT591904300235473203", "DE35370400440532013002", "FR5720041010050500013M02608"),
    "insufficientFunds": ("AT981904300002222227", "DE65370400440002222227"),
}
IBANS: dict[str, str] = {
    f"pm_sepaDebit_{scenario}_{iban[:2].lower()}": iban for scenario, accounts in SEPA.items() for iban in accounts
}


def card_number(name: str) -> str | None:
    """The number behind a `pm_card_...` or a `tok_...`: each card has both names."""
    stem = "pm_card_" + name.removeprefix("tok_") if name.startswith("tok_") else name
    return cards.TOKENS.get(stem) or MORE_CARDS.get(stem)


def iban(name: str) -> str | None:
    """The account behind a `pm_sepaDebit_<scenario>_<country>`."""
    return IBANS.get(name)
