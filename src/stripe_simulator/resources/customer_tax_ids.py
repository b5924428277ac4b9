"""Tax numbers of customers."""

import re

from stripe_simulator import ids
from stripe_simulator.emit import emit
from stripe_simulator.errors import invalid
from stripe_simulator.expand import included
from stripe_simulator.find import from_path
from stripe_simulator.lists import page
from stripe_simulator.registry import Call, operation
from stripe_simulator.types import Json
from stripe_simulator.world import Mode

READ, WRITE = "rak_customer_read", "rak_customer_write"
ROOT, KIND = "/v1/customers/{customer}/tax_ids", "tax_id"
EUROPEAN = re.compile(r"[A-Z]{2}[0-9A-Z+*]{2,12}")
GREECE = "EL"  # the VAT's own word for GR


@operation("POST", ROOT, permission=WRITE)
def create(call: Call) -> Json:
    return new_tax_id(call.mode, _customer(call), call.params)


def new_tax_id(mode: Mode, customer: Json | None, params: Json) -> Json:
    """A number of a customer's, or of the account's own, of which no event tells and which nobody verifies."""
    check(params)
    kind, value = params["type"], params["value"].strip()
    owner = customer["id"] if customer is not None else None
    unverified = {"status": "unavailable", "verified_address": None, "verified_name": None}
    tax_id = {
        "id": ids.make("txi"),
        "object": KIND,
        "country": _country(kind, value),
        "created": mode.world.clock.seconds(),
        "customer": owner,
        "customer_account": None,
        "livemode": mode.livemode,
        "owner": {
            "account": None,
            "application": None,
            "customer": owner,
            "customer_account": None,
            "type": "customer" if owner else "self",
        },
        "type": kind,
        "value": value,
        "verification": unverified if owner else None,
    }
    mode.put(tax_id)
    if owner:
        emit(mode, "customer.tax_id.created", tax_id)
    return tax_id


def check(params: Json, *, at: str = "") -> None:
    """Raises StripeError for what has not the form of such a number; `at` is where it stands in the request."""
    if params["type"] == "eu_vat" and not EUROPEAN.fullmatch(params.get("value", "").strip()):
        name = f"{at}[value]" if at else "value"
        raise invalid(f"Invalid value for {params['type']}.", code="tax_id_invalid", param=name)


def forget(mode: Mode, tax_id: Json) -> Json:
    if tax_id["customer"]:
        emit(mode, "customer.tax_id.deleted", tax_id)
    mode.forget(tax_id)
    return {"id": tax_id["id"], "object": KIND, "deleted": True}


def _country(kind: str, value: str) -> str | None:
    """Of `eu_vat` the first two letters of the number, of the others those of the type; none for a whole region."""
    if kind == "eu_vat":
        return "GR" if value.startswith(GREECE) else value[:2]
    land = kind.partition("_")[0]
    return None if land == "eu" else land.upper()


def _customer(call: Call) -> Json:
    return from_path(call, "customer", "customer", param="customer")


def _mine(call: Call) -> Json:
    tax_id, customer = from_path(call, KIND, "id"), _customer(call)
    if tax_id["customer"] != customer["id"]:
        raise invalid(f"No such tax_id: '{tax_id['id']}'", code="resource_missing", param="id")
    return tax_id


@operation("GET", ROOT + "/{id}", permission=READ)
def retrieve(call: Call) -> Json:
    return _mine(call)


@operation("DELETE", ROOT + "/{id}", permission=WRITE)
def delete(call: Call) -> Json:
    return forget(call.mode, _mine(call))


@operation("GET", ROOT, permission=READ)
def listing(call: Call) -> Json:
    return _page(call.mode, _customer(call), call.params)


def _page(mode: Mode, customer: Json, params: Json) -> Json:
    return page(of_customer(mode, customer), params, f"/v1/customers/{customer['id']}/tax_ids", KIND)


def of_customer(mode: Mode, customer: Json | None) -> list[Json]:
    """Newest first; those of the account itself when there is no customer."""
    owner = customer["id"] if customer is not None else None
    return [row for row in mode.all(KIND) if row["customer"] == owner]


@included("customer", "tax_ids")
def _on_customer(mode: Mode, customer: Json) -> Json:
    return {**_page(mode, customer, {}), "total_count": len(of_customer(mode, customer))}
