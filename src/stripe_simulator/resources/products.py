"""Products: what is sold; their prices are prices.py."""

from collections.abc import Iterable

from stripe_simulator.changed import replace
from stripe_simulator.emit import emit
from stripe_simulator.errors import invalid, not_built
from stripe_simulator.find import find, from_path
from stripe_simulator.lists import matching, page
from stripe_simulator.metadata import merged
from stripe_simulator.payments.catalogue import new_price, new_product
from stripe_simulator.registry import Call, operation
from stripe_simulator.types import Json

READ, WRITE = "rak_product_read", "rak_product_write"
ROOT = "/v1/products"
PLAIN = (
    "active",
    "description",
    "name",
    "package_dimensions",
    "shippable",
    "statement_descriptor",
    "tax_code",
    "unit_label",
    "url",
)
LISTS = ("images", "marketing_features")
MOST = {"images": 8, "marketing_features": 15}


def _check(params: Json) -> None:
    if "tax_details" in params:
        raise not_built("The parameter tax_details of products")
    for name, most in MOST.items():
        if len(params.get(name) or ()) > most:
            raise invalid(f"You may only specify up to {most} {name}.", param=name)


@operation("POST", ROOT, permission=WRITE)
def create(call: Call) -> Json:
    params = call.params
    _check(params)
    product = new_product(call.mode, params, active=params.get("active", True))
    if "default_price_data" not in params:
        emit(call.mode, "product.created", product)
        return product
    try:
        price = new_price(call.mode, params["default_price_data"], product, active=True, at="default_price_data")
    except Exception:
        call.mode.forget(product)  # a refusal half way leaves nothing behind
        raise
    emit(call.mode, "product.created", product)
    emit(call.mode, "price.created", price)
    emit(call.mode, "product.updated", product, replace(product, {"default_price": price["id"]}))
    return product


@operation("GET", ROOT + "/{id}", permission=READ)
def retrieve(call: Call) -> Json:
    return from_path(call, "product", "id")


@operation("POST", ROOT + "/{id}", permission=WRITE)
def update(call: Call) -> Json:
    params, product = call.params, from_path(call, "product", "id")
    _check(params)
    after = {name: params[name] for name in PLAIN if name in params}
    after |= {name: None for name in after if after[name] == ""}
    after |= {name: params[name] or [] for name in LISTS if name in params}
    if "default_price" in params:
        after["default_price"] = _default(call, product)
    after["metadata"] = merged(product["metadata"], params.get("metadata"))
    previous = replace(product, after)
    if previous:
        previous["updated"] = product["updated"]
        product["updated"] = call.world.clock.seconds()
        emit(call.mode, "product.updated", product, previous)
    return product


def _default(call: Call, product: Json) -> str:
    price = find(call.mode, "price", call.params["default_price"], param="default_price", status=400)
    if price["product"] != product["id"]:
        raise invalid(
            f"The price `{price['id']}` does not belong to the product `{product['id']}`.", param="default_price"
        )
    if not price["active"]:
        raise invalid("The default price of a product must be active.", param="default_price")
    return str(price["id"])


@operation("DELETE", ROOT + "/{id}", permission=WRITE)
def delete(call: Call) -> Json:
    product = from_path(call, "product", "id")
    if any(price["product"] == product["id"] for price in call.mode.all("price")):
        raise invalid("This product cannot be deleted because it has one or more user-created prices.")
    emit(call.mode, "product.deleted", product)
    return call.mode.put({"id": product["id"], "object": "product", "deleted": True})


@operation("GET", ROOT, permission=READ)
def listing(call: Call) -> Json:
    alive = (product for product in call.mode.all("product") if not product.get("deleted"))
    found: Iterable[Json] = matching(alive, call.params, "active", "shippable", "type", "url")
    if "ids" in call.params:
        if "starting_after" in call.params or "ending_before" in call.params:
            raise invalid("You may not use `ids` together with `starting_after` or `ending_before`.", param="ids")
        wanted = set(call.params["ids"])
        found = (product for product in found if product["id"] in wanted)
    return page(found, call.params, ROOT, "product")
