"""Events: made once, rendered once, then sent to whoever asked for their type."""

from stripe_simulator import ids
from stripe_simulator.types import Json, snapshot
from stripe_simulator.webhooks import endpoints, render
from stripe_simulator.world import Mode

KEPT = 30 * 86400  # seconds


def emit(mode: Mode, kind: str, thing: Json, previous: Json | None = None) -> Json:
    """Record that `thing` changed and queue a delivery for each endpoint that wants `kind`.

    `previous` holds the former values of what an `*.updated` event announces.
    """
    world = mode.world
    now = world.clock.seconds()
    takers = [endpoint for endpoint in endpoints.everyone(mode) if endpoints.wants(mode, endpoint, kind)]
    snapshots = [endpoint for endpoint in takers if not endpoints.is_thin(endpoint)]
    data: Json = {"object": thing}
    if previous is not None:
        data["previous_attributes"] = previous
    data = snapshot(data)  # later changes must not reach it
    event = mode.put(
        {
            "id": ids.make("evt"),
            "object": "event",
            "api_version": world.version,
            "created": now,
            "data": data,
            "livemode": mode.livemode,
            "pending_webhooks": len(snapshots),
            "request": {"id": mode.cause.request_id, "idempotency_key": mode.cause.idempotency_key},
            "type": kind,
        },
        waiting=[endpoint["id"] for endpoint in snapshots],
        failed=[],
        **_shapes(mode, data, snapshots),
    )
    if world.witness is not None:
        world.witness.event(event)
    _cut(mode, now)
    for endpoint in takers:
        deliver_later(mode, event["id"], endpoint["id"], world.clock.now())
    return event


def _shapes(mode: Mode, data: Json, takers: list[Json]) -> Json:
    """The event at each older version that somebody takes, made now: it shows the world as it is at this moment."""
    versions = {endpoint["api_version"] for endpoint in takers} - {None, mode.world.version}
    return {"shapes": {version: render.data_at(mode, data, version) for version in versions}} if versions else {}


def _cut(mode: Mode, now: int) -> None:
    """Events live for 30 days, here too: the oldest stand first."""
    while (oldest := mode.first("event")) is not None and oldest["created"] < now - KEPT:
        mode.forget(oldest)


def deliver_later(mode: Mode, event: str, endpoint: str, due: float, attempt: int = 1) -> None:
    job = {"mode": mode.name, "event": event, "endpoint": endpoint, "attempt": attempt}
    mode.world.agenda.add(due, "deliver", job)
