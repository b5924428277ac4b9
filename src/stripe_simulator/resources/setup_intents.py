"""SetupIntents: a payment method is made ready for later, and nothing is charged."""

from stripe_simulator import ids
from stripe_simulator.emit import emit
from stripe_simulator.errors import CARD, StripeError, invalid, missing, not_built
from stripe_simulator.find import by_param, from_path
from stripe_simulator.lists import matching, page
from stripe_simulator.metadata import merged
from stripe_simulator.payments import methods
from stripe_simulator.payments.setup import cancel_setup, set_up
from stripe_simulator.registry import Call, operation
from stripe_simulator.resources.payment_methods import check_belongs, resolve
from stripe_simulator.types import Json
from stripe_simulator.world import Mode

READ, WRITE = "rak_setup_intent_read", "rak_setup_intent_write"
KIND = "setup_intent"
OPEN = ("requires_payment_method", "requires_confirmation", "requires_action")
ANY = 100_000  # minor units: no amount is set up, and none may leave a type out
UNUSED = (
    "application",
    "cancellation_reason",
    "customer",
    "customer_account",
    "description",
    "flow_directions",
    "last_setup_error",
    "latest_attempt",
    "managed_payments",
    "mandate",
    "next_action",
    "on_behalf_of",
    "payment_method",
    "single_use_mandate",
)
NOT_BUILT = (
    "attach_to_self",
    "confirmation_token",
    "customer_account",
    "flow_directions",
    "on_behalf_of",
    "payment_method_data",
    "single_use",
)
CONFIRMING = ("mandate_data", "return_url")


def new_setup(mode: Mode, params: Json, *, kinds: list[str], used: Json | None) -> Json:
    """A SetupIntent, kept and announced; `kinds` are its payment method types, `used` the configuration they are of."""
    intent = _draft(mode, params, kinds, used)
    mode.put(intent)
    emit(mode, "setup_intent.created", intent)
    return intent


def _draft(mode: Mode, params: Json, kinds: list[str], used: Json | None) -> Json:
    identifier = ids.make("seti")
    plain = {"allow_redirects": "always", "enabled": True}
    intent: Json = {
        "id": identifier,
        "object": KIND,
        **dict.fromkeys(UNUSED),
        "allowed_payment_method_types": params.get("allowed_payment_method_types"),
        "automatic_payment_methods": params.get("automatic_payment_methods", plain),
        "client_secret": f"{identifier}_secret_{ids.token(29)}",
        "created": mode.world.clock.seconds(),
        "excluded_payment_method_types": params.get("excluded_payment_method_types"),
        "livemode": mode.livemode,
        "metadata": {},
        "payment_method_configuration_details": used,
        "payment_method_options": _options(kinds),
        "payment_method_types": kinds,
        "status": "requires_payment_method",
        "usage": params.get("usage", "off_session"),
    }
    _write(intent, params)
    return intent


def _options(kinds: list[str]) -> Json:
    filled: Json = {
        "card": {"mandate_options": None, "network": None, "request_three_d_secure": "automatic"},
        "link": {"persistent_token": None},
        "sepa_debit": {},
    }
    return {kind: filled[kind] for kind in kinds if kind in filled}


def _write(intent: Json, params: Json) -> None:
    for name in ("customer", "description"):
        if name in params:
            intent[name] = params[name] or None
    intent["metadata"] = merged(intent["metadata"], params.get("metadata"))


def _check(params: Json) -> None:
    for name in NOT_BUILT:
        if name in params:
            raise not_built(f"The parameter {name} of SetupIntents")


@operation("POST", "/v1/setup_intents", permission=WRITE)
def create(call: Call) -> Json:
    params, mode = call.params, call.mode
    _check(params)
    by_param(call, "customer", "customer")
    if not params.get("confirm"):
        for name in CONFIRMING:
            if name in params:
                raise invalid(f"The parameter {name} can only be sent when confirm is true.", param=name)
    kinds = methods.types(mode, call.world.settings.currency, params, amount=ANY, thing="Setup Intent")
    intent = _draft(mode, params, kinds, methods.used(mode, params))
    if params.get("payment_method"):
        _take(mode, intent, params["payment_method"])
    ready = _ready(call, intent) if params.get("confirm") else None  # refused before anything is kept
    mode.put(intent)
    emit(mode, "setup_intent.created", intent)
    return _confirm(call, intent, ready) if ready is not None else intent


def _take(mode: Mode, intent: Json, identifier: str) -> None:
    method = resolve(mode, identifier)
    check_belongs(method, intent["customer"], thing="SetupIntent")
    intent.update(payment_method=method["id"], status="requires_confirmation")


@operation("GET", "/v1/setup_intents/{intent}", permission=READ)
def retrieve(call: Call) -> Json:
    return from_path(call, KIND, "intent", param="intent")


@operation("GET", "/v1/setup_intents", permission=READ)
def listing(call: Call) -> Json:
    things = matching(call.mode.all(KIND), call.params, "customer", "payment_method")
    return page(things, call.params, "/v1/setup_intents", "setupintent")


@operation("POST", "/v1/setup_intents/{intent}", permission=WRITE)
def update(call: Call) -> Json:
    intent = from_path(call, KIND, "intent", param="intent")
    _check(call.params)
    fixed = [name for name in ("customer", "payment_method", *methods.CHOOSING) if name in call.params]
    if fixed and intent["status"] not in OPEN:
        raise _unexpected(intent, f"This SetupIntent's {fixed[0]} could not be updated", param=fixed[0])
    by_param(call, "customer", "customer")
    after = {**intent}
    _write(after, call.params)
    currency = call.world.settings.currency
    chosen = methods.again(call.mode, intent, call.params, currency=currency, amount=ANY, thing="Setup Intent")
    if chosen:
        after.update(chosen, payment_method_options=_options(chosen["payment_method_types"]))
    if call.params.get("payment_method"):
        _take(call.mode, after, call.params["payment_method"])
    intent.update(after)  # only now: a refusal half way must leave nothing behind
    return intent


@operation("POST", "/v1/setup_intents/{intent}/confirm", permission=WRITE)
def confirm(call: Call) -> Json:
    intent = from_path(call, KIND, "intent", param="intent")
    _check(call.params)
    _not_of_a_session(call, intent, "confirm")
    return _confirm(call, intent, _ready(call, intent))


def _ready(call: Call, intent: Json) -> Json:
    """The method to set up, once nothing speaks against the attempt."""
    if intent["status"] not in OPEN:
        raise _unexpected(intent, "You cannot confirm this SetupIntent")
    wanted = call.params.get("payment_method") or intent["payment_method"]
    if not wanted:
        raise invalid(
            "You cannot confirm this SetupIntent because it's missing a payment method. You can either update the "
            "SetupIntent with a payment method and then confirm it again, or confirm it again directly with a "
            "payment method or ConfirmationToken.",
            code="setup_intent_unexpected_state",
            setup_intent=dict(intent),
        )
    method = resolve(call.mode, wanted)
    check_belongs(method, intent["customer"], thing="SetupIntent")
    if method["type"] not in intent["payment_method_types"]:
        raise invalid(
            f"The PaymentMethod ({method['id']}) is of type {method['type']}, which this SetupIntent does not allow. "
            f"It allows: {', '.join(intent['payment_method_types'])}.",
            param="payment_method",
        )
    methods.check_return(intent, call.params)
    if method["type"] == "sepa_debit" and not call.params.get("mandate_data"):
        raise missing("mandate_data")
    return method


def _confirm(call: Call, intent: Json, method: Json) -> Json:
    acceptance = (call.params.get("mandate_data") or {}).get("customer_acceptance")
    call.mode.facts(intent["id"])["acceptance"] = acceptance
    set_up(call.mode, intent, method, return_url=call.params.get("return_url"))
    failure = intent["last_setup_error"]
    if failure is not None:
        told = {name: value for name, value in failure.items() if name not in {"message", "type", "doc_url"}}
        raise StripeError(402, failure["message"], kind=CARD, **told, setup_intent=dict(intent))
    return intent


@operation("POST", "/v1/setup_intents/{intent}/cancel", permission=WRITE)
def cancel(call: Call) -> Json:
    intent = from_path(call, KIND, "intent", param="intent")
    _not_of_a_session(call, intent, "cancel")
    if intent["status"] not in OPEN:
        raise _unexpected(intent, "You cannot cancel this SetupIntent")
    cancel_setup(call.mode, intent, reason=call.params.get("cancellation_reason"))
    return intent


def _not_of_a_session(call: Call, intent: Json, verb: str) -> None:
    if call.mode.facts(intent["id"]).get("session"):
        raise invalid(
            f"You cannot {verb} this SetupIntent because it was created by a Checkout Session. Expire the Checkout "
            "Session instead.",
            code="setup_intent_unexpected_state",
            setup_intent=dict(intent),
        )


def _unexpected(intent: Json, what: str, *, param: str | None = None) -> StripeError:
    return invalid(
        f"{what} because it has a status of {intent['status']}.",
        code="setup_intent_unexpected_state",
        param=param,
        setup_intent=dict(intent),
    )
