"""A new Checkout Session, from the parameters of Stripe's create call."""

from typing import Any

from stripe_simulator import ids
from stripe_simulator.duties import plan
from stripe_simulator.find import by_param
from stripe_simulator.metadata import merged
from stripe_simulator.payments import methods, saved
from stripe_simulator.payments.discounts import show, take_off
from stripe_simulator.payments.lines import new_lines
from stripe_simulator.payments.session_check import check_total, expiry
from stripe_simulator.registry import Call
from stripe_simulator.resources.setup_intents import ANY, new_setup
from stripe_simulator.types import Json
from stripe_simulator.world import Mode

UNUSED = (
    "after_expiration",
    "client_secret",
    "collected_information",
    "consent",
    "customer_account",
    "invoice",
    "managed_payments",
    "payment_intent",
    "payment_link",
    "permissions",
    "recovered_from",
    "setup_intent",
    "shipping_address_collection",
    "shipping_cost",
    "subscription",
)
ECHOED = (  # taken as sent, null when not sent
    "allow_promotion_codes",
    "allowed_payment_method_types",
    "billing_address_collection",
    "cancel_url",
    "client_reference_id",
    "consent_collection",
    "customer_email",
    "excluded_payment_method_types",
    "integration_identifier",
    "locale",
    "origin_context",
    "submit_type",
    "success_url",
    "wallet_options",
)
TEXTS = ("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")


def new_session(call: Call) -> Json:
    """An open session with its lines; its PaymentIntent comes with the first attempt."""
    params, mode = call.params, call.mode
    now = call.world.clock.seconds()
    expires_at = expiry(params.get("expires_at"), now)
    customer = by_param(call, "customer", "customer")
    lines, total, currency = _due(mode, params, customer)
    kinds = methods.types(mode, currency, params, amount=total or ANY, thing="Checkout Session")
    identifier = ids.session(live=mode.livemode)
    session: Json = {
        "id": identifier,
        "object": "checkout.session",
        **dict.fromkeys(UNUSED),
        **_plain(params["mode"]),
        **{name: params.get(name) for name in ECHOED},
        "adaptive_pricing": {"enabled": params.get("adaptive_pricing", {}).get("enabled", True)},
        "amount_subtotal": total,
        "amount_total": total,
        "branding_settings": _branding(call.world.settings.account_name, params.get("branding_settings")),
        "created": now,
        "currency": currency,
        "custom_text": {name: params.get("custom_text", {}).get(name) or None for name in TEXTS},
        "customer": customer["id"] if customer else None,
        "customer_creation": None if customer else params.get("customer_creation", "if_required"),
        "customer_details": _known(customer, params.get("customer_email")),
        "expires_at": expires_at,
        "livemode": mode.livemode,
        "metadata": merged({}, params.get("metadata")),
        "payment_method_configuration_details": methods.used(mode, params),
        "payment_method_options": _options(kinds, params.get("payment_method_options", {})),
        "payment_method_types": kinds,
        "saved_payment_method_options": saved.options(params, customer),
        "url": f"{call.world.settings.public_url}/c/pay/{identifier}",
    }
    show(session, params.get("discounts"), lines)
    mode.put(session, lines=lines, **_facts(params))
    if params["mode"] == "setup":
        _prepare(mode, session, params.get("setup_intent_data", {}))
    plan(mode, float(expires_at), "expire", session=identifier)
    return session


def _due(mode: Mode, params: Json, customer: Json | None) -> tuple[list[Json], int | None, str]:
    """The lines, their total in minor units (None when nothing is sold) and the currency."""
    if params["mode"] == "setup":
        return [], None, params["currency"].lower()
    lines = new_lines(mode, params["line_items"])
    take_off(mode, params.get("discounts"), lines, customer=customer)
    total: int = sum(line["amount_total"] for line in lines)
    check_total(mode, total, lines[0]["currency"])
    return lines, total, lines[0]["currency"]


def _prepare(mode: Mode, session: Json, data: Json) -> None:
    """The SetupIntent of a session is there from the start, unlike a PaymentIntent."""
    wanted: Json = {**data, "automatic_payment_methods": None}
    if session["customer"]:
        wanted["customer"] = session["customer"]
    used = session["payment_method_configuration_details"]
    intent = new_setup(mode, wanted, kinds=session["payment_method_types"], used=used)
    mode.facts(intent["id"]).update(session=session["id"], redisplay="limited")
    session["setup_intent"] = intent["id"]


def _facts(params: Json) -> Json:
    """What the payment will need to know of the request."""
    intent_data = params.get("payment_intent_data", {})
    return {
        "payment_intent_data": {**intent_data, "metadata": merged({}, intent_data.get("metadata"))},
        "customer_update": params.get("customer_update", {}),
    }


def _plain(kind: str) -> Json:
    """What every session of ours starts with; `kind` is its mode."""
    setup = kind == "setup"
    return {
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "custom_fields": [],
        "discounts": [],
        "invoice_creation": _invoices(),
        "mode": kind,
        "payment_method_collection": "always" if setup else "if_required",
        "payment_status": "no_payment_required" if setup else "unpaid",
        "phone_number_collection": {"enabled": False},
        "shipping_options": [],
        "status": "open",
        "total_details": None if setup else {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
    }


def _known(customer: Json | None, email: str | None) -> Json | None:
    if customer is None and email is None:
        return None
    return {
        "address": customer["address"] if customer else None,
        "business_name": None,
        "email": customer["email"] if customer else email,
        "individual_name": None,
        "name": customer["name"] if customer else None,
        "phone": customer["phone"] if customer else None,
        "tax_exempt": customer["tax_exempt"] if customer else "none",
        "tax_ids": None,
    }


def _branding(name: str, sent: Any) -> Json:
    plain = {
        "background_color": "#ffffff",
        "border_style": "rounded",
        "button_color": "#1d5b4c",
        "display_name": name,
        "font_family": "default",
        "icon": None,
        "logo": None,
    }
    return {**plain, **{key: value for key, value in (sent or {}).items() if value}}


def _invoices() -> Json:
    empty = ("account_tax_ids", "custom_fields", "description", "footer", "issuer", "rendering_options")
    return {"enabled": False, "invoice_data": {**dict.fromkeys(empty), "metadata": {}}}


def _options(kinds: list[str], sent: Json) -> Json:
    filled: Json = {"card": {"request_three_d_secure": "automatic"}}
    return {
        kind: {**filled.get(kind, {}), **(sent.get(kind) or {})} for kind in kinds if kind in filled or kind in sent
    }
