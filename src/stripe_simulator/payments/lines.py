"""Line items of a Checkout Session, each with the price and product that its `price_data` describes."""

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from stripe_simulator import ids
from stripe_simulator.errors import invalid, malformed, missing, no_such, not_built
from stripe_simulator.metadata import merged
from stripe_simulator.payments.money import is_currency
from stripe_simulator.types import Json
from stripe_simulator.world import Mode

MOST = 100
NOT_BUILT = ("adjustable_quantity", "dynamic_tax_rates", "tax_rates")


def new_lines(mode: Mode, sent: list[Json]) -> list[Json]:
    """Items as the API shows them, newest rules of Stripe: only `price_data` is known here."""
    if len(sent) > MOST:
        raise invalid(f"You may only specify up to {MOST} line items.", param="line_items")
    lines = [_line(mode, item, f"line_items[{index}]") for index, item in enumerate(sent)]
    if len({line["currency"] for line in lines}) > 1:
        raise invalid("All line items must use the same currency.", param="line_items")
    return lines


def _line(mode: Mode, item: Json, at: str) -> Json:
    for name in NOT_BUILT:
        if name in item:
            raise not_built(f"The parameter {at}[{name}]")
    if "price" in item:
        raise no_such("price", item["price"], param=f"{at}[price]", status=400)
    if "price_data" not in item:
        raise missing(f"{at}[price_data]")
    quantity = item.get("quantity")
    if quantity is None:
        raise missing(f"{at}[quantity]")
    if quantity < 1:
        raise malformed(
            "This value must be greater than or equal to 1.", code="parameter_invalid_integer", param=f"{at}[quantity]"
        )
    price = _price(mode, item["price_data"], f"{at}[price_data]")
    total = int((Decimal(price["unit_amount_decimal"]) * quantity).quantize(Decimal(1), ROUND_HALF_UP))
    return {
        "id": ids.make("li"),
        "object": "item",
        "adjustable_quantity": None,
        "amount_discount": 0,
        "amount_subtotal": total,
        "amount_tax": 0,
        "amount_total": total,
        "currency": price["currency"],
        "description": mode.objects[price["product"]]["name"],
        "metadata": merged({}, item.get("metadata"), param=f"{at}[metadata]"),
        "price": price,
        "quantity": quantity,
    }


def _price(mode: Mode, data: Json, at: str) -> Json:
    if "product" in data:
        raise no_such("product", data["product"], param=f"{at}[product]", status=400)
    if "product_data" not in data:
        raise missing(f"{at}[product_data]")
    if "recurring" in data:
        raise invalid(
            "You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode or use "
            "only one-time prices."
        )
    amount = _unit_amount(data, at)
    product = _product(mode, data["product_data"], at)
    return mode.put(
        {
            "id": ids.make("price"),
            "object": "price",
            "active": False,  # an inline price is not for sale again
            "billing_scheme": "per_unit",
            "created": mode.world.clock.seconds(),
            "currency": _currency(data["currency"], at),
            "custom_unit_amount": None,
            "livemode": mode.livemode,
            "lookup_key": None,
            "metadata": {},
            "nickname": None,
            "product": product["id"],
            "recurring": None,
            "tax_behavior": data.get("tax_behavior", "unspecified"),
            "tiers_mode": None,
            "transform_quantity": None,
            "type": "one_time",
            "unit_amount": int(amount) if amount == int(amount) else None,
            "unit_amount_decimal": format(amount.normalize(), "f"),
        }
    )


def _unit_amount(data: Json, at: str) -> Decimal:
    """Minor units, perhaps with a fraction."""
    if "unit_amount" in data:
        amount = Decimal(data["unit_amount"])
    elif "unit_amount_decimal" in data:
        try:
            amount = Decimal(data["unit_amount_decimal"])
        except InvalidOperation:
            amount = Decimal("NaN")
        if not amount.is_finite():
            raise malformed(f"Invalid decimal: {data['unit_amount_decimal']}", param=f"{at}[unit_amount_decimal]")
    else:
        raise missing(f"{at}[unit_amount]")
    if amount < 0:
        raise malformed(
            "This value must be greater than or equal to 0.",
            code="parameter_invalid_integer",
            param=f"{at}[unit_amount]",
        )
    return amount


def _currency(code: str, at: str) -> str:
    if not is_currency(code):
        raise invalid(f"Invalid currency: {code}.", param=f"{at}[currency]")
    return code.lower()


def _product(mode: Mode, data: Json, at: str) -> Json:
    now = mode.world.clock.seconds()
    return mode.put(
        {
            "id": ids.make("prod"),
            "object": "product",
            "active": False,
            "created": now,
            "default_price": None,
            "description": data.get("description"),
            "images": data.get("images", []),
            "livemode": mode.livemode,
            "marketing_features": [],
            "metadata": merged({}, data.get("metadata"), param=f"{at}[product_data][metadata]"),
            "name": data["name"],
            "package_dimensions": None,
            "shippable": None,
            "statement_descriptor": None,
            "tax_code": data.get("tax_code"),
            "type": "service",
            "unit_label": data.get("unit_label"),
            "updated": now,
            "url": None,
        }
    )
