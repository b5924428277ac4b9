"""Tax numbers of customers."""

import re

from stripe_simulator import ids
from stripe_simulator.emit import emit
from stripe_simulator.errors import invalid
from stripe_simulator.find import from_path
from stripe_simulator.lists import page
from stripe_simulator.registry import Call, operation
from stripe_simulator.types import Json

READ, WRITE = "rak_customer_read", "rak_customer_write"
ROOT, KIND = "/v1/customers/{customer}/tax_ids", "tax_id"
EUROPEAN = re.compile(r"[A-Z]{2}[0-9A-Z+*]{2,12}")
GREECE = "EL"  # the VAT's own word for GR


@operation("POST", ROOT, permission=WRITE)
def create(call: Call) -> Json:
    customer, kind, value = _customer(call), call.params["type"], call.params["value"].strip()
    if kind == "eu_vat" and not EUROPEAN.fullmatch(value):
        raise invalid(f"Invalid value for {kind}.", code="tax_id_invalid", param="value")
    tax_id = {
        "id": ids.make("txi"),
        "object": KIND,
        "country": _country(kind, value),
        "created": call.world.clock.seconds(),
        "customer": customer["id"],
        "customer_account": None,
        "livemode": call.mode.livemode,
        "owner": {
            "account": None,
            "application": None,
            "customer": customer["id"],
            "customer_account": None,
            "type": "customer",
        },
        "type": kind,
        "value": value,
        "verification": {"status": "unavailable", "verified_address": None, "verified_name": None},
    }
    call.mode.put(tax_id)
    emit(call.mode, "customer.tax_id.created", tax_id)
    return tax_id


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
    tax_id = _mine(call)
    emit(call.mode, "customer.tax_id.deleted", tax_id)
    call.mode.forget(tax_id)
    return {"id": tax_id["id"], "object": KIND, "deleted": True}


@operation("GET", ROOT, permission=READ)
def listing(call: Call) -> Json:
    customer = _customer(call)
    found = (row for row in call.mode.all(KIND) if row["customer"] == customer["id"])
    return page(found, call.params, f"/v1/customers/{customer['id']}/tax_ids", KIND)
