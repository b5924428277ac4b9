"""One attempt to set a payment method up for later: no money moves, and what can be used again is kept.

As in `attempt`: each function changes the intent, stores what follows and emits the events in their likely order.
"""

from stripe_simulator import ids
from stripe_simulator.emit import emit
from stripe_simulator.payments import cards
from stripe_simulator.payments.cards import Decline
from stripe_simulator.payments.generated import generated_debit
from stripe_simulator.resources.mandates import new_mandate
from stripe_simulator.resources.payment_methods import SINGLE_USE, attach
from stripe_simulator.resources.setup_attempts import new_attempt, of_method
from stripe_simulator.types import Json
from stripe_simulator.world import Mode

FAILED_STEP = {
    "code": "setup_intent_authentication_failure",
    "message": "The latest attempt to set up the payment method has failed because authentication failed.",
}
FAILED_REDIRECT = {
    "code": "setup_attempt_failed",
    "message": "The latest attempt to set up the payment method has failed.",
}


def set_up(mode: Mode, intent: Json, method: Json, *, return_url: str | None = None) -> None:
    """Try this method. Afterwards `status` tells: succeeded, requires_action, or requires_payment_method with
    `last_setup_error`.
    """
    intent.update(payment_method=method["id"], last_setup_error=None, next_action=None, mandate=None)
    tried = new_attempt(mode, intent, method)
    intent["latest_attempt"] = tried["id"]
    if method["type"] in SINGLE_USE:
        _require_step(mode, intent, return_url, page="redirect")
    elif method["type"] == "card":
        _card(mode, intent, method, return_url)
    else:
        _succeed(mode, intent, method)


def _card(mode: Mode, intent: Json, method: Json, return_url: str | None) -> None:
    facts = mode.facts(method["id"])
    challenge = cards.behaviour(facts["number"]).challenge
    if challenge == cards.ALWAYS or (challenge == cards.UNLESS_SET_UP and not facts.get("set_up")):
        _require_step(mode, intent, return_url, page="challenge")
    else:
        _ask_bank(mode, intent, method, authenticated=False)


def _ask_bank(mode: Mode, intent: Json, method: Json, *, authenticated: bool) -> None:
    number = mode.facts(method["id"])["number"]
    refused = cards.behaviour(number).decline if authenticated else cards.refused_when_saved(number)
    if refused is not None:
        _failed(mode, intent, method, _told(refused), kind="card_error")
    else:
        _succeed(mode, intent, method, authenticated=authenticated)


def _told(refused: Decline) -> Json:
    return {"code": refused.code, "decline_code": refused.decline_code, "message": refused.message}


def _succeed(mode: Mode, intent: Json, method: Json, *, authenticated: bool = False) -> None:
    tried = mode.objects[intent["latest_attempt"]]
    kept = method
    if method["type"] in SINGLE_USE:
        kept, mandate = generated_debit(mode, method, setup_attempt=tried["id"])
        intent["mandate"] = mandate["id"]
        generated: Json = {"generated_sepa_debit": kept["id"], "generated_sepa_debit_mandate": mandate["id"]}
        tried["payment_method_details"] = of_method(method, generated=generated)
    elif method["type"] == "sepa_debit":
        intent["mandate"] = new_mandate(mode, method, mode.facts(intent["id"]).get("acceptance"))["id"]
    else:
        tried["payment_method_details"] = of_method(method, authenticated=authenticated)
    tried["status"] = "succeeded"
    intent.update(status="succeeded", next_action=None, last_setup_error=None)
    if intent["usage"] == "off_session":
        mode.facts(kept["id"])["set_up"] = True
    emit(mode, "setup_intent.succeeded", intent)
    if intent["customer"]:
        attach(mode, kept, intent["customer"], redisplay=mode.facts(intent["id"]).get("redisplay"))


def _failed(mode: Mode, intent: Json, method: Json, error: Json, *, kind: str = "invalid_request_error") -> None:
    told = {
        **error,
        "doc_url": "https://stripe.com/docs/error-codes/" + error["code"].replace("_", "-"),
        "payment_method": dict(method),
        "type": kind,
    }
    mode.objects[intent["latest_attempt"]].update(status="failed", setup_error=told)
    intent.update(status="requires_payment_method", payment_method=None, next_action=None, last_setup_error=told)
    emit(mode, "setup_intent.setup_failed", intent)


def _require_step(mode: Mode, intent: Json, return_url: str | None, *, page: str) -> None:
    secret = ids.token(24)
    mode.facts(intent["id"]).update(step=secret, page=page, return_url=return_url)
    mode.objects[intent["latest_attempt"]]["status"] = "requires_action"
    url = f"{mode.world.settings.public_url}/c/step/{intent['id']}/{secret}"
    intent.update(
        status="requires_action",
        next_action={"redirect_to_url": {"return_url": return_url, "url": url}, "type": "redirect_to_url"},
    )
    emit(mode, "setup_intent.requires_action", intent)


def take_setup_step(mode: Mode, intent: Json, *, passed: bool) -> None:
    """The customer acted on the challenge or redirect page."""
    facts = mode.facts(intent["id"])
    facts["step"] = None
    method = mode.objects[intent["payment_method"]]
    redirected = facts["page"] == "redirect"
    if not passed:
        _failed(mode, intent, method, FAILED_REDIRECT if redirected else FAILED_STEP)
    elif redirected:
        _succeed(mode, intent, method)
    else:
        _ask_bank(mode, intent, method, authenticated=True)


def cancel_setup(mode: Mode, intent: Json, *, reason: str | None) -> None:
    if intent["latest_attempt"] and intent["status"] != "succeeded":
        mode.objects[intent["latest_attempt"]]["status"] = "abandoned"
    intent.update(status="canceled", cancellation_reason=reason, next_action=None)
    emit(mode, "setup_intent.canceled", intent)
