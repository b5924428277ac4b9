"""Prices of products: once or recurring, an amount a unit."""

from collections.abc import Iterable

from stripe_simulator.changed import replace
from stripe_simulator.emit import emit
from stripe_simulator.errors import invalid, missing, not_built
from stripe_simulator.find import find, from_path
from stripe_simulator.lists import matching, narrow, page
from stripe_simulator.metadata import merged
from stripe_simulator.payments.catalogue import new_price, new_product
from stripe_simulator.registry import Call, operation
from stripe_simulator.types import Json

READ, WRITE = "rak_plan_read", "rak_plan_write"  # Stripe's prices still go by their older name here [?]
ROOT = "/v1/prices"
MOST_KEYS = 10  # lookup keys in one question


@operation("POST", ROOT, permission=WRITE)
def create(call: Call) -> Json:
    params, mode = call.params, call.mode
    product, fresh = _product(call), "product_data" in params
    try:
        owner = _owner(call)
        price = new_price(mode, params, product, active=params.get("active", True))
    except Exception:
        if fresh:
            mode.forget(product)  # a refusal half way leaves nothing behind
        raise
    if fresh:
        emit(mode, "product.created", product)
    _transfer(call, owner)
    emit(mode, "price.created", price)
    return price


def _product(call: Call) -> Json:
    params = call.params
    if "product" in params and "product_data" in params:
        raise invalid("You may only specify one of these parameters: product, product_data.")
    if "product" in params:
        return find(call.mode, "product", params["product"], param="product", status=400)
    if "product_data" not in params:
        raise missing("product")
    data = params["product_data"]
    if "tax_details" in data:
        raise not_built("The parameter product_data[tax_details] of prices")
    return new_product(call.mode, data, active=data.get("active", True), at="product_data")


def _owner(call: Call, asking: str | None = None) -> Json | None:
    """The price that has the lookup key now; unless the key is to be transferred, that is a 400."""
    key = call.params.get("lookup_key")
    owner = next((row for row in call.mode.all("price") if key and row["lookup_key"] == key), None)
    if owner is None or owner["id"] == asking:
        return None
    if not call.params.get("transfer_lookup_key"):
        raise invalid(f"A price (`{owner['id']}`) already uses that lookup key.", param="lookup_key")
    return owner


def _transfer(call: Call, owner: Json | None) -> None:
    if owner is not None:
        emit(call.mode, "price.updated", owner, replace(owner, {"lookup_key": None}))


@operation("GET", ROOT + "/{price}", permission=READ)
def retrieve(call: Call) -> Json:
    return from_path(call, "price", "price", param="price")


@operation("POST", ROOT + "/{price}", permission=WRITE)
def update(call: Call) -> Json:
    params, price = call.params, from_path(call, "price", "price", param="price")
    if "currency_options" in params:
        raise not_built("The parameter currency_options of prices")
    if params.get("active") is False and call.mode.objects[price["product"]].get("default_price") == price["id"]:
        raise invalid("This price cannot be archived because it is the default price of its product.")
    behavior = params.get("tax_behavior", price["tax_behavior"])
    if price["tax_behavior"] != "unspecified" and behavior != price["tax_behavior"]:
        raise invalid(
            "You cannot change the `tax_behavior` of a price once it is `inclusive` or `exclusive`.",
            param="tax_behavior",
        )
    owner = _owner(call, price["id"])
    after: Json = {
        name: params[name] for name in ("active", "lookup_key", "nickname", "tax_behavior") if name in params
    }
    after["metadata"] = merged(price["metadata"], params.get("metadata"))
    _transfer(call, owner)
    previous = replace(price, after)
    if previous:
        emit(call.mode, "price.updated", price, previous)
    return price


@operation("GET", ROOT, permission=READ)
def listing(call: Call) -> Json:
    params = dict(call.params)
    if "currency" in params:
        params["currency"] = params["currency"].lower()
    found = matching(call.mode.all("price"), params, "active", "currency", "product", "type")
    return page(_narrowed(found, params), params, ROOT, "price")


def _narrowed(found: Iterable[Json], params: Json) -> Iterable[Json]:
    keys, recurring = params.get("lookup_keys"), params.get("recurring")
    if keys is not None and len(keys) > MOST_KEYS:
        raise invalid(f"You may only specify up to {MOST_KEYS} lookup keys.", param="lookup_keys")

    def keep(price: Json) -> bool:
        if keys is not None and price["lookup_key"] not in keys:
            return False
        return recurring is None or all(
            (price["recurring"] or {}).get(name) == want for name, want in recurring.items()
        )

    return narrow(found, params, keep)
