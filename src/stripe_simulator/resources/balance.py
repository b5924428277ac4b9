"""The balance: what the rows add up to, by currency."""

from stripe_simulator.registry import Call, operation
from stripe_simulator.resources.balance_transactions import settled
from stripe_simulator.types import Json
from stripe_simulator.world import Mode

READ = "rak_balance_read"
DEBITS = "debit_negative_balances"  # among the account's changes


def standing(mode: Mode) -> dict[str, tuple[int, int]]:
    """By currency, what is available and what is pending, in minor units; either may be negative."""
    now = mode.world.clock.seconds()
    sums: dict[str, list[int]] = {mode.world.settings.currency: [0, 0]}
    for row in mode.all("balance_transaction"):
        sums.setdefault(row["currency"], [0, 0])[row["available_on"] > now] += row["net"]
    return {currency: (free, waiting) for currency, (free, waiting) in sorted(sums.items())}


def available(mode: Mode, currency: str) -> int:
    """What can be paid out or given back now, minor units; negative when more was given back than had come."""
    return standing(mode).get(currency, (0, 0))[0]


def awaits_funds(mode: Mode, amount: int, currency: str) -> bool:
    """Whether a refund of so many minor units must wait for money.

    Only on an account whose bank account Stripe may not debit: else the balance becomes negative, and the bank account pays.
    """
    if mode.world.account_changes.get(DEBITS, True):
        return False
    worth, held, _ = settled(mode, amount, currency)
    return worth > available(mode, held)


@operation("GET", "/v1/balance", permission=READ)
def retrieve(call: Call) -> Json:
    held = standing(call.mode)
    return {
        "object": "balance",
        "available": [_part(currency, free) for currency, (free, _) in held.items()],
        "livemode": call.mode.livemode,
        "pending": [_part(currency, waiting) for currency, (_, waiting) in held.items()],
        "refund_and_dispute_prefunding": {
            "available": [_part(currency, 0) for currency in held],
            "pending": [_part(currency, 0) for currency in held],
        },
    }


def _part(currency: str, amount: int) -> Json:
    return {"amount": amount, "currency": currency, "source_types": {"card": amount}}
