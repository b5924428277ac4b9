"""Inputs that Stripe took away with a message of their own, which says more than "unknown parameter"."""

from stripe_simulator.errors import malformed
from stripe_simulator.types import Json

INTENTS = ("/v1/payment_intents", "/v1/setup_intents")
TYPES = "payment_method_types"


def refuse(path: str, data: Json) -> None:
    """Since 2026-09-30.endive the types of an intent are computed: callers filter, they do not list."""
    if TYPES in data and path.startswith(INTENTS):
        raise malformed(
            "The `payment_method_types` parameter is no longer supported. Use `allowed_payment_method_types`, "
            "`excluded_payment_method_types` or a `payment_method_configuration` instead.",
            code="payment_method_types_no_longer_supported",
            param=TYPES,
        )
