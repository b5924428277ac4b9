"""Whether a PaymentIntent may be tried, and with what: its method, the customer's leave to debit an account."""

from typing import Any

from stripe_simulator.errors import CARD, StripeError, invalid, no_such
from stripe_simulator.payments import methods
from stripe_simulator.payments.attempt import SEPA, attempt
from stripe_simulator.registry import Call
from stripe_simulator.resources import mandates
from stripe_simulator.resources.payment_method_changes import made
from stripe_simulator.resources.payment_methods import check_belongs, resolve
from stripe_simulator.types import Json

OPEN = ("requires_payment_method", "requires_confirmation", "requires_action")
DATA = "payment_method_data"
NO_MANDATE = (
    "This PaymentIntent requires a mandate, but no existing mandate was found. Collect mandate acceptance from the customer "
    "and try again, providing acceptance data in the mandate_data parameter."
)


def chosen(call: Call) -> Json | None:
    """The payment method that a request names or describes; None when it says nothing of one."""
    name, data = call.params.get("payment_method"), call.params.get(DATA)
    if name and data:
        raise invalid(f"You may only specify one of these parameters: payment_method, {DATA}.")
    if data:
        return made(call, data, at=DATA)
    return resolve(call.mode, name) if name else None


def ready(call: Call, intent: Json, method: Json | None) -> Json:
    """The method to pay with, once nothing speaks against the attempt. Raises StripeError."""
    if intent["status"] not in OPEN:
        raise unexpected(intent, "You cannot confirm this PaymentIntent")
    if method is None and not intent["payment_method"]:
        raise invalid(
            "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the "
            "PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a "
            "payment method or ConfirmationToken.",
            code="payment_intent_unexpected_state",
            payment_intent=dict(intent),
        )
    method = method or resolve(call.mode, intent["payment_method"])
    check_belongs(method, intent["customer"], thing="PaymentIntent")
    if method["type"] not in intent["payment_method_types"]:
        raise invalid(
            f"The PaymentMethod ({method['id']}) is of type {method['type']}, which this PaymentIntent does not allow. "
            f"It allows: {', '.join(intent['payment_method_types'])}.",
            code="payment_intent_incompatible_payment_method",
            param="payment_method",
        )
    methods.check_return(intent, call.params)
    if method["type"] == SEPA:
        _check_leave(call, intent, method)
    return method


def _check_leave(call: Call, intent: Json, method: Json) -> None:
    """A debit needs a mandate: one in force, or the customer's acceptance now. Whoever is away cannot give it."""
    named = call.params.get("mandate")
    if named is not None:
        found = call.mode.get("mandate", named)
        if found is None:
            raise no_such("mandate", named, param="mandate", status=400)
        if found["payment_method"] != method["id"] or found["status"] != "active":
            raise _ended(intent)
    if mandates.active(call.mode, method["id"]) is not None:
        return
    if _away(call.params) and mandates.ended(call.mode, method["id"]):
        raise _ended(intent)
    if not call.params.get("mandate_data"):
        raise invalid(NO_MANDATE, payment_intent=dict(intent))


def _ended(intent: Json) -> StripeError:
    return invalid(
        "The provided mandate is invalid and can not be used for the payment intent.",
        code="payment_intent_mandate_invalid",
        payment_intent=dict(intent),
    )


def _away(params: Json) -> bool:
    """Whether the customer is not there: `off_session` is true, or one of the words "one_off" and "recurring"."""
    return params.get("off_session", False) not in {False, ""}


def confirm(call: Call, intent: Json, method: Json) -> Json:
    """Try it. Raises StripeError (402) when it is declined, with the intent as it is by then."""
    params = call.params
    agreed: Any = params.get("mandate_data") or {}
    attempt(
        call.mode,
        intent,
        method,
        off_session=_away(params),
        return_url=params.get("return_url"),
        without_action=params.get("error_on_requires_action", False),
        acceptance=agreed.get("customer_acceptance"),
    )
    failure = intent["last_payment_error"]
    if failure is not None:
        told = {name: value for name, value in failure.items() if name not in {"message", "type", "doc_url"}}
        raise StripeError(402, failure["message"], kind=CARD, **told, payment_intent=dict(intent))
    return intent


def unexpected(intent: Json, what: str, *, param: str | None = None) -> StripeError:
    return invalid(
        f"{what} because it has a status of {intent['status']}.",
        code="payment_intent_unexpected_state",
        param=param,
        payment_intent=dict(intent),
    )
