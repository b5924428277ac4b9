"""Deliveries: signatures, retries, rules, secrets."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import TYPE_CHECKING, Any

import pytest
import stripe
from tests.simulator.conftest import pay_by_card, session_params

from stripe_simulator.webhooks import signature

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.simulator.browser import Page
    from tests.simulator.guard import Guard
    from tests.simulator.receiver import Receiver

    from stripe_simulator.server import Server


def endpoint(client: stripe.StripeClient, receiver: Receiver, kind: str = "*") -> stripe.WebhookEndpoint:
    params: Any = {"url": receiver.url, "enabled_events": [kind]}
    return client.v1.webhook_endpoints.create(params)


def touch(client: stripe.StripeClient, count: int = 1) -> None:
    for number in range(count):
        client.v1.customers.create({"email": f"{number}@example.com"})


def test_a_payment_is_told_and_signed(
    client: stripe.StripeClient, receiver: Receiver, visiting: Callable[[str | None], Page], watch: Guard
) -> None:
    secret = endpoint(client, receiver).secret
    assert secret is not None
    session = client.v1.checkout.sessions.create(session_params())
    pay_by_card(visiting(session.url), "4242424242424242")
    receiver.wait_for(5)

    assert sorted(receiver.types[:4]) == sorted(
        ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded", "checkout.session.completed"]
    )
    assert receiver.types[4] == "charge.updated"
    for index, event in enumerate(receiver.events):
        assert receiver.verify(index, secret)
        assert watch.event(event) == []
        assert event["pending_webhooks"] == 1
        assert b'": ' not in receiver.bodies[index]  # compact
    receiver.wait(lambda: client.v1.events.list().data[0].pending_webhooks == 0)


def test_a_signature_of_another_secret_does_not_fit(client: stripe.StripeClient, receiver: Receiver) -> None:
    endpoint(client, receiver)
    touch(client)
    receiver.wait_for(1)
    with pytest.raises(stripe.SignatureVerificationError):
        receiver.verify(0, "whsec_other")


def test_a_test_event_carries_a_v0_that_nothing_verifies(client: stripe.StripeClient, receiver: Receiver) -> None:
    secret = str(endpoint(client, receiver).secret)
    touch(client)
    receiver.wait_for(1)
    assert receiver.verify(0, secret)  # the scheme beside v1 does no harm
    told = [part.partition("=")[::2] for part in receiver.headers[0].split(",")]
    assert [scheme for scheme, _ in told] == ["t", "v1", "v0"]
    moment, true, fake = (value for _, value in told)
    assert len(fake) == len(true) == 64
    signed = f"{moment}.".encode() + receiver.bodies[0]
    for key in (secret, secret.removeprefix("whsec_"), ""):
        assert hmac.new(key.encode(), signed, hashlib.sha256).hexdigest() != fake
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.WebhookSignature.verify_header(
            receiver.bodies[0].decode(), f"t={moment},v0={true}", secret, tolerance=300
        )
    assert "v0=" not in signature.header([secret], b"{}")  # as a live event is signed


def test_only_what_was_asked_for(client: stripe.StripeClient, receiver: Receiver) -> None:
    endpoint(client, receiver, "customer.deleted")
    touch(client)
    (customer,) = client.v1.customers.list().data
    client.v1.customers.delete(customer.id)
    receiver.wait_for(1)
    assert receiver.types == ["customer.deleted"]
    assert client.v1.events.list({"type": "customer.created"}).data[0].pending_webhooks == 0


def test_failures_are_tried_again_on_the_clock(
    client: stripe.StripeClient, simulator: Server, receiver: Receiver
) -> None:
    secret = endpoint(client, receiver).secret
    assert secret is not None
    receiver.statuses = [500, 302, 200]
    touch(client)
    receiver.wait_for(1)
    assert [event.type for event in client.v1.events.list({"delivery_success": False}).data] == ["customer.created"]
    simulator.control.advance(6)
    assert len(receiver.events) == 2
    simulator.control.advance(31)
    assert len(receiver.events) == 3
    simulator.control.advance(86400)

    assert len(receiver.events) == 3
    assert len({event["id"] for event in receiver.events}) == 1
    assert receiver.verify(2, secret)  # signed anew, with a time of the real world
    attempts = simulator.control.get("deliveries")["attempts"]
    assert [(attempt["attempt"], attempt["status"]) for attempt in attempts] == [(1, 500), (2, 302), (3, 200)]
    assert client.v1.events.list({"delivery_success": False}).data == []


def test_it_gives_up_in_the_end(client: stripe.StripeClient, simulator: Server, receiver: Receiver) -> None:
    endpoint(client, receiver)
    receiver.statuses = [500] * 50
    touch(client)
    receiver.wait_for(1)
    simulator.control.advance(30 * 86400 - 1)
    assert len(receiver.events) == 7
    (event,) = client.v1.events.list({"delivery_success": False}).data
    assert event.pending_webhooks == 1


def test_nobody_listens(client: stripe.StripeClient, simulator: Server) -> None:
    client.v1.webhook_endpoints.create({"url": "http://127.0.0.1:9/hook", "enabled_events": ["*"]})
    touch(client)
    simulator.control.advance(1)
    (attempt,) = simulator.control.get("deliveries")["attempts"]
    assert attempt["status"] is None
    assert attempt["error"]


def test_disabled_and_deleted_endpoints_are_left_alone(
    client: stripe.StripeClient, simulator: Server, receiver: Receiver
) -> None:
    first = endpoint(client, receiver)
    receiver.statuses = [500]
    touch(client)
    receiver.wait_for(1)
    client.v1.webhook_endpoints.update(first.id, {"disabled": True})
    simulator.control.advance(86400)
    touch(client)
    assert len(receiver.events) == 1
    client.v1.webhook_endpoints.update(first.id, {"disabled": False})
    touch(client)
    receiver.wait_for(2)
    client.v1.webhook_endpoints.delete(first.id)
    touch(client)
    simulator.control.advance(1)
    assert len(receiver.events) == 2


@pytest.mark.parametrize(("rule", "count"), [("drop", 0), ("duplicate", 6), ("shuffle", 3), ("delay:60", 3)])
def test_rules(client: stripe.StripeClient, simulator: Server, receiver: Receiver, rule: str, count: int) -> None:
    endpoint(client, receiver)
    simulator.control.post("deliveries", rule=rule)
    simulator.control.post("clock", frozen=True)
    touch(client, 3)
    if rule != "duplicate":
        assert receiver.events == []
    simulator.control.advance(2 if rule != "delay:60" else 61)
    assert len(receiver.events) == count
    assert len({event["id"] for event in receiver.events}) == min(count, 3)
    if rule == "drop":  # once the network is well again, the retries arrive
        simulator.control.post("deliveries", rule="none")
        simulator.control.advance(120)
        assert len(receiver.events) == 3


def test_sent_again_by_hand(client: stripe.StripeClient, simulator: Server, receiver: Receiver) -> None:
    endpoint(client, receiver)
    touch(client)
    receiver.wait_for(1)
    again = simulator.control.post(f"deliveries/{receiver.events[0]['id']}/resend")
    assert [(attempt["status"], attempt["manual"]) for attempt in again["attempts"]] == [(200, True)]
    assert receiver.bodies[0].split(b'"pending_webhooks"')[0] == receiver.bodies[1].split(b'"pending_webhooks"')[0]


def test_a_rolled_secret_overlaps(client: stripe.StripeClient, simulator: Server, receiver: Receiver) -> None:
    made = endpoint(client, receiver)
    assert made.secret is not None
    rolled = simulator.control.post(f"secrets/{made.id}/roll", overlap=3600)
    touch(client)
    receiver.wait_for(1)
    assert receiver.headers[0].count("v1=") == 2
    assert receiver.verify(0, made.secret)
    assert receiver.verify(0, rolled["secret"])
    simulator.control.advance(3601)
    touch(client)
    receiver.wait_for(2)
    assert receiver.verify(1, rolled["secret"])
    with pytest.raises(stripe.SignatureVerificationError):
        receiver.verify(1, made.secret)


def test_signatures_keep_the_real_time(client: stripe.StripeClient, simulator: Server, receiver: Receiver) -> None:
    simulator.control.advance(400 * 86400)
    endpoint(client, receiver)
    touch(client)
    receiver.wait_for(1)
    moment = int(receiver.headers[0].split(",")[0].removeprefix("t="))
    assert abs(moment - time.time()) < 30
    assert receiver.events[0]["created"] > time.time() + 399 * 86400


def test_the_secret_is_told_once(client: stripe.StripeClient, receiver: Receiver) -> None:
    made = endpoint(client, receiver)
    assert made.secret is not None
    assert made.secret.startswith("whsec_")
    found = client.v1.webhook_endpoints.retrieve(made.id).to_dict()
    assert "secret" not in found
    assert made.secret not in json.dumps(client.v1.webhook_endpoints.list().to_dict())


def test_modes_do_not_mix(
    client: stripe.StripeClient,
    connect: Callable[[str], stripe.StripeClient],
    simulator: Server,
    receiver: Receiver,
) -> None:
    endpoint(client, receiver)
    live = connect(simulator.settings.live_secret_key)
    touch(live)
    touch(client)
    receiver.wait_for(1)
    assert [event["livemode"] for event in receiver.events] == [False]
    with pytest.raises(stripe.InvalidRequestError):  # plain http is for tests only
        live.v1.webhook_endpoints.create({"url": receiver.url, "enabled_events": ["*"]})


def test_each_endpoint_gets_its_own_signature(client: stripe.StripeClient, receiver: Receiver) -> None:
    secrets = [str(endpoint(client, receiver).secret) for _ in range(2)]
    touch(client)
    receiver.wait_for(2)
    assert receiver.events[0]["id"] == receiver.events[1]["id"]
    fitting = [[fits(receiver, index, secret) for secret in secrets] for index in range(2)]
    assert sorted(fitting) == [[False, True], [True, False]]
    receiver.wait(lambda: client.v1.events.list().data[0].pending_webhooks == 0)


def fits(receiver: Receiver, index: int, secret: str) -> bool:
    try:
        return receiver.verify(index, secret)
    except stripe.SignatureVerificationError:
        return False


def test_an_endpoints_life(client: stripe.StripeClient, receiver: Receiver) -> None:
    made = client.v1.webhook_endpoints.create(
        {
            "url": receiver.url,
            "enabled_events": ["customer.created", "charge.updated"],
            "api_version": "2019-09-09",
            "description": "the shop",
            "metadata": {"installation": "a"},
        }
    )
    assert (made.api_version, made.status, made.description) == ("2019-09-09", "enabled", "the shop")
    changed = client.v1.webhook_endpoints.update(
        made.id, {"enabled_events": ["customer.deleted"], "description": "", "metadata": {"b": "2"}, "disabled": True}
    )
    assert (changed.enabled_events, changed.description, changed.status) == (["customer.deleted"], None, "disabled")
    assert changed.metadata.to_dict() == {"installation": "a", "b": "2"}
    assert changed.api_version == "2019-09-09"
    assert [found.id for found in client.v1.webhook_endpoints.list().data] == [made.id]
    assert client.v1.webhook_endpoints.delete(made.id).deleted
    with pytest.raises(stripe.InvalidRequestError, match=f"No such webhook endpoint: '{made.id}'"):
        client.v1.webhook_endpoints.retrieve(made.id)


@pytest.mark.parametrize(
    ("name", "value", "param"),
    [
        ("enabled_events", ["customer.danced"], "enabled_events[0]"),
        ("enabled_events", ["v1.customer.created"], "enabled_events[0]"),
        ("api_version", "2019-09-10", "api_version"),
        ("url", "ftp://shop.example", "url"),
    ],
)
def test_what_an_endpoint_cannot_be(client: stripe.StripeClient, name: str, value: Any, param: str) -> None:
    params: Any = {"url": "https://shop.example", "enabled_events": ["*"], name: value}
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.webhook_endpoints.create(params)
    assert caught.value.param == param


def test_sixteen_endpoints_and_no_more(client: stripe.StripeClient) -> None:
    for number in range(16):
        client.v1.webhook_endpoints.create({"url": f"https://shop.example/{number}", "enabled_events": ["*"]})
    with pytest.raises(stripe.InvalidRequestError, match="maximum of 16 test webhook endpoints"):
        client.v1.webhook_endpoints.create({"url": "https://shop.example/", "enabled_events": ["*"]})
