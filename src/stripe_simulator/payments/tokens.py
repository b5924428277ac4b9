"""Names that stand for a fresh payment method: `pm_card_visa`, `tok_visa`, `pm_sepaDebit_success_fr`."""

from stripe_simulator.payments import cards, sepa

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
    "pm_card_riskLevelElevated": "4000000000009235",
    "pm_card_createIssuerFraudRecord": "4000000000005423",
    "pm_card_createMultipleDisputes": "4000000404000079",
    "pm_card_createComplianceDispute": "4000008400000779",
    "pm_card_createMastercardComplianceDispute": "5105008400000002",
}

CARD_NAMES: dict[str, str] = {**cards.TOKENS, **MORE_CARDS}
IBANS: dict[str, str] = {
    f"pm_sepaDebit_{name}_{iban[:2].lower()}": iban
    for name, (_, accounts) in sepa.ACCOUNTS.items()
    if name in sepa.NAMED
    for iban in accounts
}


def card_number(name: str) -> str | None:
    """The number behind a `pm_card_...` or a `tok_...`: each card has both names."""
    stem = "pm_card_" + name.removeprefix("tok_") if name.startswith("tok_") else name
    return CARD_NAMES.get(stem)


def iban(name: str) -> str | None:
    """The account behind a `pm_sepaDebit_<scenario>_<country>`."""
    return IBANS.get(name)
