"""Customer sessions: a secret with which Stripe's own scripts in a browser may see one customer.

No page of the simulator takes the secret, and Stripe cannot read a session again either: nothing is kept.
"""

from stripe_simulator import ids
from stripe_simulator.errors import invalid, malformed, missing, not_built
from stripe_simulator.find import by_param
from stripe_simulator.registry import Call, operation
from stripe_simulator.types import Json

LIVES = 1800  # seconds [not verified]
OFF = "disabled"
MOST_SHOWN = 10  # saved methods in the Payment Element
SHOWN: Json = {"payment_method_allow_redisplay_filters": ["always"], "payment_method_remove": OFF}
SAVED: Json = {**SHOWN, "payment_method_redisplay": OFF, "payment_method_save": OFF}
SWITCHES = ("active_entitlements", "buy_button", "customer_portal", "pricing_table")
FEATURES: dict[str, Json] = {  # what a component does when nothing is said
    "customer_sheet": SHOWN,
    "mobile_payment_element": {**SAVED, "payment_method_save_allow_redisplay_override": None},
    "payment_element": {**SAVED, "payment_method_redisplay_limit": 3, "payment_method_save_usage": None},
}


@operation("POST", "/v1/customer_sessions", permission="rak_customer_session_write")  # [?]
def create(call: Call) -> Json:
    if "customer_account" in call.params:
        raise not_built("The parameter customer_account of customer sessions")
    components = _components(call.params["components"])
    customer = by_param(call, "customer", "customer")
    if customer is None:
        raise missing("customer")
    now = call.world.clock.seconds()
    return {
        "object": "customer_session",
        "client_secret": f"cuss_secret_{ids.token(46)}",
        "components": components,
        "created": now,
        "customer": customer["id"],
        "customer_account": None,
        "expires_at": now + LIVES,
        "livemode": call.mode.livemode,
    }


def _components(sent: Json) -> Json:
    """All of them, as asked for or off. Raises StripeError when none is on, or one would show too many methods."""
    if not any(component["enabled"] for component in sent.values()):
        raise invalid("At least one component must be enabled.", param="components")  # words not verified
    told: Json = {name: {"enabled": sent.get(name, {}).get("enabled", False)} for name in SWITCHES}
    for name, plain in FEATURES.items():
        component = sent.get(name, {"enabled": False})
        wanted: Json = component.get("features", {})
        limit = wanted.get("payment_method_redisplay_limit", 1)
        if not 1 <= limit <= MOST_SHOWN:
            bound = "greater than or equal to 1" if limit < 1 else f"less than or equal to {MOST_SHOWN}"
            raise malformed(
                f"This value must be {bound}.",
                code="parameter_invalid_integer",
                param=f"components[{name}][features][payment_method_redisplay_limit]",
            )
        told[name] = {
            "enabled": component["enabled"],
            "features": {**plain, **wanted} if component["enabled"] else None,
        }
    return told
