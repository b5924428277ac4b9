"""Customer sessions: what a browser may see of one customer; and the account's own tax numbers."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import pytest
import stripe
from tests.simulator.conftest import kinds
from tests.simulator.test_products import refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.simulator.conftest import Http

    from stripe_simulator.server import Server

HALF_AN_HOUR = 1800


@pytest.fixture
def alice(client: stripe.StripeClient) -> str:
    return client.v1.customers.create({"email": "alice@example.com"}).id


@pytest.fixture
def opened(client: stripe.StripeClient, alice: str) -> Callable[..., Any]:
    def create(**components: Any) -> Any:
        params: Any = {"customer": alice, "components": components}
        return client.v1.customer_sessions.create(params)

    return create


def test_what_is_not_said_is_off(opened: Callable[..., Any], alice: str) -> None:
    session = opened(payment_element={"enabled": True}, buy_button={"enabled": False})
    assert (session.customer, session.expires_at - session.created) == (alice, HALF_AN_HOUR)
    told = session.to_dict()["components"]
    assert told["payment_element"]["features"] == {
        "payment_method_allow_redisplay_filters": ["always"],
        "payment_method_redisplay": "disabled",
        "payment_method_redisplay_limit": 3,
        "payment_method_remove": "disabled",
        "payment_method_save": "disabled",
        "payment_method_save_usage": None,
    }
    assert told["mobile_payment_element"] == {"enabled": False, "features": None}
    on = [name for name, component in told.items() if component["enabled"]]
    assert (on, len(told)) == (["payment_element"], 7)
    other = opened(pricing_table={"enabled": True})
    assert other.client_secret != session.client_secret


def test_what_is_said_is_kept(opened: Callable[..., Any]) -> None:
    wanted = {
        "payment_method_allow_redisplay_filters": ["always", "limited"],
        "payment_method_redisplay": "enabled",
        "payment_method_redisplay_limit": 10,
        "payment_method_save": "enabled",
        "payment_method_save_usage": "off_session",
    }
    session = opened(payment_element={"enabled": True, "features": wanted})
    features = session.to_dict()["components"]["payment_element"]["features"]
    assert features == {**wanted, "payment_method_remove": "disabled"}


def test_what_is_no_session(client: stripe.StripeClient, opened: Callable[..., Any]) -> None:
    assert refused(lambda: opened(buy_button={"enabled": False}))[1] == "components"
    for limit in (0, 11):
        element = {"enabled": True, "features": {"payment_method_redisplay_limit": limit}}
        wrong = refused(functools.partial(opened, payment_element=element))
        assert wrong[1] == "components[payment_element][features][payment_method_redisplay_limit]"
    button: Any = {"buy_button": {"enabled": True}}
    assert refused(lambda: client.v1.customer_sessions.create({"components": button}))[1] == "customer"
    nobody: Any = {"customer": "cus_nobody", "components": button}
    assert refused(lambda: client.v1.customer_sessions.create(nobody))[:2] == ("resource_missing", "customer")


def test_the_account_has_tax_numbers_of_its_own(client: stripe.StripeClient, alice: str) -> None:
    own = client.v1.tax_ids.create({"type": "eu_vat", "value": "FR40303265045"})
    assert own.owner is not None
    assert (own.owner.type, own.owner.customer, own.customer, own.verification) == ("self", None, None, None)
    assert "customer.tax_id.created" not in kinds(client)
    owner: Any = {"type": "customer", "customer": alice}
    hers = client.v1.tax_ids.create({"type": "ch_vat", "value": "CHE-123.456.789 MWST", "owner": owner})
    assert [row.id for row in client.v1.tax_ids.list().data] == [own.id]
    assert [row.id for row in client.v1.tax_ids.list({"owner": owner}).data] == [hers.id]
    assert [row.id for row in client.v1.customers.tax_ids.list(alice).data] == [hers.id]
    assert client.v1.tax_ids.delete(own.id).deleted
    assert client.v1.tax_ids.delete(hers.id).deleted
    assert refused(lambda: client.v1.tax_ids.retrieve(own.id))[:2] == ("resource_missing", "id")
    assert kinds(client)[-2:] == ["customer.tax_id.created", "customer.tax_id.deleted"]


def test_whose_tax_number_it_is(client: stripe.StripeClient, http: Http, simulator: Server) -> None:
    number = {"type": "eu_vat", "value": "FR40303265045"}

    def create(**owner: str) -> tuple[str | None, str | None, str]:
        params: Any = {**number, "owner": owner}
        return refused(lambda: client.v1.tax_ids.create(params))

    assert create(type="customer")[:2] == ("parameter_missing", "owner[customer]")
    assert create(type="customer", customer="cus_nobody")[:2] == ("resource_missing", "owner[customer]")
    other = http("POST", "/v1/tax_ids", {**number, "owner[type]": "account", "owner[account]": "acct_1"})
    assert other.status_code == 501
    reader = simulator.control.post("keys", mode="test", permissions=["rak_tax_id_read"])["key"]
    assert [
        http("GET", "/v1/tax_ids", key=reader).status_code,
        http("POST", "/v1/tax_ids", number, key=reader).status_code,
    ] == [
        200,
        403,
    ]
