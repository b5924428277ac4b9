"""A Checkout Session's life after its creation: paid or set up, waiting, settled, expired."""

from stripe_simulator.duties import duty
from stripe_simulator.emit import emit
from stripe_simulator.moves import Impossible, move
from stripe_simulator.payments.attempt import attempt, settle_debit, take_step
from stripe_simulator.payments.discounts import redeem
from stripe_simulator.payments.setup import set_up, take_setup_step
from stripe_simulator.resources.customers import new_customer
from stripe_simulator.resources.payment_intents import new_intent
from stripe_simulator.types import Json
from stripe_simulator.world import NOBODY, Mode

DONE = ("succeeded", "processing")
FAILURE = "generic_could_not_process"
NOTHING = "no_payment_required"


def submit(mode: Mode, session: Json, method: Json, *, keep: bool = False) -> Json:
    """The customer pressed *pay* or *save*: tries `method`. A PaymentIntent is made at the first attempt.

    With `keep`, the customer wishes to find the method again at the next payment.
    """
    url = f"{mode.world.settings.public_url}/c/pay/{session['id']}"
    if session["mode"] == "setup":
        intent = mode.objects[session["setup_intent"]]
        _customer(mode, session, mode.facts(session["id"]), method["billing_details"])
        intent["customer"] = session["customer"]
        set_up(mode, intent, method, return_url=url)
    else:
        intent = _intent(mode, session, method, keep=keep)
        mode.facts(intent["id"])["keep"] = keep
        attempt(mode, intent, method, return_url=url)
    after_change(mode, intent)
    return intent


def _intent(mode: Mode, session: Json, method: Json, *, keep: bool) -> Json:
    facts = mode.facts(session["id"])
    tried = session["payment_intent"] and not facts.get("prepared")
    if not tried or (keep and session["customer"] is None):
        _customer(mode, session, facts, method["billing_details"], keep=keep)
        facts["prepared"] = False
    if not session["payment_intent"]:
        return _made(mode, session)
    intent = mode.objects[session["payment_intent"]]
    intent["customer"] = session["customer"]
    return intent


def prepare(mode: Mode, session: Json) -> None:
    """Make the PaymentIntent before anybody pays, as it was until 2022-08-01; the customer comes with the first attempt."""
    _made(mode, session)
    mode.facts(session["id"])["prepared"] = True


def _made(mode: Mode, session: Json) -> Json:
    wanted = mode.facts(session["id"])["payment_intent_data"]
    details = {
        "amount": session["amount_total"],
        "currency": session["currency"],
        "automatic_payment_methods": None,
        **{name: value for name, value in wanted.items() if value is not None},
    }
    for name in ("allowed_payment_method_types", "excluded_payment_method_types"):
        if session[name]:
            details[name] = session[name]
    if session["customer"]:
        details["customer"] = session["customer"]
    intent = new_intent(mode, details, session=session)
    mode.facts(intent["id"])["session"] = session["id"]
    session["payment_intent"] = intent["id"]
    return intent


def _customer(mode: Mode, session: Json, facts: Json, billing: Json, *, keep: bool = False) -> None:
    """Make the customer that the session asks for, or update the one it has, as far as it allows."""
    saving = keep or facts["payment_intent_data"].get("setup_future_usage")
    known = session["customer"]
    if known is None and (session["customer_creation"] == "always" or saving):
        customer = new_customer(mode, {"email": billing["email"] or "", "name": billing["name"] or ""})
        session["customer"] = customer["id"]
    elif known is not None and facts["customer_update"].get("name") == "auto" and billing["name"]:
        customer = mode.objects[known]
        if customer.get("name") != billing["name"] and not customer.get("deleted"):
            before = {"name": customer["name"]}
            customer["name"] = billing["name"]
            emit(mode, "customer.updated", customer, before)


def step(mode: Mode, intent: Json, *, passed: bool) -> None:
    """The customer came through a challenge or a bank's page."""
    if intent["object"] == "setup_intent":
        take_setup_step(mode, intent, passed=passed)
    else:
        take_step(mode, intent, passed=passed)
    after_change(mode, intent)


def settle(mode: Mode, intent: Json, *, failure: str | None) -> None:
    """A delayed payment shows its result; a session of it is told."""
    settle_debit(mode, intent, failure=failure)
    session = _session(mode, intent)
    if session is None:
        return
    if failure is None:
        session["payment_status"] = "paid"
        emit(mode, "checkout.session.async_payment_succeeded", session)
    else:
        emit(mode, "checkout.session.async_payment_failed", session)


def after_change(mode: Mode, intent: Json) -> None:
    """Complete the session of an intent that has been paid or is being processed."""
    session = _session(mode, intent)
    if session is None or session["status"] != "open" or intent["status"] not in DONE:
        return
    _complete(mode, session, mode.objects[intent["payment_method"]]["billing_details"], _payment_status(intent))


def accept(mode: Mode, session: Json, billing: Json) -> None:
    """The customer agreed to an order of which nothing is left to pay: no PaymentIntent is ever made."""
    _customer(mode, session, mode.facts(session["id"]), billing)
    _complete(mode, session, billing, NOTHING)


def _complete(mode: Mode, session: Json, billing: Json, payment_status: str) -> None:
    details = session["customer_details"] or {}
    session.update(
        status="complete",
        payment_status=payment_status,
        url=None,
        collected_information={"business_name": None, "individual_name": None, "shipping_details": None},
        customer_details={
            "address": billing["address"],
            "business_name": None,
            "email": details.get("email") or billing["email"],
            "individual_name": None,
            "name": billing["name"],
            "phone": details.get("phone"),
            "tax_exempt": details.get("tax_exempt", "none"),
            "tax_ids": [],
        },
    )
    redeem(mode, session)
    with mode.caused_by(NOBODY):  # Stripe completes it by itself, not in the request that paid
        emit(mode, "checkout.session.completed", session)


def _payment_status(intent: Json) -> str:
    if intent["object"] == "setup_intent":
        return NOTHING
    return "paid" if intent["status"] == "succeeded" else "unpaid"


def failure_of(mode: Mode, session: Json) -> Json | None:
    """Why the last attempt of a session failed, if it did."""
    identifier = session["setup_intent"] or session["payment_intent"]
    if not identifier:
        return None
    intent = mode.objects[identifier]
    found: Json | None = intent["last_setup_error" if intent["object"] == "setup_intent" else "last_payment_error"]
    return found


def _session(mode: Mode, intent: Json) -> Json | None:
    identifier = mode.facts(intent["id"]).get("session")
    return mode.get("checkout.session", identifier) if identifier else None


def expire(mode: Mode, session: Json) -> None:
    """Nobody can pay it any more. Does nothing to a session that is not open."""
    if session["status"] == "open":
        session.update(status="expired", url=None)
        emit(mode, "checkout.session.expired", session)


@duty("expire")
def _expire_due(mode: Mode, data: Json) -> None:
    session = mode.get("checkout.session", data["session"])
    if session is not None:
        expire(mode, session)


@duty("settle")
def _settle_due(mode: Mode, data: Json) -> None:
    intent = mode.get("payment_intent", data["intent"])
    waiting = intent is not None and intent["status"] == "processing" and intent["latest_charge"] == data["charge"]
    if intent is not None and waiting:  # the control API may have settled it before
        settle(mode, intent, failure=data["failure"])


@move("expire", "checkout.session")
def _expire_now(mode: Mode, session: Json, _code: str | None) -> Json:
    if session["status"] != "open":
        raise Impossible(f"This session is {session['status']}, not open.")
    expire(mode, session)
    return session


@move("settle", "payment_intent", "charge", "checkout.session")
def _settle_now(mode: Mode, thing: Json, _code: str | None) -> Json:
    return _end_wait(mode, thing, None)


@move("fail", "payment_intent", "charge", "checkout.session")
def _fail_now(mode: Mode, thing: Json, code: str | None) -> Json:
    return _end_wait(mode, thing, code or FAILURE)


@move("settle", "setup_intent")
def _settle_setup_now(mode: Mode, intent: Json, _code: str | None) -> Json:
    return _end_setup(mode, intent, passed=True)


@move("fail", "setup_intent")
def _fail_setup_now(mode: Mode, intent: Json, _code: str | None) -> Json:
    return _end_setup(mode, intent, passed=False)


def _end_setup(mode: Mode, intent: Json, *, passed: bool) -> Json:
    if intent["status"] != "requires_action":
        raise Impossible(f"This SetupIntent is {intent['status']}: no customer is asked for anything.")
    step(mode, intent, passed=passed)
    return intent


def _end_wait(mode: Mode, thing: Json, failure: str | None) -> Json:
    """What waits ends: a debit settles or fails, a customer's step is taken or refused."""
    kind = thing["object"]
    identifier = thing["id"] if kind == "payment_intent" else thing.get("payment_intent")
    intent = mode.get("payment_intent", identifier) if identifier else None
    if intent is None:
        raise Impossible(f"This {kind} has no payment yet.")
    if intent["status"] == "processing":
        settle(mode, intent, failure=failure)
    elif intent["status"] == "requires_action":
        step(mode, intent, passed=failure is None)
    else:
        raise Impossible(f"This payment is {intent['status']}: there is nothing to settle.")
    return intent
