"""Refunds."""

from stripe_simulator.emit import emit
from stripe_simulator.errors import invalid, malformed, missing, not_built
from stripe_simulator.find import find, from_path
from stripe_simulator.lists import matching, page
from stripe_simulator.metadata import merged
from stripe_simulator.payments.disputing import blocks_refunds
from stripe_simulator.payments.money import spoken
from stripe_simulator.payments.refunding import new_refund
from stripe_simulator.registry import Call, operation
from stripe_simulator.types import Json
from stripe_simulator.world import Mode

READ, WRITE = "rak_charge_read", "rak_charge_write"
NOT_BUILT = ("customer", "currency", "instructions_email", "origin", "refund_application_fee", "reverse_transfer")


@operation("POST", "/v1/refunds", permission=WRITE)
def create(call: Call) -> Json:
    params = call.params
    for name in NOT_BUILT:
        if name in params:
            raise not_built(f"The parameter {name} of refunds")
    charge = _charge(call)
    return new_refund(call.mode, charge, check(call.mode, charge, params.get("amount")), params)


def check(mode: Mode, charge: Json, wanted: int | None) -> int:
    """What is given back: what was asked for (minor units), or all that is left. Raises StripeError."""
    if charge["refunded"]:
        raise invalid(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    if blocks_refunds(mode, charge):
        raise invalid(f"Charge {charge['id']} has been charged back; cannot issue a refund.", code="charge_disputed")
    if charge["status"] == "pending":
        raise invalid(f"Charge {charge['id']} is still pending; cannot issue a refund.", param="charge")
    if not charge["paid"]:
        raise invalid(f"Charge {charge['id']} was not paid; cannot issue a refund.")
    left = charge["amount_captured"] - charge["amount_refunded"]
    amount = left if wanted is None else wanted
    if amount < 1:
        raise malformed(
            "This value must be greater than or equal to 1.", code="parameter_invalid_integer", param="amount"
        )
    if amount > left:
        currency = charge["currency"]
        raise invalid(
            f"Refund amount ({spoken(amount, currency)}) is greater than unrefunded amount on charge "
            f"({spoken(left, currency)})",
            param="amount",
        )
    return amount


def _charge(call: Call) -> Json:
    """The charge that `charge` or `payment_intent` names."""
    params = call.params
    if params.get("charge"):
        return find(call.mode, "charge", params["charge"], param="charge", status=404)
    if not params.get("payment_intent"):
        raise missing("charge")
    intent = find(call.mode, "payment_intent", params["payment_intent"], param="payment_intent", status=404)
    if intent["status"] != "succeeded":
        raise invalid(
            f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.", param="payment_intent"
        )
    return find(call.mode, "charge", intent["latest_charge"])


@operation("GET", "/v1/refunds/{refund}", permission=READ)
def retrieve(call: Call) -> Json:
    return from_path(call, "refund", "refund")


@operation("GET", "/v1/refunds", permission=READ)
def listing(call: Call) -> Json:
    things = matching(call.mode.all("refund"), call.params, "charge", "payment_intent")
    return page(things, call.params, "/v1/refunds", "refund")


@operation("POST", "/v1/refunds/{refund}", permission=WRITE)
def update(call: Call) -> Json:
    refund = from_path(call, "refund", "refund")
    before = {"metadata": refund["metadata"]}
    refund["metadata"] = merged(refund["metadata"], call.params.get("metadata"))
    if refund["metadata"] != before["metadata"]:
        emit(call.mode, "refund.updated", refund, before)
    return refund


@operation("POST", "/v1/refunds/{refund}/cancel", permission=WRITE)
def cancel(call: Call) -> Json:
    """Only what waits for the customer can be called off, and no method here makes such a refund."""
    refund = from_path(call, "refund", "refund")
    if refund["id"].startswith("re_"):
        raise invalid("Canceling a refund of a card payment is unsupported.")
    raise invalid(
        f"This refund could not be canceled because it has a status of {refund['status']}. Only a refund with the status "
        "requires_action may be canceled."
    )
