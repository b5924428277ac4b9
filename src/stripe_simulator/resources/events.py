"""Events, for 30 days."""

import itertools
from collections.abc import Iterable

from stripe_simulator.emit import KEPT
from stripe_simulator.errors import malformed, no_such
from stripe_simulator.find import from_path
from stripe_simulator.lists import matching, narrow, page
from stripe_simulator.registry import Call, operation
from stripe_simulator.types import Json

READ = "rak_event_read"
MOST_TYPES = 20


@operation("GET", "/v1/events/{id}", permission=READ)
def retrieve(call: Call) -> Json:
    event = from_path(call, "event", "id")
    if event["created"] < call.world.clock.seconds() - KEPT:
        raise no_such("event", event["id"], param="id", status=404)
    return event


@operation("GET", "/v1/events", permission=READ)
def listing(call: Call) -> Json:
    params = call.params
    if "type" in params and "types" in params:
        raise malformed("You may only specify one of these parameters: type, types.")
    if len(params.get("types", ())) > MOST_TYPES:
        raise malformed(f"Array must have at most {MOST_TYPES} elements.", param="types")
    return page(_found(call), params, "/v1/events", "event")


def _found(call: Call) -> Iterable[Json]:
    types, success = call.params.get("types"), call.params.get("delivery_success")
    single = call.params.get("type")

    def keep(event: Json) -> bool:
        if (types and event["type"] not in types) or (single and not _named(event["type"], single)):
            return False
        return success is None or success is not _troubled(call, event)

    oldest = call.world.clock.seconds() - KEPT
    young = itertools.takewhile(lambda event: bool(event["created"] >= oldest), call.mode.all("event"))
    return narrow(matching(young, call.params), call.params, keep)


def _named(kind: str, wanted: str) -> bool:
    """A type may end in a star: `charge.*`."""
    return kind.startswith(wanted[:-1]) if wanted.endswith("*") else kind == wanted


def _troubled(call: Call, event: Json) -> bool:
    """An attempt is pending or has failed; an event nobody asked for was never attempted."""
    facts = call.mode.facts(event["id"])
    return bool(facts.get("waiting") or facts.get("failed"))
