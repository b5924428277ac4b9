"""Products and prices as Stripe shows them, whether made by their own calls or inside a Checkout Session."""

from decimal import Decimal, InvalidOperation

from stripe_simulator import ids
from stripe_simulator.errors import invalid, malformed, missing, not_built
from stripe_simulator.metadata import merged
from stripe_simulator.payments.money import is_currency
from stripe_simulator.types import Json
from stripe_simulator.world import Mode

NOT_BUILT = ("currency_options", "custom_unit_amount", "tiers", "tiers_mode", "transform_quantity")
LONGEST = {"day": 1095, "week": 156, "month": 36, "year": 3}  # three years, the longest interval that Stripe takes


def new_product(mode: Mode, params: Json, *, active: bool, at: str = "") -> Json:
    """A product, stored; `params` are those of Stripe's create call, `at` is where they stand in the request."""
    now = mode.world.clock.seconds()
    product = {
        "id": own_id(mode, "product", params["id"]) if "id" in params else ids.make("prod"),
        "object": "product",
        "active": active,
        "created": now,
        "default_price": None,
        "description": params.get("description"),
        "images": params.get("images", []),
        "livemode": mode.livemode,
        "marketing_features": params.get("marketing_features", []),
        "metadata": merged({}, params.get("metadata"), param=inside(at, "metadata")),
        "name": params["name"],
        "package_dimensions": params.get("package_dimensions"),
        "shippable": params.get("shippable"),
        "statement_descriptor": params.get("statement_descriptor"),
        "tax_code": params.get("tax_code"),
        "type": params.get("type", "service"),
        "unit_label": params.get("unit_label"),
        "updated": now,
        "url": params.get("url"),
    }
    return mode.put(product)


def own_id(mode: Mode, kind: str, wanted: str) -> str:
    """An id that the caller chose; one that is taken is a 400."""
    known = mode.objects.get(wanted)
    if known is None:
        return wanted
    if known["object"] != kind:
        raise not_built("An id that an object of another type has")
    if not known.get("deleted"):
        raise invalid(f"{kind.capitalize()} already exists.", code="resource_already_exists", param="id")
    mode.forget(known)
    return wanted


def new_price(mode: Mode, params: Json, product: Json, *, active: bool, at: str = "") -> Json:
    """A price of that product, stored; `params` as in Stripe's create call, or as in `price_data`."""
    for name in NOT_BUILT:
        if name in params:
            raise not_built(f"The parameter {inside(at, name)} of prices")
    if params.get("billing_scheme") == "tiered":
        raise not_built("Tiered prices")
    amount = unit_amount(params, at)
    recurring = _recurring(params.get("recurring"), inside(at, "recurring"))
    price = {
        "id": ids.make("price"),
        "object": "price",
        "active": active,
        "billing_scheme": "per_unit",
        "created": mode.world.clock.seconds(),
        "currency": currency(params["currency"], inside(at, "currency")),
        "custom_unit_amount": None,
        "livemode": mode.livemode,
        "lookup_key": params.get("lookup_key"),
        "metadata": merged({}, params.get("metadata"), param=inside(at, "metadata")),
        "nickname": params.get("nickname"),
        "product": product["id"],
        "recurring": recurring,
        "tax_behavior": params.get("tax_behavior", "unspecified"),
        "tiers_mode": None,
        "transform_quantity": None,
        "type": "recurring" if recurring else "one_time",
        "unit_amount": int(amount) if amount == int(amount) else None,
        "unit_amount_decimal": format(amount.normalize(), "f"),
    }
    return mode.put(price)


def _recurring(sent: Json | None, at: str) -> Json | None:
    if sent is None:
        return None
    if "meter" in sent or sent.get("usage_type") == "metered":
        raise not_built("Metered prices")
    interval, count = sent["interval"], sent.get("interval_count", 1)
    if not 1 <= count <= LONGEST[interval]:
        raise invalid(
            f"Invalid interval_count: must be between 1 and {LONGEST[interval]} for an interval of {interval}.",
            param=f"{at}[interval_count]",
        )
    return {
        "interval": interval,
        "interval_count": count,
        "meter": None,
        "trial_period_days": sent.get("trial_period_days"),
        "usage_type": "licensed",
    }


def unit_amount(data: Json, at: str) -> Decimal:
    """Minor units, perhaps with a fraction."""
    if "unit_amount" in data and "unit_amount_decimal" in data:
        raise invalid("You may only specify one of these parameters: unit_amount, unit_amount_decimal.")
    if "unit_amount" in data:
        amount = Decimal(data["unit_amount"])
    elif "unit_amount_decimal" in data:
        try:
            amount = Decimal(data["unit_amount_decimal"])
        except InvalidOperation:
            amount = Decimal("NaN")
        if not amount.is_finite():
            raise malformed(f"Invalid decimal: {data['unit_amount_decimal']}", param=inside(at, "unit_amount_decimal"))
    else:
        raise missing(inside(at, "unit_amount"))
    if amount < 0:
        raise malformed(
            "This value must be greater than or equal to 0.",
            code="parameter_invalid_integer",
            param=inside(at, "unit_amount"),
        )
    return amount


def currency(code: str, at: str) -> str:
    """In lower case; what has not the form of a currency's code is a 400."""
    if not is_currency(code):
        raise invalid(f"Invalid currency: {code}.", param=at)
    return code.lower()


def inside(at: str, name: str) -> str:
    return f"{at}[{name}]" if at else name
