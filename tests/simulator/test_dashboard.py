"""The dashboard, as a person uses it: without scripts, in French and English."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import pytest
import requests
import stripe
from tests.simulator.browser import visit
from tests.simulator.conftest import kinds, pay_by_card, session_params

from stripe_simulator.dashboard.texts import TEXTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.simulator.browser import Page
    from tests.simulator.conftest import Http
    from tests.simulator.receiver import Receiver

    from stripe_simulator.server import Server

PAGES = ["/", "/test/payments", "/test/apikeys", "/test/webhooks", "/test/webhooks/create", "/test/events"]
PAGES += ["/test/settings/payment_methods", "/payments", "/apikeys", "/webhooks", "/events"]


def submit(page: Page, test: str, **more: str) -> Page:
    """Press a button of a page with several forms: only the fields of its own form are sent."""
    button = next(n for n, element in enumerate(page.elements) if element.test == test)
    opened = max(n for n in range(button) if page.elements[n].tag == "form")
    inside = page.elements[opened : button + 1]
    names = {element.attrs["name"] for element in inside if "name" in element.attrs and element.tag != "button"}
    data = {name: value for name, value in page.values.items() if name in names} | more
    attrs = page.elements[button].attrs
    if "name" in attrs:
        data[attrs["name"]] = attrs["value"]
    return visit(urljoin(page.url, page.elements[opened].attrs.get("action", page.url)), page.session, data)


@pytest.fixture
def paid(
    client: stripe.StripeClient, simulator: Server, visiting: Callable[[str | None], Page]
) -> stripe.PaymentIntent:
    session = client.v1.checkout.sessions.create(session_params(payment_intent_data={"metadata": {"order": "7"}}))
    pay_by_card(visiting(session.url), "4242424242424242")
    simulator.control.advance(3)
    return client.v1.payment_intents.list().data[0]


@pytest.mark.parametrize("path", PAGES)
def test_every_page_in_both_languages(simulator: Server, paid: stripe.PaymentIntent, path: str) -> None:
    simulator.control.post("endpoints", url="https://shop.example/hook")
    for lang in ("fr", "en"):
        reply = requests.get(simulator.base_url + path, headers={"Accept-Language": lang}, timeout=5)
        assert reply.status_code == 200
        assert f'<html lang="{lang}">' in reply.text
        assert "<script" not in reply.text
        assert " style=" not in reply.text
        assert "form-action 'self'" in reply.headers["Content-Security-Policy"]
        other = TEXTS["en" if lang == "fr" else "fr"]
        assert f">{other['payments']}</a>" not in reply.text
        assert f">{TEXTS[lang]['payments']}</a>" in reply.text


def test_both_languages_say_the_same_things() -> None:
    assert set(TEXTS["fr"]) == set(TEXTS["en"])
    for name, text in TEXTS["fr"].items():
        assert text
        assert text.count("{") == TEXTS["en"][name].count("{")
        assert not any(f" {sign}" in text for sign in ":;!?")  # French keeps the sign with its word


def test_the_keys_are_shown(simulator: Server, visiting: Callable[[str | None], Page]) -> None:
    page = visiting(simulator.base_url + "/test/apikeys")
    assert page.find("secret-key").text == simulator.secret_key
    assert page.find("publishable-key").text == simulator.publishable_key
    live = visiting(simulator.base_url + "/apikeys")
    assert live.find("secret-key").text == simulator.settings.live_secret_key


def test_a_restricted_key_by_hand(
    simulator: Server, visiting: Callable[[str | None], Page], connect: Callable[[str], stripe.StripeClient]
) -> None:
    page = visiting(simulator.base_url + "/test/apikeys")
    made = submit(page, "make-key", rak_customer="read", rak_checkout_session="write")
    key = made.find("made-key").text
    assert key.startswith("rk_test_")
    assert connect(key).v1.customers.list().data == []
    with pytest.raises(stripe.PermissionError, match="rak_customer_write"):
        connect(key).v1.customers.create({})
    again = visiting(simulator.base_url + "/test/apikeys")
    assert key not in again.html
    assert "rak_checkout_session_write, rak_customer_read" in again.text("restricted-key")


def test_an_endpoint_by_hand(
    simulator: Server, visiting: Callable[[str | None], Page], client: stripe.StripeClient, receiver: Receiver
) -> None:
    page = visiting(simulator.base_url + "/test/webhooks/create").fill(endpoint_url=receiver.url)
    assert 'value="2019-09-09"' in page.html
    made = submit(page, "endpoint-add", api_version="2019-09-09", description="La boutique")
    secret = made.find("endpoint-secret").text
    client.v1.customers.create({})
    receiver.wait_for(1)
    assert receiver.verify(0, secret)
    assert receiver.events[0]["api_version"] == "2019-09-09"
    again = visiting(made.url)
    assert secret not in again.html  # told once
    assert "customer.created" in again.text("delivery")
    (listed,) = client.v1.webhook_endpoints.list().data
    assert (listed.api_version, listed.description, listed.enabled_events) == ("2019-09-09", "La boutique", ["*"])

    rolled = submit(again, "endpoint-roll", overlap="24").find("endpoint-secret").text
    client.v1.customers.create({})
    receiver.wait_for(2)
    assert receiver.verify(1, rolled)
    assert receiver.verify(1, secret)
    off = submit(visiting(made.url), "endpoint-disable")
    assert off.find("endpoint-status").attrs["data-state"] == "disabled"
    assert submit(off, "endpoint-enable").find("endpoint-status").attrs["data-state"] == "enabled"
    assert submit(visiting(made.url), "endpoint-delete").url.endswith("/test/webhooks")
    assert client.v1.webhook_endpoints.list().data == []


@pytest.mark.parametrize("names", ["charge.refunded\ncustomer.created", "v1.charge.refunded, v1.customer.created"])
def test_a_thin_endpoint_by_hand(
    simulator: Server,
    visiting: Callable[[str | None], Page],
    client: stripe.StripeClient,
    receiver: Receiver,
    names: str,
) -> None:
    page = visiting(simulator.base_url + "/test/webhooks/create").fill(endpoint_url=receiver.url)
    made = submit(page.choose("endpoint-thin").choose("endpoint-some"), "endpoint-add", events=names)
    client.v1.customers.create({})
    receiver.wait_for(1)
    assert receiver.verify(0, made.find("endpoint-secret").text)
    assert receiver.types == ["v1.customer.created"]


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"url": "boutique"}, "https://"),
        ({"which": "some", "events": ""}, "au moins un nom"),
        ({"which": "some", "events": "charge.danced"}, "charge.danced"),
        ({"api_version": "1999"}, "version dans la liste"),
    ],
)
def test_what_an_endpoint_by_hand_cannot_be(
    simulator: Server, visiting: Callable[[str | None], Page], sent: dict[str, str], sentence: str
) -> None:
    page = visiting(simulator.base_url + "/test/webhooks/create").fill(endpoint_url="https://shop.example")
    refused = submit(page, "endpoint-add", **sent)
    assert refused.status == 400
    assert sentence in refused.text("error")
    kept = {"url": "https://shop.example", **sent}["url"]
    assert refused.find("endpoint-url").attrs["value"] == kept  # what was typed is not lost


def test_an_endpoint_whose_form_names_no_style_is_an_ordinary_one(
    simulator: Server, web: requests.Session, client: stripe.StripeClient
) -> None:
    sent = {"url": "https://shop.example/y", "which": "all"}
    answer = web.post(simulator.base_url + "/test/webhooks/create", data=sent, timeout=10)
    assert answer.status_code == 200, answer.text
    assert [each.url for each in client.v1.webhook_endpoints.list().data] == ["https://shop.example/y"]


def test_a_refund_by_hand(
    simulator: Server, visiting: Callable[[str | None], Page], client: stripe.StripeClient, paid: stripe.PaymentIntent
) -> None:
    listed = visiting(simulator.base_url + "/test/payments")
    assert "99,90" in listed.text("payment")
    page = visiting(f"{simulator.base_url}/test/payments/{paid.id}")
    assert "order=7" in page.html
    assert "1,75" in page.html  # the fee
    assert page.find("refund-amount").attrs["value"] == "99,90"
    for wrong in ("douze", "0", "100", "-5", "1,005"):
        refused = submit(page, "refund", amount=wrong)
        assert (refused.status, "error" in refused.tests) == (400, True), wrong
    part = submit(page, "refund", amount="9,90")
    assert part.find("payment-state").attrs["data-state"] == "partially_refunded"
    assert part.find("refund-amount").attrs["value"] == "90,00"
    full = submit(part, "refund")
    assert full.find("payment-state").attrs["data-state"] == "refunded"
    assert "refund-amount" not in full.tests
    assert [refund.amount for refund in client.v1.refunds.list().data] == [9000, 990]
    assert kinds(client)[-4:] == ["refund.created", "charge.refunded"] * 2
    event = client.v1.events.list({"type": "refund.created"}).data[0]
    assert event.request is not None
    assert event.request.id is not None


def test_a_payment_of_another_origin(
    simulator: Server, visiting: Callable[[str | None], Page], client: stripe.StripeClient
) -> None:
    page = visiting(simulator.base_url + "/test/payments").fill(other_amount="12,50")
    made = submit(page, "other-make", description="Atelier")
    assert made.find("payment-state").attrs["data-state"] == "succeeded"
    (intent,) = client.v1.payment_intents.list().data
    assert (intent.amount, intent.description, intent.metadata.to_dict()) == (1250, "Atelier", {})
    assert submit(page, "other-make", amount="0,10").status == 400
    assert submit(page, "other-make", amount="x").status == 400


def test_a_waiting_payment_is_decided(
    simulator: Server, visiting: Callable[[str | None], Page], client: stripe.StripeClient
) -> None:
    for button, state in (("settle", "succeeded"), ("fail", "failed")):
        session = client.v1.checkout.sessions.create(session_params())
        page = visiting(session.url).choose("method-sepa_debit")
        page.fill(iban="FR1420041010050500013M02606", iban_name="Camille").press("pay")
        intent = client.v1.payment_intents.list({"limit": 1}).data[0]
        page = submit(visiting(f"{simulator.base_url}/test/payments/{intent.id}"), button)
        assert page.find("payment-state").attrs["data-state"] == state


def test_an_event_is_sent_again(
    simulator: Server, visiting: Callable[[str | None], Page], client: stripe.StripeClient, receiver: Receiver
) -> None:
    client.v1.webhook_endpoints.create({"url": receiver.url, "enabled_events": ["*"]})
    client.v1.customers.create({})
    receiver.wait_for(1)
    event = receiver.events[0]["id"]
    assert event in visiting(simulator.base_url + "/test/events").html
    page = submit(visiting(f"{simulator.base_url}/test/events/{event}"), "resend")
    assert page.text("event-id") == event
    assert len(receiver.events) == 2


def test_methods_are_switched(
    simulator: Server, visiting: Callable[[str | None], Page], client: stripe.StripeClient
) -> None:
    page = visiting(simulator.base_url + "/test/settings/payment_methods")
    on = {
        element.attrs["name"]
        for element in page.elements
        if element.test[:7] == "method-" and "checked" in element.attrs
    }
    assert {"card", "sepa_debit"} <= on
    assert "paypal" not in on
    wanted = dict.fromkeys((on - {"sepa_debit"}) | {"paypal"}, "on")
    visit(page.url, page.session, wanted)
    assert "sepa_debit" not in client.v1.checkout.sessions.create(session_params()).payment_method_types
    body = client.v1.payment_method_configurations.list().data[0].to_dict()
    assert (body["paypal"]["display_preference"]["value"], body["paypal"]["available"]) == ("on", False)


def test_what_is_not_there(simulator: Server, visiting: Callable[[str | None], Page]) -> None:
    for path in ("/test/payments/pi_x", "/test/webhooks/we_x", "/test/events/evt_x", "/payments/pi_x"):
        page = visiting(simulator.base_url + path)
        assert (page.status, "note" in page.tests) == (404, True)


@pytest.mark.parametrize(
    "path", ["/test/apikeys", "/test/payments", "/test/webhooks/create", "/test/settings/payment_methods"]
)
def test_a_foreign_page_cannot_use_the_forms(simulator: Server, path: str) -> None:
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Host": "evil.example"}):
        reply = requests.post(simulator.base_url + path, data={"amount": "5"}, headers=headers, timeout=5)
        assert reply.status_code == 403


def test_payments_made_by_others(simulator: Server, client: stripe.StripeClient, http: Http) -> None:
    made = simulator.control.post("payments", amount=2500, currency="eur", description="Guichet")
    assert (made["status"], made["metadata"], made["description"]) == ("succeeded", {}, "Guichet")
    assert kinds(client) == ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded"]
    declined = simulator.control.post("payments", amount=2500, currency="usd", card="pm_card_visa_chargeDeclined")
    assert (declined["status"], declined["currency"]) == ("requires_payment_method", "usd")
    assert simulator.control.post("payments", amount=2500, mode="live")["livemode"]
    assert len(client.v1.payment_intents.list().data) == 2
    bad: list[dict[str, Any]] = [{}, {"amount": 1}, {"amount": 100, "card": "x"}, {"amount": 100, "mode": "x"}]
    for body in [*bad, {"amount": "5"}, {"amount": 100, "nope": 1}]:
        reply = requests.post(f"{simulator.base_url}/_control/payments", json=body, timeout=5)
        assert reply.status_code == 400
