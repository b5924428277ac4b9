"""Early fraud warnings: made by a card and by hand, actionable until the charge is given back or disputed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests
from tests.simulator.conftest import kinds, pay_by_card, session_params

if TYPE_CHECKING:
    from collections.abc import Callable

    import stripe
    from tests.simulator.browser import Page
    from tests.simulator.conftest import Http

    from stripe_simulator.server import Server

WARNED, PLAIN = "4000000000005423", "4242424242424242"
CREATED, UPDATED = "radar.early_fraud_warning.created", "radar.early_fraud_warning.updated"


@pytest.fixture
def paid(
    client: stripe.StripeClient, simulator: Server, visiting: Callable[[str | None], Page]
) -> Callable[[str], stripe.Charge]:
    def pay(number: str) -> stripe.Charge:
        simulator.control.post("clock", frozen=True)
        pay_by_card(visiting(client.v1.checkout.sessions.create(session_params()).url), number)
        simulator.control.advance(6)
        return client.v1.charges.list({"limit": 1}).data[0]

    return pay


def only(client: stripe.StripeClient) -> stripe.radar.EarlyFraudWarning:
    (found,) = client.v1.radar.early_fraud_warnings.list().data
    return found


def told(client: stripe.StripeClient) -> list[str]:
    return [kind for kind in kinds(client) if kind.startswith("radar.")]


def test_a_full_refund_leaves_nothing_to_do(client: stripe.StripeClient, paid: Callable[[str], stripe.Charge]) -> None:
    charge = paid(WARNED)
    warning = only(client)
    assert (warning.actionable, warning.charge, warning.payment_intent) == (True, charge.id, charge.payment_intent)
    assert warning.fraud_type == "made_with_stolen_card"
    client.v1.refunds.create({"charge": charge.id, "amount": 990})
    assert (only(client).actionable, told(client)) == (True, [CREATED])
    client.v1.refunds.create({"charge": charge.id})
    found = client.v1.radar.early_fraud_warnings.retrieve(warning.id, {"expand": ["charge"]}).to_dict()
    assert (found["actionable"], found["charge"]["refunded"]) == (False, True)
    assert told(client) == [CREATED, UPDATED]


def test_a_dispute_leaves_nothing_to_do(
    client: stripe.StripeClient, simulator: Server, paid: Callable[[str], stripe.Charge]
) -> None:
    charge = paid(WARNED)
    simulator.control.move(charge.id, "dispute")
    assert (only(client).actionable, told(client)) == (False, [CREATED, UPDATED])


def test_by_hand(client: stripe.StripeClient, simulator: Server, paid: Callable[[str], stripe.Charge]) -> None:
    first, second = paid(PLAIN), paid(PLAIN)
    assert told(client) == []
    simulator.control.move(str(first.payment_intent), "warn", code="misc")
    simulator.control.move(second.id, "warn")
    (found,) = client.v1.radar.early_fraud_warnings.list({"charge": first.id}).data
    assert (found.fraud_type, found.actionable) == ("misc", True)
    (found,) = client.v1.radar.early_fraud_warnings.list({"payment_intent": str(second.payment_intent)}).data
    assert found.charge == second.id
    url = f"{simulator.base_url}/_control/objects/{first.id}"
    assert requests.post(url, json={"do": "warn", "code": "envy"}, timeout=5).status_code == 409


def test_what_a_key_may_read(simulator: Server, http: Http) -> None:
    path = "/v1/radar/early_fraud_warnings"
    keys = [
        simulator.control.post("keys", mode="test", permissions=[name])["key"]
        for name in ("rak_charge_read", "rak_radar_early_fraud_warning_read")
    ]
    assert [http("GET", path, key=key).status_code for key in keys] == [403, 200]
    missing = http("GET", f"{path}/issfr_none").json()["error"]
    assert (missing["code"], missing["param"]) == ("resource_missing", "early_fraud_warning")
