"""Refunds."""

from stripe_simulator import ids
from stripe_simulator.emit import emit
from stripe_simulator.errors import invalid, malformed, missing, not_built
from stripe_simulator.find import find, from_path
from stripe_simulator.lists import matching, page
from stripe_simulator.metadata import merged
from stripe_simulator.payments.money import spoken
from stripe_simulator.registry import Call, operation
from stripe_simulator.resources.balance_transactions import new_row
from stripe_simulator.types import Json
from stripe_simulator.world import Mode

READ, WRITE = "rak_charge_read", "rak_charge_write"
NOT_BUILT = ("customer", "currency", "instructions_email", "origin", "refund_application_fee", "reverse_transfer")


def new_refund(mode: Mode, charge: Json, amount: int, params: Json) -> Json:
    """Money goes back at once; `amount` is minor units of the charge's currency. The fee is not given back."""
    card = "card" in charge["payment_method_details"]
    refund: Json = {
        "id": ids.make("re" if card else "pyr"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": mode.world.clock.seconds(),
        "currency": charge["currency"],
        "destination_details": _destination(charge),
        "metadata": merged({}, params.get("metadata")),
        "payment_intent": charge["payment_intent"],
        "reason": params.get("reason"),
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }
    row = new_row(
        mode,
        "refund" if card else "payment_refund",
        refund["id"],
        amount=-amount,
        currency=charge["currency"],
        cost=0,
        description=f"REFUND FOR {'CHARGE' if card else 'PAYMENT'}",
    )
    refund["balance_transaction"] = row["id"]
    mode.put(refund)
    before = {"amount_refunded": charge["amount_refunded"], "refunded": charge["refunded"]}
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    emit(mode, "refund.created", refund)
    emit(mode, "charge.refunded", charge, before)
    return refund


def _destination(charge: Json) -> Json:
    kind = charge["payment_method_details"]["type"]
    if kind != "card":
        return {"type": kind, kind: {}} if kind == "sepa_debit" else {"type": kind}
    return {
        "card": {"reference_status": "pending", "reference_type": "acquirer_reference_number", "type": "refund"},
        "type": "card",
    }


@operation("POST", "/v1/refunds", permission=WRITE)
def create(call: Call) -> Json:
    params = call.params
    for name in NOT_BUILT:
        if name in params:
            raise not_built(f"The parameter {name} of refunds")
    charge = _charge(call)
    if charge["refunded"]:
        raise invalid(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    if charge["disputed"]:
        raise invalid(f"Charge {charge['id']} has been charged back; cannot issue a refund.", code="charge_disputed")
    if charge["status"] == "pending":
        raise not_built("A refund of a pending charge")
    if not charge["paid"]:
        raise invalid(f"Charge {charge['id']} was not paid; cannot issue a refund.")
    left = charge["amount"] - charge["amount_refunded"]
    amount = params.get("amount", left)
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
    return new_refund(call.mode, charge, amount, params)


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
