"""Webhook endpoints."""

from stripe_simulator.errors import not_built
from stripe_simulator.find import from_path
from stripe_simulator.lists import page
from stripe_simulator.metadata import merged
from stripe_simulator.registry import Call, operation
from stripe_simulator.types import Json
from stripe_simulator.webhooks import endpoints

READ, WRITE = "rak_webhook_read", "rak_webhook_write"


@operation("POST", "/v1/webhook_endpoints", permission=WRITE)
def create(call: Call) -> Json:
    params = call.params
    if params.get("connect"):
        raise not_built("An endpoint for connected accounts")
    endpoint, secret = endpoints.new_snapshot(
        call.mode,
        params["url"],
        params["enabled_events"],
        version=params.get("api_version"),
        description=params.get("description") or None,
        metadata=merged({}, params.get("metadata")),
    )
    return {**endpoint, "secret": secret}  # told here once, never again


@operation("GET", "/v1/webhook_endpoints/{webhook_endpoint}", permission=READ)
def retrieve(call: Call) -> Json:
    return from_path(call, "webhook_endpoint", "webhook_endpoint")


@operation("GET", "/v1/webhook_endpoints", permission=READ)
def listing(call: Call) -> Json:
    return page(call.mode.all("webhook_endpoint"), call.params, "/v1/webhook_endpoints", "webhook endpoint")


@operation("POST", "/v1/webhook_endpoints/{webhook_endpoint}", permission=WRITE)
def update(call: Call) -> Json:
    endpoint = from_path(call, "webhook_endpoint", "webhook_endpoint")
    params = call.params
    if "url" in params:
        endpoints.check_url(call.mode, params["url"])
    metadata = merged(endpoint["metadata"], params.get("metadata"))
    for name in ("url", "enabled_events", "description"):
        if name in params:
            endpoint[name] = params[name] or None
    if "disabled" in params:
        endpoint["status"] = "disabled" if params["disabled"] else "enabled"
    endpoint["metadata"] = metadata
    return endpoint


@operation("DELETE", "/v1/webhook_endpoints/{webhook_endpoint}", permission=WRITE)
def delete(call: Call) -> Json:
    endpoint = from_path(call, "webhook_endpoint", "webhook_endpoint")
    call.mode.forget(endpoint)
    return {"id": endpoint["id"], "object": "webhook_endpoint", "deleted": True}
