"""Charges: one for each attempt that reached a network."""

from typing import Any

from stripe_simulator import ids
from stripe_simulator.emit import emit
from stripe_simulator.errors import invalid, not_built
from stripe_simulator.expand import included
from stripe_simulator.find import from_path
from stripe_simulator.lists import matching, page
from stripe_simulator.metadata import merged
from stripe_simulator.registry import Call, operation
from stripe_simulator.resources.customers import shipping
from stripe_simulator.types import Json
from stripe_simulator.world import Mode

READ, WRITE = "rak_charge_read", "rak_charge_write"
SHOWN = 10  # refunds inside a charge
UNUSED = (
    "application",
    "application_fee",
    "application_fee_amount",
    "balance_transaction",
    "failure_balance_transaction",
    "failure_code",
    "failure_message",
    "on_behalf_of",
    "receipt_number",
    "review",
    "source",
    "source_transfer",
    "transfer_data",
    "transfer_group",
)


def new_charge(mode: Mode, intent: Json, method: Json, *, status: str, details: Json, outcome: Json | None) -> Json:
    """A charge of the whole intent. `status` is succeeded, pending or failed; emitting is the caller's business."""
    captured = status != "failed"
    charge: Json = {
        "id": ids.make("ch" if method["type"] == "card" else "py"),
        "object": "charge",
        **dict.fromkeys(UNUSED),
        "amount": intent["amount"],
        "amount_captured": intent["amount"] if captured else 0,
        "amount_refunded": 0,
        "billing_details": method["billing_details"],
        "calculated_statement_descriptor": "SIMULATOR" if method["type"] == "card" else None,
        "captured": captured,
        "created": mode.world.clock.seconds(),
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "disputed": False,
        "fraud_details": {},
        "livemode": mode.livemode,
        "metadata": dict(intent["metadata"]),
        "outcome": outcome,
        "paid": status == "succeeded",
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "payment_method_details": {method["type"]: details, "type": method["type"]},
        "radar_options": {},
        "receipt_email": intent["receipt_email"],
        "receipt_url": None,
        "refunded": False,
        "shipping": intent["shipping"],
        "statement_descriptor": intent["statement_descriptor"],
        "statement_descriptor_suffix": intent["statement_descriptor_suffix"],
        "status": status,
    }
    intent["latest_charge"] = charge["id"]
    return mode.put(charge)


RISKS = {"normal": 12, "elevated": 68, "highest": 92}  # a score of each level


def approved(kind: str, risk: str = "") -> Json:
    """The outcome of a charge that went through; `risk`: Radar's level, where it is not normal."""
    card, level = kind == "card", risk or "normal"
    return {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": "approved_by_network",
        "reason": None,
        "risk_level": level if card else "not_assessed",
        **({"risk_score": RISKS[level]} if card else {}),
        "seller_message": "Payment complete.",
        "type": "authorized",
    }


def refused(decline_code: str) -> Json:
    """The outcome of a declined card."""
    blocked = decline_code == "fraudulent"
    return {
        "advice_code": "try_again_later" if decline_code == "insufficient_funds" else None,
        "network_advice_code": None,
        "network_decline_code": None if blocked else "05",
        "network_status": "not_sent_to_network" if blocked else "declined_by_network",
        "reason": "highest_risk_level" if blocked else decline_code,
        "risk_level": "highest" if blocked else "normal",
        "risk_score": 92 if blocked else 12,
        "seller_message": "Stripe blocked this payment as too risky."
        if blocked
        else "The bank did not return any further details with this decline.",
        "type": "blocked" if blocked else "issuer_declined",
    }


@operation("GET", "/v1/charges/{charge}", permission=READ)
def retrieve(call: Call) -> Json:
    return from_path(call, "charge", "charge")


@operation("GET", "/v1/charges", permission=READ)
def listing(call: Call) -> Json:
    things = matching(call.mode.all("charge"), call.params, "customer", "payment_intent", "transfer_group")
    return page(things, call.params, "/v1/charges", "charge")


@operation("POST", "/v1/charges/{charge}", permission=WRITE)
def update(call: Call) -> Json:
    charge = from_path(call, "charge", "charge")
    params: dict[str, Any] = call.params
    if "customer" in params:
        raise not_built("The parameter customer of charge updates")
    changed: Json = {"metadata": merged(charge["metadata"], params.get("metadata"))}
    for name in ("description", "receipt_email"):
        if name in params:
            changed[name] = params[name] or None
    if "shipping" in params:
        changed["shipping"] = shipping(params["shipping"])
    if "transfer_group" in params:
        changed["transfer_group"] = params["transfer_group"]
    if "fraud_details" in params:
        changed["fraud_details"] = params["fraud_details"] or {}
    previous = {name: charge[name] for name, value in changed.items() if charge[name] != value}
    charge.update(changed)
    if previous:
        emit(call.mode, "charge.updated", charge, previous)
    return charge


@operation("POST", "/v1/charges/{charge}/capture", permission=WRITE)
def capture(call: Call) -> Json:
    """Of the time before PaymentIntents, which every charge here belongs to: captured is the PaymentIntent."""
    charge = from_path(call, "charge", "charge")
    if charge["captured"]:
        raise invalid(f"Charge {charge['id']} has already been captured.", code="charge_already_captured")
    if charge["refunded"]:
        raise invalid(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    raise invalid(
        f"This charge belongs to the PaymentIntent {charge['payment_intent']}: capture that one, with "
        f"/v1/payment_intents/{charge['payment_intent']}/capture.",
    )


@included("charge", "refunds")
def refunds(mode: Mode, charge: Json) -> Json:
    """The charge's refunds, newest first."""
    rows = [refund for refund in mode.all("refund") if refund["charge"] == charge["id"]]
    url = f"/v1/charges/{charge['id']}/refunds"
    return {"object": "list", "data": rows[:SHOWN], "has_more": len(rows) > SHOWN, "url": url}
