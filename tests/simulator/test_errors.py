"""Refusals in Stripe's words, for any input."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest
import requests
import stripe
from hypothesis import HealthCheck, given, settings, strategies as st

if TYPE_CHECKING:
    from tests.simulator.conftest import Http

    from stripe_simulator.server import Server


def error(reply: requests.Response, status: int) -> dict[str, Any]:
    assert reply.status_code == status, reply.text
    assert reply.headers["Request-Id"].startswith("req_")
    found: dict[str, Any] = reply.json()["error"]
    return found


BAD = [  # path, body, code, param, part of the message
    ("customers", "nope=1", "parameter_unknown", "nope", "Received unknown parameter: nope"),
    ("customers", "invoice_settings[nope]=1", "parameter_unknown", "invoice_settings[nope]", "invoice_settings[nope]"),
    ("customers", "balance=abc", "parameter_invalid_integer", "balance", "Invalid integer: abc"),
    ("customers", "email=abc", "email_invalid", "email", "Invalid email address: abc"),
    ("customers", "tax_exempt=maybe", None, "tax_exempt", "must be one of exempt, none, or reverse"),
    ("customers", "address=street", None, "address", "Invalid object"),
    ("customers", "preferred_locales=fr", None, "preferred_locales", "Invalid array"),
    ("payment_intents", "currency=eur", "parameter_missing", "amount", "Missing required param: amount."),
    ("payment_intents", "amount=100&currency=eur&confirm=yes", None, "confirm", "Invalid boolean: yes"),
    ("payment_intents", "amount=0&currency=eur", "parameter_invalid_integer", "amount", "greater than or equal to 1"),
    ("payment_intents", "amount=1&currency=eur", "amount_too_small", "amount", "at least €0.50"),
    (
        "payment_intents",
        "amount=100&currency=eur&payment_method_types[]=card",
        "payment_method_types_no_longer_supported",
        "payment_method_types",
        "allowed_payment_method_types",
    ),
    ("webhook_endpoints", "url=https://a.example", "parameter_missing", "enabled_events", "Missing required param"),
    ("webhook_endpoints", "url=nope&enabled_events[]=*", "url_invalid", "url", "Invalid URL"),
]


@pytest.mark.parametrize("case", BAD, ids=lambda case: case[1])
def test_bad_parameters(http: Http, case: tuple[str, str, str | None, str, str]) -> None:
    path, body, code, param, message = case
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    found = error(http("POST", f"/v1/{path}", body, headers=headers), 400)
    assert found["type"] == "invalid_request_error"
    assert (found.get("code"), found["param"]) == (code, param)
    assert message in found["message"]
    assert "request_log_url" in found


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/nope"),
        ("GET", "/v1"),
        ("PUT", "/v1/customers"),
        ("DELETE", "/v1/customers"),
        ("GET", "/v1/customers/"),
    ],
)
def test_unknown_addresses(http: Http, method: str, path: str) -> None:
    found = error(http(method, path), 404)
    assert found["message"].startswith(f"Unrecognized request URL ({method}: {path})")


def test_an_operation_that_is_not_built_says_its_name(http: Http) -> None:
    found = error(http("POST", "/v1/subscriptions"), 501)
    assert "SubscriptionService.create" in found["message"]


def test_an_id_that_names_nothing(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="No such customer: 'cus_x'") as caught:
        client.v1.customers.retrieve("cus_x")
    assert (caught.value.http_status, caught.value.code, caught.value.param) == (404, "resource_missing", "id")


def test_a_bad_version(http: Http) -> None:
    found = error(http("GET", "/v1/customers", headers={"Stripe-Version": "2020-02-30"}), 400)
    assert found["message"] == "Invalid Stripe API version: 2020-02-30"
    assert "code" not in found


def test_the_version_is_echoed(http: Http) -> None:
    assert http("GET", "/v1/customers").headers["Stripe-Version"] == "2026-10-28.endive"


def test_json_is_not_what_stripe_reads(http: Http) -> None:
    found = error(http("POST", "/v1/customers", "{}", headers={"Content-Type": "application/json"}), 400)
    assert "application/x-www-form-urlencoded" in found["message"]


def test_the_key_may_come_as_a_user_name(http: Http, simulator: Server) -> None:
    basic = base64.b64encode(f"{simulator.secret_key}:".encode()).decode()
    assert http("GET", "/v1/account", key="", headers={"Authorization": f"Basic {basic}"}).status_code == 200
    assert http("GET", "/v1/account", key="", headers={"Authorization": "Basic ???"}).status_code == 401


@given(
    path=st.sampled_from(["customers", "checkout/sessions", "payment_intents", "refunds", "webhook_endpoints"]),
    body=st.binary(max_size=60) | st.text(alphabet="ab[]0=&%\x00é", max_size=40).map(str.encode),
)
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_get_an_answer_of_stripes_form(http: Http, path: str, body: bytes) -> None:
    reply = http("POST", f"/v1/{path}", body, headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert reply.status_code in {200, 400, 501}


@given(query=st.text(alphabet="abclimt[]0=&%expandgtr", max_size=40))
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_query_gets_an_answer_of_stripes_form(http: Http, query: str) -> None:
    assert http("GET", f"/v1/charges?{query}").status_code in {200, 400}


WORDS = ["name", "type", "event_payload", "enabled_events", "webhook_endpoint", "include", "metadata", "url", "nope"]
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["thin", "snapshot", "*", "", "é"])
THINGS = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=5),
    max_leaves=12,
)


@given(body=st.binary(max_size=40) | THINGS.map(lambda thing: json.dumps(thing).encode()))
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_json_gets_an_answer_of_stripes_form(http: Http, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    assert http("POST", "/v2/core/event_destinations", body, headers=headers).status_code in {200, 400, 501}


@pytest.mark.parametrize(
    "query",
    ["page=x", "page[a]=1", "limit=0", "created[gte]=x", "types=x", "page="],
)
def test_bad_queries_of_v2(http: Http, query: str) -> None:
    error(http("GET", f"/v2/core/events?{query}"), 400)


@pytest.mark.parametrize(
    "path", ["payments", "apikeys", "webhooks/create", "settings/payment_methods", "payments/x/refund"]
)
@given(body=st.binary(max_size=40) | st.text(alphabet="amount=1e9&url[]%\x00,é", max_size=40).map(str.encode))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_form_gets_a_page_of_the_dashboard(simulator: Server, path: str, body: bytes) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    reply = requests.post(f"{simulator.base_url}/test/{path}", body, headers=headers, timeout=10, allow_redirects=False)
    assert reply.status_code in {200, 303, 400, 404}


@pytest.mark.parametrize("typed", ["1e999999", "NaN", "Infinity", "9" * 400, "-1", "1.0.0", "١٢", ""])
def test_what_is_no_amount(simulator: Server, typed: str) -> None:
    url = f"{simulator.base_url}/test/payments"
    assert requests.post(url, {"amount": typed, "currency": "eur"}, timeout=10).status_code == 400


@pytest.mark.parametrize("code", ["euro", "e", "12é", "eu "])
def test_what_is_no_currency(http: Http, simulator: Server, code: str) -> None:
    found = error(http("POST", "/v1/payment_intents", {"amount": "100", "currency": code}), 400)
    assert found["param"] == "currency"
    body = {"amount": 100, "currency": code}
    assert requests.post(f"{simulator.base_url}/_control/payments", json=body, timeout=5).status_code == 400
