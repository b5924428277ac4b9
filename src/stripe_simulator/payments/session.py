"""A new Checkout Session, from the parameters of Stripe's create call."""

from typing import Any
from urllib.parse import urlsplit

from stripe_simulator import ids
from stripe_simulator.errors import invalid, missing, not_built
from stripe_simulator.find import by_param
from stripe_simulator.metadata import merged
from stripe_simulator.payments import methods, money
from stripe_simulator.payments.lines import new_lines
from stripe_simulator.registry import Call
from stripe_simulator.types import Json

SHORTEST, LONGEST = 30 * 60, 24 * 3600  # seconds between creation and expiry
NOT_BUILT = (
    "after_expiration",
    "customer_account",
    "custom_fields",
    "discounts",
    "managed_payments",
    "name_collection",
    "optional_items",
    "payment_method_configuration",
    "payment_method_data",
    "permissions",
    "shipping_address_collection",
    "shipping_options",
)
OFF_ONLY = ("automatic_tax", "invoice_creation", "phone_number_collection", "tax_id_collection")
INTENT_DATA = ("description", "metadata", "setup_future_usage", "statement_descriptor_suffix", "receipt_email")
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


def check(params: Json) -> None:
    """Refuse what Stripe refuses, and say openly what is not built."""
    if "mode" not in params:
        raise missing("mode")
    _check_built(params)
    if "return_url" in params:
        raise invalid("`return_url` is only supported for embedded Checkout Sessions.", param="return_url")
    for name in ("success_url", "line_items"):
        if not params.get(name):
            raise missing(name)
    for name in ("success_url", "cancel_url"):
        _check_url(params.get(name), name)
    _check_customer(params)
    _check_intent_data(params.get("payment_intent_data", {}))


def _check_built(params: Json) -> None:
    if params["mode"] != "payment":
        raise not_built(f"Checkout in {params['mode']} mode")
    if params.get("ui_mode", "hosted_page") != "hosted_page":
        raise not_built(f"ui_mode {params['ui_mode']}")
    for name in NOT_BUILT:
        if params.get(name):
            raise not_built(f"The parameter {name} of Checkout Sessions")
    for name in OFF_ONLY:
        if params.get(name, {}).get("enabled"):
            raise not_built(f"The parameter {name} of Checkout Sessions")
    if params.get("allow_promotion_codes"):
        raise not_built("The parameter allow_promotion_codes of Checkout Sessions")


def _check_customer(params: Json) -> None:
    if "customer" in params and "customer_email" in params:
        raise invalid("You may only specify one of these parameters: customer, customer_email.")
    if "customer_update" in params and "customer" not in params:
        raise invalid("`customer_update` can only be used with `customer`.", param="customer_update")
    if "customer_creation" in params and "customer" in params:
        raise invalid("`customer_creation` cannot be used with `customer`.", param="customer_creation")


def _check_url(url: str | None, name: str) -> None:
    if url is None:
        return
    try:
        parts = urlsplit(url)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        good = False
    if not good:
        raise invalid("Not a valid URL", code="url_invalid", param=name)


def _check_intent_data(data: Json) -> None:
    for name, value in data.items():
        if name == "statement_descriptor":
            raise invalid(
                "The `statement_descriptor` parameter is not supported for card payments. Use "
                "`statement_descriptor_suffix` instead.",
                param="payment_intent_data[statement_descriptor]",
            )
        if name == "capture_method" and value == "automatic_async":
            continue
        if name not in INTENT_DATA:
            raise not_built(f"The parameter payment_intent_data[{name}]")


def new_session(call: Call) -> Json:
    """An open session with its lines; its PaymentIntent comes with the first attempt."""
    params, mode = call.params, call.mode
    now = call.world.clock.seconds()
    expires_at = _expiry(params.get("expires_at"), now)
    customer = by_param(call, "customer", "customer")
    lines = new_lines(mode, params["line_items"])
    total = sum(line["amount_total"] for line in lines)
    currency = lines[0]["currency"]
    _check_total(total, currency)
    kinds = methods.types(mode, currency, params)
    identifier = ids.session(live=mode.livemode)
    intent_data = params.get("payment_intent_data", {})
    intent_data = {**intent_data, "metadata": merged({}, intent_data.get("metadata"))}
    session: Json = {
        "id": identifier,
        "object": "checkout.session",
        **dict.fromkeys(UNUSED),
        **{name: params.get(name) for name in ECHOED},
        "adaptive_pricing": {"enabled": params.get("adaptive_pricing", {}).get("enabled", True)},
        "amount_subtotal": total,
        "amount_total": total,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "branding_settings": _branding(call.world.settings.account_name, params.get("branding_settings")),
        "created": now,
        "currency": currency,
        "custom_fields": [],
        "custom_text": {name: params.get("custom_text", {}).get(name) or None for name in TEXTS},
        "customer": customer["id"] if customer else None,
        "customer_creation": None if customer else params.get("customer_creation", "if_required"),
        "customer_details": _known(customer, params.get("customer_email")),
        "discounts": [],
        "expires_at": expires_at,
        "invoice_creation": _invoices(),
        "livemode": mode.livemode,
        "metadata": merged({}, params.get("metadata")),
        "mode": "payment",
        "payment_method_collection": "if_required",
        "payment_method_configuration_details": {"id": "pmc_1Simulator0000000000000", "parent": None},
        "payment_method_options": _options(kinds, params.get("payment_method_options", {})),
        "payment_method_types": kinds,
        "payment_status": "unpaid",
        "phone_number_collection": {"enabled": False},
        "saved_payment_method_options": _saved(params.get("saved_payment_method_options"), customer),
        "shipping_options": [],
        "status": "open",
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
        "url": f"{call.world.settings.public_url}/c/pay/{identifier}",
    }
    facts: Json = {
        "lines": lines,
        "payment_intent_data": intent_data,
        "customer_update": params.get("customer_update", {}),
    }
    mode.put(session, **facts)
    call.world.agenda.add(float(expires_at), "expire", {"mode": mode.name, "session": identifier})
    return session


def _expiry(sent: int | None, now: int) -> int:
    if sent is None:
        return now + LONGEST
    if sent < now + SHORTEST:
        raise invalid(
            "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.",
            param="expires_at",
        )
    if sent > now + LONGEST:
        raise invalid(
            "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.",
            param="expires_at",
        )
    return sent


def _check_total(total: int, currency: str) -> None:
    least = money.least(currency)
    if total == 0:
        raise not_built("A Checkout Session of nothing to pay")
    if total < least:
        shown = money.spoken(least, currency)
        raise invalid(
            f"The Checkout Session's total amount due must add up to at least {shown} {currency}",
            code="amount_too_small",
        )
    if total > money.LARGEST:
        shown = money.spoken(money.LARGEST, currency)
        raise invalid(f"The Checkout Session's total amount due must be no more than {shown}.", code="amount_too_large")


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
