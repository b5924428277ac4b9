"""Cards that are authorised first and captured later, or released."""

from stripe_simulator.duties import duty, plan
from stripe_simulator.emit import emit
from stripe_simulator.payments import aftermath
from stripe_simulator.resources.balance_transactions import later
from stripe_simulator.types import Json
from stripe_simulator.world import Mode

HELD = 7 * 86400  # seconds that a bank holds the money of an online payment
ABLE = ("card", "link")  # the types that can be captured later


def authorise(mode: Mode, intent: Json, charge: Json) -> None:
    """The bank holds the money; nothing has moved."""
    charge.update(captured=False, amount_captured=0)
    until = mode.world.clock.seconds() + HELD
    if "card" in charge["payment_method_details"]:
        charge["payment_method_details"]["card"]["capture_before"] = until
    intent.update(
        status="requires_capture", amount_capturable=intent["amount"], next_action=None, last_payment_error=None
    )
    plan(mode, until, "release", intent=intent["id"])
    emit(mode, "charge.succeeded", charge)
    emit(mode, "payment_intent.amount_capturable_updated", intent)


def capture(mode: Mode, intent: Json, amount: int) -> None:
    """Take `amount` (minor units) of what is held; the rest is given up."""
    charge = mode.objects[intent["latest_charge"]]
    charge.update(captured=True, amount_captured=amount)
    charge["receipt_url"] = f"{mode.world.settings.public_url}/c/receipt/{charge['id']}"
    intent.update(status="succeeded", amount_capturable=0, amount_received=amount)
    later(mode, charge)
    emit(mode, "charge.captured", charge)
    emit(mode, "payment_intent.succeeded", intent)
    aftermath.follow(mode, charge)


def release(mode: Mode, intent: Json, *, expired: bool = False) -> None:
    """Give up what is held, by the caller's wish or because the bank no longer holds it."""
    charge = mode.objects[intent["latest_charge"]]
    before = {"amount_refunded": charge["amount_refunded"], "refunded": charge["refunded"]}
    charge.update(amount_refunded=charge["amount"], refunded=True)
    intent["amount_capturable"] = 0
    if expired:
        emit(mode, "charge.expired", charge)
    else:
        emit(mode, "charge.refunded", charge, before)


@duty("release")
def _release_due(mode: Mode, data: Json) -> None:
    intent = mode.get("payment_intent", data["intent"])
    if intent is not None and intent["status"] == "requires_capture":
        release(mode, intent, expired=True)
        intent.update(status="canceled", canceled_at=mode.world.clock.seconds(), cancellation_reason="automatic")
        emit(mode, "payment_intent.canceled", intent)
