"""Tax numbers by themselves: the account's own, and those of customers by their owner."""

from typing import Any

from stripe_simulator.errors import missing, not_built
from stripe_simulator.find import find, from_path
from stripe_simulator.lists import page
from stripe_simulator.registry import Call, operation
from stripe_simulator.resources.customer_tax_ids import KIND, forget, new_tax_id, of_customer
from stripe_simulator.types import Json

READ, WRITE = "rak_tax_id_read", "rak_tax_id_write"  # [?]
ROOT = "/v1/tax_ids"


def _owner(call: Call) -> Json | None:
    """The customer that the request speaks of; None for the account itself. Raises StripeError for any other owner."""
    owner: Any = call.params.get("owner", {"type": "self"})
    if owner["type"] in {"account", "application"}:
        raise not_built(f"The owner {owner['type']} of tax ids")
    if "customer_account" in owner:
        raise not_built("The parameter owner[customer_account] of tax ids")
    if owner["type"] == "self":
        return None
    if "customer" not in owner:
        raise missing("owner[customer]")
    return find(call.mode, "customer", owner["customer"], param="owner[customer]", status=400)


@operation("POST", ROOT, permission=WRITE)
def create(call: Call) -> Json:
    return new_tax_id(call.mode, _owner(call), call.params)


@operation("GET", ROOT + "/{id}", permission=READ)
def retrieve(call: Call) -> Json:
    return from_path(call, KIND, "id")


@operation("DELETE", ROOT + "/{id}", permission=WRITE)
def delete(call: Call) -> Json:
    return forget(call.mode, from_path(call, KIND, "id"))


@operation("GET", ROOT, permission=READ)
def listing(call: Call) -> Json:
    """The account's own, unless a customer is asked for."""
    return page(of_customer(call.mode, _owner(call)), call.params, ROOT, KIND)
