"""Thin events: what changed and where to read it, never the thing itself.

Each snapshot event has a thin twin as soon as the library knows one for its type. The twin is read off the snapshot
whenever it is asked for, so it costs nothing to keep and is forgotten with it.
"""

from datetime import UTC, datetime

from stripe_simulator import ids
from stripe_simulator.types import Json
from stripe_simulator.webhooks.endpoints import THIN_PREFIX
from stripe_simulator.world import Mode

KIND = "v2.core.event"
PING = "v2.core.event_destination.ping"
STEM_AT = len("evt_1")
IRREGULAR = {"v2.core.event_destination": "/v2/core/event_destinations"}


def moment(seconds: float) -> str:
    """A time of /v2: ISO 8601, UTC, milliseconds."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def exists(mode: Mode, kind: str) -> bool:
    """Whether the library has a thin twin for snapshots of this type."""
    return THIN_PREFIX + kind in mode.world.known.thin_events


def identifier(mode: Mode, event: Json) -> str:
    return ids.thin_event(mode.name, event["id"][STEM_AT:])


def of(mode: Mode, event: Json) -> Json:
    """The twin of a snapshot event, as `GET /v2/core/events` shows it."""
    thing = event["data"]["object"]
    request = event["request"]
    return {
        "id": identifier(mode, event),
        "object": KIND,
        "changes": _changes(event["data"]),
        "context": None,
        "created": moment(event["created"]),
        "livemode": event["livemode"],
        "reason": _reason(request) if request["id"] else None,
        "related_object": {"id": thing["id"], "type": thing["object"], "url": url(thing["object"], thing["id"])},
        "snapshot_event": event["id"],
        "type": THIN_PREFIX + event["type"],
    }


def _reason(request: Json) -> Json:
    return {"type": "request", "request": {"id": request["id"], "idempotency_key": request["idempotency_key"] or ""}}


def _changes(data: Json) -> Json | None:
    before = data.get("previous_attributes")
    if not before:
        return None
    return {"before": before, "after": {name: data["object"].get(name) for name in before}}


def url(kind: str, identifier: str) -> str:
    """Where an object is read: `checkout.session` at /v1/checkout/sessions/."""
    return f"{IRREGULAR.get(kind) or '/v1/' + kind.replace('.', '/') + 's'}/{identifier}"


def notification(thin: Json) -> Json:
    """What is sent: the event without what changed."""
    return {name: value for name, value in thin.items() if name != "changes"}


def ping(mode: Mode, destination: str) -> Json:
    """An event that says nothing but that events arrive."""
    return mode.put(
        {
            "id": ids.thin_event(mode.name, ids.token(23)),
            "object": KIND,
            "changes": None,
            "context": None,
            "created": moment(mode.world.clock.now()),
            "livemode": mode.livemode,
            "reason": _reason({"id": mode.cause.request_id or "", "idempotency_key": mode.cause.idempotency_key}),
            "related_object": {
                "id": destination,
                "type": "v2.core.event_destination",
                "url": url("v2.core.event_destination", destination),
            },
            "snapshot_event": None,
            "type": PING,
        }
    )


def find(mode: Mode, identifier: str) -> Json | None:
    """A thin event by its id."""
    made = mode.get(KIND, identifier)
    if made is not None:
        return made
    event = snapshot(mode, identifier)
    return of(mode, event) if event is not None else None


def snapshot(mode: Mode, identifier: str) -> Json | None:
    """The snapshot event whose twin bears this id."""
    stem = ids.thin_stem(identifier)
    event = mode.get("event", f"evt_1{stem}") if stem else None
    if event is None or not exists(mode, event["type"]) or identifier != ids.thin_event(mode.name, stem or ""):
        return None
    return event
