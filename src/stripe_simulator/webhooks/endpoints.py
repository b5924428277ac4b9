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


def wants(mode: Mode, endpoint: Json, kind: str) -> bool:
    """Whether events of this (snapshot) type are sent there."""
    if endpoint["status"] != "enabled":
        return False
    name, chosen = kind, endpoint["enabled_events"]
    if is_thin(endpoint):
        name = THIN_PREFIX + kind
        if name not in mode.world.known.thin_events:  # not every snapshot has a thin twin
            return False
    return name in chosen or EVERY in chosen


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


def check_events(mode: Mode, wanted: list[str], *, thin: bool) -> None:
    """Each name is one that the library knows for this payload, or the star."""
    known = mode.world.known
    names = known.thin_events if thin else frozenset(known.event_types)
    for name in wanted:
        if name not in names and name != EVERY:
            kind = "thin" if thin else "snapshot"
            raise malformed(f"Invalid event type for {kind} events: {name}", param="enabled_events")
    if not wanted:
        raise malformed("At least one event type is needed.", param="enabled_events")


def check_version(mode: Mode, version: str | None, *, thin: bool) -> None:
    if version and thin:
        raise invalid("`snapshot_api_version` cannot be set for thin events.", param="snapshot_api_version")
    if version and version not in mode.world.known.versions:
        raise malformed(f"Invalid Stripe API version: {version}", param="snapshot_api_version")


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


def new_thin(
    mode: Mode,
    url: str,
    enabled: list[str],
    *,
    version: str | None = None,
    description: str | None = None,
    metadata: Json | None = None,
    name: str | None = None,
) -> tuple[Json, str]:
    """A destination of thin events, which know no `version`, and its secret."""
    check_version(mode, version, thin=True)
    check_url(mode, url, param="webhook_endpoint.url")
    check_room(mode)
    secret = ids.webhook_secret()
    endpoint = mode.put(
        {
            "id": ids.destination(live=mode.livemode),
            "object": THIN,
            "created": mode.world.clock.seconds(),
            "description": description,
            "enabled_events": enabled,
            "livemode": mode.livemode,
            "metadata": metadata or {},
            "status": "enabled",
        },
        secrets=[{"value": secret, "until": None}],
        name=name,
        url=url,
    )
    return endpoint, secret


def move(mode: Mode, endpoint: Json, url: str) -> None:
    """Send events elsewhere from now on."""
    if is_thin(endpoint):
        mode.facts(endpoint["id"])["url"] = url
    else:
        endpoint["url"] = url
