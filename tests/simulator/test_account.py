"""The account and what it may do: who changes it, and who is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import stripe
from tests.simulator.conftest import kinds
from tests.simulator.test_payouts import FREE, earn, run

if TYPE_CHECKING:
    from collections.abc import Callable

    from stripe_simulator.server import Server


def capability(simulator: Server, client: stripe.StripeClient, name: str) -> stripe.Capability:
    return client.v1.accounts.capabilities.retrieve(simulator.settings.account_id, name)


def told(client: stripe.StripeClient) -> list[dict[str, Any]]:
    """Events about the account, oldest first."""
    rows = client.v1.events.list({"types": ["account.updated", "capability.updated"], "limit": 100}).data
    return [row.to_dict() for row in reversed(rows)]


def test_what_the_account_may_do_is_listed(simulator: Server, client: stripe.StripeClient) -> None:
    rows = client.v1.accounts.capabilities.list(simulator.settings.account_id).data
    found = {row.id: (row.status, row.requested) for row in rows}
    assert found["card_payments"] == ("active", True)
    assert found["klarna_payments"] == ("unrequested", False)
    assert set(client.v1.accounts.retrieve_current().to_dict()["capabilities"]) == {
        name for name, (status, _) in found.items() if status != "unrequested"
    }
    with pytest.raises(stripe.InvalidRequestError, match="No such capability"):
        capability(simulator, client, "dance_payments")
    with pytest.raises(stripe.PermissionError):
        client.v1.accounts.capabilities.list("acct_somebody")


def test_a_capability_that_is_taken_away_is_announced(
    simulator: Server, client: stripe.StripeClient, connect: Callable[[str], stripe.StripeClient]
) -> None:
    simulator.control.post("account", capabilities={"sepa_debit_payments": "inactive", "card_payments": "active"})
    found = capability(simulator, client, "sepa_debit_payments")
    assert found.status == "inactive"
    assert found.requirements is not None
    assert found.requirements.disabled_reason == "rejected.other"

    first, second = told(client)  # the card's did not change: nobody hears of it
    assert (first["type"], first["data"]["object"]["id"]) == ("capability.updated", "sepa_debit_payments")
    assert first["data"]["previous_attributes"] == {"status": "active"}
    assert second["type"] == "account.updated"
    assert second["data"]["object"]["capabilities"]["sepa_debit_payments"] == "inactive"
    assert second["data"]["previous_attributes"]["capabilities"]["sepa_debit_payments"] == "active"
    live = connect(simulator.settings.live_secret_key)
    assert kinds(live) == ["capability.updated", "account.updated"]


def test_a_switch_is_announced_when_it_moves(simulator: Server, client: stripe.StripeClient) -> None:
    simulator.control.post("account", charges_enabled=False)
    simulator.control.post("account", charges_enabled=False)
    simulator.control.post("account", raw_card_data=True)  # shown nowhere
    (event,) = told(client)
    assert event["data"]["previous_attributes"] == {"charges_enabled": True}


def test_a_capability_is_asked_for_and_given_up(simulator: Server, client: stripe.StripeClient) -> None:
    account = simulator.settings.account_id
    asked = client.v1.accounts.capabilities.update(account, "klarna_payments", {"requested": True})
    assert (asked.status, asked.requested) == ("pending", True)
    simulator.control.advance(61)
    assert capability(simulator, client, "klarna_payments").status == "active"
    gone = client.v1.accounts.capabilities.update(account, "klarna_payments", {"requested": False})
    assert (gone.status, gone.requested) == ("unrequested", False)
    assert "klarna_payments" not in client.v1.accounts.retrieve_current().to_dict()["capabilities"]
    assert kinds(client) == ["capability.updated", "account.updated"] * 3


def test_a_shop_is_no_platform(simulator: Server, client: stripe.StripeClient) -> None:
    account = simulator.settings.account_id
    with pytest.raises(stripe.InvalidRequestError, match="signed up for Connect"):
        client.v1.accounts.create({"country": "FR"})
    with pytest.raises(stripe.InvalidRequestError, match="own account"):
        client.v1.accounts.update(account, {"email": "x@example.com"})
    with pytest.raises(stripe.InvalidRequestError, match="own account"):
        client.v1.accounts.delete(account)
    assert client.v1.accounts.list().data == []
    assert client.v1.accounts.retrieve(account).id == account


def test_a_platform_makes_accounts_for_others(simulator: Server, client: stripe.StripeClient) -> None:
    simulator.control.post("account", connect=True)
    asked: Any = {"card_payments": {"requested": True}, "transfers": {"requested": True}}
    profile: Any = {"url": "https://bob.example"}
    wanted: Any = {"type": "express", "country": "BE", "email": "bob@example.com", "capabilities": asked}
    wanted |= {"business_profile": profile, "metadata": {"shop": "7"}}
    bob = client.v1.accounts.create(wanted)
    assert (bob.type, bob.country, bob.charges_enabled, bob.details_submitted) == ("express", "BE", False, False)
    told = bob.to_dict()
    assert told["capabilities"] == {"card_payments": "inactive", "transfers": "inactive"}
    assert told["controller"]["stripe_dashboard"] == {"type": "express"}
    assert told["requirements"]["currently_due"]

    terms: Any = {"date": 1_900_000_000, "ip": "192.0.2.7"}
    manual: Any = {"payouts": {"schedule": {"interval": "manual"}}}
    profile = {"name": "Bob’s servers"}
    changed = client.v1.accounts.update(
        bob.id, {"business_profile": profile, "settings": manual, "tos_acceptance": terms, "metadata": {"shop": "8"}}
    ).to_dict()
    assert (changed["business_profile"]["name"], changed["business_profile"]["url"]) == (
        "Bob’s servers",
        "https://bob.example",
    )
    assert changed["settings"]["payouts"]["schedule"]["interval"] == "manual"
    assert (changed["tos_acceptance"]["ip"], changed["metadata"]) == ("192.0.2.7", {"shop": "8"})

    assert (
        client.v1.accounts.capabilities.update(bob.id, "sepa_debit_payments", {"requested": True}).status == "inactive"
    )
    simulator.control.move(bob.id, "onboard")
    assert client.v1.accounts.retrieve(bob.id).charges_enabled
    assert {row.status for row in client.v1.accounts.capabilities.list(bob.id).data if row.requested} == {"active"}
    assert client.v1.accounts.capabilities.update(bob.id, "transfers", {"requested": False}).status == "unrequested"

    assert [found.id for found in client.v1.accounts.list().data] == [bob.id]
    assert client.v1.accounts.delete(bob.id).deleted
    with pytest.raises(stripe.PermissionError):
        client.v1.accounts.retrieve(bob.id)
    assert client.v1.accounts.list().data == []
    assert kinds(client) == []  # a platform hears of them at endpoints for connected accounts, which are not built


def test_what_a_platform_cannot_do(simulator: Server, client: stripe.StripeClient) -> None:
    own = simulator.settings.account_id
    simulator.control.post("account", connect=True)
    both: Any = {"type": "custom", "controller": {"fees": {"payer": "application"}}}
    with pytest.raises(stripe.InvalidRequestError, match="only specify one"):
        client.v1.accounts.create(both)
    with pytest.raises(stripe.InvalidRequestError, match="Invalid currency"):
        client.v1.accounts.create({"default_currency": "zzz"})
    with pytest.raises(stripe.APIError, match="company of accounts is not implemented"):
        client.v1.accounts.create({"company": {"name": "Bob"}})
    with pytest.raises(stripe.InvalidRequestError, match="own account"):
        client.v1.accounts.update(own, {"email": "x@example.com"})
    with pytest.raises(stripe.InvalidRequestError, match="own account"):
        client.v1.accounts.delete(own)
    controlled: Any = {"controller": {"stripe_dashboard": {"type": "none"}}}
    assert client.v1.accounts.create(controlled).type == "none"


def test_nobody_acts_for_another_account(simulator: Server, client: stripe.StripeClient) -> None:
    own = simulator.settings.account_id
    assert client.v1.balance.retrieve({}, {"stripe_account": own}).object == "balance"
    for header in ("stripe_account", "stripe_context"):
        options: Any = {header: "acct_1Somebody"}
        with pytest.raises(stripe.PermissionError, match="does not have access"):
            client.v1.customers.create({}, options)
    simulator.control.post("account", connect=True)
    bob = client.v1.accounts.create({})
    with pytest.raises(stripe.APIError, match="connected account is not implemented"):
        client.v1.customers.create({}, {"stripe_account": bob.id})
    assert client.v1.customers.list().data == []


def test_without_payouts_the_money_stays(simulator: Server, client: stripe.StripeClient) -> None:
    earn(simulator)
    simulator.control.advance(FREE)
    simulator.control.post("account", payouts_enabled=False)
    assert run(simulator) == []
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.payouts.create({"amount": 1000, "currency": "eur"})
    assert refusal.value.code == "payouts_not_allowed"
    simulator.control.post("account", payouts_enabled=True)
    assert len(run(simulator)) == 1
