"""The same key is the same deed."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest
import stripe
from tests.simulator.conftest import Http, pay_by_card, session_params

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.simulator.browser import Page

    from stripe_simulator.server import Server

KEY = {"Idempotency-Key": "order-1"}
PATH = "/v1/customers"


def test_a_result_is_given_again(http: Http) -> None:
    first = http("POST", PATH, {"email": "a@example.com"}, headers=KEY)
    second = http("POST", PATH, {"email": "a@example.com"}, headers=KEY)

    assert first.json() == second.json()
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert second.headers["Original-Request"] == first.headers["Request-Id"]
    assert second.headers["Request-Id"] != first.headers["Request-Id"]
    assert len(http("GET", PATH).json()["data"]) == 1
    assert len(http("GET", "/v1/events").json()["data"]) == 1


def test_other_parameters_are_refused(http: Http) -> None:
    http("POST", PATH, {"email": "a@example.com"}, headers=KEY)
    other = http("POST", PATH, {"email": "b@example.com"}, headers=KEY)
    assert other.status_code == 400
    assert other.json()["error"]["type"] == "idempotency_error"
    assert "'order-1'" in other.json()["error"]["message"]


def test_another_mode_is_another_store(http: Http, simulator: Server) -> None:
    http("POST", PATH, {"email": "a@example.com"}, headers=KEY)
    live = http("POST", PATH, {"email": "b@example.com"}, headers=KEY, key=simulator.settings.live_secret_key)
    assert live.status_code == 200


def test_a_validation_error_is_not_kept(http: Http) -> None:
    assert http("POST", PATH, {"nope": "1"}, headers=KEY).status_code == 400
    assert http("POST", PATH, {"email": "a@example.com"}, headers=KEY).status_code == 200


def test_a_decline_is_kept(client: stripe.StripeClient) -> None:
    params: stripe.params.PaymentIntentCreateParams = {
        "amount": 1000,
        "currency": "eur",
        "confirm": True,
        "payment_method": "pm_card_visa_chargeDeclined",
        "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
    }
    for _ in range(2):
        with pytest.raises(stripe.CardError) as caught:
            client.v1.payment_intents.create(params, {"idempotency_key": "k"})
    assert caught.value.headers is not None
    assert caught.value.headers["Idempotent-Replayed"] == "true"
    assert len(client.v1.payment_intents.list().data) == 1


def test_an_answer_lost_on_the_way(
    client: stripe.StripeClient, simulator: Server, visiting: Callable[[str | None], Page]
) -> None:
    """Executed, then the connection broke: the same key finds the same session."""
    simulator.control.post("faults", method="POST", path="/v1/checkout/sessions", do="drop_after")
    with pytest.raises(stripe.APIConnectionError):
        client.v1.checkout.sessions.create(session_params(), {"idempotency_key": "lost", "max_network_retries": 0})
    session = client.v1.checkout.sessions.create(session_params(), {"idempotency_key": "lost"})

    assert [found.id for found in client.v1.checkout.sessions.list().data] == [session.id]
    assert pay_by_card(visiting(session.url), "4242424242424242").url.startswith("https://shop.example/done")


def test_a_request_lost_on_the_way(client: stripe.StripeClient, simulator: Server) -> None:
    simulator.control.post("faults", method="POST", path="/v1/checkout/sessions", do="drop_before")
    with pytest.raises(stripe.APIConnectionError):
        client.v1.checkout.sessions.create(session_params(), {"idempotency_key": "lost", "max_network_retries": 0})
    assert client.v1.checkout.sessions.list().data == []


@pytest.mark.parametrize(("fault", "deeds"), [("status:500", 1), ("stored:500", 0), ("stored_after:500", 1)])
def test_a_failure_is_kept_once_the_deed_has_begun(http: Http, simulator: Server, fault: str, deeds: int) -> None:
    """A 500 before anything began is forgotten; one after it comes again for as long as the key lives."""
    simulator.control.post("faults", method="POST", path=PATH, do=fault)
    assert http("POST", PATH, {"email": "a@example.com"}, headers=KEY).status_code == 500
    again = http("POST", PATH, {"email": "a@example.com"}, headers=KEY)
    kept = fault != "status:500"
    assert (again.status_code, again.headers.get("Idempotent-Replayed")) == ((500, "true") if kept else (200, None))
    assert len(http("GET", PATH).json()["data"]) == deeds
    simulator.control.advance(25 * 3600)
    assert http("POST", PATH, {"email": "a@example.com"}, headers=KEY).status_code == 200


@pytest.mark.parametrize("fault", ["stored:500", "stored_after:500"])
def test_a_refusal_comes_before_a_failure_that_is_kept(http: Http, simulator: Server, fault: str) -> None:
    simulator.control.post("faults", method="POST", path=PATH, do=fault)
    assert http("POST", PATH, {"nope": "1"}, headers=KEY).status_code == 400
    assert http("POST", PATH, {"email": "a@example.com"}, headers=KEY).status_code == 200


def test_in_flight_is_a_conflict(http: Http, simulator: Server) -> None:
    simulator.control.post("faults", method="POST", path=PATH, do="delay:2000")
    slow = threading.Thread(target=http, args=("POST", PATH, {"email": "a@example.com"}), kwargs={"headers": KEY})
    slow.start()
    executed = simulator.world.mode("test").in_flight
    while not executed:  # the journal knows a request before its body, and with it its key, is read
        time.sleep(0.01)
    conflict = http("POST", PATH, {"email": "a@example.com"}, headers=KEY)
    slow.join()

    assert conflict.status_code == 409
    assert conflict.json()["error"]["code"] == "idempotency_key_in_use"
    assert http("POST", PATH, {"email": "a@example.com"}, headers=KEY).headers["Idempotent-Replayed"] == "true"


def test_a_day_later_the_key_is_free(http: Http, simulator: Server) -> None:
    first = http("POST", PATH, {"email": "a@example.com"}, headers=KEY).json()["id"]
    simulator.control.advance(23 * 3600)
    assert http("POST", PATH, {"email": "a@example.com"}, headers=KEY).json()["id"] == first
    simulator.control.advance(2 * 3600)
    assert http("POST", PATH, {"email": "a@example.com"}, headers=KEY).json()["id"] != first


def test_a_key_too_long(http: Http) -> None:
    reply = http("POST", PATH, {}, headers={"Idempotency-Key": "k" * 256})
    assert (reply.status_code, reply.json()["error"]["type"]) == (400, "idempotency_error")
