"""The scenarios: each runs on both sides with the same requests. A new one is a function with `@scenario`."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from bin.live_check.side import Answer, Form, Side

    Scenario = Callable[[Side], None]

SCENARIOS: dict[str, Scenario] = {}
BACK = "https://shop.example/back"
LINE = {
    "line_items[0][quantity]": "1",
    "line_items[0][price_data][currency]": "eur",
    "line_items[0][price_data][unit_amount]": "9990",
    "line_items[0][price_data][product_data][name]": "VPS Lanterne",
}
SESSION = {"mode": "payment", "success_url": BACK, "cancel_url": BACK, "metadata[invoice]": "1042", **LINE}
DECLINES = (
    "pm_card_visa_chargeDeclined",
    "pm_card_visa_chargeDeclinedInsufficientFunds",
    "pm_card_visa_chargeDeclinedLostCard",
    "pm_card_visa_chargeDeclinedStolenCard",
    "pm_card_chargeDeclinedExpiredCard",
    "pm_card_chargeDeclinedIncorrectCvc",
    "pm_card_chargeDeclinedProcessingError",
)


def scenario(name: str) -> Callable[[Scenario], Scenario]:
    """Register under the name that the report shows."""

    def register(function: Scenario) -> Scenario:
        SCENARIOS[name] = function
        return function

    return register


def _payment(method: str, **more: str) -> Form:
    return {
        "amount": "2500",
        "currency": "eur",
        "payment_method": method,
        "confirm": "true",
        "automatic_payment_methods[enabled]": "true",
        "automatic_payment_methods[allow_redirects]": "never",
        **more,
    }


def _pay(side: Side, step: str, method: str) -> Answer:
    return side.post(step, "payment_intents", _payment(method))


@scenario("a customer")
def customer(side: Side) -> None:
    email = f"camille-{secrets.token_hex(6)}@example.com"
    made = side.post("create", "customers", {"email": email, "name": "Camille Durand", "metadata[client]": "7"})
    path = f"customers/{made.need('id')}"
    side.get("retrieve", path)
    side.post("update", path, {"address[country]": "FR", "address[city]": "Nantes", "phone": "+33240000000"})
    side.get("list by e-mail", "customers", {"email": email, "limit": "1"})
    side.get("payment methods", f"{path}/payment_methods")
    side.delete("delete", path)
    side.get("retrieve a deleted one", path)


@scenario("a Checkout Session")
def session(side: Side) -> None:
    made = side.post("create", "checkout/sessions", {**SESSION, "customer_email": "camille@example.com"})
    path = f"checkout/sessions/{made.need('id')}"
    side.get("retrieve", path)
    side.get("retrieve with its lines", path, {"expand[0]": "line_items"})
    side.get("lines", f"{path}/line_items")
    side.get("list", "checkout/sessions", {"limit": "1"})
    side.post("expire", f"{path}/expire")
    side.post("expire again", f"{path}/expire")
    side.get("retrieve an expired one", path)


@scenario("a card payment and its fee")
def payment(side: Side) -> None:
    paid = _pay(side, "create and confirm", "pm_card_visa")
    charge = f"charges/{paid.need('latest_charge')}"
    settled = side.until("balance transaction", charge, lambda body: bool(body.get("balance_transaction")))
    side.get("retrieve it", f"balance_transactions/{settled.need('balance_transaction')}")
    intent = f"payment_intents/{paid.need('id')}"
    side.get("with charge and fee", intent, {"expand[0]": "latest_charge.balance_transaction"})
    side.get("its charges", "charges", {"payment_intent": str(paid.need("id"))})
    side.post("cancel what is paid", f"{intent}/cancel")


@scenario("declined cards")
def declines(side: Side) -> None:
    for method in DECLINES:
        _pay(side, method.removeprefix("pm_card_"), method)


@scenario("the bank asks, and nobody is there")
def off_session(side: Side) -> None:
    who = side.post("customer", "customers", {"email": "camille@example.com"}).need("id")
    card = side.post("attach", "payment_methods/pm_card_authenticationRequired/attach", {"customer": who}).need("id")
    form = _payment(card, customer=who, off_session="true")
    side.post("charge without the customer", "payment_intents", form)


@scenario("the bank asks, and the payment is given up")
def challenge(side: Side) -> None:
    form = _payment("pm_card_threeDSecure2Required", return_url=BACK)
    form["automatic_payment_methods[allow_redirects]"] = "always"
    asked = side.post("create and confirm", "payment_intents", form)
    side.post("cancel", f"payment_intents/{asked.need('id')}/cancel", {"cancellation_reason": "abandoned"})


@scenario("refunds")
def refunds(side: Side) -> None:
    charge = _pay(side, "payment", "pm_card_visa").need("latest_charge")
    part = side.post("a part", "refunds", {"charge": charge, "amount": "1000", "metadata[why]": "late"})
    side.post("too much", "refunds", {"charge": charge, "amount": "1501"})
    side.post("the rest", "refunds", {"charge": charge, "reason": "requested_by_customer"})
    side.post("once more", "refunds", {"charge": charge})
    side.get("retrieve", f"refunds/{part.need('id')}")
    side.get("list", "refunds", {"charge": charge})
    side.get("charge", f"charges/{charge}")


@scenario("a disputed card")
def dispute(side: Side) -> None:
    charge = _pay(side, "payment", "pm_card_createDispute").need("latest_charge")
    side.until("disputed", f"charges/{charge}", lambda body: bool(body.get("disputed")), at_most=60)
    listed = side.get("list", "disputes", {"charge": charge}).need("data")
    if listed:
        side.get("retrieve", f"disputes/{listed[0]['id']}")


@scenario("idempotency")
def idempotency(side: Side) -> None:
    key = f"livecheck_{secrets.token_hex(12)}"  # in the form of an id, which a comparison leaves out
    side.post("first", "customers", {"name": "Camille"}, Idempotency_Key=key)
    side.post("again", "customers", {"name": "Camille"}, Idempotency_Key=key)
    side.post("with other parameters", "customers", {"name": "Dominique"}, Idempotency_Key=key)
    side.post("with another path", "payment_intents", {"name": "Camille"}, Idempotency_Key=key)
    side.post("a key too long", "customers", {"name": "Camille"}, Idempotency_Key="k" * 256)


@scenario("bad parameters")
def bad_parameters(side: Side) -> None:
    intents = "payment_intents"
    side.post("unknown", intents, {"amount": "2500", "currency": "eur", "colour": "green"})
    side.post("two unknown", intents, {"amount": "2500", "currency": "eur", "colour": "green", "size": "9"})
    side.post("missing", intents, {"currency": "eur"})
    side.post("not an integer", intents, {"amount": "25.5", "currency": "eur"})
    side.post("empty", intents, {"amount": "2500", "currency": ""})
    side.post("no such currency", intents, {"amount": "2500", "currency": "xxx"})
    side.post("too small", intents, {"amount": "1", "currency": "eur"})
    side.post("too large", intents, {"amount": "999999999", "currency": "eur"})
    side.post("below zero", intents, {"amount": "-1", "currency": "eur"})
    side.post("no such word", intents, {"amount": "2500", "currency": "eur", "capture_method": "soon"})
    side.post("not a hash", "customers", {"address": "Nantes"})
    side.post("not a boolean", intents, {"amount": "2500", "currency": "eur", "confirm": "maybe"})
    side.post("no lines", "checkout/sessions", {"mode": "payment", "success_url": BACK})
    side.post("a session over before it begins", "checkout/sessions", {**SESSION, "expires_at": "1"})
    side.get("no such customer", "customers/cus_NobodyNobody00")
    side.get("no such intent", "payment_intents/pi_3NobodyNobodyNobodyNobody")
    side.post("an intent for nobody", intents, {"amount": "2500", "currency": "eur", "customer": "cus_NobodyNobody00"})
    who = side.post("a good one", "customers", {"name": "Camille Durand"}).need("id")
    side.get("what cannot be expanded", f"customers/{who}", {"expand[0]": "colour"})
    side.get("no such address", "colours")
    side.get("a key that is none", "customers", Authorization="Bearer sk_test_NobodysKeyNobodysKey")
    side.get("a version that is none", "customers", Stripe_Version="1999-01-01")


@scenario("bad cursors")
def bad_cursors(side: Side) -> None:
    side.get("limit 0", "customers", {"limit": "0"})
    side.get("limit 101", "customers", {"limit": "101"})
    side.get("limit in words", "customers", {"limit": "ten"})
    side.get("after nobody", "customers", {"starting_after": "cus_NobodyNobody00"})
    side.get("before nobody", "customers", {"ending_before": "cus_NobodyNobody00"})
    both = {"starting_after": "cus_NobodyNobody00", "ending_before": "cus_NobodyNobody01"}
    side.get("both at once", "customers", both)
    side.get("of another kind", "customers", {"starting_after": "pi_3NobodyNobodyNobodyNobody"})
    side.get("events of no such type", "events", {"type": "colour.changed", "limit": "1"})
    side.get("events of two filters", "events", {"type": "charge.refunded", "types[0]": "charge.failed"})
