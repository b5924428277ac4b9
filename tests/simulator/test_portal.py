"""The customer portal: its configurations, its sessions, and its page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests
import stripe
from tests.simulator.conftest import kinds
from tests.simulator.test_products import refused

from stripe_simulator.resources.portal_sessions import UNVISITED, VISITED

if TYPE_CHECKING:
    from stripe_simulator.server import Server

BACK = "http://127.0.0.1:9/client/payment-methods/"
CARD = {"number": "4242 4242 4242 4242", "expiry": "12/44", "cvc": "123", "name_card": "Alice Martin", "do": "add"}


@pytest.fixture
def configuration(client: stripe.StripeClient) -> str:
    made = client.v1.billing_portal.configurations.create({"features": {"payment_method_update": {"enabled": True}}})
    assert (made.active, made.is_default, made.features.invoice_history.enabled) == (True, False, False)
    return made.id


def opened(client: stripe.StripeClient, configuration: str, **more: Any) -> Any:
    alice = client.v1.customers.create({"email": "alice@example.com"})
    params: Any = {"customer": alice.id, "configuration": configuration, "return_url": BACK, **more}
    return client.v1.billing_portal.sessions.create(params)


def post(url: str, **sent: str) -> requests.Response:
    return requests.post(url, data=sent, headers={"Accept-Language": "en"}, timeout=5)


def read(url: str) -> requests.Response:
    return requests.get(url, headers={"Accept-Language": "en"}, timeout=5)


def kept(client: stripe.StripeClient, session: Any) -> list[Any]:
    return list(client.v1.payment_methods.list({"customer": session.customer}).data)


def test_a_default_is_saved_in_the_dashboard_or_there_is_none(client: stripe.StripeClient, simulator: Server) -> None:
    alice = client.v1.customers.create({})
    code, param, message = refused(lambda: client.v1.billing_portal.sessions.create({"customer": alice.id}))
    assert (code, param) == (None, None)
    assert "your test mode default configuration has not been created" in message
    simulator.control.post("account", portal_saved=True)
    session = client.v1.billing_portal.sessions.create({"customer": alice.id})
    default = client.v1.billing_portal.configurations.retrieve(str(session.configuration))
    assert default.is_default
    assert refused(lambda: client.v1.billing_portal.configurations.update(default.id, {"active": False}))[1] == "active"
    listed = client.v1.billing_portal.configurations.list({"is_default": True})
    assert [row.id for row in listed.data] == [default.id]


def test_a_configuration_is_changed_and_told(client: stripe.StripeClient, configuration: str) -> None:
    changed = client.v1.billing_portal.configurations.update(configuration, {"active": False, "name": "Old"})
    assert (changed.active, changed.name) == (False, "Old")
    assert refused(lambda: opened(client, configuration))[1] == "configuration"
    assert kinds(client)[:2] == ["billing_portal.configuration.created", "billing_portal.configuration.updated"]
    features: Any = {"customer_update": {"enabled": True}}
    wrong = refused(lambda: client.v1.billing_portal.configurations.create({"features": features}))
    assert wrong[:2] == ("parameter_missing", "features[customer_update][allowed_updates]")


def test_a_card_is_added_made_the_default_and_removed(client: stripe.StripeClient, configuration: str) -> None:
    session = opened(client, configuration)
    page = read(session.url)
    assert page.status_code == 200
    assert 'data-test="none"' in page.text
    assert BACK in page.text
    done = post(session.url, **CARD)
    assert "Visa •••• 4242, expires at the end of 12/2044" in done.text
    method = kept(client, session)[0]
    post(session.url, do="default", payment_method=method.id)
    customer = client.v1.customers.retrieve(session.customer)
    assert customer.invoice_settings is not None
    assert customer.invoice_settings.default_payment_method == method.id
    post(session.url, do="remove", payment_method=method.id)
    assert kept(client, session) == []
    told = kinds(client)
    for kind in ("setup_intent.succeeded", "payment_method.attached", "customer.updated", "payment_method.detached"):
        assert told.count(kind) == 1


def test_a_refused_card_and_a_wrong_number_are_said(client: stripe.StripeClient, configuration: str) -> None:
    session = opened(client, configuration)
    assert 'data-test="error"' in post(session.url, **{**CARD, "number": "4000 0000 0000 0002"}).text
    assert 'aria-invalid="true"' in post(session.url, **{**CARD, "number": "4242 4242 4242 4241"}).text
    assert kept(client, session) == []


@pytest.mark.parametrize(("answer", "count"), [("pass", 1), ("fail", 0)])
def test_the_bank_is_asked(client: stripe.StripeClient, configuration: str, answer: str, count: int) -> None:
    session = opened(client, configuration)
    step = post(session.url, **{**CARD, "number": "4000 0025 0000 3155"})
    assert "/c/step/" in step.url
    back = post(step.url, do=answer)
    assert back.url.startswith(session.url)
    assert ('data-test="done"' in back.text) == bool(count)
    assert len(kept(client, session)) == count


def test_nobody_touches_anothers_method(client: stripe.StripeClient, configuration: str) -> None:
    alice, bob = opened(client, configuration), opened(client, configuration)
    post(bob.url, **CARD)
    method = kept(client, bob)[0]
    post(alice.url, do="remove", payment_method=method.id)
    assert [row.id for row in kept(client, bob)] == [method.id]


def test_a_flow_leads_back_to_the_shop(client: stripe.StripeClient, configuration: str) -> None:
    redirect = {"type": "redirect", "redirect": {"return_url": f"{BACK}?done=1"}}
    session = opened(client, configuration, flow_data={"type": "payment_method_update", "after_completion": redirect})
    assert session.flow.after_completion.redirect.return_url == f"{BACK}?done=1"
    answer = requests.post(session.url, data=CARD, timeout=5, allow_redirects=False)
    assert answer.headers["location"] == f"{BACK}?done=1"


def test_the_address_lives_a_short_while(client: stripe.StripeClient, configuration: str, simulator: Server) -> None:
    unvisited, visited = opened(client, configuration), opened(client, configuration)
    read(visited.url)
    simulator.control.advance(UNVISITED + 1)
    assert read(unvisited.url).status_code == 404
    assert read(visited.url).status_code == 200
    simulator.control.advance(VISITED + 1)
    assert read(visited.url).status_code == 404
    assert read(f"{simulator.base_url}/p/session/test_no").status_code == 404
    assert read(f"{simulator.base_url}/p/session/live_{visited.url.rpartition('_')[2]}").status_code == 404


def test_what_may_not_be_changed_is_only_shown(client: stripe.StripeClient) -> None:
    made = client.v1.billing_portal.configurations.create({"features": {"invoice_history": {"enabled": True}}})
    session = opened(client, made.id)
    assert 'data-test="add"' not in read(session.url).text
    post(session.url, **CARD)
    assert kept(client, session) == []
