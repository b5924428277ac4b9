"""Keys: test and live, unknown, expired, restricted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import stripe

if TYPE_CHECKING:
    from collections.abc import Callable

    from stripe_simulator.server import Server


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
