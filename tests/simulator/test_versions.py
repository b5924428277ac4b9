"""What an endpoint at an older API version is sent: table 1.2 of Stripe's changes, field by field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

import pytest
from stripe.params._webhook_endpoint_create_params import WebhookEndpointCreateParams
from tests.simulator.conftest import pay_by_card, session_params

if TYPE_CHECKING:
    from collections.abc import Callable

    import stripe
    from tests.simulator.browser import Page
    from tests.simulator.guard import Guard
    from tests.simulator.receiver import Receiver

    from stripe_simulator.server import Server

PINNED = "2026-10-28.endive"
VERSIONS = ["2019-09-09", "2020-08-27", "2022-11-15", "2023-08-16", "2025-03-31.basil", PINNED]
BETWEEN = ["2011-01-01", "2019-10-17", "2019-12-03", "2022-08-01", "2025-03-01.dashboard", "2026-02-25.clover"]
SESSION, INTENT, CHARGE, CUSTOMER = "checkout.session", "payment_intent", "charge", "customer"
# object, field, first version that shows it, first version that does not; "" is the beginning, "~" never ends
FIELDS = [
    (SESSION, "display_items", "", "2020-08-27"),
    (SESSION, "shipping", "", "2022-08-01"),
    (SESSION, "shipping_rate", "", "2022-08-01"),
    (SESSION, "shipping_cost", "2022-08-01", "~"),
    (SESSION, "shipping_details", "2022-08-01", "2025-03-31.basil"),
    (SESSION, "currency_conversion", "", "2025-09-30.clover"),
    (SESSION, "payment_status", "", "~"),
    (INTENT, "charges", "", "2022-11-15"),
    (INTENT, "latest_charge", "2022-11-15", "~"),
    (INTENT, "invoice", "", "2025-03-31.basil"),
    (CHARGE, "refunds", "", "2022-11-15"),
    (CHARGE, "invoice", "", "2025-03-31.basil"),
    (CUSTOMER, "account_balance", "", "2019-10-17"),
    (CUSTOMER, "balance", "", "~"),
    (CUSTOMER, "tax_info", "", "2019-12-03"),
    (CUSTOMER, "tax_info_verification", "", "2019-12-03"),
    (CUSTOMER, "tax_ids", "", "2020-08-27"),
    (CUSTOMER, "sources", "", "2020-08-27"),
    (CUSTOMER, "subscriptions", "", "2020-08-27"),
]


def listen(client: stripe.StripeClient, receiver: Receiver, versions: list[str]) -> None:
    for version in versions:
        params: Any = {"url": receiver.url, "enabled_events": ["*"], "api_version": version}
        client.v1.webhook_endpoints.create(params)


def told(receiver: Receiver, version: str, kind: str) -> dict[str, Any]:
    """The newest event of this type that was delivered at this version."""
    found = [event for event in receiver.events if event["type"] == kind and event["api_version"] == version]
    return found[-1]


def pay_and_refund(client: stripe.StripeClient, simulator: Server, visiting: Callable[[str | None], Page]) -> None:
    session = client.v1.checkout.sessions.create(session_params(customer_creation="always"))
    pay_by_card(visiting(session.url), "4242424242424242")
    simulator.control.advance(5)
    (charge,) = client.v1.charges.list().data
    client.v1.refunds.create({"charge": charge.id, "amount": 1000})
    simulator.control.advance(1)


@pytest.mark.parametrize("versions", [VERSIONS, BETWEEN], ids=["named", "between"])
def test_fields_by_version(
    client: stripe.StripeClient,
    simulator: Server,
    receiver: Receiver,
    visiting: Callable[[str | None], Page],
    versions: list[str],
) -> None:
    listen(client, receiver, versions)
    pay_and_refund(client, simulator, visiting)
    seen = 0
    for event in receiver.events:
        thing, version = event["data"]["object"], event["api_version"]
        for kind, field, since, until in FIELDS:
            if thing["object"] == kind:
                assert (field in thing) == (since <= version < until), (version, event["type"], field)
                seen += 1
    assert seen > 100
    assert {event["api_version"] for event in receiver.events} == set(versions)


def test_the_oldest_shapes_hold_what_they_point_at(
    client: stripe.StripeClient, simulator: Server, receiver: Receiver, visiting: Callable[[str | None], Page]
) -> None:
    listen(client, receiver, ["2019-09-09", "2022-11-15"])
    pay_and_refund(client, simulator, visiting)

    intent = told(receiver, "2019-09-09", "payment_intent.succeeded")["data"]["object"]
    (charge,) = intent["charges"]["data"]
    assert (charge["object"], charge["status"], charge["invoice"]) == ("charge", "succeeded", None)
    assert charge["refunds"]["data"] == []  # as it was when the payment succeeded, not as it is now
    assert intent["charges"]["total_count"] == 1
    assert told(receiver, "2022-11-15", "payment_intent.succeeded")["data"]["object"]["latest_charge"] == charge["id"]

    refunded = told(receiver, "2019-09-09", "charge.refunded")["data"]
    assert [refund["amount"] for refund in refunded["object"]["refunds"]["data"]] == [1000]
    assert refunded["previous_attributes"] == {"amount_refunded": 0, "refunded": False}

    session = told(receiver, "2019-09-09", "checkout.session.completed")["data"]["object"]
    assert session["payment_intent"] == intent["id"]
    assert session["ui_mode"] == "hosted"
    (item,) = session["display_items"]
    assert (item["amount"], item["quantity"], item["custom"]["name"]) == (9990, 1, "VPS Lanterne")

    customer = told(receiver, "2019-09-09", "customer.created")["data"]["object"]
    assert customer["sources"] == {
        "object": "list",
        "data": [],
        "has_more": False,
        "total_count": 0,
        "url": f"/v1/customers/{customer['id']}/sources",
    }


def test_a_debit_at_old_versions(
    client: stripe.StripeClient, simulator: Server, receiver: Receiver, visiting: Callable[[str | None], Page]
) -> None:
    listen(client, receiver, ["2019-09-09", "2022-11-15"])
    session = client.v1.checkout.sessions.create(session_params())
    page = visiting(session.url).choose("method-sepa_debit")
    page.fill(iban="FR8420041010050500013M02607", iban_name="Camille Durand").press("pay")
    simulator.control.move(session.id, "fail", code="insufficient_funds")
    simulator.control.advance(1)

    waiting = told(receiver, "2019-09-09", "payment_intent.processing")["data"]["object"]
    assert [charge["status"] for charge in waiting["charges"]["data"]] == ["pending"]
    failed = told(receiver, "2019-09-09", "payment_intent.payment_failed")["data"]["object"]
    assert [charge["failure_code"] for charge in failed["charges"]["data"]] == ["insufficient_funds"]
    assert failed["last_payment_error"]["payment_method"]["type"] == "sepa_debit"
    ended = told(receiver, "2022-11-15", "checkout.session.async_payment_failed")["data"]["object"]
    assert ended["payment_status"] == "unpaid"


def test_old_words_for_what_changed(client: stripe.StripeClient, receiver: Receiver) -> None:
    listen(client, receiver, ["2019-09-09", "2019-10-17"])
    customer = client.v1.customers.create({})
    client.v1.customers.update(customer.id, {"balance": 500})
    receiver.wait_for(4)
    old, new = (told(receiver, version, "customer.updated")["data"] for version in ("2019-09-09", "2019-10-17"))
    assert old["previous_attributes"] == {"balance": 0, "account_balance": 0}
    assert (old["object"]["account_balance"], new["previous_attributes"]) == (500, {"balance": 0})


def test_events_of_the_account_keep_its_own_version(
    client: stripe.StripeClient,
    simulator: Server,
    receiver: Receiver,
    visiting: Callable[[str | None], Page],
    watch: Guard,
) -> None:
    listen(client, receiver, ["2019-09-09"])
    pay_and_refund(client, simulator, visiting)
    receiver.wait(lambda: client.v1.events.list().data[0].pending_webhooks == 0)
    for event in client.v1.events.list({"limit": 100}).data:
        assert event.api_version == PINNED
        assert watch.event(event.to_dict()) == []
    envelope = {name for name in receiver.events[0] if name != "data"}
    assert envelope == {"id", "object", "api_version", "created", "livemode", "pending_webhooks", "request", "type"}


def test_a_default_version_follows_the_account(client: stripe.StripeClient, receiver: Receiver) -> None:
    made = client.v1.webhook_endpoints.create({"url": receiver.url, "enabled_events": ["*"]})
    assert made.api_version is None
    client.v1.customers.create({})
    receiver.wait_for(1)
    assert receiver.events[0]["api_version"] == PINNED


def test_an_endpoint_younger_than_the_event_reads_it_too(
    client: stripe.StripeClient, simulator: Server, receiver: Receiver
) -> None:
    client.v1.customers.create({})
    listen(client, receiver, ["2019-09-09"])
    simulator.control.post(f"deliveries/{client.v1.events.list().data[0].id}/resend")
    assert "account_balance" in receiver.events[0]["data"]["object"]


def test_every_version_of_the_library_is_taken(client: stripe.StripeClient) -> None:
    (literal,) = get_args(WebhookEndpointCreateParams.__annotations__["api_version"])
    names = get_args(literal)
    assert len(names) == 129
    for name in names:
        params: Any = {"url": "https://shop.example/hook", "enabled_events": ["*"], "api_version": name}
        made = client.v1.webhook_endpoints.create(params)
        assert made.api_version == name
        client.v1.webhook_endpoints.delete(made.id)
