"""Customers."""

from typing import Any

from stripe_simulator import ids
from stripe_simulator.emit import emit
from stripe_simulator.errors import malformed, not_built
from stripe_simulator.expand import included
from stripe_simulator.find import from_path
from stripe_simulator.lists import matching, page
from stripe_simulator.metadata import merged
from stripe_simulator.registry import Call, operation
from stripe_simulator.resources.customer_tax_ids import check as check_tax_id, new_tax_id
from stripe_simulator.resources.payment_methods import attach, check_attachable, resolve
from stripe_simulator.types import Json
from stripe_simulator.world import Mode

READ, WRITE = "rak_customer_read", "rak_customer_write"
ADDRESS = ("city", "country", "line1", "line2", "postal_code", "state")
PLAIN = ("description", "email", "name", "phone")
NOT_BUILT = ("source", "cash_balance", "test_clock", "tax", "validate")


def new_customer(mode: Mode, params: Json) -> Json:
    """A customer; `params` are those of Stripe's create call."""
    customer: Json = {
        "id": ids.make("cus"),
        "object": "customer",
        "address": None,
        "balance": params.get("balance", 0),
        "created": mode.world.clock.seconds(),
        "currency": None,
        "customer_account": None,
        "default_source": None,
        "delinquent": False,
        "description": None,
        "discount": None,
        "email": None,
        "invoice_prefix": params.get("invoice_prefix") or ids.token(8).upper(),
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        "livemode": mode.livemode,
        "metadata": {},
        "name": None,
        "next_invoice_sequence": 1,
        "phone": None,
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
    }
    _write(customer, params)
    mode.put(customer)
    emit(mode, "customer.created", customer)
    return customer


def _write(customer: Json, params: Json) -> None:
    for name in PLAIN:
        if name in params:
            customer[name] = params[name] or None
    for name in ("business_name", "individual_name", "balance", "next_invoice_sequence"):
        if name in params:
            customer[name] = params[name]
    email = params.get("email")
    if email and "@" not in email:
        raise malformed(f"Invalid email address: {email}", code="email_invalid", param="email")
    _write_nested(customer, params)
    customer["metadata"] = merged(customer["metadata"], params.get("metadata"))


def _write_nested(customer: Json, params: Json) -> None:
    if "address" in params:
        customer["address"] = address(params["address"])
    if "shipping" in params:
        customer["shipping"] = _shipping(params["shipping"])
    if "preferred_locales" in params:
        customer["preferred_locales"] = params["preferred_locales"] or []
    if "tax_exempt" in params:
        customer["tax_exempt"] = params["tax_exempt"] or "none"
    if "invoice_settings" in params:
        customer["invoice_settings"].update({k: v or None for k, v in params["invoice_settings"].items()})


def address(sent: Any) -> Json | None:
    """An address with all its fields, or nothing."""
    return {name: sent.get(name) or None for name in ADDRESS} if sent else None


def _shipping(sent: Any) -> Json | None:
    return {**sent, "address": address(sent.get("address"))} if sent else None


def shipping(sent: Any) -> Json | None:
    """Where a payment's goods go, with all its fields, or nothing."""
    if not sent:
        return None
    plain = dict.fromkeys(("carrier", "name", "phone", "tracking_number"))
    return {**plain, **{name: value or None for name, value in sent.items()}, "address": address(sent.get("address"))}


def _refuse_unbuilt(params: Json) -> None:
    for name in NOT_BUILT:
        if name in params:
            raise not_built(f"The parameter {name} of customers")


@operation("POST", "/v1/customers", permission=WRITE)
def create(call: Call) -> Json:
    params, mode = call.params, call.mode
    _refuse_unbuilt(params)
    method = resolve(mode, params["payment_method"]) if "payment_method" in params else None
    if method is not None:
        check_attachable(mode, method, None)
    for number, said in enumerate(params.get("tax_id_data", ())):
        check_tax_id(said, at=f"tax_id_data[{number}]")
    customer = new_customer(mode, params)
    if method is not None:
        attach(mode, method, customer["id"])
    for said in params.get("tax_id_data", ()):
        new_tax_id(mode, customer, said)
    return customer


@operation("GET", "/v1/customers/{customer}", permission=READ)
def retrieve(call: Call) -> Json:
    gone = call.mode.get("customer", call.path["customer"])
    if gone is not None and gone.get("deleted"):
        return gone  # Stripe goes on answering for it, with a stub
    return from_path(call, "customer", "customer")


@operation("POST", "/v1/customers/{customer}", permission=WRITE)
def update(call: Call) -> Json:
    _refuse_unbuilt(call.params)
    customer = from_path(call, "customer", "customer")
    before = {**customer, "invoice_settings": dict(customer["invoice_settings"])}
    after = {**customer, "invoice_settings": dict(customer["invoice_settings"])}
    _write(after, call.params)  # on a copy: a refusal half way must leave nothing behind
    customer.update(after)
    previous = {name: before.get(name) for name in customer if before.get(name) != customer[name]}
    if previous:
        emit(call.mode, "customer.updated", customer, previous)
    return customer


@operation("DELETE", "/v1/customers/{customer}", permission=WRITE)
def delete(call: Call) -> Json:
    customer = from_path(call, "customer", "customer")
    emit(call.mode, "customer.deleted", customer)
    return call.mode.put({"id": customer["id"], "object": "customer", "deleted": True})


@operation("GET", "/v1/customers", permission=READ)
def listing(call: Call) -> Json:
    alive = (customer for customer in call.mode.all("customer") if not customer.get("deleted"))
    things = matching(alive, call.params, "email")
    return page(things, call.params, "/v1/customers", "customer")


def _empty(field: str) -> None:
    def build(_mode: Mode, customer: Json) -> Json:
        url = f"/v1/customers/{customer['id']}/{field}"
        return {"object": "list", "data": [], "has_more": False, "total_count": 0, "url": url}

    included("customer", field)(build)


for _field in ("sources", "subscriptions"):
    _empty(_field)
