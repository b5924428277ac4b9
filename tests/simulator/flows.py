"""Every operation that is built, called once by the official library: one flow for each neighbourhood of resources.

A flow gets `Call`, which is the library's client either way: each call by its name, waited for where it is asynchronous.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any, Protocol

import pytest
import requests
import stripe
from tests.simulator.conftest import session_params

from stripe_simulator.server import Control


class Call(Protocol):
    """`call("customers.create", {...})` or `call("customers.update", "cus_...", {...})`; `v2.` in front of the second API."""

    def __call__(self, name: str, *arguments: Any) -> Any: ...


Flow = Callable[[Call, Control], None]
FLOWS: list[Flow] = []
CARD = "pm_card_visa"
NO_REDIRECT = {"enabled": True, "allow_redirects": "never"}


def flow(run: Flow) -> Flow:
    FLOWS.append(run)
    return run


def paid(call: Call, card: str = CARD, amount: int = 5000) -> Any:
    """A PaymentIntent in euros that succeeded; `amount` in cents."""
    return call(
        "payment_intents.create",
        {
            "amount": amount,
            "currency": "eur",
            "payment_method": card,
            "confirm": True,
            "automatic_payment_methods": NO_REDIRECT,
        },
    )


@flow
def account(call: Call, control: Control) -> None:
    own = call("accounts.retrieve_current")
    assert call("accounts.retrieve", own.id).id == own.id
    del control


@flow
def customers(call: Call, control: Control) -> None:
    alice = call("customers.create", {"email": "alice@example.com", "name": "Alice Durand"})
    assert call("customers.update", alice.id, {"name": "Alice Martin"}).name == "Alice Martin"
    assert call("customers.retrieve", alice.id).email == "alice@example.com"
    assert [each.id for each in call("customers.list", {"email": "alice@example.com"}).data] == [alice.id]
    intent = call(
        "payment_intents.create",
        {
            "amount": 5000,
            "currency": "eur",
            "customer": alice.id,
            "payment_method": CARD,
            "confirm": True,
            "setup_future_usage": "off_session",
            "automatic_payment_methods": NO_REDIRECT,
        },
    )
    saved = call("customers.payment_methods.list", alice.id).data[0]
    assert call("customers.payment_methods.retrieve", alice.id, saved.id).id == intent.payment_method
    assert call("payment_methods.retrieve", saved.id).customer == alice.id
    assert [each.id for each in call("payment_methods.list", {"customer": alice.id}).data] == [saved.id]
    assert call("customers.delete", alice.id).deleted
    del control


@flow
def checkout(call: Call, control: Control) -> None:
    session = call("checkout.sessions.create", session_params())
    assert call("checkout.sessions.retrieve", session.id).status == "open"
    assert call("checkout.sessions.update", session.id, {"metadata": {"order": "7"}}).metadata.order == "7"
    assert call("checkout.sessions.line_items.list", session.id).data[0].amount_total == 9990
    assert [each.id for each in call("checkout.sessions.list").data] == [session.id]
    assert call("checkout.sessions.expire", session.id).status == "expired"
    del control


@flow
def intents(call: Call, control: Control) -> None:
    plan = {"amount": 5000, "currency": "eur", "automatic_payment_methods": NO_REDIRECT}
    intent = call("payment_intents.create", plan)
    assert call("payment_intents.update", intent.id, {"amount": 6000}).amount == 6000
    assert call("payment_intents.confirm", intent.id, {"payment_method": CARD}).status == "succeeded"
    assert call("payment_intents.retrieve", intent.id).amount_received == 6000
    other = call("payment_intents.create", plan)
    assert call("payment_intents.cancel", other.id).status == "canceled"
    assert len(call("payment_intents.list").data) == 2
    del control


@flow
def money(call: Call, control: Control) -> None:
    intent = paid(call)
    control.advance(3)
    charge = call("charges.retrieve", intent.latest_charge)
    assert call("charges.update", charge.id, {"description": "VPS"}).description == "VPS"
    assert [each.id for each in call("charges.list", {"payment_intent": intent.id}).data] == [charge.id]
    assert call("balance_transactions.retrieve", charge.balance_transaction).amount == 5000
    refund = call("refunds.create", {"charge": charge.id, "amount": 1000})
    assert call("refunds.update", refund.id, {"metadata": {"by": "bob"}}).metadata.by == "bob"
    assert call("refunds.retrieve", refund.id).amount == 1000
    assert [each.id for each in call("refunds.list").data] == [refund.id]
    assert sum(row.amount for row in call("balance_transactions.list").data) == 4000


@flow
def mandates(call: Call, control: Control) -> None:
    session = call("checkout.sessions.create", session_params())
    fields = {"method": "sepa_debit", "iban": "FR1420041010050500013M02606", "name_sepa_debit": "Alice Durand"}
    requests.post(session.url, data=fields, allow_redirects=False, timeout=10).raise_for_status()
    intent = call("payment_intents.list").data[0]
    charge = call("charges.retrieve", intent.latest_charge)
    assert call("mandates.retrieve", charge.payment_method_details.sepa_debit.mandate).status == "active"
    control.move(intent.id, "settle")


@flow
def configurations(call: Call, control: Control) -> None:
    made = call("payment_method_configurations.create", {"name": "Cards alone"})
    off = {"sepa_debit": {"display_preference": {"preference": "off"}}}
    changed = call("payment_method_configurations.update", made.id, off)
    assert changed.sepa_debit.display_preference.value == "off"
    assert call("payment_method_configurations.retrieve", made.id).name == "Cards alone"
    assert made.id in [each.id for each in call("payment_method_configurations.list").data]
    del control


@flow
def endpoints(call: Call, control: Control) -> None:
    wanted = {"url": "http://127.0.0.1:9/hook", "enabled_events": ["charge.refunded"]}
    made = call("webhook_endpoints.create", wanted)
    assert made.secret.startswith("whsec_")
    assert call("webhook_endpoints.update", made.id, {"disabled": True}).status == "disabled"
    assert call("webhook_endpoints.retrieve", made.id).url == wanted["url"]
    assert [each.id for each in call("webhook_endpoints.list").data] == [made.id]
    assert call("webhook_endpoints.delete", made.id).deleted
    del control


@flow
def destinations(call: Call, control: Control) -> None:
    made = call(
        "v2.core.event_destinations.create",
        {
            "name": "Thin",
            "type": "webhook_endpoint",
            "event_payload": "thin",
            "enabled_events": ["v1.charge.succeeded"],
            "webhook_endpoint": {"url": "http://127.0.0.1:9/hook"},
        },
    )
    assert call("v2.core.event_destinations.update", made.id, {"name": "Thinner"}).name == "Thinner"
    assert call("v2.core.event_destinations.retrieve", made.id).id == made.id
    assert [each.id for each in call("v2.core.event_destinations.list").data] == [made.id]
    call("v2.core.event_destinations.ping", made.id)
    assert call("v2.core.event_destinations.disable", made.id).status == "disabled"
    assert call("v2.core.event_destinations.enable", made.id).status == "enabled"
    paid(call)
    thin = call("v2.core.events.list").data[0]
    assert call("v2.core.events.retrieve", thin.id).id == thin.id
    assert call("v2.core.event_destinations.delete", made.id).id == made.id
    event = call("events.list", {"type": "charge.succeeded"}).data[0]
    assert call("events.retrieve", event.id).type == "charge.succeeded"
    del control


@flow
def methods(call: Call, control: Control) -> None:
    alice = call("customers.create", {"name": "Alice Durand"})
    card = call("payment_methods.create", {"type": "card", "card": {"token": "tok_visa"}})
    assert call("payment_methods.attach", card.id, {"customer": alice.id}).customer == alice.id
    assert call("payment_methods.update", card.id, {"metadata": {"kept": "yes"}}).metadata.kept == "yes"
    assert call("payment_methods.detach", card.id).customer is None
    del control


@flow
def setups(call: Call, control: Control) -> None:
    alice = call("customers.create", {"name": "Alice Durand"})
    wanted = {"customer": alice.id, "automatic_payment_methods": NO_REDIRECT}
    setup = call("setup_intents.create", wanted)
    assert call("setup_intents.update", setup.id, {"description": "kept"}).description == "kept"
    assert call("setup_intents.confirm", setup.id, {"payment_method": CARD}).status == "succeeded"
    assert call("setup_intents.retrieve", setup.id).payment_method is not None
    assert call("setup_attempts.list", {"setup_intent": setup.id}).data[0].status == "succeeded"
    other = call("setup_intents.create", wanted)
    assert call("setup_intents.cancel", other.id).status == "canceled"
    assert len(call("setup_intents.list").data) == 2
    del control


@flow
def disputes(call: Call, control: Control) -> None:
    first = paid(call)
    control.move(first.id, "dispute")
    dispute = call("disputes.list").data[0]
    assert call("disputes.retrieve", dispute.id).status == "needs_response"
    proof = {"purpose": "dispute_evidence", "file": io.BytesIO(b"%PDF-1.4")}
    held = call("files.create", proof)
    assert call("files.retrieve", held.id).size == 8
    assert [each.id for each in call("files.list").data] == [held.id]
    link = call("file_links.create", {"file": held.id})
    assert call("file_links.retrieve", link.id).file == held.id
    assert [each.id for each in call("file_links.list", {"expired": False}).data] == [link.id]
    assert call("file_links.update", link.id, {"expires_at": "now"}).expired
    staged = call("disputes.update", dispute.id, {"evidence": {"receipt": held.id}, "submit": False})
    assert staged.evidence_details.has_evidence
    assert call("disputes.close", dispute.id).status == "lost"


@flow
def warnings(call: Call, control: Control) -> None:
    intent = paid(call)
    control.move(intent.id, "warn")
    warning = call("radar.early_fraud_warnings.list").data[0]
    assert call("radar.early_fraud_warnings.retrieve", warning.id).actionable


@flow
def payouts(call: Call, control: Control) -> None:
    paid(call, amount=100_00)
    control.advance(5 * 86400)
    assert call("balance.retrieve").available[0].amount > 0
    payout = call("payouts.create", {"amount": 1000, "currency": "eur"})
    assert call("payouts.update", payout.id, {"metadata": {"to": "bank"}}).metadata.to == "bank"
    assert call("payouts.retrieve", payout.id).status == "pending"
    assert call("payouts.cancel", payout.id).status == "canceled"
    assert [each.id for each in call("payouts.list").data] == [payout.id]


@flow
def held(call: Call, control: Control) -> None:
    """Money that is authorised now and taken later."""
    wanted = {"amount": 5000, "currency": "eur", "confirm": True, "payment_method": CARD, "capture_method": "manual"}
    intent = call("payment_intents.create", {**wanted, "automatic_payment_methods": NO_REDIRECT})
    assert intent.status == "requires_capture"
    assert call("payment_intents.capture", intent.id).amount_received == 5000
    del control


@flow
def capabilities(call: Call, control: Control) -> None:
    account = call("accounts.retrieve_current").id
    assert call("accounts.capabilities.update", account, "klarna_payments", {"requested": True}).status == "pending"
    control.advance(60)
    assert call("accounts.capabilities.retrieve", account, "klarna_payments").status == "active"
    assert len(call("accounts.capabilities.list", account).data) > 10
    assert call("accounts.list").data == []


@flow
def refused(call: Call, control: Control) -> None:
    """What Stripe never grants to a shop of its own, or for a card."""
    account = call("accounts.retrieve_current").id
    intent = paid(call)
    refund = call("refunds.create", {"payment_intent": intent.id})
    never: tuple[tuple[Any, ...], ...] = (
        ("accounts.create", {"country": "FR"}),
        ("accounts.update", account, {"email": "x@example.com"}),
        ("accounts.delete", account),
        ("charges.capture", intent.latest_charge),
        ("refunds.cancel", refund.id),
    )
    for asked in never:
        with pytest.raises(stripe.InvalidRequestError):
            call(*asked)
    del control
