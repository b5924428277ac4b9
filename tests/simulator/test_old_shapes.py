"""One card payment, its refund, one debit and one dispute, as endpoints of six versions are told them: the whole shape, field by field.

The table below is written by hand from Stripe's changelog (what differs from the pinned version, nothing else); every
field that it does not name must be there, with the same value, at every version.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
import requests
import stripe
from tests.simulator.browser import Page, visit
from tests.simulator.conftest import pay_by_card, session_params
from tests.simulator.receiver import Receiver

from stripe_simulator.server import Server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.simulator.guard import Sworn

PINNED = "2026-10-28.endive"
SESSION, INTENT, CHARGE, CUSTOMER, REFUND = "checkout.session", "payment_intent", "charge", "customer", "refund"
DISPUTE = "dispute"


class Differs(NamedTuple):
    """What a version shows and the pinned one does not, and the other way round."""

    more: set[str]
    less: set[str]


SAME = Differs(set(), set())
SHAPES: dict[str, dict[str, Differs]] = {
    "2019-09-09": {
        SESSION: Differs({"display_items", "shipping", "shipping_rate", "currency_conversion"}, {"shipping_cost"}),
        INTENT: Differs({"charges", "invoice"}, {"latest_charge"}),
        CHARGE: Differs({"refunds", "invoice"}, set()),
        CUSTOMER: Differs(
            {"account_balance", "tax_info", "tax_info_verification", "sources", "subscriptions", "tax_ids"}, set()
        ),
        REFUND: SAME,
        DISPUTE: SAME,
    },
    "2020-08-27": {
        SESSION: Differs({"shipping", "shipping_rate", "currency_conversion"}, {"shipping_cost"}),
        INTENT: Differs({"charges", "invoice"}, {"latest_charge"}),
        CHARGE: Differs({"refunds", "invoice"}, set()),
        CUSTOMER: SAME,
        REFUND: SAME,
        DISPUTE: SAME,
    },
    "2022-11-15": {
        SESSION: Differs({"shipping_details", "currency_conversion"}, set()),
        INTENT: Differs({"invoice"}, set()),
        CHARGE: Differs({"invoice"}, set()),
        CUSTOMER: SAME,
        REFUND: SAME,
        DISPUTE: SAME,
    },
    "2023-08-16": {
        SESSION: Differs({"shipping_details", "currency_conversion"}, set()),
        INTENT: Differs({"invoice"}, set()),
        CHARGE: Differs({"invoice"}, set()),
        CUSTOMER: SAME,
        REFUND: SAME,
        DISPUTE: SAME,
    },
    "2025-03-31.basil": {
        SESSION: Differs({"currency_conversion"}, set()),
        INTENT: SAME,
        CHARGE: SAME,
        CUSTOMER: SAME,
        REFUND: SAME,
        DISPUTE: SAME,
    },
    PINNED: dict.fromkeys((SESSION, INTENT, CHARGE, CUSTOMER, REFUND, DISPUTE), SAME),
}
VERSIONS = list(SHAPES)
ENVELOPE = {"id", "object", "api_version", "created", "data", "livemode", "pending_webhooks", "request", "type"}

CARD_PAYMENT = [
    "customer.created",
    "payment_intent.created",
    "charge.succeeded",
    "payment_intent.succeeded",
    "checkout.session.completed",
    "charge.updated",
]
# the two first of these are told of every refund since 2024-10-28.acacia, at whatever version one listens
ONE_REFUND = ["refund.created", "refund.updated", "charge.refunded", "charge.refund.updated"]
DEBIT = [
    "payment_intent.created",
    "payment_intent.processing",
    "charge.pending",
    "checkout.session.completed",
    "charge.succeeded",
    "payment_intent.succeeded",
    "checkout.session.async_payment_succeeded",
    "charge.updated",
]
DISPUTED = [
    "payment_intent.created",
    "charge.succeeded",
    "payment_intent.succeeded",
    "checkout.session.completed",
    "charge.updated",
    "charge.dispute.created",
    "charge.dispute.funds_withdrawn",
]


def then(version: str, name: str, value: Any) -> Any:
    """A field of a session that every version has, as this one writes it."""
    if name == "ui_mode" and version < "2026-03-25.dahlia":
        return {"hosted_page": "hosted"}[value]
    if name == "collected_information" and version < "2025-03-31.basil":
        return {inner: told for inner, told in value.items() if inner != "shipping_details"}
    return value


class Told:
    """The story, heard by an endpoint of each version."""

    def __init__(
        self,
        client: stripe.StripeClient,
        simulator: Server,
        receiver: Receiver,
        visiting: Callable[[str | None], Page],
    ) -> None:
        self.client, self.simulator, self.receiver, self.visiting = client, simulator, receiver, visiting
        for version in VERSIONS:
            params: Any = {"url": receiver.url, "enabled_events": ["*"], "api_version": version}
            client.v1.webhook_endpoints.create(params)

    def card_payment(self) -> None:
        session = self.client.v1.checkout.sessions.create(session_params(customer_creation="always"))
        pay_by_card(self.visiting(session.url), "4242424242424242")
        self.simulator.control.advance(5)

    def refund(self) -> None:
        (charge,) = self.client.v1.charges.list().data
        self.client.v1.refunds.create({"charge": charge.id, "amount": 1000})
        self.simulator.control.advance(30)

    def debit(self) -> None:
        session = self.client.v1.checkout.sessions.create(session_params())
        page = self.visiting(session.url).choose("method-sepa_debit")
        page.fill(iban="FR1420041010050500013M02606", iban_name="Camille Durand").press("pay")
        self.simulator.control.move(session.id, "settle")
        self.simulator.control.advance(5)

    def dispute(self) -> None:
        session = self.client.v1.checkout.sessions.create(session_params())
        pay_by_card(self.visiting(session.url), "4000000000000259")
        self.simulator.control.advance(10)

    def at(self, version: str) -> dict[str, dict[str, Any]]:
        """Events by id."""
        return {event["id"]: event for event in self.receiver.events if event["api_version"] == version}

    def one(self, version: str, kind: str) -> dict[str, Any]:
        """The object in the newest event of this type."""
        found: dict[str, Any] = [event for event in self.at(version).values() if event["type"] == kind][-1]
        thing: dict[str, Any] = found["data"]["object"]
        return thing


@pytest.fixture(scope="module")
def story(sworn: Sworn) -> Iterator[Told]:
    """Told once; the tests only read."""
    with Server(witness=sworn) as simulator, Receiver() as receiver, requests.Session() as web:
        client = stripe.StripeClient(simulator.secret_key, base_addresses={"api": simulator.base_url})
        told = Told(client, simulator, receiver, lambda url: visit(str(url), web))
        told.card_payment()
        told.refund()
        told.debit()
        told.dispute()
        yield told
        assert sworn.told() == []


def test_every_version_is_told_the_same_events(story: Told) -> None:
    for version in VERSIONS:
        events = story.at(version)
        assert set(events) == set(story.at(PINNED))
        assert Counter(event["type"] for event in events.values()) == Counter(
            CARD_PAYMENT + ONE_REFUND + DEBIT + DISPUTED
        )
    assert len(story.receiver.events) == len(VERSIONS) * len(story.at(PINNED))


def test_the_envelope_is_the_same_at_every_version(story: Told) -> None:
    now = story.at(PINNED)
    for version in VERSIONS:
        for event in story.at(version).values():
            assert set(event) == ENVELOPE
            assert (event["object"], event["api_version"], event["livemode"]) == ("event", version, False)
            assert set(event["request"]) == {"id", "idempotency_key"}
            twin = now[event["id"]]
            for name in ENVELOPE - {"api_version", "data", "pending_webhooks"}:
                assert event[name] == twin[name], (version, event["type"], name)


@pytest.mark.parametrize("version", VERSIONS)
def test_each_object_has_the_fields_of_its_version_and_no_other(story: Told, version: str) -> None:
    now = story.at(PINNED)
    seen: Counter[str] = Counter()
    for event in story.at(version).values():
        thing, twin = event["data"]["object"], now[event["id"]]["data"]["object"]
        more, less = SHAPES[version][thing["object"]]
        assert set(thing) == (set(twin) - less) | more, (version, event["type"])
        seen[thing["object"]] += 1
        for name in set(thing) & set(twin):
            expected = then(version, name, twin[name]) if thing["object"] == SESSION else twin[name]
            assert thing[name] == expected, (version, event["type"], name)
    assert dict(seen) == {CUSTOMER: 1, INTENT: 7, CHARGE: 8, SESSION: 4, REFUND: 3, DISPUTE: 2}


@pytest.mark.parametrize("version", ["2019-09-09", "2020-08-27"])
def test_what_the_oldest_fields_hold(story: Told, version: str) -> None:
    paid = story.one(version, "payment_intent.succeeded")
    (charge,) = paid["charges"]["data"]
    assert (charge["object"], charge["status"], charge["invoice"]) == ("charge", "succeeded", None)
    assert charge["refunds"]["data"] == []
    assert charge["id"] == story.one(PINNED, "payment_intent.succeeded")["latest_charge"]
    refunded = story.one(version, "charge.refunded")
    (refund,) = refunded["refunds"]["data"]
    assert refund["id"] == story.one(PINNED, "refund.created")["id"]
    assert (refund["amount"], refunded["amount_refunded"]) == (1000, 1000)
    waiting = story.one(version, "payment_intent.processing")
    assert [charge["status"] for charge in waiting["charges"]["data"]] == ["pending"]
    completed = story.one(version, "checkout.session.async_payment_succeeded")
    assert completed["payment_intent"] == waiting["id"]
    assert (completed["shipping"], completed["shipping_rate"], completed["currency_conversion"]) == (None, None, None)


def test_what_only_the_oldest_version_holds(story: Told) -> None:
    (item,) = story.one("2019-09-09", "checkout.session.completed")["display_items"]
    assert item == {
        "amount": 9990,
        "currency": "eur",
        "custom": {"description": None, "images": None, "name": "VPS Lanterne"},
        "quantity": 1,
        "type": "custom",
    }
    customer = story.one("2019-09-09", "customer.created")
    assert (customer["account_balance"], customer["tax_info"], customer["tax_info_verification"]) == (0, None, None)
    for name in ("sources", "subscriptions", "tax_ids"):
        url = f"/v1/customers/{customer['id']}/{name}"
        assert customer[name] == {"object": "list", "data": [], "has_more": False, "total_count": 0, "url": url}


def test_an_appeal_in_words_that_each_version_knows(
    client: stripe.StripeClient, simulator: Server, receiver: Receiver, visiting: Callable[[str | None], Page]
) -> None:
    told = Told(client, simulator, receiver, visiting)
    told.dispute()
    (dispute,) = client.v1.disputes.list().data
    client.v1.disputes.update(dispute.id, {"evidence": {"uncategorized_text": "losing_evidence"}, "submit": True})
    simulator.control.advance(10)
    simulator.control.move(dispute.id, "appeal")
    simulator.control.advance(1)
    assert client.v1.disputes.retrieve(dispute.id).status == "appeal_needs_response"
    client.v1.disputes.update(dispute.id, {"submit": True})
    simulator.control.advance(1)
    assert client.v1.disputes.retrieve(dispute.id).status == "appeal_under_review"
    for version in VERSIONS:
        last = [event["data"] for event in told.at(version).values() if event["type"] == "charge.dispute.updated"][-1]
        words = (last["previous_attributes"]["status"], last["object"]["status"])
        appealed = ("appeal_needs_response", "appeal_under_review")
        assert words == (appealed if version == PINNED else ("needs_response", "under_review"))


def test_the_account_hears_itself_at_the_pinned_version(story: Told) -> None:
    now = story.at(PINNED)
    for event in story.client.v1.events.list({"limit": 100}).data:
        assert event.api_version == PINNED
        assert event.to_dict()["data"] == now[event.id]["data"]
