"""Subscriptions to Stripe's events: those that send to our address, one made, one mended, one removed.

Stripe keeps them in two places: /v1/webhook_endpoints, and /v2/core/event_destinations where those with thin payloads are. An endpoint
may stand in both lists, under one id.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from comptoir.modules.api import Account, CallRefusedError, EndpointMade, EndpointSeen
from comptoir_stripe import event_types, gateway
from comptoir_stripe.keys import WEBHOOK

DESCRIPTION = "Comptoir"
V1 = "we_"  # ids of the others begin with ed_
URL = "webhook_endpoint.url"
Data = dict[str, Any]


def endpoints(account: Account, *, address: str) -> tuple[EndpointSeen, ...]:
    """The subscriptions that send to an address, with or without a final slash; those of ours that send elsewhere come last.

    Raises CallRefusedError, OutcomeUnknownError.
    """
    found = {each["id"]: _seen(each, account) for each in _of_v1(account)}
    for each in _of_v2(account):
        found.setdefault(each["id"], _seen_v2(each, account))
    told = [replace(each, here=same(each.address, address)) for each in found.values()]
    return (*(each for each in told if each.here), *(each for each in told if each.ours and not each.here))


def same(one: str, other: str) -> bool:
    """Whether two addresses lead to the same door: scheme and host in any case, the standard port, a final slash or none."""
    return _place(one) == _place(other)


def _place(address: str) -> tuple[str, str, int, str]:
    parts = urlsplit(address.strip())
    scheme = parts.scheme.lower()
    try:
        port = parts.port or {"https": 443, "http": 80}.get(scheme, 0)
    except ValueError:
        port = -1
    return scheme, (parts.hostname or "").rstrip("."), port, parts.path.rstrip("/")


def _of_v1(account: Account) -> Iterator[Data]:
    return gateway.every(gateway.client(account).v1.webhook_endpoints.list, {})


def _of_v2(account: Account) -> Iterator[Data]:
    """Empty where this account or key has no such list: then no endpoint with thin payloads can be told."""
    client = gateway.client(account)
    try:
        listed = gateway.ask(
            lambda: client.v2.core.event_destinations.list({"include": [URL], "limit": gateway.LISTED})
        )
        for _page in range(gateway.MOST_PAGES):
            yield from (each for each in listed["data"] if each.get("type") == "webhook_endpoint")
            following = listed.get("next_page_url")
            if not following:
                return
            listed = gateway.ask_raw(client, following)
    except CallRefusedError:
        return


def _seen(each: Data, account: Account) -> EndpointSeen:
    enabled = list(each.get("enabled_events") or ())
    return EndpointSeen(
        id=each["id"],
        address=each.get("url") or "",
        version=each.get("api_version") or "",
        enabled=each.get("status") == "enabled",
        missing=event_types.missing(enabled, thin=False),
        superfluous=event_types.superfluous(enabled, thin=False),
        ours=_ours(each, account),
    )


def _seen_v2(each: Data, account: Account) -> EndpointSeen:
    enabled, thin = list(each.get("enabled_events") or ()), each.get("event_payload") == "thin"
    return EndpointSeen(
        id=each["id"],
        address=(each.get("webhook_endpoint") or {}).get("url") or "",
        version=each.get("snapshot_api_version") or "",
        enabled=each.get("status") == "enabled",
        missing=event_types.missing(enabled, thin=thin),
        superfluous=event_types.superfluous(enabled, thin=thin),
        thin=thin,
        ours=_ours(each, account),
    )


def _ours(each: Data, account: Account) -> bool:
    return (each.get("metadata") or {}).get("installation") == account.installation


def make_endpoint(account: Account, *, address: str, key: str) -> EndpointMade:
    """Subscribe to just the events that we need, at our version. Raises CallRefusedError, OutcomeUnknownError."""
    client = gateway.client(account)
    params: Data = {
        "url": address,
        "enabled_events": list(event_types.NEEDED),
        "api_version": gateway.API_VERSION,
        "description": DESCRIPTION,
        "metadata": {"installation": account.installation},
    }
    made = gateway.ask(lambda: client.v1.webhook_endpoints.create(params, {"idempotency_key": key}))  # type: ignore[arg-type]
    return EndpointMade(endpoint=_seen(made, account), values={WEBHOOK: made["secret"]})


def mend_endpoint(account: Account, *, endpoint: str) -> EndpointSeen:
    """Subscribe an endpoint to what it misses and enable it; what it has besides stays. Raises as `endpoints`."""
    client = gateway.client(account)
    if not endpoint.startswith(V1):
        return _mend_v2(account, endpoint)
    seen = gateway.ask(lambda: client.v1.webhook_endpoints.retrieve(endpoint))
    enabled = list(seen.get("enabled_events") or ())
    params: Data = {"enabled_events": [*enabled, *event_types.missing(enabled, thin=False)], "disabled": False}
    mended = gateway.ask(lambda: client.v1.webhook_endpoints.update(endpoint, params))  # type: ignore[arg-type]
    return _seen(mended, account)


def _mend_v2(account: Account, endpoint: str) -> EndpointSeen:
    destinations = gateway.client(account).v2.core.event_destinations
    seen = gateway.ask(lambda: destinations.retrieve(endpoint, {"include": [URL]}))
    enabled, thin = list(seen.get("enabled_events") or ()), seen.get("event_payload") == "thin"
    lacking = event_types.missing(enabled, thin=thin)
    if lacking:
        gateway.ask(lambda: destinations.update(endpoint, {"enabled_events": [*enabled, *lacking]}))
    if seen.get("status") != "enabled":
        gateway.ask(lambda: destinations.enable(endpoint))
    return _seen_v2(gateway.ask(lambda: destinations.retrieve(endpoint, {"include": [URL]})), account)


def remove_endpoint(account: Account, *, endpoint: str) -> None:
    """Remove a subscription; one that is gone is fine. Raises as `endpoints`."""
    client = gateway.client(account)
    try:
        if endpoint.startswith(V1):
            gateway.ask(lambda: client.v1.webhook_endpoints.delete(endpoint))
        else:
            gateway.ask(lambda: client.v2.core.event_destinations.delete(endpoint))
    except CallRefusedError as error:
        if error.code not in {"resource_missing", "not_found"}:
            raise
