"""Webhook endpoints."""

from urllib.parse import urlsplit

from stripe_simulator import ids
from stripe_simulator.errors import StripeError, invalid, malformed, not_built
from stripe_simulator.find import from_path
from stripe_simulator.lists import page
from stripe_simulator.metadata import merged
from stripe_simulator.registry import Call, operation
from stripe_simulator.types import Json

READ, WRITE = "rak_webhook_read", "rak_webhook_write"
MOST = 16  # endpoints a mode


@operation("POST", "/v1/webhook_endpoints", permission=WRITE)
def create(call: Call) -> Json:
    params = call.params
    _check_url(call, params["url"])
    if params.get("connect"):
        raise not_built("An endpoint for connected accounts")
    version = params.get("api_version")
    if version and version != call.world.version:
        raise not_built(f"An endpoint at API version {version} (this one renders {call.world.version})")
    if len(list(call.mode.all("webhook_endpoint"))) >= MOST:
        raise invalid(f"You have reached the maximum of {MOST} test webhook endpoints.")
    secret = ids.webhook_secret()
    endpoint = call.mode.put(
        {
            "id": ids.make("we"),
            "object": "webhook_endpoint",
            "api_version": version,
            "application": None,
            "created": call.world.clock.seconds(),
            "description": params.get("description") or None,
            "enabled_events": params["enabled_events"],
            "livemode": call.mode.livemode,
            "metadata": merged({}, params.get("metadata")),
            "status": "enabled",
            "url": params["url"],
        },
        secrets=[{"value": secret, "until": None}],
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
        _check_url(call, params["url"])
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


def _check_url(call: Call, url: str) -> None:
    try:
        parts = urlsplit(url)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        good = False
    if not good:
        raise malformed("Invalid URL: must be a valid URL.", code="url_invalid", param="url")
    if call.mode.livemode and parts.scheme != "https":
        raise StripeError(
            400, "Invalid URL: live mode webhook endpoints must use https.", code="url_invalid", param="url"
        )
