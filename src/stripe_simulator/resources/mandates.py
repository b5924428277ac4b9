"""Mandates: a customer's leave to debit an account."""

from stripe_simulator import ids
from stripe_simulator.emit import emit
from stripe_simulator.find import from_path
from stripe_simulator.moves import Impossible, move
from stripe_simulator.registry import Call, operation
from stripe_simulator.types import Json
from stripe_simulator.world import Mode


def new_mandate(mode: Mode, method: Json, acceptance: Json | None = None) -> Json:
    """An active mandate for a SEPA account, accepted just now: on the hosted page, or as the caller says."""
    reference = ids.token(16).upper()
    return mode.put(
        {
            "id": ids.make("mandate"),
            "object": "mandate",
            "customer_acceptance": _accepted(mode, acceptance or {}),
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


def _accepted(mode: Mode, sent: Json) -> Json:
    when = sent.get("accepted_at") or mode.world.clock.seconds()
    if sent.get("type") == "offline":
        return {"accepted_at": when, "offline": {}, "type": "offline"}
    online = sent.get("online", {})
    return {
        "accepted_at": when,
        "online": {
            "ip_address": online.get("ip_address", "127.0.0.1"),
            "user_agent": online.get("user_agent", "simulator"),
        },
        "type": "online",
    }


def active(mode: Mode, method: str) -> Json | None:
    """The newest mandate in force for a payment method."""
    found = (item for item in mode.all("mandate") if item["payment_method"] == method and item["status"] == "active")
    return next(found, None)


def end(mode: Mode, mandate: Json) -> None:
    """The bank or the customer has taken the leave back."""
    if mandate["status"] == "active":
        mandate["status"] = "inactive"
        emit(mode, "mandate.updated", mandate, {"status": "active"})


def end_all(mode: Mode, method: str) -> None:
    """A payment method is gone, and with it every leave to debit it."""
    for item in mode.all("mandate"):
        if item["payment_method"] == method:
            end(mode, item)


def ended(mode: Mode, method: str) -> bool:
    """Whether there was leave to debit this method, and there is none any more."""
    own = [item for item in mode.all("mandate") if item["payment_method"] == method]
    return bool(own) and all(item["status"] != "active" for item in own)


@move("revoke", "mandate")
def _revoke_now(mode: Mode, mandate: Json, _code: str | None) -> Json:
    if mandate["status"] != "active":
        raise Impossible(f"This mandate is {mandate['status']} already.")
    end(mode, mandate)
    return mandate


@operation("GET", "/v1/mandates/{mandate}", permission="rak_mandate_read")
def retrieve(call: Call) -> Json:
    return from_path(call, "mandate", "mandate", param="mandate")
