"""Checkout Sessions."""

from stripe_simulator.errors import invalid, not_built
from stripe_simulator.expand import included
from stripe_simulator.find import from_path
from stripe_simulator.lists import matching, narrow, page
from stripe_simulator.metadata import merged
from stripe_simulator.past import PRICED
from stripe_simulator.payments import checkout
from stripe_simulator.payments.session import new_session
from stripe_simulator.payments.session_check import check
from stripe_simulator.registry import Call, operation
from stripe_simulator.types import Json
from stripe_simulator.world import Mode

READ, WRITE = "rak_checkout_session_read", "rak_checkout_session_write"
SHOWN = 10  # lines inside a session


@operation("POST", "/v1/checkout/sessions", permission=WRITE)
def create(call: Call) -> Json:
    check(call.params)
    session = new_session(call)
    if call.version < PRICED and session["amount_total"]:
        checkout.prepare(call.mode, session)
    return session


@operation("GET", "/v1/checkout/sessions/{session}", permission=READ)
def retrieve(call: Call) -> Json:
    return from_path(call, "checkout.session", "session", param="session")


@operation("POST", "/v1/checkout/sessions/{session}", permission=WRITE)
def update(call: Call) -> Json:
    session = from_path(call, "checkout.session", "session", param="session")
    for name in call.params:
        if name not in {"metadata", "expand"}:
            raise not_built(f"The parameter {name} of Checkout Session updates")
    session["metadata"] = merged(session["metadata"], call.params.get("metadata"))
    return session


@operation("GET", "/v1/checkout/sessions", permission=READ)
def listing(call: Call) -> Json:
    things = matching(call.mode.all("checkout.session"), call.params, "customer", "payment_intent", "status")
    email = call.params.get("customer_details", {}).get("email")
    found = narrow(things, call.params, lambda one: email in {None, (one["customer_details"] or {}).get("email")})
    if "subscription" in call.params or "payment_link" in call.params:
        found = ()  # neither exists here
    return page(found, call.params, "/v1/checkout/sessions", "checkout.session")


@operation("GET", "/v1/checkout/sessions/{session}/line_items", permission=READ)
def line_items(call: Call) -> Json:
    session = from_path(call, "checkout.session", "session", param="session")
    url = f"/v1/checkout/sessions/{session['id']}/line_items"
    return page(call.mode.facts(session["id"])["lines"], call.params, url, "item")


@included("checkout.session", "line_items")
def _lines(mode: Mode, session: Json) -> Json:
    url = f"/v1/checkout/sessions/{session['id']}/line_items"
    rows = mode.facts(session["id"])["lines"]
    return {"object": "list", "data": rows[:SHOWN], "has_more": len(rows) > SHOWN, "url": url}


@operation("POST", "/v1/checkout/sessions/{session}/expire", permission=WRITE)
def expire(call: Call) -> Json:
    session = from_path(call, "checkout.session", "session", param="session")
    if session["status"] != "open":
        raise invalid(
            f'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of '
            f"`{session['status']}`."
        )
    checkout.expire(call.mode, session)
    return session
