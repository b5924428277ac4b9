"""Event destinations of /v2: where events go, as snapshots or thin.

One with snapshots is a webhook endpoint, listed under /v1 too; Stripe's dashboard makes them the same way.
"""

from typing import Any
from urllib.parse import urlsplit

from stripe_simulator.emit import deliver_later
from stripe_simulator.errors import StripeError, missing, not_built
from stripe_simulator.lists import page_v2
from stripe_simulator.metadata import merged
from stripe_simulator.registry import Call, operation
from stripe_simulator.types import Json
from stripe_simulator.webhooks import endpoints, thin
from stripe_simulator.world import Mode

READ, WRITE = "rak_webhook_read", "rak_webhook_write"
ROOT = "/v2/core/event_destinations"
SECRET, URL = "webhook_endpoint.signing_secret", "webhook_endpoint.url"


def shown(mode: Mode, endpoint: Json, include: Any = (), *, secret: str | None = None) -> Json:
    """A destination as /v2 shows it; `include` names what is otherwise left out."""
    facts = mode.facts(endpoint["id"])
    is_thin = endpoints.is_thin(endpoint)
    off = endpoint["status"] == "disabled"
    return {
        "id": endpoint["id"],
        "object": "v2.core.event_destination",
        "amazon_eventbridge": None,
        "azure_event_grid": None,
        "created": thin.moment(endpoint["created"]),
        "description": endpoint["description"] or "",
        "enabled_events": endpoint["enabled_events"],
        "event_payload": "thin" if is_thin else "snapshot",
        "events_from": ["@self"],
        "livemode": mode.livemode,
        "metadata": endpoint["metadata"],
        "name": facts.get("name") or urlsplit(endpoints.address(mode, endpoint)).hostname or "",
        "snapshot_api_version": None if is_thin else endpoint["api_version"] or mode.world.version,
        "status": endpoint["status"],
        "status_details": {"disabled": {"reason": "user"}} if off else None,
        "type": "webhook_endpoint",
        "updated": thin.moment(facts.get("updated") or endpoint["created"]),
        "webhook_endpoint": {
            "signing_secret": secret if SECRET in include else None,
            "url": endpoints.address(mode, endpoint) if URL in include else None,
        },
    }


@operation("POST", ROOT, permission=WRITE)
def create(call: Call) -> Json:
    params, mode = call.params, call.mode
    if params["type"] != "webhook_endpoint":
        raise not_built(f"An event destination of type {params['type']}")
    if params.get("events_from", ["@self"]) != ["@self"]:
        raise not_built("Events from other accounts")
    if "webhook_endpoint" not in params:
        raise missing("webhook_endpoint")
    payload, version = params["event_payload"], params.get("snapshot_api_version")
    endpoints.check_events(mode, params["enabled_events"], thin=payload == "thin")
    endpoints.check_version(mode, version, thin=payload == "thin")
    make = endpoints.new_thin if payload == "thin" else endpoints.new_snapshot
    endpoint, secret = make(
        mode,
        params["webhook_endpoint"]["url"],
        params["enabled_events"],
        version=version,
        description=params.get("description") or None,
        metadata=merged({}, params.get("metadata")),
        name=params["name"],
    )
    return shown(mode, endpoint, params.get("include", ()), secret=secret)


@operation("GET", ROOT, permission=READ)
def listing(call: Call) -> Json:
    found = page_v2(endpoints.everyone(call.mode), call, ROOT)
    include = call.params.get("include", ())
    return {**found, "data": [shown(call.mode, endpoint, include) for endpoint in found["data"]]}


@operation("GET", ROOT + "/{id}", permission=READ)
def retrieve(call: Call) -> Json:
    return shown(call.mode, _find(call), call.params.get("include", ()))


@operation("POST", ROOT + "/{id}", permission=WRITE)
def update(call: Call) -> Json:
    endpoint, params, mode = _find(call), call.params, call.mode
    if "enabled_events" in params:
        endpoints.check_events(mode, params["enabled_events"], thin=endpoints.is_thin(endpoint))
    url = params.get("webhook_endpoint", {}).get("url")
    if url is not None:
        endpoints.check_url(mode, url, param="webhook_endpoint.url")
    metadata = merged(endpoint["metadata"], params.get("metadata"))
    if url is not None:
        endpoints.move(mode, endpoint, url)
    endpoint["metadata"] = metadata
    for name in ("enabled_events", "description"):
        if name in params:
            endpoint[name] = params[name]
    if "name" in params:
        mode.facts(endpoint["id"])["name"] = params["name"]
    return _touched(call, endpoint)


def _touched(call: Call, endpoint: Json) -> Json:
    call.mode.facts(endpoint["id"])["updated"] = call.world.clock.now()
    return shown(call.mode, endpoint, call.params.get("include", ()))


@operation("DELETE", ROOT + "/{id}", permission=WRITE)
def delete(call: Call) -> Json:
    endpoint = _find(call)
    call.mode.forget(endpoint)
    return {"id": endpoint["id"], "object": "v2.core.event_destination"}


@operation("POST", ROOT + "/{id}/disable", permission=WRITE)
def disable(call: Call) -> Json:
    endpoint = _find(call)
    endpoint["status"] = "disabled"
    return _touched(call, endpoint)


@operation("POST", ROOT + "/{id}/enable", permission=WRITE)
def enable(call: Call) -> Json:
    endpoint = _find(call)
    endpoint["status"] = "enabled"
    return _touched(call, endpoint)


@operation("POST", ROOT + "/{id}/ping", permission=WRITE)
def ping(call: Call) -> Json:
    endpoint = _find(call)
    event = thin.ping(call.mode, endpoint["id"])
    deliver_later(call.mode, event["id"], endpoint["id"], call.world.clock.now())
    return event


def _find(call: Call) -> Json:
    endpoint = endpoints.find(call.mode, call.path["id"])
    if endpoint is None:
        raise StripeError(404, f"No such event destination: '{call.path['id']}'", code="not_found")
    return endpoint
