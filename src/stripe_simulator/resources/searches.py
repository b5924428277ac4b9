"""What can be found by Stripe's search language. Found at once here; Stripe takes up to a minute, and says not to rely on it."""

from collections.abc import Iterable

from stripe_simulator.registry import Call, operation
from stripe_simulator.search import search
from stripe_simulator.types import Json

CARD = "payment_method_details.card."


@operation("GET", "/v1/customers/search", permission="rak_customer_read")
def find_customers(call: Call) -> Json:
    alive = (customer for customer in call.mode.all("customer") if not customer.get("deleted"))
    return _search(call, alive, "customers", texts=("email", "name", "phone"), numbers=("created",))


@operation("GET", "/v1/payment_intents/search", permission="rak_payment_intent_read")
def find_payment_intents(call: Call) -> Json:
    found = call.mode.all("payment_intent")
    return _search(
        call, found, "payment_intents", texts=("currency", "customer", "status"), numbers=("amount", "created")
    )


@operation("GET", "/v1/charges/search", permission="rak_charge_read")
def find_charges(call: Call) -> Json:
    texts = ("currency", "customer", "disputed", "refunded", "status")
    card = tuple(CARD + name for name in ("brand", "last4", "fingerprint"))
    numbers = ("amount", "created", f"{CARD}exp_month", f"{CARD}exp_year")
    return _search(call, call.mode.all("charge"), "charges", texts=texts + card, numbers=numbers)


@operation("GET", "/v1/products/search", permission="rak_product_read")
def find_products(call: Call) -> Json:
    texts = ("active", "description", "name", "shippable", "url")
    return _search(call, call.mode.all("product"), "products", texts=texts, numbers=("created",))


@operation("GET", "/v1/prices/search", permission="rak_plan_read")
def find_prices(call: Call) -> Json:
    texts = ("active", "currency", "lookup_key", "product", "type")
    return _search(call, call.mode.all("price"), "prices", texts=texts, numbers=("created",))


def _search(call: Call, things: Iterable[Json], noun: str, *, texts: tuple[str, ...], numbers: tuple[str, ...]) -> Json:
    return search(things, call.params, f"/v1/{noun}/search", texts=texts, numbers=numbers)
