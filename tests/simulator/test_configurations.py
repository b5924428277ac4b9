"""Payment method configurations, and the types that a payment may use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import stripe
from tests.simulator.conftest import session_params

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.simulator.browser import Page

    from stripe_simulator.server import Server

ALL = ["card", "sepa_debit", "bancontact", "ideal", "link"]


def types(client: stripe.StripeClient, amount: int = 9990, currency: str = "eur", **more: Any) -> list[str]:
    params = session_params(amount, **more)
    params["line_items"][0]["price_data"]["currency"] = currency
    return client.v1.checkout.sessions.create(params).payment_method_types


def switch(client: stripe.StripeClient, identifier: str, **preferences: str) -> stripe.PaymentMethodConfiguration:
    params: Any = {kind: {"display_preference": {"preference": word}} for kind, word in preferences.items()}
    return client.v1.payment_method_configurations.update(identifier, params)


def test_the_default_configuration(client: stripe.StripeClient, simulator: Server) -> None:
    (default,) = client.v1.payment_method_configurations.list().data
    assert (default.is_default, default.active, default.parent) == (True, True, None)
    body = default.to_dict()
    on = {kind for kind, setting in body.items() if isinstance(setting, dict) and setting["available"]}
    assert {"card", "sepa_debit", "bancontact", "ideal", "link", "apple_pay", "google_pay"} <= on
    assert {"paypal", "klarna"}.isdisjoint(on)
    assert body["paypal"]["display_preference"] == {"overridable": None, "preference": "off", "value": "off"}
    session = client.v1.checkout.sessions.create(session_params())
    assert session.payment_method_configuration_details is not None
    assert session.payment_method_configuration_details.id == default.id
    assert client.v1.payment_method_configurations.retrieve(default.id).id == default.id
    simulator.control.post("account", capabilities={"card_payments": "inactive"})
    body = client.v1.payment_method_configurations.retrieve(default.id).to_dict()
    assert [body[kind]["available"] for kind in ("card", "apple_pay", "link")] == [False, False, True]
    assert body["card"]["display_preference"]["value"] == "on"


def test_switched_on_without_its_capability(client: stripe.StripeClient, simulator: Server) -> None:
    (default,) = client.v1.payment_method_configurations.list().data
    assert switch(client, default.id, paypal="on").to_dict()["paypal"]["available"] is False
    simulator.control.post("account", capabilities={"paypal_payments": "active"})
    assert client.v1.payment_method_configurations.list().data[0].to_dict()["paypal"]["available"] is True


def test_what_is_switched_off_is_not_offered(
    client: stripe.StripeClient, visiting: Callable[[str | None], Page]
) -> None:
    (default,) = client.v1.payment_method_configurations.list().data
    before = client.v1.checkout.sessions.create(session_params())
    switch(client, default.id, sepa_debit="off", link="none")
    assert types(client) == ["card", "bancontact", "ideal"]
    page = visiting(before.url)  # a session keeps what it was made with
    assert "method-sepa_debit" in page.tests
    page.choose("method-sepa_debit").fill(iban="FR1420041010050500013M02606", iban_name="Camille").press("pay")
    assert client.v1.checkout.sessions.retrieve(before.id).status == "complete"


def test_a_configuration_of_ones_own(client: stripe.StripeClient) -> None:
    own = client.v1.payment_method_configurations.create(
        {"name": "only cards", "card": {"display_preference": {"preference": "on"}}}
    )
    assert (own.name, own.is_default) == ("only cards", False)
    assert types(client, payment_method_configuration=own.id) == ["card"]
    assert types(client) == ALL
    assert len(client.v1.payment_method_configurations.list({"active": True}).data) == 2
    client.v1.payment_method_configurations.update(own.id, {"active": False, "name": "none"})
    assert [found.name for found in client.v1.payment_method_configurations.list({"active": False}).data] == ["none"]
    with pytest.raises(stripe.InvalidRequestError, match="No such payment_method_configuration") as caught:
        types(client, payment_method_configuration=own.id)
    assert (caught.value.http_status, caught.value.param) == (400, "payment_method_configuration")


def test_the_default_one_stays(client: stripe.StripeClient) -> None:
    (default,) = client.v1.payment_method_configurations.list().data
    with pytest.raises(stripe.InvalidRequestError, match="default"):
        client.v1.payment_method_configurations.update(default.id, {"active": False})


@pytest.mark.parametrize(
    ("expected", "case"),
    [
        (ALL, {}),
        (["card", "link"], {"currency": "chf"}),
        (["card"], {"allowed_payment_method_types": ["card"]}),
        (["card", "sepa_debit"], {"allowed_payment_method_types": ["sepa_debit", "card", "paypal"]}),
        (["card", "sepa_debit", "ideal", "link"], {"excluded_payment_method_types": ["bancontact"]}),
        (["sepa_debit"], {"allowed_payment_method_types": ["sepa_debit"], "amount": 1_000_000}),
        (["card", "bancontact", "ideal", "link"], {"amount": 1_000_001}),
    ],
)
def test_types_follow_configuration_filters_currency_and_amount(
    client: stripe.StripeClient, expected: list[str], case: dict[str, Any]
) -> None:
    assert types(client, **case) == expected


def test_types_follow_the_account(client: stripe.StripeClient, simulator: Server) -> None:
    simulator.control.post("account", capabilities={"sepa_debit_payments": "inactive"})
    assert types(client) == ["card", "bancontact", "ideal", "link"]


@pytest.mark.parametrize(
    "case",
    [
        {"allowed_payment_method_types": ["sepa_debit"], "currency": "chf"},
        {"allowed_payment_method_types": ["sepa_debit"], "amount": 1_000_001},
        {"allowed_payment_method_types": ["paypal"]},
        {"allowed_payment_method_types": ["card"], "excluded_payment_method_types": ["card"]},
    ],
)
def test_nothing_left_is_refused(client: stripe.StripeClient, case: dict[str, Any]) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="No valid payment method types for this Checkout Session"):
        types(client, **case)
    assert client.v1.checkout.sessions.list().data == []


def test_an_intent_has_types_too(client: stripe.StripeClient) -> None:
    params: Any = {"amount": 1000, "currency": "eur", "allowed_payment_method_types": ["sepa_debit", "bancontact"]}
    intent = client.v1.payment_intents.create(params)
    assert intent.payment_method_types == ["sepa_debit", "bancontact"]
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.payment_intents.confirm(
            intent.id, {"payment_method": "pm_card_visa", "return_url": "https://shop.example/back"}
        )
    assert caught.value.code == "payment_intent_incompatible_payment_method"


def test_test_and_live_have_their_own(
    client: stripe.StripeClient, connect: Callable[[str], stripe.StripeClient], simulator: Server
) -> None:
    live = connect(simulator.settings.live_secret_key)
    (mine,), (theirs,) = (each.v1.payment_method_configurations.list().data for each in (client, live))
    assert mine.id != theirs.id
    assert theirs.livemode
    switch(client, mine.id, ideal="off")
    assert live.v1.payment_method_configurations.list().data[0].to_dict()["ideal"]["available"]
