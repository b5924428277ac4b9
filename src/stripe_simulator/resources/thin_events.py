"""Events of /v2, for 30 days: the thin twins of the account's events."""

import heapq
import itertools
from collections.abc import Iterable
from datetime import UTC, datetime

from stripe_simulator.emit import KEPT
from stripe_simulator.errors import StripeError, malformed
from stripe_simulator.lists import COMPARE, page_v2
from stripe_simulator.registry import Call, operation
from stripe_simulator.types import Json
from stripe_simulator.webhooks import thin

READ = "rak_event_read"
ROOT = "/v2/core/events"
MOST_TYPES = 20


@operation("GET", ROOT + "/{id}", permission=READ)
def retrieve(call: Call) -> Json:
    found = thin.find(call.mode, call.path["id"])
    if found is None or str(found["created"]) < _oldest(call):
        raise StripeError(404, f"No such event: '{call.path['id']}'", code="not_found")
    return found


@operation("GET", ROOT, permission=READ)
def listing(call: Call) -> Json:
    if len(call.params.get("types", ())) > MOST_TYPES:
        raise malformed(f"Array must have at most {MOST_TYPES} elements.", param="types")
    bounds = {name: _seconds(text, name) for name, text in call.params.get("created", {}).items()}
    return page_v2(_matching(call, bounds), call, ROOT)


def _matching(call: Call, bounds: dict[str, int]) -> Iterable[Json]:
    types, about = call.params.get("types"), call.params.get("object_id")
    for event in _everything(call):
        if types and event["type"] not in types:
            continue
        if about and event["related_object"]["id"] != about:
            continue
        created = _seconds(event["created"], "created")
        if all(COMPARE[name](created, bound) for name, bound in bounds.items()):
            yield event


def _everything(call: Call) -> Iterable[Json]:
    """Newest first: the twins of the account's events, and the pings."""
    twins = (thin.of(call.mode, event) for event in call.mode.all("event") if thin.exists(call.mode, event["type"]))
    both = heapq.merge(twins, call.mode.all(thin.KIND), key=lambda event: str(event["created"]), reverse=True)
    oldest = _oldest(call)
    return itertools.takewhile(lambda event: str(event["created"]) >= oldest, both)


def _oldest(call: Call) -> str:
    return thin.moment(call.world.clock.seconds() - KEPT)


def _seconds(text: str, name: str) -> int:
    try:
        found = datetime.fromisoformat(text)
        return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError):
        raise malformed(f"Invalid timestamp: {text[:100]}", param=f"created[{name}]") from None
