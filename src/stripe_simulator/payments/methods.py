"""Which payment method types a payment may use: dynamic, then filtered."""

from typing import Any

from stripe_simulator.errors import invalid
from stripe_simulator.resources.account import account
from stripe_simulator.types import Json
from stripe_simulator.world import Mode

CONFIGURATION = {"id": "pmc_1Simulator0000000000000", "parent": None}  # the account's default one
# in the order of the hosted page; the currencies that each takes (None: all)
OFFERED: dict[str, frozenset[str] | None] = {
    "card": None,
    "sepa_debit": frozenset({"eur"}),
    "bancontact": frozenset({"eur"}),
}


def types(mode: Mode, currency: str, params: Json) -> list[str]:
    """What the account can take in this currency, less what the caller left out."""
    capabilities = account(mode.world)["capabilities"]
    able = [
        kind
        for kind, currencies in OFFERED.items()
        if capabilities.get(f"{kind}_payments") == "active" and (currencies is None or currency in currencies)
    ]
    allowed: Any = params.get("allowed_payment_method_types") or able
    excluded: Any = params.get("excluded_payment_method_types") or ()
    found = [kind for kind in able if kind in allowed and kind not in excluded]
    if not found:
        raise invalid(
            "No valid payment method types for this payment. Please ensure that you have activated payment methods "
            f"compatible with your chosen currency ({currency}) and with the types that you allow or exclude.",
        )
    return found


def options(kinds: list[str]) -> Json:
    """`payment_method_options` as Stripe fills it in when nothing was asked."""
    filled: Json = {
        "bancontact": {"preferred_language": "en"},
        "card": {
            "installments": None,
            "mandate_options": None,
            "network": None,
            "request_three_d_secure": "automatic",
        },
        "sepa_debit": {},
    }
    return {kind: filled[kind] for kind in kinds}
