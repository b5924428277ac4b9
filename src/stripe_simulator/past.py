"""Requests at an older `Stripe-Version`: the inputs that it still knew, told in today's words; answers go back down.

A row of `older.py` tells how an answer looked before a version; here is what a request could say before one.
"""

from collections.abc import Callable
from functools import partial

from stripe_simulator.errors import malformed, missing
from stripe_simulator.schema import Node
from stripe_simulator.types import Json
from stripe_simulator.webhooks.older import UI_MODES
from stripe_simulator.webhooks.render import down
from stripe_simulator.world import Mode

TYPES, AUTOMATIC = "payment_method_types", "automatic_payment_methods"
SESSIONS, INTENTS, SETUPS = "/v1/checkout/sessions", "/v1/payment_intents", "/v1/setup_intents"
CODES = "/v1/promotion_codes"
ENDIVE, DAHLIA = "2026-09-30.endive", "2026-03-25.dahlia"  # types are computed; ui_mode has new names
DYNAMIC, ASYNC = "2023-08-16", "2024-04-10"  # a new PaymentIntent takes every method; is captured asynchronously
CLOVER, MARKETED = (
    "2025-09-30.clover",
    "2024-04-10",
)  # a promotion code has a promotion; features are marketing_features
PRICED = "2022-08-01"  # a line has a price; the payment of a session is made when the customer pays
BALANCE = "2019-10-17"  # account_balance is balance
CARD = ["card"]  # what an intent took before DYNAMIC when nothing was said
TODAY = {old: new for new, old in UI_MODES.items()}
RIVALS = (AUTOMATIC, "payment_method_configuration", "allowed_payment_method_types", "excluded_payment_method_types")

LINE: dict[str, Node] = {  # what a line said before PRICED
    "amount": {"t": "int"},
    "currency": {"t": "str"},
    "name": {"t": "str"},
    "description": {"t": "str"},
    "images": {"t": "list", "i": {"t": "str"}},
}

Shape = Callable[[Json], Json]


def refuse(path: str, data: Json, version: str) -> None:
    """Inputs that Stripe took away with a message of their own, which says more than "unknown parameter".

    Since 2026-09-30.endive the types of an intent are computed: callers filter, they do not list.
    """
    if version >= ENDIVE and TYPES in data and path.startswith((INTENTS, SETUPS)):
        raise malformed(
            "The `payment_method_types` parameter is no longer supported. Use `allowed_payment_method_types`, "
            "`excluded_payment_method_types` or a `payment_method_configuration` instead.",
            code="payment_method_types_no_longer_supported",
            param=TYPES,
        )


def schema(path: str, today: Node, version: str, resolve: Callable[[Node], Node]) -> Node:
    """What an operation took at this version, from what it takes `today`."""
    node = resolve(today)
    fields = node.get("p")
    if fields is None:  # of an address that no library knows
        return node
    older: dict[str, Node] = {}
    confirms_setup = path.startswith(SETUPS) and path.endswith("/confirm")  # which never took a list
    chooses = path.startswith((SESSIONS, INTENTS, SETUPS)) and "allowed_payment_method_types" in fields
    if version < ENDIVE and chooses and not confirms_setup:
        older[TYPES] = fields["allowed_payment_method_types"]
    if version < DAHLIA and path == SESSIONS and "ui_mode" in fields:
        older["ui_mode"] = {"t": "enum", "v": sorted(TODAY), "open": False}
    if version < PRICED and path == SESSIONS and "line_items" in fields:
        line = resolve(resolve(fields["line_items"])["i"])
        older["line_items"] = {"t": "list", "i": {**line, "p": {**line["p"], **LINE}}}
    if version < BALANCE and path.startswith("/v1/customers") and "balance" in fields:
        older["account_balance"] = fields["balance"]
    if version < MARKETED and path.startswith("/v1/products") and "marketing_features" in fields:
        older["features"] = fields["marketing_features"]
    required = node["r"]
    if version < CLOVER and path == CODES and "promotion" in fields:
        older["coupon"] = {"t": "str"}
        required = [name if name != "promotion" else "coupon" for name in required]
    return {**node, "p": {**fields, **older}, "r": required} if older else node


def forward(method: str, path: str, params: Json, version: str) -> Json:
    """Typed parameters of this version as the operations of today read them.

    `payment_method_types` stays: a list that the caller forces, where today's only filter. Raises where Stripe refused
    two ways of saying the same.
    """
    params = dict(params)
    if version < DAHLIA and path == SESSIONS and "ui_mode" in params:
        params["ui_mode"] = TODAY[params["ui_mode"]]
    if method == "POST" and version < PRICED and path == SESSIONS:
        _price(params)
        if "customer" not in params:
            params.setdefault("customer_creation", "always")
    if version < BALANCE and path.startswith("/v1/customers") and "account_balance" in params:
        params["balance"] = params.pop("account_balance")
    if version < MARKETED and "features" in params and path.startswith("/v1/products"):
        params["marketing_features"] = params.pop("features")
    if method == "POST" and version < CLOVER and path == CODES:
        params["promotion"] = {"type": "coupon", "coupon": params.pop("coupon")}
    if method == "POST" and version < ENDIVE and path.startswith((INTENTS, SETUPS)):
        _force(params, made=path in {INTENTS, SETUPS}, version=version)
        if path == INTENTS and version < ASYNC:
            params.setdefault("capture_method", "automatic")
    return params


def _price(params: Json) -> None:
    """Lines that say what they cost by themselves; a session of those needs no mode, it is for a payment."""
    lines = list(params.get("line_items", []))
    for index, line in enumerate(lines):
        said, at = [name for name in LINE if name in line], f"line_items[{index}]"
        if not said:
            continue
        for name in ("price", "price_data"):
            if name in line:
                raise malformed(f"You may only specify one of these parameters: {at}[{name}], {at}[{said[0]}].")
        for name in ("amount", "currency", "name"):
            if name not in line:
                raise missing(f"{at}[{name}]")
        product = {name: line[name] for name in ("name", "description", "images") if name in line}
        price = {"currency": line["currency"], "unit_amount": line["amount"], "product_data": product}
        lines[index] = {**{name: line[name] for name in line if name not in LINE}, "price_data": price}
        params.setdefault("mode", "payment")
    if lines:
        params["line_items"] = lines


def _force(params: Json, *, made: bool, version: str) -> None:
    said = [name for name in RIVALS if params.get(name)]
    automatic = params.get(AUTOMATIC)
    if AUTOMATIC in said and not (automatic or {}).get("enabled"):
        said.remove(AUTOMATIC)
    if TYPES in params and said:
        raise malformed(f"You may only specify one of these parameters: {said[0]}, {TYPES}.")
    if made and version < DYNAMIC and TYPES not in params and not said:
        params[TYPES] = list(CARD)
    if made and params.get(TYPES):
        params[AUTOMATIC] = None  # nothing is automatic about a list


def shaper(mode: Mode, path: str, version: str) -> Shape:
    """How an object is shown at this version. Events keep the version that they were made with; /v2 has no older one."""
    if version == mode.world.version or path.startswith(("/v2/", "/v1/events")):
        return _as_it_is
    return partial(_down, mode, version)


def _as_it_is(thing: Json) -> Json:
    return thing


def _down(mode: Mode, version: str, thing: Json) -> Json:
    return thing if thing.get("deleted") else down(mode, thing, version)
