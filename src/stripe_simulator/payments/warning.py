"""Early fraud warnings: the card's bank says that a payment looks like fraud, before anybody disputes it."""

from stripe_simulator import ids
from stripe_simulator.duties import duty, plan
from stripe_simulator.emit import emit
from stripe_simulator.moves import Impossible, move
from stripe_simulator.types import Json
from stripe_simulator.world import Mode

AFTER = 3.0  # seconds from the payment to the warning
KIND = "radar.early_fraud_warning"
TYPES = (
    "card_never_received",
    "fraudulent_card_application",
    "made_with_counterfeit_card",
    "made_with_lost_card",
    "made_with_stolen_card",
    "misc",
    "unauthorized_use_of_card",
)
USUAL = "made_with_stolen_card"


def warn(mode: Mode, charge: Json, fraud_type: str = USUAL) -> Json:
    """Actionable as long as a full refund can still spare the dispute."""
    warning = mode.put(
        {
            "id": ids.make("issfr"),
            "object": KIND,
            "actionable": not (charge["refunded"] or charge["disputed"]),
            "charge": charge["id"],
            "created": mode.world.clock.seconds(),
            "fraud_type": fraud_type,
            "livemode": mode.livemode,
            "payment_intent": charge["payment_intent"],
        }
    )
    emit(mode, f"{KIND}.created", warning)
    return warning


def calm(mode: Mode, charge: Json) -> None:
    """Nothing is left to do about warnings of a charge that was given back in full, or disputed."""
    if not (charge["refunded"] or charge["disputed"]):
        return
    for warning in list(mode.all(KIND)):
        if warning["charge"] == charge["id"] and warning["actionable"]:
            warning["actionable"] = False
            emit(mode, f"{KIND}.updated", warning, {"actionable": True})


def plan_warning(mode: Mode, charge: Json) -> None:
    plan(mode, mode.world.clock.now() + AFTER, "warn", charge=charge["id"])


@duty("warn")
def _warn_due(mode: Mode, data: Json) -> None:
    if (charge := mode.get("charge", data["charge"])) is not None:
        warn(mode, charge)


@move("warn", "payment_intent", "charge")
def _warn_now(mode: Mode, thing: Json, code: str | None) -> Json:
    """`code` is the type of fraud; a stolen card when none is given."""
    charge = thing if thing["object"] == "charge" else mode.get("charge", thing["latest_charge"] or "")
    if charge is None or charge["status"] != "succeeded" or "card" not in charge["payment_method_details"]:
        raise Impossible("Banks warn of payments by card that succeeded, and of no others.")
    if code is not None and code not in TYPES:
        raise Impossible(f"Unknown type of fraud: {code}. Known: {', '.join(TYPES)}.")
    return warn(mode, charge, code or USUAL)
