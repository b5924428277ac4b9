"""Line items of a Checkout Session, each with a price of the catalogue, or with the one its `price_data` describes."""

from decimal import ROUND_HALF_UP, Decimal

from stripe_simulator import ids
from stripe_simulator.errors import invalid, malformed, missing, not_built
from stripe_simulator.find import find
from stripe_simulator.metadata import merged
from stripe_simulator.payments.catalogue import new_price, new_product
from stripe_simulator.types import Json
from stripe_simulator.world import Mode

MOST = 100
NOT_BUILT = ("adjustable_quantity", "dynamic_tax_rates", "tax_rates")


def new_lines(mode: Mode, sent: list[Json]) -> list[Json]:
    """Items as the API shows them, newest rules of Stripe: by `price`, or by `price_data`."""
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
    quantity = item.get("quantity")
    if quantity is None:
        raise missing(f"{at}[quantity]")
    if quantity < 1:
        raise malformed(
            "This value must be greater than or equal to 1.", code="parameter_invalid_integer", param=f"{at}[quantity]"
        )
    price = _price(mode, item, at)
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


def _price(mode: Mode, item: Json, at: str) -> Json:
    """An existing price, or the one that `price_data` describes."""
    if "price" in item and "price_data" in item:
        raise invalid(f"You may only specify one of these parameters: {at}[price], {at}[price_data].")
    if "price" in item:
        price = find(mode, "price", item["price"], param=f"{at}[price]", status=400)
        if not price["active"]:
            raise invalid(
                "The price specified is inactive. This field only accepts active prices.", param=f"{at}[price]"
            )
        if not mode.objects[price["product"]].get("active"):
            raise invalid(
                f"Price `{price['id']}` is not available to be purchased because its product is not active.",
                param=f"{at}[price]",
            )
    elif "price_data" in item:
        price = _inline(mode, item["price_data"], f"{at}[price_data]")
    else:
        raise missing(f"{at}[price_data]")
    if price["recurring"]:
        raise invalid(
            "You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode or use "
            "only one-time prices."
        )
    return price


def _inline(mode: Mode, data: Json, at: str) -> Json:
    """Not for sale again: neither this price nor a product made for it is active."""
    if "product" in data and "product_data" in data:
        raise invalid(f"You may only specify one of these parameters: {at}[product], {at}[product_data].")
    if "product" in data:
        product = find(mode, "product", data["product"], param=f"{at}[product]", status=400)
        if not product["active"]:
            raise invalid(f"The product `{product['id']}` is not active.", param=f"{at}[product]")
    elif "product_data" in data:
        product = new_product(mode, data["product_data"], active=False, at=f"{at}[product_data]")
    else:
        raise missing(f"{at}[product_data]")
    return new_price(mode, data, product, active=False, at=at)
