"""PaymentIntents."""

from stripe_simulator import ids
from stripe_simulator.emit import emit
from stripe_simulator.errors import invalid, not_built
from stripe_simulator.find import by_param, from_path
from stripe_simulator.lists import matching, page
from stripe_simulator.metadata import merged
from stripe_simulator.payments import capturing, methods, money
from stripe_simulator.payments.confirming import OPEN, chosen, confirm, ready, unexpected
from stripe_simulator.registry import Call, operation
from stripe_simulator.resources.customers import shipping
from stripe_simulator.types import Json
from stripe_simulator.world import Mode

READ, WRITE = "rak_payment_intent_read", "rak_payment_intent_write"
TEXTS = ("description", "receipt_email", "setup_future_usage", "statement_descriptor", "statement_descriptor_suffix")
UNUSED = (
    "application",
    "application_fee_amount",
    "canceled_at",
    "cancellation_reason",
    "customer",
    "customer_account",
    "description",
    "last_payment_error",
    "latest_charge",
    "managed_payments",
    "next_action",
    "on_behalf_of",
    "payment_method",
    "processing",
    "receipt_email",
    "review",
    "setup_future_usage",
    "shipping",
    "source",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_data",
    "transfer_group",
)
NOT_BUILT = (
    "application_fee_amount",
    "confirmation_token",
    "customer_account",
    "hooks",
    "on_behalf_of",
    "transfer_data",
    "amount_to_confirm",
)


TYPES = "payment_method_types"
FIXED = ("amount", "currency", "customer", "setup_future_usage")  # once it is paid or waits
CHOSEN = (TYPES, "payment_method_configuration_details")


def new_intent(mode: Mode, params: Json, *, session: Json) -> Json:
    """The PaymentIntent of a session, whose choice of methods it keeps; `params` as of Stripe's create call."""
    return _keep(mode, _draft(mode, params, {name: session[name] for name in CHOSEN}))


def _keep(mode: Mode, intent: Json) -> Json:
    mode.put(intent)
    emit(mode, "payment_intent.created", intent)
    return intent


def _choose(mode: Mode, params: Json) -> Json:
    kinds = methods.types(mode, params["currency"].lower(), params, amount=params["amount"], thing="Payment Intent")
    kinds = _capturable(kinds, params.get("capture_method"))
    return {"payment_method_types": kinds, "payment_method_configuration_details": methods.used(mode, params)}


def _capturable(kinds: list[str], how: str | None) -> list[str]:
    return [kind for kind in kinds if kind in capturing.ABLE] if how == "manual" else kinds


def _draft(mode: Mode, params: Json, chosen: Json) -> Json:
    identifier = ids.make("pi")
    intent: Json = {
        "id": identifier,
        "object": "payment_intent",
        **dict.fromkeys(UNUSED),
        "allowed_payment_method_types": params.get("allowed_payment_method_types"),
        "amount": params["amount"],
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "automatic_payment_methods": params.get("automatic_payment_methods", _automatic(chosen)),
        "capture_method": params.get("capture_method", "automatic_async"),
        "client_secret": f"{identifier}_secret_{ids.token(25)}",
        "confirmation_method": params.get("confirmation_method", "automatic"),
        "created": mode.world.clock.seconds(),
        "currency": params["currency"].lower(),
        "excluded_payment_method_types": params.get("excluded_payment_method_types"),
        "livemode": mode.livemode,
        "metadata": merged({}, params.get("metadata")),
        "payment_method_options": methods.options(chosen["payment_method_types"]),
        **chosen,
        "status": "requires_payment_method",
    }
    _write(intent, params)
    return intent


def _automatic(chosen: Json) -> Json | None:
    """Nothing is automatic about a list that the caller forced: no configuration was asked."""
    return {"allow_redirects": "always", "enabled": True} if chosen["payment_method_configuration_details"] else None


def _write(intent: Json, params: Json) -> None:
    for name in TEXTS:
        if name in params:
            intent[name] = params[name] or None
    if "customer" in params:
        intent["customer"] = params["customer"] or None
    if "shipping" in params:
        intent["shipping"] = shipping(params["shipping"])
    if "amount" in params:
        intent["amount"] = params["amount"]
    if "metadata" in params:
        intent["metadata"] = merged(intent["metadata"], params["metadata"])


def _check(mode: Mode, params: Json) -> None:
    for name in NOT_BUILT:
        if name in params:
            raise not_built(f"The parameter {name} of PaymentIntents")
    if not money.is_currency(params.get("currency", "eur")):
        raise invalid(f"Invalid currency: {params['currency']}.", param="currency")
    if "amount" in params:
        money.check(mode, params["amount"], params.get("currency", "eur").lower())


@operation("POST", "/v1/payment_intents", permission=WRITE)
def create(call: Call) -> Json:
    _check(call.mode, call.params)
    by_param(call, "customer", "customer")
    method = chosen(call)
    if call.params.get("off_session") and not call.params.get("confirm"):
        raise invalid(
            "The parameter off_session can only be sent when confirm is true.",
            code="parameter_missing",
            param="confirm",
        )
    intent = _draft(call.mode, call.params, _choose(call.mode, call.params))
    if method is not None:
        intent.update(payment_method=method["id"], status="requires_confirmation")
    if not call.params.get("confirm"):
        return _keep(call.mode, intent)
    method = ready(call, intent, method)  # refused before anything is kept
    return confirm(call, _keep(call.mode, intent), method)


@operation("GET", "/v1/payment_intents/{intent}", permission=READ)
def retrieve(call: Call) -> Json:
    return from_path(call, "payment_intent", "intent", param="intent")


@operation("GET", "/v1/payment_intents", permission=READ)
def listing(call: Call) -> Json:
    things = matching(call.mode.all("payment_intent"), call.params, "customer")
    return page(things, call.params, "/v1/payment_intents", "payment_intent")


@operation("POST", "/v1/payment_intents/{intent}", permission=WRITE)
def update(call: Call) -> Json:
    intent = from_path(call, "payment_intent", "intent", param="intent")
    _check(call.mode, {"currency": intent["currency"], **call.params})
    fixed = [name for name in (*FIXED, *methods.CHOOSING) if name in call.params]
    if fixed and intent["status"] not in OPEN:
        raise unexpected(intent, f"This PaymentIntent's {fixed[0]} could not be updated", param=fixed[0])
    by_param(call, "customer", "customer")
    _choose_again(call, intent)
    method = chosen(call)
    if method is not None:
        intent.update(payment_method=method["id"], status="requires_confirmation")
    _write(intent, call.params)
    return intent


def _choose_again(call: Call, intent: Json) -> None:
    """An update or a confirmation may filter otherwise or, at versions that still knew it, force another list; not
    every type takes every amount.
    """
    if intent["status"] not in OPEN:
        return
    params, before = call.params, intent["amount"]
    amount: int = params.get("amount", int(before))
    if amount != before and not any(name in params for name in methods.CHOOSING):
        used = intent["payment_method_configuration_details"]
        params = {"payment_method_configuration": used["id"]} if used else {TYPES: intent[TYPES]}
    chosen = methods.again(
        call.mode, intent, params, currency=intent["currency"], amount=amount, thing="Payment Intent"
    )
    if chosen:
        kinds = _capturable(chosen["payment_method_types"], intent["capture_method"])
        chosen["payment_method_types"] = kinds
        intent.update(chosen, payment_method_options=methods.options(kinds))


@operation("POST", "/v1/payment_intents/{intent}/confirm", permission=WRITE)
def confirm_now(call: Call) -> Json:
    intent = from_path(call, "payment_intent", "intent", param="intent")
    _check(call.mode, call.params)
    _not_of_a_session(call, intent, "confirm")
    _choose_again(call, intent)
    method = ready(call, intent, chosen(call))
    _write(intent, {name: value for name, value in call.params.items() if name in {*TEXTS, "shipping"}})
    return confirm(call, intent, method)


@operation("POST", "/v1/payment_intents/{intent}/capture", permission=WRITE)
def capture(call: Call) -> Json:
    intent = from_path(call, "payment_intent", "intent", param="intent")
    for name in call.params:
        if name not in {"amount_to_capture", "expand", "final_capture", "metadata"}:
            raise not_built(f"The parameter {name} of captures")
    if call.params.get("final_capture") is False:
        raise not_built("More than one capture of a PaymentIntent")
    if intent["status"] != "requires_capture":
        raise invalid(
            f"This PaymentIntent could not be captured because it has a status of {intent['status']}. Only a "
            "PaymentIntent with one of the following statuses may be captured: requires_capture.",
            code="payment_intent_unexpected_state",
            payment_intent=dict(intent),
        )
    held: int = intent["amount_capturable"]
    amount: int = call.params.get("amount_to_capture", held)
    if not 1 <= amount <= held:
        raise invalid(
            f"The amount to capture must be from 1 to the amount that is capturable, {held}.",
            code="amount_too_large" if amount > held else "amount_too_small",
            param="amount_to_capture",
        )
    _write(intent, {"metadata": call.params.get("metadata")} if "metadata" in call.params else {})
    capturing.capture(call.mode, intent, amount)
    return intent


@operation("POST", "/v1/payment_intents/{intent}/cancel", permission=WRITE)
def cancel(call: Call) -> Json:
    intent = from_path(call, "payment_intent", "intent", param="intent")
    _not_of_a_session(call, intent, "cancel")
    if intent["status"] not in {*OPEN, "requires_capture"}:
        raise unexpected(intent, "You cannot cancel this PaymentIntent")
    if intent["status"] == "requires_capture":
        capturing.release(call.mode, intent)
    intent.update(
        status="canceled",
        canceled_at=call.world.clock.seconds(),
        cancellation_reason=call.params.get("cancellation_reason"),
        next_action=None,
    )
    emit(call.mode, "payment_intent.canceled", intent)
    return intent


def _not_of_a_session(call: Call, intent: Json, verb: str) -> None:
    if call.mode.facts(intent["id"]).get("session"):
        raise invalid(
            f"You cannot {verb} this PaymentIntent because it was created by a Checkout Session. To stop the payment, "
            "expire the Checkout Session instead.",
            code="payment_intent_unexpected_state",
            payment_intent=dict(intent),
        )
