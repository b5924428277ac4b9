"""Disputes: read only, until the simulator makes some."""

from stripe_simulator.find import from_path
from stripe_simulator.lists import matching, page
from stripe_simulator.registry import Call, operation
from stripe_simulator.types import Json

READ = "rak_dispute_read"


@operation("GET", "/v1/disputes/{dispute}", permission=READ)
def retrieve(call: Call) -> Json:
    return from_path(call, "dispute", "dispute", param="dispute")


@operation("GET", "/v1/disputes", permission=READ)
def listing(call: Call) -> Json:
    things = matching(call.mode.all("dispute"), call.params, "charge", "payment_intent")
    return page(things, call.params, "/v1/disputes", "dispute")
