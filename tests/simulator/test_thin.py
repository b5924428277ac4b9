"""Event destinations of /v2 and thin events, read with the official library."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

import pytest
import requests
import stripe
from tests.simulator.conftest import kinds, pay_by_card, session_params

if TYPE_CHECKING:
    from collections.abc import Callable

    from stripe.events._v1_charge_succeeded_event import V1ChargeSucceededEventNotification
    from stripe.events._v1_checkout_session_completed_event import V1CheckoutSessionCompletedEventNotification
    from tests.simulator.browser import Page
    from tests.simulator.conftest import Http
    from tests.simulator.guard import Guard
    from tests.simulator.receiver import Receiver

    from stripe_simulator.server import Server

ROOT = "/v2/core/event_destinations"
ALL: Any = ["webhook_endpoint.signing_secret", "webhook_endpoint.url"]


def destination(client: stripe.StripeClient, url: str, **more: Any) -> stripe.v2.core.EventDestination:
    params: Any = {
        "name": "the shop",
        "type": "webhook_endpoint",
        "event_payload": "thin",
        "enabled_events": ["*"],
        "webhook_endpoint": {"url": url},
        "include": ALL,
        **more,
    }
    return client.v2.core.event_destinations.create(params)


def secret_of(made: stripe.v2.core.EventDestination) -> str:
    assert made.webhook_endpoint is not None
    assert made.webhook_endpoint.signing_secret is not None
    return made.webhook_endpoint.signing_secret


def test_a_destinations_life(client: stripe.StripeClient) -> None:
    core = client.v2.core.event_destinations
    wanted = ["v1.charge.refunded", "v1.checkout.session.completed"]
    made = destination(client, "https://shop.example/a", enabled_events=wanted, metadata={"a": "1", "b": "2"})
    assert made.id.startswith("ed_test_61")
    assert (made.event_payload, made.status, made.enabled_events) == ("thin", "enabled", wanted)
    assert (made.events_from, made.snapshot_api_version, made.livemode) == (["@self"], None, False)
    assert secret_of(made).startswith("whsec_")

    plain = core.retrieve(made.id)
    assert plain.webhook_endpoint is not None
    assert (plain.webhook_endpoint.url, plain.webhook_endpoint.signing_secret) == (None, None)
    full = core.retrieve(made.id, {"include": ["webhook_endpoint.url"]})
    assert full.webhook_endpoint is not None
    assert (full.webhook_endpoint.url, full.webhook_endpoint.signing_secret) == ("https://shop.example/a", None)
    with pytest.raises(stripe.InvalidRequestError):  # the secret is told once
        core.retrieve(made.id, {"include": ALL})

    changed = core.update(
        made.id,
        {
            "name": "renamed",
            "description": "new",
            "enabled_events": ["*"],
            "metadata": {"a": None, "c": "3"},
            "webhook_endpoint": {"url": "https://shop.example/b"},
            "include": ["webhook_endpoint.url"],
        },
    )
    assert (changed.name, changed.description, changed.enabled_events) == ("renamed", "new", ["*"])
    assert changed.metadata is not None
    assert changed.metadata.to_dict() == {"b": "2", "c": "3"}
    assert changed.webhook_endpoint is not None
    assert changed.webhook_endpoint.url == "https://shop.example/b"
    off = core.disable(made.id)
    assert off.status == "disabled"
    assert off.status_details is not None
    assert off.status_details.disabled is not None
    assert off.status_details.disabled.reason == "user"
    assert core.enable(made.id).status == "enabled"
    assert core.delete(made.id).id == made.id
    with pytest.raises(stripe.StripeError, match="No such event destination") as caught:
        core.retrieve(made.id)
    assert (caught.value.http_status, caught.value.code) == (404, "not_found")


def test_a_payment_told_thinly(
    client: stripe.StripeClient, receiver: Receiver, visiting: Callable[[str | None], Page], watch: Guard
) -> None:
    secret = secret_of(destination(client, receiver.url))
    session = client.v1.checkout.sessions.create(session_params())
    pay_by_card(visiting(session.url), "4242424242424242")
    receiver.wait_for(5)

    assert sorted(receiver.types) == sorted(f"v1.{kind}" for kind in kinds(client))
    for index, event in enumerate(receiver.events):
        assert watch.thing(event) == []
        assert set(event) == {
            "id",
            "object",
            "context",
            "created",
            "livemode",
            "reason",
            "related_object",
            "snapshot_event",
            "type",
        }
        assert receiver.verify(index, secret)
        assert client.v1.events.retrieve(event["snapshot_event"]).type == event["type"].removeprefix("v1.")
        assert b'"amount' not in receiver.bodies[index]
    index = receiver.types.index("v1.checkout.session.completed")
    parsed = client.parse_event_notification(receiver.bodies[index], receiver.headers[index], secret)
    told = cast("V1CheckoutSessionCompletedEventNotification", parsed)
    assert told.related_object.type == "checkout.session"
    assert told.related_object.url == f"/v1/checkout/sessions/{session.id}"
    assert told.fetch_related_object().payment_status == "paid"
    assert told.fetch_event().snapshot_event == receiver.events[index]["snapshot_event"]
    assert datetime.fromisoformat(told.created).tzinfo == UTC


def test_the_request_behind_a_thin_event(client: stripe.StripeClient, receiver: Receiver) -> None:
    destination(client, receiver.url, enabled_events=["v1.charge.succeeded", "v1.customer.created"])
    client.v1.customers.create({}, {"idempotency_key": "mine"})
    receiver.wait_for(1)
    reason = receiver.events[0]["reason"]
    assert reason["type"] == "request"
    assert reason["request"]["idempotency_key"] == "mine"
    assert reason["request"]["id"].startswith("req_")
    assert receiver.events[0]["context"] is None


def test_what_changed_is_read_at_the_event(client: stripe.StripeClient, receiver: Receiver) -> None:
    destination(client, receiver.url, enabled_events=["v1.customer.updated"])
    customer = client.v1.customers.create({"name": "A"})
    client.v1.customers.update(customer.id, {"name": "B"})
    receiver.wait_for(1)
    found = client.v2.core.events.retrieve(receiver.events[0]["id"])
    assert found.changes is not None
    assert found.changes.to_dict() == {"before": {"name": "A"}, "after": {"name": "B"}}


def test_a_charge_by_its_notification(
    client: stripe.StripeClient, receiver: Receiver, visiting: Callable[[str | None], Page]
) -> None:
    secret = secret_of(destination(client, receiver.url, enabled_events=["v1.charge.succeeded"]))
    pay_by_card(visiting(client.v1.checkout.sessions.create(session_params()).url), "4242424242424242")
    receiver.wait_for(1)
    parsed = client.parse_event_notification(receiver.bodies[0], receiver.headers[0], secret)
    charge = cast("V1ChargeSucceededEventNotification", parsed).fetch_related_object()
    assert (charge.object, charge.status) == ("charge", "succeeded")
    assert len(receiver.events) == 1  # nothing that was not asked for


def test_events_are_listed(client: stripe.StripeClient, simulator: Server) -> None:
    simulator.control.post("clock", frozen=True)
    first = client.v1.customers.create({})
    simulator.control.advance(100)
    rest = [client.v1.customers.create({}).id for _ in range(4)]
    events = client.v2.core.events
    about = [event.to_dict()["related_object"]["id"] for event in events.list({"limit": 2}).auto_paging_iter()]
    assert about == [*reversed(rest), first.id]
    (only,) = events.list({"object_id": first.id}).data
    assert events.list({"created": {"gt": only.created}, "limit": 100}).data[-1].id != only.id
    assert [event.id for event in events.list({"created": {"lte": only.created}}).data] == [only.id]
    assert events.list({"types": ["v1.charge.refunded"]}).data == []
    assert len(events.list({"types": ["v1.customer.created"], "limit": 3}).data) == 3
    simulator.control.advance(31 * 86400)
    assert events.list().data == []


def test_thin_and_snapshot_side_by_side(client: stripe.StripeClient, simulator: Server, receiver: Receiver) -> None:
    destination(client, receiver.url)
    client.v1.webhook_endpoints.create({"url": receiver.url, "enabled_events": ["*"]})
    receiver.statuses = [500, 500]
    client.v1.customers.create({})
    receiver.wait_for(2)
    simulator.control.advance(6)  # each is tried again by itself
    assert len(receiver.events) == 4
    assert sorted(receiver.types) == ["customer.created"] * 2 + ["v1.customer.created"] * 2
    (event,) = client.v1.events.list({"delivery_success": True}).data
    assert event.pending_webhooks == 0
    attempts = simulator.control.get("deliveries")["attempts"]
    assert {attempt["event"] for attempt in attempts} == {event.id}
    thin = next(event["id"] for event in receiver.events if event["object"] == "v2.core.event")
    assert len(simulator.control.post(f"deliveries/{thin}/resend")["attempts"]) == 2


def test_disabled_and_deleted_destinations_are_left_alone(
    client: stripe.StripeClient, simulator: Server, receiver: Receiver
) -> None:
    made = destination(client, receiver.url)
    client.v2.core.event_destinations.disable(made.id)
    client.v1.customers.create({})
    simulator.control.advance(1)
    assert receiver.events == []
    client.v2.core.event_destinations.enable(made.id)
    client.v1.customers.create({})
    receiver.wait_for(1)
    client.v2.core.event_destinations.delete(made.id)
    client.v1.customers.create({})
    simulator.control.advance(1)
    assert len(receiver.events) == 1


def test_a_destination_of_snapshots_is_a_webhook_endpoint(client: stripe.StripeClient, receiver: Receiver) -> None:
    made = destination(client, receiver.url, event_payload="snapshot", snapshot_api_version="2019-09-09")
    assert made.snapshot_api_version == "2019-09-09"
    (seen,) = client.v1.webhook_endpoints.list().data
    assert (seen.id, seen.api_version, seen.url) == (made.id, "2019-09-09", receiver.url)
    client.v1.customers.create({})
    receiver.wait_for(1)
    assert receiver.verify(0, secret_of(made))
    assert receiver.events[0]["api_version"] == "2019-09-09"
    thin = destination(client, receiver.url)
    assert {found.id for found in client.v2.core.event_destinations.list().data} == {made.id, thin.id}
    assert len(client.v1.webhook_endpoints.list().data) == 1


def test_a_ping_arrives(client: stripe.StripeClient, receiver: Receiver, watch: Guard) -> None:
    made = destination(client, receiver.url, enabled_events=["v1.charge.refunded"])
    event = client.v2.core.event_destinations.ping(made.id)
    receiver.wait_for(1)
    assert receiver.events[0]["id"] == event.id
    assert receiver.types == ["v2.core.event_destination.ping"]
    assert watch.thing(receiver.events[0]) == []
    assert receiver.verify(0, secret_of(made))
    assert [found.id for found in client.v2.core.events.list().data] == [event.id]


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"enabled_events": ["charge.refunded"]}, "thin events: charge.refunded"),
        ({"enabled_events": ["v1.charge.danced"]}, "v1.charge.danced"),
        ({"enabled_events": []}, "At least one"),
        ({"snapshot_api_version": "2019-09-09"}, "thin events"),
        ({"event_payload": "snapshot", "snapshot_api_version": "2019-09-10"}, "Invalid Stripe API version"),
        ({"event_payload": "snapshot", "enabled_events": ["v1.charge.refunded"]}, "snapshot events: v1."),
        ({"event_payload": "fat"}, "event_payload"),
        ({"webhook_endpoint": {"url": "nope"}}, "Invalid URL"),
        ({"nope": "1"}, "unknown parameter: nope"),
    ],
)
def test_what_a_destination_cannot_be(client: stripe.StripeClient, changes: Any, word: str) -> None:
    with pytest.raises(stripe.InvalidRequestError, match=word):
        destination(client, "https://shop.example/", **changes)
    assert client.v2.core.event_destinations.list().data == []


def test_v2_takes_json_and_says_so(http: Http, simulator: Server) -> None:
    headers = {"Content-Type": "application/json"}
    for sent, kind in (("{", "application/json"), ("[]", "application/json"), ("a=1", "text/plain")):
        reply = http("POST", ROOT, sent, headers={**headers, "Content-Type": kind})
        assert reply.status_code == 400
    deep = "[" * 40 + "]" * 40
    assert http("POST", ROOT, f'{{"name": {deep}}}', headers=headers).status_code == 400
    auth = (simulator.secret_key, "")
    for method, path, status in [("POST", "/v2/core/accounts", 501), ("GET", "/v2/nope", 404)]:
        reply = requests.request(method, simulator.base_url + path, auth=auth, json={}, timeout=5)
        assert (reply.status_code, "error" in reply.json()) == (status, True)


def test_v2_repeats_only_what_went_well(http: Http) -> None:
    good = (
        '{"name":"a","type":"webhook_endpoint","event_payload":"thin","enabled_events":["*"],'
        '"webhook_endpoint":{"url":"https://shop.example"}}'
    )
    headers = {"Content-Type": "application/json", "Idempotency-Key": "k"}
    first, second = (http("POST", ROOT, good, headers=headers) for _ in range(2))
    assert first.json()["id"] == second.json()["id"]
    assert second.headers["Idempotent-Replayed"] == "true"
    headers = {"Idempotency-Key": "gone"}
    path = f"{ROOT}/{first.json()['id']}"
    assert [http("DELETE", path, headers=headers).status_code for _ in range(2)] == [200, 200]
    assert http("DELETE", path).status_code == 404


def test_endpoints_made_by_hand(simulator: Server, client: stripe.StripeClient, receiver: Receiver) -> None:
    control = simulator.control
    thin = control.post("endpoints", url=receiver.url, payload="thin")
    old = control.post("endpoints", url=receiver.url, api_version="2019-09-09", description="old")
    few = control.post("endpoints", url=receiver.url, enabled_events=["charge.refunded"])
    assert [made["payload"] for made in (thin, old, few)] == ["thin", "snapshot", "snapshot"]
    client.v1.customers.create({})
    receiver.wait_for(2)
    for made in (thin, old):
        kind = "v2.core.event" if made is thin else "event"
        index = next(n for n, event in enumerate(receiver.events) if event["object"] == kind)
        assert receiver.verify(index, made["secret"])
    listed = control.get("endpoints")["endpoints"]
    assert {made["id"] for made in listed} == {thin["id"], old["id"], few["id"]}
    assert "secret" not in listed[0]
    control.delete(f"endpoints/{old['id']}")
    assert len(client.v1.webhook_endpoints.list().data) == 1
    rolled = control.post(f"secrets/{thin['id']}/roll", overlap=3600)
    client.v1.customers.create({})
    receiver.wait_for(3)
    assert receiver.verify(2, rolled["secret"])
    assert receiver.verify(2, thin["secret"])


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"url": "nope"},
        {"url": "https://shop.example", "payload": "fat"},
        {"url": "https://shop.example", "api_version": "1999"},
        {"url": "https://shop.example", "payload": "thin", "api_version": "2019-09-09"},
        {"url": "https://shop.example", "enabled_events": []},
        {"url": "https://shop.example", "enabled_events": "*"},
        {"url": "https://shop.example", "enabled_events": ["nope"]},
        {"url": "http://shop.example", "mode": "live"},
        {"url": "https://shop.example", "mode": "both"},
        {"url": "https://shop.example", "nope": 1},
    ],
)
def test_endpoints_that_cannot_be_made_by_hand(simulator: Server, body: dict[str, Any]) -> None:
    reply = requests.post(f"{simulator.base_url}/_control/endpoints", json=body, timeout=5)
    assert reply.status_code == 400
    assert reply.json()["error"]
    assert simulator.control.get("endpoints") == {"endpoints": []}
