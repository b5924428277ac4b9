"""SetupAttempts: one for each try to set a payment method up."""

from stripe_simulator import ids
from stripe_simulator.lists import matching, page
from stripe_simulator.payments.details import AUTHENTICATED, of_redirected
from stripe_simulator.registry import Call, operation
from stripe_simulator.resources.payment_methods import SINGLE_USE
from stripe_simulator.types import Json
from stripe_simulator.world import Mode

SAME = ("brand", "checks", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4", "wallet")


def new_attempt(mode: Mode, intent: Json, method: Json) -> Json:
    return mode.put(
        {
            "id": ids.make("setatt"),
            "object": "setup_attempt",
            "application": None,
            "created": mode.world.clock.seconds(),
            "customer": intent["customer"],
            "customer_account": None,
            "flow_directions": None,
            "livemode": mode.livemode,
            "on_behalf_of": None,
            "payment_method": method["id"],
            "payment_method_details": of_method(method),
            "setup_error": None,
            "setup_intent": intent["id"],
            "status": "requires_confirmation",
            "usage": intent["usage"],
        }
    )


def of_method(method: Json, *, authenticated: bool = False, generated: Json | None = None) -> Json:
    """`payment_method_details` of an attempt; `generated` is what a bank's redirect revealed."""
    kind = method["type"]
    details: Json = {}
    if kind == "card":
        card = method["card"]
        details = {
            **{name: card[name] for name in SAME},
            "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
            "network": card["brand"],
            "three_d_secure": _authentication() if authenticated else None,
        }
    elif generated is not None:
        details = _without({**of_redirected(method), **generated}, "transaction_id")
    elif kind in SINGLE_USE:  # nothing is known before the bank has answered
        details = _without(dict.fromkeys(of_redirected(method)), "transaction_id")
    return {kind: details, "type": kind}


def _authentication() -> Json:
    return _without(AUTHENTICATED, "exemption_indicator", "electronic_commerce_indicator")


def _without(details: Json, *names: str) -> Json:
    """What a charge tells and an attempt does not is left out."""
    return {name: value for name, value in details.items() if name not in names}


@operation("GET", "/v1/setup_attempts", permission="rak_setup_intent_read")
def listing(call: Call) -> Json:
    things = matching(call.mode.all("setup_attempt"), call.params, "setup_intent")
    return page(things, call.params, "/v1/setup_attempts", "setup_attempt")
