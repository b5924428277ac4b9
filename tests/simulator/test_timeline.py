"""Two weeks in one call: hundreds of jobs, each at its own moment, in order."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from tests.simulator.conftest import session_params

if TYPE_CHECKING:
    import stripe
    from tests.simulator.conftest import Http
    from tests.simulator.receiver import Receiver

    from stripe_simulator.server import Server

DAY = 86400
SESSIONS = 120
STEP = 11 * 60  # seconds between the ends of two sessions


def sessions(client: stripe.StripeClient, simulator: Server) -> dict[str, int]:
    """Open sessions in an order that is not that of their ends; their end by id."""
    start = int(simulator.control.now()) + 1900
    ends = [start + STEP * (number * 37 % SESSIONS) for number in range(SESSIONS)]
    made = [client.v1.checkout.sessions.create(session_params(expires_at=end)) for end in ends]
    return {session.id: end for session, end in zip(made, ends, strict=True)}


def test_two_weeks_pass_in_order(client: stripe.StripeClient, simulator: Server, receiver: Receiver) -> None:
    simulator.control.post("clock", frozen=True)
    simulator.control.post("deliveries", schedule="stripe")
    params: Any = {"url": receiver.url, "enabled_events": ["checkout.session.expired"]}
    client.v1.webhook_endpoints.create(params)
    ends = sessions(client, simulator)
    start = simulator.control.now()
    receiver.statuses = [500] * 10_000  # every event is tried four times: 120 ends and 480 deliveries
    simulator.control.advance(14 * DAY)

    assert simulator.control.now() == start + 14 * DAY
    attempts = simulator.control.get("deliveries")["attempts"]
    assert len(attempts) == len(receiver.events) == 4 * SESSIONS
    times = [attempt["time"] for attempt in attempts]
    assert times == sorted(times)
    expired = [event for event in receiver.events if event["type"] == "checkout.session.expired"]
    first = list({event["id"]: event for event in expired}.values())
    assert [event["data"]["object"]["id"] for event in first] == sorted(ends, key=lambda name: ends[name])
    assert [event["created"] for event in first] == sorted(ends.values())
    by_event = {event["id"]: event["created"] for event in first}
    for identifier, moment in by_event.items():
        mine = [attempt["time"] for attempt in attempts if attempt["event"] == identifier]
        assert [round(later - sooner) for sooner, later in pairwise(mine)] == [600, 3600, 10800]
        assert round(mine[0]) == moment
    assert Counter(attempt["status"] for attempt in attempts) == {500: 4 * SESSIONS}


def test_an_idempotency_key_lives_a_day_of_the_clock(http: Http, simulator: Server) -> None:
    simulator.control.post("clock", frozen=True)
    key = {"Idempotency-Key": "order-7"}
    first = http("POST", "/v1/customers", {"email": "a@example.com"}, headers=key)
    simulator.control.advance(DAY - 1)
    again = http("POST", "/v1/customers", {"email": "a@example.com"}, headers=key)
    assert (again.json(), again.headers["Idempotent-Replayed"]) == (first.json(), "true")
    assert http("POST", "/v1/customers", {"email": "b@example.com"}, headers=key).status_code == 400
    simulator.control.advance(2)
    later = http("POST", "/v1/customers", {"email": "b@example.com"}, headers=key)
    assert later.status_code == 200
    assert later.json()["id"] != first.json()["id"]
