"""Stripe's rate limits, once they are switched on; and faults of every kind on any path of the API."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import requests
import stripe
from tests.simulator.conftest import pay_by_card, session_params

from stripe_simulator.errors import StripeError
from stripe_simulator.limits import STRIPE, Meter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.simulator.browser import Page
    from tests.simulator.conftest import Http

    from stripe_simulator.server import Server

CUSTOMERS = "/v1/customers"
PATIENCE = 10.0  # wall seconds


def second() -> None:
    """Wait for a fresh second, so that a burst falls into one."""
    time.sleep(1.005 - time.monotonic() % 1)


def taken(meter: Meter, mode: str, operations: Iterator[str]) -> tuple[int, str]:
    """How many requests pass, and why the next does not."""
    for number, operation in enumerate(operations):
        try:
            meter.count(STRIPE, mode, operation)
        except StripeError as error:
            return number, error.headers["Stripe-Rate-Limited-Reason"]
    raise AssertionError("There was no limit.")


def same() -> Iterator[str]:
    while True:
        yield "GetCustomers"


def different() -> Iterator[str]:
    return (f"operation {number}" for number in range(1000))


def test_stripes_figures() -> None:
    meter = Meter()
    second()
    assert taken(meter, "test", different()) == (25, "global-rate")
    assert taken(meter, "live", different()) == (100, "global-rate")  # the other mode has its own
    meter = Meter()
    second()
    assert taken(meter, "live", same()) == (25, "endpoint-rate")
    second()
    assert taken(meter, "live", same()) == (25, "endpoint-rate")


def test_search_files_and_updates_of_one_payment_have_limits_of_their_own() -> None:
    meter, paths = Meter(), [("GET", "/v1/charges/search"), ("GET", "/v1/files/file_1")]
    for method, path in paths:
        second()
        for number in range(20):
            meter.count(STRIPE, "test", f"{path} {number}", method=method, path=path)
        with pytest.raises(StripeError) as refused:
            meter.count(STRIPE, "test", path, method=method, path=path)
        assert refused.value.headers["Stripe-Rate-Limited-Reason"] == "endpoint-rate"
    hourly = replace(STRIPE, per_second=None, per_endpoint=None)
    for _ in range(1000):
        meter.count(hourly, "test", "update", method="POST", path="/v1/payment_intents/pi_1/confirm")
    meter.count(hourly, "test", "update", method="POST", path="/v1/payment_intents/pi_2")
    with pytest.raises(StripeError) as refused:
        meter.count(hourly, "test", "update", method="POST", path="/v1/payment_intents/pi_1")
    assert refused.value.headers["Stripe-Rate-Limited-Reason"] == "resource-specific"


def test_a_fault_of_429_says_why_like_a_real_one(http: Http, simulator: Server) -> None:
    simulator.control.post("faults", do="status:429", path=CUSTOMERS)
    reply = http("GET", CUSTOMERS)
    assert (reply.status_code, reply.headers["Stripe-Rate-Limited-Reason"]) == (429, "global-rate")


@pytest.mark.parametrize(
    "case",
    [
        (409, "invalid_request_error", "lock_timeout", "another API request or Stripe process is currently accessing"),
        (429, "invalid_request_error", "rate_limit", "Request rate limit exceeded"),
        (402, "card_error", "card_declined", "refused on demand"),
        (500, "api_error", None, "An unknown error occurred"),
        (503, "api_error", None, "An unknown error occurred"),
    ],
)
def test_an_injected_status_has_stripes_body(
    http: Http, simulator: Server, case: tuple[int, str, str | None, str]
) -> None:
    status, kind, code, words = case
    simulator.control.post("faults", do=f"status:{status}", path=CUSTOMERS)
    reply = http("POST", CUSTOMERS, {})  # the guard holds the body against the library's own error type
    error = reply.json()["error"]
    assert (reply.status_code, error["type"], error.get("code")) == (status, kind, code)
    assert words in error["message"]
    assert reply.headers["Request-Id"] in error["request_log_url"]
    assert ("Stripe-Rate-Limited-Reason" in reply.headers) is (status == 429)
    assert http("GET", CUSTOMERS).json()["data"] == []


@pytest.mark.parametrize(
    "case",
    [
        ("narrow_per_second", "GET", "/v1/charges/search?query=amount:1", "endpoint-rate"),
        ("narrow_per_second", "GET", "/v1/files", "endpoint-rate"),
        ("updates_per_hour", "POST", "/v1/payment_intents/{}", "resource-specific"),
    ],
)
def test_each_narrow_limit_can_be_set_by_itself(
    client: stripe.StripeClient, http: Http, simulator: Server, case: tuple[str, str, str, str]
) -> None:
    figure, method, path, reason = case
    path = path.format(client.v1.payment_intents.create({"amount": 100, "currency": "eur"}).id)
    second()
    assert simulator.control.post("rate-limit", **{figure: 1})[figure] == 1
    assert http(method, path).status_code == 200
    reply = http(method, path)
    assert (reply.status_code, reply.headers["Stripe-Rate-Limited-Reason"]) == (429, reason)
    assert http("GET", CUSTOMERS).status_code == 200
    assert http("GET", CUSTOMERS).status_code == 200  # nothing else is limited


def until_refused(http: Http, path: str) -> requests.Response:
    until = time.monotonic() + PATIENCE
    while (reply := http("GET", path)).status_code != 429:
        assert time.monotonic() < until
    return reply


def test_an_account_asks_too_often(http: Http, simulator: Server) -> None:
    simulator.control.post("rate-limit", per_second=2)
    reply = until_refused(http, CUSTOMERS)
    assert reply.headers["Stripe-Rate-Limited-Reason"] == "global-rate"
    assert reply.json()["error"]["code"] == "rate_limit"
    assert reply.json()["error"]["type"] == "invalid_request_error"


def test_one_endpoint_is_one_for_all_ids(client: stripe.StripeClient, http: Http, simulator: Server) -> None:
    ids = [client.v1.customers.create({}).id for _ in range(3)]
    second()
    simulator.control.post("rate-limit", per_endpoint=2)
    replies = [http("GET", f"{CUSTOMERS}/{identifier}") for identifier in ids]
    assert [reply.status_code for reply in replies] == [200, 200, 429]
    assert replies[2].headers["Stripe-Rate-Limited-Reason"] == "endpoint-rate"
    assert http("GET", CUSTOMERS).status_code == 200  # another endpoint


def test_a_refused_request_was_not_executed(client: stripe.StripeClient, http: Http, simulator: Server) -> None:
    second()
    simulator.control.post("rate-limit", per_endpoint=1)
    key = {"Idempotency-Key": "k"}
    assert http("POST", CUSTOMERS, {}).status_code == 200
    assert http("POST", CUSTOMERS, {}, headers=key).status_code == 429
    simulator.control.post("rate-limit")
    assert "Idempotent-Replayed" not in http("POST", CUSTOMERS, {}, headers=key).headers  # nothing was kept
    assert len(client.v1.customers.list().data) == 2


def test_switched_on_and_off(simulator: Server) -> None:
    on = simulator.control.post("rate-limit", stripe=True)
    figures = {"per_second": 25, "per_endpoint": 25, "live_per_second": 100}
    assert on == {**figures, "narrow_per_second": 20, "updates_per_hour": 1000}
    assert simulator.control.get("rate-limit") == on
    assert set(simulator.control.post("rate-limit").values()) == {None}
    for body in ({"stripe": 2}, {"stripe": True, "per_second": 3}, {"per_second": 0}, {"nope": 1}):
        assert requests.post(f"{simulator.base_url}/_control/rate-limit", json=body, timeout=5).status_code == 400
    simulator.control.post("rate-limit", stripe=True)
    simulator.control.post("reset")
    assert set(simulator.control.post("rate-limit", stripe=False).values()) == {None}


def raw(simulator: Server, method: str, path: str) -> requests.Response:
    auth = (simulator.secret_key, "")
    return requests.request(method, simulator.base_url + path, auth=auth, timeout=10)


@pytest.mark.parametrize(
    ("do", "executed"), [("status:500", 0), ("drop_before", 0), ("drop_after", 1), ("delay:200", 1), ("garbage", 1)]
)
def test_each_fault_does_what_it_says(client: stripe.StripeClient, simulator: Server, do: str, executed: int) -> None:
    simulator.control.post("faults", method="POST", path=CUSTOMERS, do=do)
    started = time.monotonic()
    if do.startswith("drop"):
        with pytest.raises(requests.ConnectionError):
            raw(simulator, "POST", CUSTOMERS)
    else:
        reply = raw(simulator, "POST", CUSTOMERS)
        assert reply.status_code == (500 if do == "status:500" else 200)
        if do == "garbage":
            with pytest.raises(requests.JSONDecodeError):
                reply.json()
        else:
            assert reply.json()
        if do.startswith("delay:"):
            assert time.monotonic() - started >= 0.2
    assert len(client.v1.customers.list().data) == executed
    assert len(client.v1.events.list().data) == executed
    (entry,) = [found for found in simulator.control.get("requests")["requests"] if found["fault"]]
    assert (entry["method"], entry["path"], entry["fault"]) == ("POST", CUSTOMERS, do)


def test_a_failure_that_is_stored_is_replayed_under_its_key_for_ever(
    client: stripe.StripeClient, simulator: Server
) -> None:
    simulator.control.post("faults", method="POST", path=CUSTOMERS, do="stored:500")
    for replayed in (None, "true", "true"):
        with pytest.raises(stripe.APIError) as caught:
            client.v1.customers.create({}, {"idempotency_key": "once"})
        assert caught.value.http_status == 500
        assert (caught.value.headers or {}).get("Idempotent-Replayed") == replayed
    assert client.v1.customers.list().data == []
    client.v1.customers.create({}, {"idempotency_key": "another"})
    assert len(client.v1.customers.list().data) == 1


@pytest.mark.parametrize(
    "path",
    ["/v1/customers", "/v1/customers/cus_1", "/v1/refunds", "/v1/checkout/sessions", "/v2/core/events", "/v1/nowhere"],
)
def test_faults_strike_any_path(simulator: Server, path: str) -> None:
    simulator.control.post("faults", path=path, do="status:503")
    assert raw(simulator, "GET", path).status_code == 503
    assert raw(simulator, "GET", path).status_code != 503


def test_faults_strike_pages_and_files(
    client: stripe.StripeClient, simulator: Server, visiting: Callable[[str | None], Page]
) -> None:
    """The customer presses *pay*: the page never comes, and the payment was made all the same."""
    session = client.v1.checkout.sessions.create(session_params())
    page = visiting(session.url)
    simulator.control.post("faults", method="POST", path="/c/pay/*", do="drop_after")
    with pytest.raises(requests.ConnectionError):
        pay_by_card(page, "4242424242424242")
    assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"

    simulator.control.post("faults", path="/c/*", do="status:503")
    simulator.control.post("faults", path="/c/*", nth=2, do="drop_before")
    simulator.control.post("faults", path="/c/*", nth=3, do="garbage")
    simulator.control.post("faults", path="/c/*", nth=4, do="stored_after:502")
    simulator.control.post("faults", path="/c/*", nth=5, do="delay:200")
    address = f"{simulator.base_url}/c/pay/{session.id}"
    assert requests.get(address, timeout=5).status_code == 503
    with pytest.raises(requests.ConnectionError):
        requests.get(address, timeout=5)
    assert "</html>" not in requests.get(address, timeout=5).text
    assert requests.get(address, timeout=5).status_code == 502
    started = time.monotonic()
    assert "</html>" in requests.get(address, timeout=5).text
    assert time.monotonic() - started >= 0.2

    simulator.control.post("faults", path="/v1/files/*/contents", do="status:500")
    assert raw(simulator, "GET", "/v1/files/file_1/contents").status_code == 500
    simulator.control.post("faults", path="*", do="status:500")
    simulator.control.delete("faults")  # the way back is never struck
    assert raw(simulator, "GET", "/v1/files/file_1/contents").status_code in {401, 404}


def test_a_refusal_takes_its_time_too(simulator: Server) -> None:
    simulator.control.post("faults", path="/v1/nowhere", do="delay:200")
    started = time.monotonic()
    assert raw(simulator, "GET", "/v1/nowhere").status_code == 404
    assert time.monotonic() - started >= 0.2


@pytest.mark.parametrize(("nth", "times"), [(1, 1), (2, 1), (3, 2), (1, 6)])
def test_the_nth_call_and_so_many_after_it(http: Http, simulator: Server, nth: int, times: int) -> None:
    simulator.control.post("faults", method="GET", path="/v1/cust*", nth=nth, times=times, do="status:502")
    replies = []
    for _ in range(6):
        replies.append(http("GET", CUSTOMERS).status_code)
        assert http("GET", "/v1/refunds").status_code == 200  # neither struck nor counted
        assert http("POST", CUSTOMERS, {}).status_code == 200
    assert replies == [502 if nth <= number < nth + times else 200 for number in range(1, 7)]


def test_two_rules_count_for_themselves(http: Http, simulator: Server) -> None:
    simulator.control.post("faults", path=CUSTOMERS, nth=2, do="status:500")
    simulator.control.post("faults", path="/v1/*", nth=3, do="status:429")
    assert [http("GET", CUSTOMERS).status_code for _ in range(4)] == [200, 500, 429, 200]


def test_the_library_tries_again_after_a_fault(connect: Any, simulator: Server) -> None:
    """A 500 before the deed and a connection lost after it: the same key, one customer."""
    client = connect(simulator.secret_key)
    simulator.control.post("faults", method="POST", path=CUSTOMERS, nth=1, do="status:500")
    simulator.control.post("faults", method="POST", path=CUSTOMERS, nth=2, do="drop_after")
    made = client.v1.customers.create({}, {"max_network_retries": 2})
    assert [found.id for found in client.v1.customers.list().data] == [made.id]
    posts = [found for found in simulator.control.get("requests")["requests"] if found["method"] == "POST"]
    assert [found["fault"] for found in posts] == ["status:500", "drop_after", None]
    assert len({found["idempotency_key"] for found in posts}) == 1
