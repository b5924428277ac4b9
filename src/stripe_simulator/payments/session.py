"""A new Checkout Session, from the parameters of Stripe's create call."""

from typing import Any

from stripe_simulator import ids
from stripe_simulator.duties import plan
from stripe_simulator.find import by_param
from stripe_simulator.metadata import merged
from stripe_simulator.payments import methods
from stripe_simulator.payments.lines import new_lines
from stripe_simulator.payments.session_check import check_total, expiry
from stripe_simulator.registry import Call
from stripe_simulator.types import Json

UNUSED = (
    "after_expiration",
    "client_secret",
    "collected_information",
    "consent",
    "customer_account",
    "invoice",
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
    lines = new_lines(mode, params["line_items"])
    total = sum(line["amount_total"] for line in lines)
    currency = lines[0]["currency"]
    check_total(mode, total, currency)
    kinds = methods.types(mode, currency, params, amount=total, thing="Checkout Session")
    identifier = ids.session(live=mode.livemode)
    session: Json = {
        "id": identifier,
        "object": "checkout.session",
        **dict.fromkeys(UNUSED),
        **_plain(),
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
        "saved_payment_method_options": _saved(params.get("saved_payment_method_options"), customer),
        "url": f"{call.world.settings.public_url}/c/pay/{identifier}",
    }
    mode.put(session, lines=lines, **_facts(params))
    plan(mode, float(expires_at), "expire", session=identifier)
    return session


def _facts(params: Json) -> Json:
    """What the payment will need to know of the request."""
    intent_data = params.get("payment_intent_data", {})
    return {
        "payment_intent_data": {**intent_data, "metadata": merged({}, intent_data.get("metadata"))},
        "customer_update": params.get("customer_update", {}),
    }


def _plain() -> Json:
    """What every session of ours starts with."""
    return {
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "custom_fields": [],
        "discounts": [],
        "invoice_creation": _invoices(),
        "mode": "payment",
        "payment_method_collection": "if_required",
        "payment_status": "unpaid",
        "phone_number_collection": {"enabled": False},
        "shipping_options": [],
        "status": "open",
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
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


def _saved(sent: Any, customer: Json | None) -> Json | None:
    if sent is None and customer is None:
        return None
    plain = {
        "allow_redisplay_filters": ["always"],
        "payment_method_remove": "disabled",
        "payment_method_save": "disabled",
    }
    return {**plain, **(sent or {})}
