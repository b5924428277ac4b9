"""What becomes of a delivery that fails: Stripe's schedule, endpoints that come and go, secrets, days of silence."""

from __future__ import annotations

import time
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
import requests
import stripe

from stripe_simulator.webhooks.schedule import STRIPE_LIVE, STRIPE_SANDBOX

if TYPE_CHECKING:
    from tests.simulator.conftest import Http
    from tests.simulator.receiver import Receiver

    from stripe_simulator.server import Server

HOUR, DAY = 3600, 86400
NEVER = [500] * 500


def listen(client: stripe.StripeClient, receiver: Receiver, kind: str = "*") -> stripe.WebhookEndpoint:
    params: Any = {"url": receiver.url, "enabled_events": [kind]}
    return client.v1.webhook_endpoints.create(params)


def touch(client: stripe.StripeClient) -> str:
    """Make something happen; the id of its event."""
    client.v1.customers.create({})
    return client.v1.events.list({"limit": 1}).data[0].id


def attempts(simulator: Server) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = simulator.control.get("deliveries")["attempts"]
    return found


def gaps(simulator: Server) -> list[float]:
    return [round(after["time"] - before["time"]) for before, after in pairwise(attempts(simulator))]


def signed_at(header: str) -> int:
    return int(header.split(",", maxsplit=1)[0].removeprefix("t="))


def test_stripes_own_schedule(client: stripe.StripeClient, simulator: Server, receiver: Receiver) -> None:
    told = simulator.control.post("deliveries", schedule="stripe")
    assert told == {"rule": "none", "schedule": "stripe", "disable_after": None}
    listen(client, receiver)
    receiver.statuses = list(NEVER)
    touch(client)
    receiver.wait_for(1)
    simulator.control.advance(30 * DAY - 1)
    assert gaps(simulator) == list(STRIPE_SANDBOX)
    assert len(STRIPE_SANDBOX) == 3
    assert HOUR < sum(STRIPE_SANDBOX) < 6 * HOUR


def test_live_mode_goes_on_for_three_days(simulator: Server) -> None:
    assert 2.5 * DAY < sum(STRIPE_LIVE) <= 3 * DAY
    assert {after / before for before, after in pairwise(STRIPE_LIVE)} == {2.0}
    # a live endpoint must take https, and nobody does here: each attempt fails on the way
    auth = (simulator.settings.live_secret_key, "")
    simulator.control.post("deliveries", schedule="stripe")
    for path, form in (
        ("webhook_endpoints", {"url": "https://127.0.0.1:9/hook", "enabled_events[]": "*"}),
        ("customers", {}),
    ):
        requests.post(f"{simulator.base_url}/v1/{path}", data=form, auth=auth, timeout=10).raise_for_status()
    simulator.control.advance(30 * DAY - 1)
    assert gaps(simulator) == list(STRIPE_LIVE)


def test_the_short_schedule_is_the_default(client: stripe.StripeClient, simulator: Server, receiver: Receiver) -> None:
    assert simulator.control.get("deliveries")["schedule"] == "short"
    listen(client, receiver)
    receiver.statuses = list(NEVER)
    simulator.control.post("deliveries", schedule="stripe")
    simulator.control.post("deliveries", schedule="short")
    touch(client)
    receiver.wait_for(1)
    simulator.control.advance(DAY)
    assert gaps(simulator) == [5, 30, 120, 600, 3600, 10800]


@pytest.mark.parametrize("body", [{}, {"schedule": "daily"}, {"disable_after": -1}, {"disable_after": "x"}, {"no": 1}])
def test_what_cannot_be_asked(simulator: Server, body: dict[str, Any]) -> None:
    reply = requests.post(f"{simulator.base_url}/_control/deliveries", json=body, timeout=5)
    assert reply.status_code == 400
    assert reply.json()["error"]


def test_each_retry_is_signed_anew(client: stripe.StripeClient, simulator: Server, receiver: Receiver) -> None:
    secret = str(listen(client, receiver).secret)
    receiver.statuses = [500]
    touch(client)
    receiver.wait_for(1)
    time.sleep(1.1)  # wall time: a signature has whole seconds of the receiver's own clock
    simulator.control.advance(6)
    first, second = receiver.headers
    assert signed_at(second) > signed_at(first)
    assert first.partition("v1=")[2] != second.partition("v1=")[2]
    assert receiver.bodies[0] == receiver.bodies[1]
    assert receiver.verify(1, secret)


def test_disabled_when_the_retry_is_due(client: stripe.StripeClient, simulator: Server, receiver: Receiver) -> None:
    made = listen(client, receiver)
    receiver.statuses = [500]
    event = touch(client)
    receiver.wait_for(1)
    client.v1.webhook_endpoints.update(made.id, {"disabled": True})
    simulator.control.advance(6)
    client.v1.webhook_endpoints.update(made.id, {"disabled": False})
    simulator.control.advance(5 * DAY)
    assert len(receiver.events) == 1  # its turn passed while nobody was there: it does not come back
    assert client.v1.events.retrieve(event).pending_webhooks == 1
    assert [found.id for found in client.v1.events.list({"delivery_success": False}).data] == [event]


def test_enabled_again_before_the_retry_is_due(
    client: stripe.StripeClient, simulator: Server, receiver: Receiver
) -> None:
    made = listen(client, receiver)
    receiver.statuses = [500]
    event = touch(client)
    receiver.wait_for(1)
    client.v1.webhook_endpoints.update(made.id, {"disabled": True})
    simulator.control.advance(2)
    client.v1.webhook_endpoints.update(made.id, {"disabled": False})
    simulator.control.advance(4)
    assert [found["id"] for found in receiver.events] == [event, event]
    assert client.v1.events.retrieve(event).pending_webhooks == 0


def test_deleted_when_the_retry_is_due(client: stripe.StripeClient, simulator: Server, receiver: Receiver) -> None:
    made = listen(client, receiver)
    receiver.statuses = [500]
    event = touch(client)
    receiver.wait_for(1)
    client.v1.webhook_endpoints.delete(made.id)
    simulator.control.advance(5 * DAY)
    assert len(receiver.events) == 1
    assert [found.id for found in client.v1.events.list({"delivery_success": False}).data] == [event]


def test_days_of_failures_disable_an_endpoint(
    client: stripe.StripeClient, simulator: Server, receiver: Receiver
) -> None:
    made = listen(client, receiver)
    receiver.statuses = list(NEVER)
    simulator.control.post("deliveries", disable_after=3)
    for _ in range(3):
        touch(client)
        simulator.control.advance(DAY)
        assert client.v1.webhook_endpoints.retrieve(made.id).status == "enabled"
    touch(client)
    simulator.control.advance(1)
    assert client.v1.webhook_endpoints.retrieve(made.id).status == "disabled"
    heard = len(receiver.events)
    touch(client)
    simulator.control.advance(DAY)
    assert len(receiver.events) == heard
    client.v1.webhook_endpoints.update(made.id, {"disabled": False})
    touch(client)
    simulator.control.advance(1)
    assert client.v1.webhook_endpoints.retrieve(made.id).status == "enabled"  # counted anew


def test_one_success_among_days_of_failures(client: stripe.StripeClient, simulator: Server, receiver: Receiver) -> None:
    made = listen(client, receiver)
    simulator.control.post("deliveries", disable_after=2, schedule="stripe")
    for statuses in ([500] * 4, [500, 200], [500] * 4):
        receiver.statuses = list(statuses)
        touch(client)
        simulator.control.advance(DAY)
    touch(client)
    simulator.control.advance(1)
    assert client.v1.webhook_endpoints.retrieve(made.id).status == "enabled"


def test_nobody_is_disabled_unless_asked(client: stripe.StripeClient, simulator: Server, receiver: Receiver) -> None:
    made = listen(client, receiver)
    receiver.statuses = list(NEVER)
    for _ in range(20):
        touch(client)
        simulator.control.advance(DAY)
    assert client.v1.webhook_endpoints.retrieve(made.id).status == "enabled"


def test_a_v1_for_each_living_secret(client: stripe.StripeClient, simulator: Server, receiver: Receiver) -> None:
    made = listen(client, receiver)
    secrets = [str(made.secret)]
    secrets += [simulator.control.post(f"secrets/{made.id}/roll", overlap=hours * HOUR)["secret"] for hours in (2, 1)]

    def living() -> list[bool]:
        before = len(receiver.events)
        touch(client)
        receiver.wait_for(before + 1)
        found = [fits(receiver, before, secret) for secret in secrets]
        assert receiver.headers[before].count("v1=") == sum(found)
        return found

    assert living() == [True, True, True]
    simulator.control.advance(HOUR + 1)
    assert living() == [True, False, True]  # the second roll gave its own former secret an hour
    simulator.control.advance(HOUR)
    assert living() == [False, False, True]
    secrets.append(simulator.control.post(f"secrets/{made.id}/roll")["secret"])
    assert living() == [False, False, False, True]


def fits(receiver: Receiver, index: int, secret: str) -> bool:
    try:
        return receiver.verify(index, secret)
    except stripe.SignatureVerificationError:
        return False


def test_pending_counts_those_who_have_not_had_it(
    client: stripe.StripeClient, simulator: Server, receiver: Receiver
) -> None:
    """One endpoint is given up before the other takes the event."""
    nobody: Any = {"url": "http://127.0.0.1:9/hook", "enabled_events": ["customer.created"]}
    lost = client.v1.webhook_endpoints.create(nobody)
    listen(client, receiver)
    simulator.control.post("clock", frozen=True)
    receiver.statuses = [500]
    event = touch(client)
    receiver.wait_for(1)
    assert client.v1.events.retrieve(event).pending_webhooks == 2
    client.v1.webhook_endpoints.delete(lost.id)
    simulator.control.advance(6)
    assert len(receiver.events) == 2
    assert client.v1.events.retrieve(event).pending_webhooks == 1
    assert receiver.events[1]["pending_webhooks"] == 2  # as it stood when the attempt left


def test_events_by_the_success_of_their_deliveries(
    client: stripe.StripeClient, simulator: Server, receiver: Receiver
) -> None:
    unheard = touch(client)  # before anybody listens: never attempted, so nothing failed
    listen(client, receiver)
    heard = touch(client)
    receiver.wait_for(1)
    receiver.statuses = list(NEVER)
    failed = touch(client)
    receiver.wait_for(2)

    def found(*, success: bool) -> list[str]:
        return [event.id for event in client.v1.events.list({"delivery_success": success}).data]

    receiver.wait(lambda: found(success=True) == [heard, unheard])
    assert found(success=False) == [failed]
    receiver.statuses = []
    simulator.control.advance(6)
    assert found(success=False) == []
    assert found(success=True) == [failed, heard, unheard]


def test_twenty_types_and_no_more(client: stripe.StripeClient, http: Http) -> None:
    touch(client)
    names = ["customer.created", *(f"charge.{number}" for number in range(19))]
    assert len(client.v1.events.list({"types": names}).data) == 1
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.events.list({"types": [*names, "charge.more"]})
    assert caught.value.param == "types"
    both = http("GET", "/v1/events?type=customer.created&types[]=customer.created")
    assert both.status_code == 400


def test_thirty_days_and_no_more(client: stripe.StripeClient, simulator: Server) -> None:
    event = touch(client)
    (twin,) = client.v2.core.events.list().data
    simulator.control.advance(30 * DAY - 60)
    assert client.v1.events.retrieve(event).id == event
    assert client.v2.core.events.retrieve(twin.id).id == twin.id
    assert len(client.v1.events.list().data) == 1
    simulator.control.advance(120)
    assert client.v1.events.list().data == []
    with pytest.raises(stripe.InvalidRequestError, match=f"No such event: '{event}'"):
        client.v1.events.retrieve(event)
    with pytest.raises(stripe.InvalidRequestError, match=f"No such event: '{twin.id}'"):
        client.v2.core.events.retrieve(twin.id)
    touch(client)
    gone = requests.post(f"{simulator.base_url}/_control/deliveries/{event}/resend", json={}, timeout=5)
    assert gone.status_code == 404


def test_sending_by_hand_does_not_stop_the_retries(
    client: stripe.StripeClient, simulator: Server, receiver: Receiver
) -> None:
    listen(client, receiver)
    receiver.statuses = [500]
    event = touch(client)
    receiver.wait_for(1)
    again = simulator.control.post(f"deliveries/{event}/resend")["attempts"]
    assert [(attempt["status"], attempt["manual"]) for attempt in again] == [(200, True)]
    simulator.control.advance(6)
    assert [found["id"] for found in receiver.events] == [event] * 3
    assert [(found["attempt"], found["manual"]) for found in attempts(simulator)] == [(1, False), (1, True), (2, False)]
