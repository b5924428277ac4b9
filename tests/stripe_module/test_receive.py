"""Notices of every kind of endpoint lead to the same payment; what cannot be known from them is read, and bad ones are refused."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from typing import Any

import pytest
from tests.simulator.receiver import Receiver
from tests.stripe import Stripe
from tests.stripe_module.ground import WEBHOOK_SECRET, account, control, request, sign, typed

from comptoir.modules.api import Account, BadNoticeError, Envelope, Foreign, PaymentSeen
from comptoir_stripe.module import module

KINDS = {"old": {"api_version": "2019-09-09"}, "thin": {"payload": "thin"}, "pinned": {}}
ALL = {"enabled_events": ["*"]}


class Doors:
    """Three endpoints of a host: an old one with all events, one with thin payloads, one as we make them."""

    def __init__(self, stripe: Stripe, receivers: dict[str, Receiver]) -> None:
        self.receivers = receivers
        made = {
            kind: control(stripe, "endpoints", url=receivers[kind].url, **ALL, **more) for kind, more in KINDS.items()
        }
        self.secrets = {kind: str(one["secret"]) for kind, one in made.items()}
        self.account = account(stripe, values=typed(stripe, webhook_secret=" ".join(self.secrets.values())))

    def told(self, kind: str) -> list[Envelope]:
        """What has come to one of them, read."""
        receiver = self.receivers[kind]
        pairs = list(zip(receiver.bodies, receiver.headers, strict=True))
        return [receive(body, {"stripe-signature": header}, self.account) for body, header in pairs]


@pytest.fixture
def doors(stripe: Stripe) -> Iterator[Doors]:
    """Endpoints of each kind, each at a place of its own."""
    with ExitStack() as stack:
        yield Doors(stripe, {kind: stack.enter_context(Receiver()) for kind in KINDS})


def receive(body: bytes, headers: dict[str, str], *accounts: Account) -> Envelope:
    assert module.gateway is not None
    return module.gateway().receive(body, headers, accounts)


def _has_all(receiver: Receiver, last: str) -> bool:
    return last in receiver.types and len(receiver.types) > 6


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("method", ["card", "sepa"])
def test_old_thin_and_pinned_endpoints_lead_to_the_same_payment(stripe: Stripe, doors: Doors, method: str) -> None:
    assert module.gateway is not None
    gateway = module.gateway()
    asked = request()
    page = gateway.start(doors.account, asked)
    if method == "card":
        stripe.pay(page.url)
    else:
        stripe.pay_by_sepa(page.url)
        stripe.control.move(page.subject.id, "settle")
    intent = stripe.api("GET", f"/v1/checkout/sessions/{page.subject.id}")["payment_intent"]
    stripe.api("POST", "/v1/refunds", data={"payment_intent": intent, "amount": "100"})
    stripe.control.advance(60)  # fees are booked
    for kind, receiver in doors.receivers.items():
        receiver.wait(partial(_has_all, receiver, "v1.charge.updated" if kind == "thin" else "charge.updated"))

    pinned = {each.event_id: each for each in doors.told("pinned")}
    old = {each.event_id: each for each in doors.told("old")}
    assert old.keys() == pinned.keys()
    for name, one in old.items():
        assert (one.type, one.subject, one.claim) == (pinned[name].type, pinned[name].subject, pinned[name].claim)
    of_payment = {each.type for each in pinned.values() if each.subject is not None}
    assert {"checkout.session.completed", "charge.updated", "refund.created", "charge.refunded"} <= of_payment
    assert {each.subject.id for each in pinned.values() if each.subject is not None} == {intent}

    thin = doors.told("thin")
    assert {each.type.removeprefix("v1.") for each in thin} >= of_payment
    kinds = set()
    for each in thin:
        if each.subject is None:
            assert each.type.removeprefix("v1.") not in of_payment
            continue
        kinds.add(each.subject.kind)
        seen = gateway.look(doors.account, each.subject)
        assert isinstance(seen, PaymentSeen)
        assert (seen.payment_id, seen.attempt, seen.subject) == (intent, asked.attempt, each.subject)
        assert not each.claim or each.claim in seen.shows
    assert kinds == {"payment", "session", "charge", "refund"}
    last = gateway.look(doors.account, next(each.subject for each in pinned.values() if each.subject is not None))
    assert isinstance(last, PaymentSeen)
    assert {each.claim for each in pinned.values() if each.claim} <= last.shows


def test_the_secret_that_signed_is_named_by_its_digest(stripe: Stripe, doors: Doors) -> None:
    stripe.api("POST", "/v1/payment_intents", data={"amount": "500", "currency": "eur"})
    for kind, receiver in doors.receivers.items():
        receiver.wait_for(1)
        (envelope,) = doors.told(kind)
        assert envelope.proof == hashlib.sha256(doors.secrets[kind].encode()).hexdigest()
        assert doors.secrets[kind] not in repr(envelope)


# ------------------------------------------------------------------ written by hand: what endpoints of real accounts send


def snapshot(kind: str, thing: dict[str, Any], **more: object) -> bytes:
    body = {
        "id": "evt_1Nabc",
        "object": "event",
        "api_version": "2019-09-09",
        "created": int(time.time()),
        "data": {"object": thing},
        "livemode": False,
        "type": kind,
    }
    return json.dumps({**body, **more}).encode()


def thin(kind: str, related: dict[str, Any] | None, **more: object) -> bytes:
    body = {
        "id": "evt_test_65R9Ijk8dKEYZcXeRWn16R9A7j1FSQ3w3TGDPLLGSM4CW0",
        "object": "v2.core.event",
        "type": kind,
        "livemode": False,
        "created": "2026-11-23T10:15:30.123Z",
        "related_object": related,
    }
    return json.dumps({**body, **more}).encode()


def read(stripe: Stripe, body: bytes) -> Envelope:
    return receive(body, sign(body), account(stripe))


def subject(stripe: Stripe, body: bytes) -> tuple[str, str] | None:
    found = read(stripe, body).subject
    return (found.kind, found.id) if found else None


def test_a_session_of_2019_that_says_no_status_claims_what_is_sure(stripe: Stripe) -> None:
    session = {"id": "cs_test_1", "object": "checkout.session", "payment_intent": "pi_1", "display_items": []}
    envelope = read(stripe, snapshot("checkout.session.completed", session))
    assert envelope.subject is not None
    assert (envelope.subject.kind, envelope.subject.id, envelope.claim) == ("payment", "pi_1", "in progress")


DISPUTE = {"id": "du_1", "object": "dispute", "payment_intent": "pi_1"}
BOOKED = [{"id": "txn_1"}, {"id": "txn_2"}]
WARNING = {"id": "issfr_1", "object": "radar.early_fraud_warning", "charge": "ch_1", "payment_intent": "pi_1"}
SNAPSHOTS: list[tuple[str, dict[str, Any], tuple[str, str] | None, str]] = [
    ("refund.created", {"id": "re_1", "object": "refund", "payment_intent": "pi_1", "charge": "ch_1"}, ("payment", "pi_1"), "re_1"),
    ("refund.updated", {"id": "re_1", "object": "refund", "payment_intent": None, "charge": "ch_1"}, ("charge", "ch_1"), "re_1"),
    ("charge.refund.updated", {"id": "re_1", "object": "refund", "charge": {"id": "ch_1"}}, ("charge", "ch_1"), "re_1"),
    ("refund.failed", {"id": "pyr_1", "object": "refund"}, ("refund", "pyr_1"), "a refund has failed"),
    ("charge.dispute.created", DISPUTE, ("payment", "pi_1"), "du_1"),
    ("charge.dispute.closed", {"id": "dp_1", "object": "dispute", "charge": "ch_1"}, ("charge", "ch_1"), ""),
    ("charge.dispute.updated", {"id": "dp_1", "object": "dispute"}, ("dispute", "dp_1"), ""),
    ("charge.refunded", {"id": "ch_1", "object": "charge", "payment_intent": "pi_1"}, ("payment", "pi_1"), "refunded, wholly or in part"),
    ("charge.updated", {"id": "py_1", "object": "charge"}, ("charge", "py_1"), ""),
    ("payment_intent.succeeded", {"id": "pi_1", "object": "payment_intent", "charges": {"data": []}}, ("payment", "pi_1"), "succeeded"),
    ("charge.dispute.created", {**DISPUTE, "status": "warning_needs_response"}, ("dispute", "du_1"), "du_1"),
    ("charge.dispute.funds_withdrawn", {**DISPUTE, "balance_transactions": BOOKED}, ("payment", "pi_1"), "txn_2"),
    ("charge.dispute.funds_reinstated", DISPUTE, ("payment", "pi_1"), ""),
    ("radar.early_fraud_warning.created", WARNING, ("warning", "issfr_1"), "issfr_1"),
    ("radar.early_fraud_warning.updated", WARNING, ("warning", "issfr_1"), ""),
    ("checkout.session.expired", {"id": "cs_test_1", "object": "checkout.session"}, ("session", "cs_test_1"), "ended"),
    ("customer.updated", {"id": "cus_1", "object": "customer"}, None, ""),
    ("product.invented_tomorrow", {"id": "x_1", "object": "x"}, None, ""),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "thing", "leads_to", "claim"), SNAPSHOTS)
def test_a_snapshot_leads_to_its_payment_or_as_near_as_it_says(
    stripe: Stripe, kind: str, thing: dict[str, Any], leads_to: tuple[str, str] | None, claim: str
) -> None:
    body = snapshot(kind, thing)
    assert (subject(stripe, body), read(stripe, body).claim) == (leads_to, claim)


THIN = [
    ("v1.payment_intent.succeeded", {"id": "pi_1", "type": "payment_intent"}, ("payment", "pi_1"), "succeeded"),
    ("v1.checkout.session.completed", {"id": "cs_test_1", "type": "checkout.session"}, ("session", "cs_test_1"), "in progress"),
    ("v1.charge.updated", {"id": "ch_1", "type": "charge"}, ("charge", "ch_1"), ""),
    ("v1.refund.created", {"id": "re_1", "type": "refund"}, ("refund", "re_1"), "re_1"),
    ("v1.charge.dispute.created", {"id": "du_1", "type": "dispute"}, ("dispute", "du_1"), "du_1"),
    ("v1.radar.early_fraud_warning.created", {"id": "issfr_1", "type": "radar.early_fraud_warning"}, ("warning", "issfr_1"), "issfr_1"),
    ("v1.customer.updated", {"id": "cus_1", "type": "customer"}, None, ""),
    ("v1.account.updated", None, None, ""),
    ("v2.core.event_destination.ping", {"id": "ed_1", "type": "v2.core.event_destination"}, None, ""),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "related", "leads_to", "claim"), THIN)
def test_a_thin_notice_leads_to_what_it_names(
    stripe: Stripe, kind: str, related: dict[str, Any] | None, leads_to: tuple[str, str] | None, claim: str
) -> None:
    body = thin(kind, related)
    envelope = read(stripe, body)
    assert (subject(stripe, body), envelope.claim, envelope.type) == (leads_to, claim, kind)
    assert envelope.created.isoformat() == "2026-11-23T10:15:30.123000+00:00"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(thin("v1.charge.updated", {"id": "ch_1", "type": "charge"}, livemode=True), id="live in test"),
        pytest.param(thin("v1.charge.updated", None, created="yesterday"), id="no time"),
        pytest.param(thin("v1.charge.updated", None, created="2026-11-23T10:15:30"), id="a time without its zone"),
        pytest.param(thin("v1.charge.updated", None, related_object="ch_1"), id="related is no object"),
        pytest.param(thin("v1.charge.updated", None, id="ch_1"), id="no id of an event"),
        pytest.param(thin("v1.charge.updated", None, object="v2.core.thing"), id="no event"),
        pytest.param(snapshot("charge.updated", {}, livemode=True), id="live snapshot in test"),
        pytest.param(snapshot("charge.updated", {}, data={}), id="no object"),
        pytest.param(snapshot("charge.updated", {}, created=10**20), id="a time beyond all times"),
        pytest.param(snapshot("charge.updated", {}, id=7), id="a number for an id"),
    ],
)
def test_signed_and_still_no_event(stripe: Stripe, body: bytes) -> None:
    with pytest.raises(BadNoticeError) as refused:
        read(stripe, body)
    assert WEBHOOK_SECRET not in str(refused.value)


def test_a_thin_notice_that_somebody_else_signed_is_refused(stripe: Stripe) -> None:
    body = thin("v1.charge.updated", {"id": "ch_1", "type": "charge"})
    with pytest.raises(BadNoticeError):
        receive(body, sign(body, secret="whsec_" + "6" * 32), account(stripe))


def test_what_a_notice_of_another_system_leads_to_is_foreign(stripe: Stripe) -> None:
    assert module.gateway is not None
    made = stripe.api("POST", "/v1/payment_intents", data={"amount": "500", "currency": "eur"})
    found = read(stripe, thin("v1.payment_intent.created", {"id": made["id"], "type": "payment_intent"})).subject
    assert found is not None
    seen = module.gateway().look(account(stripe), found)
    assert isinstance(seen, Foreign)
    assert seen.payment is not None
    assert (seen.payment.id, seen.payment.amount.minor, seen.payment.status) == (made["id"], 500, "open")
