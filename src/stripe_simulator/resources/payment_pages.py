"""The address behind Stripe's own payment page, which `stripe fixtures` and test helpers use to pay without a browser.

Stripe documents neither its parameters nor its answers; a caller relies on `payment_method`, `expected_amount` and the
session afterwards. What is sent besides is not looked at. [Shape and refusals not verified.]
"""

from typing import Any

from stripe_simulator.errors import CARD, StripeError, invalid, malformed, missing, no_such
from stripe_simulator.payments import checkout
from stripe_simulator.registry import Call, beside
from stripe_simulator.resources.checkout_sessions import READ, WRITE
from stripe_simulator.resources.payment_methods import check_belongs, resolve
from stripe_simulator.types import Json
from stripe_simulator.world import Mode

ROOT = "/v1/payment_pages/{page}"
STEM = 23  # letters of the session's id that the page's id takes over


@beside("GET", ROOT, permission=READ)
def retrieve(call: Call) -> Json:
    return _shown(call.mode, _find(call))


@beside("POST", ROOT + "/init", permission=READ)
def init(call: Call) -> Json:
    return _shown(call.mode, _find(call))


@beside("POST", ROOT + "/confirm", permission=WRITE)
def confirm(call: Call) -> Json:
    """What the customer's press of *pay* does, with a payment method made before."""
    session, mode = _find(call), call.mode
    if session["status"] != "open":
        raise invalid(f"This Checkout Session is {session['status']}: it cannot be paid any more.")
    _check_amount(session, call.params.get("expected_amount"))
    wanted: Any = call.params.get("payment_method")
    if not isinstance(wanted, str) or not wanted:
        raise missing("payment_method")
    method = resolve(mode, wanted)
    check_belongs(method, session["customer"], thing="Checkout Session")
    if method["type"] not in session["payment_method_types"]:
        raise invalid(f"This Checkout Session does not allow payment methods of type {method['type']}.")
    intent = checkout.submit(mode, session, method)
    failure = checkout.failure_of(mode, session)
    if failure is not None:
        told: Json = {name: value for name, value in failure.items() if name not in {"message", "type", "doc_url"}}
        told[intent["object"]] = dict(intent)
        raise StripeError(402, failure["message"], kind=CARD, **told)
    return _shown(mode, session)


def _check_amount(session: Json, sent: Any) -> None:
    if sent is None:
        return
    if not isinstance(sent, str) or not (sent.isascii() and sent.isdigit() and len(sent) < STEM):
        raise malformed(
            f"Invalid integer: {str(sent)[:100]}", code="parameter_invalid_integer", param="expected_amount"
        )
    if int(sent) != (session["amount_total"] or 0):
        raise invalid(
            f"The amount of this Checkout Session is {session['amount_total'] or 0}.", param="expected_amount"
        )


def _find(call: Call) -> Json:
    """By the session's id, or by the page's own."""
    wanted = call.path["page"]
    found = call.mode.get("checkout.session", wanted)
    if found is None and wanted.startswith("ppage_"):
        found = next((one for one in call.mode.all("checkout.session") if _identifier(one) == wanted), None)
    if found is None:
        raise no_such("payment_page", wanted, param="payment_page")
    return found


def _identifier(session: Json) -> str:
    return f"ppage_1{session['id'][-STEM:]}"


def _shown(mode: Mode, session: Json) -> Json:
    intents = {kind: mode.objects.get(session[kind] or "") for kind in ("payment_intent", "setup_intent")}
    due = session["amount_total"] or 0
    same = ("currency", "livemode", "locale", "mode", "payment_method_types", "payment_status", "status", "success_url")
    return {
        "id": _identifier(session),
        "object": "payment_page",
        "session_id": session["id"],
        **{name: session[name] for name in same},
        **intents,
        "total_summary": {"due": due, "subtotal": session["amount_subtotal"] or 0, "total": due},
    }
