"""The control API, faults, limits, the log; and who may not use them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
import requests
import stripe

from stripe_simulator.server import Server
from stripe_simulator.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.simulator.browser import Page
    from tests.simulator.conftest import Http

CUSTOMERS = "/v1/customers"


def test_the_clock(simulator: Server) -> None:
    control = simulator.control
    clock = control.get("clock")
    assert abs(clock["now"] - time.time()) < 2
    assert clock["frozen"] is False
    frozen = control.post("clock", frozen=True)
    time.sleep(0.02)
    assert control.now() == frozen["now"]
    assert control.advance(3600)["now"] == pytest.approx(frozen["now"] + 3600)
    assert control.post("clock", set=2_000_000_000)["now"] == 2_000_000_000
    released = control.post("clock", frozen=False)
    assert released["frozen"] is False
    assert released["offset"] == pytest.approx(2_000_000_000 - time.time(), abs=2)
    time.sleep(0.02)
    assert control.now() > 2_000_000_000


@pytest.mark.parametrize(
    "body",
    [{"advance": -1}, {"advance": "x"}, {"advance": True}, {"set": 1, "advance": 1}, {"frozen": 1}, {"nope": 1}],
)
def test_bad_clock_calls(simulator: Server, body: dict[str, Any]) -> None:
    reply = requests.post(f"{simulator.base_url}/_control/clock", json=body, timeout=5)
    assert reply.status_code == 400
    assert reply.json()["error"]


def test_faults_by_path_and_turn(http: Http, simulator: Server) -> None:
    simulator.control.post("faults", method="GET", path="/v1/cust*", nth=2, times=2, do="status:503")
    assert [http("GET", CUSTOMERS).status_code for _ in range(4)] == [200, 503, 503, 200]
    simulator.control.post("faults", do="status:429", times=100)
    reply = http("POST", CUSTOMERS, {})
    assert (reply.status_code, reply.json()["error"]["code"]) == (429, "rate_limit")
    assert simulator.control.delete("faults") == {"faults": []}
    assert http("GET", CUSTOMERS).json()["data"] == []


def test_garbage_and_delay(simulator: Server, client: stripe.StripeClient) -> None:
    simulator.control.post("faults", method="POST", path=CUSTOMERS, do="garbage")
    auth = (simulator.secret_key, "")
    reply = requests.post(simulator.base_url + CUSTOMERS, auth=auth, timeout=5)
    assert reply.status_code == 200
    with pytest.raises(requests.JSONDecodeError):
        reply.json()
    assert len(client.v1.customers.list().data) == 1
    simulator.control.post("faults", path=CUSTOMERS, do="delay:150")
    started = time.monotonic()
    client.v1.customers.list()
    assert time.monotonic() - started > 0.15


def test_latency(simulator: Server, client: stripe.StripeClient) -> None:
    simulator.control.post("latency", ms=100)
    started = time.monotonic()
    client.v1.customers.list()
    assert time.monotonic() - started > 0.1


def test_rate_limits(http: Http, simulator: Server) -> None:
    simulator.control.post("rate-limit", per_second=100, per_endpoint=3)
    replies = [http("GET", CUSTOMERS) for _ in range(12)]
    refused = [reply for reply in replies if reply.status_code == 429]
    assert refused
    assert refused[0].headers["Stripe-Rate-Limited-Reason"] == "endpoint-rate"
    simulator.control.post("rate-limit")
    assert http("GET", CUSTOMERS).status_code == 200


def test_the_log_counts_requests(http: Http, simulator: Server) -> None:
    before = simulator.control.get("requests")["last"]
    http("GET", CUSTOMERS + "?limit=3")
    http("POST", CUSTOMERS, {}, headers={"Idempotency-Key": "k"})
    log = simulator.control.get(f"requests?after={before}")
    assert [(entry["method"], entry["path"], entry["status"]) for entry in log["requests"]] == [
        ("GET", CUSTOMERS, 200),
        ("POST", CUSTOMERS, 200),
    ]
    assert log["requests"][0]["query"] == "limit=3"
    assert log["requests"][1]["idempotency_key"] == "k"
    assert log["last"] == before + 2


def test_what_cannot_be_moved(simulator: Server, client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create({})

    def status(identifier: str, **body: Any) -> int:
        url = f"{simulator.base_url}/_control/objects/{identifier}"
        return requests.post(url, json=body, timeout=5).status_code

    assert status("pi_nobody", do="settle") == 404
    assert status(customer.id, do="settle") == 409
    assert status(customer.id, do="expire") == 409
    assert status(customer.id, do="dance") == 400
    assert requests.post(f"{simulator.base_url}/_control/payouts/run", json={"mode": "x"}, timeout=5).status_code == 400


@pytest.mark.parametrize(
    ("headers", "data", "status"),
    [
        ({"Content-Type": "application/x-www-form-urlencoded"}, "advance=1", 415),
        ({"Content-Type": "text/plain"}, '{"advance": 1}', 415),
        ({"Content-Type": "application/json"}, "{", 400),
        ({"Content-Type": "application/json"}, "[]", 400),
        ({"Content-Type": "application/json", "Origin": "https://evil.example"}, "{}", 403),
        ({"Content-Type": "application/json", "Origin": "null"}, "{}", 403),
        ({"Content-Type": "application/json", "Host": "evil.example"}, "{}", 403),
    ],
)
def test_a_foreign_page_cannot_drive_it(simulator: Server, headers: dict[str, str], data: str, status: int) -> None:
    reply = requests.post(f"{simulator.base_url}/_control/clock", data=data, headers=headers, timeout=5)
    assert reply.status_code == status


def test_a_token_is_asked_for_once_it_is_set() -> None:
    with Server(Settings(control_token="open-sesame")) as server:
        assert requests.get(f"{server.base_url}/_control/clock", timeout=5).status_code == 401
        assert server.control.now() > 0


def test_pages_may_live_under_another_name(web: requests.Session) -> None:
    settings = Settings(public_url="https://pay.example/")
    with Server(settings) as server:
        form = {
            "mode": "payment",
            "success_url": "https://shop.example/",
            "line_items[0][quantity]": "1",
            "line_items[0][price_data][currency]": "eur",
            "line_items[0][price_data][unit_amount]": "100",
            "line_items[0][price_data][product_data][name]": "A",
        }
        auth = (server.secret_key, "")
        made = web.post(f"{server.base_url}/v1/checkout/sessions", data=form, auth=auth, timeout=5).json()
        assert made["url"] == f"https://pay.example/c/pay/{made['id']}"


def test_the_dashboard_shows_what_happened(
    simulator: Server, client: stripe.StripeClient, visiting: Callable[[str | None], Page], web: requests.Session
) -> None:
    assert "Rien encore" in visiting(simulator.base_url + "/").html
    customer = client.v1.customers.create({"name": "<b>"})
    page = visiting(simulator.base_url + "/")
    assert customer.id in page.text("object")
    assert "customer.created" in page.text("event")
    assert simulator.secret_key not in page.html
    web.headers["Host"] = "evil.example"
    assert visiting(simulator.base_url + "/").status == 403


def test_reset_keeps_the_accounts_keys(simulator: Server, client: stripe.StripeClient) -> None:
    client.v1.customers.create({})
    simulator.control.advance(1000)
    simulator.control.post("reset")
    assert client.v1.customers.list().data == []
    assert abs(simulator.control.now() - time.time()) < 2
