"""Domains on which wallets may be shown."""

import re

from stripe_simulator import ids
from stripe_simulator.errors import invalid
from stripe_simulator.find import from_path
from stripe_simulator.lists import matching, page
from stripe_simulator.registry import Call, operation
from stripe_simulator.types import Json

READ, WRITE = "rak_payment_method_domain_read", "rak_payment_method_domain_write"
ROOT, KIND = "/v1/payment_method_domains", "payment_method_domain"
WALLETS = ("amazon_pay", "apple_pay", "google_pay", "klarna", "link", "paypal")
NAME = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")


@operation("POST", ROOT, permission=WRITE)
def create(call: Call) -> Json:
    name = call.params["domain_name"].lower()
    if not NAME.fullmatch(name):
        raise invalid(f"Invalid domain name: {name[:100]}", param="domain_name")
    known = next((row for row in call.mode.all(KIND) if row["domain_name"] == name), None)
    if known is not None:  # registering again gives the one that there is
        return known
    domain = {
        "id": ids.make("pmd"),
        "object": KIND,
        "created": call.world.clock.seconds(),
        "domain_name": name,
        "enabled": call.params.get("enabled", True),
        "livemode": call.mode.livemode,
        **{wallet: {"status": "active"} for wallet in WALLETS},
    }
    return call.mode.put(domain)


@operation("GET", ROOT + "/{payment_method_domain}", permission=READ)
def retrieve(call: Call) -> Json:
    return from_path(call, KIND, KIND, param=KIND)


@operation("POST", ROOT + "/{payment_method_domain}", permission=WRITE)
def update(call: Call) -> Json:
    domain = from_path(call, KIND, KIND, param=KIND)
    if "enabled" in call.params:
        domain["enabled"] = call.params["enabled"]
    return domain


@operation("POST", ROOT + "/{payment_method_domain}/validate", permission=WRITE)
def validate(call: Call) -> Json:
    """Every domain passes: no file is looked for, because nothing here reaches the network."""
    return from_path(call, KIND, KIND, param=KIND)


@operation("GET", ROOT, permission=READ)
def listing(call: Call) -> Json:
    found = matching(call.mode.all(KIND), call.params, "domain_name", "enabled")
    return page(found, call.params, ROOT, KIND)
