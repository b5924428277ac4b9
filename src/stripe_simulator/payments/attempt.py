"""One attempt to pay a PaymentIntent: to success, to a decline, to a step for the customer, or to waiting.

Each function changes the intent, stores what follows from it and emits the events in their likely order.
"""

from stripe_simulator import ids
from stripe_simulator.duties import plan
from stripe_simulator.emit import emit
from stripe_simulator.payments import aftermath, capturing, cards, details, money, sepa
from stripe_simulator.payments.cards import AUTHENTICATION, Decline
from stripe_simulator.payments.generated import generated_debit
from stripe_simulator.resources import mandates
from stripe_simulator.resources.balance_transactions import later
from stripe_simulator.resources.charges import approved, new_charge, refused
from stripe_simulator.resources.payment_methods import SINGLE_USE, attach
from stripe_simulator.types import Json
from stripe_simulator.world import Mode

CARD, SEPA, LINK = "card", "sepa_debit", "link"
REVOKED = ("account_closed", "authorization_revoked", "debit_disputed", "debit_not_authorized")  # ends the mandate
FAILED_STEP = {
    "code": "payment_intent_authentication_failure",
    "message": "The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new "
    "PaymentMethod to attempt to fulfill this PaymentIntent again.",
}
NOT_HANDLED = {
    "code": "authentication_required",
    "decline_code": "authentication_not_handled",
    "message": "This payment required an authentication action to complete, but `error_on_requires_action` was set. When "
    "you're ready, you can upgrade your integration to handle actions at "
    "https://stripe.com/docs/payments/payment-intents/upgrade-to-handle-actions.",
}
FAILED_REDIRECT = {
    "code": "payment_intent_payment_attempt_failed",
    "message": "The payment failed.",
}


def attempt(
    mode: Mode,
    intent: Json,
    method: Json,
    *,
    off_session: bool = False,
    return_url: str | None = None,
    without_action: bool = False,
    acceptance: Json | None = None,
) -> None:
    """Pay with this method. Afterwards `status` tells: succeeded, requires_capture, processing, requires_action, or
    requires_payment_method with `last_payment_error`. With `without_action`, a step for the customer is a failure.
    `acceptance` is what the customer agreed to, for a debit whose mandate is made now.
    """
    intent.update(payment_method=method["id"], last_payment_error=None, next_action=None)
    if without_action and not off_session and _needs_step(mode, method):
        _failed(mode, intent, method, None, NOT_HANDLED)
    elif method["type"] == SEPA:
        _debit(mode, intent, method, acceptance)
    elif method["type"] in SINGLE_USE:
        require_step(mode, intent, return_url, page="redirect")
    elif method["type"] == LINK:
        succeed(mode, intent, method, details.of_link())
    else:
        _card(mode, intent, method, off_session=off_session, return_url=return_url)


def _needs_step(mode: Mode, method: Json) -> bool:
    if method["type"] != CARD:
        return method["type"] in SINGLE_USE
    facts = mode.facts(method["id"])
    challenge = cards.behaviour(facts["number"]).challenge
    return challenge == cards.ALWAYS or (challenge == cards.UNLESS_SET_UP and not facts.get("set_up"))


def _card(mode: Mode, intent: Json, method: Json, *, off_session: bool, return_url: str | None) -> None:
    challenged = _needs_step(mode, method)
    if challenged and not off_session:
        require_step(mode, intent, return_url, page="challenge")
    elif challenged:
        decline(mode, intent, method, AUTHENTICATION)
    else:
        settle_card(mode, intent, method, authenticated=False)


def settle_card(mode: Mode, intent: Json, method: Json, *, authenticated: bool) -> None:
    """Send a card to its network, after the customer's step or without one."""
    behaviour = cards.behaviour(mode.facts(method["id"])["number"])
    refusal = behaviour.decline
    if refusal is None and method["card"]["brand"] == "amex" and intent["amount"] > money.AMEX:
        refusal = cards.TOO_MUCH
    if refusal is not None:
        decline(mode, intent, method, refusal, authenticated=authenticated)
        return
    described = details.of_card(intent, method, declined=None, authenticated=authenticated)
    succeed(mode, intent, method, described)


def succeed(mode: Mode, intent: Json, method: Json, described: Json) -> None:
    """Money is taken at once."""
    number = mode.facts(method["id"]).get("number", "")
    outcome = approved(method["type"], cards.CARDS[number].risk if number in cards.CARDS else "")
    charge = new_charge(mode, intent, method, status="succeeded", details=described, outcome=outcome)
    save(mode, intent, method, charge)
    if intent["capture_method"] == "manual":
        capturing.authorise(mode, intent, charge)
    else:
        _paid(mode, intent, charge)


def _paid(mode: Mode, intent: Json, charge: Json) -> None:
    charge["receipt_url"] = f"{mode.world.settings.public_url}/c/receipt/{charge['id']}"
    intent.update(status="succeeded", amount_received=intent["amount"], next_action=None, last_payment_error=None)
    later(mode, charge)
    emit(mode, "charge.succeeded", charge)
    emit(mode, "payment_intent.succeeded", intent)
    aftermath.follow(mode, charge)


def save(mode: Mode, intent: Json, method: Json, charge: Json) -> None:
    """Keep the method for later, when the intent says so and has a customer; one that nobody keeps is used up."""
    wished = mode.facts(intent["id"]).get("keep")  # by the customer, on the payment page
    if not ((intent["setup_future_usage"] or (wished and method["type"] not in SINGLE_USE)) and intent["customer"]):
        if method["customer"] is None:
            mode.facts(method["id"])["spent"] = True
        return
    kept = method
    if method["type"] in SINGLE_USE:
        kept, mandate = generated_debit(mode, method, charge=charge["id"])
        charge["payment_method_details"][method["type"]].update(
            generated_sepa_debit=kept["id"], generated_sepa_debit_mandate=mandate["id"]
        )
        mode.facts(method["id"])["spent"] = True
    if intent["setup_future_usage"] == "off_session":
        mode.facts(kept["id"])["set_up"] = True
    attach(mode, kept, intent["customer"], redisplay="always" if wished else "limited")


def decline(mode: Mode, intent: Json, method: Json, reason: Decline, *, authenticated: bool = False) -> None:
    described = details.of_card(intent, method, declined=reason.decline_code, authenticated=authenticated)
    outcome = refused(reason.decline_code)
    charge = new_charge(mode, intent, method, status="failed", details=described, outcome=outcome)
    charge.update(failure_code=reason.code, failure_message=reason.message)
    error = {"code": reason.code, "decline_code": reason.decline_code, "message": reason.message}
    if outcome["network_decline_code"]:
        error["network_decline_code"] = outcome["network_decline_code"]
    _failed(mode, intent, method, charge, error)


def _failed(mode: Mode, intent: Json, method: Json, charge: Json | None, error: Json) -> None:
    if charge is not None:
        error = {**error, "charge": charge["id"]}
        emit(mode, "charge.failed", charge)
    intent.update(
        status="requires_payment_method",
        payment_method=None,
        next_action=None,
        last_payment_error={
            **error,
            "doc_url": "https://stripe.com/docs/error-codes/" + error["code"].replace("_", "-"),
            "payment_method": dict(method),
            "type": "card_error" if method["type"] == CARD and "decline_code" in error else "invalid_request_error",
        },
    )
    emit(mode, "payment_intent.payment_failed", intent)


def require_step(mode: Mode, intent: Json, return_url: str | None, *, page: str) -> None:
    """The customer must act: `page` is "challenge" (3-D Secure) or "redirect" (the bank's own page)."""
    secret = ids.token(24)
    mode.facts(intent["id"]).update(step=secret, page=page, return_url=return_url)
    url = f"{mode.world.settings.public_url}/c/step/{intent['id']}/{secret}"
    intent.update(
        status="requires_action",
        next_action={"redirect_to_url": {"return_url": return_url, "url": url}, "type": "redirect_to_url"},
    )
    emit(mode, "payment_intent.requires_action", intent)


def take_step(mode: Mode, intent: Json, *, passed: bool) -> None:
    """The customer acted on the challenge or redirect page."""
    facts = mode.facts(intent["id"])
    facts["step"] = None
    method = mode.objects[intent["payment_method"]]
    redirected = facts["page"] == "redirect"
    if not passed:
        _failed(mode, intent, method, None, FAILED_REDIRECT if redirected else FAILED_STEP)
    elif redirected:
        succeed(mode, intent, method, details.of_redirected(method))
    else:
        settle_card(mode, intent, method, authenticated=True)


def _debit(mode: Mode, intent: Json, method: Json, acceptance: Json | None) -> None:
    mandate = mandates.active(mode, method["id"]) or mandates.new_mandate(mode, method, acceptance)
    described = details.of_sepa(mode, method, mandate["id"])
    charge = new_charge(mode, intent, method, status="pending", details=described, outcome=approved(SEPA))
    intent.update(status="processing")
    save(mode, intent, method, charge)
    found = sepa.scenario(mode.facts(method["id"])["iban"])
    due = sepa.settles_at(mode.world.clock.now(), found)
    plan(mode, due, "settle", intent=intent["id"], charge=charge["id"], failure=found.failure)
    emit(mode, "payment_intent.processing", intent)
    emit(mode, "charge.pending", charge)


def settle_debit(mode: Mode, intent: Json, *, failure: str | None) -> None:
    """A direct debit shows its result: the money came, or `failure` says why not."""
    charge = mode.objects[intent["latest_charge"]]
    method = mode.objects[intent["payment_method"]]
    if failure is None:
        charge.update(status="succeeded", paid=True)
        _paid(mode, intent, charge)
        return
    mandate = mode.get("mandate", charge["payment_method_details"][SEPA]["mandate"] or "")
    if failure in REVOKED and mandate is not None:
        mandates.end(mode, mandate)
    message = sepa.MESSAGES.get(failure, "The payment failed.")
    charge.update(status="failed", paid=False, captured=False, amount_captured=0)
    charge.update(failure_code=failure, failure_message=message)
    _failed(mode, intent, method, charge, {"code": "payment_intent_payment_attempt_failed", "message": message})
