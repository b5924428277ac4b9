"""Whoever is sent events: webhook endpoints, which take snapshots, and event destinations, which take thin events.

A destination with snapshots that is made through /v2 is a webhook endpoint, seen through both addresses.
"""

from collections.abc import Iterable
from urllib.parse import urlsplit

from stripe_simulator import ids
from stripe_simulator.errors import StripeError, invalid, malformed
from stripe_simulator.types import Json
from stripe_simulator.world import Mode

SNAPSHOT, THIN = "webhook_endpoint", "v2.core.event_destination"
MOST = 16  # endpoints and destinations of a mode together
EVERY = "*"
THIN_PREFIX = "v1."  # a thin event is named after its snapshot: v1.charge.refunded


def everyone(mode: Mode) -> Iterable[Json]:
    """Newest first within each kind."""
    yield from mode.all(SNAPSHOT)
    yield from mode.all(THIN)


def find(mode: Mode, identifier: str) -> Json | None:
    return mode.get(SNAPSHOT, identifier) or mode.get(THIN, identifier)


def is_thin(endpoint: Json) -> bool:
    return bool(endpoint["object"] == THIN)


def address(mode: Mode, endpoint: Json) -> str:
    """Where events go. A destination does not show it unless asked, so it stands among its facts."""
    url: str = mode.facts(endpoint["id"])["url"] if is_thin(endpoint) else endpoint["url"]
    return url


def wants(endpoint: Json, kind: str) -> bool:
    """Whether events of this (snapshot) type are sent there."""
    chosen = endpoint["enabled_events"]
    name = THIN_PREFIX + kind if is_thin(endpoint) else kind
    return endpoint["status"] == "enabled" and (name in chosen or EVERY in chosen)


def check_room(mode: Mode) -> None:
    if len(list(everyone(mode))) >= MOST:
        raise invalid(f"You have reached the maximum of {MOST} {mode.name} webhook endpoints.")


def check_url(mode: Mode, url: str, *, param: str = "url") -> None:
    """Plain http is for test mode only."""
    try:
        parts = urlsplit(url)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        good = False
    if not good:
        raise malformed("Invalid URL: must be a valid URL.", code="url_invalid", param=param)
    if mode.livemode and parts.scheme != "https":
        raise StripeError(
            400, "Invalid URL: live mode webhook endpoints must use https.", code="url_invalid", param=param
        )


def new_snapshot(
    mode: Mode,
    url: str,
    enabled: list[str],
    *,
    version: str | None = None,
    description: str | None = None,
    metadata: Json | None = None,
    name: str | None = None,
) -> tuple[Json, str]:
    """A webhook endpoint and its secret. `version` is fixed from now on; None follows the account's default."""
    check_url(mode, url)
    check_room(mode)
    secret = ids.webhook_secret()
    endpoint = mode.put(
        {
            "id": ids.make("we"),
            "object": SNAPSHOT,
            "api_version": version,
            "application": None,
            "created": mode.world.clock.seconds(),
            "description": description,
            "enabled_events": enabled,
            "livemode": mode.livemode,
            "metadata": metadata or {},
            "status": "enabled",
            "url": url,
        },
        secrets=[{"value": secret, "until": None}],
        name=name,
    )
    return endpoint, secret
