"""Keys: test and live, unknown, expired, restricted."""

from __future__ import annotations

import json
import re
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import pytest
import stripe
from tests.simulator.conftest import pay_by_card, session_params

from stripe_simulator.registry import ROUTES

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.simulator.browser import Page
    from tests.simulator.conftest import Http

    from stripe_simulator.server import Server

    Connect = Callable[[str], stripe.StripeClient]


def test_the_account(client: stripe.StripeClient, simulator: Server) -> None:
    account = client.v1.accounts.retrieve_current()
    assert account.id == simulator.settings.account_id
    assert account.charges_enabled
    assert client.v1.accounts.retrieve(account.id).id == account.id
    with pytest.raises(stripe.PermissionError) as caught:
        client.v1.accounts.retrieve("acct_other")
    assert caught.value.error is not None
    assert caught.value.error.code == "account_invalid"


def test_the_account_can_be_switched(client: stripe.StripeClient, simulator: Server) -> None:
    simulator.control.post("account", charges_enabled=False, capabilities={"sepa_debit_payments": "pending"})
    account = client.v1.accounts.retrieve_current()
    assert account.charges_enabled is False
    assert account.capabilities is not None
    assert account.capabilities.sepa_debit_payments == "pending"
    assert account.capabilities.card_payments == "active"


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("sk_test_unknown1234", r"Invalid API Key provided: sk_test_\*+1234"),
        ("nonsense", "Invalid API Key provided: "),
        ("", "You did not provide an API key"),
    ],
)
def test_unknown_keys(connect: Callable[[str], stripe.StripeClient], key: str, message: str) -> None:
    with pytest.raises(stripe.AuthenticationError, match=message) as caught:
        connect(key or " ").v1.accounts.retrieve_current()
    assert caught.value.http_status == 401
    assert caught.value.code is None


def test_a_publishable_key_opens_nothing_secret(
    connect: Callable[[str], stripe.StripeClient], simulator: Server
) -> None:
    with pytest.raises(stripe.AuthenticationError) as caught:
        connect(simulator.publishable_key).v1.customers.list()
    assert caught.value.error is not None
    assert caught.value.error.code == "secret_key_required"


def test_an_expired_key(connect: Callable[[str], stripe.StripeClient], simulator: Server) -> None:
    key = simulator.control.post("keys", mode="test", permissions=["rak_customer_read"])["key"]
    client = connect(key)
    client.v1.customers.list()
    simulator.control.delete(f"keys/{key}")
    with pytest.raises(stripe.AuthenticationError, match="Expired API Key provided: rk_test_") as caught:
        client.v1.customers.list()
    assert caught.value.error is not None
    assert caught.value.error.code == "api_key_expired"
    assert key not in str(caught.value)


def test_a_restricted_key(connect: Callable[[str], stripe.StripeClient], simulator: Server) -> None:
    permissions = ["rak_customer_read", "rak_checkout_session_write"]
    key = simulator.control.post("keys", mode="test", permissions=permissions)["key"]
    client = connect(key)
    assert client.v1.customers.list().data == []
    assert client.v1.checkout.sessions.list().data == []  # who may write may read
    with pytest.raises(stripe.PermissionError) as caught:
        client.v1.customers.create({})
    assert caught.value.http_status == 403
    account = simulator.settings.account_id
    message = str(caught.value)
    assert f"does not have the required permissions for this endpoint on account '{account}'" in message
    assert "Having the 'rak_customer_write' permission would allow this request to continue." in message


def _concrete(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "x", path)


def test_every_operation_names_its_permission_before_it_looks_at_anything(http: Http, simulator: Server) -> None:
    """Also with nonsense for parameters; with just that permission, the nonsense is what is refused."""
    bare = simulator.control.post("keys", mode="test", permissions=[])["key"]
    assert len(ROUTES) > 40
    for (method, path), route in ROUTES.items():
        second = path.startswith("/v2/")
        sent: Any = json.dumps({"nonsense": 1}) if second else {"nonsense": "1"}
        headers = {"Content-Type": "application/json"} if second else {}
        url = _concrete(path) + ("?nonsense=1" if method == "GET" else "")
        body = None if method == "GET" else sent
        reply = http(method, url, body, key=bare, headers=headers)
        assert reply.status_code == 403, (method, path)
        assert f"Having the '{route.permission}' permission" in reply.json()["error"]["message"]
        kept = simulator.control.post("keys", mode="test", permissions=[route.permission])["key"]
        status = http(method, url, body, key=kept, headers=headers).status_code
        assert status in {200, 400, 404} or route.permission == "rak_accounts_kyc_basic_read", (method, path, status)


def test_writing_implies_reading_and_not_the_reverse(connect: Connect, simulator: Server) -> None:
    writer = simulator.control.post("keys", mode="test", permissions=["rak_webhook_write"])["key"]
    assert connect(writer).v1.webhook_endpoints.list().data == []
    reader = simulator.control.post("keys", mode="test", permissions=["rak_webhook_read"])["key"]
    with pytest.raises(stripe.PermissionError, match="rak_webhook_write"):
        connect(reader).v1.webhook_endpoints.create({"url": "https://shop.example", "enabled_events": ["*"]})


def test_what_is_expanded_needs_its_permission_too(
    client: stripe.StripeClient, connect: Connect, simulator: Server, visiting: Callable[[str | None], Page]
) -> None:
    pay_by_card(visiting(client.v1.checkout.sessions.create(session_params()).url), "4242424242424242")
    simulator.control.advance(5)
    expanded: Any = {"expand": ["data.latest_charge.balance_transaction"]}
    permissions = ["rak_payment_intent_read"]
    for missing in ("rak_charge_read", "rak_balance_read"):
        key = simulator.control.post("keys", mode="test", permissions=permissions)["key"]
        with pytest.raises(stripe.PermissionError, match=missing):
            connect(key).v1.payment_intents.list(expanded)
        permissions.append(missing)
    key = simulator.control.post("keys", mode="test", permissions=permissions)["key"]
    (intent,) = connect(key).v1.payment_intents.list(expanded).data
    assert intent.to_dict()["latest_charge"]["balance_transaction"]["net"] == 9815


def test_what_a_row_was_booked_for_has_a_permission_of_its_own(
    client: stripe.StripeClient, connect: Connect, simulator: Server, visiting: Callable[[str | None], Page]
) -> None:
    pay_by_card(visiting(client.v1.checkout.sessions.create(session_params()).url), "4242424242424242")
    simulator.control.advance(5)
    expanded: Any = {"expand": ["data.source"]}
    balance = simulator.control.post("keys", mode="test", permissions=["rak_balance_read", "rak_charge_read"])["key"]
    assert connect(balance).v1.balance_transactions.list().data
    with pytest.raises(stripe.PermissionError, match="rak_balance_transaction_source_read"):
        connect(balance).v1.balance_transactions.list(expanded)
    both = ["rak_balance_transaction_source_read", "rak_charge_read"]
    key = simulator.control.post("keys", mode="test", permissions=both)["key"]
    (row,) = connect(key).v1.balance_transactions.list(expanded).data
    assert row.to_dict()["source"]["object"] == "charge"


def test_dates_are_of_the_real_world(http: Http, simulator: Server) -> None:
    simulator.control.advance(400 * 86400)
    for path, status in (("/v1/customers", 200), ("/v1/nope", 404)):
        reply = http("GET", path)
        told = parsedate_to_datetime(reply.headers["Date"])
        assert (reply.status_code, abs(told.timestamp() - time.time()) < 30) == (status, True)


def test_test_and_live_never_meet(
    client: stripe.StripeClient, connect: Callable[[str], stripe.StripeClient], simulator: Server
) -> None:
    live = connect(simulator.settings.live_secret_key)
    customer = client.v1.customers.create({"email": "a@example.com"})
    assert customer.livemode is False
    assert live.v1.customers.list().data == []
    with pytest.raises(stripe.InvalidRequestError, match="a similar object exists in test mode, but a live mode key"):
        live.v1.customers.retrieve(customer.id)
    assert live.v1.customers.create({}).livemode is True
    assert len(client.v1.customers.list().data) == 1
