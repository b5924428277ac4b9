"""Endpoints as a host makes them by hand in the dashboard: any version, snapshot or thin, all events."""

from typing import Any

from starlette.requests import Request

from stripe_simulator.control.door import Refused, only, text
from stripe_simulator.errors import StripeError
from stripe_simulator.types import Json
from stripe_simulator.webhooks import endpoints
from stripe_simulator.world import Mode, World


class EndpointControl:
    def __init__(self, world: World) -> None:
        self.world = world

    async def show(self, _request: Request, _body: Json) -> Json:
        """Every endpoint of both modes, with the secrets that sign for it now."""
        modes = (self.world.test, self.world.live)
        return {"endpoints": [told(mode, endpoint) for mode in modes for endpoint in endpoints.everyone(mode)]}

    async def add(self, _request: Request, body: Json) -> Json:
        """`url`; `payload` snapshot or thin; `api_version`, `enabled_events`, `description`, `mode`: all may be left out."""
        only(body, "url", "payload", "api_version", "enabled_events", "description", "mode")
        mode = text(body, "mode", "test")
        if mode not in {"test", "live"}:
            raise Refused(400, "mode must be test or live.")
        version, description = body.get("api_version"), body.get("description")
        if not isinstance(version, str | None) or not isinstance(description, str | None):
            raise Refused(400, "api_version and description must be texts.")
        try:
            endpoint, secret = make(
                self.world.mode(mode),
                text(body, "url"),
                body.get("enabled_events", [endpoints.EVERY]),
                payload=text(body, "payload", "snapshot"),
                version=version,
                description=description,
            )
        except StripeError as error:
            raise Refused(400, error.message) from None
        return {**told(self.world.mode(mode), endpoint), "secret": secret}

    async def remove(self, request: Request, _body: Json) -> Json:
        identifier = request.path_params["endpoint"]
        for mode in (self.world.test, self.world.live):
            endpoint = endpoints.find(mode, identifier)
            if endpoint is not None:
                mode.forget(endpoint)
                return {"removed": identifier}
        raise Refused(404, f"There is no endpoint {identifier}.")


def make(
    mode: Mode, url: str, enabled: Any, *, payload: str, version: str | None = None, description: str | None = None
) -> tuple[Json, str]:
    """An endpoint and its secret, from what a person chose. Raises StripeError with a sentence."""
    named = isinstance(enabled, list) and enabled and all(isinstance(name, str) for name in enabled)
    if payload not in {"snapshot", "thin"}:
        raise StripeError(400, "payload must be snapshot or thin.")
    if not named:
        raise StripeError(400, "enabled_events must be a list of names.", param="enabled_events")
    endpoints.check_events(mode, enabled, thin=payload == "thin")
    endpoints.check_version(mode, version, thin=payload == "thin")
    create = endpoints.new_thin if payload == "thin" else endpoints.new_snapshot
    return create(mode, url, enabled, version=version or None, description=description or None)


def told(mode: Mode, endpoint: Json) -> Json:
    thin = endpoints.is_thin(endpoint)
    return {
        "id": endpoint["id"],
        "mode": mode.name,
        "payload": "thin" if thin else "snapshot",
        "url": endpoints.address(mode, endpoint),
        "api_version": None if thin else endpoint["api_version"],
        "enabled_events": endpoint["enabled_events"],
        "description": endpoint["description"],
        "status": endpoint["status"],
    }
