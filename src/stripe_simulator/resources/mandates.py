"""Mandates: a customer's leave to debit an account."""

from stripe_simulator import ids
from stripe_simulator.find import from_path
from stripe_simulator.registry import Call, operation
from stripe_simulator.types import Json
from stripe_simulator.world import Mode


def new_mandate(mode: Mode, method: Json) -> Json:
    """An active mandate for a SEPA account, accepted on the hosted page just now."""
    reference = ids.token(16).upper()
    return mode.put(
        {
            "id": ids.make("mandate"),
            "object": "mandate",
            "customer_acceptance": {
                "accepted_at": mode.world.clock.seconds(),
                "online": {"ip_address": "127.0.0.1", "user_agent": "simulator"},
                "type": "online",
            },
            "livemode": mode.livemode,
            "multi_use": {},
            "payment_method": method["id"],
            "payment_method_details": {
                "sepa_debit": {"reference": reference, "url": f"https://hooks.stripe.com/mandate/{reference}"},
                "type": "sepa_debit",
            },
            "status": "active",
            "type": "multi_use",
        }
    )


@operation("GET", "/v1/mandates/{mandate}", permission="rak_mandate_read")
def retrieve(call: Call) -> Json:
    return from_path(call, "mandate", "mandate", param="mandate")
