"""What a new Checkout Session may ask for: Stripe's refusals, and what is not built, said openly."""

from urllib.parse import urlsplit

from stripe_simulator.errors import invalid, missing, not_built
from stripe_simulator.payments import money
from stripe_simulator.types import Json
from stripe_simulator.world import Mode

SHORTEST, LONGEST = 30 * 60, 24 * 3600  # seconds between creation and expiry
NOT_BUILT = (
    "after_expiration",
    "customer_account",
    "custom_fields",
    "managed_payments",
    "name_collection",
    "optional_items",
    "payment_method_data",
    "permissions",
    "shipping_address_collection",
    "shipping_options",
)
OFF_ONLY = ("automatic_tax", "invoice_creation", "phone_number_collection", "tax_id_collection")
STRANGERS = {  # by mode, what belongs to the other one
    "payment": ("setup_intent_data",),
    "setup": (
        "line_items",
        "payment_intent_data",
        "saved_payment_method_options",
        "submit_type",
        "invoice_creation",
        "discounts",
    ),
}
INTENT_DATA = ("description", "metadata", "setup_future_usage", "statement_descriptor_suffix", "receipt_email")


def check(params: Json) -> None:
    """Refuse what Stripe refuses, and say openly what is not built."""
    if "mode" not in params:
        raise missing("mode")
    _check_built(params)
    if "return_url" in params:
        raise invalid("`return_url` is only supported for embedded Checkout Sessions.", param="return_url")
    _check_mode(params)
    for name in ("success_url", "cancel_url"):
        _check_url(params.get(name), name)
    _check_customer(params)
    _check_intent_data(params.get("payment_intent_data", {}))
    if "on_behalf_of" in params.get("setup_intent_data", {}):
        raise not_built("The parameter setup_intent_data[on_behalf_of]")


def _check_mode(params: Json) -> None:
    kind = params["mode"]
    for name in STRANGERS[kind]:
        if name in params:
            raise invalid(f"You can not pass `{name}` in `{kind}` mode.", param=name)
    for name in ("success_url", "currency" if kind == "setup" else "line_items"):
        if not params.get(name):
            raise missing(name)


def _check_built(params: Json) -> None:
    if params["mode"] not in STRANGERS:
        raise not_built(f"Checkout in {params['mode']} mode")
    if params.get("ui_mode", "hosted_page") != "hosted_page":
        raise not_built(f"ui_mode {params['ui_mode']}")
    for name in NOT_BUILT:
        if params.get(name):
            raise not_built(f"The parameter {name} of Checkout Sessions")
    for name in OFF_ONLY:
        if params.get(name, {}).get("enabled"):
            raise not_built(f"The parameter {name} of Checkout Sessions")
    if "allow_promotion_codes" in params and "discounts" in params:
        raise invalid("You may only specify one of these parameters: allow_promotion_codes, discounts.")
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


def expiry(sent: int | None, now: int) -> int:
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


def check_total(mode: Mode, total: int, currency: str) -> None:
    """Refuse what a session cannot ask for, in minor units. Raises StripeError."""
    if total == 0:
        return  # nothing is left to pay
    money.check_unit(total, currency)
    if too_little := money.below(mode, total, currency):
        words = too_little
        if words.startswith("be "):
            words = f"add up to {words.removeprefix('be ')} {currency}"
        raise invalid(f"The Checkout Session's total amount due must {words}", code="amount_too_small")
    if total > money.LARGEST:
        shown = money.spoken(money.LARGEST, currency)
        raise invalid(f"The Checkout Session's total amount due must be no more than {shown}.", code="amount_too_large")
