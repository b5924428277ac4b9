"""Customers found by what is known of them."""

from stripe_simulator.registry import Call, operation
from stripe_simulator.search import search
from stripe_simulator.types import Json

TEXTS = ("email", "name", "phone")


@operation("GET", "/v1/customers/search", permission="rak_customer_read")
def find_customers(call: Call) -> Json:
    alive = (customer for customer in call.mode.all("customer") if not customer.get("deleted"))
    return search(alive, call.params, "/v1/customers/search", texts=TEXTS, numbers=("created",))
