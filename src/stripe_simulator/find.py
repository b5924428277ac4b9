"""Finding an object of one mode, or refusing in Stripe's words."""

from stripe_simulator.errors import no_such
from stripe_simulator.registry import Call
from stripe_simulator.types import Json
from stripe_simulator.world import Mode

# as Stripe's sentences call them
NOUNS = {
    "balance_transaction": "balance transaction",
    "checkout.session": "checkout.session",
    "payment_intent": "payment_intent",
    "webhook_endpoint": "webhook endpoint",
    "payment_method": "PaymentMethod",
    "setup_intent": "setupintent",
}


def noun(kind: str) -> str:
    return NOUNS.get(kind, kind)


def from_path(call: Call, kind: str, name: str, *, param: str = "id") -> Json:
    """The object whose id stands in the path."""
    return find(call.mode, kind, call.path[name], param=param)


def find(mode: Mode, kind: str, identifier: str, *, param: str = "id", status: int = 404) -> Json:
    thing = mode.get(kind, identifier)
    if thing is not None and not thing.get("deleted"):
        return thing
    hint = ""
    if mode.world.other(mode).get(kind, identifier) is not None:
        here, there = ("live", "test") if mode.livemode else ("test", "live")
        hint = f"; a similar object exists in {there} mode, but a {here} mode key was used to make this request."
    raise no_such(noun(kind), identifier, param=param, status=status, hint=hint)


def by_param(call: Call, kind: str, name: str) -> Json | None:
    """The object that a parameter names; a parameter that names nothing is a 400."""
    identifier = call.params.get(name)
    return find(call.mode, kind, identifier, param=name, status=400) if identifier else None
